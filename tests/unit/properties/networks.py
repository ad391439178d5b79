# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole networks for property tests: an inventory, both sides configured for it by this collection, and what the
modules then report.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp, info
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, fabric_plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.status import Network as Summary
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import OWNER
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build as build_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import Config
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge
from ansible_collections.podroute.calico_f5.tests.unit.properties.cluster import Cluster

sys.path.insert(0, str(Path(__file__).parents[3] / "lab"))
from bigip.imish.engine import DetachedEngine  # noqa: E402
from bigip.imish.imi import Imi  # noqa: E402

POOL = {"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16", "block_size": 26, "nat_outgoing": True}
VIPS = ("172.16.99.99", "172.16.99.98")
RANGES = ["172.16.99.0/24", "172.16.98.0/24"]
PASSWORD = "canary-password"

# Inventories of every kind of network: fabric-wide variables, and those of nodes and BIG-IPs.
KINDS: dict[str, dict[str, Any]] = {
    "mesh": {},
    "external": {"node": {"as_number": "65010"}},
    "reflectors": {"nodes": 4, "topology": {"kind": "reflectors", "reflectors": ["n1", "n2"]}},
    "racks": {"nodes": 4, "bigips": 2, "topology": {"kind": "racks"}},
    "pair": {"bigips": 2, "standby": True},
    "password": {"bgp_password": PASSWORD, "bgp_timers": {"keepalive": 10, "holdtime": 30}, "bgp_restart_time": 60},
    "minimal": {"bgp_manage_policy": False},
    "named": {"fabric_name": "blue", "announced_ranges": ["100.64.0.0/24"], "node": {"as_number": "65010"}},
}


def hosts(kind: str) -> dict[str, dict[str, Any]]:
    """The variables of each host. A node's name begins with n, a BIG-IP's with b."""
    given = copy.deepcopy(KINDS[kind])
    nodes, bigips = given.pop("nodes", 2), given.pop("bigips", 1)
    own = given.pop("node", {})
    given.pop("standby", None)
    racks = given.get("topology", {}).get("kind") == "racks"
    found: dict[str, dict[str, Any]] = {}
    for number in range(1, nodes + 1):
        rack = {"rack": f"r{number % 2}"} if racks else {}
        found[f"n{number}"] = {"node_ip": f"172.16.40.{number}", "as_number": "64512", **own, **rack}
    for number in range(1, bigips + 1):
        rack = {"rack": f"r{number % 2}"} if racks else {}
        found[f"b{number}"] = {
            "ansible_host": f"172.16.20.{number}",
            "bgp_address": f"172.16.40.{200 + number}",
            "as_number": "64512",
            "pod_pools": [dict(POOL)],
            "vip_ranges": list(RANGES),
            "advertised_vips": [{"address": vip} for vip in VIPS],
            **given,
            **rack,
        }
    return found


def fabric_of(variables: dict[str, dict[str, Any]]) -> Fabric:
    names = [[name for name in variables if name.startswith(letter)] for letter in "nb"]
    return build.build(variables, *names, {name: list(variables[name]) for name in variables})


class Device:
    """imish of one route domain of the simulator, as module_utils/bigip/imish.py gives access to it."""

    def __init__(self, folder: Path | str) -> None:
        self.file = Path(folder) / "lines"
        self.imi = Imi(0, DetachedEngine(), Path(folder) / "ZebOS.conf", "bigip1")
        self.imi.enable()
        self.writes = 0

    def running(self) -> str:
        return self.imi.command(["imish", "-e", "show running-config"])

    def type(self, lines: Iterable[str]) -> str:
        """Type lines as a person would; gives what the device prints."""
        self.file.write_text("".join(f"{line}\n" for line in lines))
        return self.imi.command(["imish", "-f", str(self.file)])

    def apply(self, lines: Iterable[str]) -> str:
        output = self.type(lines)
        self.writes += 1
        assert "%" not in output, (output, lines)
        return output

    def refresh(self, neighbors: Iterable[str], everyone: bool = False) -> None:
        pass

    def close(self) -> None:
        self.imi.disable()


def wish(kind: str, unit: str) -> bgp.Wish:
    """What the role f5_routing wants of a BIG-IP."""
    fabric = fabric_of(hosts(kind))
    password = PASSWORD if fabric.password_secret else None
    wanted = build_config(**bgp_config(fabric, unit, password))
    return bgp.Wish(wanted, "replaced", purge=Purge(fabric.names.mark))


@cache
def running_config(kind: str, unit: str) -> str:
    """What a BIG-IP of the network prints when this collection has configured it."""
    with TemporaryDirectory() as folder:
        device = Device(folder)
        try:
            bgp.apply(device, bgp.prepare(Config(), wish(kind, unit)))
            return device.running()
        finally:
            device.close()


@cache
def _cluster(kind: str) -> dict[str, Any]:
    fabric = fabric_of(hosts(kind))
    cluster = Cluster({node.name: node.node_ip for node in fabric.nodes})
    cluster.put("IPPool", POOL["name"], {"cidr": POOL["cidr"], "vxlanMode": "Always"})
    configure(cluster, fabric)
    return {"resources": cluster.resources, "objects": cluster.objects}


def configure(cluster: Cluster, fabric: Fabric) -> None:
    """All that the role calico_bgp writes, without its stages."""
    plan = fabric_plan.make(fabric, cluster.observe())
    assert plan.problems == [], plan.problems
    request = apply.Request((*plan.resources, *plan.pools), owner=OWNER, allow=frozenset(["mesh_off"]),
                            replace_owned=True, fabrics=(fabric.names.fabric,))  # fmt: skip
    apply.run(cluster.calicoctl, request)


def cluster_of(kind: str) -> Cluster:
    """A cluster that this collection has configured."""
    fabric = fabric_of(hosts(kind))
    made = Cluster({node.name: node.node_ip for node in fabric.nodes})
    made.resources, made.objects = (copy.deepcopy(part) for part in _cluster(kind).values())
    return made


def observed_config(running: str) -> dict[str, Any]:
    """``config`` of bigip_bgp_info for a running configuration."""
    return {**info.read_config(running), "enabled": True, "saved": True}


@cache
def observation(kind: str) -> dict[str, Any]:
    """Everything that preflight and verification read of a network in which all is well. Not to be changed."""
    fabric = fabric_of(hosts(kind))
    cluster = cluster_of(kind)
    standby = KINDS[kind].get("standby", False)
    units = {
        unit.name: _unit(fabric, unit, running_config(kind, unit.name), cluster, standby and number > 0)
        for number, unit in enumerate(fabric.bigips)
    }
    network = Summary({node.name: node.node_ip for node in fabric.nodes}, cluster.blocks, fabric.meshed)
    states = {node.name: network.summary(node.name, _state(fabric, node.name, cluster)) for node in fabric.nodes}
    return {
        "bigips": units,
        "calico": cluster.observe(),
        "status": {"nodes": states},
        "probes": _probes(fabric, cluster),
    }


def _unit(fabric: Fabric, unit: BigIp, running: str, cluster: Cluster, standby: bool) -> dict[str, Any]:
    peers = fabric.sessions_of(unit)
    routes = [{"code": "C", "prefix": "172.16.40.0/24", "via": None, "interface": "internal"}]
    routes += [
        {"code": "B", "prefix": block, "via": node.node_ip, "interface": "internal"}
        for node in fabric.neighbors_of(unit)
        for block in cluster.blocks[node.name]
    ]
    if not standby:
        routes += [{"code": "K", "prefix": f"{vip}/32", "via": None, "interface": "tmm"} for vip in VIPS]
    state = "STANDBY" if standby else "ACTIVE"
    return {
        "route_domain": {"id": unit.route_domain, "routing_protocol": ["BGP"]},
        "self_ips": [
            {"name": "internal", "partition": "Common", "address": unit.bgp_address, "route_domain": 0,
             "floating": False, "allow_service": ["default", "tcp:179"]}
        ],
        "static_routes": [],
        "config": observed_config(running),
        "neighbors": [
            {"address": node.node_ip, "remote_as": node.as_number, "local_as": unit.as_number, "state": "Established",
             "uptime": "00:12:01", "accepted_prefixes": 1, "announced_prefixes": 2, "last_reset": None,
             "last_reset_reason": None, "notification": None}
            for node in peers
        ],
        "routes": routes,
        "virtual_addresses": [
            {"address": vip, "partition": "Common", "route_advertisement": "selective", "enabled": True} for vip in VIPS
        ],
        "virtual_servers": [
            {"name": f"vs_{vip}", "partition": "Common", "destination": vip, "port": 80, "enabled": True, "pool": None}
            for vip in VIPS
        ],
        "failover": {"state": state, "sync": "In Sync"},
        "preflight": {"version": "17.1.1", "licence": True, "failover": state, "sync": "In Sync", "problems": []},
        "ping": {address: {"sent": 1, "received": 1} for address in _pods(fabric).values()},
    }  # fmt: skip


def _pods(fabric: Fabric) -> dict[str, str]:
    return {node.name: f"10.244.{number}.5" for number, node in enumerate(fabric.nodes)}


def _state(fabric: Fabric, name: str, cluster: Cluster) -> dict[str, Any]:
    """One node as calico_bgp_status reads it through a shell."""
    (node,) = (one for one in fabric.nodes if one.name == name)
    others = [one for one in fabric.nodes if one.name != name]
    units = [unit for unit in fabric.bigips if node in fabric.sessions_of(unit)]
    hops = [unit.bgp_address for unit in units or fabric.bigips][:1]  # of a pair, the active unit
    mesh = [one.node_ip for one in others] if fabric.meshed else []
    reflectors = [one.node_ip for one in others if {one.name, name} & set(fabric.topology.reflectors)]
    sessions = [(address, "NodeMesh") for address in mesh]
    sessions += [(address, "NodePeer") for address in reflectors]
    sessions += [(unit.bgp_address, "GlobalPeer") for unit in units]
    pods = [(block, one.node_ip, one.node_ip) for one in others for block in cluster.blocks[one.name]]
    # A plain node learns the VIPs of a reflector, with the BIG-IP as next hop.
    vips = [(f"{vip}/32", hop, hop if units else reflectors[0]) for vip in VIPS for hop in hops]
    return {
        "agent": {"state": "Ready", "router_id": node.node_ip},
        "sessions": [
            {"peer_ip": address, "type": kind, "state": "Established", "since": "00:15:52", "last_error": None}
            for address, kind in sessions
        ],
        "routes": [
            {"destination": destination, "gateway": gateway, "interface": "eth0", "type": "FIB", "peer_ip": peer,
             "learned_from": "NodeMesh" if gateway in mesh else "BGPPeer"}
            for destination, gateway, peer in (*pods, *vips)
        ],
        "kernel_routes": [
            {"dst": "172.16.40.0/24", "gateway": None, "dev": "eth0", "protocol": "kernel"},
            *({"dst": destination, "gateway": gateway, "dev": "eth0", "protocol": "bird"}
              for destination, gateway, _peer in (*pods, *vips)),
        ],
        "bird": {
            "protocols": [],
            "config": {"mesh": mesh, "global": [unit.bgp_address for unit in fabric.bigips], "node": [],
                       "add_paths": True, "graceful_restart": True},
        },
        "graceful_restart_wait": False,
        "error": None,
    }  # fmt: skip


def _probes(fabric: Fabric, cluster: Cluster) -> dict[str, Any]:
    pods = _pods(fabric)
    places = [("pod", f"busybox-{name}", name) for name in pods] + [("node", name, name) for name in pods]
    probes = [
        {"origin": origin, "source": source, "node": node, "error": None, "ok": True, "kind": "ping", "target": vip,
         "sent": 2, "received": 2}
        for origin, source, node in places
        for vip in VIPS
    ]  # fmt: skip
    listed = [{"name": f"busybox-{name}", "namespace": "default", "node": name, "ip": ip} for name, ip in pods.items()]
    return {"probes": probes, "pods": listed}
