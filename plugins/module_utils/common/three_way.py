# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollback may restore, value by value: the state before a run, as applied by the run, and now.

What the run changed is restored unless others changed it since. Such a change is a conflict: it stays and is reported.
An interrupted run has no record of what it applied (``applied`` is ``None``): then the whole current state counts as
applied by the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Comparison:
    """``restore`` are the keys to set to their previous value; ``conflicts`` the keys that others changed since."""

    restore: list[Any] = field(default_factory=list)
    conflicts: list[Any] = field(default_factory=list)


def keys(before: Mapping[Any, Any], applied: Mapping[Any, Any] | None, now: Mapping[Any, Any]) -> Comparison:
    """Compare mappings; a missing key counts as a value."""
    found = Comparison()
    applied = now if applied is None else applied
    for key in dict.fromkeys([*before, *applied, *now]):
        was, run, have = before.get(key), applied.get(key), now.get(key)
        if have == was:
            continue
        if have == run:
            found.restore.append(key)
        else:
            found.conflicts.append(key)
    return found


def members(before: Iterable[Any], applied: Iterable[Any] | None, now: Iterable[Any]) -> tuple[set[Any], set[Any]]:
    """Compare sets: the set to restore, and the members that others added or removed since."""
    was, have = set(before), set(now)
    run = have if applied is None else set(applied)
    return (have - (run - was)) | (was - run), (have ^ run) & (have ^ was)
