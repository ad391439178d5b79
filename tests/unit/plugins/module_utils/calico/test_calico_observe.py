# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, observe, password
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.test_calico_cluster_facts import (
    daemon_set,
)

SECRET = {"name": "podroute-bgp", "key": "password"}


class Api:
    """The Kubernetes API: lists by kind, objects by kind and name; counts requests."""

    def __init__(self, lists=None, objects=None, forbidden=()):
        self.lists, self.objects, self.forbidden, self.asked = lists or {}, objects or {}, forbidden, []

    def _note(self, kind):
        self.asked.append(kind)
        if kind in self.forbidden:
            raise CalicoError("unauthorised", "403")

    def list(self, _version, kind, labels=None, metadata_only=False):
        self._note(kind)
        assert metadata_only == (kind == "Node"), "of nodes only the metadata is read"
        return self.lists.get(kind, [])

    def custom(self, plural):
        self._note(plural)
        return self.lists.get(plural, [])

    def get(self, _version, kind, name, namespace=None):
        self._note(kind)
        return self.objects.get((kind, namespace, name))

    def apply(self, item):
        key = (item["kind"], item["metadata"]["namespace"], item["metadata"]["name"])
        self.objects[key] = json.loads(json.dumps(item))
        return item

    def delete(self, _version, kind, name, namespace=None):
        return self.objects.pop((kind, namespace, name), None) is not None


def node(name, kube_labels=None, **annotations):
    noted = {f"projectcalico.org/{key}": value for key, value in annotations.items()}
    return {"metadata": {"name": name, "labels": kube_labels or {}, "annotations": noted}}


def test_one_reading_has_everything_a_run_needs(fake):
    fake.put(
        {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"asNumber": 64513}},
        {"kind": "IPPool", "metadata": {"name": "p"}, "spec": {"cidr": "10.244.0.0/16"}},
    )
    flannel = {"flannel.alpha.coreos.com/backend-type": "vxlan"}
    plain = {"metadata": {"name": "b", "annotations": flannel}}
    reference = {"name": "calico-config", "key": "calico_backend"}
    api = Api(
        {
            "Node": [node("a", {"rack": "r1"}, IPv4Address="10.0.0.1/24", ASNumber="65001"), plain],
            "blockaffinities": [{"spec": {"node": "a", "cidr": "10.244.0.0/26", "state": "confirmed"}}],
            "DaemonSet": [daemon_set(valueFrom={"configMapKeyRef": reference})],
        },
        {("ConfigMap", "calico-system", "calico-config"): {"data": {"calico_backend": "vxlan"}}},
    )
    with fake.client() as client:
        found = observe.read(client, api, password={"state": "present", "password": "x", **SECRET})
    assert found["nodes"]["a"] | {"labels": {"rack": "r1"}} == found["nodes"]["a"]
    assert (found["nodes"]["a"]["as_number"], found["nodes"]["b"]["as_number"]) == (65001, 64513)
    assert found["nodes"]["b"]["address"] is None and found["nodes"]["b"]["flannel_backend"] == "vxlan"
    assert found["ipam"]["by_node"] == {"a": ["10.244.0.0/26"]}
    assert found["installation"]["backend"] == "vxlan" and found["installation"]["operator_bgp"] is None
    assert {item["namespace"] for item in found["password"]} == {"calico-system"}
    assert found["pool_owners"] == {"p": ""} and found["versions"]["cluster"] == "v3.28.5"
    assert sorted(fake.commands) == ["get json", "version"], "one process reads all resources"
    assert json.loads(json.dumps(found)) == found


def test_what_may_not_be_read_of_the_installation_is_unknown(fake):
    with fake.client() as client:
        found = observe.read(client, Api(forbidden=("DaemonSet", "Installation")))
    assert found["installation"]["namespace"] == "kube-system" and found["installation"]["backend"] is None
    with fake.client() as client, pytest.raises(CalicoError):
        observe.read(client, Api(forbidden=("Node",)))
    with fake.client() as client:
        found = observe.read(client, Api(forbidden=("Secret",)), password={"state": "absent", **SECRET})
        assert found["password"] == [], "without a password no right to read Secrets is needed"
        with pytest.raises(CalicoError):
            observe.read(client, Api(forbidden=("Secret",)), password={"password": "x", **SECRET})


def test_labels_of_kubernetes_win_over_those_of_calico():
    item = node("a", {"rack": "r2"}, labels=json.dumps({"rack": "r1", "route-reflector": "true"}))
    assert observe.node_of(item)["metadata"]["labels"] == {"rack": "r2", "route-reflector": "true"}
    assert observe.node_of(item)["spec"] == {}


def test_a_plan_from_an_observation_is_that_from_the_cluster(fake):
    fake.put({"kind": "Node", "metadata": {"name": "a"}, "spec": {"bgp": {"ipv4Address": "10.0.0.1/24"}}})
    api = Api({"Node": [node("a", IPv4Address="10.0.0.1/24")]})
    wanted = (
        {"kind": "Node", "metadata": {"name": "a"}, "spec": {"bgp": {"asNumber": 65001}}},
        {"kind": "BGPPeer", "metadata": {"name": "f5"}, "spec": {"peerIP": "10.0.0.9", "asNumber": 64512}},
    )
    with fake.client() as client:
        recorded = observe.Recorded(observe.read(client, api))
        live = apply.run(client, apply.Request(wanted), check_mode=True)
    assert apply.run(recorded, apply.Request(wanted), check_mode=True) == live


def wanted(value="x", namespace="kube-system"):
    account = {"kind": "ServiceAccount", "name": "calico-node", "namespace": namespace}
    return password.Wanted("podroute-bgp", "password", namespace, account, value)


def actions(api, **options):
    return [item["action"] for item in password.plan(wanted(**options), api)]


def test_the_password_is_written_changed_and_removed():
    api = Api()
    assert actions(api) == ["create"] * 3
    password.write(wanted(), password.plan(wanted(), api), api)
    assert actions(api) == ["none"] * 3
    assert actions(api, value="y") == ["update", "none", "none"]
    password.write(wanted("y"), password.plan(wanted("y"), api), api)
    assert actions(api, value="y") == ["none"] * 3
    assert actions(api, value=None) == ["delete"] * 3
    password.write(wanted(None), password.plan(wanted(None), api), api)
    assert api.objects == {} and actions(api, value=None) == ["none"] * 3


def test_a_secret_of_others_is_never_touched():
    api = Api(objects={("Secret", "kube-system", "podroute-bgp"): {"metadata": {"name": "podroute-bgp"}, "data": {}}})
    assert actions(api) == ["foreign", "create", "create"]
    assert "kubectl -n kube-system delete secret podroute-bgp" in password.problems(password.plan(wanted(), api))[0]
    assert actions(api, value=None) == ["none"] * 3
