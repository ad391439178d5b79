# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong in an inventory, said so that a person can mend it without reading our code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    :ivar host: the inventory host whose variable it is, or ``all`` for a fabric-wide one
    :ivar variable: the variable, with an index where it is a list: ``pod_pools[0].cidr``
    :ivar value: what it holds now, as text; never a secret
    :ivar expected: what would be right
    """

    host: str
    variable: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"{self.host}: {self.variable} is {self.value}; expected {self.expected}"

    def as_dict(self) -> dict[str, str]:
        return {"host": self.host, "variable": self.variable, "value": self.value, "expected": self.expected}


class InventoryError(ValueError):
    """The inventory does not describe a fabric. Carries every problem, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        lines = [f"the inventory has {count} {noun}; nothing was changed:"]
        super().__init__("\n".join([*lines, *(f"  - {problem}" for problem in self.problems)]))


UNSET = "not set"


def shown(value: Any) -> str:
    """``value`` as a message shows it: short, on one line, strings in quotes."""
    if value is None:
        return UNSET
    text = " ".join((f'"{value}"' if isinstance(value, str) else str(value)).split())
    return text if len(text) <= 120 else f"{text[:117]}..."
