# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Root causes of failed checks, each once, with the checks that fail because of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Check = Mapping[str, Any]

# More causes than this that differ only in names and addresses are merged: "… (and 997 like it)".
MAX_ALIKE = 3

_WORD = re.compile(r"[^\s,;:()]+")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(/\d+)?")


def roots(findings: Iterable[Check]) -> list[dict[str, Any]]:
    """``[{cause, hint, findings: [{group, subject}]}]``, in descending order of failed checks.

    A check may have several; a check without a cause is its own cause. Similar causes of many hosts are one entry,
    which also has ``alike``, the cause of each.
    """
    found: dict[str, dict[str, Any]] = {}
    for check in findings:
        if check["ok"]:
            continue
        for root in check.get("roots") or [check]:
            text = root["cause"] or f"{check['subject']}: {check['observed']}"
            entry = found.setdefault(text, {"cause": text, "hint": root["hint"], "findings": []})
            entry["findings"].append({"group": check["group"], "subject": check["subject"]})
    return sorted(_merged(found.values()), key=lambda entry: -len(entry["findings"]))


def _merged(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries, with similar ones of many hosts merged."""
    alike: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        alike.setdefault(_without_names(entry), []).append(entry)
    result = []
    for same in alike.values():
        if len(same) <= MAX_ALIKE:
            result += same
            continue
        # A check may have several of them.
        checks = {(one["group"], one["subject"]): one for entry in same for one in entry["findings"]}
        text = f"{same[0]['cause']} (and {len(same) - 1} like it)"
        causes = [entry["cause"] for entry in same]
        result.append({**same[0], "cause": text, "findings": list(checks.values()), "alike": causes})
    return result


def _without_names(entry: Mapping[str, Any]) -> str:
    """The cause without addresses and without the names of its subjects."""
    names = {word for check in entry["findings"] for word in _WORD.findall(check["subject"])}
    return _WORD.sub(
        lambda found: "*" if found[0] in names or _ADDRESS.fullmatch(found[0]) else found[0], entry["cause"]
    )


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
