# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems of an inventory: host, variable, value and expected value of each, and lists of problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

ALL = "all"  # the host of a problem of a fabric-wide variable
UNSET = "not set"

# A problem of several hosts is reported once, with at most this many names.
MAX_NAMES = 3

# Exceptions raised for data that does not have the documented form.
ODD_FORM = (AttributeError, LookupError, TypeError, ValueError)

_UNPRINTABLE = re.compile(r"[^ -~\u00a1-\uffff]")


@dataclass(frozen=True)
class Problem:
    """One problem.

    :ivar host: the inventory host of the variable, or ``all`` for a fabric-wide one
    :ivar variable: the variable, with an index where it is a list: ``pod_pools[0].cidr``
    :ivar value: its current value, as text; never a secret
    :ivar expected: a valid value
    """

    host: str
    variable: str
    value: str
    expected: str

    @property
    def text(self) -> str:
        """The problem without its host, on one line."""
        return _printable(f"{self.variable} is {self.value}; expected {self.expected}")

    def __str__(self) -> str:
        return f"{_printable(self.host)}: {self.text}"

    def as_dict(self) -> dict[str, str]:
        return {"host": self.host, "variable": self.variable, "value": self.value, "expected": self.expected}


class Impossible(Exception):
    """The request cannot be carried out. ``problems`` has one line per reason."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(self.problems))


class InventoryError(ValueError):
    """The inventory does not describe a fabric. Contains every problem, not only the first.

    :ivar lines: the problems as a list to print, grouped by host
    :ivar partial: the fabric as far as it could be read, if it could at all
    :ivar whole: whether nothing is missing in it: every value is one of its type
    """

    def __init__(self, problems: Iterable[Problem], partial: Any = None, whole: bool = False) -> None:
        self.problems = list(problems)
        self.partial, self.whole = partial, whole
        self.lines = grouped(self.problems)
        count = len(self.lines)
        noun = "problem" if count == 1 else "problems"
        title = f"the inventory has {count} {noun}; nothing was changed:"
        super().__init__("\n".join([title, *(f"  - {line}" for line in self.lines)]))


def grouped(problems: Iterable[Problem | str]) -> list[str]:
    """One line per distinct problem, grouped by host.

    A problem that several hosts share is one line: ``node1, node2, node3 and 997 more: as_number is …``.

    :param problems: problems, or sentences of this form, ``HOST: TEXT``
    """
    hosts: dict[str, list[str]] = {}
    for problem in problems:
        if isinstance(problem, Problem):
            host, text = _printable(problem.host), problem.text
        else:
            host, _colon, text = _printable(str(problem)).partition(": ")
        names = hosts.setdefault(text, [])
        if host not in names:
            names.append(host)
    first = {name: place for place, name in reversed(list(enumerate(names[0] for names in hosts.values())))}
    ordered = sorted(hosts.items(), key=lambda item: first[item[1][0]])
    return [f"{named(names)}: {text}" if text else names[0] for text, names in ordered]


def odd_form(what: str, error: Exception) -> str:
    """The sentence about data in an undocumented form, such as a resource without a spec."""
    return f"{what} has an unexpected form ({type(error).__name__}: {_printable(str(error))})"


def named(names: Sequence[str], most: int = MAX_NAMES) -> str:
    """The first names of a list, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def shown(value: Any) -> str:
    """``value`` for a message: short, on one line, strings in quotes."""
    if value is None:
        return UNSET
    text = " ".join((f'"{value}"' if isinstance(value, str) else str(value)).split())
    return text if len(text) <= 120 else f"{text[:117]}..."


def _printable(text: str) -> str:
    """Text with line ends and other control characters escaped as in Python."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
