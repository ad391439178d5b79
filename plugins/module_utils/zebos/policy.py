# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prefix lists, route maps and access lists: parse and write their lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import values
from .kinds import matches
from .model import PrefixRule

ACTIONS = ("permit", "deny")
ANY = {"ipv4": "0.0.0.0/0", "ipv6": "::/0"}
LONGEST = {"ipv4": 32, "ipv6": 128}


@dataclass(frozen=True)
class Clause:
    """One kind of ``match`` or ``set`` line of a route-map."""

    kind: str
    key: str
    words: tuple[str, ...]
    check: Callable[[Any], Any]
    names: str = ""

    def line(self, value: Any, spell: Callable[[str], str] = str) -> str:
        """The line for a value."""
        text = spell(value) if self.names else str(value)
        return " ".join([self.kind, *self.words, text])


def _clause(kind: str, words: str, check: Callable[[Any], Any], names: str = "") -> Clause:
    return Clause(kind, words.replace(" ", "_").replace("-", "_"), tuple(words.split()), check, names)


# Longer forms first: "ip address prefix-list X" must not be read as access-list "prefix-list".
CLAUSES: tuple[Clause, ...] = (
    _clause("match", "ip address prefix-list", values.name, "prefix_lists"),
    _clause("match", "ip next-hop prefix-list", values.name, "prefix_lists"),
    _clause("match", "ipv6 address prefix-list", values.name, "prefix_lists6"),
    _clause("match", "ip address", values.name, "access_lists"),
    _clause("match", "as-path", values.name),
    _clause("match", "community", values.name),
    _clause("match", "interface", values.interface),
    _clause("match", "metric", values.number(0, 4294967295)),
    _clause("match", "origin", values.choice("egp", "igp", "incomplete")),
    _clause("match", "tag", values.number(0, 4294967295)),
    _clause("set", "as-path prepend", values.as_path),
    _clause("set", "community", values.communities),
    _clause("set", "ip next-hop", values.router_id),
    _clause("set", "local-preference", values.number(0, 4294967295)),
    _clause("set", "metric", values.number(0, 4294967295)),
    _clause("set", "origin", values.choice("egp", "igp", "incomplete")),
    _clause("set", "tag", values.number(0, 4294967295)),
    _clause("set", "weight", values.number(0, 4294967295)),
)
CLAUSE = {(clause.kind, clause.key): clause for clause in CLAUSES}


def read_clause(tokens: list[str]) -> tuple[Clause, Any]:
    """``match …`` or ``set …`` as a clause and its value; ValueError if the model does not cover it."""
    for clause in CLAUSES:
        rest = tokens[1 + len(clause.words) :]
        if matches(tokens[0], clause.kind) and rest and all(map(matches, tokens[1:], clause.words)):
            many = clause.check in (values.communities, values.as_path)
            if len(rest) > 1 and not many:
                continue
            return clause, clause.check(" ".join(rest))
    raise ValueError("not a clause of the model")


def prefix_rule(afi: str, action: str, prefix: str, ge: int | None = None, le: int | None = None) -> PrefixRule:
    """An entry in its canonical form: a redundant bound is omitted, as the device does.

    ``any`` is every prefix. Raises ValueError for bounds that no device accepts.
    """
    longest = LONGEST[afi]
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is not valid: use permit or deny")
    if prefix == "any":
        prefix, le = ANY[afi], longest if le is None else le
    prefix = values.prefix(prefix)
    if (":" in prefix) != (afi == "ipv6"):
        raise ValueError(f"{prefix} is not a valid {afi} prefix")
    length = int(prefix.rpartition("/")[2])
    ge = values.number(0, longest)(ge) if ge is not None else None
    le = values.number(0, longest)(le) if le is not None else None
    if ge is not None and le is None:
        le = longest
    if le is not None and le < max(length, ge if ge is not None else 0):
        raise ValueError(f"le {le} is not valid: it is shorter than {prefix}" + (f" ge {ge}" if ge is not None else ""))
    if ge is not None and ge <= length:
        ge = None
    if ge is not None and le == longest:
        # The device prints "ge 16" and means "ge 16 le 32".
        return PrefixRule(action, prefix, ge, None)
    return PrefixRule(action, prefix, ge, le if le != length or ge is not None else None)


def read_prefix_rule(afi: str, tokens: list[str]) -> PrefixRule:
    """``permit P [ge N] [le N]``."""
    if len(tokens) not in (2, 4, 6):
        raise ValueError("an entry is not valid: use permit|deny PREFIX [ge N] [le N]")
    bounds: dict[str, Any] = dict(zip(tokens[2::2], tokens[3::2], strict=True))
    if set(bounds) - {"ge", "le"} or 2 + 2 * len(bounds) != len(tokens):
        raise ValueError("an entry is not valid: bounds are ge and le")
    action = next((action for action in ACTIONS if matches(tokens[0], action)), tokens[0])
    return prefix_rule(afi, action, tokens[1], **bounds)


def prefix_rule_words(rule: PrefixRule) -> str:
    """The words of an entry after its sequence number."""
    bounds = [f"{key} {value}" for key, value in (("ge", rule.ge), ("le", rule.le)) if value is not None]
    return " ".join([rule.action, rule.prefix, *bounds])


def access_rule(words: object) -> str:
    """The words of an access list entry after the name: ``permit 10.0.0.0/8``, ``deny any``, ``remark …``."""
    tokens = str(words).split()
    if len(tokens) < 2 or tokens[0] not in (*ACTIONS, "remark"):
        raise ValueError(f"{words!r} is not a valid entry: use permit, deny or remark with an argument")
    return values.text(" ".join(tokens))
