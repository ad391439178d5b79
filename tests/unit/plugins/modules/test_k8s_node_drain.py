# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module k8s_node_drain, in this process, against a server of these tests' own."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.local_module import execute
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.common.fake_cluster import FakeCluster

NODE = "/api/v1/nodes/k8s-node1"
WEB, BARE = "/api/v1/namespaces/default/pods/web", "/api/v1/namespaces/default/pods/bare"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    fake = FakeCluster()
    fake.objects[NODE] = {"metadata": {"name": "k8s-node1"}, "spec": {}}
    fake.objects[WEB] = pod("web", "ReplicaSet")
    fake.objects["/api/v1/namespaces/default/pods/agent"] = pod("agent", "DaemonSet")
    fake.objects["/api/v1/namespaces/default/pods/other"] = pod("other", "ReplicaSet", "k8s-master")
    yield fake
    fake.close()


def pod(name, owner="", node="k8s-node1"):
    owners = [{"kind": owner, "name": "x", "controller": True}] if owner else []
    metadata = {"name": name, "namespace": "default", "ownerReferences": owners}
    return {"metadata": metadata, "spec": {"nodeName": node}, "status": {"phase": "Running"}}


def drain(server, check_mode=False, **options):
    return execute("k8s_node_drain", {"kubeconfig": server.kubeconfig, "name": "k8s-node1", **options}, check_mode)


def cordoned(server):
    return bool(server.objects[NODE]["spec"].get("unschedulable"))


def test_the_node_is_cordoned_before_its_pods_are_evicted_and_uncordoned_afterwards(server):
    done = drain(server)
    assert (done["changed"], done["pods"]) == (True, ["default/web"])
    assert server.writes() == [("PATCH", NODE), ("POST", f"{WEB}/eviction")]
    assert cordoned(server) and len(server.objects) == 3
    assert not drain(server)["changed"]
    assert drain(server, state="active")["changed"] and not cordoned(server)
    assert not drain(server, state="active")["changed"]


def test_a_node_that_somebody_else_cordoned_stays_so(server):
    server.objects[NODE]["spec"]["unschedulable"] = True
    assert drain(server)["pods"] == ["default/web"]
    assert not drain(server, state="active")["changed"] and cordoned(server)


def test_check_mode_changes_nothing(server):
    done = drain(server, check_mode=True)
    assert (done["changed"], done["pods"], server.writes()) == (True, ["default/web"], [])


def test_a_disruption_budget_is_waited_for(server):
    server.budget[WEB] = 2
    assert drain(server)["pods"] == ["default/web"]
    assert server.writes().count(("POST", f"{WEB}/eviction")) == 3


def test_a_budget_that_never_allows_it_ends_in_a_timeout_with_its_reason(server):
    server.budget[WEB] = 10**6
    failed = drain(server, wait_timeout=0)
    assert failed["failed"] and failed["changed"] and cordoned(server)
    assert "default/web (it would violate the pod's disruption budget" in failed["msg"]
    assert "k8s-node1 stays cordoned (kubectl uncordon k8s-node1)" in failed["msg"]


def test_a_pod_that_nothing_would_create_again_is_not_evicted(server):
    server.objects[BARE] = pod("bare")
    failed = drain(server)
    assert "no controller would create default/bare on another node" in failed["msg"]
    assert not failed["changed"] and server.writes() == []


def test_a_node_that_does_not_exist(server):
    assert drain(server, name="nobody")["msg"] == "the cluster has no node nobody"
