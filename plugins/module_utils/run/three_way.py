# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way back, value by value: what was before, what a run left, and what is there now.

What a run changed and nobody touched since goes back. What somebody else changed since stays, and is named. A run that
was cut off left no record of what it wrote (``left`` is ``None``): then what is there now counts as left by the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class WayBack:
    """``back`` are the keys to set to what was before; ``theirs`` the keys that others changed since."""

    back: list[Any] = field(default_factory=list)
    theirs: list[Any] = field(default_factory=list)


def keys(before: Mapping[Any, Any], left: Mapping[Any, Any] | None, now: Mapping[Any, Any]) -> WayBack:
    """Compare mappings; a missing key is a value like any other."""
    found = WayBack()
    left = now if left is None else left
    for key in dict.fromkeys([*before, *left, *now]):
        was, run, have = before.get(key), left.get(key), now.get(key)
        if have == was:
            continue
        if have == run:
            found.back.append(key)
        else:
            found.theirs.append(key)
    return found


def members(before: Iterable[Any], left: Iterable[Any] | None, now: Iterable[Any]) -> tuple[set[Any], set[Any]]:
    """Compare sets: the set to go back to, and the members that others added or took away since."""
    was, have = set(before), set(now)
    run = have if left is None else set(left)
    return (have - (run - was)) | (was - run), (have ^ run) & (have ^ was)
