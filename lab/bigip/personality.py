# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open questions about the device (docs/device-unknowns.md) as switches: the simulator can use every answer. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Personality:
    """One answer to each question. ``CHOICES`` lists the answers; the first of each is the default."""

    graceful_restart: str = "on"  # U1: `neighbor X capability graceful-restart` without the line
    graceful_restart_printed: str = "differing"  # U1: the positive form
    ipv6_policy_before_activate: str = "refused"  # U2
    deactivate_group_with_members: str = "refused"  # U3
    timers: str = "accepted"  # U4: hold time below three times the keepalive
    hidden_password: str = "7"  # U5: what precedes the hash with `service password-encryption`
    policy_lines: str = "as-typed"  # U6
    wording: str = "known"  # U7: other words in every `%` reply of which the words have no source
    summary: str = "all"  # U8: neighbors in `show ip bgp summary`
    default_route_domain: str = "as-given"  # U9: `%0` in the names and addresses of nodes, members and addresses
    empty_collections: str = "without-items"  # U11
    reply: str = "at-once"  # the daemon replies immediately, or first reports that it is not running
    output: str = "plain"  # or padded with blanks at the ends of lines, or wrapped as a terminal of 80 columns does


CHOICES: Mapping[str, tuple[str, ...]] = {
    "graceful_restart": ("on", "off"),
    "graceful_restart_printed": ("differing", "always"),
    "ipv6_policy_before_activate": ("refused", "accepted"),
    "deactivate_group_with_members": ("refused", "accepted"),
    "timers": ("accepted", "warning", "refused"),
    "hidden_password": ("7", "3", "encrypted"),
    "policy_lines": ("as-typed", "normalised"),
    "wording": ("known", "other"),
    "summary": ("all", "active"),
    "default_route_domain": ("as-given", "never", "always"),
    "empty_collections": ("without-items", "with-items"),
    "reply": ("at-once", "late"),
    "output": ("plain", "padded", "wrapped"),
}
assert set(CHOICES) == {field.name for field in fields(Personality)}


def choose(answers: Mapping[str, str]) -> Personality:
    """Raises ValueError for a question or an answer that does not exist."""
    for name, answer in answers.items():
        if answer not in CHOICES.get(name, ()):
            known = " or ".join(CHOICES[name]) if name in CHOICES else f"a name of {', '.join(CHOICES)}"
            raise ValueError(f"{name}: {answer!r} is not valid; expected {known}")
    return Personality(**answers)


def pairs(choices: Mapping[str, tuple[str, ...]]) -> Iterator[dict[str, str]]:
    """Combinations in which every pair of answers to two questions occurs at least once (greedy covering array)."""
    names = list(choices)
    missing = {((a, x), (b, y)) for a, b in itertools.combinations(names, 2) for x in choices[a] for y in choices[b]}
    while missing:
        first = min(missing)
        chosen = dict(first)
        for name in names:
            if name not in chosen:
                chosen[name] = max(
                    choices[name],
                    key=lambda value, name=name: sum(
                        _pair(names, (name, value), other) in missing for other in chosen.items()
                    ),
                )
        missing -= {_pair(names, a, b) for a, b in itertools.combinations(chosen.items(), 2)}
        yield {name: chosen[name] for name in names}


def _pair(names: list[str], a: tuple[str, str], b: tuple[str, str]) -> tuple[tuple[str, str], tuple[str, str]]:
    return (a, b) if names.index(a[0]) < names.index(b[0]) else (b, a)
