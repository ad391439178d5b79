# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import drift

CLEAN = {"commands": [], "operations": [], "saved": False}
CALICO = {"objects": [{"kind": "BGPPeer", "name": "f5", "action": "none", "result": "unchanged"}]}
CONTROLLER = {"objects": [{"object": "Deployment kube-system/ctlr", "changed": False}], "operations": []}


def report(bigip=None, calico=None, controller=None):
    return drift.report({"bigip1": {**CLEAN, **(bigip or {})}}, calico or CALICO, {**CONTROLLER, **(controller or {})})


def test_no_drift():
    assert report() == {"schema": 1, "verdict": "no drift", "code": 0, "drift": [], "unknown": [], "drained": []}


def test_drained_hosts_are_named_and_are_not_drift():
    found = report({"drained": ["bigip1", "k8s-node1"]})
    assert (found["verdict"], found["drained"]) == ("no drift", ["bigip1", "k8s-node1"])
    assert drift.lines(found)[-1] == "Drained: bigip1, k8s-node1"


PARTITION = {"path": "/mgmt/tm/auth/partition", "body": {"name": "k8s"}}


@pytest.mark.parametrize(
    ("given", "side", "thing"),
    [
        ({"bigip": {"commands": ["router bgp 1", " neighbor 10.0.0.1 remote-as 1", "exit"]}}, "bigip1", "router bgp 1"),
        ({"bigip": {"commands": ["ip prefix-list p seq 5 permit any"]}}, "bigip1", "imish"),
        (
            {"bigip": {"operations": [{"method": "PATCH", "path": "/mgmt/tm/net/self/~Common~a", "body": {}}]}},
            "bigip1",
            "net/self/~Common~a",
        ),
        ({"bigip": {"saved": True}}, "bigip1", "startup-config"),
        (
            {"calico": {"objects": [{"kind": "IPPool", "name": "p", "action": "update", "result": "planned"}]}},
            "Calico",
            "IPPool p",
        ),
        (
            {"calico": {"objects": [], "password": [{"kind": "Secret", "name": "b", "action": "create"}]}},
            "Calico",
            "Secret b",
        ),
        ({"controller": {"objects": [{"object": "ConfigMap a/b", "changed": True}]}}, "controller", "ConfigMap a/b"),
        ({"controller": {"operations": [PARTITION]}}, "controller", "auth/partition"),
    ],
)
def test_drift_of_each_kind_is_reported_with_its_side(given, side, thing):
    found = report(**given)
    assert (found["verdict"], found["code"]) == ("drift", 1)
    assert [(item["side"], item["object"]) for item in found["drift"]] == [(side, thing)]
    assert any(side in line and thing in line for line in drift.lines(found))


@pytest.mark.parametrize(
    ("action", "said"),
    [("create", "it is missing"), ("update", "it differs"), ("delete", "it is not in the inventory")],
)
def test_how_an_object_of_the_controller_differs_is_reported(action, said):
    item = {"object": "ConfigMap a/b", "changed": True, "action": action}
    assert drift.lines(report(controller={"objects": [item]}))[1] == f"  controller: ConfigMap a/b: {said}"


def test_what_differs_in_an_object_of_calico_is_named():
    item = {"kind": "BGPPeer", "name": "f5", "action": "update", "result": "planned",
            "differences": ["spec.asNumber is 65123, expected 64512"]}  # fmt: skip
    found = report(calico={"objects": [item]})
    assert drift.lines(found)[1] == "  Calico: BGPPeer f5: spec.asNumber is 65123, expected 64512"


@pytest.mark.parametrize("side", ["bigip", "calico", "controller"])
def test_a_side_that_could_not_be_compared_is_never_no_drift(side):
    found = report(**{side: {"failed": True, "msg": "no answer"}})
    assert (found["verdict"], found["code"]) == ("unknown", 2) and found["unknown"][0]["reason"] == "no answer"


def test_a_missing_result_is_never_no_drift():
    assert drift.report({}, CALICO, CONTROLLER)["code"] == 2
    assert drift.report({"bigip1": CLEAN}, {}, CONTROLLER)["code"] == 2
    assert drift.report({"bigip1": CLEAN}, CALICO, {})["code"] == 2
