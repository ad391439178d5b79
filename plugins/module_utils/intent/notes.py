# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that work but are probably not intended: sentences to show as warnings."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import grouped
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node

# Below, a busy CPU or a lost packet is enough to close sessions (projectcalico/calico 7086).
SHORT_HOLD_TIME = 9


def notes(fabric: Fabric) -> list[str]:
    """The notes about a fabric, in the form of problems: ``HOST: TEXT``."""
    return grouped(_notes(fabric))


def _notes(fabric: Fabric) -> Iterator[str]:
    topology = fabric.topology
    if topology.kind == "reflectors" and len(set(topology.reflectors)) == 1:
        yield (
            f"all: topology.reflectors has one node, {topology.reflectors[0]}; every route is lost when it fails. "
            "Name two"
        )
    if topology.kind == "reflectors":
        if topology.cluster_id == "0.0.0.0":
            yield "all: topology.cluster_id is 0.0.0.0, which many tools print if there is no cluster ID; use another"
        for node in fabric.nodes:
            if topology.cluster_id == node.node_ip:
                yield (
                    f"all: topology.cluster_id is {topology.cluster_id}, the address of {node.name}; use an address "
                    "that no host has, so that the other reflectors' routes differ from its own"
                )
    if topology.kind != "racks":
        hosts: tuple[Node | BigIp, ...] = (*fabric.nodes, *fabric.bigips)
        for host in hosts:
            if host.rack:
                yield (
                    f"{host.name}: rack is set and has no effect, because topology.kind is {topology.kind}. Set "
                    "topology.kind to racks, or remove rack"
                )
    if fabric.timers and 0 < fabric.timers.holdtime < SHORT_HOLD_TIME:
        yield (
            f"all: bgp_timers.holdtime is {fabric.timers.holdtime}; below {SHORT_HOLD_TIME} seconds a busy CPU "
            "occasionally closes sessions. Use a longer hold time"
        )
    if fabric.bigips and fabric.multihop and not _external(fabric):
        yield "all: bgp_multihop is set and has no effect: all sessions with BIG-IPs are iBGP"


def _external(fabric: Fabric) -> bool:
    return any(node.as_number != unit.as_number for unit in fabric.bigips for node in fabric.neighbors_of(unit))
