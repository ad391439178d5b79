# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings as a text table: one line per check that passed, all details of those that failed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS

# Passed checks printed per group; of the others only their number.
MAX_DETAILS = 6
WIDTH = 110

_SUBJECT = 36

Check = Mapping[str, Any]


def lines(findings: Iterable[Check], max_details: int = MAX_DETAILS) -> list[str]:
    """The table: one line per group, its checks below, all details of those that failed, and the verdict."""
    groups = grouped(findings)
    text = []
    for name, checks in groups.items():
        good = [check for check in checks if check["ok"]]
        bad = [check for check in checks if not check["ok"]]
        mark = "FAIL" if bad else "ok"
        text.append(f"{mark:<4}  {name:<15}  {GROUPS[name]} ({len(good)} of {len(checks)})")
        text += [_line(check) for check in good[:max_details]]
        if len(good) > max_details:
            text.append(f"          and {len(good) - max_details} more")
        for check in bad:
            text += _details(check)
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


def _details(check: Mapping[str, Any]) -> list[str]:
    text = [f"    FAIL  {check['subject']}"]
    for label, key in (("expected", "expected"), ("observed", "observed"), ("cause", "cause"), ("next", "hint")):
        if check[key]:
            text += textwrap.wrap(
                check[key],
                WIDTH,
                initial_indent=f"            {label:<10}",
                subsequent_indent=" " * 22,
                break_long_words=False,
            )
    return text
