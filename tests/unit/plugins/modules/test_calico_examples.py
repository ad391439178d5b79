# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the calico modules, run as they stand, with a calicoctl and an API server of this test's own."""

from __future__ import annotations

import http.server
import importlib
import json
import os
import threading

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.conftest import Fake

MODULES = (
    "calico_resources",
    "calico_info",
    "calico_bgp_password",
    "calico_bgp_status",
    "calico_pool_migration",
    "calico_node_restart",
)
NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}
BIGIP = "172.16.40.202"


class Api(http.server.BaseHTTPRequestHandler):
    """As much of the API server as the examples ask for; it answers a CalicoNodeStatus as calico-node would."""

    objects: dict = {}
    stored: dict = {}
    restarts: dict = dict.fromkeys(NODES, 0)

    def do_GET(self):
        path = self.path.split("?")[0]
        if path in self.stored:
            self.reply(self.stored[path])
            return
        if "/caliconodestatuses/" in path:
            self.reply(self.objects[path.rsplit("/", 1)[1]])
            return
        if "podroute-bgp" in path or "operator.tigera.io" in path:
            self.reply({"kind": "Status", "message": "not found"}, 404)
            return
        if path == "/api/v1/nodes":
            items = [
                {"metadata": {"name": name, "annotations": {"projectcalico.org/IPv4Address": f"{address}/24"}}}
                for name, address in NODES.items()
            ]
        elif path == "/api/v1/pods" and "calico-node" in self.path:
            items = [self.calico_node(name) for name in NODES]
        elif path.endswith("/caliconodestatuses"):
            items = list(self.objects.values())
        elif path.endswith("/blockaffinities"):
            items = [
                {
                    "metadata": {"name": "x"},
                    "spec": {"node": "k8s-node1", "cidr": "10.244.1.0/26", "state": "confirmed"},
                }
            ]
        else:
            items = []
        self.reply({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        node = body["spec"]["node"]
        peers = [address for name, address in NODES.items() if name != node] + [BIGIP]
        created = {**body, "metadata": {**body["metadata"], "resourceVersion": "1"}}
        body["metadata"]["resourceVersion"] = "2"
        body["status"] = {
            "agent": {"birdV4": {"state": "Ready", "routerID": NODES[node]}},
            "bgp": {
                "peersV4": [
                    {"peerIP": peer, "state": "Established", "type": "NodeMesh", "since": "10:00:00"} for peer in peers
                ]
            },
        }
        self.objects[body["metadata"]["name"]] = body
        self.reply(created)

    def do_PATCH(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.stored[self.path.split("?")[0]] = body
        self.reply(body)

    def calico_node(self, node):
        name = f"calico-node-{node}-{self.restarts[node]}"
        return {
            "metadata": {"namespace": "kube-system", "name": name, "uid": name},
            "spec": {"nodeName": node, "containers": []},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        }

    def do_DELETE(self):
        name = self.path.rsplit("/", 1)[1]
        if self.path.startswith("/api/v1/namespaces/kube-system/pods/calico-node-"):
            node = name.removeprefix("calico-node-").rsplit("-", 1)[0]
            self.reply(self.calico_node(node))  # the API gives the pod that goes
            self.restarts[node] += 1
            return
        self.objects.pop(name, None)
        self.stored.pop(self.path.split("?")[0], None)
        self.reply({"kind": "Status", "status": "Success"})

    def reply(self, body, status=200):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A home with a kubeconfig, and programs on the PATH; runs tasks and gives their results by name."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Api.objects, Api.stored = {}, {}
    fake = Fake(tmp_path)
    fake.put(
        *(
            {"kind": "Node", "metadata": {"name": name}, "spec": {"bgp": {"ipv4Address": f"{address}/24"}}}
            for name, address in NODES.items()
        )
    )
    fake.put(
        {
            "kind": "IPPool",
            "metadata": {"name": "default-ipv4-ippool"},
            "spec": {"cidr": "10.244.0.0/16", "vxlanMode": "Always", "blockSize": 26},
        }
    )
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
                "users": [{"name": "c", "user": {}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
            }
        )
    )
    on_node = tmp_path / "on-node"
    on_node.write_text('#!/bin/sh\ntest -n "$1" && shift && exec "$@"\n')
    on_node.chmod(0o755)
    systemctl = tmp_path / "systemctl"
    systemctl.write_text('#!/bin/sh\ntest "$*" = "restart calico-node"\n')
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PODROUTE_FAKE_STATE", str(fake.path))
    monkeypatch.delenv("KUBECONFIG", raising=False)

    def run(tasks, check=False, diff=False):
        results = {}
        for task in tasks:
            name = next(key for key in task if key.startswith("podroute.calico_f5."))
            arguments = {key: filled(value) for key, value in task[name].items()} if task[name] else {}
            results[task["name"]] = local_module.execute(name.rpartition(".")[2], arguments, check, diff)
        return results

    run.fake = fake
    yield run
    server.shutdown()
    server.server_close()


def filled(value):
    """Templates of the examples are replaced by a text."""
    return "secret" if isinstance(value, str) and "{{" in value else value


def examples(module):
    found = importlib.import_module(f"ansible_collections.podroute.calico_f5.plugins.modules.{module}")
    return yaml.safe_load(found.EXAMPLES)


@pytest.mark.parametrize("module", MODULES)
def test_examples_run_as_they_stand(site, module):
    tasks = examples(module)
    results = site(tasks)
    assert list(results) == [task["name"] for task in tasks], [each.get("msg") for each in results.values()]
    for name, result in results.items():
        assert not result.get("failed"), f"{name}: {result.get('msg')}"
    assert Api.objects == {}, "no CalicoNodeStatus is left"


def test_examples_of_resources_change_once(site):
    tasks = examples("calico_resources")[:3]
    first, second = site(tasks), site(tasks)
    assert all(result["changed"] for result in first.values())
    assert not any(result["changed"] for result in second.values())


def test_check_mode_and_diff(site):
    results = site(examples("calico_resources")[:2], check=True, diff=True)
    assert all(result["changed"] for result in results.values())
    assert site.fake.names("BGPPeer") == []
    pool = results["Switch encapsulation of a pool off"]["diff"]
    assert '"vxlanMode": "Always"' in pool["before"] and '"vxlanMode": "Never"' in pool["after"]
    assert "resourceVersion" not in pool["before"] and "resourceVersion" not in pool["after"]


def test_files_and_the_failure_of_each(site, tmp_path):
    (tmp_path / "two.yml").write_text(
        "---\n# only words\n---\nkind: BGPPeer\nmetadata: {name: a}\nspec: {peerIP: 10.0.0.1, asNumber: 64512}\n---\n"
        "- {kind: BGPFilter, metadata: {name: f}, spec: {}}\n"
    )
    (tmp_path / "list.json").write_text(
        '{"kind": "BGPPeerList", "items": [{"metadata": {"name": "b"}, "spec": {"peerIP": "10.0.0.2", "asNumber": 1}}]}'
    )
    module = "podroute.calico_f5.calico_resources"
    good = site([{"name": "x", module: {"src": [str(tmp_path / "two.yml"), str(tmp_path / "list.json")]}}])["x"]
    assert {item["name"]: item["result"] for item in good["objects"]} == dict.fromkeys("afb", "created")
    (tmp_path / "bad.yml").write_text("a: [")
    (tmp_path / "empty.yml").write_text("---\n")
    paths = [str(tmp_path / name) for name in ("bad.yml", "empty.yml", "none.yml")]
    bad = site([{"name": "x", module: {"src": paths}}])["x"]
    assert bad["error"] == "refused_locally" and len(bad["problems"]) == 3
    assert "neither JSON nor YAML" in bad["problems"][0] and "contains no resource" in bad["problems"][1]


RESOURCES, STATUS = "podroute.calico_f5.calico_resources", "podroute.calico_f5.calico_bgp_status"


def test_options_that_cannot_be(site):
    cases = [
        (RESOURCES, {"datastore_type": "etcdv3"}, "etcd_endpoints is empty"),
        (RESOURCES, {"kubeconfig": "/a:/b"}, "names several files"),
        (RESOURCES, {"timeout": 0}, "timeout = 0 must be at least 1"),
        (RESOURCES, {"prune": ["Nope"]}, "'Nope' is not a kind"),
        (RESOURCES, {"calicoctl_path": "/nowhere"}, "program '/nowhere' is not on"),
        (STATUS, {"exec": True, "node_command": ["x"]}, "mutually exclusive"),
        (STATUS, {"source": "shell"}, "needs exec: true, or node_command together with nodes"),
        (STATUS, {"source": "socket"}, "must contain only its name"),
        (STATUS, {"wait_for": {"peers": {"ghost": ["10.0.0.1"]}}}, "which are not among the nodes"),
        (STATUS, {"wait_for": {"peers": {"k8s-master": "10.0.0.1"}}}, "is not a list"),
        (STATUS, {"wait_for": {"timeout": 3}}, "wait_for is empty"),
    ]
    tasks = [{"name": says, module: options} for module, options, says in cases]
    for says, result in site(tasks).items():
        assert result["failed"] and says in result["msg"], result["msg"]
        assert "Traceback" not in json.dumps(result)


def test_a_secret_is_in_no_result(site):
    secret = "canary-7f3a"
    site.fake.set(fail=[{"on": "get", "stderr": f"Failed: dial https://root:{secret}@etcd: x", "times": 9}])
    results = site(
        [
            {
                "name": "x",
                "podroute.calico_f5.calico_resources": {
                    "datastore_type": "etcdv3",
                    "etcd_endpoints": ["https://etcd"],
                    "etcd_password": secret,
                    "resources": [
                        {"kind": "BGPPeer", "metadata": {"name": "a"}, "spec": {"peerIP": "10.0.0.1", "asNumber": 1}}
                    ],
                },
            }
        ]
    )
    assert results["x"]["failed"] and secret not in json.dumps(results)
