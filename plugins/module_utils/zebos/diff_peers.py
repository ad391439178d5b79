# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines for neighbors and peer groups that change one ``router bgp`` into another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import foreign, options
from .model import Bgp, Config, Peer, PeerFamily, Routes, Unmanaged
from .options import Option


@dataclass
class Changes:
    """Lines of ``router bgp`` for peers that exist afterwards and for those that do not, and of its families.

    ``resets`` are the neighbors whose session is reset, with the reason.
    """

    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    ipv6: list[str] = field(default_factory=list)
    families: dict[str, list[str]] = field(default_factory=dict)
    resets: dict[str, str] = field(default_factory=dict)

    def add(self, block: str, lines: list[str]) -> None:
        """Add lines of a block: the router, or one of its address families."""
        known = {"router bgp": self.before, "address-family ipv6": self.ipv6}
        known.get(block, self.families.setdefault(block, []) if block not in known else []).extend(lines)


def changes(
    was: Bgp, then: Bgp, said: Bgp, unmanaged: list[Unmanaged], spell: Callable[[str], str], off: bool = False
) -> Changes:
    """Compare the peers of two normalised routers; ``said`` is the second one before normalising.

    ``off``: an uncertain flag without a line is off on this device.
    """
    result = Changes()
    groups = _rebuilt_groups(was, then)
    removed = [name for name in was.neighbors if name not in then.neighbors]
    rebuilt = {
        name
        for name, peer in was.neighbors.items()
        if name in then.neighbors and (_needs_rebuilding(was, then, name) or peer.peer_group in groups)
    }
    # One line removes all lines of a neighbor. Removing a group removes its members, so they are removed first.
    kinds = {peer.peer_group: then.is_internal(peer) for peer in then.neighbors.values()}
    early = [
        name
        for name in removed
        if (group := was.neighbors[name].peer_group) in groups
        or (group and group in kinds and kinds[group] != was.is_internal(was.neighbors[name]))
    ]
    result.before += [f"no neighbor {name}" for name in was.neighbors if name in rebuilt or name in early]
    result.before += [f"no neighbor {name} peer-group" for name in groups]
    result.after += [f"no neighbor {name}" for name in removed if name not in early]
    result.after += [f"no neighbor {name} peer-group" for name in was.peer_groups if name not in then.peer_groups]
    result.resets.update({name: "its peer group or AS number changes" for name in rebuilt})
    result.resets.update({name: "the neighbor is removed" for name in removed})
    fresh = {*groups, *rebuilt}
    for peer in (*then.peer_groups.values(), *then.neighbors.values()):
        old = was.peer(peer.name) if peer.name not in fresh else None
        if old is None and peer.name in then.peer_groups:
            result.before.append(f"neighbor {peer.name} peer-group")
        _peer(result, old, peer, was, then, said, spell, off)
        if peer.name in fresh:
            for block, lines in foreign.retyped(unmanaged, _about(peer.name)):
                result.add(block, lines)
    return result


def _about(name: str) -> Callable[[Unmanaged], bool]:
    return lambda line: foreign.subject(line) == name


def _rebuilt_groups(was: Bgp, then: Bgp) -> list[str]:
    """Groups that cannot be changed while they have members.

    The device cannot remove or change the AS number of such a group, and rejects deactivating it.
    """
    # New members join before the lines of the IPv6 family are sent.
    members = {peer.peer_group for peer in (*was.neighbors.values(), *then.neighbors.values())}
    return [
        name
        for name, group in was.peer_groups.items()
        if (new := then.peer_groups.get(name)) is not None
        and (
            (group.remote_as is not None and new.remote_as != group.remote_as)
            or (name in members and (_deactivated(group, new, True) or _deactivated(group.ipv6, new.ipv6, False)))
        )
    ]


def _deactivated(old: PeerFamily, new: PeerFamily, default: bool) -> bool:
    active = [default if part.activate is None else part.activate for part in (old, new)]
    return active == [True, False]


def _needs_rebuilding(was: Bgp, then: Bgp, name: str) -> bool:
    """Whether a neighbor leaves its peer group, its AS number moves between the two, or iBGP and eBGP are swapped."""
    old, new = was.neighbors[name], then.neighbors[name]
    # A group has only internal or only external members: the first change of an AS number would be rejected.
    if old.peer_group is not None and was.is_internal(old) != then.is_internal(new):
        return True
    if old.peer_group is not None and (
        old.peer_group != new.peer_group or (old.remote_as is None and new.remote_as is not None)
    ):
        return True
    group = then.group_of(new)
    return bool(new.remote_as is None and old.remote_as is not None and group and old.remote_as != group.remote_as)


def _peer(
    result: Changes,
    old: Peer | None,
    new: Peer,
    was: Bgp,
    then: Bgp,
    said: Bgp,
    spell: Callable[[str], str],
    off: bool,
) -> None:
    """The lines of one peer, in the order of the table."""
    table = options.OPTIONS
    if new.remote_as is None:
        # The AS number comes from the group, so the neighbor exists only once it is a member.
        table = tuple(sorted(table, key=lambda option: option.field != "peer_group"))
    before, group, wanted = old or Peer(), then.group_of(new) or Peer(), said.peer(new.name) or Peer()
    behind = said.group_of(wanted) or Peer()
    stated: tuple[PeerFamily, PeerFamily] | None = (wanted, behind) if old is None else None
    for option, line in _lines(new.name, before, new, group, table, spell, stated, False, off):
        result.before.append(line)
        if old is not None and option.session:
            names = [new.name] if new.name in then.neighbors else _members(was, then, new.name)
            for name in names:
                result.resets.setdefault(name, f"{option.field} changes")
    stated = (wanted.ipv6, behind.ipv6) if old is None else None
    lines = list(_lines(new.name, before.ipv6, new.ipv6, group.ipv6, options.FAMILY, spell, stated, True, off))
    typed = [line for _option, line in lines]
    if old is None and any(option.policy for option, _line in lines) and not then.is_active6(new):
        # The policy of an inactive neighbor may be rejected: a new one is active while its policy is set.
        activate = f"neighbor {new.name} activate"
        typed = [activate, *(line for line in typed if line != f"no {activate}"), f"no {activate}"]
    result.ipv6 += typed


def _lines(
    name: str,
    old: PeerFamily,
    new: PeerFamily,
    group: PeerFamily,
    table: tuple[Option, ...],
    spell: Callable[[str], str],
    stated: tuple[PeerFamily, PeerFamily] | None,
    ipv6: bool,
    off: bool,
) -> Iterator[tuple[Option, str]]:
    """The lines of one family of a peer. A filter is replaced by its new line, never removed in between.

    ``stated`` are the wanted peer and group when the peer is created: then a flag is sent even though it may be the
    device's default, if that is unknown.
    """
    last = []
    for option in table:
        before, value = getattr(old, option.field), getattr(new, option.field)
        if option.unsure and stated and value is None:
            own, behind = (getattr(part, option.field) for part in stated)
            value = True if own and not behind else None
        for line in option.change(name, before, value, option.otherwise(group, ipv6, off), spell):
            # Policy of an inactive neighbor may be rejected: it is deactivated last.
            if option.field == "activate" and line.startswith("no "):
                last.append((option, line))
            else:
                yield option, line
    yield from last


def _members(was: Bgp, then: Bgp, group: str) -> list[str]:
    return [name for name, peer in was.neighbors.items() if peer.peer_group == group and name in then.neighbors]


def policy_changes(was: Config, then: Config, changed: set[tuple[str, str]]) -> list[str]:
    """Neighbors, present before and after, whose routes are subject to a changed policy.

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


def _uses_map(routes: Routes, changed: set[tuple[str, str]]) -> bool:
    used = {("route_map", item.route_map) for item in routes.with_route_map.values() if item.route_map}
    return bool(used & changed)


def _policy(bgp: Bgp, peer: Peer) -> list[Any]:
    """The policy of a neighbor, including its group's."""
    group = bgp.group_of(peer) or Peer()
    return [
        getattr(part, option.field) if getattr(part, option.field) is not None else getattr(behind, option.field)
        for part, behind in ((peer, group), (peer.ipv6, group.ipv6))
        for option in options.FAMILY
        if option.policy
    ]


def _used(bgp: Bgp, peer: Peer) -> set[tuple[str, str]]:
    """The lists and maps that a neighbor uses, including its group's."""
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
