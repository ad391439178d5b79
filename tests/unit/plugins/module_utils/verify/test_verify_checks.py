# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every injected fault is found, and the cause in the finding is the injected one. The same table is in the docs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS, Finding
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Controller
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import faults
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    BIGIP,
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

Raw = dict[str, Any]
AS3 = Controller(mode="as3")


def findings(fabric_: Any, raw: Raw, *arguments: Any) -> list[Finding]:
    return checks.findings(fabric_, summarised(raw), *arguments)


def prove(raw: Raw, **fabric_changes: Any) -> list[Finding]:
    return findings(fabric(**fabric_changes), raw, VIRTUAL_SERVERS)


def failed(raw: Raw, **fabric_changes: Any) -> list[Finding]:
    return [finding for finding in prove(raw, **fabric_changes) if not finding.ok]


# What follows from a fault, and the faults that the catalogue does not have: fault, group, subject, a part of the cause
FAULTS: list[tuple[Callable[[Raw], None], str, str, str]] = [
    (
        faults.wrong_as_on_the_bigip,
        "sessions",
        "bigip1 - k8s-node1",
        "AS mismatch on the BIG-IP's side: it runs AS 64999",
    ),
    (
        faults.wrong_as_on_the_peer,
        "sessions",
        "bigip1 - k8s-node1",
        "AS mismatch on Calico's side: BGPPeer bgppeer-global-bigip1",
    ),
    (
        faults.bad_as_by_the_nodes_word,
        "peers",
        "k8s-node1 - bigip1",
        "AS mismatch: the node receives another AS than it expects",
    ),
    (
        faults.no_neighbor,
        "bigip_config",
        "bigip1",
        "no neighbor for k8s-node1",
    ),
    (
        faults.no_peer,
        "sessions",
        "bigip1 - k8s-node1",
        "no BGPPeer in Calico has the peerIP 172.16.40.202",
    ),
    (
        faults.lockdown_closed,
        "sessions",
        "bigip1 - k8s-node1",
        "port lockdown: self IP int_self of bigip1 does not allow tcp:179",
    ),
    (
        faults.bird_stopped,
        "sessions",
        "bigip1 - k8s-node1",
        "BIRD is not running on k8s-node1",
    ),
    (
        faults.daemon_not_running,
        "sessions",
        "bigip1 - k8s-node1",
        "peer down: the routing daemon of route domain 0 is not running",
    ),
    (
        faults.routing_off,
        "sessions",
        "bigip1 - k8s-node1",
        "BGP is not enabled in route domain 0",
    ),
    (
        faults.filter_on_the_bigip,
        "bigip_routes",
        "bigip1: pods of k8s-node1",
        "filter: nothing is accepted from k8s-node1",
    ),
    (
        faults.link_down,
        "bigip_routes",
        "bigip1: pods of k8s-node1",
        "no session with k8s-node1: no route",
    ),
    (
        faults.filter_on_the_nodes,
        "node_routes",
        "k8s-node1: 172.16.99.99",
        "filter: 172.16.99.99/32 is announced but not received",
    ),
    (
        faults.leak_to_the_nodes,
        "node_routes",
        "k8s-node1: routes from bigip1",
        "filter: neither the BIG-IP's route map podroute-vips",
    ),
    (
        faults.leak_to_the_bigip,
        "bigip_routes",
        "bigip1: routes from k8s-master",
        "filter: the inbound prefix list podroute-pods",
    ),
    (
        faults.vip_not_advertised,
        "node_routes",
        "k8s-node1: 172.16.99.99",
        "VIP not advertised: no BIG-IP has 172.16.99.99/32",
    ),
    (
        faults.no_kernel_route,
        "bigip_routes",
        "bigip1: VIP 172.16.99.99",
        "VIP not advertised although it should be",
    ),
    (
        faults.restart_wait,
        "pools",
        "pod routes of k8s-node1",
        "graceful restart: BIRD on k8s-node1 restarted",
    ),
    (
        faults.restart_wait,
        "bird",
        "BIRD on k8s-node1",
        "graceful restart: BIRD on k8s-node1 restarted",
    ),
    (
        faults.api_unreachable,
        "node_routes",
        "k8s-node1: 172.16.99.99",
        "the status of the nodes could not be read: list nodes: connection refused",
    ),
    (
        faults.vip_unanswered,
        "reachability",
        "node k8s-node1 - 172.16.99.99",
        "no route to the VIP or back",
    ),
    (
        faults.http_refused,
        "reachability",
        "pod busybox-k8s-master - http://172.16.40.80/",
        "the VIP has no route, no available virtual server",
    ),
    (
        faults.probes_did_not_run,
        "reachability",
        "pods - 172.16.99.99",
        "not probed by any pod",
    ),
    (
        faults.controller_crashes,
        "controller",
        "kube-system/k8s-bigip-ctlr-deployment",
        "CrashLoopBackOff: back-off 10s",
    ),
    (
        faults.filter_changed,
        "peers",
        "BGPFilter podroute-vips-only",
        "the rules of BGPFilter podroute-vips-only were changed",
    ),
    (
        faults.no_blocks_at_all,
        "bigip_routes",
        "IPAM blocks",
        "no IPAM block: there are no pods",
    ),
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


def test_routes_over_a_session_that_only_the_node_reports_are_missing_because_of_the_session() -> None:
    """A BIG-IP has lost the node; until the hold time ends, the node reports Established."""
    raw = observed()
    node = raw["status"]["nodes"]["k8s-node1"]
    sessions = copy.deepcopy(node["sessions"])
    faults.peer_unreachable(raw)
    node |= {"sessions": sessions, "kernel_routes": [], "routes": []}
    missing = [one for one in failed(raw) if one.subject == "k8s-node1: 172.16.99.99"]
    assert ["the BIG-IP cannot ping k8s-node1" in one.cause for one in missing] == [True]


def test_a_standby_unit_owes_no_vip_routes() -> None:
    raw = observed()
    faults.no_kernel_route(raw)
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


def test_a_next_hop_that_is_not_a_bigip_fails() -> None:
    raw = observed()
    raw["status"]["nodes"]["k8s-node1"]["kernel_routes"][2]["gateway"] = "172.16.40.1"
    (finding,) = failed(raw)
    assert (finding.subject, finding.observed) == ("k8s-node1: 172.16.40.81", "via 172.16.40.1 proto bird")


def test_with_as3_the_virtual_servers_of_a_namespace_are_in_a_partition_of_their_own() -> None:
    raw = observed()
    assert [one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["virtual_servers"], AS3)] == [False]
    for server in raw["bigips"]["bigip1"]["virtual_servers"]:
        server["partition"] = server["partition"].replace("k8s", "k8s_default")
    assert [one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["virtual_servers"], AS3)] == [True]


def test_nothing_asks_a_server_that_chooses_by_host_name_without_one() -> None:
    raw = observed()
    raw["probes"]["probes"] = [one for one in raw["probes"]["probes"] if one["kind"] == "ping"]
    chosen = [{**server, "host": "www.example.org"} for server in VIRTUAL_SERVERS]
    assert not all(one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["reachability"]))
    assert all(one.ok for one in findings(fabric(), raw, chosen, ["reachability"]))


def test_a_plain_fabric_has_no_filter_to_miss() -> None:
    raw = observed()
    for item in faults.bgp(raw)["redistribute"]:
        item.pop("route_map")
    assert not all(one.ok for one in findings(fabric(), raw, VIRTUAL_SERVERS, ["bigip_config"]))
    assert all(one.ok for one in findings(fabric(bgp_manage_policy=False), raw, VIRTUAL_SERVERS, ["bigip_config"]))
