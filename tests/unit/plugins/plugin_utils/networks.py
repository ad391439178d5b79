# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks for the tests and the pictures of the report: recorded and generated observations, judged by the real checks
and rendered as the real page.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.changes import unified
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.checks import findings
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.page import as_html
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

TIMES = {"started": "2026-11-23T06:00:04Z", "finished": "2026-11-23T06:00:09Z"}
WITHOUT_CONTROLLER = ["pools", "peers", "bigip_config", "sessions", "bigip_routes", "node_routes", "bird"]

VIPS = ("172.16.99.99", "172.16.99.98")

BEFORE = "router bgp 64512\n bgp router-id 172.16.40.202\n"
CHANGES = [
    {
        "title": "bigip1: imish",
        "text": unified(
            BEFORE,
            f"{BEFORE} neighbor 172.16.40.199 remote-as 64512\n neighbor 172.16.40.198 remote-as 64512\n"
            " redistribute kernel route-map podroute-vips\n",
        ),
    }
]


def inventory(nodes: int, bigips: int) -> dict[str, dict[str, Any]]:
    first = int(IPv4Address("192.168.0.10"))
    hosts = {
        f"node{number}": {"node_ip": str(IPv4Address(first + number)), "as_number": "64512"} for number in range(nodes)
    }
    for number in range(bigips):
        hosts[f"bigip{number}"] = {
            "ansible_host": f"172.16.20.{number + 1}",
            "bgp_address": f"172.16.40.{number + 1}",
            "as_number": "64512",
            "pod_pools": [{"name": "pods", "cidr": "10.0.0.0/8"}],
            "vip_ranges": ["172.16.99.0/24"],
            "advertised_vips": [{"address": vip} for vip in VIPS],
        }
    return hosts


def observation(hosts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Everything is up. The routes of the nodes are shared lists, as one process would never hold them twice."""
    nodes = {name: values["node_ip"] for name, values in hosts.items() if "node_ip" in values}
    blocks = dict(zip(nodes, map(str, IPv4Network("10.0.0.0/8").subnets(new_prefix=26)), strict=False))
    bigips = {name: values for name, values in hosts.items() if "bgp_address" in values}
    hops = [values["bgp_address"] for values in bigips.values()]
    others = len(nodes) - 1
    # As calico_bgp_status summarises it: mesh sessions and pod routes are counts.
    status = {
        "agent": {"state": "Ready"},
        "sessions": [{"peer_ip": hop, "state": "Established"} for hop in hops],
        "mesh": {"expected": others, "established": others, "down": []},
        "pod_routes": {"expected": others, "present": others, "missing": []},
        "routes": [],
        "kernel_routes": [{"dst": f"{vip}/32", "gateway": hop, "protocol": "bird"} for vip in VIPS for hop in hops],
    }
    units = {}
    for name, values in bigips.items():
        routes = [{"code": "B", "prefix": blocks[node], "via": address} for node, address in nodes.items()]
        routes += [{"code": "K", "prefix": f"{vip}/32", "interface": "tmm"} for vip in VIPS]
        neighbors = [
            {"address": address, "remote_as": "64512", "prefix_list": {"in": "podroute-pods"}}
            for address in nodes.values()
        ]
        redistributed = [{"protocol": "kernel", "route_map": "podroute-vips"}]
        units[name] = {
            "config": {
                "enabled": True,
                "saved": True,
                "config": {"as_number": "64512", "neighbors": neighbors, "redistribute": redistributed},
                "prefix_lists": [
                    _list("podroute-pods", "10.0.0.0/8", 26),
                    _list("podroute-vips", "172.16.99.0/24", 32),
                ],
                "route_maps": [
                    {
                        "name": "podroute-vips",
                        "entries": [
                            {"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": "podroute-vips"}}
                        ],
                    }
                ],
            },
            "neighbors": [
                {"address": address, "remote_as": 64512, "state": "Established"} for address in nodes.values()
            ],
            "routes": routes,
            "self_ips": [{"address": values["bgp_address"], "name": "self", "allow_service": ["tcp:179"]}],
        }
    peers = [
        {
            "kind": "BGPPeer",
            "metadata": {"name": f"bgppeer-global-{name}"},
            "spec": {"peerIP": hop, "asNumber": 64512, "filters": ["podroute-vips-only"]},
        }
        for name, hop in zip(bigips, hops, strict=True)
    ]
    pool = {"cidr": "10.0.0.0/8", "natOutgoing": True}
    return {
        "bigips": units,
        "calico": {
            "resources": {
                "IPPool": [{"kind": "IPPool", "metadata": {"name": "pods"}, "spec": pool}],
                "BGPPeer": peers,
                "BGPFilter": [
                    {
                        "kind": "BGPFilter",
                        "metadata": {"name": "podroute-vips-only"},
                        "spec": {
                            "importV4": [
                                {"action": "Accept", "matchOperator": "In", "cidr": "172.16.99.0/24"},
                                {"action": "Reject"},
                            ]
                        },
                    }
                ],
            },
            "nodes": {name: {"address": address, "as_number": 64512} for name, address in nodes.items()},
            "ipam": {"by_node": {name: [block] for name, block in blocks.items()}},
        },
        "status": {"nodes": dict.fromkeys(nodes, status)},
    }


def _list(name: str, prefix: str, longest: int) -> dict[str, Any]:
    return {"name": name, "entries": [{"seq": 5, "action": "permit", "prefix": prefix, "le": longest}]}


def reference() -> dict[str, Any]:
    """The arguments of ``as_html`` for the reference scenario: two nodes and one BIG-IP, all is well."""
    raw, unit = observed(), fabric()
    proof = [finding.as_dict() for finding in findings(unit, summarised(raw), VIRTUAL_SERVERS)]
    return {
        "findings": proof,
        "fabric": {**unit.as_dict(), "vips": [*unit.as_dict()["vips"], *VIRTUAL_SERVERS]},
        "blocks": raw["calico"]["ipam"]["by_node"],
        "times": TIMES,
        "changes": CHANGES,
    }


def generated(nodes: int, bigips: int = 1, standby: bool = False, down: tuple[int, ...] = ()) -> dict[str, Any]:
    """The same for a network of any size.

    :param standby: whether every BIG-IP but the first is a standby unit, which has no VIP routes
    :param down: nodes, by number, whose session with the last BIG-IP is down
    """
    hosts = inventory(nodes, bigips)
    names = [[name for name in hosts if name.startswith(kind)] for kind in ("node", "bigip")]
    unit, raw = build(hosts, *names), observation(hosts)
    for number, name in enumerate(names[1]):
        raw["bigips"][name]["failover"] = {"state": "STANDBY" if standby and number else "ACTIVE", "sync": "In Sync"}
        if standby and number:
            routes = raw["bigips"][name]["routes"]
            raw["bigips"][name]["routes"] = [route for route in routes if route["code"] != "K"]
    addresses = {hosts[f"node{number}"]["node_ip"] for number in down}
    for neighbor in raw["bigips"][names[1][-1]]["neighbors"]:
        if neighbor["address"] in addresses:
            neighbor.update(state="Active", notification="Hold Timer Expired")
    proof = [finding.as_dict() for finding in findings(unit, raw, groups=WITHOUT_CONTROLLER)]
    return {
        "findings": proof,
        "fabric": unit.as_dict(),
        "blocks": raw["calico"]["ipam"]["by_node"],
        "times": TIMES,
        "changes": [],
        "failover": {name: read["failover"]["state"] for name, read in raw["bigips"].items()} if standby else {},
    }


def page(arguments: dict[str, Any]) -> str:
    return as_html(**arguments)
