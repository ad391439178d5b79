# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the current state of a cluster to its inventory variables. Reads the result of the module calico_info."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import CLUSTER_ID

Resource = Mapping[str, Any]

RACK_LABEL = "rack"
_RACK_SELECTOR = re.compile(rf"{RACK_LABEL} *== *'([^']+)'")


class Cluster:
    """What Calico reports: nodes, pools, peers. ``notes``: settings that the inventory cannot express."""

    def __init__(self, info: Mapping[str, Any]) -> None:
        self.info = info
        self.notes: list[str] = []
        resources = info.get("resources") or {}
        self.peers: list[Resource] = list(resources.get("BGPPeer") or ())
        self.filters = {item["metadata"]["name"]: item.get("spec") or {} for item in resources.get("BGPFilter") or ()}
        self.configuration: Mapping[str, Any] = next(
            (
                item.get("spec") or {}
                for item in resources.get("BGPConfiguration") or ()
                if item["metadata"]["name"] == "default"
            ),
            {},
        )
        self.nodes: dict[str, Mapping[str, Any]] = {}
        for name, node in sorted((info.get("nodes") or {}).items()):
            if node["address"]:
                self.nodes[name] = node
            else:
                self.notes.append(f"node {name} does not run BGP and is left out")

    def peer(self, addresses: Sequence[str]) -> Resource | None:
        """The BGPPeer with one of these addresses; one for all nodes is preferred to one for some."""
        found = [item for item in self.peers if item["spec"].get("peerIP", "").partition(":")[0] in addresses]
        return min(found, key=lambda item: bool(item["spec"].get("node")), default=None)

    def variables(self) -> dict[str, Any]:
        """The fabric-wide variables that the cluster determines."""
        found: dict[str, Any] = {"pod_pools": self._pools()}
        services = [item["cidr"] for item in self.configuration.get("serviceClusterIPs") or ()]
        if services:
            found["service_cidrs"] = services
        reflectors = [name for name, node in self.nodes.items() if node.get("route_reflector_cluster_id")]
        if reflectors:
            ids = sorted({self.nodes[name]["route_reflector_cluster_id"] for name in reflectors})
            found["topology"] = {"kind": "reflectors", "reflectors": reflectors}
            if ids != [CLUSTER_ID]:
                found["topology"]["cluster_id"] = ids[0]
            if len(ids) > 1:
                self.notes.append(
                    f"the reflectors have different cluster IDs ({', '.join(ids)}); the inventory has the first"
                )
        elif self.racks():
            found["topology"] = {"kind": "racks"}
        if self.info.get("mesh") is False and not reflectors:
            found["node_mesh"] = False
        return found

    def racks(self) -> dict[str, str]:
        """The rack of each node for which a BIG-IP's peer is limited to a rack."""
        if not any(rack_of(item) for item in self.peers):
            return {}
        labels = {name: (node.get("labels") or {}).get(RACK_LABEL) for name, node in self.nodes.items()}
        return {name: rack for name, rack in labels.items() if rack}

    def hosts(self) -> dict[str, dict[str, Any]]:
        """The variables of each node."""
        racks = self.racks()
        return {
            name: {"node_ip": node["address"], "as_number": str(node["as_number"])}
            | ({"rack": racks[name]} if name in racks else {})
            for name, node in self.nodes.items()
        }

    def accepted(self, peers: Sequence[Resource]) -> list[str]:
        """The networks that nodes accept from these peers, if there are filters."""
        return [
            rule["cidr"]
            for peer in peers
            for name in peer["spec"].get("filters") or ()
            for rule in (self.filters.get(name) or {}).get("importV4") or ()
            if rule.get("action") == "Accept" and rule.get("cidr")
        ]

    def _pools(self) -> list[dict[str, Any]]:
        return list(self._each_pool())

    def _each_pool(self) -> Iterator[dict[str, Any]]:
        for pool in (self.info.get("resources") or {}).get("IPPool") or ():
            name, spec = pool["metadata"]["name"], pool["spec"]
            if ":" in str(spec.get("cidr")):
                self.notes.append(f"pool {name} is an IPv6 pool, which the inventory cannot express; it is left out")
            elif spec.get("disabled"):
                self.notes.append(f"pool {name} is disabled; it is left out")
            else:
                entry = {"name": name, "cidr": spec["cidr"]}
                entry["block_size"] = spec.get("blockSize", build.DEFAULT_BLOCK_SIZE)
                yield {**entry, "nat_outgoing": bool(spec.get("natOutgoing"))}


def rack_of(peer: Resource) -> str | None:
    """The rack whose nodes a BGPPeer is for."""
    found = _RACK_SELECTOR.fullmatch(str(peer["spec"].get("nodeSelector") or "").strip())
    return found[1] if found else None
