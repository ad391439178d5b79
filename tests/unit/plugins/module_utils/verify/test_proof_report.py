# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import report
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.prove import findings
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
)
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs/report.schema.json").read_text())


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
    assert json.loads(report.as_json(good)) == good


def test_nothing_is_no_proof() -> None:
    assert report.as_data([]) == {
        "schema": 1,
        "proven": False,
        "verdict": "FAILED: nothing was verified",
        "checks": 0,
        "failed": 0,
        "times": {},
        "capabilities": [],
        "changes": [],
    }


def check_schema(data: dict) -> None:
    jsonschema.validate(data, SCHEMA, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("saved", [True, False])
def test_the_report_is_as_its_schema_says(saved: bool) -> None:
    changes = [{"title": "bigip1: imish", "text": "+router bgp 64512"}]
    data = report.as_data(proof(saved), {"judged": "2026-11-23T06:00:09Z"}, changes)
    check_schema(json.loads(report.as_json(data)))
    check_schema(report.as_data([]))
    for wrong in ({**data, "schema": 2}, {**data, "proven": "yes"}, {**data, "more": 1}, {**data, "times": {"a": 1}}):
        with pytest.raises(jsonschema.ValidationError):
            check_schema(wrong)


def test_causes_are_told_once_each_with_what_they_are_found_on() -> None:
    checks = [
        {"capability": 4, "subject": f"bigip1 - n{number}", "expected": "up", "observed": "down", "ok": number == 0}
        | {"cause": "a filter in between" if number < 3 else "", "hint": "look"}
        for number in range(4)
    ]
    assert report.causes(report.as_data(checks)) == [
        {"cause": "a filter in between", "hint": "look", "subjects": ["bigip1 - n1", "bigip1 - n2"]},
        {"cause": "down", "hint": "look", "subjects": ["bigip1 - n3"]},
    ]


def test_what_was_changed_stands_in_the_markdown() -> None:
    data = report.as_data(proof(), changes=[{"title": "bigip1: imish", "text": "+router bgp 64512\n```"}])
    assert report.as_markdown(data).endswith("## Changed: bigip1: imish\n\n    +router bgp 64512\n    ```\n")


def test_junit() -> None:
    root = ElementTree.fromstring(report.as_junit(report.as_data(proof(saved=False))))
    assert (root.get("tests"), root.get("failures")) == (str(len(proof())), "1")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "the running configuration would be lost at a restart"
    assert "next: imish: write" in failure.text


def test_markdown() -> None:
    lines = report.as_markdown(report.as_data(proof(saved=False))).splitlines()
    assert "| 3 | BIG-IP routing configured and saved | **FAIL**, 2 of 3 |" in lines
    assert "### 3: bigip1: startup configuration" in lines
    assert "| cause | the running configuration would be lost at a restart |" in lines


@given(st.text(), st.text())
def test_no_words_of_a_device_break_a_document(subject: str, cause: str) -> None:
    check = {"capability": 4, "expected": "a", "observed": "b", "ok": False, "hint": ""}
    bad = [
        {**check, "subject": subject.encode(errors="ignore").decode(), "cause": cause.encode(errors="ignore").decode()}
    ]
    data = report.as_data(bad, changes=[{"title": "bigip1", "text": cause.encode(errors="ignore").decode()}])
    ElementTree.fromstring(report.as_junit(data))
    check_schema(json.loads(report.as_json(data)))
    table = [line for line in report.as_markdown(data).splitlines() if line.startswith("| cause")]
    assert len(table) <= 1
