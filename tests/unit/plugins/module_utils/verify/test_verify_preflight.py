# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import grouped
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import preflight as checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.network_model import (
    CALICO_ADDRESS,
    FLANNEL_BACKEND,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.preflight import notes
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import observed

Raw = dict[str, Any]


def problems(unit: Any, raw: Raw) -> list[str]:
    return grouped(checks.problems(unit, raw))


def before() -> Raw:
    """Both sides before the first run."""
    raw = observed()
    raw["bigips"]["bigip1"] |= {
        "config": {"enabled": False, "config": None, "saved": None},
        "preflight": {"version": "16.1.4", "licence": True, "problems": []},
    }
    raw["calico"]["resources"] |= {"BGPPeer": [], "BGPConfiguration": []}
    raw["calico"]["pool_owners"] = {"default-ipv4-ippool": ""}
    return raw


def bigip(**changes: Any) -> Callable[[Raw], None]:
    return lambda raw: raw["bigips"]["bigip1"].update(changes)


def preflight(**changes: Any) -> Callable[[Raw], None]:
    return lambda raw: raw["bigips"]["bigip1"]["preflight"].update(changes)


def self_ip(**changes: Any) -> Callable[[Raw], None]:
    return lambda raw: raw["bigips"]["bigip1"]["self_ips"][0].update(changes)


def pool(owner: str = "", **changes: Any) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        raw["calico"]["resources"]["IPPool"][0]["spec"].update(changes)
        raw["calico"]["pool_owners"] = {"default-ipv4-ippool": owner}

    return change


def static_route(network: str, domain: int = 0) -> Callable[[Raw], None]:
    route = {"name": "k8s-k8s-node1-172.16.40.198", "network": network, "route_domain": domain}
    return bigip(static_routes=[{**route, "gateway": "172.16.40.198"}])


def test_the_scenario_has_no_preflight_problem() -> None:
    assert problems(fabric(), before()) == []


def test_nor_after_it_was_made() -> None:
    assert problems(fabric(), observed()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (bigip(config=None, failed=True, msg="401: login refused"), "bigip1: cannot be read: 401: login refused"),
        (preflight(problems=["bash is off"]), "bigip1: bash is off"),
        (
            preflight(licence=False),
            "bigip1: its licence has no routing module; BGP needs one (tmsh show sys license)",
        ),
        (
            preflight(version="12.1.2"),
            "bigip1: it runs TMOS 12.1.2; route advertisement as used here needs 13.0 or later",
        ),
        (
            self_ip(address="172.16.40.203"),
            "bigip1: bgp_address 172.16.40.202 is not a self IP in route domain 0; its self IPs are: "
            "int_self 172.16.40.203",
        ),
        (
            self_ip(route_domain=7),
            "bigip1: bgp_address 172.16.40.202 is not a self IP in route domain 0; its self IPs are: none",
        ),
        (
            self_ip(floating=True),
            "bigip1: bgp_address 172.16.40.202 is a floating self IP; set bgp_address to a non-floating one, since "
            "sessions do not move on failover",
        ),
        (
            static_route("10.244.1.0/26"),
            "bigip1: static route k8s-k8s-node1-172.16.40.198 (10.244.1.0/26 via 172.16.40.198) is inside pool "
            "default-ipv4-ippool and takes precedence over BGP; remove --static-routing-mode from the controller that "
            "created it, or delete it",
        ),
        (
            bigip(config={"enabled": True, "saved": True, "config": {"as_number": "65001"}}),
            "bigip1: it runs BGP with AS 65001, as_number is 64512; changing the AS resets every session; set "
            "f5_routing_allow_as_change to allow it",
        ),
        (lambda raw: raw.update(calico={"msg": "no kubeconfig"}), "Calico: cannot be read: no kubeconfig"),
        (
            pool("operator", vxlanMode="Always"),
            "Calico: IPPool default-ipv4-ippool belongs to the Tigera operator, which reverts every change; change "
            "it in spec.calicoNetwork.ipPools of the Installation",
        ),
    ],
)
def test_preflight_problems(change: Callable[[Raw], None], problem: str) -> None:
    raw = before()
    change(raw)
    assert problems(fabric(), raw) == [problem]


def test_a_self_ip_of_another_name() -> None:
    (problem,) = problems(fabric({"self_ip_name": "/Common/other"}), before())
    assert problem == ("bigip1: self_ip_name is /Common/other, but 172.16.40.202 belongs to /Common/int_self")
    assert problems(fabric({"self_ip_name": "int_self"}), before()) == []


@pytest.mark.parametrize(("network", "domain"), [("10.244.0.0/16", 0), ("default-inet6", 0), ("10.244.1.0/26", 7)])
def test_a_static_route_that_loses_against_bgp_is_not_a_problem(network: str, domain: int) -> None:
    raw = before()
    static_route(network, domain)(raw)
    assert problems(fabric(), raw) == []


def test_problems_of_the_plan_are_grouped_by_host() -> None:
    planned = ["k8s-node1: as_number is wrong", "k8s-master (10.0.0.0/24) is elsewhere", "BGPFilter x: is foreign"]
    assert grouped(checks.problems(fabric(), before(), planned)) == [
        "k8s-node1: as_number is wrong",
        "k8s-master: (10.0.0.0/24) is elsewhere",
        "Calico: BGPFilter x: is foreign",
    ]


def test_a_problem_of_many_hosts_is_listed_once() -> None:
    raw = before()
    raw["calico"]["nodes"] = {f"n{number}": {"address": "10.0.0.1"} for number in range(1000)}
    planned = [f"n{number}: is not in the inventory" for number in range(1000)]
    assert grouped(checks.problems(fabric(), raw, planned)) == ["n0, n1, n2 and 997 more: is not in the inventory"]


def test_everything_together() -> None:
    assert len(problems(fabric(), {})) == 2


def test_an_operators_pool_that_is_right_already_is_not_a_problem() -> None:
    raw = before()
    pool("operator")(raw)
    assert problems(fabric(), raw) == []


def test_notes() -> None:
    assert notes(fabric(), {}) == ["bigip1 gets 2 BGP sessions"]


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ({"failover": "STANDBY"}, "bigip1 is standby: it runs BGP, but announces VIPs only once it is active"),
        ({"sync": "Changes Pending"}, "bigip1 is not in sync with its pair (Changes Pending): a config sync from"),
        ({"failover": "ACTIVE", "sync": "In Sync"}, None),
        ({"failover": "active", "sync": "Standalone"}, None),
    ],
)
def test_the_state_of_a_pair_is_reported_and_stops_nothing(state: dict[str, str], note: str | None) -> None:
    raw = before()
    preflight(**state)(raw)
    said = notes(fabric(), raw)[2:]
    assert len(said) == (1 if note else 0) and all(one.startswith(note or "") for one in said)
    assert problems(fabric(), raw) == []


def cluster(annotation: str, value: str) -> Callable[[Raw], None]:
    """Nodes with this annotation, as Calico's observation has it and as the Kubernetes API has it."""

    def change(raw: Raw) -> None:
        raw["nodes"] = {"resources": [{"metadata": {"annotations": {annotation: value}}}]}
        if annotation == FLANNEL_BACKEND:
            for node in raw["calico"]["nodes"].values():
                node["flannel_backend"] = value

    return change


@pytest.mark.parametrize(
    ("backend", "with_calico", "told"),
    [
        ("vxlan", False, "Calico: cannot be read: no CRD|cluster: it runs flannel VXLAN: the BIG-IP reaches pods by"),
        ("host-gw", False, "cluster: it runs flannel host-gw: the BIG-IP reaches pods by static routes, one per node"),
        ("vxlan", True, "cluster: it runs Canal (flannel VXLAN): the BIG-IP reaches pods by joining the overlay"),
    ],
)
def test_a_network_without_bgp_is_a_preflight_problem(backend: str, with_calico: bool, told: str) -> None:
    raw = before()
    cluster(FLANNEL_BACKEND, backend)(raw)
    if not with_calico:
        raw["calico"] = {"msg": "no CRD"}
    found = problems(fabric(), raw)
    assert all(any(one.startswith(part) for one in found) for part in told.split("|"))
    assert not any("the cluster runs" in one for one in notes(fabric(), raw))


@pytest.mark.parametrize(
    ("modes", "name"),
    [
        ({}, "Calico without encapsulation; BGP fits: nodes already route without encapsulation"),
        ({"vxlanMode": "Always"}, "Calico with VXLAN; BGP fits: encapsulation of the pools is switched off"),
        ({"ipipMode": "CrossSubnet"}, "Calico with IPIP; BGP fits"),
    ],
)
def test_the_network_model_is_reported(modes: dict[str, str], name: str) -> None:
    raw = before()
    cluster(CALICO_ADDRESS, "172.16.40.199/24")(raw)
    pool(**modes)(raw)
    assert notes(fabric(), raw)[0].startswith(f"the cluster runs {name}")
    assert problems(fabric(), raw) == []


def other_self_ip(address: str, length: int = 24) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        own = raw["bigips"]["bigip1"]["self_ips"]
        own.append({**own[0], "name": "other", "address": address, "prefix_length": length})

    return change


def node_subnet(length: int, address: str | None = None) -> Callable[[Raw], None]:
    def change(raw: Raw) -> None:
        for node in raw["calico"]["nodes"].values():
            node |= {"prefix_length": length, **({"address": address} if address else {})}

    return change


def blocks(count: int) -> Callable[[Raw], None]:
    return lambda raw: raw["calico"]["ipam"]["by_node"].update({"k8s-node1": ["10.244.0.0/26"] * count})


@pytest.mark.parametrize(
    ("change", "network", "problem"),
    [
        (self_ip(prefix_length=24), {}, None),
        (other_self_ip("192.0.2.1"), {}, None),
        (
            other_self_ip("10.244.7.1"),
            {},
            "bigip1: self IP other 10.244.7.1 is inside pod_pools default-ipv4-ippool 10.244.0.0/16; use another range",
        ),
        (
            other_self_ip("172.16.99.1"),
            {},
            "bigip1: self IP other 172.16.99.1 is inside vip_ranges 172.16.99.0/24; use another range",
        ),
        (
            other_self_ip("198.51.100.1"),
            {"announced_ranges": ["198.51.100.0/24"]},
            "bigip1: self IP other 198.51.100.1 is inside announced_ranges 198.51.100.0/24; use another range",
        ),
        (
            other_self_ip("10.243.255.1", 7),
            {},
            "bigip1: pod_pools default-ipv4-ippool 10.244.0.0/16 overlaps 10.0.0.0/7, the subnet of self IP other; use "
            "another range|bigip1: service_cidrs 10.96.0.0/12 overlaps 10.0.0.0/7, the subnet of self IP other; use "
            "another range",
        ),
        (
            self_ip(prefix_length=29),
            {},
            "bigip1: 172.16.40.200/29, the subnet of bgp_address, does not contain nodes such as k8s-master "
            "172.16.40.199: "
            "iBGP needs one subnet: correct the mask of the self IP, or use another AS for the BIG-IP and bgp_multihop",
        ),
        (
            self_ip(prefix_length=29),
            {"bigip": {"as_number": "64513"}},
            "bigip1: 172.16.40.200/29, the subnet of bgp_address, does not contain nodes such as k8s-master "
            "172.16.40.199: "
            "correct the mask of the self IP, or set bgp_multihop",
        ),
        (self_ip(prefix_length=29), {"bigip": {"as_number": "64513"}, "bgp_multihop": 2}, None),
        (self_ip(prefix_length=None), {}, None),
        (node_subnet(24), {}, None),
        (
            node_subnet(8, "10.0.0.9"),
            {},
            "Calico: pod_pools default-ipv4-ippool 10.244.0.0/16 overlaps 10.0.0.0/8, the subnet of k8s-master: nodes "
            "would treat its hosts as pods or Services; use another range|Calico: service_cidrs 10.96.0.0/12 "
            "overlaps 10.0.0.0/8, the subnet of k8s-master: nodes would treat its hosts as pods or Services; use "
            "another range",
        ),
        (blocks(1000), {}, None),
        (
            blocks(1001),
            {},
            "Calico: k8s-node1 has 1001 blocks, and bgp_maximum_prefix is 1000: the BIG-IP closes the session at the "
            "limit; set it to at least 2002",
        ),
        (
            blocks(1000),
            {"topology": {"kind": "reflectors", "reflectors": ["k8s-node1", "k8s-master"]}, "bgp_maximum_prefix": 1000},
            "Calico: a reflector, which announces those of all nodes, has 1001 blocks, and bgp_maximum_prefix is 1000: "
            "the BIG-IP closes the session at the limit; set it to at least 2002",
        ),
    ],
)
def test_ranges_fit_the_addresses_that_are_there(
    change: Callable[[Raw], None], network: dict[str, Any], problem: str | None
) -> None:
    raw = before()
    change(raw)
    assert problems(fabric(**network), raw) == (problem.split("|") if problem else [])


def test_a_routed_underlay_that_the_user_confirms_is_not_a_problem() -> None:
    raw = before()
    self_ip(prefix_length=29)(raw)
    assert problems(fabric(), raw | {"routed_underlay": True}) == []
