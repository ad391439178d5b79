# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes that reset the sessions of a node, one drained node after the other: which nodes, and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import API_VERSION
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed


def nodes(seen: Observed, cluster: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The nodes whose sessions a change of their AS number resets, in the order of the inventory.

    A node that is already drained, or that is not a neighbor yet, has no session to lose.

    :param seen: the BIG-IPs with their configuration
    :param cluster: ``nodes`` of calico_info
    """
    return [
        node.name
        for node in seen.fabric.nodes
        if node.name in cluster
        and cluster[node.name]["as_number"] != node.as_number
        and any(_in_service(seen, unit, node) for unit in seen.fabric.bigips)
    ]


def _in_service(seen: Observed, unit: BigIp, node: Node) -> bool:
    body = (seen.bigip(unit).raw.get("config") or {}).get("config") or {}
    there = any(item["address"] == node.node_ip for item in body.get("neighbors") or ())
    return there and not seen.drains(unit).has(node.node_ip)


def neighbor(
    fabric: Fabric, unit: BigIp, read: Mapping[str, Any], node: Node, password: str | None = None
) -> dict[str, Any]:
    """The options of bigip_bgp that give the neighbor of a node its AS number; the rest of the neighbor stays.

    :param read: the configuration as bigip_bgp_info returns it
    :param password: for a neighbor that changes its peer group, which is a new neighbor for the device
    """
    body = read.get("config") or {}
    now = next((item for item in body.get("neighbors") or () if item["address"] == node.node_ip), None)
    if now is None:
        return {}
    wanted = bgp_config(fabric, unit.name, password)["config"]
    then = next(item for item in wanted["neighbors"] if item["address"] == node.node_ip)
    changed = {key: then[key] for key in ("remote_as", "peer_group") if key in then}
    if now.get("peer_group") != changed.get("peer_group") and password:
        changed["password"] = password
    known = {group["name"] for group in body.get("peer_groups") or ()}
    groups = [group for group in wanted.get("peer_groups") or ()
              if group["name"] == changed.get("peer_group") and group["name"] not in known]  # fmt: skip
    config = {
        "as_number": body["as_number"],
        "neighbors": [{**now, **changed}],
        **({"peer_groups": groups} if groups else {}),
        **({"extended_asn_cap": True} if wanted.get("extended_asn_cap") else {}),
    }
    return {"state": "replaced", "config": config}


def resource(node: Node) -> dict[str, Any]:
    """The AS number of a node in Calico, for calico_resources."""
    spec = {"bgp": {"asNumber": node.as_number}}
    return {"apiVersion": API_VERSION, "kind": "Node", "metadata": {"name": node.name}, "spec": spec}
