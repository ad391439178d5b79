# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every injected fault is found, and the cause in the finding is the injected one. The same table is in the docs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS, Finding
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    BIGIP,
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

Raw = dict[str, Any]


def findings(fabric_: Any, raw: Raw, *arguments: Any) -> list[Finding]:
    return checks.findings(fabric_, summarised(raw), *arguments)


def prove(raw: Raw, **fabric_changes: Any) -> list[Finding]:
    return findings(fabric(**fabric_changes), raw, VIRTUAL_SERVERS)


def failed(raw: Raw, **fabric_changes: Any) -> list[Finding]:
    return [finding for finding in prove(raw, **fabric_changes) if not finding.ok]


def spec(raw: Raw, kind: str) -> Raw:
    return raw["calico"]["resources"][kind][0]["spec"]


def bgp(raw: Raw) -> Raw:
    return raw["bigips"]["bigip1"]["config"]["config"]


def lose_session(raw: Raw, state: str = "Active", error: str | None = None, **heard: Any) -> None:
    """The session with k8s-node1 (172.16.40.198) is down, and what it carried is gone, on both sides."""
    bigip, node = raw["bigips"]["bigip1"], raw["status"]["nodes"]["k8s-node1"]
    for neighbor in bigip["neighbors"]:
        if neighbor["address"] == "172.16.40.198":
            neighbor.update({"state": "Active", "uptime": None, "accepted_prefixes": 0, **heard})
    bigip["routes"] = [route for route in bigip["routes"] if route["via"] != "172.16.40.198"]
    for session in node["sessions"]:
        if session["peer_ip"] == BIGIP:
            session.update(state=state, last_error=error)
    node["routes"] = [route for route in node["routes"] if route["peer_ip"] != BIGIP]
    node["kernel_routes"] = [route for route in node["kernel_routes"] if route["gateway"] != BIGIP]


def wrong_as_on_the_bigip(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Bad peer AS")
    bgp(raw)["as_number"] = "64999"


def wrong_remote_as(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Bad peer AS")
    bgp(raw)["neighbors"][1]["remote_as"] = "64999"


def wrong_as_on_the_peer(raw: Raw) -> None:
    lose_session(raw, "Idle", "BGP Error: Bad peer AS")
    spec(raw, "BGPPeer")["asNumber"] = 64999


def wrong_as_on_the_node(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Bad peer AS")
    raw["calico"]["nodes"]["k8s-node1"]["as_number"] = 64999


def bad_as_by_the_nodes_word(raw: Raw) -> None:
    lose_session(raw, "Idle", "BGP Error: Bad peer AS")


def no_neighbor(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: Connection reset by peer")
    del bgp(raw)["neighbors"][1], raw["bigips"]["bigip1"]["neighbors"][1]


def neighbor_shut(raw: Raw) -> None:
    lose_session(raw, "Idle", "Received: Administrative shutdown")
    bgp(raw)["neighbors"][1]["shutdown"] = True


def no_peer(raw: Raw) -> None:
    lose_session(raw)
    raw["calico"]["resources"]["BGPPeer"] = []
    raw["status"]["nodes"]["k8s-node1"]["sessions"].pop()


def lockdown_closed(raw: Raw) -> None:
    lose_session(raw, "Connect")
    raw["bigips"]["bigip1"]["self_ips"][0]["allow_service"] = ["default"]


def password_on_one_side(raw: Raw) -> None:
    lose_session(raw, "Connect")
    spec(raw, "BGPPeer")["password"] = {"secretKeyRef": {"name": "podroute-bgp", "key": "password"}}


def passwords_differ(raw: Raw) -> None:
    password_on_one_side(raw)
    for neighbor in bgp(raw)["neighbors"]:
        neighbor["password"] = "********"


def link_down(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: No route to host")


def peer_unreachable(raw: Raw) -> None:
    lose_session(raw, "Connect")
    raw["bigips"]["bigip1"]["ping"]["172.16.40.198"] = {"sent": 1, "received": 0}


def silence(raw: Raw) -> None:
    lose_session(raw, "Connect")


def bird_stopped(raw: Raw) -> None:
    lose_session(raw, last_reset_reason="Hold Timer Expired")
    raw["status"]["nodes"]["k8s-node1"].update(agent={"state": "NotReady"}, sessions=[], routes=[], kernel_routes=[])


def node_unread(raw: Raw) -> None:
    lose_session(raw, last_reset_reason="Hold Timer Expired")
    raw["status"]["nodes"]["k8s-node1"] = {"error": "no report within 15 s"}


def bgpd_stopped(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: Connection refused")


def daemon_not_running(raw: Raw) -> None:
    raw["bigips"]["bigip1"] = {"failed": True, "msg": "imish: % Protocol daemon is not running"}
    raw["status"]["nodes"]["k8s-node1"]["sessions"][1].update(state="Active")


def bigip_unreachable(raw: Raw) -> None:
    raw["bigips"]["bigip1"] = {"failed": True, "msg": "172.16.20.202: connection refused"}


def routing_off(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: Connection refused")
    raw["bigips"]["bigip1"]["config"] = {"enabled": False, "config": None, "saved": None}


def no_router_bgp(raw: Raw) -> None:
    lose_session(raw, "Active", "Socket: Connection refused")
    raw["bigips"]["bigip1"]["config"] = {"enabled": True, "config": None, "saved": True}


def too_many_prefixes(raw: Raw) -> None:
    lose_session(
        raw, "Idle", last_reset_reason="BGP Notification sent", notification="Cease/Maximum Number of Prefixes Reached."
    )


def not_saved(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["config"]["saved"] = False


def filter_on_the_bigip(raw: Raw) -> None:
    bigip = raw["bigips"]["bigip1"]
    bigip["neighbors"][1]["accepted_prefixes"] = 0
    bigip["routes"] = [route for route in bigip["routes"] if route["via"] != "172.16.40.198"]


def block_behind_another_node(raw: Raw) -> None:
    for route in raw["bigips"]["bigip1"]["routes"]:
        if route["prefix"] == "10.244.36.64/26":
            route["via"] = "172.16.40.199"


def filter_on_the_nodes(raw: Raw) -> None:
    node = raw["status"]["nodes"]["k8s-node1"]
    node["routes"] = [route for route in node["routes"] if route["destination"] != "172.16.99.99/32"]
    node["kernel_routes"] = [route for route in node["kernel_routes"] if route["dst"] != "172.16.99.99/32"]


def leak_to_the_nodes(raw: Raw) -> None:
    raw["status"]["nodes"]["k8s-node1"]["routes"].append(
        {"destination": "10.3.99.0/24", "gateway": BIGIP, "type": "FIB", "learned_from": "BGPPeer", "peer_ip": BIGIP}
    )


def leak_to_the_bigip(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["routes"].append({"code": "B", "prefix": "0.0.0.0/0", "via": "172.16.40.199"})


def all_kernel_routes_redistributed(raw: Raw) -> None:
    bgp(raw)["redistribute"] = [{"protocol": "kernel"}]


def no_kernel_route(raw: Raw, vip: str = "172.16.99.99") -> None:
    bigip = raw["bigips"]["bigip1"]
    bigip["routes"] = [route for route in bigip["routes"] if route["prefix"] != f"{vip}/32"]
    for node in raw["status"]["nodes"].values():
        node["routes"] = [route for route in node["routes"] if route["destination"] != f"{vip}/32"]
        node["kernel_routes"] = [route for route in node["kernel_routes"] if route["dst"] != f"{vip}/32"]


def vip_not_advertised(raw: Raw) -> None:
    no_kernel_route(raw)
    raw["bigips"]["bigip1"]["virtual_addresses"][1]["route_advertisement"] = "disabled"


def vip_missing(raw: Raw) -> None:
    no_kernel_route(raw)
    del raw["bigips"]["bigip1"]["virtual_addresses"][1]


def vip_unavailable(raw: Raw) -> None:
    no_kernel_route(raw)
    raw["bigips"]["bigip1"]["virtual_servers"][2].update(
        pool="/Common/p", members=[{"address": "192.0.2.1", "port": 80, "state": "down"}]
    )


def vip_in_a_service_range(raw: Raw) -> None:
    for node in raw["status"]["nodes"].values():
        node["kernel_routes"] = [route for route in node["kernel_routes"] if route["dst"] != "172.16.99.99/32"]
    spec(raw, "BGPConfiguration")["serviceLoadBalancerIPs"] = [{"cidr": "172.16.99.0/24"}]


def restart_wait(raw: Raw) -> None:
    node = raw["status"]["nodes"]["k8s-node1"]
    node.update(graceful_restart_wait=True, kernel_routes=[])


def pool_encapsulated(raw: Raw) -> None:
    spec(raw, "IPPool")["ipipMode"] = "Always"


def another_pool(raw: Raw) -> None:
    raw["calico"]["resources"]["IPPool"].append(
        {"kind": "IPPool", "metadata": {"name": "more"}, "spec": {"cidr": "10.245.0.0/16", "vxlanMode": "Always"}}
    )


def mesh_off(raw: Raw) -> None:
    spec(raw, "BGPConfiguration")["nodeToNodeMeshEnabled"] = False


def mesh_session_down(raw: Raw) -> None:
    raw["status"]["nodes"]["k8s-node1"]["sessions"][0]["state"] = "Passive"


def api_unreachable(raw: Raw) -> None:
    raw["calico"] = {"failed": False, "msg": "calicoctl: connection refused", "error": "refused"}
    raw["status"] = {"failed": False, "msg": "list nodes: connection refused"}


def pod_unreachable(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["ping"]["10.244.36.70"] = {"sent": 1, "received": 0}


def vip_unanswered(raw: Raw) -> None:
    for probe in raw["probes"]["probes"]:
        if probe["target"] == "172.16.99.99" and probe["source"] == "k8s-node1":
            probe.update(ok=False, received=0)


def http_refused(raw: Raw) -> None:
    for probe in raw["probes"]["probes"]:
        if probe["kind"] == "http":
            probe.update(ok=False, status=503)


def probes_did_not_run(raw: Raw) -> None:
    raw["probes"] = {"probes": [], "pods": []}


def controller_crashes(raw: Raw) -> None:
    raw["controller"]["deployments"]["resources"][0]["status"] = {}
    raw["controller"]["pods"]["resources"][0]["status"]["containerStatuses"] = [
        {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}}
    ]


def node_port_members(raw: Raw) -> None:
    raw["controller"]["deployments"]["resources"][0]["spec"]["template"]["spec"]["containers"][0]["args"].pop()


def stale_members(raw: Raw) -> None:
    raw["bigips"]["bigip1"]["virtual_servers"][0]["members"].append(
        {"address": "10.244.36.99", "port": 80, "state": "up"}
    )


def no_virtual_server(raw: Raw) -> None:
    del raw["bigips"]["bigip1"]["virtual_servers"][0]


def members_down(raw: Raw) -> None:
    for member in raw["bigips"]["bigip1"]["virtual_servers"][0]["members"]:
        member["state"] = "down"


def confd_stuck(raw: Raw) -> None:
    raw["status"]["nodes"]["k8s-node1"]["bird"]["config"]["global"] = []


def node_removed(raw: Raw) -> None:
    no_neighbor(raw)
    del raw["calico"]["nodes"]["k8s-node1"]


def stale_block(raw: Raw) -> None:
    raw["calico"]["ipam"]["by_node"]["k8s-gone"] = ["10.244.77.0/26"]


def peer_without_filters(raw: Raw) -> None:
    del spec(raw, "BGPPeer")["filters"]


def filter_missing(raw: Raw) -> None:
    raw["calico"]["resources"]["BGPFilter"] = []


def filter_changed(raw: Raw) -> None:
    spec(raw, "BGPFilter")["importV4"] = [{"action": "Accept"}]


def second_peer(raw: Raw) -> None:
    raw["calico"]["resources"]["BGPPeer"].append(
        {"kind": "BGPPeer", "metadata": {"name": "manual"}, "spec": {"peerIP": f"{BIGIP}:179", "asNumber": 64512}}
    )


def no_block(raw: Raw) -> None:
    """host-local IPAM: the node has pods, and neither side has a route to them."""
    del raw["calico"]["ipam"]["by_node"]["k8s-node1"]


def no_blocks_at_all(raw: Raw) -> None:
    raw["calico"]["ipam"]["by_node"] = {}
    raw["probes"]["pods"] = []
    raw["controller"]["endpoints"]["resources"] = []


# fault, group and subject of the finding that must name it, a part of its cause
FAULTS: list[tuple[Callable[[Raw], None], str, str, str]] = [
    (wrong_as_on_the_bigip, "sessions", "bigip1 - k8s-node1", "AS mismatch on the BIG-IP's side: it runs AS 64999"),
    (
        wrong_remote_as,
        "sessions",
        "bigip1 - k8s-node1",
        "AS mismatch on the BIG-IP's side: neighbor 172.16.40.198 has remote-as",
    ),
    (
        wrong_as_on_the_peer,
        "sessions",
        "bigip1 - k8s-node1",
        "AS mismatch on Calico's side: BGPPeer bgppeer-global-bigip1",
    ),
    (wrong_as_on_the_peer, "peers", "BGPPeer bgppeer-global-bigip1", "AS mismatch on Calico's side: asNumber is 64999"),
    (
        wrong_as_on_the_node,
        "sessions",
        "bigip1 - k8s-node1",
        "AS mismatch on the node's side: Calico runs k8s-node1 with AS 64999",
    ),
    (
        bad_as_by_the_nodes_word,
        "peers",
        "k8s-node1 - bigip1",
        "AS mismatch: the node receives another AS than it expects",
    ),
    (no_neighbor, "sessions", "bigip1 - k8s-node1", "no neighbor 172.16.40.198 is configured on the BIG-IP"),
    (no_neighbor, "bigip_config", "bigip1", "no neighbor for k8s-node1"),
    (neighbor_shut, "sessions", "bigip1 - k8s-node1", "neighbor 172.16.40.198 is shut down on the BIG-IP"),
    (no_peer, "peers", "BGPPeer bgppeer-global-bigip1", "there is no BGPPeer bgppeer-global-bigip1"),
    (no_peer, "sessions", "bigip1 - k8s-node1", "no BGPPeer in Calico has the peerIP 172.16.40.202"),
    (lockdown_closed, "sessions", "bigip1 - k8s-node1", "port lockdown: self IP int_self does not allow tcp:179"),
    (
        lockdown_closed,
        "bigip_config",
        "bigip1: port lockdown of 172.16.40.202",
        "port lockdown: nodes cannot open a session",
    ),
    (password_on_one_side, "sessions", "bigip1 - k8s-node1", "password: only Calico has one"),
    (
        passwords_differ,
        "sessions",
        "bigip1 - k8s-node1",
        "password: both sides have one, but no session is established",
    ),
    (link_down, "peers", "k8s-node1 - bigip1", "no route: k8s-node1 cannot reach 172.16.40.202"),
    (
        peer_unreachable,
        "sessions",
        "bigip1 - k8s-node1",
        "peer down: the BIG-IP cannot ping k8s-node1 at 172.16.40.198",
    ),
    (silence, "sessions", "bigip1 - k8s-node1", "peer down: both ends send TCP SYN and get no reply"),
    (bird_stopped, "sessions", "bigip1 - k8s-node1", "BIRD is not running on k8s-node1"),
    (bird_stopped, "bird", "BIRD on k8s-node1", "BIRD is not running"),
    (node_unread, "sessions", "bigip1 - k8s-node1", "BIRD on k8s-node1 could not be read (no report within 15 s)"),
    (bgpd_stopped, "peers", "k8s-node1 - bigip1", "peer down: the BIG-IP refuses TCP port 179"),
    (
        daemon_not_running,
        "sessions",
        "bigip1 - k8s-node1",
        "peer down: the routing daemon of route domain 0 is not running",
    ),
    (bigip_unreachable, "bigip_config", "bigip1", "the BIG-IP could not be read: 172.16.20.202: connection refused"),
    (routing_off, "bigip_config", "bigip1", "BGP is not enabled in route domain 0"),
    (routing_off, "sessions", "bigip1 - k8s-node1", "BGP is not enabled in route domain 0"),
    (no_router_bgp, "bigip_config", "bigip1", "there is no 'router bgp' on the BIG-IP"),
    (
        too_many_prefixes,
        "sessions",
        "bigip1 - k8s-node1",
        "k8s-node1 announced more prefixes than bgp_maximum_prefix (1000)",
    ),
    (
        not_saved,
        "bigip_config",
        "bigip1: startup configuration",
        "the running configuration would be lost at a restart",
    ),
    (filter_on_the_bigip, "bigip_routes", "bigip1: pods of k8s-node1", "filter: nothing is accepted from k8s-node1"),
    (block_behind_another_node, "bigip_routes", "bigip1: pods of k8s-node1", "another node announces the block"),
    (link_down, "bigip_routes", "bigip1: pods of k8s-node1", "no session with k8s-node1: no route"),
    (
        filter_on_the_nodes,
        "node_routes",
        "k8s-node1: 172.16.99.99",
        "filter: 172.16.99.99/32 is announced and does not arrive",
    ),
    (
        leak_to_the_nodes,
        "node_routes",
        "k8s-node1: routes from bigip1",
        "filter: neither the BIG-IP's route-map podroute-vips",
    ),
    (
        leak_to_the_bigip,
        "bigip_routes",
        "bigip1: routes from k8s-master",
        "filter: the inbound prefix-list podroute-pods",
    ),
    (
        all_kernel_routes_redistributed,
        "bigip_config",
        "bigip1",
        "filter: redistribute kernel without route-map podroute-vips",
    ),
    (
        vip_not_advertised,
        "bigip_routes",
        "bigip1: VIP 172.16.99.99",
        "VIP not advertised: its route advertisement is disabled",
    ),
    (vip_not_advertised, "node_routes", "k8s-node1: 172.16.99.99", "VIP not advertised: no BIG-IP has 172.16.99.99/32"),
    (vip_missing, "bigip_routes", "bigip1: VIP 172.16.99.99", "no virtual address 172.16.99.99 on the BIG-IP"),
    (
        vip_unavailable,
        "bigip_routes",
        "bigip1: VIP 172.16.99.99",
        "VIP not advertised: no virtual server on it is available",
    ),
    (no_kernel_route, "bigip_routes", "bigip1: VIP 172.16.99.99", "VIP not advertised although it should be"),
    (vip_in_a_service_range, "node_routes", "k8s-node1: 172.16.99.99", "VIP inside the service range 172.16.99.0/24"),
    (restart_wait, "node_routes", "k8s-node1: 172.16.99.99", "graceful restart: BIRD on k8s-node1 restarted"),
    (restart_wait, "pools", "pod routes of k8s-node1", "graceful restart: BIRD on k8s-node1 restarted"),
    (restart_wait, "bird", "BIRD on k8s-node1", "graceful restart: BIRD on k8s-node1 restarted"),
    (pool_encapsulated, "pools", "default-ipv4-ippool", "the pool is encapsulated"),
    (another_pool, "pools", "more", "pods may get addresses that the BIG-IP does not let in"),
    (mesh_off, "pools", "BGPConfiguration", "BGPConfiguration default was changed"),
    (mesh_session_down, "pools", "mesh of k8s-node1", "no mesh session with k8s-master"),
    (api_unreachable, "pools", "default-ipv4-ippool", "calicoctl: connection refused"),
    (api_unreachable, "node_routes", "k8s-node1: 172.16.99.99", "list nodes: connection refused"),
    (pod_unreachable, "reachability", "bigip1 - pod on k8s-node1 10.244.36.70", "no route to the pod"),
    (vip_unanswered, "reachability", "node k8s-node1 - 172.16.99.99", "no route to the VIP or back"),
    (
        http_refused,
        "reachability",
        "pod busybox-k8s-master - http://172.16.40.80/",
        "the VIP has no route, no available virtual server",
    ),
    (probes_did_not_run, "reachability", "pods - 172.16.99.99", "no pod probed it"),
    (controller_crashes, "controller", "kube-system/k8s-bigip-ctlr-deployment", "CrashLoopBackOff: back-off 10s"),
    (
        node_port_members,
        "controller",
        "kube-system/k8s-bigip-ctlr-deployment arguments",
        "pool members would be node ports",
    ),
    (stale_members, "controller", "bigip1: pool of nginx-deploy-svc.vs", "stale members"),
    (no_virtual_server, "virtual_servers", "bigip1: nginx-deploy-svc.vs", "the controller has not created it"),
    (members_down, "virtual_servers", "bigip1: nginx-deploy-svc.vs", "no pool member is available: 10.244.36.71 down"),
    (
        node_removed,
        "sessions",
        "bigip1 - k8s-node1",
        "node removed: k8s-node1 is in the inventory but not in the cluster",
    ),
    (peer_without_filters, "peers", "filters of BGPPeer bgppeer-global-bigip1", "the BGPPeer does not name BGPFilter"),
    (filter_missing, "peers", "BGPFilter podroute-vips-only", "the BGPFilter does not exist"),
    (filter_changed, "peers", "BGPFilter podroute-vips-only", "the rules of the BGPFilter were changed"),
    (second_peer, "peers", "BGPPeer manual", "two BGPPeers for 172.16.40.202"),
    (no_block, "bigip_routes", "blocks of k8s-node1", "no IPAM block: the pods got their addresses from another IPAM"),
    (no_blocks_at_all, "bigip_routes", "IPAM blocks", "no IPAM block: there are no pods"),
    (stale_block, "bigip_routes", "blocks of k8s-gone", "stale block: its affinity is k8s-gone"),
    (confd_stuck, "bird", "bird.cfg of k8s-node1", "confd has not rendered the current datastore"),
]


def test_all_is_well() -> None:
    proof = prove(observed())
    assert [finding for finding in proof if not finding.ok] == []
    assert {finding.group for finding in proof} == set(GROUPS)
    assert not any(finding.cause or finding.hint for finding in proof)


@pytest.mark.parametrize(
    ("fault", "group", "subject", "cause"),
    FAULTS,
    ids=[f"{fault.__name__}-{group}" for fault, group, _subject, _cause in FAULTS],
)
def test_the_cause_named_is_the_fault(fault: Callable[[Raw], None], group: str, subject: str, cause: str) -> None:
    raw = observed()
    fault(raw)
    found = [one for one in failed(raw) if (one.group, one.subject) == (group, subject)]
    assert len(found) == 1, [f"{one.group} {one.subject}" for one in failed(raw)]
    assert found[0].cause.startswith(cause)
    assert found[0].hint
    assert found[0].expected != found[0].observed


def test_every_failure_has_a_cause_and_a_next_step() -> None:
    for fault in {fault for fault, *_rest in FAULTS}:
        raw = observed()
        fault(raw)
        for finding in failed(raw):
            assert finding.cause and finding.hint, (fault.__name__, finding)


def test_reading_nothing_proves_nothing() -> None:
    proof = prove({})
    assert {finding.group for finding in proof} == set(GROUPS)
    assert not any(finding.ok for finding in proof)


def test_a_group_without_a_subject_fails() -> None:
    (finding,) = findings(fabric(), observed(), [], ["virtual_servers"])
    assert not finding.ok
    assert finding.observed == "no checks"


def test_no_vips_is_nothing_to_verify() -> None:
    (finding,) = findings(fabric(advertised_vips=[]), observed(), [], ["node_routes"])
    assert (finding.ok, finding.observed) == (False, "no checks")


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(ValueError, match="'11' is not a check group"):
        findings(fabric(), observed(), [], ["11"])


def test_pool_members_are_those_of_the_virtual_servers_address_family() -> None:
    raw = observed()
    (slice_,) = raw["controller"]["endpoints"]["resources"]
    slice_["addressType"] = "IPv4"
    six = {**slice_, "addressType": "IPv6", "endpoints": [{"addresses": ["fd00::1"], "conditions": {"ready": True}}]}
    raw["controller"]["endpoints"]["resources"].append(six)
    assert failed(raw) == []


def test_a_report_without_sessions_leaves_the_other_sources() -> None:
    """Without bird6 a CalicoNodeStatus has none: what the BIG-IP reports counts, and the reason is given."""
    raw = summarised(observed())
    for state in raw["status"]["nodes"].values():
        state |= {"sessions": [], "error": "its CalicoNodeStatus report has no sessions"}
        down = [{"peer_ip": one["peer_ip"], "state": "no session"} for one in state["mesh"]["down"]]
        state["mesh"] = {"expected": 1, "established": 0, "down": down}
    found = checks.findings(fabric(), raw, VIRTUAL_SERVERS, ["pools", "peers"])
    peers = [one for one in found if one.subject.startswith("k8s-") and one.group == "peers"]
    assert all(one.ok and one.observed == "Established, reported by bigip1" for one in peers) and len(peers) == 2
    mesh = [one for one in found if one.subject.startswith("mesh of")]
    assert [(one.ok, one.cause) for one in mesh] == [(False, "its CalicoNodeStatus report has no sessions")] * 2


def test_a_standby_unit_owes_no_vip_routes() -> None:
    raw = observed()
    no_kernel_route(raw)
    raw["bigips"]["bigip1"]["failover"]["state"] = "STANDBY"
    assert not [one for one in failed(raw) if one.subject.startswith("bigip1: VIP")]


def test_an_advertised_virtual_server_is_a_vip_of_the_fabric() -> None:
    servers = [{**VIRTUAL_SERVERS[0], "route_advertisement": "selective"}]
    proof = findings(fabric(), observed(), servers, ["bigip_routes", "node_routes"])
    assert sorted(one.subject for one in proof if not one.ok) == [
        "bigip1: VIP 172.16.40.80",
        "k8s-master: 172.16.40.80",
        "k8s-node1: 172.16.40.80",
    ]


def test_a_floating_self_ip_is_a_next_hop_too() -> None:
    raw = observed()
    raw["bigips"]["bigip1"]["self_ips"].append(
        {"name": "float", "address": "172.16.40.210", "route_domain": 0, "floating": True, "allow_service": []}
    )
    for node in raw["status"]["nodes"].values():
        for route in node["kernel_routes"]:
            if route["gateway"] == BIGIP:
                route["gateway"] = "172.16.40.210"
    assert failed(raw) == []


def test_without_a_shell_on_the_nodes_birds_word_counts() -> None:
    raw = observed()
    for node in raw["status"]["nodes"].values():
        node.update(kernel_routes=None, bird=None)
    assert failed(raw) == []
    raw["status"]["nodes"]["k8s-node1"]["routes"][1]["type"] = "RIB"
    assert [one.subject for one in failed(raw)] == ["k8s-node1: 172.16.40.81"]


def test_a_next_hop_that_is_no_bigip_is_no_proof() -> None:
    raw = observed()
    raw["status"]["nodes"]["k8s-node1"]["kernel_routes"][2]["gateway"] = "172.16.40.1"
    (finding,) = failed(raw)
    assert (finding.subject, finding.observed) == ("k8s-node1: 172.16.40.81", "via 172.16.40.1 proto bird")


def test_with_as3_the_virtual_servers_of_a_namespace_are_in_a_partition_of_their_own() -> None:
    raw = observed()
    assert [one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["virtual_servers"], "k8s", "as3")] == [False]
    for server in raw["bigips"]["bigip1"]["virtual_servers"]:
        server["partition"] = server["partition"].replace("k8s", "k8s_default")
    assert [one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["virtual_servers"], "k8s", "as3")] == [True]


def test_nothing_asks_a_server_that_chooses_by_host_name_without_one() -> None:
    raw = observed()
    raw["probes"]["probes"] = [one for one in raw["probes"]["probes"] if one["kind"] == "ping"]
    chosen = [{**server, "host": "www.example.org"} for server in VIRTUAL_SERVERS]
    assert not all(one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["reachability"]))
    assert all(one.ok for one in findings(fabric(), raw, chosen, ["reachability"]))


def test_a_plain_fabric_has_no_filter_to_miss() -> None:
    raw = observed()
    for item in bgp(raw)["redistribute"]:
        item.pop("route_map")
    assert not all(one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["bigip_config"]))
    assert all(one.ok for one in findings(fabric(bgp_manage_policy=False), raw, VIRTUAL_SERVERS, ["bigip_config"]))
