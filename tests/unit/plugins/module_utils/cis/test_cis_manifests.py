# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that are made: what row 8 and row 9 of the network ask for, and nothing that it does not."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import leftovers, manifests
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import arguments
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.plan import wanted_objects
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings, Unit
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.cis.settings_of import (
    VARIABLES,
    settings,
)


def objects(**changes: Any) -> dict[str, dict[str, Any]]:
    made = wanted_objects(settings(**changes), "mark")
    return {f"{item['kind']} {item['metadata']['name']}": item for item in made}


def container(**changes: Any) -> dict[str, Any]:
    deployment = objects(**changes)["Deployment k8s-bigip-ctlr-deployment"]
    (one,) = deployment["spec"]["template"]["spec"]["containers"]
    return one


def test_the_deployment_is_one_and_never_two() -> None:
    deployment = objects()["Deployment k8s-bigip-ctlr-deployment"]
    assert deployment["metadata"]["namespace"] == "kube-system"
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert deployment["spec"]["template"]["spec"]["serviceAccountName"] == "bigip-ctlr"


def test_arguments_of_the_scenario() -> None:
    assert {
        "--bigip-url=https://172.16.20.202",
        "--bigip-partition=k8s",
        "--namespace=default",
        "--pool-member-type=cluster",
        "--agent=cccl",
        "--insecure=true",
    } <= set(container()["args"])


def test_credentials_come_by_files_and_never_by_argument_or_environment() -> None:
    made = objects()["Deployment k8s-bigip-ctlr-deployment"]["spec"]["template"]["spec"]
    assert made["volumes"][0] == {"name": "bigip-login", "secret": {"secretName": "bigip-login", "defaultMode": 0o440}}
    assert made["containers"][0]["env"] == [{"name": "TZ", "value": "UTC"}]
    assert not [a for a in made["containers"][0]["args"] if "password" in a or "username" in a]


def test_the_old_release_gets_only_arguments_that_it_has() -> None:
    names = {argument.split("=")[0] for argument in arguments(settings(version="1.7.1"))}
    assert names == {
        "--bigip-url", "--bigip-partition", "--credentials-directory", "--namespace", "--pool-member-type",
        "--log-level", "--verify-interval", "--use-secrets",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"mode": "as3"}, "--agent=as3"),
        ({"mode": "crd"}, "--custom-resource-mode=true"),
        ({"schema_dir": "/schemas"}, "--schema-db-base-dir=file:///schemas/"),
        ({"extra_args": {"node-label-selector": "a=b"}}, "--node-label-selector=a=b"),
        ({"watch_namespaces": ["default", "shop"]}, "--namespace=shop"),
        ({"mode": "crd", "insecure": False, "ca": "PEM"},
         "--trusted-certs-cfgmap=kube-system/k8s-bigip-ctlr-deployment-trusted-certs"),
    ],
)  # fmt: skip
def test_arguments(changes: dict[str, Any], argument: str) -> None:
    assert argument in arguments(settings(**changes))


def test_rights_are_read_only_but_for_the_mark_on_configmaps() -> None:
    made = objects()
    assert made["ClusterRole bigip-ctlr-clusterrole"]["rules"] == [
        {"apiGroups": [""], "resources": ["namespaces", "nodes"], "verbs": ["get", "list", "watch"]}
    ]
    writes = {
        (resource, verb)
        for rule in made["ClusterRole bigip-ctlr-namespace"]["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        if verb not in ("get", "list", "watch")
    }
    assert writes == {("configmaps", "update")}


def test_rights_are_bound_in_each_watched_namespace_only() -> None:
    made = wanted_objects(settings(watch_namespaces=["default", "shop"]), "mark")
    bound = [item["metadata"]["namespace"] for item in made if item["kind"] == "RoleBinding"]
    assert bound == ["default", "shop"]


def test_the_certificates_to_trust_are_all_that_may_be_read_beside_the_controller() -> None:
    made = objects(mode="crd", insecure=False, ca="PEM")
    name = "k8s-bigip-ctlr-deployment-trusted-certs"
    assert made[f"Role {name}"]["metadata"]["namespace"] == "kube-system"
    assert made[f"Role {name}"]["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"], "resourceNames": [name]}
    ]
    assert made[f"RoleBinding {name}-binding"]["roleRef"]["kind"] == "Role"
    assert not [key for key in objects() if "trusted-certs" in key]


def test_the_container_may_nothing() -> None:
    context = container()["securityContext"]
    assert context == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip


def test_the_configmap_of_the_scenario() -> None:
    made = objects()["ConfigMap nginx-deploy-svc.vs"]
    assert made["metadata"]["labels"]["f5type"] == "virtual-server"
    assert made["data"]["schema"] == "f5schemadb://bigip-virtual-server_v0.1.7.json"
    assert json.loads(made["data"]["data"]) == {
        "virtualServer": {
            "backend": {
                "serviceName": "nginx-deploy-svc",
                "servicePort": 80,
                "healthMonitors": [
                    {
                        "protocol": "http",
                        "interval": 15,
                        "timeout": 30,
                        "send": r"GET / HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n",
                        "recv": "podroute",
                    }
                ],
            },
            "frontend": {
                "balance": "least-connections-member",
                "mode": "http",
                "partition": "k8s",
                "virtualAddress": {"bindAddr": "172.16.40.80", "port": 80},
            },
        }
    }


def test_the_pod_restarts_for_the_credentials_and_for_nothing_of_the_virtual_servers() -> None:
    def template(mark: str, **changes: Any) -> Any:
        made = wanted_objects(settings(**changes), mark)
        (deployment,) = [item for item in made if item["kind"] == "Deployment"]
        return deployment["spec"]["template"]

    assert template("a") != template("b")
    assert template("a") == template("a", virtual_servers=[])


def mark(password: str, uid: str, **more: str) -> str:
    values = {"username": "admin", "password": password, **more}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return manifests.credentials_mark(data, uid)


def test_the_mark_changes_with_the_credentials_and_needs_the_uid() -> None:
    one = mark("a", "uid-1")
    assert one == mark("a", "uid-1", note="x")
    assert one != mark("b", "uid-1")
    assert one != mark("a", "uid-2")
    assert mark("a", "") == manifests.UNKNOWN


def test_the_secret_holds_what_the_controller_logs_in_with() -> None:
    made = manifests.secret(settings(), "admin", "hunter2")
    assert {key: base64.b64decode(value) for key, value in made["data"].items()} == {
        "username": b"admin", "password": b"hunter2"
    }  # fmt: skip


def test_each_unit_that_does_not_sync_has_a_controller() -> None:
    units = (Unit("bigip1", "https://a", "ctlr"), Unit("bigip2", "https://b", "ctlr-bigip2"))
    made = [item for item in wanted_objects(replace(settings(), units=units), "mark") if item["kind"] == "Deployment"]
    assert [item["metadata"]["name"] for item in made] == ["ctlr", "ctlr-bigip2"]
    pods = [item["spec"]["template"] for item in made]
    assert [pod["metadata"]["labels"]["app"] for pod in pods] == ["ctlr", "ctlr-bigip2"]
    assert [pod["spec"]["containers"][0]["args"][0] for pod in pods] == [
        "--bigip-url=https://a",
        "--bigip-url=https://b",
    ]


def test_what_is_not_wanted_any_more() -> None:
    old = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "old", "namespace": "default", "uid": "1"}}
    kept = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "nginx-deploy-svc.vs", "namespace": "default"},
    }
    assert leftovers.stale([old, kept], objects().values()) == [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "old", "namespace": "default"}}
    ]


def test_variables_that_are_text_count_as_numbers() -> None:
    read = Settings.read(VARIABLES | {"virtual_servers": [VARIABLES["virtual_servers"][0] | {"port": "8080"}]})
    assert read.virtual_servers[0].port == 8080


def test_a_prediction_names_no_mark_that_it_cannot_know() -> None:
    found = {item["kind"]: item for item in manifests.installation(settings(), manifests.UNKNOWN)}
    annotations = found["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert set(annotations.values()) == {manifests.UNKNOWN}


def test_a_list_that_is_text_holds_names_between_commas() -> None:
    assert settings(watch_namespaces="blue,green").watch_namespaces == ("blue", "green")
