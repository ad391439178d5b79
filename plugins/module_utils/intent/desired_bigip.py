# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a fabric to the BGP configuration of one BIG-IP, in the form of the C(config), C(prefix_lists) and
C(route_maps) options of the module bigip_bgp.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import NO_GRACEFUL_RESTART
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node

# Suffix of the second peer group if a BIG-IP has nodes of its own AS and of others: a group may have internal or
# external neighbors, not both.
EXTERNAL_SUFFIX = "-ebgp"

INTERNAL = "internal"
EXTERNAL = "external"


def bgp_config(fabric: Fabric, bigip_name: str, password: str | None = None) -> dict[str, Any]:
    """The configuration of ``bigip_name``: a neighbor for each node, and filters that accept pods and announce VIPs
    only.

    Without managed policy: only the neighbors and the redistribution, as in a network configured manually.

    :param password: the TCP MD5 password of every session; ``None``: sessions without one
    :raises KeyError: the fabric has no such BIG-IP
    """
    unit = fabric.bigip(bigip_name)
    nodes = fabric.neighbors_of(unit)
    if not fabric.manage_policy:
        return _without_policy(fabric, unit, password)
    groups = _groups(fabric, unit)
    announced = (*fabric.vip_ranges, *fabric.announced_ranges)
    config: dict[str, Any] = {
        "as_number": str(unit.as_number),
        "router_id": unit.router_id,
        "graceful_restart": {"restart_time": fabric.restart_time},
        "peer_groups": [_peer_group(fabric, name, kind) for kind, name in groups.items()],
        "neighbors": [_neighbor(fabric, node, groups[_kind(node, unit)], password) for node in nodes],
        "redistribute": [{"protocol": "kernel", "route_map": fabric.names.vips_map}],
    }
    config |= _process(fabric, unit)
    next_hops = _next_hops(fabric)
    return {
        "config": config,
        "prefix_lists": [
            {
                "name": fabric.names.pods_list,
                "entries": _entries((pool.cidr, pool.block_size) for pool in fabric.pools),
            },
            {"name": fabric.names.vips_list, "entries": _entries((cidr, 32) for cidr in announced)},
            *(
                {"name": fabric.names.group_list(group.name), "entries": _entries((cidr, 32) for cidr in group.ranges)}
                for group in fabric.traffic_groups
                if group.ranges
            ),
        ],
        "route_maps": [
            {
                "name": fabric.names.vips_map,
                "entries": [
                    {"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": fabric.names.vips_list}}
                ],
            },
            *([{"name": fabric.names.announced_map, "entries": next_hops}] if next_hops else []),
        ],
    }


def _next_hops(fabric: Fabric) -> list[dict[str, Any]]:
    """The outbound route-map of a pair: the next hop is the floating self IP of the traffic group, which moves with it.

    So nodes keep their routes when the announcing unit changes, and a range that both units announce leads to the
    active one. Routes of no traffic group keep the unit's own address.
    """
    if not fabric.traffic_groups:
        return []
    names, found = fabric.names, []
    rest: dict[str, Any] = {"match": {"ip_address_prefix_list": names.vips_list}}
    for group in fabric.traffic_groups:
        hop = {"set": {"ip_next_hop": group.floating_address}}
        if group.ranges:
            found.append({"match": {"ip_address_prefix_list": names.group_list(group.name)}, **hop})
        else:
            rest |= hop
    return [
        {"seq": position * 10, "action": "permit", **entry} for position, entry in enumerate([*found, rest], start=1)
    ]


def _without_policy(fabric: Fabric, unit: BigIp, password: str | None) -> dict[str, Any]:
    config: dict[str, Any] = {
        "as_number": str(unit.as_number),
        "neighbors": [_bare_neighbor(fabric, unit, node, password) for node in fabric.neighbors_of(unit)],
        "redistribute": [{"protocol": "kernel"}],
        **_process(fabric, unit),
    }
    # Without one, the BIG-IP chooses one of its addresses, usually the same.
    if unit.router_id != unit.bgp_address:
        config["router_id"] = unit.router_id
    return {"config": config, "prefix_lists": [], "route_maps": []}


def _bare_neighbor(fabric: Fabric, unit: BigIp, node: Node, password: str | None) -> dict[str, Any]:
    neighbor: dict[str, Any] = {"address": node.node_ip, "remote_as": str(node.as_number)}
    if fabric.multihop and _kind(node, unit) == EXTERNAL:
        neighbor["ebgp_multihop"] = fabric.multihop
    if password:
        neighbor["password"] = password
    return neighbor


def _process(fabric: Fabric, unit: BigIp) -> dict[str, Any]:
    """Settings of the process rather than of neighbors, as far as the inventory has them."""
    found: dict[str, Any] = {}
    if fabric.timers:
        found["timers"] = {"keepalive": fabric.timers.keepalive, "holdtime": fabric.timers.holdtime}
    numbers = (unit.as_number, *(node.as_number for node in fabric.neighbors_of(unit)))
    if any(as_number.needs_four_octets(number) for number in numbers):
        found["extended_asn_cap"] = True
    return found


def _groups(fabric: Fabric, unit: BigIp) -> dict[str, str]:
    """The peer group of each kind of neighbor that exists."""
    kinds = sorted({_kind(node, unit) for node in fabric.neighbors_of(unit)}, reverse=True)
    names = [fabric.peer_group, fabric.peer_group + EXTERNAL_SUFFIX]
    return dict(zip(kinds, names, strict=False))


def _kind(node: Node, unit: BigIp) -> str:
    return INTERNAL if node.as_number == unit.as_number else EXTERNAL


def _peer_group(fabric: Fabric, name: str, kind: str) -> dict[str, Any]:
    """Only pod routes are accepted. Only VIPs are announced to external neighbors: over eBGP a BIG-IP would pass on
    routes of one node to all others, with itself in the path.

    Calico needs no counterpart of ebgp-multihop: BIRD has `multihop` for every BGPPeer without ttlSecurity.
    """
    lists = {"in": fabric.names.pods_list}
    multihop: dict[str, Any] = {}
    if kind == EXTERNAL:
        lists["out"] = fabric.names.vips_list
        if fabric.multihop:
            multihop["ebgp_multihop"] = fabric.multihop
    announced = {"route_map": {"out": fabric.names.announced_map}} if fabric.traffic_groups else {}
    # It is unknown whether a device prints that the capability is off, so the description records it.
    off = {} if fabric.graceful_restart else {"description": fabric.names.mark + NO_GRACEFUL_RESTART}
    return {
        **multihop,
        **announced,
        **off,
        "name": name,
        "prefix_list": lists,
        "maximum_prefix": {"limit": fabric.maximum_prefix},
        # The restart time is only a duration; graceful restart itself is a capability of each neighbor.
        "capability_graceful_restart": fabric.graceful_restart,
    }


def _neighbor(fabric: Fabric, node: Node, group: str, password: str | None) -> dict[str, Any]:
    """remote-as is set on each neighbor: engineers look for it there, and it differs between racks."""
    neighbor = {
        "address": node.node_ip,
        "peer_group": group,
        "remote_as": str(node.as_number),
        "description": fabric.names.description(node.name),
    }
    if password:
        neighbor["password"] = password
    return neighbor


def _entries(ranges: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    """Permit each range and its more specific prefixes, up to the given prefix length.

    Pod routes are accepted up to the block size. The /32 of an address that a node borrowed from another node's
    block is rejected: the block's owner forwards to it.
    """
    entries = []
    for position, (prefix, longest) in enumerate(ranges, start=1):
        entry: dict[str, Any] = {"seq": position * 5, "action": "permit", "prefix": prefix}
        if longest > int(prefix.split("/")[1]):
            entry["le"] = longest
        entries.append(entry)
    return entries
