# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the pure core takes for a fabric of many nodes: inventory, desired state of both sides, and the proof.

Run it with the collection on PYTHONPATH: python benchmarks/intent_and_proof.py [nodes] [bigips]. It prints, and asserts
nothing: what is fast enough depends on the machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import calico_resources
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import table
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.prove import findings

Result = TypeVar("Result")
VIPS = ("172.16.99.99", "172.16.99.98")


def timed(what: str, work: Callable[[], Result]) -> Result:
    start = time.perf_counter()
    result = work()
    print(f"{what:<44} {time.perf_counter() - start:8.3f} s")
    return result


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
    kernel = [{"dst": blocks[name], "gateway": address, "protocol": "bird"} for name, address in nodes.items()]
    kernel += [{"dst": f"{vip}/32", "gateway": hop, "protocol": "bird"} for vip in VIPS for hop in hops]
    sessions = [{"peer_ip": address, "state": "Established"} for address in (*nodes.values(), *hops)]
    status = {"agent": {"state": "Ready"}, "sessions": sessions, "routes": [], "kernel_routes": kernel}
    units = {}
    for name, values in bigips.items():
        routes = [{"code": "B", "prefix": blocks[node], "via": address} for node, address in nodes.items()]
        routes += [{"code": "K", "prefix": f"{vip}/32", "interface": "tmm"} for vip in VIPS]
        neighbors = [{"address": address, "remote_as": "64512"} for address in nodes.values()]
        redistributed = [{"protocol": "kernel", "route_map": "podroute-vips"}]
        units[name] = {
            "config": {
                "enabled": True,
                "saved": True,
                "config": {"as_number": "64512", "neighbors": neighbors, "redistribute": redistributed},
            },
            "neighbors": [
                {"address": address, "remote_as": 64512, "state": "Established"} for address in nodes.values()
            ],
            "routes": routes,
            "self_ips": [{"address": values["bgp_address"], "name": "self", "allow_service": ["tcp:179"]}],
        }
    peers = [
        {"kind": "BGPPeer", "metadata": {"name": f"bgppeer-global-{name}"}, "spec": {"peerIP": hop, "asNumber": 64512}}
        for name, hop in zip(bigips, hops, strict=True)
    ]
    pool = {"cidr": "10.0.0.0/8", "natOutgoing": True}
    return {
        "bigips": units,
        "calico": {
            "resources": {
                "IPPool": [{"kind": "IPPool", "metadata": {"name": "pods"}, "spec": pool}],
                "BGPPeer": peers,
            },
            "nodes": {name: {"address": address, "as_number": 64512} for name, address in nodes.items()},
            "ipam": {"by_node": {name: [block] for name, block in blocks.items()}},
        },
        "status": {"nodes": dict.fromkeys(nodes, status)},
    }


def main() -> None:
    nodes, bigips = (int(word) for word in (*sys.argv[1:], *("1000", "2")[len(sys.argv) - 1 :]))
    print(f"{nodes} nodes, {bigips} BIG-IPs")
    hosts = timed("make up an inventory", lambda: inventory(nodes, bigips))
    names = [[name for name in hosts if name.startswith(kind)] for kind in ("node", "bigip")]
    fabric = timed("inventory -> fabric", lambda: build(hosts, names[0], names[1]))
    timed("fabric -> one BIG-IP's configuration", lambda: bgp_config(fabric, "bigip0"))
    timed("fabric -> Calico's resources", lambda: calico_resources(fabric))
    raw = timed("make up an observation", lambda: observation(hosts))
    proof = timed("observation -> findings", lambda: findings(fabric, raw, capabilities=[1, 2, 3, 4, 5, 6, 10]))
    timed("findings -> table", lambda: table.lines(finding.as_dict() for finding in proof))
    print(f"{len(proof)} findings, {sum(not finding.ok for finding in proof)} failed")


if __name__ == "__main__":
    main()
