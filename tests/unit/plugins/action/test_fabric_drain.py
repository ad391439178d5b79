# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draining and undraining: the order of writes and waits, and what is left when a wait ends without success."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.action.fabric_drain import ActionModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, guard
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id

NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}
BLOCKS = {"k8s-master": ["10.244.235.192/26"], "k8s-node1": ["10.244.36.64/26"]}
VIP = "172.16.40.81/32"


class Network:
    """Two BIG-IPs and two nodes that do what is written, and a log of what happened."""

    def __init__(self, bench) -> None:
        self.log: list[str] = []
        self.bigips = {name: self.bigip() for name in ("bigip1", "bigip2")}
        self.sticky = False  # nodes keep their routes
        self.packets = 0
        self.clients = 0  # packets between two readings
        bench.hosts["bigip2"] = {"ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203", "as_number": "64512"}
        bench.answers |= {
            "k8s_objects_info": self.objects,
            "bigip_bgp_info": self.read,
            "bigip_bgp": self.write,
            "calico_bgp_status": self.status,
            "calico_info": {"resources": {}, "ipam": {"by_node": BLOCKS}},
            "fabric_lease": {"spec": None, "resource_version": ""},
        }

    @staticmethod
    def bigip():
        neighbors = [{"address": ip, "peer_group": "calico-k8s", "description": f"podroute: {name}"}
                     for name, ip in NODES.items()]  # fmt: skip
        entry = {"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": "podroute-vips"}, "set": {}}
        return {
            "config": {"as_number": "64512", "neighbors": neighbors, "peer_groups": [{"name": "calico-k8s"}]},
            "route_maps": [{"name": "podroute-vips", "entries": [entry]}],
        }

    def name(self, arguments):
        return "bigip1" if arguments["server"].endswith("202") else "bigip2"

    def shut(self, name):
        return {one["address"] for one in self.bigips[name]["config"]["neighbors"] if one.get("shutdown")}

    def less(self, name):
        return bool(self.bigips[name]["route_maps"][0]["entries"][0]["set"])

    def objects(self, _arguments):
        nodes = [{"metadata": {"name": name}, "spec": {"unschedulable": True}} for name in NODES]
        return {"results": [{"resources": []}, {"resources": nodes}]}

    def read(self, arguments):
        name = self.name(arguments)
        if arguments["gather_subset"] == ["traffic"]:
            self.packets += self.clients
            return {"traffic": [{"name": "/k8s/web", "packets_in": self.packets, "connections": 1}]}
        up = [ip for ip in NODES.values() if ip not in self.shut(name)]
        routes = [{"prefix": VIP, "code": "K"}]
        routes += [{"prefix": BLOCKS[node][0], "code": "B", "via": ip} for node, ip in NODES.items() if ip in up]
        return {
            "config": copy.deepcopy(self.bigips[name]),
            "neighbors": [{"address": ip, "state": "Established" if ip in up else "Idle"} for ip in NODES.values()],
            "routes": routes,
        }

    def status(self, _arguments):
        self.log.append("read the nodes")
        gateway = "172.16.40.203" if self.less("bigip1") and not self.sticky else "172.16.40.202"
        return {"nodes": {name: {"kernel_routes": [{"dst": VIP, "gateway": gateway}]} for name in NODES}}

    def write(self, arguments):
        name = self.name(arguments)
        config = self.bigips[name]
        shut, less = self.shut(name), self.less(name)
        for kind, key in (("neighbors", "address"), ("peer_groups", "name")):
            for item in arguments["config"].get(kind) or ():
                config["config"][kind] = [item if one[key] == item[key] else one for one in config["config"][kind]]
        config["route_maps"] = arguments.get("route_maps") or config["route_maps"]
        if self.less(name) != less:
            self.log.append(f"{name}: {'less preferred' if self.less(name) else 'as before'}")
        for address in sorted(self.shut(name) ^ shut):
            self.log.append(f"{name}: {'shut' if address in self.shut(name) else 'enable'} {address}")
        return {"changed": True}


@pytest.fixture
def network(bench, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return Network(bench)


def go(bench, state, hosts, **more):
    return bench.run(ActionModule, state=state, hosts=hosts, timeout=0.05, delay=0.01, quiet=0, **more)


BOTH = ["bigip1: shut 172.16.40.198", "bigip1: shut 172.16.40.199"]


def test_a_bigip_is_less_preferred_before_it_is_shut_down(bench, network):
    before = copy.deepcopy(network.bigips)
    done = go(bench, "drained", "bigip1")
    assert done["changed"] and done["bigips"] == ["bigip1"]
    assert network.log == ["bigip1: less preferred", "read the nodes", *BOTH]
    assert network.bigips["bigip1"]["config"]["peer_groups"][0]["description"] == "podroute: this BIG-IP, drained"
    assert not go(bench, "drained", "bigip1")["changed"]
    network.log.clear()
    assert go(bench, "undrained", "bigip1")["changed"]
    assert network.log == [line.replace("shut", "enable") for line in BOTH] + ["bigip1: as before"]
    for unit in network.bigips.values():
        for neighbor in unit["config"]["neighbors"]:
            neighbor.pop("shutdown", None)
    assert network.bigips == before
    assert not go(bench, "undrained", "bigip1")["changed"]


def test_a_node_is_drained_on_every_bigip(bench, network):
    assert go(bench, "drained", ["k8s-node1"])["nodes"] == ["k8s-node1"]
    assert network.log == ["bigip1: shut 172.16.40.198", "bigip2: shut 172.16.40.198"]
    network.log.clear()
    done = go(bench, "undrained", ["k8s-node1"])
    assert network.log == ["bigip1: enable 172.16.40.198", "bigip2: enable 172.16.40.198"]
    assert done["notes"] == ["k8s-node1: kubectl uncordon k8s-node1"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ({"sticky": True}, "nodes still have routes through it: k8s-master, k8s-node1"),
        ({"clients": 3}, "virtual servers still receive packets: /k8s/web"),
    ],
)
def test_a_bigip_that_is_in_use_is_not_shut_down(bench, network, cause, words):
    vars(network).update(cause)
    failed = go(bench, "drained", "bigip1")
    assert failed["failed"] and failed["changed"] and words in failed["msg"]
    assert "bigip1 announces its VIPs with lower preference, and its sessions are established" in failed["msg"]
    assert not network.shut("bigip1")
    vars(network).update(sticky=False, clients=0)
    assert go(bench, "drained", "bigip1")["changed"] and network.shut("bigip1") == set(NODES.values())


def test_nothing_is_written_where_something_must_be_done_first(bench, network):
    refused = go(bench, "drained", "bigip1,bigip2")
    assert refused["msg"].startswith("Nothing was changed: 2 problems:") and network.log == []


def test_check_mode_waits_for_nothing(bench, network):
    network.sticky = True
    assert go(bench, "drained", "bigip1", check_mode=True)["changed"]
    assert network.log == ["bigip1: less preferred", *BOTH]  # the answer of check mode is the whole change


# ---- as a part of a run of site.yml ----------------------------------------------------------------


def begin_run(bench, passed=True):
    """The working folder of a run whose preflight has read both sides."""
    begun = folder.begin(Path(bench.shared["fabric_run_dir"]), process_id(os.getppid()))
    begun.save(guard.PREFLIGHT, {"passed": passed})
    begun.save(guard.RECORD, {"path": str(begun.path)})
    return begun


def test_in_a_run_the_lock_and_the_folder_are_kept(bench, network):
    begun = begin_run(bench)
    bench.task_host = "bigip1"  # a play of the BIG-IPs, which has no variables of the cluster
    bench.hosts["localhost"]["kubeconfig"] = "/etc/kubeconfig"
    assert go(bench, "drained", ["bigip1"], in_run=True)["changed"]
    assert go(bench, "undrained", ["bigip1"], in_run=True)["changed"]
    assert network.log == ["bigip1: less preferred", "read the nodes", *BOTH,
                           *(line.replace("shut", "enable") for line in BOTH), "bigip1: as before"]  # fmt: skip
    assert begun.path.is_dir()
    asked = [arguments for name, arguments in bench.calls if name == "calico_bgp_status"]
    assert {arguments["kubeconfig"] for arguments in asked} == {"/etc/kubeconfig"}


def test_without_a_preflight_of_its_run_nothing_is_drained(bench, network):
    begin_run(bench, passed=False)
    refused = go(bench, "drained", ["bigip1"], in_run=True)
    assert refused["failed"] and "preflight failed" in refused["msg"] and network.log == []
