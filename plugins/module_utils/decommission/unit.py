# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to remove from a BIG-IP's configuration when a node, the BIG-IP or the fabric is decommissioned.

Objects of the fabric are neighbors with its mark in their description, its peer groups, lists and maps by their names,
and the redistribution through its route map. ``router bgp`` itself, BGP in the route domain and the open port are
removed only if no other configuration needs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import EXTERNAL_SUFFIX, bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import Names


@dataclass
class Removal:
    """What to remove, in the form of the options of bigip_bgp with state deleted.

    :ivar shared: route-maps without the entries for the fabric's list; they stay, because another fabric uses them
    :ivar whole: whether all of ``router bgp`` is removed, so that BGP can be disabled and its port closed too
    :ivar notes: sentences about what remains, and why
    """

    config: dict[str, Any] | None = None
    prefix_lists: list[dict[str, Any]] = field(default_factory=list)
    route_maps: list[dict[str, Any]] = field(default_factory=list)
    shared: list[dict[str, Any]] = field(default_factory=list)
    whole: bool = False
    notes: list[str] = field(default_factory=list)


def of_nodes(read: Mapping[str, Any], names: Names, addresses: Mapping[str, str]) -> Removal:
    """Remove the neighbors of some nodes.

    :param read: ``config`` of bigip_bgp_info
    :param addresses: the BGP address of each node, by its name
    """
    removal = Removal()
    body = read.get("config") or {}
    gone = []
    for name, address in addresses.items():
        peer = next((item for item in body.get("neighbors") or () if item["address"] == address), None)
        if peer is None:
            removal.notes.append(f"{name}: the BIG-IP has no neighbor {address}; nothing to remove")
        elif _is_managed(peer, names):
            gone.append(address)
        else:
            removal.notes.append(f"{name}: neighbor {address} is not managed by this fabric; it is kept")
    if gone:
        removal.config = {"as_number": body["as_number"], "neighbors": [{"address": address} for address in gone]}
    return removal


def of_fabric(read: Mapping[str, Any], fabric: Fabric) -> Removal:
    """Remove everything that the fabric has on the BIG-IP.

    Without managed policy the fabric has neither groups nor marks: a group with its name is not part of it.
    """
    removal, names = Removal(), fabric.names
    own = (fabric.peer_group, fabric.peer_group + EXTERNAL_SUFFIX) if fabric.manage_policy else ()
    body: Mapping[str, Any] = read.get("config") or {}
    neighbors = list(body.get("neighbors") or ())
    others = [item for item in neighbors if not _is_managed(item, names)]
    used = {item.get("peer_group") for item in others} | _mentioned(read, own)
    groups = [item["name"] for item in body.get("peer_groups") or ()]
    filtered = [item["name"] for item in body.get("peer_groups") or () if _filters(item) == names.pods_list]
    own_groups = [name for name in filtered if name in own and name not in used]
    own_map = next((item for item in read.get("route_maps") or () if item["name"] == names.vips_map), None)
    map_is_shared = bool(own_map and _without(own_map, names.vips_list))
    redistributed = (
        []
        if map_is_shared
        else [item for item in body.get("redistribute") or () if item.get("route_map") == names.vips_map]
    )
    for item in others:
        removal.notes.append(
            f"neighbor {item['address']} is not managed by this fabric; it is kept, and so is router bgp"
        )
    removal.whole = bool(body) and not (
        others
        or set(groups) - set(own_groups)
        or len(body.get("redistribute") or ()) > len(redistributed)
        or _process_of_others(body, fabric)
        or any("router bgp" in str(line.get("block")) for line in read.get("unmanaged") or ())
    )
    if body:
        removal.config = {"as_number": body["as_number"]}
        if not removal.whole:
            parts = {
                "neighbors": [{"address": item["address"]} for item in neighbors if _is_managed(item, names)],
                "peer_groups": [{"name": name} for name in own_groups],
                "redistribute": [{"protocol": item["protocol"]} for item in redistributed],
            }
            parts = {key: value for key, value in parts.items() if value}
            # With a number alone the module would remove the whole router.
            removal.config = {**removal.config, **parts} if parts else None
    kept = [*others, *(item for item in body.get("peer_groups") or () if item["name"] in used)]
    _policy(removal, names, read, kept, set() if len(others) < len(neighbors) else _unlike(read, fabric))
    return removal


def _filters(group: Mapping[str, Any]) -> str | None:
    return (group.get("prefix_list") or {}).get("in")


def _unlike(read: Mapping[str, Any], fabric: Fabric) -> set[str]:
    """Lists that differ from those of the fabric: without a neighbor of it they are others', whatever their names."""
    wanted = bgp_config(fabric, fabric.bigips[0].name)["prefix_lists"]
    rules = {item["name"]: _rules(item) for item in wanted}
    return {item["name"] for item in read.get("prefix_lists") or () if rules.get(item["name"]) != _rules(item)}


def _rules(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{key: str(value) for key, value in entry.items() if value} for entry in item["entries"]]


_OF_FABRIC = {"as_number", "router_id", "graceful_restart", "extended_asn_cap",
              "neighbors", "peer_groups", "redistribute"}  # fmt: skip


def _process_of_others(body: Mapping[str, Any], fabric: Fabric) -> bool:
    """Whether ``router bgp`` has settings that a fabric never makes: networks, another family, paths, other timers."""
    timers = fabric.as_dict()["timers"]
    rest = {key: item for key, item in body.items() if key not in _OF_FABRIC and (key, item) != ("timers", timers)}
    return any(any(item.values()) if isinstance(item, Mapping) else item for item in rest.values())


def announced(read: Mapping[str, Any], removal: Removal, address: str) -> bool:
    """Whether remaining redistribution announces a virtual address, or may: then others need its route."""
    body: Mapping[str, Any] = (read.get("config") or {}) if not removal.whole else {}
    gone = {item["protocol"] for item in (removal.config or {}).get("redistribute") or ()}
    kernel = next((item for item in body.get("redistribute") or () if item["protocol"] == "kernel"), None)
    if kernel is None or "kernel" in gone:
        return False
    name = kernel.get("route_map")
    maps = [*removal.shared, *(read.get("route_maps") or ())]
    entries = next((item["entries"] for item in maps if item["name"] == name), None)
    if entries is None or any(f"route-map {name} " in str(line.get("block")) for line in read.get("unmanaged") or ()):
        return True
    lists = {item["name"]: item["entries"] for item in read.get("prefix_lists") or ()}
    for entry in sorted(entries, key=lambda item: int(item["seq"])):
        used = (entry.get("match") or {}).get("ip_address_prefix_list")
        if set(entry.get("match") or ()) - {"ip_address_prefix_list"}:
            return True
        if used is None or _permitted(lists.get(used) or (), IPv4Network(address)):
            return bool(entry["action"] == "permit")
    return False


def _permitted(rules: Iterable[Mapping[str, Any]], route: IPv4Network) -> bool:
    """Whether a prefix-list permits a host route."""
    for rule in sorted(rules, key=lambda item: int(item["seq"])):
        network = IPv4Network(rule["prefix"])
        longest = rule.get("le") or (32 if rule.get("ge") else network.prefixlen)
        if route.subnet_of(network) and int(longest) == 32:
            return bool(rule["action"] == "permit")
    return False


def _policy(
    removal: Removal, names: Names, read: Mapping[str, Any], peers: Iterable[Mapping[str, Any]], others: set[str]
) -> None:
    """The fabric's lists and maps, except those that other configuration uses, and those of ``others``."""
    peers = list(peers)
    listed = read.get("prefix_lists") or ()
    mentioned = _mentioned(read, [names.vips_map, names.announced_map, *(item["name"] for item in listed)])
    maps = {name for item in peers for name in (item.get("route_map") or {}).values()} | mentioned | others
    lists = {name for item in peers for name in (item.get("prefix_list") or {}).values()} | mentioned | others
    for item in read.get("route_maps") or ():
        if item["name"] == names.announced_map and _unused(item["name"], maps, removal, "route-map"):
            removal.route_maps.append(item)
            continue
        rest = _without(item, names.vips_list)
        if item["name"] == names.vips_map and not rest and _unused(names.vips_map, maps, removal, "route-map"):
            removal.route_maps.append(item)
            continue
        if rest and len(rest) < len(item["entries"]):
            removal.shared.append({**item, "entries": rest})
            if item["name"] == names.vips_map:
                removal.notes.append(f"route-map {item['name']} has entries of other fabrics; they are kept")
        else:
            rest = item["entries"]
        lists |= {entry["match"].get("ip_address_prefix_list") for entry in rest}
    for item in listed:
        if names.owns_list(item["name"]) and _unused(item["name"], lists, removal, "prefix-list"):
            removal.prefix_lists.append(item)


def _mentioned(read: Mapping[str, Any], names: Collection[str]) -> set[str]:
    """Which of these names a line uses that the model does not cover, except a line about the named group itself."""
    found = set()
    for line in read.get("unmanaged") or ():
        words = str(line.get("text")).split()
        about = words[words.index("neighbor") + 1] if "neighbor" in words[:-1] else None
        found |= {name for name in names if name != about and {name, f"/Common/{name}"} & set(words)}
    return found


def _without(route_map: Mapping[str, Any], prefix_list: str) -> list[dict[str, Any]]:
    """The entries of a route map that do not match exactly this list."""
    return [item for item in route_map["entries"] if item["match"] != {"ip_address_prefix_list": prefix_list}]


def _unused(name: str, used: Collection[Any], removal: Removal, kind: str) -> bool:
    """Whether no other configuration uses it; otherwise a note is added."""
    if name in used:
        removal.notes.append(f"{kind} {name} is used by other configuration; it is kept")
    return name not in used


def _is_managed(peer: Mapping[str, Any], names: Names) -> bool:
    return str(peer.get("description") or "").startswith(names.mark.strip())
