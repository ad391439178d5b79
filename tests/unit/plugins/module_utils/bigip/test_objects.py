# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route domains, self IPs, virtual addresses and partitions: what is planned for what is there."""

from __future__ import annotations

import json

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import (
    partition,
    route_domain,
    self_ip,
    virtual_address,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import Unfit
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.operations import predicted

from .conftest import FIXTURES


def sample(name):
    return json.loads((FIXTURES / f"rest-{name}.json").read_text())


def bodies(operations):
    return [(item.method, item.path, item.body) for item in operations]


# ---- route domain ----------------------------------------------------------------------------------

RD = "/mgmt/tm/net/route-domain/~Common~0"


@pytest.mark.parametrize(
    ("have", "named", "state", "want"),
    [
        (None, ["BGP"], "present", ["BGP"]),
        (["OSPFv2", "BFD"], ["BGP"], "present", ["BFD", "BGP", "OSPFv2"]),
        (["BGP"], ["BGP"], "present", None),
        (["BGP", "BFD"], ["BGP"], "absent", ["BFD"]),
        (["BGP"], ["BGP"], "absent", []),
        (["BFD"], ["BGP"], "absent", None),
        (["OSPFv2", "BGP"], ["BGP"], "exact", ["BGP"]),
        (["BGP", "BFD"], ["BFD", "BGP"], "exact", None),
    ],
)
def test_protocols_are_merged_never_replaced(have, named, state, want):
    item = sample("net_route_domain_1") | ({"routingProtocol": have} if have else {})
    planned = bodies(route_domain.plan(item, named, state))
    assert planned == ([("PATCH", RD, {"routingProtocol": want})] if want is not None else [])


def test_a_route_domain_is_found_by_its_number(unit):
    with unit.session() as bigip:
        bigip.post("/mgmt/tm/net/route-domain", {"name": "tenant-a", "id": 10})
        assert route_domain.read(bigip, 10)["name"] == "tenant-a"
        with pytest.raises(Unfit, match=r"no route domain 11 \(it has 0, 10\)"):
            route_domain.read(bigip, 11)
        planned = route_domain.plan(route_domain.read(bigip, 10), ["BGP"])
    assert planned[0].path.endswith("~Common~tenant-a")


# ---- self IP ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comes", "read"),
    [
        ("all", ["all"]),
        (["default"], ["default"]),
        (["default", "tcp:179"], ["default", "tcp:179"]),
        (None, []),
        ("none", []),
        ([], []),
        (["tcp:80", "udp:53", "gre:0"], ["gre:0", "tcp:80", "udp:53"]),
    ],
)
def test_port_lockdown_as_it_really_comes(comes, read):
    assert self_ip.services(comes) == read


@pytest.mark.parametrize(
    ("comes", "named", "state", "want"),
    [
        ("all", ["tcp:179"], "present", None),
        (["default"], ["tcp:179"], "present", ["default", "tcp:179"]),
        (None, ["tcp:179", "udp:3784"], "present", ["tcp:179", "udp:3784"]),
        (["tcp:179"], ["tcp:bgp"], "present", None),
        (["tcp:80"], ["all"], "present", "all"),
        (["tcp:80", "tcp:179"], ["tcp:80"], "absent", ["tcp:179"]),
        (["tcp:179"], ["tcp:179"], "absent", []),
        ("all", ["tcp:179"], "exact", ["tcp:179"]),
        (["tcp:179"], ["none"], "exact", []),
        (["tcp:179"], ["all"], "exact", "all"),
        (None, ["none"], "present", None),
    ],
)
def test_services_are_added_and_all_and_default_survive(comes, named, state, want):
    item = sample("tm_net_self")
    item.pop("allowService")
    item |= {"allowService": comes} if comes is not None else {}
    planned = bodies(self_ip.plan(item, named, state))
    path = "/mgmt/tm/net/self/~Common~net1"
    assert planned == ([("PATCH", path, {"allowService": want})] if want is not None else [])


@pytest.mark.parametrize("word", ["179", "tcp", "tcp:x", "tcp:70000", "tcp:1;reboot", ""])
def test_invalid_services(word):
    with pytest.raises(ValueError, match="not a valid service"):
        self_ip.service(word)


def test_a_self_ip_is_found_by_address_in_its_route_domain_or_by_name():
    items = [sample("tm_net_self"), {"name": "other", "partition": "k8s", "address": "10.10.10.10/24"}]
    assert self_ip.find(items, "10.10.10.10", None, route_domain=1)["name"] == "net1"
    assert self_ip.find(items, "10.10.10.10", None)["name"] == "other"
    assert self_ip.find(items, None, "other", "k8s")["address"] == "10.10.10.10/24"
    with pytest.raises(Unfit, match=r"no self IP 10.9.9.9 in route domain 0 \(it has net1 \(10.10.10.10%1/24\)"):
        self_ip.find(items, "10.9.9.9", None)
    with pytest.raises(Unfit, match="named 'other' in partition Common"):
        self_ip.find(items, None, "other")


def test_port_lockdown_against_the_device(unit):
    with unit.session() as bigip:
        item = self_ip.find(self_ip.read(bigip), "172.16.40.202", None)
        for operation in self_ip.plan(item, ["tcp:179"]):
            operation.send(bigip)
        item = self_ip.find(self_ip.read(bigip), "172.16.40.202", None)
        assert self_ip.facts(item)["allow_service"] == ["tcp:179"]
        assert self_ip.plan(item, ["tcp:179"]) == []


# ---- virtual addresses -----------------------------------------------------------------------------

ADDRESSES = [
    {
        "name": "10.0.0.80",
        "partition": "Common",
        "address": "10.0.0.80",
        "routeAdvertisement": "disabled",
        "icmpEcho": "enabled",
        "trafficGroup": "/Common/traffic-group-1",
        "kind": "tm:ltm:virtual-address:virtual-addressstate",
    },
    {"name": "10.0.0.81%10", "partition": "k8s", "address": "10.0.0.81%10", "routeAdvertisement": "selective"},
    {"name": "my_vip", "partition": "k8s", "address": "10.0.0.82", "routeAdvertisement": "disabled"},
]


def test_only_what_differs_is_written():
    wanted = [
        {"address": "10.0.0.80", "route_advertisement": "selective", "icmp_echo": "enabled"},
        {"address": "10.0.0.81%10", "partition": "k8s", "route_advertisement": "selective"},
        {"address": "10.0.0.82", "partition": "k8s", "route_advertisement": "always", "traffic_group": "none"},
    ]
    assert bodies(virtual_address.plan(ADDRESSES, wanted)) == [
        ("PATCH", "/mgmt/tm/ltm/virtual-address/~Common~10.0.0.80", {"routeAdvertisement": "selective"}),
        ("PATCH", "/mgmt/tm/ltm/virtual-address/~k8s~my_vip", {"routeAdvertisement": "always", "trafficGroup": "none"}),
    ]


def test_the_route_domain_of_an_address_is_the_default_or_its_own():
    wanted = [{"address": "10.0.0.81", "partition": "k8s", "route_advertisement": "any"}]
    planned = virtual_address.plan(ADDRESSES, wanted, route_domain=10)
    assert planned[0].path == "/mgmt/tm/ltm/virtual-address/~k8s~10.0.0.81%2510"


def test_all_addresses_that_are_missing_are_named_and_where_they_are():
    wanted = [{"address": "10.0.0.82", "route_advertisement": "any"}, {"address": "10.9.9.9"}]
    with pytest.raises(Unfit) as unfit:
        virtual_address.plan(ADDRESSES, wanted)
    assert unfit.value.problems == [
        "virtual_addresses[10.0.0.82]: partition Common has no such virtual address in route domain 0; it is in "
        "partition k8s",
        "virtual_addresses[10.9.9.9]: partition Common has no such virtual address in route domain 0",
    ]


@pytest.mark.parametrize("group", ["traffic-group-2", "/Common/traffic-group-2"])
def test_a_traffic_group_with_and_without_its_path(group):
    (planned,) = virtual_address.plan(ADDRESSES, [{"address": "10.0.0.80", "traffic_group": group}])
    assert planned.body == {"trafficGroup": "/Common/traffic-group-2"}


def test_what_a_write_would_leave():
    wanted = [{"address": "10.0.0.80", "route_advertisement": "selective"}]
    after = predicted(ADDRESSES, virtual_address.plan(ADDRESSES, wanted))
    assert [item.get("routeAdvertisement") for item in after] == ["selective", "selective", "disabled"]
    assert ADDRESSES[0]["routeAdvertisement"] == "disabled"


# ---- partitions ------------------------------------------------------------------------------------


def test_a_partition_is_made_changed_and_removed():
    there = [sample("tm_auth_partition")]
    path = "/mgmt/tm/auth/partition"
    assert bodies(partition.plan(there, "k8s")) == [("POST", path, {"name": "k8s", "defaultRouteDomain": 0})]
    assert bodies(partition.plan(there, "foo")) == []
    assert bodies(partition.plan(there, "foo", route_domain=10)) == [
        ("PATCH", f"{path}/foo", {"defaultRouteDomain": 10})
    ]
    assert bodies(partition.plan(there, "foo", description="x")) == [("PATCH", f"{path}/foo", {"description": "x"})]
    assert bodies(partition.plan(there, "foo", "absent")) == [("DELETE", f"{path}/foo", None)]
    assert bodies(partition.plan(there, "k8s", "absent")) == []


@pytest.mark.parametrize("name", ["", "1st", "a b", "a/b", "../x", "x" * 65])
def test_names_that_are_none(name):
    with pytest.raises(Unfit):
        partition.plan([], name)


def test_common_stays():
    with pytest.raises(Unfit, match="Common cannot be removed"):
        partition.plan([{"name": "Common"}], "Common", "absent")
