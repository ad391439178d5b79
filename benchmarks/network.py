# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of N nodes and one BIG-IP, as data: its inventory, and the reports of both sides in a healthy state.

Up to ``MESHED`` nodes have the node-to-node mesh. Larger clusters have two route reflectors, as Calico's documentation
recommends for large clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

AS_NUMBER = 64512
BIGIP = "10.64.255.254"  # the self IP; only a value in outputs, no packet is sent to it
NODES = IPv4Network("10.64.0.0/16")
PODS = IPv4Network("10.128.0.0/12")
BLOCK_SIZE = 26
VIPS = ("172.16.99.98", "172.16.99.99")
MESHED = 200
CLUSTER_ID = "244.0.0.1"


@dataclass(frozen=True)
class Network:
    """``nodes`` maps a node's name to its address, ``blocks`` to the network of its pods."""

    nodes: dict[str, str]
    blocks: dict[str, str]

    @property
    def reflectors(self) -> list[str]:
        """The nodes that reflect routes; none with a mesh."""
        return [] if len(self.nodes) <= MESHED else list(self.nodes)[:2]

    def inventory(self, connection: dict[str, Any]) -> dict[str, Any]:
        """The inventory, in the form of a YAML or JSON file. ``connection``: variables of both sides."""
        fabric: dict[str, Any] = {
            "pod_pools": [{"name": "default-ipv4-ippool", "cidr": str(PODS), "block_size": BLOCK_SIZE}],
            "vip_ranges": ["172.16.99.0/24"],
            "advertised_vips": [{"address": vip} for vip in VIPS],
            "bgp_maximum_prefix": 4 * len(self.nodes) + 1000,
            "ansible_connection": "local",
            **connection,
        }
        if self.reflectors:
            fabric["topology"] = {"kind": "reflectors", "reflectors": self.reflectors}
        members = {name: {"node_ip": address, "as_number": str(AS_NUMBER)} for name, address in self.nodes.items()}
        unit = {"ansible_host": "127.0.0.1", "bgp_address": BIGIP, "as_number": str(AS_NUMBER)}
        return {
            "all": {
                "vars": fabric,
                "hosts": {"localhost": {}},
                "children": {"k8s_nodes": {"hosts": members}, "bigips": {"hosts": {"bigip1": unit}}},
            }
        }

    def peers(self, name: str, mesh: bool) -> list[tuple[str, str]]:
        """Address and type of each session of a node, as CalicoNodeStatus reports them."""
        meshed = []
        if mesh:  # until the reflectors have taken over, every node has a session with the BIG-IP as well
            meshed = [(address, "NodeMesh") for other, address in self.nodes.items() if other != name]
            meshed.append((BIGIP, "GlobalPeer"))
        if not self.reflectors:
            return meshed
        if name in self.reflectors:
            others = [(address, "NodePeer") for other, address in self.nodes.items() if other != name]
            return [*meshed, *others, (BIGIP, "NodePeer")]
        return [*meshed, *((self.nodes[other], "NodePeer") for other in self.reflectors)]

    def status(self, name: str, restarted: str, mesh: bool) -> dict[str, Any]:
        """The ``status`` of a node's CalicoNodeStatus.

        :param restarted: when BIRD was started, such as 2026-11-28 00:00:00
        :param mesh: whether the node-to-node mesh is on
        """
        agent = {
            "state": "Ready",
            "routerID": self.nodes[name],
            "lastBootTime": restarted,
            "lastReconfigurationTime": restarted,
        }
        peers = [
            {"peerIP": address, "type": kind, "state": "Established", "since": "00:15:52"}
            for address, kind in self.peers(name, mesh)
        ]
        source = "BGPPeer" if self.reflectors else "NodeMesh"
        routes = [
            _route(self.blocks[other], address, address, source)
            for other, address in self.nodes.items()
            if other != name
        ]
        routes += [_route(f"{vip}/32", BIGIP, BIGIP, "BGPPeer") for vip in VIPS]
        return {
            "agent": {"birdV4": agent, "birdV6": agent},
            "bgp": {
                "numberEstablishedV4": len(peers),
                "numberNotEstablishedV4": 0,
                "numberEstablishedV6": 0,
                "numberNotEstablishedV6": 0,
                "peersV4": peers,
            },
            "routes": {"routesV4": routes},
        }

    def frr_neighbors(self) -> dict[str, Any]:
        """FRR's ``show bgp neighbors json`` on the BIG-IP."""
        up = self.reflectors or list(self.nodes)
        return {self.nodes[name]: _neighbor(self.nodes[name], len(self.nodes) if self.reflectors else 1) for name in up}

    def frr_routes(self) -> dict[str, Any]:
        """FRR's ``show ip route json`` on the BIG-IP."""
        table = {f"{vip}/32": _kernel(f"{vip}/32") for vip in VIPS}
        for name, block in self.blocks.items():
            table[block] = [
                {
                    "prefix": block,
                    "protocol": "bgp",
                    "selected": True,
                    "distance": 200,
                    "metric": 0,
                    "uptime": "00:10:00",
                    "nexthops": [{"ip": self.nodes[name], "interfaceName": "int_vlan", "active": True}],
                }
            ]
        return table


def network(size: int) -> Network:
    """A network of ``size`` nodes."""
    first = int(NODES.network_address) + 10
    nodes = {f"node{number:04}": str(IPv4Address(first + number)) for number in range(size)}
    subnets = PODS.subnets(new_prefix=BLOCK_SIZE)
    return Network(nodes, {name: str(next(subnets)) for name in nodes})


def _route(destination: str, gateway: str, peer: str, source: str) -> dict[str, Any]:
    return {
        "destination": destination,
        "gateway": gateway,
        "interface": "eth0",
        "type": "FIB",
        "learnedFrom": {"sourceType": source, "peerIP": peer},
    }


def _kernel(prefix: str) -> list[dict[str, Any]]:
    hop = {"directlyConnected": True, "interfaceName": "tmm", "active": True}
    return [{"prefix": prefix, "protocol": "kernel", "selected": True, "nexthops": [hop]}]


def _neighbor(address: str, prefixes: int) -> dict[str, Any]:
    """The keys that the simulator's `show ip bgp neighbors` reads."""
    return {
        "bgpState": "Established",
        "bgpTimerUpMsec": 600000,
        "bgpTimerLastRead": 12000,
        "bgpTimerHoldTimeMsecs": 90000,
        "bgpTimerKeepAliveIntervalMsecs": 30000,
        "remoteRouterId": address,
        "neighborCapabilities": {
            "routeRefresh": "advertisedAndReceivedNew",
            "4byteAs": "advertisedAndReceived",
            "multiprotocolExtensions": {"ipv4Unicast": {"advertisedAndReceived": True}},
            "gracefulRestart": "advertisedAndReceived",
            "gracefulRestartRemoteTimerMsecs": 120000,
        },
        "messageStats": {"totalRecv": 24, "totalSent": 25},
        "addressFamilyInfo": {"ipv4Unicast": {"acceptedPrefixCounter": prefixes, "sentPrefixCounter": len(VIPS)}},
        "connectionsEstablished": 1,
        "connectionsDropped": 0,
        "hostLocal": BIGIP,
        "portLocal": 55058,
        "hostForeign": address,
        "portForeign": 179,
        "nexthop": BIGIP,
    }
