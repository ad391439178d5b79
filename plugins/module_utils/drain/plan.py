# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts can be drained without packet loss, and what a drain or its reversal writes on each BIG-IP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import drained
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import Drains
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import NO_GRACEFUL_RESTART
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.pods import movable, still_there
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.tree import some
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED


@dataclass
class Plan:
    """The hosts to drain, or to undrain.

    :ivar nodes: nodes by name
    :ivar units: BIG-IPs by name
    :ivar problems: what must be done first, one sentence each; if there are any, nothing may be changed
    :ivar notes: what is left to do afterwards
    """

    nodes: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan(
    seen: Observed,
    names: Sequence[str],
    drain: bool,
    pods: Iterable[Mapping[str, Any]] = (),
    nodes: Iterable[Mapping[str, Any]] = (),
) -> Plan:
    """The plan to drain these hosts.

    :param seen: the BIG-IPs, with their configuration, neighbors, routes and failover state
    :param names: nodes and BIG-IPs by inventory name
    :param drain: False to undrain them
    :param pods: pods of the Kubernetes API
    :param nodes: nodes of the Kubernetes API
    """
    fabric, found = seen.fabric, Plan()
    known = {node.name: found.nodes for node in fabric.nodes} | {unit.name: found.units for unit in fabric.bigips}
    for name in names:
        if name in known:
            known[name].append(name)
        else:
            found.problems.append(
                f"drain: {name} is neither a node nor a BIG-IP of the inventory; expected one of {', '.join(known)}"
            )
    if not names:
        found.problems.append("drain is not set; expected names of nodes or BIG-IPs of the inventory")
    if not fabric.manage_policy:
        found.problems.append(
            "bgp_manage_policy is false; expected true: a drain is recorded in the neighbors' descriptions"
        )
    unread = [
        f"{unit.name} cannot be read: {seen.bigip(unit).error}" for unit in fabric.bigips if seen.bigip(unit).error
    ]
    found.problems += unread
    if unread or not drain:
        found.notes += [f"{name}: kubectl uncordon {name}" for name in found.nodes if not drain]
        return found
    _nodes(found, seen, list(pods), {item["metadata"]["name"]: item for item in nodes})
    _units(found, seen)
    return found


def _nodes(
    found: Plan, seen: Observed, pods: Sequence[Mapping[str, Any]], objects: Mapping[str, Mapping[str, Any]]
) -> None:
    for name in found.nodes:
        left = movable(pods, name)
        if left:
            found.problems.append(still_there(name, left))
        elif not (objects.get(name, {}).get("spec") or {}).get("unschedulable"):
            found.problems.append(
                f"{name} may get new pods, which the BIG-IPs could not reach: run kubectl cordon {name} first"
            )
    for unit in seen.fabric.bigips if found.nodes else ():
        stay = [node for node in seen.fabric.sessions_of(unit) if node.name not in found.nodes]
        if not any(_established(seen, unit, node) for node in stay):
            found.problems.append(
                f"{unit.name} would have no established session left: "
                f"{', '.join(node.name for node in stay) or 'no other node'} must be in service first"
            )


def _units(found: Plan, seen: Observed) -> None:
    fabric = seen.fabric
    for name in found.units:
        unit = fabric.bigip(name)
        others = [one for one in fabric.bigips if one.name not in found.units and one.rack == unit.rack]
        ready = [one for one in others if _serves(seen, one)]
        if not ready:
            found.problems.append(
                f"{name}: no other BIG-IP can carry its traffic "
                f"({', '.join(one.name for one in others) or 'the inventory has none'}): it must have every session "
                "established and not be drained"
            )
            continue
        if by_arp := _by_arp(seen, unit):
            found.problems.append(
                f"{name} answers ARP for {some(by_arp, 4)} in the nodes' subnet and does not announce it: a drain "
                "cannot move its clients; set its route_advertisement, or disable its ARP on the BIG-IP"
            )
        only = [prefix for prefix in announced(seen, unit) if not any(prefix in announced(seen, one) for one in ready)]
        if only:
            found.problems.append(
                f"{name} alone announces {', '.join(only[:4])}{', …' if len(only) > 4 else ''}: fail over to "
                f"{', '.join(one.name for one in ready)} first (tmsh run sys failover standby on {name})"
            )


def _by_arp(seen: Observed, unit: BigIp) -> list[str]:
    """Virtual addresses in the subnet of the nodes that a BIG-IP serves and never announces."""
    view, subnet = seen.bigip(unit), seen.subnet_of(unit)
    return [address for address, held in sorted(view.virtual_addresses.items())
            if subnet and ":" not in address and IPv4Address(address) in subnet and view.serves(address)
            and held.get("arp") == "enabled" and held.get("enabled") is not False
            and held.get("route_advertisement") in (None, "", "disabled")]  # fmt: skip


def _serves(seen: Observed, unit: BigIp) -> bool:
    """Whether a BIG-IP can take over: not drained, and with all its sessions established."""
    drains = seen.drains(unit)
    sessions = [node for node in seen.fabric.sessions_of(unit) if not drains.has(node.node_ip)]
    return not drains.unit and bool(sessions) and all(_established(seen, unit, node) for node in sessions)


def _established(seen: Observed, unit: BigIp, node: Node) -> bool:
    return (seen.bigip(unit).neighbors.get(node.node_ip) or {}).get("state") == ESTABLISHED


def announced(seen: Observed, unit: BigIp) -> list[str]:
    """The prefixes that a BIG-IP announces: its kernel routes inside the announced ranges."""
    return sorted(prefix for prefix, routes in seen.bigip(unit).routes.items()
                  if any(route.get("code") == "K" for route in routes) and seen.is_announced(prefix))  # fmt: skip


# ---- what is written -------------------------------------------------------------------------------


def target(now: Drains, nodes: Iterable[Node], drain: bool) -> Drains:
    """The record of a BIG-IP with these neighbors drained or undrained."""
    addresses = {node.node_ip for node in nodes}
    return replace(now, nodes=frozenset(now.nodes | addresses if drain else now.nodes - addresses))


def changes(fabric: Fabric, unit: BigIp, read: Mapping[str, Any], now: Drains, wanted: Drains) -> dict[str, Any]:
    """The options of bigip_bgp that change one record to another; empty if there is nothing to do.

    :param read: the configuration as bigip_bgp_info returns it
    """
    body = read.get("config") or {}
    names, addresses = fabric.names, {node.node_ip: node for node in fabric.neighbors_of(unit)}
    neighbors = []
    for neighbor in body.get("neighbors") or ():
        node = addresses.get(neighbor["address"])
        if node is None or (now.has(node.node_ip), node.node_ip in now.nodes) == (
            wanted.has(node.node_ip),
            node.node_ip in wanted.nodes,
        ):
            continue
        text = names.description(node.name)
        if node.node_ip in wanted.nodes:
            text = drained.described(text, drained.DRAINED)
        neighbors.append({**neighbor, "shutdown": wanted.has(node.node_ip), "description": text})
    groups, maps = [], []
    if now.unit != wanted.unit:
        groups = [_group(fabric, group, wanted.unit) for group in _groups(fabric, body)]
        maps = [_map(fabric, unit, item, bool(wanted.unit)) for item in read.get("route_maps") or ()
                if item["name"] == names.vips_map]  # fmt: skip
    if not (neighbors or groups or maps):
        return {}
    config = {"as_number": body["as_number"], "neighbors": neighbors, "peer_groups": groups}
    config = {key: value for key, value in config.items() if value}
    return {"state": "replaced", "config": config, **({"route_maps": maps} if maps else {})}


def _groups(fabric: Fabric, body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The peer groups of the fabric's neighbors."""
    own = {item.get("peer_group") for item in body.get("neighbors") or ()
           if str(item.get("description") or "").startswith(fabric.names.mark)}  # fmt: skip
    return [group for group in body.get("peer_groups") or () if group["name"] in own]


def _group(fabric: Fabric, group: Mapping[str, Any], stage: str) -> dict[str, Any]:
    rest = "" if fabric.graceful_restart else NO_GRACEFUL_RESTART
    text = drained.group_description(fabric.names.mark, stage, rest) if stage else rest and fabric.names.mark + rest
    kept = {key: value for key, value in group.items() if key != "description"}
    return {**kept, "description": text} if text else kept


def _map(fabric: Fabric, unit: BigIp, item: Mapping[str, Any], less: bool) -> dict[str, Any]:
    internal = any(node.as_number == unit.as_number for node in fabric.neighbors_of(unit))
    clauses = drained.less_preferred(unit.as_number, internal)
    entries = []
    for entry in item["entries"]:
        held = dict(entry.get("set") or {})
        if (entry.get("match") or {}).get("ip_address_prefix_list") == fabric.names.vips_list:
            held = {**held, **clauses} if less else {key: value for key, value in held.items() if key not in clauses}
        entries.append({**entry, "set": held})
    return {**item, "entries": entries}


# ---- what must be reached before the next step -----------------------------------------------------


def nodes_using(seen: Observed, unit: BigIp) -> list[str]:
    """Nodes that may still send packets to a BIG-IP: they have a kernel route to it, or cannot be read."""
    found = []
    for node in seen.nodes():
        view = seen.node(node)
        hops = {str(route.get("gateway")) for routes in view.kernel.values() for route in routes}
        if view.error or unit.bgp_address in hops:
            found.append(node.name)
    return found


def busy(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[str]:
    """The virtual servers that received packets between two readings of their counters."""
    counted = {item["name"]: item["packets_in"] for item in before}
    return sorted(item["name"] for item in after if item["packets_in"] != counted.get(item["name"], item["packets_in"]))


def not_back(seen: Observed, unit: BigIp) -> list[str]:
    """Nodes without an established session, or whose pod routes the BIG-IP has not learned."""
    drains, view = seen.drains(unit), seen.bigip(unit)
    found = []
    for node in seen.fabric.sessions_of(unit):
        if drains.has(node.node_ip):
            continue
        blocks = seen.calico.blocks.get(node.name, [])
        learned = all(any(route.get("via") == node.node_ip for route in view.routes.get(block, ())) for block in blocks)
        if not _established(seen, unit, node) or not learned:
            found.append(node.name)
    return found
