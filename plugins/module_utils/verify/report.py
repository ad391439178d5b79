# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verification results as data and as documents: JSON for programs, JUnit XML for CI, Markdown for a ticket.

Deterministic: equal findings give equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import table, tree
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS

Check = Mapping[str, Any]
Data = Mapping[str, Any]

# Version of the JSON document: unchanged by new keys, increased by a changed meaning.
SCHEMA = 1

# Characters that a device may print but XML 1.0 forbids.
_CONTROL = {code: None for code in (*range(32), 0xFFFE, 0xFFFF) if code not in (9, 10, 13)}


def as_data(
    findings: Sequence[Check],
    times: Mapping[str, str] | None = None,
    changes: Sequence[Mapping[str, str]] = (),
    sampled: Mapping[str, int] | None = None,
    worst_case: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The report, in the form of docs/report.schema.json.

    :param times: timestamps (ISO 8601, UTC) by event
    :param changes: the changes of the run: ``{title, text}``, the text a unified diff
    :param sampled: ``{nodes, of}`` if not all nodes were read
    :param worst_case: how long packets may be lost: ``{event, seconds, reason}``
    """
    groups = table.grouped(findings)
    failed = sum(not finding["ok"] for finding in findings)
    return {
        "schema": SCHEMA,
        "passed": bool(findings) and not failed,
        "verdict": table.verdict(groups),
        "checks": len(findings),
        "failed": failed,
        "times": dict(times or {}),
        **({"sampled": dict(sampled)} if sampled else {}),
        "worst_case": [dict(one) for one in worst_case],
        "causes": [
            {key: entry[key] for key in ("cause", "hint", "findings")}
            for entry in tree.roots(finding for checks in groups.values() for finding in checks)
        ],
        "groups": [
            {
                "name": name,
                "title": GROUPS[name],
                "passed": all(check["ok"] for check in checks),
                "findings": [
                    {key: check[key] for key in ("subject", "expected", "observed", "ok", "cause", "hint")}
                    for check in checks
                ],
            }
            for name, checks in groups.items()
        ],
        "changes": [{key: change[key] for key in ("title", "text")} for change in changes],
    }


def seconds(one: Mapping[str, Any]) -> str:
    """How long packets may be lost, as text."""
    return f"up to {one['seconds']} s" if one["seconds"] >= 0 else "for ever"


def as_json(report: Data) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_junit(report: Data) -> str:
    """One test suite per group, one test case per check."""
    root = ElementTree.Element(
        "testsuites", name="podroute.calico_f5", tests=str(report["checks"]), failures=str(report["failed"])
    )
    for group in report["groups"]:
        name = group["name"]
        failed = sum(not check["ok"] for check in group["findings"])
        suite = ElementTree.SubElement(
            root, "testsuite", name=name, tests=str(len(group["findings"])), failures=str(failed)
        )
        for check in group["findings"]:
            case = ElementTree.SubElement(suite, "testcase", classname=name, name=_xml(check["subject"]))
            if not check["ok"]:
                failure = ElementTree.SubElement(case, "failure", message=_xml(check["cause"]))
                failure.text = _xml(
                    f"expected: {check['expected']}\nobserved: {check['observed']}\n"
                    f"cause: {check['cause']}\nnext: {check['hint']}\n"
                )
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_markdown(report: Data) -> str:
    """A table of the groups, all details of the failed checks, the passed checks, and what was changed."""
    lines = [
        "# Verification of the fabric",
        "",
        f"**{report['verdict']}**",
        "",
        "| group | checks | result |",
        "| --- | --- | --- |",
    ]
    for group in report["groups"]:
        good = sum(check["ok"] for check in group["findings"])
        mark = "passed" if group["passed"] else "**FAILED**"
        lines.append(f"| {group['name']} | {group['title']} | {mark}, {good} of {len(group['findings'])} |")
    bad = [(group, check) for group in report["groups"] for check in group["findings"] if not check["ok"]]
    if bad:
        lines += ["", "## Causes"]
    for entry in report["causes"]:
        lines += ["", f"### {_cell(entry['cause'])}", "", f"Next: {_cell(entry['hint'])}", ""]
        lines += [f"- {_cell(line)}" for line in tree.by_group(entry, len(entry["findings"]))]
    if bad:
        lines += ["", "## Failed checks"]
    for group, check in bad:
        lines += ["", f"### {group['name']}: {_cell(check['subject'])}", "", "| | |", "| --- | --- |"]
        lines += [f"| {key} | {_cell(check[word])} |" for key, word in _DETAILS if check[word]]
    lines += ["", "## Passed checks", "", "| group | subject | observed |", "| --- | --- | --- |"]
    lines += [
        f"| {group['name']} | {_cell(check['subject'])} | {_cell(check['observed'])} |"
        for group in report["groups"]
        for check in group["findings"]
        if check["ok"]
    ]
    if report["worst_case"]:
        lines += [
            "",
            "## Worst case with these settings",
            "",
            "| event | packets lost for | because |",
            "| --- | --- | --- |",
        ]
        lines += [
            f"| {_cell(one['event'])} | {seconds(one)} | {_cell(one['reason'])} |" for one in report["worst_case"]
        ]
    for change in report["changes"]:
        lines += ["", f"## Changed: {_cell(change['title'])}", ""]
        # Indented: a text may itself contain a fence of backticks.
        lines += [f"    {line}" for line in change["text"].splitlines()]
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Data], str]] = {
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
}

_DETAILS = (("expected", "expected"), ("observed", "observed"), ("cause", "cause"), ("next", "hint"))


def _cell(text: str) -> str:
    """Text escaped for a table cell."""
    for character in "\\`*_|<>[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _xml(text: str) -> str:
    return text.translate(_CONTROL)
