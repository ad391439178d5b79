# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import time

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import items_of
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from hypothesis import given
from hypothesis import strategies as st


def test_a_private_file_and_a_clean_environment(fake, monkeypatch):
    for name in ("CALICO_DATASTORE_TYPE", "ETCD_ENDPOINTS", "K8S_API_ENDPOINT", "KUBECONFIG", "DATASTORE_TYPE"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "kept")
    with fake.client(qps=777, context="lab") as client:
        client.list("BGPPeer")
        folder = os.path.dirname(client._config)
        assert os.stat(folder).st_mode & 0o777 == 0o700
    state = fake.state
    assert state["config_mode"] == "0o600"
    assert state["config"]["spec"] == {
        "datastoreType": "kubernetes",
        "kubeconfig": str(fake.kubeconfig),
        "k8sCurrentContext": "lab",
        "k8sClientQPS": 777,
    }
    ours = [
        name for name in state["environment"] if name.startswith(("CALICO", "ETCD", "K8S", "KUBECONFIG", "DATASTORE"))
    ]
    assert ours == ["CALICO_K8SCLIENTQPS", "CALICO_K8S_CLIENT_QPS"]
    assert "HTTPS_PROXY" in state["environment"]
    assert not os.path.exists(folder), "nothing of it is left"


def test_etcd(fake):
    with fake.client(
        datastore="etcdv3",
        etcd_endpoints="https://a,https://b",
        etcd_username="u",
        etcd_password="etcd-canary-password",
        etcd_ca="/ca",
    ) as client:
        client.list("BGPPeer")
    assert fake.state["config"]["spec"] == {
        "datastoreType": "etcdv3",
        "etcdEndpoints": "https://a,https://b",
        "etcdUsername": "u",
        "etcdPassword": "etcd-canary-password",
        "etcdCACertFile": "/ca",
    }
    assert "etcd-canary-password" not in str(fake.state["calls"]), "never on a command line"


def test_a_password_is_in_no_message(fake):
    fake.set(fail=[{"on": "get", "stderr": "Failed: dial https://u:hunter22@a: refused"}])
    client = fake.client(datastore="etcdv3", etcd_endpoints="https://a", etcd_password="hunter22", retries=0)
    assert "hunter22" not in repr(client.connection)
    with client, pytest.raises(CalicoError) as caught:
        client.list("BGPPeer")
    assert "hunter22" not in str(caught.value) and "********" in str(caught.value)


def test_no_program(fake):
    with (
        pytest.raises(CalicoError, match="'/nowhere/calicoctl' is not on this host's PATH") as caught,
        fake.client(program="/nowhere/calicoctl"),
    ):
        pass
    assert caught.value.code == "no_binary"
    fake.program.write_text("\x7fELF nonsense")
    with pytest.raises(CalicoError) as caught, fake.client() as client:
        client.list("BGPPeer")
    assert caught.value.code == "no_binary"


def test_no_kubeconfig(fake):
    with pytest.raises(CalicoError, match="/nowhere: no such file") as caught, fake.client(kubeconfig="/nowhere"):
        pass
    assert caught.value.code == "kubeconfig"


def test_an_answer_that_does_not_come(fake):
    fake.set(fail=[{"on": "get", "sleep": 30}])
    before = time.monotonic()
    with fake.client(timeout=0.5) as client, pytest.raises(CalicoError, match="no reply within 0.5 s") as caught:
        client.list("BGPPeer")
    assert caught.value.code == "timeout" and time.monotonic() - before < 10


def test_network_errors_are_tried_again_with_a_bound(fake):
    refused = {"on": "get", "stderr": "Failed to get resources: dial tcp 10.0.0.1:6443: connect: connection refused"}
    fake.set(fail=[{**refused, "times": 2}])
    with fake.client(retries=3) as client:
        assert client.list("BGPPeer") == []
    assert fake.commands == ["get bgppeer"] * 3
    fake.forget_calls()
    fake.set(fail=[{**refused, "times": 99}])
    with fake.client(retries=2) as client, pytest.raises(CalicoError):
        client.list("BGPPeer")
    assert fake.commands == ["get bgppeer"] * 3


def test_other_errors_are_not_tried_again(fake):
    fake.set(fail=[{"on": "get", "stderr": "connection is unauthorized: Unauthorized", "times": 9}])
    with fake.client() as client, pytest.raises(CalicoError) as caught:
        client.list("BGPPeer")
    assert caught.value.code == "unauthorised" and fake.commands == ["get bgppeer"]


def test_words_of_the_command(fake):
    with fake.client(allow_version_mismatch=True) as client:
        client.list("NetworkSet")
        assert client.versions() == {"client": "v3.28.5", "cluster": "v3.28.5", "cluster_type": "k8s,bgp"}
    first, second = fake.state["calls"]
    assert first[:4] == ["get", "networkset", "-o", "json"]
    assert "--all-namespaces" in first and "--allow-version-mismatch" in first
    assert "--allow-version-mismatch" not in second


def test_versions_of_a_cluster_that_does_not_say(fake):
    fake.set(
        fail=[
            {
                "on": "version",
                "rc": 1,
                "stdout": "Client Version:    v3.28.5\nGit commit: x\n",
                "stderr": "Unable to retrieve Cluster Version or Type: resource does not exist",
            }
        ]
    )
    with fake.client() as client:
        assert client.versions() == {"client": "v3.28.5", "cluster": None, "cluster_type": None}
    fake.set(fail=[{"on": "version", "rc": 1, "stdout": "Error reading config file: x"}])
    with fake.client() as client, pytest.raises(CalicoError) as caught:
        client.versions()
    assert caught.value.code == "kubeconfig"


@pytest.mark.parametrize("text", ["null", '{"items": null}', '{"kind": "BGPPeerList", "items": []}', "[]"])
def test_nothing(text):
    assert items_of(text, "BGPPeer") == []


def test_a_bare_object_and_an_array():
    one = '{"kind": "BGPPeer", "metadata": {"name": "a"}, "spec": {}}'
    assert items_of(one, "BGPPeer")[0]["metadata"]["name"] == "a"
    assert len(items_of(f"[{one}, {one}]", "BGPPeer")) == 2
    assert items_of('{"items": [{"metadata": {"name": "a"}}]}', "BGPPeer")[0]["kind"] == "BGPPeer"


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(str))
def test_any_output_is_a_list_or_our_error(text):
    try:
        assert isinstance(items_of(text, "BGPPeer"), list)
    except CalicoError as problem:
        assert problem.code == "output"


@pytest.mark.parametrize("lists_from_files", [True, False])
def test_several_kinds_are_read_by_one_process_where_the_program_can(fake, lists_from_files):
    fake.put({"kind": "BGPPeer", "metadata": {"name": "a"}}, {"kind": "IPPool", "metadata": {"name": "p"}})
    fake.set(no_lists_from_files=not lists_from_files)
    with fake.client() as client:
        found = client.read(["BGPPeer", "IPPool", "BGPFilter"])
    assert {kind: [item["metadata"]["name"] for item in items] for kind, items in found.items()} == {
        "BGPPeer": ["a"],
        "IPPool": ["p"],
        "BGPFilter": [],
    }
    assert len(fake.commands) == (1 if lists_from_files else 4)


def test_what_cannot_be_reached_is_not_asked_again_kind_by_kind(fake):
    fake.set(fail=[{"on": "get", "stderr": "x509: certificate signed by unknown authority", "times": 9}])
    with fake.client() as client, pytest.raises(CalicoError, match="certificate"):
        client.read(["BGPPeer", "IPPool"])
    assert len(fake.commands) == 1


def test_nodes_are_patched_at_the_same_time_and_one_failure_stops_no_other(fake):
    names = [f"n{number}" for number in range(20)]
    fake.put(*({"kind": "Node", "metadata": {"name": name}} for name in names[1:]))
    with fake.client() as client, pytest.raises(CalicoError, match="Node\\(n0\\)"):
        client.patch_nodes({name: {"spec": {"bgp": {"asNumber": 65001}}} for name in names})
    assert all(fake.get("Node", name)["spec"]["bgp"] == {"asNumber": 65001} for name in names[1:])
