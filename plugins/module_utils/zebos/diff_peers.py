# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of neighbors and peer groups that lead from one ``router bgp`` to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from . import options
from .model import Bgp, Config, Peer, PeerFamily, Unmanaged
from .options import Option


@dataclass
class Changes:
    """Lines for peers that stay or come, for those that go, for family IPv6; and what it resets."""

    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    ipv6: list[str] = field(default_factory=list)
    resets: dict[str, str] = field(default_factory=dict)


def changes(was: Bgp, then: Bgp, unmanaged: list[Unmanaged], spell: Callable[[str], str]) -> Changes:
    """Compare the peers of two routers. Both must be normalised."""
    result = Changes()
    groups = _rebuilt_groups(was, then)
    removed = [name for name in was.neighbors if name not in then.neighbors]
    rebuilt = {
        name
        for name, peer in was.neighbors.items()
        if name in then.neighbors and (_needs_rebuilding(was, then, name) or peer.peer_group in groups)
    }
    # One line takes all lines of a neighbor away. A group takes its members with it, so they go before it.
    early = [name for name in removed if was.neighbors[name].peer_group in groups]
    result.before += [f"no neighbor {name}" for name in was.neighbors if name in rebuilt or name in early]
    result.before += [f"no neighbor {name} peer-group" for name in groups]
    result.after += [f"no neighbor {name}" for name in removed if name not in early]
    result.after += [f"no neighbor {name} peer-group" for name in was.peer_groups if name not in then.peer_groups]
    result.resets.update({name: "its peer group or AS number changes" for name in rebuilt})
    result.resets.update({name: "the neighbor is removed" for name in removed})
    for name, group in then.peer_groups.items():
        old = was.peer_groups.get(name) if name not in groups else None
        if old is None:
            result.before.append(f"neighbor {name} peer-group")
        _peer(result, old, group, was, then, spell)
    for name, peer in then.neighbors.items():
        old = was.neighbors.get(name) if name not in rebuilt else None
        _peer(result, old, peer, was, then, spell)
        if name in rebuilt:
            result.before += _retyped(unmanaged, name, "router bgp")
            result.ipv6 += _retyped(unmanaged, name, "address-family ipv6")
    return result


def _rebuilt_groups(was: Bgp, then: Bgp) -> list[str]:
    """Groups that lose or change their AS number: the device has no line for that while members exist."""
    return [
        name
        for name, group in was.peer_groups.items()
        if group.remote_as is not None
        and name in then.peer_groups
        and then.peer_groups[name].remote_as != group.remote_as
    ]


def _needs_rebuilding(was: Bgp, then: Bgp, name: str) -> bool:
    """Whether a neighbor leaves its peer group, its AS number moves between the two, or iBGP and eBGP change places."""
    old, new = was.neighbors[name], then.neighbors[name]
    # A group has only internal or only external members: the first to change its AS number would be refused.
    if old.peer_group is not None and was.is_internal(old) != then.is_internal(new):
        return True
    if old.peer_group is not None and (
        old.peer_group != new.peer_group or (old.remote_as is None and new.remote_as is not None)
    ):
        return True
    group = then.group_of(new)
    return new.remote_as is None and old.remote_as is not None and group and old.remote_as != group.remote_as


def _peer(result: Changes, old: Peer | None, new: Peer, was: Bgp, then: Bgp, spell: Callable[[str], str]) -> None:
    """The lines of one peer, in the order of the table."""
    table = options.OPTIONS
    if new.remote_as is None:
        # The AS number comes from the group, so the neighbor exists only once it is a member.
        table = tuple(sorted(table, key=lambda option: option.field != "peer_group"))
    before, group = old or Peer(), then.group_of(new) or Peer()
    for option, line in _lines(new.name, before, new, group, table, spell, ipv6=False):
        result.before.append(line)
        if old is not None and option.session:
            names = [new.name] if new.name in then.neighbors else _members(was, then, new.name)
            for name in names:
                result.resets.setdefault(name, f"{option.field} changes")
    for _option, line in _lines(new.name, before.ipv6, new.ipv6, group.ipv6, options.FAMILY, spell, ipv6=True):
        result.ipv6.append(line)
    for lines, one, other, behind in (
        (result.before, before, new, group),
        (result.ipv6, before.ipv6, new.ipv6, group.ipv6),
    ):
        lines += options.community_lines(new.name, one.send_community, other.send_community, behind.send_community)


def _lines(
    name: str,
    old: PeerFamily,
    new: PeerFamily,
    group: PeerFamily,
    table: tuple[Option, ...],
    spell: Callable[[str], str],
    ipv6: bool,
) -> Iterator[tuple[Option, str]]:
    """The lines of one family of a peer. A filter is replaced by its new line, never taken off meanwhile."""
    for option in table:
        before, value = getattr(old, option.field), getattr(new, option.field)
        if before == value:
            continue
        if value is None:
            inherited = getattr(group, option.field)
            if before == (options.family_default(option, ipv6) if inherited is None else inherited):
                # It says what the group now says too. Its "no" line would say the contrary.
                continue
            lines = option.removal(name, before, spell)
        else:
            lines = option.lines(name, value, spell)
        for line in lines:
            yield option, line


def _members(was: Bgp, then: Bgp, group: str) -> list[str]:
    return [name for name, peer in was.neighbors.items() if peer.peer_group == group and name in then.neighbors]


def _retyped(unmanaged: list[Unmanaged], name: str, block: str) -> list[str]:
    """The lines beyond the model of a neighbor that is made anew."""
    return [line.text for line in unmanaged if line.block == block and name in line.text.split()[1:3]]


def policy_changes(was: Config, then: Config, changed: set[tuple[str, str]]) -> list[str]:
    """Neighbors, there before and after, whose routes another policy applies to now.

    ``changed`` names the lists and maps whose content changed, as ``(kind, name)``.
    """
    if not was.bgp or not then.bgp:
        return []
    routes = _uses_map(then.bgp.ipv4, changed) or _uses_map(then.bgp.ipv6, changed)
    return [
        name
        for name, new in then.bgp.neighbors.items()
        if (old := was.bgp.neighbors.get(name)) is not None
        and (routes or _policy(was.bgp, old) != _policy(then.bgp, new) or changed & _used(then.bgp, new))
    ]


def _uses_map(routes, changed: set[tuple[str, str]]) -> bool:
    used = {("route_map", item.route_map) for item in (*routes.networks.values(), *routes.redistribute.values())}
    return bool(used & changed)


def _policy(bgp: Bgp, peer: Peer) -> list:
    """The policy of a neighbor, its group's included."""
    group = bgp.group_of(peer) or Peer()
    return [
        getattr(part, option.field) if getattr(part, option.field) is not None else getattr(behind, option.field)
        for part, behind in ((peer, group), (peer.ipv6, group.ipv6))
        for option in options.FAMILY
        if option.policy
    ] + [peer.send_community or group.send_community]


def _used(bgp: Bgp, peer: Peer) -> set[tuple[str, str]]:
    """The lists and maps that a neighbor uses, its group's included."""
    used = set()
    for holder in (peer, bgp.group_of(peer)):
        for afi, part in (("ipv4", holder), ("ipv6", holder.ipv6)) if holder else ():
            used |= {
                (afi, part.prefix_list_in),
                (afi, part.prefix_list_out),
                ("route_map", part.route_map_in),
                ("route_map", part.route_map_out),
            }
    return used
