# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change the configuration by one parsed line.

A change is planned on the current configuration: the commands for the daemons, and the result once they have
accepted them. Invalid lines are rejected with the device's message before anything is changed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from . import frr
from .grammar import Match, resolve
from .model import Bgp, Config, Context, Line, default, of_group, sticks
from .table import Row, forms

UNKNOWN_NEIGHBOR = "% Specify remote-as or peer-group commands first"
NO_GROUP = "% Create the peer-group first"


class Refused(Exception):
    """The device rejects a line; the text is its reply, without a newline."""


@dataclass
class Change:
    """The effect of a line. `enter`: the mode and context that the shell is in afterwards."""

    ops: list[frr.Op] = field(default_factory=list)
    steps: list[Callable[[], object]] = field(default_factory=list)
    enter: tuple[str, Context] | None = None
    warning: str = ""  # printed although the line was accepted

    def commit(self) -> None:
        """Apply the change."""
        for step in self.steps:
            step()


def make_line(match: Match) -> Line:
    """The configuration line of a match."""
    values = dict(match.row.fill) | match.values
    text = match.row.text.format(**values) if match.row.text else match.text
    return Line(match.row, values, text, match.negated)


def default_line(row: Row) -> Line:
    """The line that ZebOS shows when a row was never configured."""
    return make_line(resolve(forms([row]), row.default))


def _put(context: Context, slot: str, line: Line) -> Callable[[], object]:
    return lambda: context.lines.__setitem__(slot, line)


def _drop(context: Context, slot: str) -> Callable[[], object]:
    return lambda: context.lines.pop(slot, None)


def set_line(config: Config, context: Context, line: Line) -> Change:
    """Set one line in its slot, or clear it if it equals the effective default."""
    slot = line.row.slot_template.format(**line.values)
    if context.lines.get(slot) == line:
        return Change()
    told = frr.translate(config, context, line)
    # What equals the default is no line of its own. What equals the group's setting is: it stays when that changes.
    kept = line.row.shown or sticks(context, config.bgp, line) or of_group(context, config.bgp, line)
    same = not kept and line.body == default(context, config.bgp, line)
    if same and slot not in context.lines:
        return Change()
    return Change(told, [_drop(context, slot) if same else _put(context, slot, line)])


def clear_line(config: Config, context: Context, match: Match) -> Change:
    """Remove one line with a value."""
    row = match.row
    slot = row.slot_template.format(**match.values)
    line = context.lines.get(slot)
    if line is None:
        if row.missing:
            raise Refused(row.missing)
        return Change()
    told = frr.translate(config, context, line, clear=True)
    if row.shown:
        return Change(told, [_put(context, slot, default_line(row))])
    return Change(told, [_drop(context, slot)])


def generic(config: Config, context: Context, match: Match) -> Change:
    """A line without special rules."""
    row = match.row
    if row.of_neighbor and not (config.bgp and config.bgp.known(match.values["peer"])):
        raise Refused(UNKNOWN_NEIGHBOR)
    if match.negated and row.flag is None:
        return clear_line(config, context, match)
    return set_line(config, context, make_line(match))


def send_community(config: Config, context: Context, match: Match) -> Change:
    """`[no] neighbor X send-community [KIND]`: both kinds are sent unless said otherwise; a `no` takes one away."""
    peer = match.values["peer"]
    if not match.negated or not (config.bgp and config.bgp.known(peer)):
        return generic(config, context, match)
    unsaid = make_line(Match(match.row, False, {"peer": peer}))
    own = context.lines.get(unsaid.row.slot_template.format(**unsaid.values))
    now = own or of_group(context, config.bgp, unsaid) or unsaid
    sent = _kinds(now.values["which"]) if not now.negated else set()
    left = sorted(sent - _kinds(match.values.get("which", "both")))
    values = {"peer": peer, "which": left[0] if len(left) == 1 else "both"}
    return set_line(config, context, make_line(Match(match.row, not left, values)))


def _kinds(which: str) -> set[str]:
    return {"standard", "extended"} if which == "both" else {which}


def drop_peers(bgp: Bgp, peers: list[str]) -> list[Callable[[], object]]:
    """Remove neighbors or groups completely."""
    return [_drop(family, slot) for peer in peers for family in bgp.families() for slot in family.of_peer(peer)]


def declare_group(config: Config, context: Context, match: Match) -> Change:
    """`[no] neighbor G peer-group`."""
    bgp, name = config.bgp, match.values["peer"]
    if not match.negated:
        return set_line(config, context, make_line(match))
    if f"neighbor {name} peer-group" not in bgp.lines:
        raise Refused(NO_GROUP)
    told = frr.translate(config, bgp, bgp.lines[f"neighbor {name} peer-group"], clear=True)
    return Change(told, drop_peers(bgp, [name, *bgp.members(name)]))


def _drop_neighbor(bgp: Bgp, peer: str) -> Change:
    return Change([frr.Op("bgpd", (f"router bgp {bgp.asn}",), f"no neighbor {peer}")], drop_peers(bgp, [peer]))


def remote_as(config: Config, context: Context, match: Match) -> Change:
    """`[no] neighbor X remote-as N`: creates or removes a neighbor."""
    bgp, peer = config.bgp, match.values["peer"]
    is_group = f"neighbor {peer} peer-group" in bgp.lines
    if not is_group and not peer[0].isdigit() and ":" not in peer:
        raise Refused(NO_GROUP)
    if match.negated:
        if not bgp.known(peer):
            raise Refused(UNKNOWN_NEIGHBOR)
        if not is_group:
            return _drop_neighbor(bgp, peer)
        change = clear_line(config, context, match)
        orphans = [member for member in bgp.members(peer) if f"neighbor {member} remote-as" not in bgp.lines]
        change.steps += drop_peers(bgp, orphans)
        return change
    check_asn(config, match.values["asn"])
    group = bgp.group_of(peer)
    if group and f"neighbor {group} remote-as" in bgp.lines:
        raise Refused(f"% Peer-group AS {bgp.remote_as(peer)}. Cannot configure remote-as for member")
    if group:
        _check_sort(bgp, group, int(match.values["asn"]))
    change = set_line(config, context, make_line(match))
    for family, slot in _lost(bgp, [peer, *bgp.members(peer)], int(match.values["asn"]) == bgp.asn):
        change.ops[:0] = frr.translate(config, family, family.lines[slot], clear=True)
        change.steps.append(_drop(family, slot))
    return change


def join_group(config: Config, context: Context, match: Match) -> Change:
    """`[no] neighbor A peer-group G`."""
    bgp, peer = config.bgp, match.values["peer"]
    has_own = f"neighbor {peer} remote-as" in bgp.lines
    current = bgp.group_of(peer)
    if match.negated:
        if current is None or match.values.get("group", current) != current:
            raise Refused(UNKNOWN_NEIGHBOR)
        return _leave_group(config, bgp, match) if has_own else _drop_neighbor(bgp, peer)
    group = match.values["group"]
    if f"neighbor {group} peer-group" not in bgp.lines:
        raise Refused("% Configure the peer-group first")
    if current not in (None, group):
        raise Refused("% Cannot change peer-group. Deconfigure first")
    theirs = f"neighbor {group} remote-as" in bgp.lines
    if not (theirs or has_own):
        raise Refused("% Specify remote-as or peer-group remote AS first")
    if not theirs and current is None:
        _check_sort(bgp, group, int(bgp.lines[f"neighbor {peer} remote-as"].values["asn"]))
    change = set_line(config, context, make_line(match))
    if theirs and has_own and _internal(bgp, peer) != _internal(bgp, group):
        lost = _lost(bgp, [peer], _internal(bgp, group))
        change.steps += [_drop(*each) for each in lost]
        gone = {f"neighbor {peer} remote-as", *(slot for _family, slot in lost)}
        change.ops = _drop_neighbor(bgp, peer).ops + _retold(config, bgp, peer, gone, make_line(match))
    if theirs:
        change.steps.append(_drop(context, f"neighbor {peer} remote-as"))
    return change


def _internal(bgp: Bgp, peer: str) -> bool:
    return bgp.remote_as(peer) == bgp.asn


def _lost(bgp: Bgp, peers: list[str], internal: bool) -> list[tuple[Context, str]]:
    """Lines that go with the sort: one that becomes internal has no local-as, an external one reflects no routes."""
    setting = "local-as" if internal else "route-reflector-client"
    slots = [f"neighbor {peer} {setting}" for peer in peers]
    return [(family, slot) for family in bgp.families() for slot in slots if slot in family.lines]


def _retold(config: Config, bgp: Bgp, peer: str, gone: set[str], member: Line | None = None) -> list[frr.Op]:
    """A neighbor's lines for FRR, in which it is new: without those that are gone, and as a group's member."""
    after, ipv6 = copy.copy(bgp), copy.copy(bgp.ipv6)
    for family in (after, ipv6):
        family.lines = {slot: line for slot, line in family.lines.items() if slot not in gone}
    after.ipv6 = ipv6
    if member:
        after.lines[f"neighbor {peer} member"] = member
    return frr.replay_peer(replace(config, bgp=after), peer)


def _check_sort(bgp: Bgp, group: str, asn: int) -> None:
    """A group without an AS has members of one sort: internal, or external."""
    if any(_internal(bgp, member) != (asn == bgp.asn) for member in bgp.members(group)):
        raise Refused("% Peer-group members must be all internal or all external.")


def _leave_group(config: Config, bgp: Bgp, match: Match) -> Change:
    """`no neighbor A peer-group G` of a neighbor with an AS of its own, which stays. FRR deletes it."""
    change, peer = clear_line(config, bgp, match), match.values["peer"]
    change.ops += _retold(config, bgp, peer, {f"neighbor {peer} member"})
    return change


def drop_neighbor(config: Config, context: Context, match: Match) -> Change:
    """`no neighbor X`."""
    bgp, peer = config.bgp, match.values["peer"]
    if f"neighbor {peer} peer-group" in bgp.lines:
        told = frr.translate(config, bgp, bgp.lines[f"neighbor {peer} peer-group"], clear=True)
        return Change(told, drop_peers(bgp, [peer, *bgp.members(peer)]))
    if not bgp.known(peer):
        raise Refused(UNKNOWN_NEIGHBOR)
    return _drop_neighbor(bgp, peer)


def check_asn(config: Config, asn: str) -> None:
    """Refuse an AS number that needs `bgp extended-asn-cap` while that is off."""
    if int(asn) > 0xFFFF and not config.extended_asn:
        raise Refused("% Extended ASN capability is not enabled: AS number must be in range <1-65535>")
