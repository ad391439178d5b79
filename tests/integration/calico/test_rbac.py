# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles in docs/rbac against a real API server: they are sufficient, and the smaller ones are refused writes."""

from __future__ import annotations

import json
import time
import typing as t
import urllib.error

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests import datastore
from ansible_collections.podroute.calico_f5.tests.datastore import Api

from .conftest import COLLECTION

RBAC = "/apis/rbac.authorization.k8s.io/v1"
CRD = "/apis/crd.projectcalico.org/v1"
FILTER = {"kind": "BGPFilter", "metadata": {"name": "vips"}, "spec": {"importV4": [{"action": "Accept"}]}}
PEER = {
    "kind": "BGPPeer",
    "metadata": {"name": "bgppeer-global-f5-1"},
    "spec": {"peerIP": "172.16.40.202", "asNumber": "64512", "filters": ["vips"]},
}
POOL = {
    "kind": "IPPool",
    "metadata": {"name": "default-ipv4-ippool"},
    "spec": {"cidr": "10.244.0.0/16", "ipipMode": "Never", "vxlanMode": "Never", "natOutgoing": True, "blockSize": 26},
}
SETTINGS = {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"asNumber": "64512"}}
NODE = {
    "kind": "Node",
    "metadata": {"name": "k8s-node1", "labels": {"reflector": "yes"}},
    "spec": {"bgp": {"asNumber": "64600", "routeReflectorClusterID": "10.0.0.1"}},
}
MODIFIED = [
    {**FILTER, "spec": {"importV4": [{"action": "Reject"}]}},
    {**PEER, "spec": {"peerIP": "172.16.40.203", "asNumber": "64512", "filters": ["vips"]}},
    {**POOL, "spec": POOL["spec"] | {"vxlanMode": "Always"}},
    {**SETTINGS, "spec": {"asNumber": "64512", "logSeverityScreen": "Warning"}},
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Api]:
    """A separate server, because it logs every request. Modules and calicoctl call it as the limited user."""
    with datastore.start(tmp_path_factory.mktemp("rbac"), audited=()) as server:
        yield server.limited()


@pytest.fixture
def grant(clean: Api) -> t.Iterator[t.Callable[..., None]]:
    """Applies files of docs/rbac, and removes the rights again."""
    added = []

    def apply(*names: str) -> None:
        for name in names:
            for item in yaml.safe_load((COLLECTION / "docs" / "rbac" / f"{name}.yml").read_text())["items"]:
                namespace = item["metadata"].get("namespace")
                where = f"/namespaces/{namespace}" if namespace else ""
                root = RBAC if item["apiVersion"].startswith("rbac.") else "/api/v1"
                path = f"{root}{where}/{item['kind'].lower()}s"
                clean.request("POST", path, item)
                added.append(f"{path}/{item['metadata']['name']}")

    clean.request("POST", "/api/v1/nodes", {
        "metadata": {"name": "k8s-node1", "annotations": {"projectcalico.org/IPv4Address": "172.16.40.198/24"}}
    })  # fmt: skip
    yield apply
    for path in added:
        clean.request("DELETE", path)


def requests(api: Api, start: int) -> dict[bool, set[tuple[str, str]]]:
    """(verb, resource) of the limited user's requests since ``start``: True those allowed, False those refused.

    A module may continue after a rejected request, so its result alone does not show it.
    """
    time.sleep(0.3)  # the audit log is written after the answer
    with api.audit.open("rb") as stream:
        stream.seek(start)
        events = [json.loads(line) for line in stream.read().decode().splitlines()]
    found: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for event in events:
        if event["user"]["username"] == datastore.LIMITED_USER:
            target = event.get("objectRef") or {}
            resource = "/".join(filter(None, (target.get("resource"), target.get("subresource"))))
            found[event["responseStatus"]["code"] != 403].add((event["verb"], resource or event["requestURI"]))
    assert found[True], "the limited user was not used"
    return found


def granted(name: str) -> set[tuple[str, str]]:
    """(verb, resource) of the rules in a file of docs/rbac."""
    items = yaml.safe_load((COLLECTION / "docs" / "rbac" / f"{name}.yml").read_text())["items"]
    rules = [rule for item in items for rule in item.get("rules", ())]
    return {(verb, resource) for rule in rules for resource in rule["resources"] for verb in rule["verbs"]}


def test_reading_needs_only_read(run_module, grant, api):
    """Reads of Calico by preflight, verify and drift, and the plan of the writes."""
    grant("read")
    start = api.audit.stat().st_size
    info = run_module("calico_info", ipam=True, expected_nodes=[])
    assert info.code == 0, info.output
    assert list(info.result["nodes"]) == ["k8s-node1"]
    for name, options in {
        "calico_bgp_status": {"report_timeout": 1},
        "calico_snapshot": {},
        "calico_resources": {"resources": [FILTER, PEER, POOL, SETTINGS]},
        "fabric_lease": {"name": "calico-f5", "calicoctl_path": None, "allow_version_mismatch": None},
        "k8s_objects_info": {
            "queries": [{"kind": "Pod"}, {"kind": "Service"}],
            "calicoctl_path": None, "allow_version_mismatch": None,
        },
    }.items():  # fmt: skip
        done = run_module(name, check=True, **options)
        assert done.code == 0, done.output
    assert requests(api, start)[False] == set()
    assert api.request("GET", f"{CRD}/caliconodestatuses")["items"] == []


def test_read_does_not_write(run_module, grant, api):
    grant("read")
    done = run_module("calico_resources", resources=[SETTINGS])
    assert done.code == 1
    assert "forbidden" in done.result["msg"], done.output
    assert "rights" in done.result["msg"], "the message contains the remedy"
    assert api.request("GET", f"{CRD}/bgppeers")["items"] == []


def test_a_run_needs_read_and_write(run_module, grant, api):
    grant("read", "write")
    start = api.audit.stat().st_size
    made = [FILTER, PEER, POOL, SETTINGS, NODE]
    lease = {"name": "calico-f5", "calicoctl_path": None, "allow_version_mismatch": None}
    written = {"state": "written", "spec": {"holderIdentity": "a"}, "resource_version": ""}
    for state in (written, written, {"state": "absent"}):
        done = run_module("fabric_lease", **lease, **state)
        assert done.code == 0, done.output
        written["resource_version"] = done.result["resource_version"]
    for resources in (made, MODIFIED, made):
        done = run_module("calico_resources", resources=resources)
        assert done.code == 0, done.output
        assert done.result["changed"]
    done = run_module("calico_resources", state="deleted", resources=[PEER, FILTER, SETTINGS, POOL])
    assert done.code == 0, done.output
    asked = requests(api, start)
    assert asked[False] == set()
    assert granted("write") - asked[True] == set(), "a right that is not needed for any write"
    assert api.request("GET", f"{CRD}/bgppeers")["items"] == []


def test_a_password_needs_the_rights_in_the_namespace_of_calico_node(run_module, grant, api):
    grant("read", "write", "bgp-password")
    start = api.audit.stat().st_size
    for options in ({"password": "one"}, {"password": "two"}, {"state": "absent"}):
        done = run_module("calico_bgp_password", name="bgp", namespace="kube-system", **options)
        assert done.code == 0 and done.result["changed"], done.output
    assert requests(api, start)[False] == set()
    with pytest.raises(urllib.error.HTTPError):
        api.request("GET", "/api/v1/namespaces/kube-system/secrets/bgp")


def test_check_mode_may_bind_the_roles_that_the_controller_will_have(run_module, grant, api):
    """The role does not exist yet; without the right to bind it, the server looks it up and returns 404."""
    grant("read", "write", "controller")
    start = api.audit.stat().st_size
    subject = {"kind": "ServiceAccount", "name": "bigip-ctlr", "namespace": "kube-system"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "bigip-ctlr-clusterrole"}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "bigip-ctlr-clusterrole-binding"}, "roleRef": role, "subjects": [subject],
    }  # fmt: skip
    none = {"calicoctl_path": None, "allow_version_mismatch": None}
    done = run_module("k8s_objects", check=True, definitions=[binding], **none)
    assert done.code == 0, done.output
    other = {**binding, "roleRef": role | {"name": "cluster-admin"}, "metadata": {"name": "other"}}
    assert run_module("k8s_objects", definitions=[other], **none).code == 1
    assert requests(api, start)[False] == {("patch", "clusterrolebindings")}


def test_pods_are_evicted_with_the_rights_of_restart(run_module, grant, api):
    grant("read", "write", "restart")
    start = api.audit.stat().st_size
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": True}
    pod = {
        "metadata": {"name": "web", "namespace": "default", "ownerReferences": [owner]},
        # No kubelet would remove it after a grace period.
        "spec": {"nodeName": "k8s-node1", "terminationGracePeriodSeconds": 0,
                 "automountServiceAccountToken": False, "containers": [{"name": "web", "image": "web"}]},
    }  # fmt: skip
    api.request("POST", "/api/v1/namespaces/default/pods", pod)
    none = {"calicoctl_path": None, "allow_version_mismatch": None}
    done = run_module("k8s_node_drain", name="k8s-node1", wait_timeout=30, **none)
    assert done.code == 0 and done.result["pods"] == ["default/web"], done.output
    assert api.request("GET", "/api/v1/nodes/k8s-node1")["spec"]["unschedulable"]
    done = run_module("k8s_node_drain", name="k8s-node1", state="active", **none)
    assert done.code == 0 and done.result["changed"], done.output
    assert not api.request("GET", "/api/v1/nodes/k8s-node1")["spec"].get("unschedulable")
    assert requests(api, start)[False] == set()
