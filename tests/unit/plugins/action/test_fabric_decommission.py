# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""decommission.yml, step by step in this process, with modules that write down what they were asked."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.action.fabric_decommission import ActionModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id

LABEL = {"labels": {"app.kubernetes.io/managed-by": "podroute.calico_f5"}}
MARKED = {
    "config": {
        "as_number": "64512",
        "neighbors": [
            {"address": "172.16.40.199", "description": "podroute: k8s-master", "peer_group": "calico-k8s"},
            {"address": "172.16.40.198", "description": "podroute: k8s-node1", "peer_group": "calico-k8s"},
        ],
        "peer_groups": [{"name": "calico-k8s", "prefix_list": {"in": "podroute-pods"}}],
        "redistribute": [{"protocol": "kernel", "route_map": "podroute-vips"}],
    },
    "prefix_lists": [{"name": "podroute-pods", "entries": []}, {"name": "podroute-vips", "entries": []}],
    "route_maps": [{"name": "podroute-vips", "entries": []}],
}


class Site:
    def __init__(self, place) -> None:
        self.place = place
        self.writes: list[str] = []
        self.broken: dict[str, str] = {}
        self.pods: list[dict[str, Any]] = []
        shared = {
            "fabric_run_dir": str(place),
            "bigip_password": "canary",
            "bgp_password": "canary2",
            "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16"}],
            "vip_ranges": ["172.16.40.80/31"],
            "advertised_vips": [{"address": "172.16.40.81"}],
        }
        self.hosts = {
            "localhost": shared,
            "k8s-master": {**shared, "node_ip": "172.16.40.199", "as_number": "64512"},
            "k8s-node1": {**shared, "node_ip": "172.16.40.198", "as_number": "64512"},
            "bigip1": {
                **shared, "ansible_host": "172.16.20.202", "bgp_address": "172.16.40.202", "as_number": "64512"
            },
        }  # fmt: skip

    def execute(self, name, arguments, check=False, *_more):
        """In place of local_module.execute."""
        if name in self.broken:
            return {"failed": True, "msg": self.broken[name]}
        if name == "bigip_bgp_info":
            return {"config": MARKED, "failover": {"state": "ACTIVE"}}
        if name == "k8s_objects_info":
            return {"results": [{"resources": self.pods}]}
        if name == "calico_info":
            peer = {"kind": "BGPPeer", "metadata": {"name": "f5", **LABEL}, "spec": {"peerIP": "172.16.40.202"}}
            return {"resources": {"BGPPeer": [peer], "BGPFilter": []}}
        if name == "fabric_lease":
            if arguments["state"] == "absent":
                self.writes.append("delete the Lease")
            return {"spec": arguments.get("spec"), "resource_version": ""}
        if not check:
            self.writes.append(name)
        return {"changed": True, "diff": {"before": "a", "after": "b"}}

    def run(self, state, hosts=None, check=False):
        hostvars = {name: {**own, "inventory_hostname": name} for name, own in self.hosts.items()}
        arguments = {"state": state, **({"hosts": hosts} if hosts is not None else {})}
        task = SimpleNamespace(args=arguments, check_mode=check, diff=True, action="x", async_val=0, delegate_to=None)
        connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="unused"))
        groups = {"k8s_nodes": ["k8s-master", "k8s-node1"], "bigips": ["bigip1"]}
        variables = {**hostvars["localhost"], "hostvars": hostvars, "groups": groups}
        result = ActionModule(task, connection, None, None, None, None).run(None, variables)
        assert "canary" not in json.dumps(result)
        return result

    @property
    def folder(self):
        return folder.current(self.place, process_id(os.getppid()))


EVERYTHING = [
    "calico_resources",
    "calico_bgp_password",
    "bigip_virtual_address",
    "bigip_bgp",
    "bigip_self_ip",
    "bigip_route_domain",
    "delete the Lease",
]


def test_the_fabric_is_removed_cluster_first(site):
    assert site.run("planned", "all")["everything"]
    done = site.run("removed")
    assert done["changed"] and len(done["diff"]) == 6 and site.writes == EVERYTHING
    assert any("pools" in note for note in done["notes"]) and site.folder is None


def test_check_mode_predicts_and_writes_nothing(site):
    site.run("planned", "all", check=True)
    done = site.run("removed", check=True)
    assert done["changed"] and len(done["diff"]) == 6
    assert [name for name in site.writes if name != "delete the Lease"] == []


def test_a_node_is_removed_from_the_bigips_only(site):
    assert site.run("planned", ["k8s-node1"])["nodes"] == {"k8s-node1": "172.16.40.198"}
    site.run("removed")
    assert site.writes == ["bigip_bgp"]


def test_all_problems_are_reported_and_nothing_is_changed(site):
    site.pods = [{"metadata": {"name": "web", "namespace": "default"}, "spec": {"nodeName": "k8s-node1"}}]
    refused = site.run("planned", "k8s-node1,bigip1,unknown")
    assert refused["failed"] and refused["msg"].startswith("Nothing was changed: 3 problems")
    for words in ("kubectl drain k8s-node1", "these are all BIG-IPs", "unknown is neither a node"):
        assert words in refused["msg"]
    assert "this run has no plan" in site.run("removed")["msg"] and site.writes == []


@pytest.mark.parametrize(
    ("module", "words"), [("bigip_bgp_info", "bigip1 cannot be read"), ("k8s_objects_info", "the pods cannot")]
)
def test_a_side_that_cannot_be_read_refuses_the_run(site, module, words):
    site.broken[module] = "no answer"
    refused = site.run("planned", "all")
    assert refused["failed"] and words in refused["msg"] and "no answer" in refused["msg"]


def test_a_removal_that_fails_stops_the_rest_and_reports_the_side(site):
    site.run("planned", "all")
    site.broken["bigip_bgp"] = "imish refused it"
    failed = site.run("removed")
    assert failed["failed"] and failed["changed"] and "bigip1: imish refused it" in failed["msg"]
    assert site.writes == EVERYTHING[:3] and site.folder is None
