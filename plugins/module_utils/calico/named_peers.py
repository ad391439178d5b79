# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGPPeers that exist without this collection's mark and have the name of a BIG-IP's peer. Pure.

The inventory names them, so a run takes them over: it adds what it wants and keeps the rest. What it would have to
replace, and what would make its own part ineffective, is a problem with the options.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology_steps import (
    RACK_LABEL,
    REFLECTOR_LABEL,
    Resource,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import (
    is_managed,
    peer_address,
    secret_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric

Observation = t.Mapping[str, t.Any]


def problems(fabric: Fabric, resources: t.Sequence[Resource], seen: Observation) -> t.Iterator[str]:
    """One sentence for each peer and setting that a run must not replace.

    :param resources: what the run would write
    :param seen: the observation
    """
    wanted = {item["metadata"]["name"]: item["spec"] for item in resources if item["kind"] == "BGPPeer"}
    for unit, peer in _taken(fabric, seen):
        if peer_address(peer) != unit.bgp_address:
            other = peer["spec"].get("peerIP") or f"peerSelector {peer['spec'].get('peerSelector')}"
            yield (
                f"BGPPeer {unit.peer_name} was not created by this collection and is for {other}, not for {unit.name} "
                f"({unit.bgp_address}): set another bgp_peer_name for {unit.name}"
            )
        else:
            yield from (
                f"BGPPeer {unit.peer_name} of {unit.name} was not created by this collection and {text}"
                for text in _conflicts(fabric, unit, peer["spec"], wanted.get(unit.peer_name) or {}, seen)
            )


def without_our_password(fabric: Fabric, resources: t.Iterable[Resource], seen: Observation) -> list[Resource]:
    """The resources; a peer that was taken over loses the Secret of this fabric with the inventory's password."""
    leaving = {
        unit.peer_name
        for unit, peer in _taken(fabric, seen)
        if not fabric.password_secret and secret_of(peer) == fabric.names.password_secret
    }
    return [
        {**item, "spec": {**item["spec"], "password": None}}
        if item["kind"] == "BGPPeer" and item["metadata"]["name"] in leaving
        else item
        for item in resources
    ]


def _taken(fabric: Fabric, seen: Observation) -> t.Iterator[tuple[BigIp, Resource]]:
    peers = {item["metadata"]["name"]: item for item in (seen.get("resources") or {}).get("BGPPeer") or ()}
    for unit in fabric.bigips:
        peer = peers.get(unit.peer_name)
        if peer is not None and not is_managed(peer):
            yield unit, peer


def _conflicts(
    fabric: Fabric, unit: BigIp, spec: Observation, wanted: Observation, seen: Observation
) -> t.Iterator[str]:
    number = spec.get("asNumber")
    if number is None or as_number.read(number) != unit.as_number:
        yield (
            f"has AS {number}, but as_number of {unit.name} is {unit.as_number}: correct the inventory, or the peer "
            f"({_patch(unit, asNumber=unit.as_number)})"
        )
    scope = {key: spec[key] for key in ("node", "nodeSelector") if spec.get(key)}
    # A run for another topology may have set one of these.
    own = (wanted.get("nodeSelector"), "all()", *(f"{key} == " for key in (RACK_LABEL, REFLECTOR_LABEL)))
    if "node" in scope or not any(
        str(scope.get("nodeSelector", "all()")).startswith(str(text)) for text in own if text
    ):
        shown = ", ".join(f"{key}: {value}" for key, value in scope.items())
        yield (
            f"is limited ({shown}), unlike the topology of the inventory, {fabric.topology.kind}: describe the "
            f"topology, or remove the limit ({_patch(unit, **dict.fromkeys(scope))})"
        )
    others = [name for name in spec.get("filters") or () if name not in _filters(fabric)]
    if others and fabric.manage_policy:
        yield (
            f"has filters that are not managed by this collection ({', '.join(others)}) in the place of "
            f"{fabric.names.vips_filter}: remove them ({_patch(unit, filters=None)}), or set bgp_manage_policy: false"
        )
    secret = secret_of({"spec": spec})
    if secret not in ("", fabric.names.password_secret) and not fabric.password_secret:
        yield (
            f"has a password (Secret {secret}), and the inventory has none: set bgp_password, or remove it "
            f"({_patch(unit, password=None)})"
        )
    if spec.get("nextHopMode") and wanted.get("keepOriginalNextHop"):
        yield (
            f"has nextHopMode {spec['nextHopMode']}, where route reflectors need keepOriginalNextHop: remove it "
            f"({_patch(unit, nextHopMode=None)})"
        )


def _filters(fabric: Fabric) -> tuple[str, ...]:
    return fabric.names.vips_filter, fabric.names.own_routes_filter


def _patch(unit: BigIp, **spec: t.Any) -> str:
    return f"calicoctl patch bgppeer {unit.peer_name} -p '{json.dumps({'spec': spec})}'"
