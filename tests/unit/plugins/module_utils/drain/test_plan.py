# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be drained, and that a drain on a BIG-IP is recorded, survives a run of the roles, and can be reversed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import info, routing
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp, Endpoint
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import drained
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import DRAINED, DRAINING
from ansible_collections.podroute.calico_f5.plugins.module_utils.drain import plan as drain
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import policy
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module, routing_plan

sys.path.insert(0, str(Path(__file__).parents[5] / "lab"))

from bigip.testing import simulator  # noqa: E402

NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}
POOLS = [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16"}]
MARK = "podroute: "


def fabric(bigips=("bigip1",), as_number="64512", **more):
    hosts: dict[str, dict[str, Any]] = {name: {"node_ip": ip, "as_number": "64512"} for name, ip in NODES.items()}
    for number, name in enumerate(bigips):
        hosts[name] = {"ansible_host": f"172.16.20.{202 + number}", "bgp_address": f"172.16.40.{202 + number}",
                       "as_number": as_number}  # fmt: skip
    shared = {"pod_pools": POOLS, "vip_ranges": ["172.16.40.80/31"], **more}
    return build({name: {**shared, **own} for name, own in hosts.items()}, list(NODES), list(bigips))


# ---- the record ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("description", "stage"),
    [
        ("podroute: k8s-node1, drained", DRAINED),
        ("podroute: this BIG-IP, draining, no graceful restart", DRAINING),
        ("podroute: k8s-node1", ""),
        ("podroute: drained", ""),  # a node of that name
        ("other: k8s-node1, drained", ""),
        (None, ""),
    ],
)
def test_the_record_is_read_from_descriptions_of_the_fabric(description, stage):
    assert drained.stage(description, MARK) == stage


def test_a_long_name_leaves_room_for_the_record():
    text = drained.described(MARK + "n" * 90, DRAINED)
    assert len(text) == 80 and drained.stage(text, MARK) == DRAINED


# ---- on a BIG-IP -----------------------------------------------------------------------------------


class Unit:
    """A simulated BIG-IP that a fabric configures."""

    def __init__(self, device, network) -> None:
        self.device, self.fabric, self.bigip = device, network, network.bigips[0]

    def session(self):
        device = self.device
        return BigIp(
            Endpoint(server=device.host, port=device.port, ca_path=device.ca, user=device.user,
                     password=device.password),
            sleep=lambda _seconds: None,
        )  # fmt: skip

    def site(self):
        """The lines that a run of the role f5_routing types."""
        options = ArgumentSpecValidator(routing_plan.OPTIONS).validate({}).validated_parameters
        wanted = routing_plan.desired(self.fabric, "bigip1", options)
        with self.session() as bigip:
            planned = routing.plan(routing.read(bigip, wanted), wanted)
            return routing.write(bigip, planned, sleep=lambda _seconds: None).result()["commands"]

    def read(self):
        with self.session() as bigip:
            return info.gather(bigip, ["config"], 0)["config"]

    def to(self, **wanted):
        """Change the record."""
        read = self.read()
        now = Observed(self.fabric, {"bigips": {"bigip1": {"config": read}}}).drains(self.bigip)
        options = drain.changes(self.fabric, self.bigip, read, now, replace(now, **wanted))
        device = self.device
        arguments = {"server": device.host, "server_port": device.port, "ca_path": device.ca, "user": device.user,
                     "password": device.password, **options}  # fmt: skip
        answer = local_module.execute("bigip_bgp", arguments)
        assert not answer.get("failed"), answer
        return answer["commands"]

    def changed_filters(self):
        """What verification finds of the filters."""
        view = Observed(self.fabric, {"bigips": {"bigip1": {"config": self.read()}}}).bigip(self.bigip)
        return policy.changed(self.fabric, self.bigip, view)

    def running(self):
        return self.device.device.routing.imish.command(["imish", "-r", "0", "-e", "show running-config"])


@pytest.fixture(params=["64512", "64513"], ids=["internal", "external"])
def unit(request):
    with simulator() as device:
        one = Unit(device, fabric(as_number=request.param))
        assert one.site()
        yield one


def test_a_drained_node_stays_drained_and_comes_back(unit):
    before = unit.running()
    address = NODES["k8s-node1"]
    assert unit.to(nodes=frozenset([address])) == [
        f"router bgp {unit.bigip.as_number}",
        f" neighbor {address} description podroute: k8s-node1, drained",
        f" neighbor {address} shutdown",
        "exit",
    ]
    assert unit.site() == []
    unit.to(nodes=frozenset())
    assert unit.running() == before and unit.site() == []


def test_a_drained_bigip_is_less_preferred_and_then_shut_down(unit):
    before = unit.running()
    first = unit.to(unit=DRAINING)
    assert " set local-preference 10" in first and " set metric 1000" in first
    external = unit.bigip.as_number == 64513
    assert (" set as-path prepend 64513 64513 64513" in first) is external
    assert not any("shutdown" in line for line in first) and unit.site() == [] == unit.changed_filters()
    then = unit.to(unit=DRAINED)
    assert [line for line in then if "shutdown" in line] == [
        f" neighbor {ip} shutdown" for ip in sorted(NODES.values())
    ]
    assert unit.site() == [] == unit.changed_filters()
    back = unit.to(unit=DRAINING)
    assert [line for line in back if "shutdown" in line] == [
        f" no neighbor {ip} shutdown" for ip in sorted(NODES.values())
    ]
    unit.to(unit="")
    assert unit.running() == before and unit.site() == []


def test_a_new_node_of_a_drained_bigip_is_shut_down_too(unit):
    unit.to(unit=DRAINING)
    unit.to(unit=DRAINED)
    new = replace(unit.fabric.nodes[0], name="k8s-node2", node_ip="172.16.40.197")
    unit.fabric = replace(unit.fabric, nodes=(*unit.fabric.nodes, new))
    assert " neighbor 172.16.40.197 shutdown" in unit.site()


# ---- what can be drained ---------------------------------------------------------------------------


EVERY = tuple(NODES.values())


def info_of(established=EVERY, vips=("172.16.40.80",), record=None, shut=()):
    """A result of bigip_bgp_info."""
    neighbors = [{"address": ip, "peer_group": "calico-k8s", "shutdown": ip in shut,
                  "description": f"podroute: {name}" + (", drained" if ip in shut else "")}
                 for name, ip in NODES.items()]  # fmt: skip
    group = {"name": "calico-k8s"} | ({"description": f"podroute: this BIG-IP, {record}"} if record else {})
    return {
        "config": {"config": {"as_number": "64512", "neighbors": neighbors, "peer_groups": [group]}},
        "neighbors": [
            {"address": ip, "state": "Established" if ip in established else "Idle"} for ip in NODES.values()
        ],
        "routes": [{"prefix": f"{vip}/32", "code": "K"} for vip in vips],
    }


def on_the_segment(address="172.16.40.80", **changes):
    """The second of two BIG-IPs has a virtual address, by default one that it does not announce."""
    held = {"address": address, "arp": "enabled", "enabled": True, "route_advertisement": "disabled", **changes}
    own = {"address": "172.16.40.203", "prefix_length": 24}
    return {"bigip1": info_of(), "bigip2": info_of() | {"virtual_addresses": [held], "self_ips": [own]}}


def planned(names, units=None, network=None, pods=(), cordoned=tuple(NODES), undo=False):
    units = units or {"bigip1": info_of(), "bigip2": info_of()}
    seen = Observed(network or fabric(tuple(units)), {"bigips": units})
    nodes = [{"metadata": {"name": name}, "spec": {"unschedulable": name in cordoned}} for name in NODES]
    return drain.plan(seen, names, not undo, pods, nodes)


def test_a_node_without_pods_and_a_bigip_beside_another_can_be_drained():
    found = planned(["k8s-node1", "bigip1"])
    assert found.problems == [] and found.nodes == ["k8s-node1"] and found.units == ["bigip1"]


@pytest.mark.parametrize(
    "units",
    [
        on_the_segment(route_advertisement="selective"),
        on_the_segment(arp="disabled"),
        on_the_segment(enabled=False),
        on_the_segment("172.16.99.99"),  # behind a route of another router
        on_the_segment("2001:db8::80"),
    ],
)
def test_addresses_whose_clients_follow_a_route_do_not_keep_a_bigip_in_service(units):
    assert planned(["bigip2"], units).problems == []


WEB = {"metadata": {"name": "web", "namespace": "default"}, "spec": {"nodeName": "k8s-node1"}}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"names": ["unknown"]}, "unknown is neither a node nor a BIG-IP"),
        ({"names": []}, "drain is not set"),
        ({"names": ["k8s-node1"], "pods": [WEB]}, "kubectl drain k8s-node1"),
        ({"names": ["k8s-node1"], "cordoned": ()}, "kubectl cordon k8s-node1"),
        ({"names": list(NODES)}, "bigip1 would have no established session left"),
        (
            {"names": ["k8s-node1"], "units": {"bigip1": info_of(established=[NODES["k8s-node1"]])}},
            "k8s-master must be in service first",
        ),
        ({"names": ["bigip1"], "units": {"bigip1": info_of()}}, "the inventory has none"),
        ({"names": ["bigip1", "bigip2"]}, "no other BIG-IP can carry its traffic"),
        (
            {"names": ["bigip1"], "units": {"bigip1": info_of(), "bigip2": info_of(record=DRAINED)}},
            "no other BIG-IP can carry its traffic (bigip2)",
        ),
        (
            {"names": ["bigip1"], "units": {"bigip1": info_of(), "bigip2": info_of(established=[])}},
            "no other BIG-IP can carry its traffic (bigip2)",
        ),
        (
            {"names": ["bigip1"], "units": {"bigip1": info_of(), "bigip2": info_of(vips=())}},
            "bigip1 alone announces 172.16.40.80/32: fail over to bigip2 first",
        ),
        (
            {"names": ["bigip2"], "units": on_the_segment()},
            "bigip2 answers ARP for 172.16.40.80 in the nodes' subnet and does not announce it",
        ),
        (
            {"names": ["k8s-node1"], "network": fabric(bgp_manage_policy=False), "units": {"bigip1": info_of()}},
            "bgp_manage_policy is false",
        ),
        (
            {"names": ["k8s-node1"], "units": {"bigip1": {"failed": True, "msg": "timed out"}}},
            "bigip1 cannot be read: timed out",
        ),
    ],
)
def test_what_would_lose_packets_is_refused(arguments, words):
    assert any(words in problem for problem in planned(**arguments).problems)


def test_undrain_needs_nothing_and_says_what_is_left():
    found = planned(["k8s-node1"], undo=True, pods=[WEB], cordoned=())
    assert found.problems == [] and found.notes == ["k8s-node1: kubectl uncordon k8s-node1"]


# ---- before the next step --------------------------------------------------------------------------


def test_nodes_with_a_route_through_the_bigip_still_use_it():
    network = fabric(("bigip1", "bigip2"))
    status = {
        "k8s-master": {"kernel_routes": [{"dst": "172.16.40.80", "gateway": "172.16.40.202", "protocol": "bird"}]},
        "k8s-node1": {"kernel_routes": [{"dst": "172.16.40.80", "gateway": "172.16.40.203", "protocol": "bird"}]},
    }
    seen = Observed(network, {"status": {"nodes": status}})
    assert drain.nodes_using(seen, network.bigips[0]) == ["k8s-master"]
    seen = Observed(network, {"status": {"failed": True, "msg": "no answer"}})
    assert drain.nodes_using(seen, network.bigips[0]) == list(NODES)


def test_a_virtual_server_that_takes_packets_is_busy():
    before = [{"name": "web", "packets_in": 5, "connections": 2}, {"name": "idle", "packets_in": 7, "connections": 1}]
    after = [{**before[0], "packets_in": 6}, before[1]]
    assert drain.busy(before, after) == ["web"] and drain.busy(before, before) == []


def test_a_bigip_is_back_with_its_sessions_and_pod_routes():
    network = fabric()
    unit = info_of()
    blocks = {"k8s-master": ["10.244.235.192/26"], "k8s-node1": ["10.244.36.64/26"]}
    calico = {"resources": {}, "ipam": {"by_node": blocks}}
    seen = Observed(network, {"bigips": {"bigip1": unit}, "calico": calico})
    assert drain.not_back(seen, network.bigips[0]) == list(NODES)
    unit["routes"] = [{"prefix": blocks[name][0], "code": "B", "via": ip} for name, ip in NODES.items()]
    seen = Observed(network, {"bigips": {"bigip1": unit}, "calico": calico})
    assert drain.not_back(seen, network.bigips[0]) == []
