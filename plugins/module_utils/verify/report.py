# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proof as data and as documents: JSON for programs, JUnit XML for CI, Markdown for a ticket. Deterministic: the
same findings give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import table
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import CAPABILITIES

Check = Mapping[str, Any]
Data = Mapping[str, Any]

# Of the JSON document. It grows by keys without notice; a changed meaning gets another number.
SCHEMA = 1

# What XML 1.0 forbids and a device's words may hold.
_CONTROL = {code: None for code in (*range(32), 0xFFFE, 0xFFFF) if code not in (9, 10, 13)}


def as_data(
    findings: Sequence[Check], times: Mapping[str, str] | None = None, changes: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """The report, in the form of docs/report.schema.json.

    :param times: moments (ISO 8601, UTC) by what happened then
    :param changes: what the run changed before it was proven: ``{title, text}``, the text a unified diff
    """
    groups = _grouped(findings)
    failed = sum(not finding["ok"] for finding in findings)
    return {
        "schema": SCHEMA,
        "proven": bool(findings) and not failed,
        "verdict": table.verdict(groups),
        "checks": len(findings),
        "failed": failed,
        "times": dict(times or {}),
        "capabilities": [
            {
                "number": number,
                "title": CAPABILITIES[number],
                "proven": all(check["ok"] for check in checks),
                "findings": [
                    {key: check[key] for key in ("subject", "expected", "observed", "ok", "cause", "hint")}
                    for check in checks
                ],
            }
            for number, checks in groups.items()
        ],
        "changes": [{key: change[key] for key in ("title", "text")} for change in changes],
    }


def causes(report: Data) -> list[dict[str, Any]]:
    """Every distinct cause of what failed, with what to try next and the subjects: ``[{cause, hint, subjects}]``.

    In the order of the capabilities: what the others need comes first.
    """
    found: dict[str, dict[str, Any]] = {}
    for group in report["capabilities"]:
        for check in group["findings"]:
            if not check["ok"]:
                cause = check["cause"] or check["observed"]
                entry = found.setdefault(cause, {"cause": cause, "hint": check["hint"], "subjects": []})
                entry["subjects"].append(check["subject"])
    return list(found.values())


def as_json(report: Data) -> str:
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def as_junit(report: Data) -> str:
    """One test suite a capability, one test case a check."""
    root = ElementTree.Element(
        "testsuites", name="podroute.calico_f5", tests=str(report["checks"]), failures=str(report["failed"])
    )
    for group in report["capabilities"]:
        name = f"{group['number']} {group['title']}"
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
    """A table of the capabilities, then every difference whole, everything that holds, and what was changed."""
    lines = [
        "# Proof of the fabric",
        "",
        f"**{report['verdict']}**",
        "",
        "| | capability | holds |",
        "| --- | --- | --- |",
    ]
    for group in report["capabilities"]:
        good = sum(check["ok"] for check in group["findings"])
        mark = "ok" if group["proven"] else "**FAIL**"
        lines.append(f"| {group['number']} | {group['title']} | {mark}, {good} of {len(group['findings'])} |")
    bad = [(group, check) for group in report["capabilities"] for check in group["findings"] if not check["ok"]]
    if bad:
        lines += ["", "## What does not hold"]
    for group, check in bad:
        lines += ["", f"### {group['number']}: {_cell(check['subject'])}", "", "| | |", "| --- | --- |"]
        lines += [f"| {key} | {_cell(check[word])} |" for key, word in _STORY if check[word]]
    lines += ["", "## What holds", "", "| | subject | observed |", "| --- | --- | --- |"]
    lines += [
        f"| {group['number']} | {_cell(check['subject'])} | {_cell(check['observed'])} |"
        for group in report["capabilities"]
        for check in group["findings"]
        if check["ok"]
    ]
    for change in report["changes"]:
        lines += ["", f"## Changed: {_cell(change['title'])}", ""]
        # Indented, for no fence of backticks is safe from a text that has one.
        lines += [f"    {line}" for line in change["text"].splitlines()]
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Data], str]] = {
    "json": as_json,
    "junit": as_junit,
    "markdown": as_markdown,
}

_STORY = (("expected", "expected"), ("observed", "observed"), ("cause", "cause"), ("next", "hint"))


def _grouped(findings: Sequence[Check]) -> dict[int, list[Check]]:
    groups: dict[int, list[Check]] = {}
    for finding in findings:
        groups.setdefault(int(finding["capability"]), []).append(finding)
    return dict(sorted(groups.items()))


def _cell(text: str) -> str:
    """Text that cannot end a cell, nor become markup."""
    for character in "\\`*_|<>[]":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _xml(text: str) -> str:
    return text.translate(_CONTROL)
