# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a change of a Kubernetes object, and when no request is needed to know that there is none."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_changes import (
    change,
    identity,
    in_effect,
)

MANAGER = "podroute.calico_f5"
WANTED = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d", "namespace": "n", "labels": {"app": "d"}},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "containers": [
                    {
                        "name": "c",
                        "args": ["--a", "--b"],
                        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
                    }
                ],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            }
        },
    },
}
FIELDS = {
    "f:metadata": {"f:labels": {"f:app": {}}},
    "f:spec": {
        "f:replicas": {},
        "f:template": {
            "f:spec": {
                "f:containers": {
                    'k:{"name":"c"}': {
                        ".": {},
                        "f:name": {},
                        "f:args": {},
                        "f:ports": {
                            'k:{"containerPort":8080,"protocol":"TCP"}': {
                                ".": {}, "f:containerPort": {}, "f:protocol": {}
                            },
                        },
                    }
                },
                "f:volumes": {'k:{"name":"tmp"}': {".": {}, "f:name": {}, "f:emptyDir": {}}},
            }
        },
    },
}  # fmt: skip


def stored():
    """The object as the server stores it, with what it adds by itself."""
    found = copy.deepcopy(WANTED)
    found["metadata"] |= {
        "uid": "u", "resourceVersion": "7", "generation": 2, "annotations": {"deployment.kubernetes.io/revision": "1"},
        "managedFields": [
            {"manager": MANAGER, "operation": "Apply", "fieldsV1": FIELDS},
            {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}},
        ],
    }  # fmt: skip
    found["spec"]["progressDeadlineSeconds"] = 600
    found["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Always"
    found["status"] = {"readyReplicas": 1}
    return found


def container(definition):
    return definition["spec"]["template"]["spec"]["containers"][0]


def test_an_applied_object_needs_no_request():
    assert in_effect(WANTED, stored(), MANAGER)


@pytest.mark.parametrize(
    "edit",
    [
        lambda wanted, found: container(found).update(args=["--a"]),
        lambda wanted, found: container(found).update(args=["--a", "--c"]),
        lambda wanted, found: found["spec"].update(replicas=0),
        lambda wanted, found: found["metadata"]["labels"].clear(),
        lambda wanted, found: container(wanted).pop("args"),
        lambda wanted, found: wanted["metadata"].pop("labels"),
        lambda wanted, found: container(wanted).update(ports=[{"containerPort": 8081, "protocol": "TCP"}]),
        lambda wanted, found: found["spec"]["template"]["spec"]["containers"].append({"name": "sidecar"}),
        lambda wanted, found: found["metadata"]["managedFields"].pop(0),
        lambda wanted, found: found["metadata"]["managedFields"][0].update(manager="kubectl"),
    ],
)
def test_a_difference_or_a_doubt_needs_one(edit):
    wanted, found = copy.deepcopy(WANTED), stored()
    edit(wanted, found)
    assert not in_effect(wanted, found, MANAGER)


def test_a_missing_object_needs_one():
    assert not in_effect(WANTED, None, MANAGER)


def test_what_the_server_writes_by_itself_is_not_a_change():
    after = stored()
    after["metadata"]["resourceVersion"] = "8"
    after["status"] = {}
    assert change(stored(), after) is None


def test_a_diff_has_only_what_differs():
    after = stored()
    after["spec"]["replicas"] = 2
    entry = change(stored(), after)
    assert (entry["before"], entry["after"]) == ({"spec": {"replicas": 1}}, {"spec": {"replicas": 2}})
    assert entry["before_header"] == "Deployment n/d"


def secret(value):
    return {"kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": {"password": value, "user": "YQ=="}}


def test_a_changed_secret_is_a_change_without_its_values():
    entry = change(secret("b2xk"), secret("bmV3"))
    assert entry["after"] == {"data": {"password": "(hidden), changed"}}
    assert "bmV3" not in str(entry) and "b2xk" not in str(entry)


def test_a_new_secret_hides_its_values():
    entry = change(None, {**secret("bmV3"), "stringData": {"password": "new"}})
    assert entry["before"] == {}
    assert entry["after"]["data"] == {"password": "(hidden)", "user": "(hidden)"}
    assert entry["after"]["stringData"] == {"password": "(hidden)"}


def test_identity():
    assert identity({"kind": "ClusterRole", "metadata": {"name": "r"}}) == "ClusterRole r"
