# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Local-traffic policies as far as they select a pool by host and path, as controllers create them for routes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bigip.config.store import Entry, Store


@dataclass(frozen=True)
class Test:
    """``subject`` is ``host``, ``path`` or ``segment N`` (from 1); ``how`` is equals, starts, ends or contains."""

    subject: str
    how: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    tests: tuple[Test, ...]
    pool: str


_HOW = {"equals": "equals", "startsWith": "starts", "endsWith": "ends", "contains": "contains"}


def choices(store: Store, virtual: Entry) -> tuple[Choice, ...]:
    """The rules of a virtual server's policies that select a pool, in order (first match)."""
    found = []
    for use in virtual.members("policies"):
        policy = store.get("ltm/policy", use.full_path)
        if policy is None:
            continue
        for rule in sorted(policy.members("rules"), key=lambda entry: int(entry.get("ordinal", 0))):
            pool = next((action.get("pool") for action in rule.members("actions") if action.get("pool")), None)
            tests = [_test(condition) for condition in rule.members("conditions")]
            if pool and all(tests):
                found.append(Choice(tuple(test for test in tests if test), pool))
    return tuple(found)


def _test(condition: Entry) -> Test | None:
    """None for a condition of another kind: its rule is then left out rather than applied to everything."""
    values = tuple(map(str, condition.get("values") or ()))
    how = next((word for key, word in _HOW.items() if condition.get(key)), "equals")
    if condition.get("httpHost"):
        return Test("host", how, values)
    if condition.get("httpUri") and condition.get("pathSegment"):
        return Test(f"segment {int(condition.get('index', 1))}", how, values)
    if condition.get("httpUri") and condition.get("path"):
        return Test("path", how, values)
    return None
