# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fabric may change and remove: objects that carry its mark, and objects that its inventory names.

Everything else is not changed. If it conflicts with the wanted configuration, the plan is refused with the options.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable
from dataclasses import dataclass

from . import options
from .build import InvalidConfig
from .model import Bgp, Config, Peer, PrefixList, RouteMap, RouteMapEntry, Timers
from .normalise import BGP_DEFAULTS, PRINTED
from .policy import LONGEST

# Lists and maps of virtual addresses: each fabric has its own.
_VIPS = "-vips"


@dataclass(frozen=True)
class Purge:
    """Neighbors whose description begins with ``mark`` and that are not wanted are removed, up to a share of them.

    One may always be removed: otherwise a fabric of two nodes could never shrink.
    """

    mark: str
    max_share: float = 0.34
    remove: bool = True  # False: nothing is removed, and the mark only identifies objects of the fabric

    @property
    def prefix(self) -> str:
        """The prefix of the names of the fabric's lists and maps."""
        return self.mark.rstrip(": ") + "-"


def purge(have: Config, target: Config, want: Config, rule: Purge) -> list[str]:
    """Remove marked neighbors that are not wanted from the target.

    A peer group with the mark is removed with its last member. Returns the names of the neighbors. Raises
    InvalidConfig if there are more than the rule allows.
    """
    if not have.bgp or not target.bgp or not want.bgp or have.bgp.as_number != target.bgp.as_number:
        return []
    if not rule.remove:
        return []
    marked = [name for name, peer in have.bgp.neighbors.items() if _marked(peer, rule)]
    stale = [name for name in marked if name not in want.bgp.neighbors]
    allowed = max(1, math.floor(len(marked) * rule.max_share))
    if len(stale) > allowed:
        raise InvalidConfig(
            [
                f"max_removals: {len(stale)} of {len(marked)} neighbors of this fabric are no longer in the inventory "
                f"({', '.join(stale[:5])}{', …' if len(stale) > 5 else ''}), but at most {allowed} may be removed at "
                f"once ({rule.max_share:.0%}). Check the inventory; raise max_removals if it is correct"
            ]
        )
    for name in stale:
        target.bgp.neighbors.pop(name, None)
    used = {peer.peer_group for peer in target.bgp.neighbors.values()}
    for name, group in have.bgp.peer_groups.items():
        if _marked(group, rule) and name not in used and name not in want.bgp.peer_groups:
            target.bgp.peer_groups.pop(name, None)
    return stale


def _marked(peer: Peer, rule: Purge) -> bool:
    return (peer.description or "").startswith(rule.mark)


class Protection:
    """Adapts a target so that it does not change foreign configuration.

    :ivar problems: conflicts, each with the options; if there are any, nothing may be written
    :ivar notes: foreign configuration that stays, and what the fabric takes over
    """

    def __init__(self, have: Config, target: Config, want: Config, rule: Purge) -> None:
        self.have, self.target, self.want, self.rule = have, target, want, rule
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.foreign: list[str] = []
        if have.bgp and target.bgp and want.bgp:
            self.foreign = [
                name
                for name, peer in have.bgp.neighbors.items()
                if name not in want.bgp.neighbors and not _marked(peer, rule)
            ]
            self._groups(have.bgp, want.bgp)
            for name in (*want.bgp.peer_groups, *want.bgp.neighbors):
                self._policy(name, have.bgp, target.bgp)
            self._redistribution(have.bgp, target.bgp, want.bgp)
            self._shared(have.bgp, target.bgp, want.bgp)

    def sessions(self, resets: Iterable[str]) -> None:
        """Refuse to reset foreign sessions; a changed AS number was allowed explicitly."""
        if self.have.bgp and self.target.bgp and self.have.bgp.as_number == self.target.bgp.as_number:
            hit = sorted(set(resets) & set(self.foreign))
            if hit:
                self.problems.append(
                    f"this change resets sessions that are not managed by this collection ({', '.join(hit)}): keep the "
                    f"router-id {self.have.bgp.router_id} and the peer groups of these neighbors, or make the change "
                    "manually"
                )

    def _ours(self, name: str) -> bool:
        names = {*self.want.route_maps, *(name for _afi, name in self.want.prefix_lists), *self.want.access_lists}
        return name in names or name.startswith(self.rule.prefix)

    def _shared(self, have: Bgp, target: Bgp, want: Bgp) -> None:
        """Settings of the process apply to all neighbors: what others rely on is changed only by whoever set it."""
        for field, variable, words, default in (
            ("restart_time", "bgp_restart_time", "bgp graceful-restart restart-time", PRINTED["restart_time"]),
            ("timers", "bgp_timers", "timers bgp", BGP_DEFAULTS["timers"]),
        ):
            held, wanted = getattr(have, field), getattr(want, field)
            held = default if held is None else held
            if not self.foreign or wanted is None or held == wanted:
                continue
            line = (
                f"{words} {_text(held)} also applies to neighbors that are not managed by this fabric "
                f"({', '.join(self.foreign[:5])}{', …' if len(self.foreign) > 5 else ''})"
            )
            if wanted == default:
                setattr(target, field, getattr(have, field))
                self.notes.append(f"{line} and stays: set {variable}: {_value(held)}")
            elif held == default:
                self.notes.append(f"{line} and becomes {_text(wanted)}")
            else:
                self.problems.append(
                    f"{line}, and {variable} is {_value(wanted)}: set {variable}: {_value(held)}, or change it for all "
                    f"of them in imish ({words} {_text(wanted)})"
                )

    # ---- peer groups and the policy of peers -------------------------------------------------------

    def _groups(self, have: Bgp, want: Bgp) -> None:
        for name in want.peer_groups:
            others = [peer for peer in self.foreign if have.neighbors[peer].peer_group == name]
            if others:
                self.problems.append(
                    f"peer_groups[{name}]: has members that are not managed by this collection ({', '.join(others)}): "
                    f"use another name for the peer group of the fabric, add these neighbors to the inventory, or "
                    f"remove them from the group (no neighbor {others[0]} peer-group {name})"
                )
        taken = [
            name
            for name, peer in want.neighbors.items()
            if name in have.neighbors and not _marked(have.neighbors[name], self.rule) and _marked(peer, self.rule)
        ]  # fmt: skip
        if taken:
            self.notes.append(f"Neighbors of the inventory that are taken over: {', '.join(taken)}")

    def _policy(self, name: str, have: Bgp, target: Bgp) -> None:
        """Keep foreign filters on a peer of the inventory; refuse if they exclude those of the fabric."""
        old, new = have.peer(name), target.peer(name)
        if old is None or new is None:
            return
        left = have.group_of(old) if old.peer_group != new.peer_group else None
        behind = target.group_of(new)
        label = f"{'neighbors' if name in have.neighbors else 'peer_groups'}[{name}]"
        for family in ("ipv4", "ipv6"):
            parts = [part.ipv6 if part and family == "ipv6" else part for part in (old, left, new, behind)]
            for row in (row for row in options.FAMILY if row.names):
                held, lost, wanted, group = (getattr(part, row.field) if part else None for part in parts)
                found = held if held is not None else lost
                filters = str(getattr(found, "route_map", found) or "default-originate")
                if found is None or found in (wanted, group) or self._ours(filters):
                    continue
                if wanted is None and group is None:
                    setattr(parts[2], row.field, found)
                    self.notes.append(f"{label}: {' '.join(row.words)} {filters} is not managed and is kept")
                    continue
                self.problems.append(
                    f"{label}.{'.'.join(row.place)}: {filters!r} is not managed by this collection and is in the place "
                    f"of {wanted or group!r}: remove it (no neighbor {name} {' '.join(row.words)} {filters} "
                    f"{' '.join(row.tail)}), or set bgp_manage_policy: false"
                )

    # ---- redistribution ----------------------------------------------------------------------------

    def _redistribution(self, bgp_have: Bgp, bgp_target: Bgp, bgp_want: Bgp) -> None:
        for family in ("ipv4", "ipv6"):
            have, target, want = (getattr(bgp, family) for bgp in (bgp_have, bgp_target, bgp_want))
            for protocol, item in want.redistribute.items():
                held = have.redistribute.get(protocol)
                if held is None:
                    continue
                if held.route_map == item.route_map:
                    if item.route_map:
                        self._share(item.route_map, item.route_map)
                    continue
                if held.route_map and self._ours(held.route_map) and not self._others_entries(held.route_map):
                    continue
                target.redistribute[protocol] = held
                self.notes.append(
                    f"redistribute {protocol}{f' route-map {held.route_map}' if held.route_map else ''} is not "
                    "managed by this fabric and is kept; filters of the fabric's neighbors select their routes"
                )
                if item.route_map:
                    self._beside(
                        item.route_map, held.route_map, [bgp_target.peer_groups[n] for n in bgp_want.peer_groups]
                    )

    def _beside(self, ours: str, theirs: str | None, groups: list[Peer]) -> None:
        """Use a foreign redistribution, with filters towards the fabric's own neighbors."""
        lists = self._lists(self.want.route_maps.get(ours))
        for group in groups:
            if group.prefix_list_out is None and group.route_map_out is None and lists:
                group.prefix_list_out = lists[0]
        if ours not in self.have.route_maps:
            self.target.route_maps.pop(ours, None)
        if theirs is None:
            return
        if theirs.endswith(_VIPS) and all(
            name.endswith(_VIPS) for name in self._lists(self.have.route_maps.get(theirs))
        ):
            self._share(ours, theirs)
            return
        for name in lists:
            self._passes(theirs, self.want.prefix_lists.get(("ipv4", name)))

    def _share(self, ours: str, used: str) -> None:
        """Add the fabric's entries to the map that redistribution uses for all fabrics."""
        wanted, there = self.want.route_maps.get(ours), self.have.route_maps.get(used)
        if wanted is None or there is None:
            return
        result = RouteMap(used, {seq: entry for seq, entry in there.entries.items() if self._of_others(entry, wanted)})
        for seq, entry in sorted(wanted.entries.items()):
            place = next((old for old, same in there.entries.items() if same == entry), seq)
            while place in result.entries:
                place += 10
            result.entries[place] = entry
        self.target.route_maps[used] = result

    def _others_entries(self, name: str) -> bool:
        there = self.have.route_maps.get(name)
        return any(not self._ours(used) for used in self._lists(there))

    def _of_others(self, entry: RouteMapEntry, wanted: RouteMap) -> bool:
        used = entry.match.get("ip_address_prefix_list")
        return entry not in wanted.entries.values() and bool(used) and not self._ours(str(used))

    @staticmethod
    def _lists(item: RouteMap | None) -> list[str]:
        entries = item.entries.values() if item else ()
        return [str(e.match["ip_address_prefix_list"]) for e in entries if "ip_address_prefix_list" in e.match]

    def _passes(self, name: str, vips: PrefixList | None) -> None:
        """Report whether a foreign map permits the fabric's ranges."""
        for rule in vips.entries.values() if vips else ():
            verdict = permits(self.have, name, rule.prefix)
            if verdict is False:
                self.problems.append(
                    f"redistribute kernel uses route-map {name!r}, which is not managed by this collection and does "
                    f"not permit {rule.prefix}: permit the range there (its neighbors then receive these routes "
                    "too, unless they have filters), or remove it (no redistribute kernel) and run again"
                )
            elif verdict is None:
                self.notes.append(
                    f"whether route-map {name} of redistribute kernel permits {rule.prefix} cannot be determined"
                )


def _text(value: int | Timers) -> str:
    """A setting as imish prints it."""
    return f"{value.keepalive} {value.holdtime}" if isinstance(value, Timers) else str(value)


def _value(value: int | Timers) -> str:
    """A setting as the inventory has it."""
    return f"{{keepalive: {value.keepalive}, holdtime: {value.holdtime}}}" if isinstance(value, Timers) else str(value)


def permits(config: Config, name: str, prefix: str) -> bool | None:
    """Whether a route map permits the host routes of a prefix; None if that cannot be determined."""
    there = config.route_maps.get(name)
    spelled = config.spelling.get(name, name)
    if there is None or any(line.block.startswith(f"route-map {spelled} ") for line in config.unmanaged):
        return None
    for _seq, entry in sorted(there.entries.items()):
        if set(entry.match) - {"ip_address_prefix_list"}:
            return None
        hit: bool | None = True
        if entry.match:
            found = config.prefix_lists.get(("ipv4", str(entry.match["ip_address_prefix_list"])))
            hit = None if found is None else _matches(found, ipaddress.IPv4Network(prefix))
        if hit is None:
            return None
        if hit:
            return entry.action == "permit"
    return False


def _matches(item: PrefixList, prefix: ipaddress.IPv4Network) -> bool | None:
    longest = LONGEST[item.afi]
    for _seq, rule in sorted(item.entries.items()):
        network = ipaddress.IPv4Network(rule.prefix)
        hosts = network.prefixlen == longest or rule.le == longest or (rule.ge is not None and rule.le is None)
        if not hosts or not network.overlaps(prefix):
            continue
        return rule.action == "permit" if prefix.subnet_of(network) else None
    return False
