# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import (
    calico_pools,
    calico_resources,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import (
    BIGIPS,
    NODES,
    fabric,
    inventory,
)


def test_bgp_of_the_scenario() -> None:
    assert bgp_config(fabric(), "bigip1") == {
        "config": {
            "as_number": "64512",
            "router_id": "172.16.40.202",
            "graceful_restart": {"restart_time": 120},
            "peer_groups": [
                {
                    "name": "calico-k8s",
                    "prefix_list": {"in": "podroute-pods"},
                    "maximum_prefix": {"limit": 1000},
                    "capability_graceful_restart": True,
                }
            ],
            "neighbors": [
                {
                    "address": "172.16.40.199",
                    "peer_group": "calico-k8s",
                    "remote_as": "64512",
                    "description": "podroute: k8s-master",
                },
                {
                    "address": "172.16.40.198",
                    "peer_group": "calico-k8s",
                    "remote_as": "64512",
                    "description": "podroute: k8s-node1",
                },
            ],
            "redistribute": [{"protocol": "kernel", "route_map": "podroute-vips"}],
        },
        "prefix_lists": [
            {
                "name": "podroute-pods",
                "entries": [{"seq": 5, "action": "permit", "prefix": "10.244.0.0/16", "le": 26}],
            },
            {
                "name": "podroute-vips",
                "entries": [
                    {"seq": 5, "action": "permit", "prefix": "172.16.40.80/31", "le": 32},
                    {"seq": 10, "action": "permit", "prefix": "172.16.99.0/24", "le": 32},
                ],
            },
        ],
        "route_maps": [
            {
                "name": "podroute-vips",
                "entries": [{"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": "podroute-vips"}}],
            }
        ],
    }


def test_timers_and_password() -> None:
    built = fabric(bgp_timers={"keepalive": 3, "holdtime": 9})
    config = bgp_config(built, "bigip1", "s3cret")["config"]
    assert config["timers"] == {"keepalive": 3, "holdtime": 9}
    assert {neighbor["password"] for neighbor in config["neighbors"]} == {"s3cret"}


def test_no_le_where_the_prefix_is_that_long_already() -> None:
    lists = bgp_config(
        fabric(
            vip_ranges=["172.16.99.99/32"],
            advertised_vips=[],
            pod_pools=[{"name": "a", "cidr": "10.0.0.0/26"}, {"name": "b", "cidr": "10.0.1.0/26"}],
        ),
        "bigip1",
    )["prefix_lists"]
    assert [entry for one in lists for entry in one["entries"]] == [
        {"seq": 5, "action": "permit", "prefix": "10.0.0.0/26"},
        {"seq": 10, "action": "permit", "prefix": "10.0.1.0/26"},
        {"seq": 5, "action": "permit", "prefix": "172.16.99.99/32"},
    ]


def test_external_neighbors_get_vips_only() -> None:
    config = bgp_config(fabric({"as_number": "65001"}), "bigip1")["config"]
    assert config["peer_groups"] == [
        {
            "name": "calico-k8s",
            "prefix_list": {"in": "podroute-pods", "out": "podroute-vips"},
            "maximum_prefix": {"limit": 1000},
            "capability_graceful_restart": True,
        }
    ]


def test_graceful_restart_can_be_turned_off() -> None:
    config = bgp_config(fabric(bgp_graceful_restart=False), "bigip1")["config"]
    # Said, not left out: where it was on before, it is to go.
    assert config["peer_groups"][0]["capability_graceful_restart"] is False


def test_internal_and_external_neighbors_never_share_a_group() -> None:
    hosts = inventory()
    hosts["k8s-node1"]["as_number"] = "65000.10"
    config = bgp_config(build(hosts, NODES, BIGIPS), "bigip1")["config"]
    assert [group["name"] for group in config["peer_groups"]] == ["calico-k8s", "calico-k8s-ebgp"]
    assert [(one["peer_group"], one["remote_as"]) for one in config["neighbors"]] == [
        ("calico-k8s", "64512"),
        ("calico-k8s-ebgp", "4259840010"),
    ]
    assert config["extended_asn_cap"] is True


def test_a_plain_fabric_is_what_people_type() -> None:
    assert bgp_config(fabric(bgp_manage_policy=False), "bigip1", "secret") == {
        "config": {
            "as_number": "64512",
            "neighbors": [
                {"address": address, "remote_as": "64512", "password": "secret"}
                for address in ("172.16.40.199", "172.16.40.198")
            ],
            "redistribute": [{"protocol": "kernel"}],
        },
        "prefix_lists": [],
        "route_maps": [],
    }
    (peer,) = calico_resources(fabric(bgp_manage_policy=False))
    assert peer["spec"] == {"peerIP": "172.16.40.202", "asNumber": 64512}


def test_a_plain_fabric_says_what_the_inventory_asks_for() -> None:
    timers = {"keepalive": 1, "holdtime": 3}
    plain = fabric({"router_id": "10.0.0.1"}, bgp_manage_policy=False, node_mesh=False, bgp_timers=timers)
    config = bgp_config(plain, "bigip1")["config"]
    assert (config["router_id"], config["timers"]) == ("10.0.0.1", timers)
    assert [item["kind"] for item in calico_resources(plain)] == ["BGPConfiguration", "BGPPeer"]


def test_an_unknown_bigip() -> None:
    with pytest.raises(KeyError, match="bigip9 is not one of the fabric's BIG-IPs"):
        bgp_config(fabric(), "bigip9")


def test_resources_of_the_scenario() -> None:
    assert calico_resources(fabric()) == [
        {
            "apiVersion": "projectcalico.org/v3",
            "kind": "BGPFilter",
            "metadata": {"name": "podroute-vips-only"},
            "spec": {
                "importV4": [
                    {"action": "Accept", "matchOperator": "In", "cidr": "172.16.40.80/31"},
                    {"action": "Accept", "matchOperator": "In", "cidr": "172.16.99.0/24"},
                    {"action": "Reject"},
                ]
            },
        },
        {
            "apiVersion": "projectcalico.org/v3",
            "kind": "BGPConfiguration",
            "metadata": {"name": "default"},
            "spec": {"nodeToNodeMeshEnabled": True, "asNumber": 64512},
        },
        {
            "apiVersion": "projectcalico.org/v3",
            "kind": "BGPPeer",
            "metadata": {"name": "bgppeer-global-bigip1"},
            "spec": {"peerIP": "172.16.40.202", "asNumber": 64512, "filters": ["podroute-vips-only"]},
        },
    ]


def test_pools_of_the_scenario() -> None:
    assert calico_pools(fabric()) == [
        {
            "apiVersion": "projectcalico.org/v3",
            "kind": "IPPool",
            "metadata": {"name": "default-ipv4-ippool"},
            "spec": {
                "cidr": "10.244.0.0/16",
                "blockSize": 26,
                "ipipMode": "Never",
                "vxlanMode": "Never",
                "natOutgoing": True,
            },
        }
    ]


def test_over_ebgp_nodes_announce_their_own_routes_only() -> None:
    resources = {
        (one["kind"], one["metadata"]["name"]): one["spec"] for one in calico_resources(fabric({"as_number": "65001"}))
    }
    assert resources["BGPFilter", "podroute-own-routes-only"] == {
        "exportV4": [{"action": "Reject", "source": "RemotePeers"}]
    }
    assert resources["BGPPeer", "bgppeer-global-bigip1"]["filters"] == [
        "podroute-vips-only",
        "podroute-own-routes-only",
    ]


def test_filters_come_before_the_peers_that_name_them() -> None:
    kinds = [resource["kind"] for resource in calico_resources(fabric({"as_number": "65001"}))]
    assert kinds == ["BGPFilter", "BGPFilter", "BGPConfiguration", "BGPPeer"]


def test_a_node_with_an_as_of_its_own() -> None:
    hosts = inventory()
    hosts["k8s-node2"] = {"node_ip": "172.16.40.197", "as_number": "65001"}
    resources = calico_resources(build(hosts, [*NODES, "k8s-node2"], BIGIPS))
    assert [(one["metadata"]["name"], one["spec"]) for one in resources if one["kind"] == "Node"] == [
        ("k8s-node2", {"bgp": {"asNumber": 65001}})
    ]


def test_password_and_restart_time_on_the_peer() -> None:
    peer = calico_resources(fabric(bgp_password="s3cret", bgp_restart_time=60))[-1]
    assert peer["spec"]["password"] == {"secretKeyRef": {"name": "podroute-bgp", "key": "password"}}
    assert peer["spec"]["maxRestartTime"] == "60s"


def test_the_name_of_a_fabric_is_in_all_its_names() -> None:
    blue = fabric({"as_number": "65001"}, fabric_name="blue", bgp_password="s3cret")
    config, resources = bgp_config(blue, "bigip1"), calico_resources(blue)
    assert [one["name"] for one in (*config["prefix_lists"], *config["route_maps"])] == [
        "blue-pods", "blue-vips", "blue-vips",
    ]  # fmt: skip
    (group,) = config["config"]["peer_groups"]
    assert (group["name"], group["prefix_list"]) == ("calico-k8s-blue", {"in": "blue-pods", "out": "blue-vips"})
    assert config["config"]["neighbors"][0]["description"] == "blue: k8s-master"
    assert config["config"]["redistribute"] == [{"protocol": "kernel", "route_map": "blue-vips"}]
    names = {one["metadata"]["name"] for one in resources if one["kind"] == "BGPFilter"}
    (peer,) = [one["spec"] for one in resources if one["kind"] == "BGPPeer"]
    assert names == set(peer["filters"]) == {"blue-vips-only", "blue-own-routes-only"}
    assert peer["password"]["secretKeyRef"]["name"] == "blue-bgp"
    assert "podroute" not in str((config, [one["metadata"]["name"] for one in resources]))


def test_announced_ranges_pass_both_sides() -> None:
    snat = fabric(announced_ranges=["100.128.0.0/24"])
    (vips,) = [one for one in bgp_config(snat, "bigip1")["prefix_lists"] if one["name"] == "podroute-vips"]
    assert vips["entries"][-1] == {"seq": 15, "action": "permit", "prefix": "100.128.0.0/24", "le": 32}
    rules = calico_resources(snat)[0]["spec"]["importV4"]
    assert rules[-2:] == [
        {"action": "Accept", "matchOperator": "In", "cidr": "100.128.0.0/24"},
        {"action": "Reject"},
    ]


@pytest.mark.parametrize("managed", [True, False])
def test_multihop_is_for_external_neighbors(managed: bool) -> None:
    hosts = inventory(bgp_multihop=4, bgp_manage_policy=managed)
    hosts["k8s-node1"]["as_number"] = "65001"
    config = bgp_config(build(hosts, NODES, BIGIPS), "bigip1")["config"]
    peers = config["peer_groups"] if managed else config["neighbors"]
    assert [peer.get("ebgp_multihop") for peer in peers] == [None, 4]


@pytest.mark.parametrize(
    ("unit", "multihop", "routed"), [("65001", 4, True), ("65001", None, False), ("64512", 4, False)]
)
def test_other_subnets_need_multihop_and_ebgp(unit: str, multihop: int | None, routed: bool) -> None:
    assert fabric({"as_number": unit}, bgp_multihop=multihop).routed is routed


PAIR = ["bigip1", "bigip2"]
FLOATING = {"name": "traffic-group-1", "floating_address": "172.16.40.201"}
SECOND = {"name": "traffic-group-2", "floating_address": "172.16.40.204"}


def pair(mode: str | None = "active_standby", **shared: Any) -> Fabric:
    hosts = inventory(bigip_mode=mode, **shared)
    hosts["bigip2"] = {
        **hosts["bigip1"],
        "ansible_host": "172.16.20.203",
        "bgp_address": "172.16.40.203",
    }
    return build(hosts, NODES, PAIR)


def test_a_pair_announces_with_the_floating_self_ip_as_next_hop() -> None:
    both = pair(traffic_groups=[FLOATING])
    for name, address in (("bigip1", "172.16.40.202"), ("bigip2", "172.16.40.203")):
        wanted = bgp_config(both, name)
        assert wanted["config"]["router_id"] == address
        assert [group["route_map"] for group in wanted["config"]["peer_groups"]] == [{"out": "podroute-announced"}]
        assert wanted["route_maps"][1] == {
            "name": "podroute-announced",
            "entries": [
                {
                    "seq": 10,
                    "action": "permit",
                    "match": {"ip_address_prefix_list": "podroute-vips"},
                    "set": {"ip_next_hop": "172.16.40.201"},
                }
            ],
        }


def test_external_neighbors_of_a_pair_get_the_same_next_hop() -> None:
    hosts = inventory(bigip_mode="active_standby", traffic_groups=[FLOATING])
    hosts["bigip2"] = {**hosts["bigip1"], "ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203"}
    hosts["k8s-node1"]["as_number"] = "65001"
    groups = bgp_config(build(hosts, NODES, PAIR), "bigip1")["config"]["peer_groups"]
    assert [group["route_map"]["out"] for group in groups] == ["podroute-announced"] * 2


def test_two_active_units_announce_each_range_by_its_traffic_group() -> None:
    second = {"name": "/Common/tg2", "floating_address": "172.16.40.204", "ranges": ["172.16.99.0/24"]}
    wanted = bgp_config(pair("active_active", traffic_groups=[FLOATING, second]), "bigip1")
    assert wanted["prefix_lists"][-1] == {
        "name": "podroute-vips_tg2",
        "entries": [{"seq": 5, "action": "permit", "prefix": "172.16.99.0/24", "le": 32}],
    }
    assert [
        (e["match"]["ip_address_prefix_list"], e["set"]["ip_next_hop"]) for e in wanted["route_maps"][1]["entries"]
    ] == [
        ("podroute-vips_tg2", "172.16.40.204"),
        ("podroute-vips", "172.16.40.201"),
    ]


def test_what_no_traffic_group_announces_keeps_the_address_of_the_unit() -> None:
    groups = [
        {**FLOATING, "ranges": ["172.16.40.80/31"]},
        {"name": "tg2", "floating_address": "172.16.40.204", "ranges": ["100.64.0.0/24"]},
    ]
    wanted = bgp_config(pair("active_active", announced_ranges=["100.64.0.0/24"], traffic_groups=groups), "bigip1")
    last = wanted["route_maps"][1]["entries"][-1]
    assert last["match"] == {"ip_address_prefix_list": "podroute-vips"} and "set" not in last


@pytest.mark.parametrize("mode", [None, "independent"])
def test_without_traffic_groups_each_unit_is_the_next_hop(mode: str | None) -> None:
    wanted = bgp_config(pair(mode), "bigip2")
    assert len(wanted["route_maps"]) == 1 and "route_map" not in wanted["config"]["peer_groups"][0]


@pytest.mark.parametrize(
    ("mode", "shared", "problem"),
    [
        ("hot_standby", {}, "expected one of active_standby, active_active, independent"),
        (None, {"traffic_groups": [FLOATING]}, "expected active_standby or active_active, because traffic_groups is"),
        ("independent", {"traffic_groups": [FLOATING]}, "expected active_standby or active_active"),
        ("active_active", {"traffic_groups": [FLOATING]}, "expected at least two"),
        ("active_standby", {"traffic_groups": [FLOATING, SECOND]}, "expected one traffic group"),
        ("active_standby", {"traffic_groups": [{**FLOATING, "ranges": ["10.1.0.0/24"]}]}, "inside vip_ranges"),
        ("active_standby", {"traffic_groups": [{"name": "x", "floating_address": "172.16.40.203"}]}, "already uses"),
        ("active_standby", {"traffic_groups": [FLOATING], "bgp_manage_policy": False}, "next hop of traffic_groups"),
        ("active_standby", {"topology": {"kind": "racks"}}, "independent, because topology.kind is racks"),
    ],
)  # fmt: skip
def test_modes_and_traffic_groups_that_cannot_be(mode: str | None, shared: dict[str, Any], problem: str) -> None:
    with pytest.raises(InventoryError) as refused:
        pair(mode, **shared)
    assert problem in str(refused.value)


def test_units_of_one_device_group_have_one_as_number_and_route_domain() -> None:
    hosts = inventory(bigip_mode="active_standby")
    other = {"ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203", "route_domain": 5, "as_number": "65001"}
    hosts["bigip2"] = {**hosts["bigip1"], **other}
    with pytest.raises(InventoryError) as refused:
        build(hosts, NODES, PAIR)
    assert "as_number is 65001; expected 64512 as on bigip1" in str(refused.value)
    assert "route_domain is 5; expected 0 as on bigip1" in str(refused.value)
    with pytest.raises(InventoryError, match="because there is one BIG-IP"):
        fabric(bigip_mode="active_standby")


def test_the_traffic_group_of_an_address() -> None:
    second = {"name": "tg2", "floating_address": "172.16.40.204", "ranges": ["172.16.99.0/24"]}
    both = pair("active_active", traffic_groups=[FLOATING, second])
    assert [both.traffic_group_of(vip).name for vip in ("172.16.99.99", "172.16.40.81")] == ["tg2", "traffic-group-1"]
    assert Fabric.from_dict(both.as_dict()) == both
    assert fabric().traffic_group_of("172.16.99.99") is None
