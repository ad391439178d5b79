# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse running configurations into the model.

The text may be the device's own (``show running-config`` or ZebOS.conf), a script, or copied text without indentation
or with prompts. So blocks are recognized by their words, not by indentation: in the device's own text the lines of
``address-family ipv6`` are not indented deeper than those of ``router bgp`` anyway. A line that is not supported is
not an error: it is kept with its number and block, in the order of the text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number, output
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import NO_GRACEFUL_RESTART

from . import policy, values
from .kinds import matches
from .model import AccessList, Bgp, Config, PrefixList, RouteMap, RouteMapEntry, Unmanaged
from .parse_router import RouterBlock

_PROMPT = re.compile(r"^\S*\[[\w./-]+\](?:\([\w-]+\))?[>#]\s?")
_PAGER = re.compile(r"^\s*--More--[\s\x08]*")
# Remains of a shell session around a configuration.
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
# Blocks that the model does not cover, by the words that open them.
_FOREIGN = ("router", "interface", "line", "key", "ip", "ipv6", "bfd", "log", "service", "hostname", "debug", "vrf")


def parse(text: str) -> Config:
    """Parse a configuration. Missing sections stay empty; ``unmanaged`` has all other lines."""
    reader = _Reader()
    for number, raw in enumerate(output.dedent(str(text).splitlines()), 1):
        reader.feed(number, raw)
    _complete(reader.config)
    return reader.config


def _complete(config: Config) -> None:
    """Add settings that the lines of a peer imply."""
    hidden = any(line.text == "service password-encryption" for line in config.unmanaged)
    for peer in (*config.bgp.peer_groups.values(), *config.bgp.neighbors.values()) if config.bgp else ():
        if hidden and peer.password:
            peer.password = replace(peer.password, encrypted=True)
        if peer.capability_graceful_restart is None and (peer.description or "").endswith(NO_GRACEFUL_RESTART):
            # Some devices may not print that it is off.
            peer.capability_graceful_restart = False


class _Reader:
    """One pass over the lines, with the current block."""

    def __init__(self) -> None:
        self.config = Config()
        self.block = ""
        self.router: RouterBlock | None = None
        self.entry: RouteMapEntry | None = None
        self.indented = False
        self.closing = False
        self.line = 0
        # Of long lists: looking through their entries for each line would take quadratic time.
        self.highest: dict[tuple[str, str], int] = {}
        self.access_rules: set[tuple[str, object]] = set()

    def feed(self, number: int, raw: str) -> None:
        """Process one line of the text."""
        self.line = number
        raw = _PROMPT.sub("", _PAGER.sub("", raw).rstrip())
        text, indented = raw.strip(), raw[:1].isspace()
        if not text or text.startswith("!"):
            # " !" separates the families inside a router block, "!" in the first column ends the block.
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
        where = self.router.block if self.router else self.block
        try:
            understood = self.take(tokens)
        except (ValueError, IndexError):
            understood = False
        if not understood:
            self.keep(tokens, text, where)

    def open(self, block: str, entry: RouteMapEntry | None = None, router: RouterBlock | None = None) -> None:
        """Enter a block; the empty one is the top."""
        self.block, self.entry, self.router, self.indented, self.closing = block, entry, router, False, False

    def leaves(self, tokens: list[str], indented: bool) -> bool:
        """Whether this line can only be outside the current block."""
        if not self.block:
            return False
        if tokens[0] in ("exit", "quit"):
            return False
        word = tokens[1] if tokens[0] == "no" and len(tokens) > 1 else tokens[0]
        if self.router is not None:
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
        """Parse the line into the model; False (or an exception) if the model does not cover it."""
        if tokens[0] in ("exit", "quit") and len(tokens) == 1:
            self.open("")
            return True
        negated = tokens[0] == "no"
        words = tokens[1:] if negated else tokens
        if len(words) == 2 and matches(words[0], "bgp") and matches(words[1], "extended-asn-cap"):
            # A top-level line, although it looks like one of the router.
            self.config.extended_asn_cap = not negated
            return True
        if self.router is not None:
            return self.router.take(words, negated)
        if self.entry is not None and not negated:
            return self.clause(words)
        return not self.block and self.top_line(words, negated)

    def keep(self, tokens: list[str], text: str, block: str) -> None:
        """Keep a line that the model does not cover, and open its block if it starts one."""
        self.config.unmanaged.append(Unmanaged(self.line, block, text))
        if not block and tokens[0] in ("router", "interface", "line", "key"):
            self.open(text)

    def canonical(self, spelled: str) -> str:
        """A name in the form of the model; the device's spelling is recorded for lines sent to it."""
        name = values.name(spelled)
        if name != spelled:
            self.config.spelling[name] = spelled
        return name

    # ---- top level ---------------------------------------------------------------------------------

    def top_line(self, words: list[str], negated: bool) -> bool:
        """A line outside every block."""
        if negated:
            return False
        if len(words) == 3 and words[0] == "router" and words[1] == "bgp":
            number = as_number.read(words[2])
            if self.config.bgp and self.config.bgp.as_number != number:
                return False
            self.config.bgp = self.config.bgp or Bgp(number)
            self.open("router bgp", router=RouterBlock(self.config.bgp, self.canonical))
            return True
        if words[0] == "route-map":
            return self.route_map(words[1:])
        if words[0] in ("ip", "ipv6") and len(words) > 2 and words[1] == "prefix-list":
            return self.prefix_list("ipv4" if words[0] == "ip" else "ipv6", words[2:])
        if words[0] == "access-list":
            rule = policy.access_rule(" ".join(words[2:]))
            name = self.canonical(words[1])
            entries = self.config.access_lists.setdefault(name, AccessList(name)).entries
            if (name, rule) not in self.access_rules:
                self.access_rules.add((name, rule))
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
        highest = self.highest.get((afi, name), 0)
        sequence = sequence or (highest // 5 + 1) * 5
        self.highest[afi, name] = max(highest, sequence)
        entries[sequence] = rule
        return True

    def clause(self, words: list[str]) -> bool:
        """A ``match`` or ``set`` line of the open route-map entry; a second one of the same kind is kept unparsed."""
        if self.entry is None:
            return False
        clause, value = policy.read_clause(words)
        if clause.names:
            value = self.canonical(words[-1])
        held = self.entry.match if clause.kind == "match" else self.entry.set
        return bool(held.setdefault(clause.key, value) == value)
