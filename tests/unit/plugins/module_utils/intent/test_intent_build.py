# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import (
    BIGIPS,
    NODES,
    fabric,
    inventory,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def problems_of(
    hosts: dict[str, dict[str, Any]], nodes: list[str] | None = None, bigips: list[str] | None = None
) -> list[str]:
    with pytest.raises(InventoryError) as raised:
        build(hosts, NODES if nodes is None else nodes, BIGIPS if bigips is None else bigips)
    return [str(problem) for problem in raised.value.problems]


def test_the_scenario() -> None:
    assert fabric().as_dict() == {
        "nodes": [
            {"name": "k8s-master", "node_ip": "172.16.40.199", "as_number": 64512, "rack": None},
            {"name": "k8s-node1", "node_ip": "172.16.40.198", "as_number": 64512, "rack": None},
        ],
        "bigips": [
            {
                "name": "bigip1",
                "ansible_host": "172.16.20.202",
                "bgp_address": "172.16.40.202",
                "as_number": 64512,
                "route_domain": 0,
                "router_id": "172.16.40.202",
                "self_ip_name": None,
                "peer_name": "bgppeer-global-bigip1",
                "rack": None,
            }
        ],
        "pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16", "block_size": 26, "nat_outgoing": True}],
        "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
        "vips": [
            {"address": "172.16.40.81", "partition": "Common", "route_advertisement": "selective"},
            {"address": "172.16.99.99", "partition": "Common", "route_advertisement": "selective"},
        ],
        "mesh": True,
        "topology": {"kind": "global", "reflectors": [], "cluster_id": "244.0.0.1"},
        "timers": None,
        "graceful_restart": True,
        "restart_time": 120,
        "peer_group": "calico-k8s",
        "maximum_prefix": 1000,
        "manage_policy": True,
        "service_cidrs": ["10.96.0.0/12"],
        "cluster_as": 64512,
        "password_secret": None,
        "name": "podroute",
        "announced_ranges": [],
        "multihop": None,
        "mode": None,
        "traffic_groups": [],
    }


def test_a_fabric_survives_its_dict() -> None:
    whole = fabric(bgp_timers={"keepalive": 10, "holdtime": 30}, bgp_password="s3cret")
    assert Fabric.from_dict(whole.as_dict()) == whole
    assert "s3cret" not in str(whole.as_dict())


def test_values_of_ini_files_and_the_command_line() -> None:
    built = fabric({"route_domain": "2"}, node_mesh="no", bgp_restart_time="240", bgp_maximum_prefix="50")
    assert (built.bigips[0].route_domain, built.mesh, built.restart_time, built.maximum_prefix) == (2, False, 240, 50)


def test_every_problem_at_once() -> None:
    hosts = inventory(vip_ranges=["10.96.0.1/24", "172.16.99.0/24"], bgp_password="two words")
    hosts["k8s-master"]["as_number"] = 65000.1
    hosts["k8s-node1"]["node_ip"] = "172.16.40.202"
    hosts["bigip1"]["bgp_restart_tme"] = 60
    assert problems_of(hosts) == [
        "bigip1: bgp_restart_tme is an unknown variable; expected bgp_restart_time, if that was intended",
        "k8s-master: as_number is 65000.1; expected an AS number: use 1-4294967295 or asdot notation in quotes "
        '("65000.1") (without quotes, YAML reads 65000.100 as 65000.1)',
        "all: bgp_password is of other characters; expected printable ASCII without blanks, '\"', '?' and '|': the "
        "characters that both imish and bird.cfg accept",
        'all: vip_ranges[0] is "10.96.0.1/24"; expected 10.96.0.0/24: the address has bits set after the prefix',
        'bigip1: bgp_address is "172.16.40.202"; expected an address of its own; k8s-node1 already uses this one',
    ]


def test_the_message_lists_them() -> None:
    with pytest.raises(InventoryError) as raised:
        build(inventory(vip_ranges=None, pod_pools=[]), NODES, BIGIPS)
    assert str(raised.value) == (
        "the inventory has 2 problems; nothing was changed:\n"
        "  - all: pod_pools is []; expected a list of entries with name, cidr, block_size, nat_outgoing\n"
        "  - all: vip_ranges is not set; expected a list of IPv4 networks"
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"vip_ranges": ["172.16.99.0"]}, "a network with its prefix length: 172.16.99.0/32 for one address"),
        ({"vip_ranges": ["0.0.0.0/0"]}, "a range of your own, not all of IPv4"),
        ({"vip_ranges": "172.16.99.0/24"}, 'vip_ranges is "172.16.99.0/24"; expected a list of IPv4 networks'),
        (
            {"vip_ranges": ["172.16.40.80/31", "172.16.99.0/24", "172.16.40.192/28"]},
            "a range without the addresses of hosts (k8s-master node_ip 172.16.40.199, k8s-node1",
        ),
        ({"service_cidrs": ["172.16.99.0/26"]}, "expected a range that does not overlap 172.16.99.0/24 of vip_ranges"),
        ({"service_cidrs": ["10.244.128.0/17"]}, "expected a range that does not overlap 10.244.0.0/16 of pod_pools"),
        ({"pod_pools": [{"name": "a", "cidr": "10.244.0.0/30"}]}, None),
        ({"pod_pools": [{"name": "a", "cidr": "10.244.0.0/28"}]}, "block_size is 26; expected at least 28"),
        ({"pod_pools": [{"name": "a", "cidr": "172.16.40.0/24"}]}, "a range without the addresses of hosts"),
        ({"pod_pools": [{"name": "a", "cidr": "169.254.0.0/16"}]}, "pods have their gateway there"),
        ({"pod_pools": [{"name": "a", "cidr": "10.1.0.0/16"}] * 2}, "a unique name for each pool"),
        ({"pod_pools": [{"name": "A_b", "cidr": "10.1.0.0/16"}]}, "a Kubernetes name"),
        ({"pod_pools": [{"name": "a", "cidr": "fd00::/48"}]}, "an IPv4 network such as 10.244.0.0/16"),
        ({"pod_pools": [{"name": "a", "cidr": "10.1.0.0/16", "ipip": True}]}, "pod_pools[0].ipip is True"),
        ({"pod_pools": ["10.1.0.0/16"]}, 'pod_pools[0] is "10.1.0.0/16"; expected an entry with name'),
        ({"advertised_vips": [{"address": "192.0.2.1"}]}, "expected an address inside vip_ranges"),
        ({"advertised_vips": [{"address": "172.16.99.9"}] * 2}, "each virtual address once"),
        ({"advertised_vips": [{"address": "172.16.99.9/32"}]}, "an IPv4 address without a prefix length"),
        ({"advertised_vips": [{"address": "172.16.99.9", "route_advertisement": "disabled"}]}, "one of selective"),
        ({"bgp_timers": {"keepalive": 30, "holdtime": 2}}, "holdtime is 2; expected 0 or at least 3 seconds"),
        ({"bgp_timers": {"keepalive": 30, "holdtime": 60}}, "at most 20 seconds, a third of the hold time"),
        ({"bgp_timers": {"keepalive": 30, "holdtime": 0}}, "0 exactly when holdtime is 0"),
        ({"bgp_timers": {"keepalive": 30}}, "bgp_timers.holdtime is not set"),
        ({"bgp_timers": "30 90"}, 'bgp_timers is "30 90"; expected an entry with keepalive, holdtime'),
        ({"bgp_restart_time": 0}, "a whole number from 1 to 3600 seconds"),
        ({"bgp_maximum_prefix": "many"}, "a whole number from 1 to 4294967295"),
        ({"bgp_peer_group": "10.0.0.1"}, "a name that begins with a letter"),
        ({"bgp_peer_group": "a b"}, "a name that begins with a letter"),
        ({"node_mesh": "perhaps"}, 'node_mesh is "perhaps"; expected true or false'),
        ({"bgp_password": "x" * 81}, "bgp_password is 81 characters long; expected at most 80 characters"),
        ({"bgp_password": 12345}, "bgp_password is a int; expected a quoted string"),
        ({"bigip": {"bgp_address": "172.16.40.199"}}, "an address of its own; k8s-master already uses this one"),
        ({"bigip": {"bgp_address": "224.0.0.1"}}, "not one of 224.0.0.0/4: multicast addresses"),
        (
            {"bigip": {"bgp_address": "172.16.99.5"}},
            "a range without the addresses of hosts (bigip1 bgp_address 172.16.99.5)",
        ),
        ({"bigip": {"router_id": "172.16.40.199"}}, "a router ID of its own; k8s-master already uses this one"),
        ({"bigip": {"route_domain": 70000}}, "a whole number from 0 to 65534"),
        ({"bigip": {"bgp_peer_name": "Peer 1"}}, "a Kubernetes name"),
        ({"bigip": {"ansible_host": "a;b"}}, "the address or DNS name of the BIG-IP's management interface"),
        ({"bigip": {"asn": "64512"}}, None),
    ],
)
def test_refusals(changes: dict[str, Any], problem: str | None) -> None:
    hosts = inventory(**changes)
    if problem is None:
        if "pod_pools" in changes:
            problem = "block_size is 26; expected at least 30, the prefix length of 10.244.0.0/30"
        else:
            build(hosts, NODES, BIGIPS)
            return
    assert any(problem in found for found in problems_of(hosts))


def test_a_synonym_is_named_when_the_right_one_is_missing() -> None:
    hosts = inventory()
    hosts["k8s-master"]["asn"] = hosts["k8s-master"].pop("as_number")
    assert problems_of(hosts)[0] == ("k8s-master: asn is an unknown variable; expected as_number, if that was intended")


def test_variables_of_others_are_left_alone() -> None:
    hosts = inventory({"ansible_user": "x", "ntp_servers": [], "node_exporter_port": 9100, "bgp_addresses": "theirs"})
    build(hosts, NODES, BIGIPS)


def test_empty_groups() -> None:
    assert problems_of({}, [], [])[:2] == [
        "all: group k8s_nodes is empty; expected at least one Kubernetes node",
        "all: group bigips is empty; expected at least one BIG-IP",
    ]


def pair() -> tuple[dict[str, dict[str, Any]], list[str]]:
    hosts = inventory()
    hosts["bigip2"] = {**hosts["bigip1"], "ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203"}
    return hosts, ["bigip1", "bigip2"]


def test_a_pair() -> None:
    hosts, bigips = pair()
    built = build(hosts, NODES, bigips)
    assert [unit.peer_name for unit in built.bigips] == ["bgppeer-global-bigip1", "bgppeer-global-bigip2"]
    assert [unit.router_id for unit in built.bigips] == ["172.16.40.202", "172.16.40.203"]


def test_units_that_disagree() -> None:
    hosts, bigips = pair()
    hosts["bigip2"] |= {"vip_ranges": ["172.16.98.0/24"], "bgp_password": "canary", "ansible_host": "172.16.20.202"}
    found = problems_of(hosts, NODES, bigips)
    assert found == [
        "bigip2: vip_ranges is ['172.16.98.0/24']; expected ['172.16.40.80/31', '172.16.99.0/24'] as on bigip1: "
        "it is a fabric-wide variable",
        "bigip2: bgp_password is another value; expected the same value as on bigip1: it is a fabric-wide variable",
        'bigip2: ansible_host is "172.16.20.202"; expected an address of its own; bigip1 already uses this one',
    ]
    assert "canary" not in "".join(found)


def test_the_clusters_as_is_the_commonest() -> None:
    hosts = inventory()
    hosts["k8s-node2"] = {"node_ip": "172.16.40.197", "as_number": "65001"}
    hosts["k8s-node3"] = {"node_ip": "172.16.40.196", "as_number": "65001"}
    hosts["k8s-node1"]["as_number"] = "65001"
    assert build(hosts, [*NODES, "k8s-node2", "k8s-node3"], BIGIPS).cluster_as == 65001


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(inventory()["bigip1"]) + ["bgp_timers", "bgp_password", "router_id"]), ANYTHING)
def test_no_value_ends_in_a_traceback(name: str, value: Any) -> None:
    try:
        build(inventory({name: value}), NODES, BIGIPS)
    except InventoryError as error:
        assert error.problems
