# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running configurations as they really come, read into the model.

The text may be the device's own (``show running-config`` or ZebOS.conf), a script that somebody typed,
or a copy from a page that lost its indentation or kept the prompts. So blocks are found by their words,
not by their indentation: in the device's own text the lines of ``address-family ipv6`` are indented no
deeper than those of ``router bgp`` anyway. Nothing here raises for a text that it does not understand:
such a line is kept with its number and block, in the order of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from . import options, policy, values
from .model import (
    AccessList,
    Aggregate,
    Bgp,
    Config,
    Network,
    Peer,
    PeerFamily,
    PrefixList,
    Redistribute,
    RouteMap,
    RouteMapEntry,
    Routes,
    Timers,
    Unmanaged,
)
from .options import matches

_PROMPT = re.compile(r"^\S*\[[\w./-]+\](?:\([\w-]+\))?[>#]\s?")
# What a shell session leaves around a configuration; no part of it.
_CHATTER = re.compile(
    r"^(?:en(?:able)?|conf(?:ig(?:ure)?)?(?: t(?:erminal)?)?|end|wr(?:ite)?(?: mem(?:ory)?)?|sh(?:ow)? .*"
    r"|copy running-config startup-config|Building configuration\.\.\.|\[OK\])$"
)
_ROUTER_ONLY = ("neighbor", "address-family", "exit-address-family")
_ROUTER = (
    *_ROUTER_ONLY,
    "bgp",
    "timers",
    "network",
    "aggregate-address",
    "redistribute",
    "max-paths",
    "distance",
    "synchronization",
    "auto-summary",
)
PROTOCOLS = ("connected", "isis", "kernel", "ospf", "rip", "static")

# The blocks whose lines nobody here understands, by the words that open them.
_FOREIGN = ("router", "interface", "line", "key", "ip", "ipv6", "bfd", "log", "service", "hostname", "debug", "vrf")


def parse(text: str) -> Config:
    """Read a configuration. Sections that it does not have stay empty; ``unmanaged`` has the rest."""
    reader = _Reader()
    for number, raw in enumerate(str(text).splitlines(), 1):
        reader.feed(number, raw)
    return reader.config


class _Reader:
    """One pass over the lines, with the block that they stand in."""

    def __init__(self) -> None:
        self.config = Config()
        self.block = ""
        self.family: str | None = None
        self.entry: RouteMapEntry | None = None
        self.indented = False
        self.closing = False
        self.line = 0

    def feed(self, number: int, raw: str) -> None:
        """Take one line of the text."""
        self.line = number
        raw = _PROMPT.sub("", raw.rstrip())
        text, indented = raw.strip(), raw[:1].isspace()
        if not text or text.startswith("!"):
            # " !" parts the families inside a router block, "!" in the first column ends the block.
            self.closing = self.closing or (text == "!" and not indented)
            return
        if _CHATTER.match(text):
            self.open("")
            return
        tokens = text.split()
        if self.leaves(tokens, indented):
            self.open("")
        self.closing = False
        self.indented = self.indented or indented
        try:
            understood = self.take(tokens)
        except (ValueError, IndexError):
            understood = False
        if not understood:
            self.keep(tokens, text)

    def open(self, block: str, entry: RouteMapEntry | None = None) -> None:
        """Enter a block; the empty one is the top."""
        self.block, self.entry, self.family, self.indented, self.closing = block, entry, "ipv4", False, False

    def leaves(self, tokens: list[str], indented: bool) -> bool:
        """Whether this line can only stand outside the block that is open."""
        if not self.block:
            return False
        if tokens[0] in ("exit", "quit"):
            return False
        word = tokens[1] if tokens[0] == "no" and len(tokens) > 1 else tokens[0]
        if self.block == "router bgp":
            if self.closing:
                return word not in _ROUTER_ONLY
            known = any(matches(word, keyword) for keyword in _ROUTER)
            return not indented and not known and (self.indented or word in ("route-map", "access-list", *_FOREIGN))
        if self.closing:
            return not indented
        if self.entry is not None:
            return not indented and (self.indented or word not in ("match", "set", "description", "continue"))
        return not indented and (self.indented or word in ("route-map", "access-list", "router", "interface", "line"))

    def take(self, tokens: list[str]) -> bool:
        """Read the line into the model; False (or an exception) when it is beyond it."""
        if tokens[0] in ("exit", "quit") and len(tokens) == 1:
            self.open("")
            return True
        negated = tokens[0] == "no"
        words = tokens[1:] if negated else tokens
        if self.block == "router bgp":
            return self.router_line(words, negated)
        if self.entry is not None and not negated:
            return self.clause(words)
        return not self.block and self.top_line(words, negated)

    def keep(self, tokens: list[str], text: str) -> None:
        """Keep a line that is beyond the model, and open its block if it opens one."""
        if not self.block and tokens[0] in ("router", "interface", "line", "key"):
            self.open(text)
            self.config.unmanaged.append(Unmanaged(self.line, "", text))
            return
        block = self.block
        if block == "router bgp" and self.family != "ipv4":
            block = "address-family ipv6" if self.family == "ipv6" else str(self.family)
        self.config.unmanaged.append(Unmanaged(self.line, block, text))

    def canonical(self, spelled: str) -> str:
        """A name as the model has it; the device's own spelling is remembered for lines sent to it."""
        name = values.name(spelled)
        if name != spelled:
            self.config.spelling[name] = spelled
        return name

    # ---- top level ---------------------------------------------------------------------------------

    def top_line(self, words: list[str], negated: bool) -> bool:
        """A line outside every block."""
        if len(words) == 2 and matches(words[0], "bgp") and matches(words[1], "extended-asn-cap"):
            self.config.extended_asn_cap = not negated
            return True
        if negated:
            return False
        if len(words) == 3 and words[0] == "router" and words[1] == "bgp":
            number = values.asn(words[2])
            if self.config.bgp and self.config.bgp.as_number != number:
                return False
            self.config.bgp = self.config.bgp or Bgp(number)
            self.open("router bgp")
            return True
        if words[0] == "route-map":
            return self.route_map(words[1:])
        if words[0] in ("ip", "ipv6") and len(words) > 2 and words[1] == "prefix-list":
            return self.prefix_list("ipv4" if words[0] == "ip" else "ipv6", words[2:])
        if words[0] == "access-list":
            rule = policy.access_rule(" ".join(words[2:]))
            name = self.canonical(words[1])
            entries = self.config.access_lists.setdefault(name, AccessList(name)).entries
            if rule not in entries:
                entries.append(rule)
            return True
        return False

    def route_map(self, words: list[str]) -> bool:
        """``route-map NAME [permit|deny] [SEQ]`` opens an entry."""
        if not 1 <= len(words) <= 3:
            return False
        action = words[1] if len(words) > 1 else "permit"
        sequence = values.number(1, 65535)(words[2]) if len(words) > 2 else 10
        if action not in policy.ACTIONS:
            return False
        name = self.canonical(words[0])
        entries = self.config.route_maps.setdefault(name, RouteMap(name)).entries
        entry = entries.setdefault(sequence, RouteMapEntry(action))
        entry.action = action
        self.open(f"route-map {words[0]} {action} {sequence}", entry)
        return True

    def prefix_list(self, afi: str, words: list[str]) -> bool:
        """``ip prefix-list NAME [seq N] permit|deny P [ge N] [le N]``."""
        name, rest, sequence = words[0], words[1:], None
        if matches(rest[0], "seq") and len(rest) > 1:
            sequence, rest = values.number(1, 4294967295)(rest[1]), rest[2:]
        rule = policy.read_prefix_rule(afi, rest)
        name = self.canonical(name)
        entries = self.config.prefix_lists.setdefault((afi, name), PrefixList(name, afi)).entries
        entries[sequence or (max(entries, default=0) // 5 + 1) * 5] = rule
        return True

    def clause(self, words: list[str]) -> bool:
        """A ``match`` or ``set`` line of the open route-map entry; a second one of a kind is kept as it is."""
        clause, value = policy.read_clause(words)
        if clause.names:
            value = self.canonical(words[-1])
        held = self.entry.match if clause.kind == "match" else self.entry.set
        return held.setdefault(clause.key, value) == value

    # ---- router bgp --------------------------------------------------------------------------------

    def router_line(self, words: list[str], negated: bool) -> bool:
        """A line of ``router bgp`` or of one of its address families."""
        bgp = self.config.bgp
        if words[0] == "address-family" and not negated:
            self.family = {"ipv4": "ipv4", "ipv6": "ipv6"}.get(words[1]) if words[2:] in ([], ["unicast"]) else None
            if self.family is None:
                self.family = " ".join(words)
                return False
            return True
        if words[0] == "exit-address-family":
            known = self.family in ("ipv4", "ipv6")
            if not known:
                self.keep([words[0]], words[0])
            self.family = "ipv4"
            return True
        if self.family not in ("ipv4", "ipv6"):
            return False
        if matches(words[0], "neighbor") and len(words) > 2:
            return self.neighbor(words[1], words[2:], negated)
        if negated:
            return False
        if self.family == "ipv4" and self.setting(bgp, words):
            return True
        return self.routes(bgp.ipv4 if self.family == "ipv4" else bgp.ipv6, words)

    def setting(self, bgp: Bgp, words: list[str]) -> bool:
        """A setting of the router itself."""
        for keywords, field, check in _SETTINGS:
            rest = words[len(keywords) :]
            if len(words) >= len(keywords) and all(map(matches, words, keywords)):
                setattr(bgp, field, check(rest))
                return True
        if len(words) == 2 and matches(words[0], "bgp") and words[1] == "extended-asn-cap":
            self.config.extended_asn_cap = True
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
        """``[no] neighbor NAME …`` of a neighbor or a peer group, in the family that is open."""
        bgp = self.config.bgp
        if values.is_address(name):
            name, held = values.address(name), bgp.neighbors
        else:
            name, held = values.peer_group(name), bgp.peer_groups
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
        """Set the option that the words name."""
        if matches(words[0], "send-community") and len(words[0]) > 4:
            target.send_community = options.community_step(target.send_community, words[1:], negated)
            return True
        found = []
        for option in options.peer_options(target):
            arguments = option.arguments(words)
            if arguments is None:
                continue
            flag = isinstance(option.default, bool)
            if negated and not flag:
                value = None
            else:
                try:
                    value = option.read(arguments)
                except (ValueError, IndexError):
                    continue
                value = not negated if flag else value
            if option.field.startswith(("prefix_list", "route_map")) and value:
                value = self.canonical(arguments[0])
            exact = words[: len(option.words)] == list(option.words)
            found.append((not exact, option.field, value))
        exact = [item for item in found if not item[0]] or found
        if len(exact) != 1:
            return False
        setattr(target, exact[0][1], exact[0][2])
        return True


def _number_after(check: Callable[[object], int]) -> Callable[[list[str]], int]:
    def read(rest: list[str]) -> int:
        if len(rest) != 1:
            raise ValueError("takes one number")
        return check(rest[0])

    return read


def _timers_after(rest: list[str]) -> Timers:
    keepalive, holdtime = map(values.number(0, 65535), rest)
    return Timers(keepalive, holdtime)


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
    (("timers", "bgp"), "timers", _timers_after),
    (("max-paths", "ebgp"), "max_paths_ebgp", _number_after(values.number(1, 64))),
    (("max-paths", "ibgp"), "max_paths_ibgp", _number_after(values.number(1, 64))),
)
