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

from . import foreign
from .build import InvalidConfig
from .lists import PREFIX_LISTS
from .model import AccessList, Bgp, Config, Peer, PrefixList, RouteMap, RouteMapEntry
from .normalise import BGP_DEFAULTS, PRINTED
from .policy import LONGEST
from .takeover import Takeover

# Lists and maps of virtual addresses: each fabric has its own.
_VIPS = "-vips"


@dataclass(frozen=True)
class Purge:
    """Neighbors whose description begins with ``mark`` and that are not wanted are removed, up to a share of them.

    One of several may always be removed: otherwise a fabric of two nodes could never shrink.

    :ivar of_fabric: whether the wanted configuration is that of a fabric, whose names and options of peers are not the
        user's own: what others have in their place is not replaced
    """

    mark: str
    max_share: float = 0.34
    remove: bool = True  # False: nothing is removed, and the mark only identifies objects of the fabric
    of_fabric: bool = False

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
    # If not one of them is wanted, they are more likely those of another inventory with the same fabric_name.
    allowed = max(len(marked) > 1, math.floor(len(marked) * rule.max_share))
    if len(stale) > allowed:
        raise InvalidConfig(
            [
                f"max_removals: {len(stale)} of {len(marked)} neighbors of this fabric are no longer in the inventory "
                f"({', '.join(stale[:5])}{', …' if len(stale) > 5 else ''}), but at most {int(allowed)} may be removed "
                f"at once ({rule.max_share:.0%}). Check the inventory; raise max_removals if it is correct"
                + ("; set another fabric_name if they belong to another cluster" if stale == marked else "")
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
        if rule.of_fabric:
            self._names()
            self._families()
        if have.bgp and target.bgp and want.bgp:
            self.foreign = [
                name
                for name, peer in have.bgp.neighbors.items()
                if name not in want.bgp.neighbors and not _marked(peer, rule)
            ]
            self._groups(have.bgp, want.bgp)
            self._process(have.bgp, target.bgp, want.bgp)
            taken = Takeover(have, target.bgp, want.bgp, self._ours, lambda peer: _marked(peer, rule), rule.of_fabric)
            self.problems += taken.problems
            self.notes += taken.notes
            self._redistribution(have.bgp, target.bgp, want.bgp)
            self.problems += taken.excluded(want.bgp)

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

    def _families(self) -> None:
        """Neighbors of the fabric exchange IPv4 routes without a line of their own."""
        for line in self.have.unmanaged:
            if line.text == "no bgp default ipv4-unicast":
                self.problems.append(
                    f"line {line.line}: {line.text!r} leaves new neighbors without IPv4 routes: remove it (bgp default "
                    "ipv4-unicast); neighbors that exist keep what they have"
                )

    # ---- the process -------------------------------------------------------------------------------

    def _process(self, have: Bgp, target: Bgp, want: Bgp) -> None:
        """Settings of the process are those of all neighbors."""
        if not self.foreign:
            return
        self._timers(have, target, want)
        self._restart_time(have, target, want)

    def _timers(self, have: Bgp, target: Bgp, want: Bgp) -> None:
        """Other timers than the present ones are those of the fabric's groups, or of its neighbors, only."""
        default = BGP_DEFAULTS["timers"]
        if want.timers is None or want.timers == (have.timers or default):
            return
        target.timers = have.timers
        for name in want.peer_groups or want.neighbors:
            peer = target.peer(name)
            if peer is not None:
                peer.timers = want.timers

    def _restart_time(self, have: Bgp, target: Bgp, want: Bgp) -> None:
        """Settings that others use are changed only by their owner."""
        default = PRINTED["restart_time"]
        held, wanted = have.restart_time or default, want.restart_time
        if wanted is None or held == wanted:
            return
        line = (
            f"bgp graceful-restart restart-time {held} also applies to neighbors that are not managed by this fabric "
            f"({', '.join(self.foreign[:5])}{', …' if len(self.foreign) > 5 else ''})"
        )
        if wanted == default:
            target.restart_time = have.restart_time
            self.notes.append(f"{line} and stays: set bgp_restart_time: {held}")
        elif held == default:
            self.notes.append(f"{line} and becomes {wanted}")
        else:
            self.problems.append(
                f"{line}, and bgp_restart_time is {wanted}: set bgp_restart_time: {held}, or change it for all of them "
                f"in imish (bgp graceful-restart restart-time {wanted})"
            )

    # ---- names -------------------------------------------------------------------------------------

    def _groups(self, have: Bgp, want: Bgp) -> None:
        for name in want.peer_groups:
            others = [peer for peer in self.foreign if have.neighbors[peer].peer_group == name]
            lines = foreign.mentions(self.have, [name]) if name in have.peer_groups else []
            others += [subject for line, _name in lines if (subject := foreign.subject(line)) not in (None, name)]
            if others:
                self.problems.append(
                    f"peer_groups[{name}]: has members that are not managed by this collection ({', '.join(others)}): "
                    f"use another name for the peer group of the fabric, add these neighbors to the inventory, or "
                    f"remove them from the group (no neighbor {others[0]} peer-group {name})"
                )

    def _names(self) -> None:
        """Lists and maps of a fabric have no mark but its name: without a neighbor of the fabric, they are others'."""
        have, want = self.have, self.want
        if have.bgp and any(_marked(peer, self.rule) for peer in have.bgp.neighbors.values()):
            return
        found = {
            f"{PREFIX_LISTS[afi]} {name}": name
            for (afi, name), item in want.prefix_lists.items()
            if have.prefix_lists.get((afi, name), item).entries != item.entries
        }
        for name, route_map in want.route_maps.items():
            held = have.route_maps.get(name, route_map).entries.values()
            if not all(entry in route_map.entries.values() or _of_vips(entry) for entry in held):
                found[f"route-map {name}"] = name
        for line in found:
            self.problems.append(
                f"{line} exists, but no neighbor of this BIG-IP belongs to the fabric "
                f"{self.rule.mark.rstrip(': ')!r}, which uses this name: set another fabric_name, or remove it "
                f"(no {line})"
            )

    # ---- redistribution ----------------------------------------------------------------------------

    def _redistribution(self, bgp_have: Bgp, bgp_target: Bgp, bgp_want: Bgp) -> None:
        for family in ("ipv4", "ipv6"):
            have, target, want = (getattr(bgp, family) for bgp in (bgp_have, bgp_target, bgp_want))
            for protocol, item in want.redistribute.items():
                held = have.redistribute.get(protocol)
                if held is None:
                    self._new_routes(bgp_have, protocol, family)
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

    def _new_routes(self, have: Bgp, protocol: str, family: str) -> None:
        """Name the neighbors of others that a new redistribution reaches."""
        filtered = {
            foreign.subject(line)
            for line in self.have.unmanaged
            if line.text.endswith(" out") and ("distribute-list" in line.text or "filter-list" in line.text)
        }
        reached = []
        for name in self.foreign if family == "ipv4" else ():
            peer = have.neighbors[name]
            parts = [part for part in (peer, have.group_of(peer)) if part]
            if not {name, peer.peer_group} & filtered and not any(p.prefix_list_out or p.route_map_out for p in parts):
                reached.append(name)
        if reached:
            self.notes.append(
                f"redistribute {protocol} is new, and neighbors that are not managed by this fabric have no outbound "
                f"filter ({', '.join(reached[:5])}{', …' if len(reached) > 5 else ''}): they receive the VIPs too"
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


def _of_vips(entry: RouteMapEntry) -> bool:
    """Whether an entry of a shared map is that of a fabric, whichever."""
    return set(entry.match) == {"ip_address_prefix_list"} and str(entry.match["ip_address_prefix_list"]).endswith(_VIPS)


def permits(config: Config, name: str, prefix: str) -> bool | None:
    """Whether a route map permits the host routes of a prefix; None if that cannot be determined."""
    there = config.route_maps.get(name)
    spelled = config.spelling.get(name, name)
    if there is None or any(line.block.startswith(f"route-map {spelled} ") for line in config.unmanaged):
        return None
    for _seq, entry in sorted(there.entries.items()):
        if set(entry.match) - {"ip_address_prefix_list", "ip_address"}:
            return None
        hits = {_hit(config, clause, str(name), ipaddress.IPv4Network(prefix)) for clause, name in entry.match.items()}
        hit = False if False in hits else None if None in hits else True
        if hit is None:
            return None
        if hit:
            return entry.action == "permit"
    return False


def _hit(config: Config, clause: str, name: str, prefix: ipaddress.IPv4Network) -> bool | None:
    if clause == "ip_address":
        access = config.access_lists.get(name)
        return None if access is None else _accepts(access, prefix)
    found = config.prefix_lists.get(("ipv4", name))
    return None if found is None else _matches(found, prefix)


def _accepts(item: AccessList, prefix: ipaddress.IPv4Network) -> bool | None:
    """Whether an access list permits the routes: ``any``, a prefix, or an address with a wildcard mask."""
    for action, *words in (rule.split() for rule in item.entries):
        if action == "remark":
            continue
        try:
            network = ipaddress.IPv4Network("0.0.0.0/0" if words == ["any"] else "/".join(words))
        except ValueError:
            return None
        if network.overlaps(prefix):
            return action == "permit" if prefix.subnet_of(network) else None
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
