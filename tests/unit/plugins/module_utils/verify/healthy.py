# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healthy networks of other shapes than the reference network, as their modules report them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import status
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import desired_bigip, desired_calico
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import datastore
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import FABRIC_WIDE, fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

Raw = dict[str, Any]
Made = tuple[Fabric, Raw, list[dict[str, Any]]]

NETWORKS: dict[str, Callable[[], Made]] = {}


def network(name: str) -> Callable[[Callable[[], Made]], Callable[[], Made]]:
    """Register a network by the name that the docs have."""

    def register(make: Callable[[], Made]) -> Callable[[], Made]:
        NETWORKS[name] = make
        return make

    return register


# ---- what the modules report of a fabric in which all is as the inventory says -----------------------


def inventory(nodes: int, bigips: int, **fabric_wide: Any) -> dict[str, dict[str, Any]]:
    """Nodes and BIG-IPs of AS 64512 on one subnet."""
    hosts: dict[str, dict[str, Any]] = {
        f"node{number}": {"node_ip": f"172.16.40.{100 + number}", "as_number": "64512"} for number in range(nodes)
    }
    for number in range(bigips):
        hosts[f"bigip{number}"] = {
            "ansible_host": f"172.16.20.{10 + number}",
            "bgp_address": f"172.16.40.{10 + number}",
            "as_number": "64512",
            **copy.deepcopy(FABRIC_WIDE),
            **fabric_wide,
        }
    return hosts


def built(hosts: dict[str, dict[str, Any]]) -> Fabric:
    nodes = [name for name, values in hosts.items() if "node_ip" in values]
    return build(hosts, nodes, [name for name in hosts if name not in nodes])


def block(number: int) -> str:
    return f"10.244.{number}.0/26"


def report(made: Fabric, pools: int | None = None) -> Raw:
    """The observation of a fabric. The first pool has one block on each node."""
    blocks = {node.name: [block(number)] for number, node in enumerate(made.nodes)}
    nodes = {node.name: {"address": node.node_ip, "as_number": node.as_number} for node in made.nodes}
    states = {node.name: _node(made, node, blocks) for node in made.nodes}
    places = status.Network({node.name: node.node_ip for node in made.nodes}, blocks, made.meshed)
    return {
        "bigips": {unit.name: _bigip(made, unit, blocks) for unit in made.bigips},
        "calico": {"resources": _resources(made), "nodes": nodes, "ipam": {"by_node": blocks}},
        "status": {"nodes": {name: places.summary(name, state) for name, state in states.items()}},
        "probes": _probes(made),
        "controller": {"deployments": {"resources": []}, "endpoints": {"resources": []}, "pods": {"resources": []}},
    }


def _bigip(made: Fabric, unit: BigIp, blocks: dict[str, list[str]]) -> Raw:
    wanted = desired_bigip.bgp_config(made, unit.name)
    served = made.sessions_of(unit)
    vips = [vip.address for vip in made.vips]
    domain = unit.route_domain
    return {
        "route_domain": {"id": domain, "routing_protocol": ["BGP"]},
        "self_ips": [
            {"name": "int", "address": unit.bgp_address, "prefix_length": 24, "route_domain": domain,
             "floating": False, "allow_service": ["tcp:179"]},
        ],
        "config": {"enabled": True, "saved": True, **wanted},
        "neighbors": [
            {"address": node.node_ip, "remote_as": node.as_number, "accepted_prefixes": 1}
            | {"state": "Established" if node in served else "Active"}
            for node in made.neighbors_of(unit)
        ],
        "routes": [
            {"code": "C", "prefix": "172.16.40.0/24", "via": None, "interface": "int_vlan"},
            *(
                {"code": "B", "prefix": prefix, "via": node.node_ip, "interface": "int_vlan"}
                for node in made.neighbors_of(unit)
                for prefix in blocks[node.name]
            ),
            *({"code": "K", "prefix": f"{vip}/32", "via": None, "interface": "tmm"} for vip in vips),
        ],
        "virtual_addresses": [
            {"address": vip, "route_domain": domain, "route_advertisement": "selective", "enabled": True}
            for vip in vips
        ],
        "virtual_servers": [
            {"name": f"vs_{vip}", "partition": "Common", "destination": vip, "route_domain": domain, "port": 80}
            for vip in vips
        ],
        "failover": {"state": "ACTIVE", "sync": "Standalone"},
        "ping": {f"10.244.{number}.5": {"sent": 1, "received": 1} for number in range(len(made.nodes))},
    }  # fmt: skip


def _resources(made: Fabric) -> dict[str, list[Raw]]:
    found: dict[str, list[Raw]] = {"IPPool": desired_calico.calico_pools(made)}
    for item in copy.deepcopy(desired_calico.calico_resources(made)):
        name, spec = item["metadata"]["name"], item["spec"]
        if item["kind"] == "BGPConfiguration":
            spec["nodeToNodeMeshEnabled"] = made.meshed
        unit = next((one for one in made.bigips if one.peer_name == name), None)
        if unit and made.topology.kind == "reflectors":
            spec["nodeSelector"] = datastore.REFLECTOR_SELECTOR
            spec["filters"] = [one for one in spec["filters"] if one != made.names.own_routes_filter]
        elif unit and made.topology.kind == "racks":
            spec["nodeSelector"] = datastore.RACK_SELECTOR.format(unit.rack)
        found.setdefault(item["kind"], []).append(item)
    return found


def _node(made: Fabric, node: Node, blocks: dict[str, list[str]]) -> Raw:
    units = [unit for unit in made.bigips if node in made.sessions_of(unit)]
    # A node without a session of its own learns VIPs from a reflector, which keeps their next hop.
    hops = [unit.bgp_address for unit in units or made.bigips]
    sessions = [{"peer_ip": hop, "type": "GlobalPeer", "state": "Established"} for hop in hops if units]
    others = [other for other in made.nodes if other.name != node.name]
    if made.meshed:
        sessions += [{"peer_ip": one.node_ip, "type": "NodeMesh", "state": "Established"} for one in others]
    sessions = [{**session, "since": "00:10:00", "last_error": None} for session in sessions]
    mesh = "NodeMesh" if made.meshed else "BGPPeer"
    routes = [_route(prefix, one.node_ip, mesh) for one in others for prefix in blocks[one.name]]
    routes += [_route(f"{vip.address}/32", hop, "BGPPeer") for vip in made.vips for hop in hops]
    kernel = [{"dst": route["destination"], "gateway": route["gateway"], "protocol": "bird"} for route in routes]
    return {
        "agent": {"state": "Ready"},
        "sessions": sessions,
        "routes": routes,
        "kernel_routes": kernel,
        "graceful_restart_wait": False,
        "error": None,
    }


def _route(destination: str, hop: str, source: str) -> Raw:
    return {"destination": destination, "gateway": hop, "type": "FIB", "learned_from": source, "peer_ip": hop}


def _probes(made: Fabric) -> Raw:
    pods = [
        {"name": f"pod-{node.name}", "namespace": "default", "node": node.name, "ip": f"10.244.{number}.5"}
        for number, node in enumerate(made.nodes)
    ]
    answers = {"origin": "pod", "kind": "ping", "error": None, "ok": True, "sent": 1, "received": 1}
    probes = [
        {**answers, "source": pod["name"], "node": pod["node"], "target": vip.address}
        for pod in pods
        for vip in made.vips
    ]
    return {"probes": probes, "pods": pods}


def with_server(made: Fabric, raw: Raw, deployments: list[str], **server: Any) -> list[dict[str, Any]]:
    """Add a virtual server, its Service, and its controllers."""
    good = observed()
    raw["controller"] = good["controller"]
    (deployment,) = raw["controller"]["deployments"]["resources"]
    raw["controller"]["deployments"]["resources"] = [
        {**deployment, "metadata": {**deployment["metadata"], "name": name}} for name in deployments
    ]
    (_own, *_vips), wanted = good["bigips"]["bigip1"]["virtual_servers"], {**VIRTUAL_SERVERS[0], **server}
    for unit in made.bigips:
        raw["bigips"][unit.name]["virtual_servers"].append({**_own, "route_domain": unit.route_domain})
    answers = {"kind": "http", "target": "http://172.16.40.80/", "status": 200}
    pings = [{**one, "target": "172.16.40.80"} for one in raw["probes"]["probes"]]
    raw["probes"]["probes"] += [*pings, *({**one, **answers} for one in pings)]
    return [wanted]


# ---- the networks ------------------------------------------------------------------------------------


@network("the reference network")
def reference() -> Made:
    return fabric(), summarised(observed()), VIRTUAL_SERVERS


@network("route reflectors")
def reflectors() -> Made:
    topology = {"kind": "reflectors", "reflectors": ["node0", "node1"]}
    made = built(inventory(4, 2, topology=topology))
    return made, report(made), []


@network("route reflectors in another AS than the BIG-IP")
def external_reflectors() -> Made:
    hosts = inventory(4, 1, topology={"kind": "reflectors", "reflectors": ["node0", "node1"]})
    hosts["bigip0"]["as_number"] = "64513"
    made = built(hosts)
    return made, report(made), []


@network("racks")
def racks() -> Made:
    hosts = inventory(4, 2, topology={"kind": "racks"})
    for number, values in enumerate(hosts.values()):
        values["rack"] = f"r{number % 2}"
    made = built(hosts)
    return made, report(made), []


@network("eBGP over a router, with multihop")
def multihop() -> Made:
    hosts = inventory(3, 1, bgp_multihop=3)
    hosts["bigip0"] |= {"as_number": "64513", "bgp_address": "172.16.50.10"}
    made = built(hosts)
    raw = report(made)
    raw["bigips"]["bigip0"]["routes"][0]["prefix"] = "172.16.50.0/24"
    return made, raw, []


@network("a route domain")
def route_domain() -> Made:
    hosts = inventory(2, 1)
    hosts["bigip0"]["route_domain"] = 52
    made = built(hosts)
    raw = report(made)
    # The same addresses in route domain 0 are foreign.
    foreign = {"name": "other", "partition": "Common", "destination": "172.16.40.80", "route_domain": 0, "port": 80}
    raw["bigips"]["bigip0"]["virtual_servers"].insert(0, {**foreign, "enabled": False})
    raw["bigips"]["bigip0"]["virtual_addresses"].append(
        {"address": "172.16.99.99", "route_domain": 0, "route_advertisement": "disabled", "enabled": True}
    )
    servers = with_server(made, raw, ["k8s-bigip-ctlr-deployment"], address="172.16.40.80%52")
    # The device omits the route domain if it is the default of the partition.
    raw["bigips"]["bigip0"]["partitions"] = [{"name": "k8s", "route_domain": 52}, {"name": "Common", "route_domain": 0}]
    raw["bigips"]["bigip0"]["virtual_servers"][-1]["route_domain"] = 0
    return made, raw, servers


@network("equal-cost paths over two BIG-IPs that do not synchronize")
def equal_cost() -> Made:
    made = built(inventory(3, 2))
    raw = report(made)
    return made, raw, with_server(made, raw, ["k8s-bigip-ctlr-deployment", "k8s-bigip-ctlr-deployment-bigip1"])


@network("a pair with a floating self IP as the next hop")
def pair() -> Made:
    made = built(inventory(2, 2))
    raw = report(made)
    for unit, state in (("bigip0", "ACTIVE"), ("bigip1", "STANDBY")):
        raw["bigips"][unit]["failover"] = {"state": state, "sync": "In Sync"}
        raw["bigips"][unit]["self_ips"].append(
            {"name": "floating", "address": "172.16.40.20", "prefix_length": 24, "floating": True, "allow_service": []}
        )
    standby = raw["bigips"]["bigip1"]
    standby["routes"] = [route for route in standby["routes"] if route["code"] != "K"]
    for node in raw["status"]["nodes"].values():
        for route in node["kernel_routes"]:
            route["gateway"] = "172.16.40.20"
    return made, raw, with_server(made, raw, ["k8s-bigip-ctlr-deployment"])


@network("dual-stack Services and an IPv6 pool")
def dual_stack() -> Made:
    made, raw, servers = fabric(), summarised(observed()), VIRTUAL_SERVERS
    (four,) = raw["controller"]["endpoints"]["resources"]
    four["addressType"] = "IPv4"
    six = {**four, "addressType": "IPv6", "endpoints": [{"addresses": ["fd00::1"], "conditions": {"ready": True}}]}
    raw["controller"]["endpoints"]["resources"].append(six)
    raw["calico"]["resources"]["IPPool"].append(
        {"kind": "IPPool", "metadata": {"name": "six"}, "spec": {"cidr": "fd00::/48", "vxlanMode": "Always"}}
    )
    raw["calico"]["ipam"]["by_node"]["k8s-node1"].append("fd00::/122")
    return made, raw, servers


@network("pools and nodes without pods")
def without_pods() -> Made:
    pools = [*FABRIC_WIDE["pod_pools"], {"name": "spare", "cidr": "10.245.0.0/16"}]
    made = built(inventory(3, 1, pod_pools=pools))
    raw = report(made)
    # Nothing runs on node2: it has no block, and nobody has a route to it.
    del raw["calico"]["ipam"]["by_node"]["node2"]
    raw["probes"]["pods"] = [pod for pod in raw["probes"]["pods"] if pod["node"] != "node2"]
    raw["bigips"]["bigip0"]["routes"] = [one for one in raw["bigips"]["bigip0"]["routes"] if one["prefix"] != block(2)]
    for node in raw["status"]["nodes"].values():
        count = 2 if node is raw["status"]["nodes"]["node2"] else 1
        node["pod_routes"] = {"expected": count, "present": count, "missing": []}
    return made, raw, []


@network("pools for load balancers, tunnels and NAT only")
def other_pools() -> Made:
    raw = observed()
    for name, spec in {
        "balancers": {"cidr": "10.250.0.0/24", "allowedUses": ["LoadBalancer"]},
        "tunnels": {"cidr": "10.251.0.0/24", "allowedUses": ["Tunnel"], "vxlanMode": "Always"},
        "exempt": {"cidr": "172.16.0.0/16", "disabled": True, "disableBGPExport": True},
        "retired": {"cidr": "10.252.0.0/16", "nodeSelector": "!all()"},
    }.items():
        raw["calico"]["resources"]["IPPool"].append({"kind": "IPPool", "metadata": {"name": name}, "spec": spec})
    return fabric(), summarised(raw), VIRTUAL_SERVERS


@network("bird without bird6")
def without_bird6() -> Made:
    """Calico's own report has no sessions then; what BIRD itself prints has them."""
    raw = observed()
    empty = {"agent": {"state": "Ready"}, "sessions": [], "routes": []}
    for name, state in raw["status"]["nodes"].items():
        shell = {**state, "up": True, "recovering": False, "errors": []}
        raw["status"]["nodes"][name] = status.combine(empty, shell, asked_api=True)
    return fabric(), summarised(raw), VIRTUAL_SERVERS


@network("peers and routes of others on both sides")
def foreign() -> Made:
    raw = observed()
    raw["calico"]["resources"]["BGPPeer"].append(
        {"kind": "BGPPeer", "metadata": {"name": "tor"}, "spec": {"peerIP": "192.0.2.1", "asNumber": 65000}}
    )
    raw["calico"]["resources"]["BGPFilter"].append(
        {"kind": "BGPFilter", "metadata": {"name": "tor"}, "spec": {"importV4": [{"action": "Accept"}]}}
    )
    for node in raw["status"]["nodes"].values():
        node["sessions"].append(
            {"peer_ip": "192.0.2.1", "type": "GlobalPeer", "state": "Active", "since": "1", "last_error": "refused"}
        )
        node["bird"]["config"]["global"].append("192.0.2.1")
    unit = raw["bigips"]["bigip1"]
    config = unit["config"]["config"]
    config["neighbors"].append({"address": "192.0.2.9", "remote_as": "65000"})
    config["redistribute"].append({"protocol": "connected"})
    unit["config"]["prefix_lists"].append({"name": "upstream", "entries": []})
    unit["neighbors"].append({"address": "192.0.2.9", "remote_as": 65000, "state": "Idle", "notification": "Cease"})
    unit["routes"] += [
        {"code": "B", "prefix": "0.0.0.0/0", "via": "192.0.2.9", "interface": "ext_vlan"},
        {"code": "K", "prefix": "198.51.100.7/32", "via": None, "interface": "tmm"},
    ]
    return fabric(), summarised(raw), VIRTUAL_SERVERS


@network("policy that is not managed")
def unmanaged() -> Made:
    made = built(inventory(2, 1, bgp_manage_policy=False))
    return made, report(made), []


@network("sessions with a password")
def password() -> Made:
    made = built(inventory(2, 1, bgp_password="not-a-real-one"))
    raw = report(made)
    raw["calico"]["installation"] = {"namespace": "calico-system", "backend": "bird", "operator_bgp": "Enabled"}
    for neighbor in raw["bigips"]["bigip0"]["config"]["config"]["neighbors"]:
        neighbor["password"] = "********"
    return made, raw, []
