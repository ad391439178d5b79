# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings as text for people: a screen when all is well, the whole story of what is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import CAPABILITIES

# Details of a capability that holds; beyond, the number of them says as much.
MOST_DETAILS = 6
WIDTH = 110

_SUBJECT = 36


def lines(findings: Iterable[Mapping[str, Any]], most: int = MOST_DETAILS) -> list[str]:
    """The table: a line a capability, its checks below, expected and observed of each that failed, a verdict."""
    by_capability: dict[int, list[Mapping[str, Any]]] = {}
    for finding in findings:
        by_capability.setdefault(finding["capability"], []).append(finding)
    text = []
    for number, checks in sorted(by_capability.items()):
        good = [check for check in checks if check["ok"]]
        bad = [check for check in checks if not check["ok"]]
        mark = "FAIL" if bad else "ok"
        text.append(f"{number:>2}  {mark:<4}  {CAPABILITIES[number]} ({len(good)} of {len(checks)})")
        text += [_line(check) for check in good[:most]]
        if len(good) > most:
            text.append(f"          and {len(good) - most} more like these")
        for check in bad:
            text += _story(check)
    return [*text, verdict(by_capability)]


def verdict(by_capability: Mapping[int, list[Mapping[str, Any]]]) -> str:
    """The last line: what all of it comes to."""
    checks = [check for group in by_capability.values() for check in group]
    failed = sorted(number for number, group in by_capability.items() if not all(check["ok"] for check in group))
    if not checks:
        return "FAILED: nothing was verified"
    if failed:
        count = sum(not check["ok"] for check in checks)
        rows = ", ".join(map(str, failed))
        return f"FAILED: {count} of {len(checks)} checks do not hold (capabilities {rows})"
    return f"PROVEN: {len(checks)} checks of {len(by_capability)} capabilities hold"


def _line(check: Mapping[str, Any]) -> str:
    return f"          {check['subject']:<{_SUBJECT}}  {check['observed']}"


def _story(check: Mapping[str, Any]) -> list[str]:
    told = [f"    FAIL  {check['subject']}"]
    for label, key in (("expected", "expected"), ("observed", "observed"), ("cause", "cause"), ("next", "hint")):
        if check[key]:
            told += textwrap.wrap(
                check[key],
                WIDTH,
                initial_indent=f"            {label:<10}",
                subsequent_indent=" " * 22,
                break_long_words=False,
            )
    return told
