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
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.checks import findings
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)
from hypothesis import given
from hypothesis import strategies as st

SCHEMA = json.loads((Path(__file__).resolve().parents[5] / "docs/report.schema.json").read_text())


def checked(saved: bool = True) -> list[dict]:
    raw = observed()
    raw["bigips"]["bigip1"]["config"]["saved"] = saved
    return [finding.as_dict() for finding in findings(fabric(), summarised(raw), VIRTUAL_SERVERS)]


def test_data() -> None:
    good, bad = report.as_data(checked()), report.as_data(checked(saved=False))
    assert (good["passed"], good["failed"], len(good["groups"])) == (True, 0, 10)
    assert (bad["passed"], bad["failed"], bad["verdict"]) == (
        False,
        1,
        f"FAILED: 1 of {bad['checks']} checks failed (groups: bigip_config)",
    )
    assert json.loads(report.as_json(good)) == good


def test_a_report_without_checks_fails() -> None:
    assert report.as_data([]) == {
        "schema": 1,
        "passed": False,
        "verdict": "FAILED: there are no checks",
        "checks": 0,
        "failed": 0,
        "times": {},
        "worst_case": [],
        "causes": [],
        "groups": [],
        "changes": [],
    }


def check_schema(data: dict) -> None:
    jsonschema.validate(data, SCHEMA, format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("saved", [True, False])
def test_the_report_matches_its_schema(saved: bool) -> None:
    changes = [{"title": "bigip1: imish", "text": "+router bgp 64512"}]
    data = report.as_data(checked(saved), {"judged": "2026-11-23T06:00:09Z"}, changes)
    check_schema(json.loads(report.as_json(data)))
    check_schema(report.as_data([]))
    for wrong in ({**data, "schema": 2}, {**data, "passed": "yes"}, {**data, "more": 1}, {**data, "times": {"a": 1}}):
        with pytest.raises(jsonschema.ValidationError):
            check_schema(wrong)


def test_the_markdown_has_what_was_changed() -> None:
    data = report.as_data(checked(), changes=[{"title": "bigip1: imish", "text": "+router bgp 64512\n```"}])
    assert report.as_markdown(data).endswith("## Changed: bigip1: imish\n\n    +router bgp 64512\n    ```\n")


def test_junit() -> None:
    root = ElementTree.fromstring(report.as_junit(report.as_data(checked(saved=False))))
    assert (root.get("tests"), root.get("failures")) == (str(len(checked())), "1")
    (failure,) = root.iter("failure")
    assert failure.get("message") == "the running configuration would be lost at a restart"
    assert "next: imish: write" in failure.text


def test_markdown() -> None:
    lines = report.as_markdown(report.as_data(checked(saved=False))).splitlines()
    assert "| bigip_config | BGP configuration of the BIG-IPs, applied and saved | **FAILED**, 2 of 3 |" in lines
    assert "### bigip_config: bigip1: startup configuration" in lines
    assert "| cause | the running configuration would be lost at a restart |" in lines


@given(st.text(), st.text())
def test_no_text_of_a_device_breaks_a_document(subject: str, cause: str) -> None:
    check = {"group": "sessions", "expected": "a", "observed": "b", "ok": False, "hint": ""}
    bad = [
        {**check, "subject": subject.encode(errors="ignore").decode(), "cause": cause.encode(errors="ignore").decode()}
    ]
    data = report.as_data(bad, changes=[{"title": "bigip1", "text": cause.encode(errors="ignore").decode()}])
    ElementTree.fromstring(report.as_junit(data))
    check_schema(json.loads(report.as_json(data)))
    table = [line for line in report.as_markdown(data).splitlines() if line.startswith("| cause")]
    assert len(table) <= 1
