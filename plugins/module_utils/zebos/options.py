# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of neighbor options: one row per option, from which everything else follows.

The model's fields, the options of the modules with their documentation, reading and writing of lines, the comparison
of two configurations, the checks of user input and the data of results are all derived from these rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, make_dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from . import kinds, values
from .copies import Copied
from .kinds import DefaultOriginate, Kind, matches

Spell = Callable[[str], str]


@dataclass(frozen=True)
class Option:
    """One kind of line of a neighbor or peer group.

    :ivar field: the field of the model
    :ivar words: the words after the peer
    :ivar doc: its documentation in the modules
    :ivar path: its path in the module options; by default the name of the field
    :ivar tail: the words after the arguments
    :ivar default: the device's behavior without a line
    :ivar family: whether it exists per address family
    :ivar session: whether a change resets the session
    :ivar policy: whether a change requires a route refresh
    :ivar bare_no: whether the ``no`` form has no arguments
    :ivar unsure: uncertain flag: whether it is unknown if the device prints it, or has it on without a line
    :ivar names: whether its argument is the name of a list or map, which the device may spell with ``/Common/``
    """

    field: str
    words: tuple[str, ...]
    kind: Kind
    doc: str | list[str]
    path: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    default: Any = None
    family: bool = False
    session: bool = False
    policy: bool = False
    bare_no: bool = True
    unsure: bool = False
    names: bool = False

    @property
    def place(self) -> tuple[str, ...]:
        """The keys of its value in the module options."""
        return self.path or (self.field,)

    def arguments(self, tokens: list[str]) -> list[str] | None:
        """The tokens between the fixed words, or None for another line."""
        head, tail = len(self.words), len(self.tail)
        if len(tokens) < head + tail or not all(map(matches, tokens, self.words)):
            return None
        if tail and not all(map(matches, tokens[-tail:], self.tail)):
            return None
        return tokens[head : len(tokens) - tail]

    def take(self, current: Any, arguments: list[str], negated: bool) -> Any:
        """The value after one more line. Raises ValueError if the arguments are not valid."""
        if negated and not self.kind.flag:
            return None
        value = self.kind.read(arguments)
        return not negated if self.kind.flag else value

    def otherwise(self, group: Any, ipv6: bool, off: bool) -> Any:
        """The value without a line: that of the peer group, or the default.

        ``off``: an uncertain flag without a line is off on this device.
        """
        inherited = getattr(group, self.field) if group else None
        if inherited is not None:
            return inherited
        return False if (ipv6 and self.field == "activate") or (self.unsure and (ipv6 or off)) else self.default

    def change(self, peer: str, was: Any, then: Any, otherwise: Any, spell: Spell = str) -> list[str]:
        """The lines that change one value into another; ``otherwise`` is the value without a line afterwards."""
        if was == then:
            return []
        if then is not None:
            off = then is False or (isinstance(then, DefaultOriginate) and not then.enabled)
            return [self._line("no neighbor" if off else "neighbor", peer, then, spell, bare=off)]
        if was == otherwise:
            # The peer group now has the same value. A "no" line would mean the contrary.
            return []
        return [self._line("neighbor" if was is False else "no neighbor", peer, was, spell, bare=self.bare_no)]

    def _line(self, start: str, peer: str, value: Any, spell: Spell, bare: bool) -> str:
        arguments = [] if bare or value is False else self.kind.write(value)
        return " ".join(
            [start, peer, *self.words, *(spell(item) if self.names else item for item in arguments), *self.tail]
        )


# ---- send-community ----------------------------------------------------------------------------------

_COMMUNITIES = {"none": set(), "standard": {"standard"}, "extended": {"extended"}, "both": {"standard", "extended"}}


@dataclass(frozen=True)
class Communities(Option):
    """``send-community``: two switches in one line, both on without a line."""

    def take(self, current: str | None, arguments: list[str], negated: bool) -> str:
        """A ``no`` line removes from the default; the first other line replaces the default."""
        word = arguments[0] if arguments else "standard"
        if len(arguments) > 1 or word not in ("standard", "extended", "both", "all"):
            raise ValueError("takes standard, extended or both")
        parts = _COMMUNITIES["both" if word == "all" else word]
        now = _COMMUNITIES[current or ("both" if negated else "none")]
        left = now - parts if negated else now | parts
        return next(value for value, kinds_sent in _COMMUNITIES.items() if kinds_sent == left)

    def change(self, peer: str, was: Any, then: Any, otherwise: Any, spell: Spell = str) -> list[str]:
        """The lines set the whole value, whether a second kind is added to the first or replaces it."""
        now, left = was or otherwise, then or otherwise
        if was == then or now == left:
            return []
        lines = [] if left == "both" else [f"no neighbor {peer} send-community both"]
        return lines if left == "none" else [*lines, f"neighbor {peer} send-community {left}"]


# ---- the table ---------------------------------------------------------------------------------------


def _row(name: str, words: str, kind: Kind, doc: str | list[str], **more: Any) -> Option:
    return Option(name, tuple(words.split()), kind, doc, **more)


def _flag(name: str, words: str, doc: str, **more: Any) -> Option:
    return _row(name, words, kinds.FLAG, doc, **{"default": False, **more})


def _policy(words: str, way: str, doc: str) -> Option:
    parent = words.replace("-", "_")
    more = {"tail": (way,), "path": (parent, way), "family": True, "policy": True, "bare_no": False, "names": True}
    return _row(f"{parent}_{way}", words, kinds.NAME, doc, **more)


# Options of a module that hold several rows.
PARENTS = {
    "prefix_list": "Prefix-lists that filter routes.",
    "route_map": "Route-maps that filter and change routes.",
}

# In the order of writing: first what defines the session, then activation, then policy.
OPTIONS: tuple[Option, ...] = (
    _row("remote_as", "remote-as", kinds.ASN, "AS number of the neighbor, as a quoted string, asplain or asdot.",
         session=True),
    _row("peer_group", "peer-group", kinds.word(values.peer_group), "Peer group that the neighbor belongs to.",
         session=True, bare_no=False),
    _row("description", "description", kinds.TEXT, "A line of text."),
    _row("password", "password", kinds.PASSWORD, [
        "TCP MD5 password of the session.",
        "V(********), as returned with O(state=gathered), leaves the password unchanged.",
    ], session=True),
    _row("timers", "timers", kinds.TIMERS, "Timers of the session, in seconds."),
    _row("update_source", "update-source", kinds.word(values.interface), "Source address or VLAN of the session.",
         session=True),
    _row("ebgp_multihop", "ebgp-multihop", kinds.HOPS, "Maximum number of hops to an external neighbor.", session=True),
    _row("ttl_security", "ttl-security hops", kinds.number(1, 254),
         "Maximum number of hops to the neighbor, enforced by the TTL of its packets.", session=True, bare_no=False),
    _flag("fall_over_bfd", "fall-over bfd",
          "Whether BFD takes the session down. The route domain must run BFD too."),
    _flag("capability_route_refresh", "capability route-refresh",
          "Whether route refresh is advertised. The device's default is true.", default=True, session=True),
    _flag("shutdown", "shutdown", "Whether the session is administratively down.", session=True),
    _flag("activate", "activate", "Whether routes of this address family are exchanged.", default=True, family=True,
          session=True),
    _flag("capability_graceful_restart", "capability graceful-restart",
          "Whether graceful restart is advertised. It is unknown whether the device prints a line for V(true), so a "
          "missing line after a write is not a failure.",
          default=True, family=True, session=True, unsure=True),
    _flag("next_hop_self", "next-hop-self", "Whether the BIG-IP sets itself as the next hop.", family=True,
          policy=True),
    _flag("as_override", "as-override", "Whether the neighbor's AS number in a path is replaced by the BIG-IP's.",
          family=True, policy=True),
    _flag("soft_reconfiguration_inbound", "soft-reconfiguration inbound",
          "Whether received routes are stored unfiltered, so that a changed filter needs no route refresh.",
          family=True),
    _policy("prefix-list", "in", "Name of the list for received routes."),
    _policy("prefix-list", "out", "Name of the list for advertised routes."),
    _policy("route-map", "in", "Name of the map for received routes."),
    _policy("route-map", "out", "Name of the map for advertised routes."),
    _row("maximum_prefix", "maximum-prefix", kinds.MAXIMUM_PREFIX, "Maximum number of received prefixes.", family=True),
    _row("default_originate", "default-originate", kinds.DEFAULT_ORIGINATE, "Whether a default route is sent.",
         default=DefaultOriginate(False), family=True, policy=True, names=True),
    Communities("send_community", ("send-community",), kinds.word(values.choice(*_COMMUNITIES),
                choices=list(_COMMUNITIES)), "Communities that are sent. The device's default is V(both).",
                default="both", family=True, policy=True),
)  # fmt: skip
FAMILY = tuple(option for option in OPTIONS if option.family)


# ---- the model of a neighbor -------------------------------------------------------------------------


def _fields(rows: tuple[Option, ...]) -> list[tuple[str, Any, Any]]:
    return [(row.field, Any, None) for row in rows]


if TYPE_CHECKING:

    class PeerFamily:
        """The settings of a neighbor or peer group per address family: one field per row of the table, defined at run
        time."""

        __dataclass_fields__: ClassVar[dict[str, Any]]

        def __init__(self, **rows: Any) -> None:
            pass

        def __getattr__(self, field: str) -> Any:
            pass

        def __setattr__(self, field: str, value: Any) -> None:
            pass

    class Peer(PeerFamily):
        """A neighbor (named by its address) or a peer group. The family fields are those of IPv4."""

        name: str
        ipv6: PeerFamily

else:
    PeerFamily = make_dataclass("PeerFamily", _fields(FAMILY), bases=(Copied,))
    Peer = make_dataclass(
        "Peer",
        [
            ("name", str, field(default="")),
            *_fields(tuple(row for row in OPTIONS if not row.family)),
            ("ipv6", PeerFamily, field(default_factory=PeerFamily)),
        ],
        bases=(PeerFamily,),
    )


def rows_of(target: Any) -> tuple[Option, ...]:
    """The rows that apply to a peer, or to the IPv6 family of one."""
    return OPTIONS if isinstance(target, Peer) else FAMILY


def rows_beginning(target: Any, word: str) -> tuple[Option, ...]:
    """Those of ``rows_of`` whose lines may begin with the word."""
    return _beginning(isinstance(target, Peer), word)


@functools.lru_cache(maxsize=256)  # every neighbor of a configuration has the same few words
def _beginning(whole: bool, word: str) -> tuple[Option, ...]:
    return tuple(row for row in (OPTIONS if whole else FAMILY) if matches(word, row.words[0]))
