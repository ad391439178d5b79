# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the current state of a BIG-IP to its inventory variables. Reads the result of the module bigip_bgp_info."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.adopt.cluster import Cluster, rack_of
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import ACTIVE_ACTIVE, ACTIVE_STANDBY


class Unit:
    """One BIG-IP. ``problems``: values that cannot be determined; ``notes``: settings the inventory cannot express.

    :param known: what the inventory already has: ``ansible_host``, ``route_domain``, ``bgp_address``, ``as_number``,
        ``vip_ranges``
    """

    def __init__(self, name: str, known: Mapping[str, Any], info: Mapping[str, Any], cluster: Cluster) -> None:
        self.name = name
        self.known = known
        self.info = info
        self.cluster = cluster
        self.problems: list[str] = []
        self.notes: list[str] = []
        read = info.get("config") or {}
        self.config: Mapping[str, Any] = read.get("config") or {}
        self.lists = {item["name"]: item["entries"] for item in read.get("prefix_lists") or ()}
        self.maps = {item["name"]: item["entries"] for item in read.get("route_maps") or ()}
        self.address = self._address()
        self.peer = cluster.peer([self.address]) if self.address else None
        addresses = {node["address"] for node in cluster.nodes.values()}
        self.neighbors = [item for item in self.config.get("neighbors") or () if item["address"] in addresses]

    @property
    def route_domain(self) -> int:
        return int(self.known.get("route_domain") or 0)

    @property
    def has_password(self) -> bool:
        return any(item.get("password") for item in self.neighbors) or bool(
            self.peer and self.peer["spec"].get("password")
        )

    def _address(self) -> str:
        """The self IP of BGP: the configured one, else Calico's peer, else the one in the nodes' subnet."""
        if self.known.get("bgp_address"):
            return str(self.known["bgp_address"])
        own = [item for item in self.info.get("self_ips") or () if item["route_domain"] == self.route_domain]
        peered = [item for item in own if self.cluster.peer([item["address"]])]
        facing = [item for item in own if not item["floating"] and self._faces(item["address"])]
        for candidates in (peered, facing):
            if len(candidates) == 1:
                if candidates[0]["floating"]:
                    self.notes.append(
                        f"{self.name}: Calico peers with the floating self IP {candidates[0]['address']}; each unit "
                        "of a pair should use its own non-floating self IP for BGP"
                    )
                return str(candidates[0]["address"])
            if candidates:
                break
        names = ", ".join(f"{item['address']} ({item['name']})" for item in own) or "none"
        self.problems.append(
            f"{self.name}: the self IP for BGP cannot be determined: set bgp_address; route domain {self.route_domain} "
            f"has {names}"
        )
        return ""

    def _faces(self, address: str) -> bool:
        return any(
            IPv4Address(address) in IPv4Network(f"{node['address']}/{node['prefix_length']}", strict=False)
            for node in self.cluster.nodes.values()
            if node.get("prefix_length") and ":" not in address
        )

    def host(self) -> dict[str, Any]:
        """The variables of the host."""
        found: dict[str, Any] = {}
        if self.known.get("ansible_host"):
            found["ansible_host"] = self.known["ansible_host"]
        found["bgp_address"] = self.address
        number = self.config.get("as_number") or (self.peer or {"spec": {}})["spec"].get("asNumber")
        found["as_number"] = str(number or self.known.get("as_number") or "")
        if not found["as_number"]:
            self.problems.append(
                f"{self.name}: it does not run BGP, and Calico has no peer for it, so its AS number is unknown: "
                "set as_number"
            )
        if self.route_domain:
            found["route_domain"] = self.route_domain
        if self.config.get("router_id") not in (None, self.address):
            found["router_id"] = self.config["router_id"]
        if self.peer:
            if self.peer["metadata"]["name"] != f"bgppeer-global-{self.name}".lower():
                found["bgp_peer_name"] = self.peer["metadata"]["name"]
            rack = rack_of(self.peer)
            if rack:
                found["rack"] = rack
        return found

    def variables(self) -> dict[str, Any]:
        """The fabric-wide variables that a BIG-IP determines; those that equal the default are left out."""
        found: dict[str, Any] = {}
        timers = self.config.get("timers")
        if timers:
            found["bgp_timers"] = {key: timers[key] for key in ("keepalive", "holdtime")}
        restart = (self.config.get("graceful_restart") or {}).get("restart_time")
        if restart not in (None, build.DEFAULT_RESTART_TIME):
            found["bgp_restart_time"] = restart
        used = Counter(item["peer_group"] for item in self.neighbors if item.get("peer_group"))
        name = used.most_common(1)[0][0] if used else ""
        if name and name != build.DEFAULT_PEER_GROUP:
            found["bgp_peer_group"] = name
        groups = {item["name"]: item for item in self.config.get("peer_groups") or ()}
        limit = ((groups.get(name) or {}).get("maximum_prefix") or {}).get("limit")
        if limit not in (None, build.DEFAULT_MAXIMUM_PREFIX):
            found["bgp_maximum_prefix"] = limit
        traffic_groups = self._traffic_groups(((groups.get(name) or {}).get("route_map") or {}).get("out"))
        if traffic_groups:
            found["bigip_mode"] = ACTIVE_STANDBY if len(traffic_groups) == 1 else ACTIVE_ACTIVE
            found["traffic_groups"] = traffic_groups
        return found

    def _traffic_groups(self, route_map: str | None) -> list[dict[str, Any]]:
        """The traffic groups whose floating self IPs an outbound route-map sets as next hops."""
        redistributed = set(self.announced())
        floating = {
            item["address"]: str(item.get("traffic_group")).rpartition("/")[2]
            for item in self.info.get("self_ips") or ()
            if item["floating"]
        }
        found = []
        for entry in self.maps.get(route_map, ()):
            hop = (entry.get("set") or {}).get("ip_next_hop")
            if hop not in floating:
                continue
            rules = self.lists.get((entry.get("match") or {}).get("ip_address_prefix_list"), ())
            ranges = [rule["prefix"] for rule in rules if rule["action"] == "permit"]
            group: dict[str, Any] = {"name": floating[hop], "floating_address": hop}
            found.append(group if set(ranges) == redistributed else {**group, "ranges": ranges})
        return found

    @property
    def plain(self) -> bool:
        """Whether it has plain sessions with the nodes only: no peer group, no filter on either side."""
        own = ("peer_group", "prefix_list", "route_map")
        kernel = [item for item in self.config.get("redistribute") or () if item["protocol"] == "kernel"]
        return (
            bool(self.neighbors and kernel and self.peer)
            and not any(item.get(key) for item in self.neighbors for key in own)
            and not any(item.get("route_map") for item in kernel)
            and not (self.peer or {"spec": {}})["spec"].get("filters")
        )

    def announced(self) -> list[str]:
        """The networks of kernel routes that it announces: what the prefix lists of a route map permit."""
        found = []
        for item in self.config.get("redistribute") or ():
            for entry in self.maps.get(item.get("route_map"), ()) if item["protocol"] == "kernel" else ():
                named = entry["match"].get("ip_address_prefix_list") if entry["action"] == "permit" else None
                found += [rule["prefix"] for rule in self.lists.get(named, ()) if rule["action"] == "permit"]
        return [prefix for prefix in found if prefix not in ("any", "0.0.0.0/0")]

    def vips(self) -> list[dict[str, str]]:
        """The virtual addresses that are announced, or are to be."""
        found = []
        for item in self.info.get("virtual_addresses") or ():
            mine = item["route_domain"] == self.route_domain and ":" not in str(item["address"])
            if mine and item.get("route_advertisement") in build.ADVERTISEMENTS:
                entry = {"address": item["address"], "partition": item["partition"]}
                if item["route_advertisement"] != build.DEFAULT_ADVERTISEMENT:
                    entry["route_advertisement"] = item["route_advertisement"]
                found.append(entry)
        return found
