# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse the lines of ``router bgp`` and its address families into the model."""

from __future__ import annotations

from collections.abc import Callable

from . import options, values
from .kinds import TIMERS, matches
from .model import Aggregate, Bgp, Network, Peer, PeerFamily, Redistribute, Routes

PROTOCOLS = ("connected", "isis", "kernel", "ospf", "rip", "static")


class RouterBlock:
    """One ``router bgp``. ``canonical`` converts the device's spelling of a name to that of the model.

    ``family`` is the current address family: ``ipv4`` (the level of the router itself), ``ipv6``, or the line
    that opened one that the model does not cover.
    """

    def __init__(self, bgp: Bgp, canonical: Callable[[str], str]) -> None:
        self.bgp = bgp
        self.canonical = canonical
        self.family = "ipv4"

    @property
    def known(self) -> bool:
        """Whether the model covers the current address family."""
        return self.family in ("ipv4", "ipv6")

    @property
    def block(self) -> str:
        """The block of a line: ``router bgp``, or the current address family."""
        if self.family == "ipv4":
            return "router bgp"
        return "address-family ipv6" if self.known else self.family

    def take(self, words: list[str], negated: bool) -> bool:
        """Parse a line; False (or an exception) if the model does not cover it."""
        if words[0] == "address-family" and not negated:
            of_model = words[1] in ("ipv4", "ipv6") and words[2:] in ([], ["unicast"])
            self.family = words[1] if of_model else " ".join(words)
            return of_model
        if words[0] == "exit-address-family":
            known, self.family = self.known, "ipv4"
            return known
        if not self.known:
            return False
        if matches(words[0], "neighbor") and len(words) > 2:
            return self.neighbor(words[1], words[2:], negated)
        if negated:
            return False
        if self.family == "ipv4" and self.setting(words):
            return True
        return self.routes(self.bgp.ipv4 if self.family == "ipv4" else self.bgp.ipv6, words)

    def setting(self, words: list[str]) -> bool:
        """A setting of the router itself."""
        for keywords, field, check in _SETTINGS:
            rest = words[len(keywords) :]
            if len(words) >= len(keywords) and all(map(matches, words, keywords)):
                setattr(self.bgp, field, check(rest))
                return True
        return False

    def routes(self, routes: Routes, words: list[str]) -> bool:
        """``network``, ``aggregate-address`` or ``redistribute``."""
        kind, rest = words[0], words[1:]
        if matches(kind, "network"):
            if len(rest) >= 3 and rest[1] == "mask":
                rest = [f"{rest[0]}/{rest[2]}", *rest[3:]]
            network = Network(values.prefix(rest[0]), self.map_behind(rest[1:]))
            routes.networks[network.prefix] = network
            return True
        if matches(kind, "aggregate-address"):
            flags = {flag for flag in ("summary-only", "as-set") for word in rest[1:] if matches(word, flag)}
            if len(flags) != len(rest) - 1:
                return False
            prefix = values.prefix(rest[0])
            routes.aggregates[prefix] = Aggregate(prefix, "summary-only" in flags, "as-set" in flags)
            return True
        if matches(kind, "redistribute") and rest[0] in PROTOCOLS:
            routes.redistribute[rest[0]] = Redistribute(rest[0], self.map_behind(rest[1:]))
            return True
        return False

    def map_behind(self, words: list[str]) -> str | None:
        """``[route-map NAME]`` at the end of a line."""
        if not words:
            return None
        if len(words) == 2 and matches(words[0], "route-map"):
            return self.canonical(words[1])
        raise ValueError("only a route-map may follow")

    def neighbor(self, name: str, words: list[str], negated: bool) -> bool:
        """``[no] neighbor NAME …`` of a neighbor or a peer group, in the current family."""
        if values.is_address(name):
            name, held = values.address(name), self.bgp.neighbors
        else:
            name, held = values.peer_group(name), self.bgp.peer_groups
            if words == ["peer-group"] and not negated:
                held.setdefault(name, Peer(name=name))
                return True
        known = name in held
        peer = held.get(name) or Peer(name=name)
        target = peer if self.family == "ipv4" else peer.ipv6
        if not self.apply(target, words, negated):
            return False
        if not known:
            held[name] = peer
        return True

    def apply(self, target: PeerFamily, words: list[str], negated: bool) -> bool:
        """Set the option that the words match; False unless it is exactly one."""
        found = []
        for option in options.rows_beginning(target, words[0]):
            arguments = option.arguments(words)
            if arguments is None:
                continue
            try:
                value = option.take(getattr(target, option.field), arguments, negated)
            except (ValueError, IndexError):
                continue
            exact = words[: len(option.words)] == list(option.words)
            found.append((exact, option, value, arguments))
        found = [item for item in found if item[0]] or found
        if len(found) != 1:
            return False
        _exact, option, value, arguments = found[0]
        if option.names and value and arguments:
            self.canonical(arguments[-1])
        setattr(target, option.field, value)
        return True


def _number_after(check: Callable[[object], int]) -> Callable[[list[str]], int]:
    def read(rest: list[str]) -> int:
        if len(rest) != 1:
            raise ValueError("takes one number")
        return check(rest[0])

    return read


def _nothing_after(rest: list[str]) -> bool:
    if rest:
        raise ValueError("takes no argument")
    return True


def _router_id_after(rest: list[str]) -> str:
    if len(rest) != 1:
        raise ValueError("takes one address")
    return values.router_id(rest[0])


_SETTINGS = (
    (("bgp", "router-id"), "router_id", _router_id_after),
    (("bgp", "graceful-restart", "restart-time"), "restart_time", _number_after(values.number(1, 3600))),
    (("bgp", "graceful-restart", "stalepath-time"), "stalepath_time", _number_after(values.number(1, 3600))),
    (("bgp", "graceful-restart", "graceful-reset"), "graceful_reset", _nothing_after),
    (("timers", "bgp"), "timers", TIMERS.read),
    (("max-paths", "ebgp"), "max_paths_ebgp", _number_after(values.number(1, 64))),
    (("max-paths", "ibgp"), "max_paths_ibgp", _number_after(values.number(1, 64))),
)
