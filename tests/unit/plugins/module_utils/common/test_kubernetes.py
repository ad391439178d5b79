# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection to the Kubernetes API, against a server of these tests' own."""

from __future__ import annotations

import json
import socket

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import kubernetes
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import Cluster, KubernetesError
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.common.fake_cluster import FakeCluster

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}, "data": {"k": "v"}}
PATH = "/api/v1/namespaces/default/configmaps/a"


@pytest.fixture
def server():
    fake = FakeCluster()
    yield fake
    fake.close()


@pytest.fixture
def cluster(server):
    with Cluster(server.kubeconfig) as connection:
        yield connection


def test_get_returns_none_for_a_missing_object(cluster):
    assert cluster.get("v1", "ConfigMap", "a", "default") is None


def test_apply_is_server_side_with_the_field_manager(cluster, server):
    cluster.apply(MAP)
    assert server.requests[-1] == ("PATCH", PATH, {"fieldManager": "podroute.calico_f5", "force": "true"})
    assert cluster.get("v1", "ConfigMap", "a", "default")["data"] == {"k": "v"}


def test_a_dry_run_stores_nothing(cluster, server):
    assert cluster.apply(MAP, dry_run=True)["data"] == {"k": "v"}
    assert server.requests[-1][2]["dryRun"] == "All"
    assert server.objects == {}


def test_list_follows_pages_and_names_the_kind_of_each_object(cluster, server):
    server.page = 2
    for name in "abcde":
        cluster.apply({**MAP, "metadata": {"name": name, "namespace": "default", "labels": {"app": name}}})
    server.requests.clear()
    assert [item["metadata"]["name"] for item in cluster.list("v1", "ConfigMap")] == list("abcde")
    assert len(server.requests) == 3
    (found,) = cluster.list("v1", "ConfigMap", "default", ["app=b"])
    assert (found["apiVersion"], found["kind"], found["metadata"]["name"]) == ("v1", "ConfigMap", "b")


def test_a_kind_of_a_custom_resource_is_looked_up_once(cluster, server):
    server.kinds["cis.f5.com/v1"] = {"VirtualServer": "virtualservers"}
    assert cluster.list("cis.f5.com/v1", "VirtualServer") == []
    assert cluster.path("cis.f5.com/v1", "VirtualServer", "web", "a") == (
        "/apis/cis.f5.com/v1/namespaces/web/virtualservers/a"
    )
    assert [path for _method, path, _query in server.requests].count("/apis/cis.f5.com/v1") == 1


def test_an_unknown_kind_is_named(cluster):
    with pytest.raises(KubernetesError) as caught:
        cluster.list("cis.f5.com/v1", "VirtualServer")
    assert caught.value.code == "not_installed"
    assert "no kind VirtualServer in cis.f5.com/v1" in str(caught.value)
    assert not cluster.serves("cis.f5.com/v1", "VirtualServer")


def test_delete_returns_whether_the_object_existed(cluster, server):
    cluster.apply(MAP)
    assert cluster.delete("v1", "ConfigMap", "a", "default", dry_run=True)
    assert PATH in server.objects
    assert cluster.delete("v1", "ConfigMap", "a", "default", wait=5)
    assert not cluster.delete("v1", "ConfigMap", "a", "default")


def test_delete_fails_when_the_object_stays(cluster, server):
    cluster.apply(MAP)
    server.objects = _Sticky(server.objects)
    with pytest.raises(KubernetesError, match="delete ConfigMap default/a: it still exists after 0.01 seconds"):
        cluster.delete("v1", "ConfigMap", "a", "default", wait=0.01, sleep=lambda _seconds: None)


class _Sticky(dict):
    """Objects that a finalizer keeps."""

    def pop(self, key, default=None):
        return self.get(key, default)


def test_a_rejected_object_is_reported_with_the_message_of_the_server(cluster, server):
    server.rejects[PATH] = (422, 'ConfigMap "a" is invalid: data: too long')
    with pytest.raises(KubernetesError) as caught:
        cluster.apply(MAP)
    assert caught.value.code == "validation"
    assert str(caught.value) == (
        'apply ConfigMap default/a: ConfigMap "a" is invalid: data: too long (HTTP status 422)'
    )


def test_missing_rights_are_reported_with_the_variable_to_check(cluster, server):
    server.rejects[PATH] = (403, 'configmaps "a" is forbidden')
    with pytest.raises(KubernetesError, match=r"is forbidden .*; check the user .* the variable kubeconfig"):
        cluster.apply(MAP)


def test_the_token_is_sent(server):
    seen = []
    answer = server.server.RequestHandlerClass.handle_one

    def handle(self):
        seen.append(self.headers.get("authorization"))
        answer(self)

    for name in ("do_GET", "do_PATCH"):
        setattr(server.server.RequestHandlerClass, name, handle)
    with Cluster(server.kubeconfig) as cluster:
        cluster.apply(MAP)
    assert seen == ["Bearer t0ken"]


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(("scheme", "code"), [("http", "refused"), ("https", "tls")])
def test_no_connection_names_the_reason_and_the_variable(server, scheme, code):
    port = _closed_port() if code == "refused" else server.server.server_port
    config = server.kubeconfig
    config["clusters"][0]["cluster"]["server"] = f"{scheme}://127.0.0.1:{port}"
    with Cluster(config) as cluster, pytest.raises(KubernetesError) as caught:
        cluster.list("v1", "Pod")
    assert caught.value.code == code
    assert "variable kubeconfig" in str(caught.value)


@pytest.mark.parametrize("status", [200, 403, 502])
def test_an_answer_in_html_is_one_sentence_with_the_variable(cluster, server, status):
    page = "<html>\n<head><title>Proxy</title></head><body>\nDenied</body></html>"
    server.answer = lambda *_request: (status, page)
    with pytest.raises(KubernetesError) as caught:
        cluster.list("v1", "Pod")
    text = str(caught.value)
    assert "an HTML page" in text and "variable kubeconfig" in text
    assert "<" not in text and "\n" not in text


def test_a_server_that_does_not_answer_is_a_timeout(server):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        config = server.kubeconfig
        config["clusters"][0]["cluster"]["server"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Cluster(config, timeout=0.2) as cluster, pytest.raises(KubernetesError) as caught:
            cluster.list("v1", "Pod")
    assert caught.value.code == "timeout"


@pytest.mark.parametrize("content", [None, "{", json.dumps({"apiVersion": "v1"}), "[1]"])
def test_a_kubeconfig_that_cannot_be_used_is_named(tmp_path, content):
    path = tmp_path / "config"
    if content is not None:
        path.write_text(content)
    with pytest.raises(KubernetesError) as caught:
        Cluster(str(path))
    assert caught.value.code == "kubeconfig"
    assert str(path) in str(caught.value)


def test_a_context_that_does_not_exist_is_named(server):
    with pytest.raises(KubernetesError, match="nowhere"):
        Cluster(server.kubeconfig, context="nowhere")


def test_the_log_of_a_pod(cluster, server):
    server.logs["/api/v1/namespaces/kube-system/pods/p/log"] = "one\ntwo\n"
    assert cluster.log("kube-system", "p", previous=True) == "one\ntwo\n"
    assert server.requests[-1][2] == {"tailLines": "2000", "previous": "true"}


class Channel:
    """A stream in which a script has printed something."""

    def __init__(self, ended=True):
        self.ended, self.closed = ended, False

    def run_forever(self, timeout):
        pass

    def is_open(self):
        return not self.ended

    def read_stdout(self):
        return "printed\n"

    def close(self):
        self.closed = True


def test_a_script_in_a_pod(cluster, monkeypatch):
    channel, asked = Channel(), {}
    monkeypatch.setattr(
        kubernetes, "k8s_stream", lambda _call, *names, **more: asked.update(more, names=names) or channel
    )
    assert cluster.exec_script("calico-system", "calico-node-x", "id", 5, "calico-node") == "printed\n"
    assert asked["names"] == ("calico-node-x", "calico-system") and asked["container"] == "calico-node"
    assert asked["command"] == ["sh", "-c", "id"] and channel.closed


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        (Channel(ended=False), "timeout", "no reply within 5 s"),
        (kubernetes.k8s_client.ApiException(403, "Forbidden"), "unauthorised", "Forbidden"),
        (ConnectionRefusedError("Connection refused"), "refused", "Connection refused"),
    ],
)
def test_a_script_that_cannot_run(cluster, monkeypatch, problem, code, words):
    def stream(*_arguments, **_more):
        if isinstance(problem, Exception):
            raise problem
        return problem

    monkeypatch.setattr(kubernetes, "k8s_stream", stream)
    with pytest.raises(KubernetesError, match=words) as caught:
        cluster.exec_script("default", "p", "id", 5)
    assert caught.value.code == code and "exec default/p" in str(caught.value)
