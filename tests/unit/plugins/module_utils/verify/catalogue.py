# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fault catalogue: single faults, combinations of two, and healthy networks that must raise nothing.

docs/faults.md is made of it (tools/fault_tables.py), test_verify_catalogue.py judges each entry, and tests/faults
injects some of the single faults into the lab.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks, tree
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS, Finding
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import faults, healthy
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

Raw = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One thing that is broken.

    :ivar inject: changes a good observation
    :ivar subject: group and subject of the check that names the cause
    :ivar cause: the beginning of the root cause that must be told
    :ivar hint: a part of the next step
    :ivar network: what the inventory of this network has beside the reference scenario
    """

    name: str
    inject: Callable[[Raw], None]
    subject: tuple[str, str]
    cause: str
    hint: str
    network: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """A network in which all checks must pass.

    :ivar make: its inventory as a fabric, the observation, and the virtual servers of the inventory
    """

    name: str
    make: Callable[[], tuple[Fabric, Raw, list[dict[str, Any]]]]


SESSION, NODE_SESSION = ("sessions", "bigip1 - k8s-node1"), ("peers", "k8s-node1 - bigip1")
PODS, VIP = ("bigip_routes", "bigip1: pods of k8s-node1"), ("bigip_routes", "bigip1: VIP 172.16.99.99")
NODE_VIP, SERVER = ("node_routes", "k8s-node1: 172.16.99.99"), ("virtual_servers", "bigip1: nginx-deploy-svc.vs")
PEER, POOL = ("peers", "BGPPeer bgppeer-global-bigip1"), ("pools", "default-ipv4-ippool")
UNIT, CONTROLLER = ("bigip_config", "bigip1"), ("controller", "kube-system/k8s-bigip-ctlr-deployment")

SINGLE: tuple[Fault, ...] = (
    # the BIG-IP
    Fault("BIG-IP unreachable", faults.bigip_unreachable, UNIT, "the BIG-IP could not be read: 172.16.20.202", "curl"),
    Fault("BGP off in the route domain", faults.routing_off, UNIT, "BGP is not enabled in route domain 0", "tmsh list"),
    Fault("no BGP process", faults.no_router_bgp, UNIT, "there is no 'router bgp' on the BIG-IP", "f5_routing"),
    Fault(
        "routing daemon not running",
        faults.daemon_not_running,
        UNIT,
        "peer down: the routing daemon of route domain 0 is not running",
        "tmrouted",
    ),
    Fault(
        "routing daemon stopped",
        faults.bgpd_stopped,
        NODE_SESSION,
        "peer down: the BIG-IP refuses TCP port 179",
        "tmrouted",
    ),
    Fault(
        "wrong AS number of the BIG-IP",
        faults.wrong_as_on_the_bigip,
        UNIT,
        "AS mismatch on the BIG-IP's side: it runs AS 64999",
        "as_number of bigip1",
    ),
    Fault(
        "wrong AS number on the BIG-IP",
        faults.wrong_remote_as,
        SESSION,
        "AS mismatch on the BIG-IP's side: neighbor 172.16.40.198 has remote-as 64999",
        "as_number of k8s-node1",
    ),
    Fault(
        "neighbor missing on the BIG-IP",
        faults.no_neighbor,
        SESSION,
        "no neighbor 172.16.40.198 is configured on the BIG-IP",
        "f5_routing",
    ),
    Fault(
        "neighbor shut down",
        faults.neighbor_shut,
        SESSION,
        "neighbor 172.16.40.198 is shut down on the BIG-IP",
        "no neighbor 172.16.40.198 shutdown",
    ),
    Fault(
        "port lockdown closed",
        faults.lockdown_closed,
        ("bigip_config", "bigip1: port lockdown of 172.16.40.202"),
        "port lockdown: self IP int_self of bigip1 does not allow tcp:179",
        "allow-service",
    ),
    Fault(
        "running configuration not saved",
        faults.not_saved,
        ("bigip_config", "bigip1: startup configuration"),
        "the running configuration would be lost at a restart",
        "imish: write",
    ),
    Fault(
        "too many prefixes",
        faults.too_many_prefixes,
        SESSION,
        "k8s-node1 announced more prefixes than bgp_maximum_prefix (1000)",
        "clear ip bgp",
    ),
    # the cluster
    Fault(
        "BGP disabled by the backend",
        faults.backend_without_bgp,
        ("pools", "BGP of the cluster"),
        "calico-node runs without BGP (CALICO_NETWORKING_BACKEND is vxlan)",
        "calico_backend",
    ),
    Fault(
        "BGP disabled by the operator",
        faults.operator_without_bgp,
        ("pools", "BGP of the cluster"),
        "BGP is disabled by the Tigera operator",
        "kubectl patch installation",
    ),
    Fault(
        "wrong AS number in Calico",
        faults.wrong_as_on_the_peer,
        PEER,
        "AS mismatch on Calico's side: BGPPeer bgppeer-global-bigip1 has asNumber 64999",
        "calicoctl get bgppeer",
    ),
    Fault(
        "wrong AS number of a node",
        faults.wrong_as_on_the_node,
        SESSION,
        "AS mismatch on the node's side: k8s-node1 has AS 64999 in Calico",
        "calicoctl get node",
    ),
    Fault("BGPPeer missing", faults.no_peer, PEER, "no BGPPeer in Calico has the peerIP 172.16.40.202", "calico_bgp"),
    Fault(
        "second BGPPeer", faults.second_peer, ("peers", "BGPPeer manual"), "two BGPPeers for 172.16.40.202", "delete"
    ),
    Fault(
        "node removed",
        faults.node_removed,
        SESSION,
        "node removed: k8s-node1 is in the inventory but not in the cluster",
        "kubectl get node",
    ),
    Fault(
        "BIRD stopped", faults.bird_stopped, ("bird", "BIRD on k8s-node1"), "BIRD is not running on k8s-node1", "birdcl"
    ),
    Fault(
        "calico-node down", faults.node_unread, SESSION, "BIRD on k8s-node1 could not be read", "kubectl -n kube-system"
    ),
    Fault(
        "BIRD waits after a restart",
        faults.restart_wait,
        NODE_VIP,
        "graceful restart: BIRD on k8s-node1 restarted",
        "birdcl show protocols",
    ),
    Fault(
        "confd stuck",
        faults.confd_stuck,
        ("bird", "bird.cfg of k8s-node1"),
        "confd on k8s-node1 has not rendered the current datastore",
        "confd",
    ),
    Fault(
        "mesh off",
        faults.mesh_off,
        ("pools", "BGPConfiguration"),
        "BGPConfiguration default was changed",
        "calicoctl get bgpconfiguration",
    ),
    Fault(
        "mesh session down",
        faults.mesh_session_down,
        ("pools", "mesh of k8s-node1"),
        "the mesh session of k8s-master and k8s-node1 is down",
        "birdcl show protocols",
    ),
    Fault(
        "Kubernetes API unreachable",
        faults.api_unreachable,
        POOL,
        "calicoctl: connection refused",
        "kubeconfig",
    ),
    Fault("stale block", faults.stale_block, ("bigip_routes", "blocks of k8s-gone"), "stale block", "ipam check"),
    Fault(
        "no block on a node with pods",
        faults.no_block,
        ("bigip_routes", "blocks of k8s-node1"),
        "no IPAM block for pods of k8s-node1",
        "calicoctl ipam show",
    ),
    Fault(
        "pod outside of the blocks",
        faults.pod_outside_of_the_blocks,
        ("bigip_routes", "blocks of k8s-node1"),
        "no IPAM block for pods of k8s-node1",
        "calicoctl ipam show",
    ),
    Fault(
        "peer disabled by a duplicate",
        faults.disabled_by_a_duplicate,
        SESSION,
        "two BGPPeers for 172.16.40.202",
        "calicoctl delete bgppeer manual",
    ),
    # between them
    Fault(
        "no route to the BIG-IP",
        faults.link_down,
        NODE_SESSION,
        "no route: k8s-node1 cannot reach 172.16.40.202",
        "ip route get 172.16.40.202",
    ),
    Fault(
        "link down",
        faults.peer_unreachable,
        SESSION,
        "peer down: the BIG-IP cannot ping k8s-node1 at 172.16.40.198",
        "tmsh run util ping",
    ),
    Fault("firewall", faults.silence, SESSION, "peer down: both ends send TCP SYN and get no reply", "nc -vz"),
    Fault("wrong password", faults.password_on_one_side, SESSION, "password: only Calico has one", "bgp_password"),
    Fault(
        "passwords differ",
        faults.passwords_differ,
        SESSION,
        "password: both sides have one, but no session is established",
        "kubectl -n kube-system get secret podroute-bgp",
    ),
    Fault(
        "password in another namespace",
        faults.secret_missing,
        SESSION,
        "password: Secret calico-system/podroute-bgp does not exist",
        "kubectl -n calico-system get secret podroute-bgp",
    ),
    Fault(
        "hold time refused",
        faults.hold_time_refused,
        NODE_SESSION,
        "timers: one end rejects the hold time of the other",
        "bgp_timers",
    ),
    Fault(
        "hold time too short",
        faults.hold_time_too_short,
        SESSION,
        "timers: the hold time of 3 s expires repeatedly",
        "bgp_timers",
    ),
    Fault(
        "other timers on the BIG-IP",
        faults.timers_of_the_bigip,
        SESSION,
        "timers: the BIG-IP has hold time 9, the inventory has 90",
        "f5_routing",
        {"bgp_timers": {"keepalive": 30, "holdtime": 90}},
    ),
    Fault(
        "TTL security",
        faults.ttl_security,
        SESSION,
        "multihop: BGPPeer bgppeer-global-bigip1 has ttlSecurity 1",
        "patch",
    ),
    Fault("MTU too small on the way", faults.small_mtu, SESSION, "MTU: the session opens but", "ping -M do -s 1472"),
    Fault(
        "eBGP over a router without multihop",
        faults.no_multihop,
        SESSION,
        "multihop: eBGP neighbors outside the BIG-IP's subnet 172.16.40.200/29",
        "bgp_multihop",
        {"bigip": {"as_number": "64513"}},
    ),
    Fault(
        "wrong interface of a node",
        faults.wrong_node_address,
        SESSION,
        "wrong interface: calico-node on k8s-node1 uses 10.0.2.15",
        "IP_AUTODETECTION_METHOD",
    ),
    # routes
    Fault(
        "wrong interface of a route",
        faults.wrong_interface,
        PODS,
        "wrong interface: the route to k8s-node1 uses mgmt_vlan",
        "show ip route 172.16.40.198",
    ),
    Fault(
        "wrong next hop",
        faults.wrong_next_hop,
        PODS,
        "wrong next hop: 10.244.36.64/26 is via 172.16.40.1",
        "show ip bgp",
    ),
    Fault(
        "wrong next hop on a node",
        faults.wrong_next_hop_on_the_node,
        NODE_VIP,
        "wrong next hop: k8s-node1 has VIPs via 172.16.40.1",
        "birdcl show route",
    ),
    Fault(
        "recursive next hop",
        faults.recursive_on_the_bigip,
        PODS,
        "recursive next hop: 172.16.40.198 of k8s-node1 is not in the BIG-IP's subnet",
        "show ip route 172.16.40.198",
    ),
    Fault(
        "recursive next hop on a node",
        faults.recursive_on_the_node,
        NODE_VIP,
        "recursive next hop: VIPs are announced via 192.0.2.202",
        "ip route get 192.0.2.202",
    ),
    Fault(
        "static route",
        faults.static_route,
        PODS,
        "10.244.36.64/26 is in the route table of the BIG-IP from another",
        "net route",
    ),
    Fault(
        "block announced by another node",
        faults.block_behind_another_node,
        PODS,
        "another node announces the block (k8s-master)",
        "ipam show --show-blocks",
    ),
    Fault(
        "pool not exported",
        faults.pool_not_exported,
        POOL,
        "IPPool default-ipv4-ippool has disableBGPExport",
        "patch ippool",
    ),
    Fault(
        "pool encapsulated", faults.pool_encapsulated, POOL, "IPPool default-ipv4-ippool is encapsulated", "calico_bgp"
    ),
    Fault(
        "pool that the inventory does not have",
        faults.another_pool,
        ("pools", "more"),
        "pods may get addresses of IPPool more",
        "pod_pools",
    ),
    # filters
    Fault(
        "filter for pods too tight",
        faults.pods_list_too_tight,
        UNIT,
        "filter: prefix-list podroute-pods of bigip1 is missing or was changed",
        "f5_routing",
    ),
    Fault(
        "filter for VIPs too tight",
        faults.vips_list_too_tight,
        UNIT,
        "filter: prefix-list podroute-vips of bigip1 is missing or was changed",
        "f5_routing",
    ),
    Fault(
        "route-map missing",
        faults.vips_map_missing,
        UNIT,
        "filter: route-map podroute-vips of bigip1 is missing or was changed",
        "f5_routing",
    ),
    Fault(
        "redistribution without a route-map",
        faults.all_kernel_routes_redistributed,
        UNIT,
        "filter: redistribute kernel without route-map podroute-vips",
        "f5_routing",
    ),
    Fault(
        "BGPFilter changed",
        faults.calico_rejects_vips,
        ("peers", "BGPFilter podroute-vips-only"),
        "the rules of BGPFilter podroute-vips-only were changed",
        "calicoctl get bgpfilter",
    ),
    Fault(
        "BGPFilter missing",
        faults.filter_missing,
        ("peers", "BGPFilter podroute-vips-only"),
        "BGPFilter podroute-vips-only does not exist",
        "calico_bgp",
    ),
    Fault(
        "BGPPeer without its filters",
        faults.peer_without_filters,
        ("peers", "filters of BGPPeer bgppeer-global-bigip1"),
        "BGPPeer bgppeer-global-bigip1 does not use BGPFilter podroute-vips-only",
        "calico_bgp",
    ),
    # VIPs
    Fault(
        "VIP not advertised",
        faults.vip_not_advertised,
        VIP,
        "VIP not advertised: its route advertisement is disabled",
        "route-advertisement",
    ),
    Fault("VIP missing", faults.vip_missing, VIP, "no virtual address 172.16.99.99 on the BIG-IP", "advertised_vips"),
    Fault(
        "pool of a VIP down",
        faults.vip_unavailable,
        VIP,
        "VIP not advertised: no virtual server on it is available",
        "route-advertisement",
    ),
    Fault(
        "VIP inside the service range",
        faults.vip_in_a_service_range,
        NODE_VIP,
        "VIP inside the service range 172.16.99.0/24",
        "bgpconfiguration",
    ),
    # controller
    Fault("controller crashes", faults.controller_down_from_the_start, CONTROLLER, "CrashLoopBackOff", "kubectl"),
    Fault("no controller", faults.no_deployment, CONTROLLER, "there is no controller for bigip1", "bigip_ctlr"),
    Fault(
        "node ports as members",
        faults.node_port_members,
        ("controller", "kube-system/k8s-bigip-ctlr-deployment arguments"),
        "pool members would be node ports",
        "bigip_ctlr",
    ),
    Fault(
        "stale pool members",
        faults.stale_members,
        ("controller", "bigip1: pool of nginx-deploy-svc.vs"),
        "stale members: the controller does not update the pool of nginx-deploy-svc.vs",
        "endpointslices",
    ),
    Fault(
        "virtual server missing",
        faults.no_virtual_server,
        SERVER,
        "the controller has not created virtual server nginx-deploy-svc.vs",
        "bigip_ctlr",
    ),
    Fault(
        "virtual server in another route domain",
        faults.server_in_another_domain,
        SERVER,
        "virtual server nginx-deploy-svc.vs is in route domain 52, expected 0",
        "route_domain",
    ),
    Fault(
        "pool members down", faults.members_down, SERVER, "no pool member is available: 10.244.36.71 down", "tmsh show"
    ),
    Fault(
        "pod unreachable",
        faults.pod_unreachable,
        ("reachability", "bigip1 - pod on k8s-node1 10.244.36.70"),
        "no route to the pod, or k8s-node1 or a policy drops the packets",
        "show ip route 10.244.36.70",
    ),
)

BY_NAME = {fault.name: fault for fault in SINGLE}

# Two faults at once: both root causes must be told, and no other.
COMBINED: tuple[tuple[str, str], ...] = (
    ("wrong AS number in Calico", "wrong password"),
    ("neighbor shut down", "wrong AS number in Calico"),
    ("neighbor missing on the BIG-IP", "running configuration not saved"),
    ("link down", "VIP not advertised"),
    ("BIRD stopped", "VIP missing"),
    ("port lockdown closed", "wrong password"),
    ("pool encapsulated", "filter for VIPs too tight"),
    ("stale block", "BIRD waits after a restart"),
    ("BGPFilter missing", "second BGPPeer"),
    ("controller crashes", "wrong AS number on the BIG-IP"),
    ("MTU too small on the way", "pool members down"),
    ("BGP disabled by the operator", "running configuration not saved"),
    ("pool not exported", "no controller"),
    ("wrong interface of a node", "VIP inside the service range"),
    ("route-map missing", "BGPPeer without its filters"),
)

HEALTHY: tuple[Network, ...] = tuple(Network(name, make) for name, make in healthy.NETWORKS.items())

LAB = Path(__file__).resolve().parents[4] / "faults" / "faults.yml"
PAGE = """# Fault catalogue and diagnosis

`fabric_verify` reports each root cause once, first, with the next step and all checks that fail because of it. The
tests inject every fault of this page, compare the causes with it, and fail if one is missing or if another one is
reported. This page is made of the same data.

## Single faults

Most faults are injected into recorded observations of both sides (unit tests). In the source tree, `make test` also
injects those that are marked with *lab* into the running lab and removes them again (`tests/faults`; that step alone:
`make test ARGS="--only faults"`). Names and addresses are those of the reference network.

| fault | | check that names it | cause | next step |
| --- | --- | --- | --- | --- |
{single}

## Two faults at once

Both causes are reported, and no other.

| fault | and | causes |
| --- | --- | --- |
{combined}

## Healthy networks

All checks pass in these networks.

| network | checks |
| --- | --- |
{healthy}
"""


def page() -> str:
    """docs/faults.md."""
    lab = {fault["name"] for entry in yaml.safe_load(LAB.read_text()) for fault in entry["faults"]}
    single, combined, healthy_ = [], [], []
    for fault in SINGLE:
        (root,) = causes(judge([fault.name]))
        mark = "lab" if fault.name in lab else ""
        single.append(_row(fault.name, mark, ": ".join(fault.subject), root["cause"], root["hint"]))
    for names in COMBINED:
        found = sorted(causes(judge(names)), key=lambda root: not root["cause"].startswith(BY_NAME[names[0]].cause))
        combined.append(_row(*names, "; ".join(root["cause"] for root in found)))
    for network in HEALTHY:
        healthy_.append(_row(network.name, str(len(judge_network(network)))))
    return PAGE.format(single="\n".join(single), combined="\n".join(combined), healthy="\n".join(healthy_))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def causes(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The root causes."""
    return tree.roots(finding.as_dict() for finding in findings)


def judge_network(network: Network) -> list[Finding]:
    """The findings of a healthy network."""
    made, raw, servers = network.make()
    groups = [group for group in GROUPS if servers or group not in ("controller", "virtual_servers")]
    return checks.findings(made, raw, servers, groups)


def judge(names: Iterable[str]) -> list[Finding]:
    """The findings with these faults in the reference network."""
    raw, network = observed(), {}
    for name in names:
        BY_NAME[name].inject(raw)
        network |= BY_NAME[name].network
    return checks.findings(fabric(**network), summarised(raw), VIRTUAL_SERVERS)
