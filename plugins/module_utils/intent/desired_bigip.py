# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fabric → one BIG-IP's BGP configuration, in the shape of the C(config), C(prefix_lists) and C(route_maps) options
of the module bigip_bgp.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node

# Names on the BIG-IP begin with these, so that nobody's own list is ever touched.
PODS_LIST = "podroute-pods"
VIPS_LIST = "podroute-vips"
VIPS_MAP = "podroute-vips"

# A neighbor whose description begins with this is ours to change and to remove.
OWNED_DESCRIPTION = "podroute: "
LONGEST_DESCRIPTION = 80

# Suffix of the second peer group where a BIG-IP has nodes of its own AS and of others: a group may hold internal
# or external neighbors, never both.
EXTERNAL_SUFFIX = "-ebgp"

INTERNAL = "internal"
EXTERNAL = "external"


def bgp_config(fabric: Fabric, bigip_name: str, password: str | None = None) -> dict[str, Any]:
    """What ``bigip_name`` is to run: a neighbor for each node, and no route let in or out beyond pods and VIPs.

    Without managed policy: only the neighbors and the redistribution, as in a network configured manually.

    :param password: the TCP MD5 password of every session; ``None``: sessions without one
    :raises KeyError: the fabric has no such BIG-IP
    """
    unit = fabric.bigip(bigip_name)
    nodes = fabric.neighbors_of(unit)
    if not fabric.manage_policy:
        return _without_policy(fabric, unit, password)
    groups = _groups(fabric, unit)
    config: dict[str, Any] = {
        "as_number": str(unit.as_number),
        "router_id": unit.router_id,
        "graceful_restart": {"restart_time": fabric.restart_time},
        "peer_groups": [_peer_group(fabric, name, kind) for kind, name in groups.items()],
        "neighbors": [_neighbor(node, groups[_kind(node, unit)], password) for node in nodes],
        "redistribute": [{"protocol": "kernel", "route_map": VIPS_MAP}],
    }
    config |= _process(fabric, unit)
    return {
        "config": config,
        "prefix_lists": [
            {"name": PODS_LIST, "entries": _entries((pool.cidr, pool.block_size) for pool in fabric.pools)},
            {"name": VIPS_LIST, "entries": _entries((cidr, 32) for cidr in fabric.vip_ranges)},
        ],
        "route_maps": [
            {
                "name": VIPS_MAP,
                "entries": [{"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": VIPS_LIST}}],
            }
        ],
    }


def _without_policy(fabric: Fabric, unit: BigIp, password: str | None) -> dict[str, Any]:
    config: dict[str, Any] = {
        "as_number": str(unit.as_number),
        "neighbors": [
            {"address": node.node_ip, "remote_as": str(node.as_number), **({"password": password} if password else {})}
            for node in fabric.neighbors_of(unit)
        ],
        "redistribute": [{"protocol": "kernel"}],
        **_process(fabric, unit),
    }
    # Without one the BIG-IP takes an address of its own, most often the same.
    if unit.router_id != unit.bgp_address:
        config["router_id"] = unit.router_id
    return {"config": config, "prefix_lists": [], "route_maps": []}


def _process(fabric: Fabric, unit: BigIp) -> dict[str, Any]:
    """What is of the process and not of its neighbors, where the inventory asks for it."""
    found: dict[str, Any] = {}
    if fabric.timers:
        found["timers"] = {"keepalive": fabric.timers.keepalive, "holdtime": fabric.timers.holdtime}
    numbers = (unit.as_number, *(node.as_number for node in fabric.neighbors_of(unit)))
    if any(as_number.needs_four_octets(number) for number in numbers):
        found["extended_asn_cap"] = True
    return found


def _groups(fabric: Fabric, unit: BigIp) -> dict[str, str]:
    """The peer group of each kind of neighbor that occurs."""
    kinds = sorted({_kind(node, unit) for node in fabric.neighbors_of(unit)}, reverse=True)
    names = [fabric.peer_group, fabric.peer_group + EXTERNAL_SUFFIX]
    return dict(zip(kinds, names, strict=False))


def _kind(node: Node, unit: BigIp) -> str:
    return INTERNAL if node.as_number == unit.as_number else EXTERNAL


def _peer_group(fabric: Fabric, name: str, kind: str) -> dict[str, Any]:
    """Only pods come in. To external neighbors only VIPs go out: over eBGP a BIG-IP would pass on what it learnt
    from one node to all others, with itself in the path."""
    lists = {"in": PODS_LIST}
    if kind == EXTERNAL:
        lists["out"] = VIPS_LIST
    return {
        "name": name,
        "prefix_list": lists,
        "maximum_prefix": {"limit": fabric.maximum_prefix},
        # The restart time says how long; that a session restarts gracefully at all is the neighbors' capability.
        "capability_graceful_restart": fabric.graceful_restart,
    }


def _neighbor(node: Node, group: str, password: str | None) -> dict[str, Any]:
    """remote-as is stated on each neighbor: it is what an engineer looks for, and racks differ in it."""
    neighbor = {
        "address": node.node_ip,
        "peer_group": group,
        "remote_as": str(node.as_number),
        "description": (OWNED_DESCRIPTION + node.name)[:LONGEST_DESCRIPTION],
    }
    if password:
        neighbor["password"] = password
    return neighbor


def _entries(ranges: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """Permit each range and what is more specific in it, down to the prefix length given with it.

    Pods are let in down to the block size. The /32 of an address that a node borrowed from another's block stays
    out: the block's owner forwards to it.
    """
    entries = []
    for position, (prefix, longest) in enumerate(ranges, start=1):
        entry: dict[str, Any] = {"seq": position * 5, "action": "permit", "prefix": prefix}
        if longest > int(prefix.split("/")[1]):
            entry["le"] = longest
        entries.append(entry)
    return entries
