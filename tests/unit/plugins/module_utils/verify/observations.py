# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference scenario as its modules report it when all is well; tests break one thing each in a copy of it."""

from __future__ import annotations

import functools
import pickle
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.status import Network

NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}
BLOCKS = {"k8s-master": "10.244.235.192/26", "k8s-node1": "10.244.36.64/26"}
BIGIP = "172.16.40.202"
RANGES = ("172.16.40.80/31", "172.16.99.0/24")
VIPS = ("172.16.40.81", "172.16.99.99")
PODS = {"k8s-master": "10.244.235.200", "k8s-node1": "10.244.36.70"}

VIRTUAL_SERVERS = [
    {
        "name": "nginx-deploy-svc.vs",
        "service": "nginx-deploy-svc",
        "service_port": 80,
        "address": "172.16.40.80",
        "port": 80,
    }
]


@functools.cache
def _observed() -> bytes:
    return pickle.dumps(
        {
            "bigips": {"bigip1": _bigip()},
            "calico": _calico(),
            "status": {"nodes": {name: _node(name) for name in NODES}},
            "probes": _probes(),
            "controller": _controller(),
        }
    )


def observed() -> dict[str, Any]:
    """A copy for each caller."""
    return pickle.loads(_observed())


def summarised(raw: dict[str, Any]) -> dict[str, Any]:
    """The same observation with the status as calico_bgp_status returns it with its option ``expect``."""
    states = (raw.get("status") or {}).get("nodes")
    if states is None:
        return raw
    blocks = (raw.get("calico", {}).get("ipam") or {}).get("by_node") or {}
    network = Network(NODES, blocks)
    return {**raw, "status": {"nodes": {node: network.summary(node, state) for node, state in states.items()}}}


def neighbor(address: str) -> dict[str, Any]:
    return {
        "address": address,
        "remote_as": 64512,
        "local_as": 64512,
        "state": "Established",
        "uptime": "00:12:01",
        "accepted_prefixes": 1,
        "announced_prefixes": 2,
        "last_reset": None,
        "last_reset_reason": None,
        "notification": None,
    }


def _bigip() -> dict[str, Any]:
    return {
        "route_domain": {"id": 0, "routing_protocol": ["BGP"]},
        "self_ips": [
            {
                "name": "int_self",
                "partition": "Common",
                "address": BIGIP,
                "prefix_length": 24,
                "route_domain": 0,
                "floating": False,
                "allow_service": ["default", "tcp:179"],
            }
        ],
        "config": {
            "enabled": True,
            "saved": True,
            "config": {
                "as_number": "64512",
                "peer_groups": [{"name": "calico-k8s", "prefix_list": {"in": "podroute-pods"}}],
                "neighbors": [
                    {"address": address, "remote_as": "64512", "peer_group": "calico-k8s"} for address in NODES.values()
                ],
                "redistribute": [{"protocol": "kernel", "route_map": "podroute-vips"}],
            },
            "prefix_lists": [_list("podroute-pods", 26, "10.244.0.0/16"), _list("podroute-vips", 32, *RANGES)],
            "route_maps": [
                {
                    "name": "podroute-vips",
                    "entries": [
                        {"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": "podroute-vips"}, "set": {}}
                    ],
                }
            ],
        },
        "neighbors": [neighbor(address) for address in NODES.values()],
        "routes": [
            {"code": "C", "prefix": "172.16.40.0/24", "via": None, "interface": "int_vlan"},
            *(
                {"code": "B", "prefix": BLOCKS[name], "via": address, "interface": "int_vlan"}
                for name, address in NODES.items()
            ),
            *({"code": "K", "prefix": f"{vip}/32", "via": None, "interface": "tmm"} for vip in VIPS),
        ],
        "virtual_addresses": [
            {"address": vip, "partition": "Common", "route_advertisement": "selective", "enabled": True} for vip in VIPS
        ],
        "virtual_servers": [
            {
                "name": "default_nginx-deploy-svc.vs",
                "partition": "k8s",
                "destination": "172.16.40.80",
                "port": 80,
                "enabled": True,
                "pool": "/k8s/nginx",
                "members": [
                    {"address": "10.244.36.71", "port": 80, "state": "up"},
                    {"address": "10.244.235.201", "port": 80, "state": "up"},
                ],
            },
            *(
                {
                    "name": f"vs_{vip}",
                    "partition": "Common",
                    "destination": vip,
                    "port": 80,
                    "enabled": True,
                    "pool": None,
                }
                for vip in VIPS
            ),
        ],
        "failover": {"state": "ACTIVE", "sync": "In Sync"},
        "ping": {ip: {"sent": 1, "received": 1} for ip in PODS.values()},
    }


def _list(name: str, longest: int, *ranges: str) -> dict[str, Any]:
    entries = [
        {"seq": number, "action": "permit", "prefix": prefix, "le": longest}
        for number, prefix in zip(range(5, 100, 5), ranges, strict=False)
    ]
    return {"name": name, "afi": "ipv4", "entries": entries}


def _calico() -> dict[str, Any]:
    return {
        "resources": {
            "IPPool": [
                {
                    "kind": "IPPool",
                    "metadata": {"name": "default-ipv4-ippool"},
                    "spec": {"cidr": "10.244.0.0/16", "ipipMode": "Never", "natOutgoing": True, "blockSize": 26},
                }
            ],
            "BGPConfiguration": [
                {
                    "kind": "BGPConfiguration",
                    "metadata": {"name": "default"},
                    "spec": {"nodeToNodeMeshEnabled": True, "asNumber": 64512},
                }
            ],
            "BGPPeer": [
                {
                    "kind": "BGPPeer",
                    "metadata": {"name": "bgppeer-global-bigip1"},
                    "spec": {"peerIP": BIGIP, "asNumber": 64512, "filters": ["podroute-vips-only"]},
                }
            ],
            "BGPFilter": [
                {
                    "kind": "BGPFilter",
                    "metadata": {
                        "name": "podroute-vips-only",
                        "labels": {"app.kubernetes.io/managed-by": "podroute.calico_f5"},
                    },
                    "spec": {
                        "importV4": [
                            {"action": "Accept", "matchOperator": "In", "cidr": "172.16.40.80/31"},
                            {"action": "Accept", "matchOperator": "In", "cidr": "172.16.99.0/24"},
                            {"action": "Reject"},
                        ]
                    },
                }
            ],
        },
        "nodes": {name: {"address": address, "as_number": 64512} for name, address in NODES.items()},
        "ipam": {"by_node": {name: [block] for name, block in BLOCKS.items()}},
    }


def _node(name: str) -> dict[str, Any]:
    ((other, address),) = ((one, ip) for one, ip in NODES.items() if one != name)
    return {
        "agent": {"state": "Ready", "router_id": NODES[name]},
        "sessions": [
            {"peer_ip": address, "type": "NodeMesh", "state": "Established", "since": "00:15:52", "last_error": None},
            {"peer_ip": BIGIP, "type": "GlobalPeer", "state": "Established", "since": "00:15:52", "last_error": None},
        ],
        "routes": [
            _route(BLOCKS[other], address, "NodeMesh"),
            *(_route(f"{vip}/32", BIGIP, "BGPPeer") for vip in VIPS),
        ],
        "kernel_routes": [
            {"dst": "172.16.40.0/24", "gateway": None, "dev": "eth0", "protocol": "kernel"},
            {"dst": BLOCKS[other], "gateway": address, "dev": "eth0", "protocol": "bird"},
            *({"dst": f"{vip}/32", "gateway": BIGIP, "dev": "eth0", "protocol": "bird"} for vip in VIPS),
        ],
        "bird": {
            "protocols": [],
            "config": {"mesh": [address], "global": [BIGIP], "node": [], "add_paths": True, "graceful_restart": True},
        },
        "graceful_restart_wait": False,
        "error": None,
    }


def _route(destination: str, peer: str, source: str) -> dict[str, Any]:
    return {
        "destination": destination,
        "gateway": peer,
        "interface": "eth0",
        "type": "FIB",
        "learned_from": source,
        "peer_ip": peer,
    }


def _probes() -> dict[str, Any]:
    places = [("pod", f"busybox-{node}", node) for node in NODES] + [("node", node, node) for node in NODES]
    found = []
    for origin, source, node in places:
        names = {"origin": origin, "source": source, "node": node, "error": None, "ok": True}
        for vip in (*VIPS, "172.16.40.80"):
            found.append({**names, "kind": "ping", "target": vip, "sent": 2, "received": 2})
        found.append({**names, "kind": "http", "target": "http://172.16.40.80/", "status": 200, "length": 615})
    pods = [{"name": f"busybox-{node}", "namespace": "default", "node": node, "ip": ip} for node, ip in PODS.items()]
    return {"probes": found, "pods": pods}


def _controller() -> dict[str, Any]:
    labels = {"app": "k8s-bigip-ctlr-deployment"}
    arguments = ["--bigip-url=https://172.16.20.202", "--bigip-partition=k8s", "--pool-member-type=cluster"]
    deployment = {
        "metadata": {"name": "k8s-bigip-ctlr-deployment", "namespace": "kube-system"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"spec": {"containers": [{"name": "ctlr", "args": arguments}]}},
        },
        "status": {"readyReplicas": 1},
    }
    endpoints = {
        "metadata": {"namespace": "default", "labels": {"kubernetes.io/service-name": "nginx-deploy-svc"}},
        "endpoints": [
            {"addresses": ["10.244.235.201"], "conditions": {"ready": True}},
            {"addresses": ["10.244.36.71"], "conditions": {"ready": True}},
            {"addresses": ["10.244.36.99"], "conditions": {"ready": False}},
        ],
    }
    pod = {"metadata": {"name": "k8s-bigip-ctlr-1", "labels": labels}, "status": {"containerStatuses": []}}
    return {
        "deployments": {"resources": [deployment]},
        "pods": {"resources": [pod]},
        "endpoints": {"resources": [endpoints]},
    }
