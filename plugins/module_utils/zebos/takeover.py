# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbors and peer groups of the inventory that exist already: what stays of them, and what a run takes over.

An option that a fabric never sets stays: others set it, even on a neighbor that the fabric created. An option that a
fabric sets, such as the password, becomes that of the inventory, and a note names it before the first write. Filters of
others always stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..common.problem import named
from . import foreign, options
from .model import Bgp, Config, Peer
from .options import Option
from .secrets import mask

_MOST = 5  # names in a message
# What a fabric may set on a neighbor or its group, in the family of IPv4: without managed policy, and with it.
_SET = ("remote_as", "password", "ebgp_multihop", "shutdown", "activate")
_SET_BY_POLICY = (*_SET, "peer_group", "description", "maximum_prefix", "capability_graceful_restart")
_SET_ON_GROUPS = (*_SET_BY_POLICY, "timers")
# The inventory names these: a note about each neighbor is enough.
_NAMED = ("remote_as", "peer_group", "description")


class Takeover:
    """Adapts the peers of a target so that foreign options stay.

    :param ours: whether a list or map has a name of the fabric
    :param is_marked: whether a peer has the fabric's mark
    :param of_fabric: whether a fabric asks; otherwise the options of a peer become exactly the wanted ones
    :ivar problems: conflicts, each with the options
    :ivar notes: what stays, and what is taken over
    """

    def __init__(
        self,
        have: Config,
        target: Bgp,
        want: Bgp,
        ours: Callable[[str], bool],
        is_marked: Callable[[Peer], bool],
        of_fabric: bool,
    ) -> None:
        self.have, self.target = have.bgp or Bgp(None), target
        self.ours, self.is_marked, self.of_fabric = ours, is_marked, of_fabric
        self.set_on_neighbors = _SET_BY_POLICY if want.peer_groups else _SET
        self.marked_groups = {peer.peer_group for peer in self.have.neighbors.values() if is_marked(peer)}
        self.problems: list[str] = []
        self._kept: dict[str, list[str]] = {}
        self._taken: dict[str, list[str]] = {}
        # Lines of peers that the model does not cover, by block, first word and direction.
        self._lines: dict[str, dict[tuple[str, str, str], str]] = {}
        for line in have.unmanaged:
            if peer := foreign.subject(line):
                words = line.text.removeprefix("no ").split()
                way = words[-1] if words[-1] in ("in", "out") else ""
                self._lines.setdefault(peer, {})[line.block, "".join(words[2:3]), way] = line.text
        for name in (*want.peer_groups, *want.neighbors):
            self._peer(name)
        if of_fabric:
            self._left_groups(want)

    @property
    def notes(self) -> list[str]:
        kept = [f"{named(at, _MOST)}: {text} is not managed and is kept" for text, at in self._kept.items()]
        taken = [
            f"Peers of the inventory that are taken over: {named(names, _MOST)}{text}"
            for text, names in self._taken.items()
        ]
        return kept + taken

    def _peer(self, name: str) -> None:
        old, new = self.have.peer(name), self.target.peer(name)
        if old is None or new is None:
            return
        is_group = name in self.have.peer_groups
        left = self.have.group_of(old) if old.peer_group != new.peer_group else None
        behind = self.target.group_of(new)
        at = f"{'peer_groups' if is_group else 'neighbors'}[{name}]"
        is_new = name not in self.marked_groups if is_group else self.is_marked(new) and not self.is_marked(old)
        replaced: list[str] = []
        for ipv6 in (False, True):
            parts = [part.ipv6 if part and ipv6 else part for part in (old, left, new, behind)]
            for row in options.rows_of(parts[2]):
                held, lost, wanted, group = (getattr(part, row.field, None) for part in parts)
                found = held if held is not None else lost
                if found is None or found in (wanted, group) or (group is None and found == row.default):
                    continue
                if row.tail:
                    self._filter(at, name, row, parts[2], found, wanted or (group if self.ours(str(group)) else None))
                elif self._may_set(row, is_group, ipv6):
                    replaced += self._replaced(at, name, row, found, wanted or group) if is_new else []
                elif wanted is None:
                    self._keep(at, row, parts[2], found)
        if is_new:
            removed = f" (removes {', '.join(replaced)})" if replaced else ""
            self._taken.setdefault(removed, []).append(name)

    def excluded(self, want: Bgp) -> list[str]:
        """What stays on a peer and excludes what the fabric wants: the device rejects both."""
        found: list[str] = []
        for name in (*want.peer_groups, *want.neighbors):
            new, at = self.target.peer(name), f"{'peer_groups' if name in want.peer_groups else 'neighbors'}[{name}]"
            if new is None or self.have.peer(name) is None:
                continue
            parts = [part for part in (new, self.target.group_of(new)) if part]
            for (_block, word, way), text in self._lines.get(name, {}).items():
                lists = [part.prefix_list_in if way == "in" else part.prefix_list_out for part in parts]
                if word == "distribute-list" and any(lists):
                    found.append(
                        f"{at}: {text!r} is not managed by this collection and excludes prefix-list "
                        f"{next(filter(None, lists))} {way}: remove it (no {text}), or set bgp_manage_policy: false"
                    )
            if new.as_override and self.target.is_internal(new):
                found.append(
                    f"{at}: as-override is not possible for an internal neighbor: remove it (no neighbor {name} "
                    "as-override)"
                )
            if any(part.ttl_security for part in parts) and any(part.ebgp_multihop for part in parts):
                found.append(
                    f"{at}: ttl-security hops excludes ebgp-multihop: remove it (no neighbor {name} ttl-security hops) "
                    "or bgp_multihop"
                )
        return found

    def _may_set(self, row: Option, is_group: bool, ipv6: bool) -> bool:
        if not self.of_fabric:
            return not ipv6 and row.field != "default_originate"
        return not ipv6 and row.field in (_SET_ON_GROUPS if is_group else self.set_on_neighbors)

    def _replaced(self, at: str, name: str, row: Option, found: Any, instead: Any) -> list[str]:
        """An option of others that the inventory replaces. Without a password, a session with one would stay down."""
        if row.field == "password" and instead is None and self.of_fabric:
            self.problems.append(
                f"{at}.password: it has a password, and the inventory has none: set bgp_password, or remove it "
                f"(no neighbor {name} password)"
            )
        return [] if row.field in _NAMED else [_shown(row, found)]

    def _keep(self, at: str, row: Option, part: Any, found: Any) -> None:
        setattr(part, row.field, found)
        self._kept.setdefault(_shown(row, found), []).append(at)

    def _filter(self, at: str, name: str, row: Option, part: Any, found: str, instead: str | None) -> None:
        """A foreign filter stays where the fabric has none."""
        if self.ours(found):
            return
        if instead is None:
            self._keep(at, row, part, found)
            return
        self.problems.append(
            f"{at}.{'.'.join(row.place)}: {found!r} is not managed by this collection and is in the place of "
            f"{instead!r}: remove it (no neighbor {name} {' '.join(row.words)} {found} {' '.join(row.tail)}), or set "
            "bgp_manage_policy: false"
        )

    def _left_groups(self, want: Bgp) -> None:
        """Lines of a group that its members do not have themselves, and would lose with the group."""
        losing: dict[tuple[str, str], list[str]] = {}
        for name in want.neighbors:
            old, new = self.have.neighbors.get(name), self.target.neighbors.get(name)
            if old is None or new is None or old.peer_group in (None, new.peer_group):
                continue
            for key, text in self._lines.get(str(old.peer_group), {}).items():
                if key not in self._lines.get(name, {}):
                    losing.setdefault((str(old.peer_group), text), []).append(name)
        for (group, text), names in losing.items():
            typed = text.replace(f"neighbor {group} ", f"neighbor {names[0]} ", 1)
            self.problems.append(
                f"neighbors[{named(names, _MOST)}]: leaves the peer group {group} and loses its line {mask(text)!r}, "
                f"which is not supported by this collection: type it for the neighbor ({mask(typed)}), or remove it"
            )


def _shown(row: Option, value: Any) -> str:
    """The line of an option without its neighbor."""
    lines = (line.replace("neighbor X ", "", 1) for line in row.change("X", None, value, row.default))
    return mask(", ".join(lines)) or " ".join(row.words)
