# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Root causes of failed checks, each once, with the checks that fail because of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Check = Mapping[str, Any]


def roots(findings: Iterable[Check]) -> list[dict[str, Any]]:
    """``[{cause, hint, findings: [{group, subject}]}]``, those that most checks fail because of first.

    A check may fail because of several; a check without a cause is its own.
    """
    found: dict[str, dict[str, Any]] = {}
    for check in findings:
        if check["ok"]:
            continue
        for root in check.get("roots") or [check]:
            text = root["cause"] or f"{check['subject']}: {check['observed']}"
            entry = found.setdefault(text, {"cause": text, "hint": root["hint"], "findings": []})
            entry["findings"].append({"group": check["group"], "subject": check["subject"]})
    return sorted(found.values(), key=lambda entry: -len(entry["findings"]))


def by_group(entry: Mapping[str, Any], shown: int = 3) -> list[str]:
    """The checks of one root cause in one line per group: ``sessions: bigip1 - n1, bigip1 - n2 and 7 more``."""
    groups: dict[str, list[str]] = {}
    for check in entry["findings"]:
        groups.setdefault(check["group"], []).append(check["subject"])
    return [f"{group}: {some(subjects, shown)}" for group, subjects in groups.items()]


def some(names: list[str], shown: int = 3) -> str:
    """The first names, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")
