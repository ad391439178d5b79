# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from xml.etree import ElementTree

from ansible_collections.podroute.calico_f5.plugins.module_utils.proof import report
from ansible_collections.podroute.calico_f5.plugins.module_utils.proof.prove import findings
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.proof.observations import (
    VIRTUAL_SERVERS,
    observed,
)
from hypothesis import given
from hypothesis import strategies as st


def proof(saved: bool = True) -> list[dict]:
    raw = observed()
    raw["bigips"]["bigip1"]["config"]["saved"] = saved
    return [finding.as_dict() for finding in findings(fabric(), raw, VIRTUAL_SERVERS)]


def test_data() -> None:
    good, bad = report.as_data(proof()), report.as_data(proof(saved=False))
    assert (good["proven"], good["failed"], len(good["capabilities"])) == (True, 0, 10)
    assert (bad["proven"], bad["failed"], bad["verdict"]) == (
        False,
        1,
        f"FAILED: 1 of {bad['checks']} checks do not hold (capabilities 3)",
    )
    assert json.loads(report.as_json(proof())) == good


def test_nothing_is_no_proof() -> None:
    assert report.as_data([]) == {
        "schema": 1,
        "proven": False,
        "verdict": "FAILED: nothing was verified",
        "checks": 0,
        "failed": 0,
        "capabilities": [],
    }


def test_junit() -> None:
    root = ElementTree.fromstring(report.as_junit(proof(saved=False)))
    assert (root.get("tests"), root.get("failures")) == (str(len(proof())), "1")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "the running configuration would be lost at a restart"
    assert "next: imish: write" in failure.text


def test_markdown() -> None:
    lines = report.as_markdown(proof(saved=False)).splitlines()
    assert "| 3 | BIG-IP routing configured and saved | **FAIL**, 2 of 3 |" in lines
    assert "### 3: bigip1: startup configuration" in lines
    assert "| cause | the running configuration would be lost at a restart |" in lines


@given(st.text(), st.text())
def test_no_words_of_a_device_break_a_document(subject: str, cause: str) -> None:
    check = {"capability": 4, "expected": "a", "observed": "b", "ok": False, "hint": ""}
    bad = [
        {**check, "subject": subject.encode(errors="ignore").decode(), "cause": cause.encode(errors="ignore").decode()}
    ]
    ElementTree.fromstring(report.as_junit(bad))
    json.loads(report.as_json(bad))
    table = [line for line in report.as_markdown(bad).splitlines() if line.startswith("| cause")]
    assert len(table) <= 1
