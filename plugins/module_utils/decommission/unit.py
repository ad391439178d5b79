# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a BIG-IP's configuration is the collection's, and goes when a node, the BIG-IP or the fabric leaves.

Ours are neighbors whose description says so, the peer groups, lists and maps by their names, and the redistribution
through our route-map. ``router bgp`` itself, BGP in the route domain and the open port go only when nothing of others
is left that needs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import EXTERNAL_SUFFIX
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import PODROUTE, Names


@dataclass
class Leaving:
    """What goes, in the shape of the options of bigip_bgp in state deleted.

    :ivar whole: whether nothing of ``router bgp`` is left, so that BGP and its port can be closed too
    :ivar notes: sentences on what stays, and why
    """

    config: dict[str, Any] | None = None
    prefix_lists: list[dict[str, Any]] = field(default_factory=list)
    route_maps: list[dict[str, Any]] = field(default_factory=list)
    whole: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        return bool(self.config or self.prefix_lists or self.route_maps)


def nodes_leave(read: Mapping[str, Any], addresses: Mapping[str, str], names: Names = PODROUTE) -> Leaving:
    """The neighbors of some nodes go, and all else stays.

    :param read: ``config`` of bigip_bgp_info
    :param addresses: the BGP address of each node, by its name
    :param names: the names of the fabric
    """
    leaving = Leaving()
    body = read.get("config") or {}
    gone = []
    for name, address in addresses.items():
        peer = next((item for item in body.get("neighbors") or () if item["address"] == address), None)
        if peer is None:
            leaving.notes.append(f"{name}: there is no neighbor {address}, so there is nothing to take away")
        elif _ours(peer, names):
            gone.append(address)
        else:
            leaving.notes.append(f"{name}: neighbor {address} is not marked as ours, so it stays")
    if gone:
        leaving.config = {"as_number": body["as_number"], "neighbors": [{"address": address} for address in gone]}
    return leaving


def unit_leaves(read: Mapping[str, Any], peer_group: str, names: Names = PODROUTE) -> Leaving:
    """Everything of ours goes.

    :param peer_group: the fabric's peer group
    :param names: the names of the fabric
    """
    leaving = Leaving()
    body: Mapping[str, Any] = read.get("config") or {}
    neighbors = list(body.get("neighbors") or ())
    others = [item for item in neighbors if not _ours(item, names)]
    used = {item.get("peer_group") for item in others}
    groups = [item["name"] for item in body.get("peer_groups") or ()]
    our_groups = [name for name in groups if name in (peer_group, peer_group + EXTERNAL_SUFFIX) and name not in used]
    redistributed = [item for item in body.get("redistribute") or () if item.get("route_map") == names.vips_map]
    for item in others:
        leaving.notes.append(f"neighbor {item['address']} is not marked as ours: it stays, and so does router bgp")
    leaving.whole = bool(body) and not (
        others
        or set(groups) - set(our_groups)
        or len(body.get("redistribute") or ()) > len(redistributed)
        or any(body.get(kind) for kind in ("networks", "aggregates"))
        or any((body.get("address_family_ipv6") or {}).values())
        or any("router bgp" in str(line.get("block")) for line in read.get("unmanaged") or ())
    )
    if body:
        leaving.config = {"as_number": body["as_number"]}
        if not leaving.whole:
            parts = {
                "neighbors": [{"address": item["address"]} for item in neighbors if _ours(item, names)],
                "peer_groups": [{"name": name} for name in our_groups],
                "redistribute": [{"protocol": item["protocol"]} for item in redistributed],
            }
            parts = {key: value for key, value in parts.items() if value}
            # With a number alone the module would take the whole router away.
            leaving.config = {**leaving.config, **parts} if parts else None
    users = [*others, *(item for item in body.get("peer_groups") or () if item["name"] in used)]
    _policy_leaves(leaving, read, users, names)
    return leaving


def _policy_leaves(
    leaving: Leaving, read: Mapping[str, Any], peers: Iterable[Mapping[str, Any]], names: Names
) -> None:
    """Our lists and maps, but for those that somebody else has come to use."""
    peers = list(peers)
    maps = {name for item in peers for name in (item.get("route_map") or {}).values()}
    lists = {name for item in peers for name in (item.get("prefix_list") or {}).values()}
    for item in read.get("route_maps") or ():
        if item["name"] == names.vips_map and _unused(names.vips_map, maps, leaving, "route-map"):
            leaving.route_maps.append(item)
        else:
            lists |= {entry["match"].get("ip_address_prefix_list") for entry in item["entries"]}
    for item in read.get("prefix_lists") or ():
        if item["name"] in (names.pods_list, names.vips_list) and _unused(item["name"], lists, leaving, "prefix-list"):
            leaving.prefix_lists.append(item)


def _unused(name: str, used: Collection[Any], leaving: Leaving, kind: str) -> bool:
    """Whether nobody else uses it; where somebody does, that is noted."""
    if name in used:
        leaving.notes.append(f"{kind} {name} is used by configuration of others: it stays")
    return name not in used


def _ours(peer: Mapping[str, Any], names: Names) -> bool:
    return str(peer.get("description") or "").startswith(names.mark.strip())
