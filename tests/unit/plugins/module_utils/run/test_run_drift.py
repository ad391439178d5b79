# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import drift

CLEAN = {"commands": [], "operations": [], "saved": False}
CALICO = {"objects": [{"kind": "BGPPeer", "name": "f5", "action": "none", "result": "unchanged"}]}
KUBERNETES = [{"objects": [{"object": "Deployment kube-system/ctlr", "changed": False}]}, {"operations": []}]


def report(bigip=None, calico=None, controller=None):
    return drift.report({"bigip1": {**CLEAN, **(bigip or {})}}, calico or CALICO, controller or KUBERNETES)


def test_no_drift():
    assert report() == {"schema": 1, "verdict": "no drift", "code": 0, "drift": [], "unknown": []}


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
        ({"controller": [{"objects": [{"object": "ConfigMap a/b", "changed": True}]}]}, "controller", "ConfigMap a/b"),
        (
            {"controller": [{"operations": [{"path": "/mgmt/tm/auth/partition", "body": {"name": "k8s"}}]}]},
            "controller",
            "auth/partition",
        ),
    ],
)
def test_drift_of_each_kind_is_named_with_its_side(given, side, thing):
    found = report(**given)
    assert (found["verdict"], found["code"]) == ("drift", 1)
    assert [(item["side"], item["object"]) for item in found["drift"]] == [(side, thing)]
    assert any(side in line and thing in line for line in drift.lines(found))


@pytest.mark.parametrize(
    "given",
    [
        {"bigip": {"failed": True, "msg": "no answer"}},
        {"calico": {"failed": True, "msg": "no answer"}},
        {"calico": {"changed": False}},
        {"controller": [{"msg": "no answer"}]},
    ],
)
def test_what_was_not_seen_is_never_no_drift(given):
    found = report(**given)
    assert (found["verdict"], found["code"]) == ("cannot tell", 2) and found["unknown"][0]["why"]


def test_nothing_to_look_at_is_no_answer():
    assert drift.report({}, CALICO, KUBERNETES)["code"] == 2
    assert drift.report({"bigip1": CLEAN}, CALICO, [])["code"] == 2
