# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings as a text table: first the root causes, then one line per passed check and the details of failed ones."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import tree
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS

# Maximum of passed checks printed per group; further ones are only counted.
MAX_DETAILS = 6
WIDTH = 110

_SUBJECT = 36

Check = Mapping[str, Any]


def lines(findings: Iterable[Check], max_details: int = MAX_DETAILS) -> list[str]:
    """The table: the root causes, one line per group with its checks below, and the verdict."""
    groups = grouped(findings)
    causes = tree.roots(check for checks in groups.values() for check in checks)
    numbers = {
        cause: number
        for number, entry in enumerate(causes, start=1)
        for cause in entry.get("alike") or [entry["cause"]]
    }
    text = _causes(causes)
    for name, checks in groups.items():
        good = [check for check in checks if check["ok"]]
        bad = [check for check in checks if not check["ok"]]
        mark = "FAIL" if bad else "ok"
        text.append(f"{mark:<4}  {name:<15}  {GROUPS[name]} ({len(good)} of {len(checks)})")
        text += [_line(check) for check in good[:max_details]]
        if len(good) > max_details:
            text.append(f"          and {len(good) - max_details} more")
        for check in bad:
            text += _details(check, numbers)
    return [*text, verdict(groups)]


def grouped(findings: Iterable[Check]) -> dict[str, list[Check]]:
    """The findings by group, in the order of ``GROUPS``."""
    groups: dict[str, list[Check]] = {}
    for finding in findings:
        groups.setdefault(finding["group"], []).append(finding)
    return {name: groups[name] for name in GROUPS if name in groups}


def verdict(groups: Mapping[str, list[Check]]) -> str:
    """The last line of the table."""
    checks = [check for group in groups.values() for check in group]
    failed = [name for name, group in groups.items() if not all(check["ok"] for check in group)]
    if not checks:
        return "FAILED: there are no checks"
    if failed:
        count = sum(not check["ok"] for check in checks)
        return f"FAILED: {count} of {len(checks)} checks failed (groups: {', '.join(failed)})"
    return f"PASSED: {len(checks)} checks in {len(groups)} groups"


def _line(check: Mapping[str, Any]) -> str:
    return f"          {check['subject']:<{_SUBJECT}}  {check['observed']}"


def _causes(causes: list[dict[str, Any]]) -> list[str]:
    """Each root cause with its number, the next step, and the checks that fail because of it."""
    if not causes:
        return []
    text = [f"{len(causes)} {'cause' if len(causes) == 1 else 'causes'} of failed checks:"]
    for number, entry in enumerate(causes, start=1):
        text += _wrapped(f"{number:>4}  ", entry["cause"], 6)
        text += _row("next", entry["hint"])
        for line in tree.by_group(entry):
            text += _row("fails", line)
    return [*text, ""]


def _details(check: Check, numbers: Mapping[str, int]) -> list[str]:
    """Expected and observed state, and the numbers of the root causes; an intermediate cause has its own line."""
    own = [root["cause"] for root in check.get("roots") or [check]]
    known = list(dict.fromkeys(str(numbers[cause]) for cause in own if cause in numbers))
    text = [f"    FAIL  {check['subject']}", *_row("expected", check["expected"]), *_row("observed", check["observed"])]
    if known:
        text += _row("cause", ", ".join(known) + ("" if check["cause"] in own else f": {check['cause']}"))
    return text


def _row(label: str, value: str) -> list[str]:
    return _wrapped(f"            {label:<10}", value, 22) if value else []


def _wrapped(start: str, value: str, indent: int) -> list[str]:
    return textwrap.wrap(value, WIDTH, initial_indent=start, subsequent_indent=" " * indent, break_long_words=False)
