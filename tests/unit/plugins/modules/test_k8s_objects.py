# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules k8s_objects and k8s_objects_info, in this process, against a server of these tests' own."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.local_module import execute
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.common.fake_cluster import FakeCluster


@pytest.fixture
def server():
    fake = FakeCluster()
    yield fake
    fake.close()


def objects(server, *definitions, check_mode=False, **options):
    arguments = {"kubeconfig": server.kubeconfig, "definitions": list(definitions), **options}
    return execute("k8s_objects", arguments, check_mode)


def config_map(name, **data):
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


SECRET = {
    "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "default"},
    "stringData": {"password": "hunter2"},
}  # fmt: skip
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "virtualservers.cis.f5.com"},
    "spec": {
        "group": "cis.f5.com",
        "names": {"kind": "VirtualServer", "plural": "virtualservers"},
        "versions": [{"name": "v1", "served": True}],
    },
}
CUSTOM = {"apiVersion": "cis.f5.com/v1", "kind": "VirtualServer", "metadata": {"name": "v", "namespace": "default"},
          "spec": {"pools": []}}  # fmt: skip


def test_the_first_run_changes_and_the_second_does_not(server):
    first = objects(server, config_map("a", k="1"), config_map("b", k="2"))
    assert first["changed"]
    assert [one["object"] for one in first["objects"]] == ["ConfigMap default/a", "ConfigMap default/b"]
    assert all(one["uid"] and one["action"] == "create" for one in first["objects"])
    second = objects(server, config_map("a", k="1"), config_map("b", k="2"))
    assert [one["action"] for one in second["objects"]] == ["none", "none"]
    assert (second["changed"], second["diff"]) == (False, [])


def test_only_the_object_that_differs_is_in_the_diff(server):
    objects(server, config_map("a", k="1"), config_map("b", k="2"))
    result = objects(server, config_map("a", k="1"), config_map("b", k="3"))
    assert [one["action"] for one in result["objects"]] == ["none", "update"]
    (entry,) = result["diff"]
    assert (entry["before_header"], entry["before"], entry["after"]) == (
        "ConfigMap default/b", {"data": {"k": "2"}}, {"data": {"k": "3"}}
    )  # fmt: skip


def test_check_mode_predicts_and_stores_nothing(server):
    result = objects(server, config_map("a", k="1"), check_mode=True)
    assert result["changed"]
    assert server.objects == {}
    assert result["objects"][0]["uid"] is None


def test_the_values_of_a_secret_are_not_in_the_result(server):
    result = objects(server, SECRET)
    assert result["changed"]
    assert "hunter2" not in str(result)


def test_every_rejected_object_is_reported_and_the_others_are_applied(server):
    for name in "ab":
        server.rejects[f"/api/v1/namespaces/default/configmaps/{name}"] = (422, f"{name} is invalid")
    result = objects(server, config_map("a"), config_map("b"), config_map("c", k="1"))
    assert result["failed"] and result["changed"]
    assert result["problems"] == [
        "apply ConfigMap default/a: a is invalid (HTTP status 422)",
        "apply ConfigMap default/b: b is invalid (HTTP status 422)",
    ]
    assert list(server.objects) == ["/api/v1/namespaces/default/configmaps/c"]


def test_a_conflict_names_the_other_manager(server):
    server.rejects["/api/v1/namespaces/default/configmaps/a"] = (409, 'conflict with "kubectl": .data.k')
    result = objects(server, config_map("a", k="1"), force_conflicts=False)
    assert 'conflict with "kubectl": .data.k' in result["msg"]
    assert server.requests[-1][2]["force"] == "false"


def test_a_definition_and_its_objects_in_one_list(server):
    predicted = objects(server, DEFINITION, CUSTOM, check_mode=True)
    assert [one["changed"] for one in predicted["objects"]] == [True, True]
    result = objects(server, DEFINITION, CUSTOM)
    assert not result.get("failed")
    assert "/apis/cis.f5.com/v1/namespaces/default/virtualservers/v" in server.objects


def test_an_object_of_an_unknown_kind_is_an_error(server):
    result = objects(server, CUSTOM, check_mode=True)
    assert result["failed"]
    assert "no kind VirtualServer in cis.f5.com/v1" in result["msg"]


def test_absent_deletes_what_is_there(server):
    objects(server, config_map("a", k="1"))
    predicted = objects(server, config_map("a"), config_map("b"), state="absent", check_mode=True)
    assert [one["changed"] for one in predicted["objects"]] == [True, False]
    assert len(server.objects) == 1
    result = objects(server, config_map("a"), CUSTOM, state="absent", wait_timeout=5)
    assert [one["changed"] for one in result["objects"]] == [True, False]
    assert server.objects == {}


def test_an_incomplete_definition_is_named_before_anything_is_written(server):
    result = objects(server, config_map("a"), {"kind": "ConfigMap", "metadata": {}})
    assert result["problems"] == [
        "definitions[1].apiVersion is not set; every object needs one",
        "definitions[1].metadata.name is not set; every object needs one",
    ]
    assert server.requests == []


def test_a_server_that_is_down_is_one_sentence(server):
    server.close()
    result = objects(server, config_map("a"), config_map("b"))
    assert result["failed"]
    assert result["msg"].count("refused") == 1
    assert "variable kubeconfig" in result["msg"]


def test_info_reads_several_kinds_and_logs_in_one_session(server):
    objects(server, config_map("a", k="1"), SECRET)
    server.logs["/api/v1/namespaces/default/pods/p/log"] = "line\n"
    result = execute("k8s_objects_info", {
        "kubeconfig": server.kubeconfig,
        "queries": [
            {"kind": "ConfigMap", "namespace": "default"},
            {"kind": "Secret", "namespace": "default", "name": "s"},
            {"kind": "Secret", "namespace": "default", "name": "missing"},
            {"kind": "VirtualServer", "api_version": "cis.f5.com/v1"},
        ],
        "logs": [{"namespace": "default", "pod": "p"}, {"namespace": "default", "pod": "gone"}],
    })  # fmt: skip
    assert [len(one["resources"]) for one in result["results"]] == [1, 1, 0, 0]
    assert [one["api_found"] for one in result["results"]] == [True, True, True, False]
    assert result["logs"] == ["line\n", ""]
