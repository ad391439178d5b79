# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running configuration of one route domain, as in the device's imi daemon.

A configuration is a tree of contexts; a context holds lines, each under its slot. A line knows the row of the
command tables that it came from, so printing and translating need nothing else.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..personality import Personality
from .table import Row


@dataclass(frozen=True)
class Line:
    """One configured line: its row, its arguments, and whether it is a `no` line."""

    row: Row
    values: dict[str, str]
    text: str
    negated: bool = False

    def __str__(self) -> str:
        return f"no {self.text}" if self.negated else self.text

    @property
    def body(self) -> tuple[bool, str]:
        """The line without its neighbor: comparable between a group and its members."""
        return self.negated, self.text.split(" ", 2)[-1] if self.row.of_neighbor else self.text


@dataclass(eq=False)
class Context:
    """Lines under one heading. `mode` names the command table that is valid there."""

    mode: str
    header: str = ""
    parent: Context | None = None
    lines: dict[str, Line] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    def of_peer(self, peer: str) -> list[str]:
        """Slots of all lines about one neighbor or group."""
        return [slot for slot, line in self.lines.items() if line.row.of_neighbor and line.values["peer"] == peer]


@dataclass(eq=False)
class Bgp(Context):
    """`router bgp`, with its IPv6 family."""

    ipv6: Context = field(default_factory=lambda: Context("ipv6"))
    personality: Personality = field(default_factory=Personality)

    @property
    def asn(self) -> int:
        """The local AS number."""
        return int(self.values["asn"])

    def families(self) -> tuple[Context, Context]:
        """Both contexts with lines of a neighbor."""
        return self, self.ipv6

    def groups(self) -> list[str]:
        """Names of the peer groups, sorted."""
        return sorted(line.values["peer"] for line in self.lines.values() if line.row.action == "declare-group")

    def members(self, group: str) -> list[str]:
        """Addresses of a group's members, sorted."""
        return [peer for peer in self.peers() if self.group_of(peer) == group]

    def peers(self) -> list[str]:
        """Addresses of all neighbors, in the order in which the device lists them."""
        found = {
            line.values["peer"] for line in self.lines.values() if line.row.action in ("remote-as", "join-group")
        } - set(self.groups())
        return sorted(found, key=address_order)

    def group_of(self, peer: str) -> str | None:
        """The group that a neighbor is a member of."""
        line = self.lines.get(f"neighbor {peer} member")
        return line.values["group"] if line else None

    def known(self, peer: str) -> bool:
        """True for a configured neighbor or group."""
        return any(
            slot in self.lines
            for slot in (f"neighbor {peer} remote-as", f"neighbor {peer} member", f"neighbor {peer} peer-group")
        )

    def effective(self, peer: str, setting: str) -> Line | None:
        """A neighbor's line of that setting ("remote-as", "timers", …), its own or its group's."""
        group = self.group_of(peer)
        return self.lines.get(f"neighbor {peer} {setting}") or (
            self.lines.get(f"neighbor {group} {setting}") if group else None
        )

    def active(self, peer: str) -> bool:
        """True for a neighbor or group that takes part in the IPv6 family."""
        group = self.group_of(peer)
        own = self.ipv6.lines.get(f"neighbor {peer} activate")
        line = own or (self.ipv6.lines.get(f"neighbor {group} activate") if group else None)
        return line is not None and not line.negated

    def restarts(self, peer: str) -> bool:
        """True for a neighbor to which graceful restart is advertised."""
        line = self.effective(peer, "capability graceful-restart")
        return not line.negated if line else self.personality.graceful_restart == "on"

    def remote_as(self, peer: str) -> int | None:
        """A neighbor's AS number."""
        line = self.effective(peer, "remote-as")
        return int(line.values["asn"]) if line else None


@dataclass(eq=False)
class Config:
    """The whole configuration of one route domain."""

    top: Context = field(default_factory=lambda: Context("config"))
    bgp: Bgp | None = None
    interfaces: dict[str, Context] = field(default_factory=dict)
    route_maps: dict[tuple[str, int], Context] = field(default_factory=dict)
    # The console and vty sections are always there, with a login.
    consoles: dict[str, Context] = field(default_factory=dict)
    personality: Personality = field(default_factory=Personality)
    addresses: set[str] = field(default_factory=set)  # the device's own, which are no neighbors

    @property
    def extended_asn(self) -> bool:
        """True when 4-octet AS numbers are allowed."""
        return "bgp extended-asn-cap" in self.top.lines

    def section(self, name: str) -> Iterator[tuple[str, Line]]:
        """The top level's lines of one section, with their slots."""
        return ((slot, line) for slot, line in self.top.lines.items() if line.row.section == name)

    def maps_named(self, name: str) -> list[tuple[str, int]]:
        """Keys of one route-map's entries."""
        return [key for key in self.route_maps if key[0] == name]


def address_order(peer: str) -> tuple[int, int, str]:
    """Sort key of neighbors: IPv4 by value, then IPv6."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return (0, 0, peer)
    return (address.version, int(address), "")


def sticks(context: Context, bgp: Bgp | None, line: Line) -> bool:
    """True for a line that is kept and printed although it equals the effective default."""
    if line.row.action != "graceful-restart" or bgp is None:
        return False
    # Devices print the negative form even if it has no effect: on a group, and on members.
    return line.negated or bgp.personality.graceful_restart_printed == "always"


def of_group(context: Context, bgp: Bgp | None, line: Line) -> Line | None:
    """The line of a member's group that corresponds to the member's own."""
    peer = line.values.get("peer", "") if line.row.of_neighbor else ""
    group = bgp.group_of(peer) if bgp and peer else None
    if group is None or line.row.action == "join-group":
        return None
    return context.lines.get(line.row.slot_template.format(**{**line.values, "peer": group}))


def default(context: Context, bgp: Bgp | None, line: Line) -> tuple[bool, str] | None:
    """The default without configuration, comparable with Line.body; None if there is none."""
    row = line.row
    if bgp and context is bgp and row.pattern.endswith("> activate") and "bgp default ipv4-unicast" in bgp.lines:
        return True, "activate"
    if row.action == "graceful-restart" and bgp:
        return bgp.personality.graceful_restart == "off", "capability graceful-restart"
    if row.default:
        text = row.default.format(**line.values)
    elif row.flag is None:
        return None
    else:
        text = line.text
    return row.flag is False, text.split(" ", 2)[-1] if row.of_neighbor else text


def inherited(context: Context, bgp: Bgp | None, line: Line) -> tuple[bool, str] | None:
    """The effective setting without this line: the group's, or the default."""
    theirs = of_group(context, bgp, line)
    return theirs.body if theirs else default(context, bgp, line)
