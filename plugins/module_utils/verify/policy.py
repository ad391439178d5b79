# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of a BIG-IP: the lists of the fabric, the map of the redistribution, and their use by every neighbor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import drained
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import BigIpView


def is_filtered(fabric: Fabric, unit: BigIp, view: BigIpView) -> bool:
    """Whether nodes get redistributed routes of the fabric's ranges only.

    Because of the fabric's own map or, with a foreign redistribution, an outbound filter of every neighbor.
    """
    if not fabric.manage_policy or view.redistributed["kernel"] == fabric.names.vips_map:
        return True
    return all(_filters(view, node, "out") for node in fabric.neighbors_of(unit))


def changed(fabric: Fabric, unit: BigIp, view: BigIpView) -> list[str]:
    """The fabric's filters that are missing or differ from the inventory, such as ``prefix-list podroute-pods``."""
    return list(_changed(fabric, unit, view)) if fabric.manage_policy else []


def _changed(fabric: Fabric, unit: BigIp, view: BigIpView) -> Iterator[str]:
    names, wanted = fabric.names, bgp_config(fabric, unit.name)
    lists = {item["name"]: item for item in view.section("prefix_lists") if item.get("afi") != "ipv6"}
    for item in wanted["prefix_lists"]:
        if _rules(lists.get(item["name"]) or {}) != _rules(item):
            yield f"prefix-list {item['name']}"
    for used in (item for item in view.section("route_maps") if item["name"] == view.redistributed.get("kernel")):
        clauses = _clauses(fabric, unit, view)
        if used["name"] == names.vips_map and not any(
            _permits(entry, names.vips_list, clauses) for entry in used["entries"]
        ):
            yield f"route-map {names.vips_map}"
    if view.redistributed.get("kernel") not in (None, *(item["name"] for item in view.section("route_maps"))):
        yield f"route-map {view.redistributed['kernel']}"
    for way, external in (("in", False), ("out", True)):
        used_list = names.vips_list if external else names.pods_list
        for node in fabric.neighbors_of(unit):
            needed = not external or node.as_number != unit.as_number
            if needed and node.node_ip in view.configured and used_list not in _filters(view, node, way):
                yield f"prefix-list {used_list} {way} of {node.name}"


def _rules(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    entries = sorted(item.get("entries") or (), key=lambda entry: int(entry["seq"]))
    return [{key: value for key, value in entry.items() if value and key != "seq"} for entry in entries]


def _clauses(fabric: Fabric, unit: BigIp, view: BigIpView) -> dict[str, str]:
    """The ``set`` clauses that the VIPs' entry must have: none, unless the BIG-IP is recorded as drained."""
    if not view.drains(fabric.names.mark).unit:
        return {}
    internal = any(node.as_number == unit.as_number for node in fabric.neighbors_of(unit))
    return _texts(drained.less_preferred(unit.as_number, internal))


def _permits(entry: Mapping[str, Any], name: str, clauses: Mapping[str, str]) -> bool:
    matches = entry["match"] == {"ip_address_prefix_list": name}
    return entry["action"] == "permit" and matches and _texts(entry.get("set") or {}) == clauses


def _texts(clauses: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in clauses.items()}


def _filters(view: BigIpView, node: Node, way: str) -> list[str]:
    """The filters of a neighbor in one direction, its own or those of its group."""
    peer = view.configured.get(node.node_ip) or {}
    return [str(peer[kind][way]) for kind in ("prefix_list", "route_map") if (peer.get(kind) or {}).get(way)]
