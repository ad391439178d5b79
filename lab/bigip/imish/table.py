# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One row of the command tables: a ZebOS line, where it lives in the configuration, and its FRR form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from .grammar import Grammar, compile_row

SAME = "="


@dataclass(frozen=True)
class Row:
    """A command.

    pattern:  the ZebOS line (grammar.py)
    slot:     the line's identity in its context: a second line with the same slot replaces the first.
              A template over the arguments; without one, the pattern up to its semicolon
    action:   name of what running it does, when that is more than to set or clear a line
    frr:      FRR's line as a template over the arguments; SAME when FRR spells it alike; "" when FRR lacks it
    frr_no:   FRR's line for the `no` form; without one, "no " and the line
    node:     FRR's node under `router bgp`: "" for the router itself, "unicast" for the address family
    daemon:   which daemon gets it
    text:     how the line is printed, when not as typed (template)
    default:  the line's text when nothing was configured
    shown:    whether the default is printed (ZebOS prints some)
    flag:     for an on/off line: its value when nothing was configured; None for lines that carry a value
    missing:  the reply to a `no` of what is not there; "" for none
    section:  where a line of the top level is printed (render.py)
    fill:     values of arguments that were not typed, for the printed form
    forms:    "both", "set" (no `no` form) or "clear" (only a `no` form)
    """

    pattern: str
    slot: str = ""
    action: str = ""
    frr: str = ""
    frr_no: str = ""
    node: str = ""
    daemon: str = "bgpd"
    text: str = ""
    default: str = ""
    shown: bool = False
    flag: bool | None = None
    missing: str = ""
    section: str = ""
    fill: tuple[tuple[str, str], ...] = ()
    forms: str = "both"

    @cached_property
    def slot_template(self) -> str:
        """The slot as a template over the arguments."""
        if self.slot:
            return self.slot
        words = self.pattern.split(";")[0].split()
        return " ".join(f"{{{word[1:-1].split(':')[0]}}}" if word.startswith("<") else word for word in words)

    @property
    def of_neighbor(self) -> bool:
        """True for lines about one neighbor or peer group."""
        return self.pattern.startswith("neighbor <peer:")


def forms(rows: Iterable[Row]) -> Grammar:
    """Compile a table."""
    return Grammar(form for row in rows for form in compile_row(row, row.pattern, row.forms))
