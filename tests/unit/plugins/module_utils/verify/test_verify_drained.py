# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drained host: its sessions must be shut down, and nothing is expected through them."""

from __future__ import annotations

from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.faults import bgp, lose_session
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import observed
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.test_verify_checks import prove

NODE = "172.16.40.198"


def drained(shut: bool = True):
    """The observation after ``drain.yml -e drain=k8s-node1``."""
    raw = observed()
    lose_session(raw)
    for neighbor in bgp(raw)["neighbors"]:
        if neighbor["address"] == NODE:
            neighbor |= {"description": "podroute: k8s-node1, drained", "shutdown": shut}
    for probe in raw["probes"]["probes"]:
        probe["ok"] = probe["ok"] and probe.get("node") != "k8s-node1"
    for pod in raw["probes"]["pods"]:
        if pod["node"] == "k8s-node1":
            raw["bigips"]["bigip1"]["ping"].pop(pod["ip"], None)
    return raw


def test_a_drained_node_passes_and_is_shown():
    found = prove(drained())
    assert [one for one in found if not one.ok] == []
    shown = next(one for one in found if one.subject == "bigip1 - k8s-node1")
    assert shown.observed == "shut down (drained)"


def test_a_drained_node_whose_session_is_not_shut_down_fails():
    bad = [one for one in prove(drained(shut=False)) if not one.ok]
    assert [one.subject for one in bad] == ["bigip1 - k8s-node1"]
    assert "k8s-node1 is recorded as drained" in bad[0].cause and "undrain.yml" in bad[0].hint


def test_without_the_record_the_same_session_is_a_failure():
    raw = drained()
    for neighbor in bgp(raw)["neighbors"]:
        neighbor["description"] = neighbor.get("description", "").removesuffix(", drained")
    bad = [one for one in prove(raw) if not one.ok]
    assert any(one.group == "sessions" and "shut down" in one.cause for one in bad)
