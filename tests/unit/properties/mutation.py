# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbered random cases, and one random change of a value.

A case depends on the seed and its own number only, so one that failed is run again alone:

    PODROUTE_FUZZ_CASE=17 pytest …            with another seed: PODROUTE_FUZZ_SEED=3
"""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

SEED = int(os.environ.get("PODROUTE_FUZZ_SEED", "14"))
CASE = os.environ.get("PODROUTE_FUZZ_CASE")


class _Missing:
    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
Path = tuple[Any, ...]

# Of every type, most of them valid nowhere.
_VALUES: list[Any] = [
    MISSING, MISSING, None, "", "x", "a\nb", 0, -1, 7, 2**32, 1.5, True, False, [], {}, [None], [[]], {"a": None},
    "172.16.40.250", "10.9.0.0/16", "64999",
]  # fmt: skip


def each(count: int, case: Callable[[random.Random], object]) -> list[Any]:
    """The results of ``count`` cases, each with dice of its own. A failure names the case and how to repeat it."""
    results = []
    for number in [int(CASE)] if CASE else range(count):
        try:
            results.append(case(random.Random(f"{SEED}/{number}")))
        except Exception as problem:
            again = f"PODROUTE_FUZZ_SEED={SEED} PODROUTE_FUZZ_CASE={number}"
            raise AssertionError(f"case {number} ({again}): {type(problem).__name__}: {problem}") from problem
    return results


@dataclass(frozen=True)
class Mutation:
    """One value that was replaced.

    :ivar parent: the mapping or list that holds the value, as it was
    :ivar before: the whole, as it was; ``after``: with the new value
    """

    path: Path
    old: Any
    new: Any
    parent: Any
    before: Any
    after: Any

    @property
    def place(self) -> str:
        return "/".join(map(str, self.path))

    @property
    def differs(self) -> bool:
        """Whether the new value means something else.

        64512 and "64512" are the same, and so are all empty values, and lists with the same items.
        """
        if isinstance(self.old, list) and isinstance(self.new, list):
            return {str(item) for item in self.old} != {str(item) for item in self.new}
        return not ((not self.old and not self.new) or self.old == self.new or str(self.old) == str(self.new))


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value below the whole."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def mutate(whole: Any, path: Path, dice: random.Random, more: list[Any] | None = None) -> Mutation:
    """Change the value at ``path`` in a copy. ``more``: values that are of interest there."""
    after = copy.deepcopy(whole)
    parent, there = whole, after
    for key in path[:-1]:
        parent, there = parent[key], there[key]
    old = parent[path[-1]]
    new = dice.choice([dice.choice(_VALUES), dice.choice([*_alike(old, dice), *(more or ())])])
    if new is MISSING:
        del there[path[-1]]
    else:
        there[path[-1]] = copy.deepcopy(new)
    return Mutation(path, old, new, parent, whole, after)


def _alike(old: Any, dice: random.Random) -> list[Any]:
    """Other values of the same type."""
    if isinstance(old, bool):
        return [not old]
    if isinstance(old, int):
        return [old + 1, old - 1, old * 2]
    if isinstance(old, list) and old:
        number = dice.randrange(len(old))
        return [[*old[:number], *old[number + 1 :]], old[::-1], [*old, old[number]]]
    if isinstance(old, str) and old:
        number = dice.randrange(len(old))
        digit = str((int(old[number]) + 1) % 10) if old[number].isdigit() else "q"
        return [old[:number] + digit + old[number + 1 :]]
    return [MISSING]


Matters = Callable[[Mutation], object]


@dataclass(frozen=True)
class Row:
    """What a change of the values at some places must lead to.

    :ivar pattern: of ``Mutation.place``; ``*`` stands for one key, ``**`` for any number of them
    :ivar found_by: every detector that must report it; none: it may pass
    :ivar matters: whether this change matters, beside being another value
    :ivar more: values of interest
    """

    pattern: str
    found_by: tuple[str, ...] = ()
    matters: Matters = lambda mutation: True
    more: tuple[Any, ...] = ()

    def fits(self, path: Path) -> bool:
        wanted, keys = self.pattern.split("/"), [str(key) for key in path]
        if wanted[-1] == "**":
            wanted, keys = wanted[:-1], keys[: len(wanted) - 1]
        return len(wanted) == len(keys) and all(map(fnmatchcase, keys, wanted))


def row_of(table: list[Row], path: Path) -> Row:
    """The first row that fits. :raises LookupError: the table does not know the place"""
    for row in table:
        if row.fits(path):
            return row
    place = "/".join(map(str, path))
    raise LookupError(f"{place} is not in the table of what matters: add a row, with what must find a change of it")
