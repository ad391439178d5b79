# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of what can stand behind ``neighbor X``: one row an option, used to read and to write.

A row says the words of the line, how its arguments become a value and back, what the device does when
the line is missing, and whether a change of it resets the session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number

from . import values
from .model import DefaultOriginate, MaximumPrefix, Password, PeerFamily, Timers


def matches(word: str, keyword: str) -> bool:
    """Whether a word is the keyword or an abbreviation of it, as the shell takes them."""
    return word == keyword or (len(word) > 1 and keyword.startswith(word))


@dataclass(frozen=True)
class Option:
    """One kind of line of a neighbor or peer group."""

    field: str
    words: tuple[str, ...]
    read: Callable[[list[str]], Any]
    write: Callable[[Any], list[str]]
    tail: tuple[str, ...] = ()
    default: Any = None
    family: bool = False
    session: bool = False
    policy: bool = False
    bare_no: bool = True

    def arguments(self, tokens: list[str]) -> list[str] | None:
        """The tokens between the fixed words, or None when the line is another one."""
        head, tail = len(self.words), len(self.tail)
        if len(tokens) < head + tail or not all(map(matches, tokens, self.words)):
            return None
        if tail and not all(map(matches, tokens[-tail:], self.tail)):
            return None
        return tokens[head : len(tokens) - tail]

    def lines(self, peer: str, value: Any, spell: Callable[[str], str] = str) -> list[str]:
        """The lines that give a peer this value."""
        if value is False:
            return [self._line("no neighbor", peer, [])]
        if isinstance(value, DefaultOriginate) and not value.enabled:
            return self.removal(peer, value)
        return [self._line("neighbor", peer, [spell(word) for word in self.write(value)])]

    def removal(self, peer: str, value: Any, spell: Callable[[str], str] = str) -> list[str]:
        """The lines that take this value away and leave the device's default."""
        if value is False:
            return [self._line("neighbor", peer, [])]
        return [self._line("no neighbor", peer, [] if self.bare_no else [spell(word) for word in self.write(value)])]

    def _line(self, start: str, peer: str, arguments: list[str]) -> str:
        return " ".join([start, peer, *self.words, *arguments, *self.tail])


def _flag(args: list[str]) -> bool:
    if args:
        raise ValueError("takes no argument")
    return True


def _one(check: Callable[[Any], Any]) -> Callable[[list[str]], Any]:
    def read(args: list[str]) -> Any:
        if len(args) != 1:
            raise ValueError("takes one argument")
        return check(args[0])

    return read


def _nothing(value: Any) -> list[str]:
    return []


def _word(value: Any) -> list[str]:
    return [str(value)]


def _timers(args: list[str]) -> Timers:
    keepalive, holdtime = map(values.number(0, 65535), args)
    return Timers(keepalive, holdtime)


def _maximum_prefix(args: list[str]) -> MaximumPrefix:
    words = list(args)
    warning = bool(words) and matches(words[-1], "warning-only")
    if warning:
        words.pop()
    if not 1 <= len(words) <= 2:
        raise ValueError("takes a limit and a threshold")
    threshold = values.number(1, 100)(words[1]) if len(words) == 2 else None
    return MaximumPrefix(values.number(1, 4294967295)(words[0]), threshold, warning)


def _write_maximum_prefix(value: MaximumPrefix) -> list[str]:
    words = [str(value.limit)]
    if value.threshold is not None:
        words.append(str(value.threshold))
    return words + (["warning-only"] if value.warning_only else [])


def _default_originate(args: list[str]) -> DefaultOriginate:
    if not args:
        return DefaultOriginate()
    if len(args) == 2 and matches(args[0], "route-map"):
        return DefaultOriginate(True, values.name(args[1]))
    raise ValueError("takes a route-map")


def _password(args: list[str]) -> Password:
    """``password S``; with ``service password-encryption`` the device shows ``password 7 HASH``."""
    if len(args) == 2 and args[0] in ("7", "encrypted"):
        return Password(args[1], encrypted=True)
    return Password(values.secret(" ".join(args)))


def _write_password(value: Password) -> list[str]:
    return ["7", value.text] if value.encrypted else [value.text]


def _multihop(args: list[str]) -> int:
    return _one(values.number(1, 255))(args) if args else 255


def _row(field: str, words: str, check: Callable[[Any], Any] | None = None, **more: Any) -> Option:
    """A flag, or an option of one word when there is a check for it."""
    if check is None:
        return Option(field, tuple(words.split()), _flag, _nothing, **{"default": False, **more})
    return Option(field, tuple(words.split()), _one(check), _word, **more)


# In the order in which they are written: what defines the session first, policy before activation.
OPTIONS: tuple[Option, ...] = (
    _row("remote_as", "remote-as", as_number.read, session=True),
    _row("peer_group", "peer-group", values.peer_group, session=True, bare_no=False),
    Option("description", ("description",), lambda args: values.text(" ".join(args)), _word),
    Option("password", ("password",), _password, _write_password, session=True),
    Option("timers", ("timers",), _timers, lambda v: [str(v.keepalive), str(v.holdtime)]),
    _row("update_source", "update-source", values.interface, session=True),
    Option("ebgp_multihop", ("ebgp-multihop",), _multihop, _word, session=True),
    _row("ttl_security", "ttl-security hops", values.number(1, 254), session=True, bare_no=False),
    _row("fall_over_bfd", "fall-over bfd"),
    _row("capability_route_refresh", "capability route-refresh", default=True, session=True),
    _row("capability_graceful_restart", "capability graceful-restart", family=True, session=True),
    _row("next_hop_self", "next-hop-self", family=True, policy=True),
    _row("as_override", "as-override", family=True, policy=True),
    _row("soft_reconfiguration_inbound", "soft-reconfiguration inbound", family=True),
    _row("prefix_list_in", "prefix-list", values.name, tail=("in",), family=True, policy=True, bare_no=False),
    _row("prefix_list_out", "prefix-list", values.name, tail=("out",), family=True, policy=True, bare_no=False),
    _row("route_map_in", "route-map", values.name, tail=("in",), family=True, policy=True, bare_no=False),
    _row("route_map_out", "route-map", values.name, tail=("out",), family=True, policy=True, bare_no=False),
    Option("maximum_prefix", ("maximum-prefix",), _maximum_prefix, _write_maximum_prefix, family=True),
    Option(
        "default_originate",
        ("default-originate",),
        _default_originate,
        lambda v: ["route-map", v.route_map] if v.route_map else [],
        default=DefaultOriginate(False),
        family=True,
        policy=True,
    ),
    _row("shutdown", "shutdown", session=True),
    _row("activate", "activate", default=True, family=True, session=True),
)

BY_FIELD = {option.field: option for option in OPTIONS}
FAMILY = tuple(option for option in OPTIONS if option.family)

# send-community is two switches behind one word, both on unless said otherwise, so it has no row.
COMMUNITY_KINDS = {"none": (), "standard": ("standard",), "extended": ("extended",), "both": ("standard", "extended")}


def community_step(current: str | None, args: list[str], negated: bool) -> str:
    """What ``send_community`` becomes by one more line ``[no] neighbor X send-community [kind]``.

    A ``no`` line takes from what is sent unless said otherwise; the first other line says what is sent.
    """
    word = args[0] if args else "standard"
    if len(args) > 1 or word not in ("standard", "extended", "both", "all"):
        raise ValueError("takes standard, extended or both")
    parts = set(COMMUNITY_KINDS["both" if word == "all" else word])
    now = set(COMMUNITY_KINDS[current or ("both" if negated else "none")])
    then = now - parts if negated else now | parts
    return next(value for value, kinds in COMMUNITY_KINDS.items() if set(kinds) == then)


def community_lines(peer: str, have: str | None, want: str | None, inherited: str | None) -> list[str]:
    """The lines that lead from one value of ``send_community`` to another.

    They say the whole value anew: whether a second kind is added to the first or replaces it then does not
    matter. None is what the peer group says, or both.
    """
    now, then = have or inherited or "both", want or inherited or "both"
    if have == want or now == then:
        return []
    lines = [] if then == "both" else [f"no neighbor {peer} send-community both"]
    return lines if then == "none" else [*lines, f"neighbor {peer} send-community {then}"]


def family_default(option: Option, ipv6: bool) -> Any:
    """What the device does without a line: IPv6 is not active until a line says so."""
    return False if ipv6 and option.field == "activate" else option.default


def peer_options(target: PeerFamily) -> tuple[Option, ...]:
    """The rows that apply to a peer, or to a family of one."""
    return OPTIONS if hasattr(target, "remote_as") else FAMILY
