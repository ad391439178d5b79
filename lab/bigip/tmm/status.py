# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Availability: from members through pools and virtual servers to virtual addresses. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bigip.config.ltm_virtual_rules import users
from bigip.config.store import Entry, Store

AVAILABLE, OFFLINE, UNKNOWN = "available", "offline", "unknown"
MemberKey = tuple[str, str]  # full paths of pool and member
REASONS = {
    AVAILABLE: "The {0} is available",
    OFFLINE: "The {0} has been marked down by a monitor or by a user",
    UNKNOWN: "The {0} has no result of a monitor",
}


@dataclass
class Seen:
    availability: str
    enabled: str = "enabled"
    reason: str = ""
    monitor: str = ""
    up: int = 0
    members: int = 0
    counters: dict[str, int] = field(default_factory=dict)


class Status:
    """``health`` has monitor results, ``up`` or ``down`` by member; ``counters`` those of haproxy."""

    def __init__(
        self,
        store: Store,
        health: Mapping[MemberKey, str],
        counters: Mapping[object, dict[str, int]],
        holds: Callable[[str | None], bool] = lambda group: True,
    ) -> None:
        self._store = store
        self._health = health
        self._counters = counters
        self._holds = holds

    def of(self, entry: Entry) -> Seen:
        match entry.kind.path:
            case "ltm/pool/members":
                return self._named("pool member", self.member(entry), entry)
            case "ltm/pool":
                return self._named("pool", self.pool(entry), entry)
            case "ltm/virtual":
                return self._named("virtual server", self.virtual(entry), entry)
            case "ltm/virtual-address":
                return self._named("virtual address", self.address(entry), entry)
        return self._named("node", Seen(UNKNOWN), entry)

    def _named(self, word: str, seen: Seen, entry: Entry) -> Seen:
        seen.reason = REASONS[seen.availability].format(word)
        key = (entry.parent.full_path, entry.full_path) if entry.parent else entry.full_path
        seen.counters = self._counters.get(key, {})
        return seen

    def member(self, member: Entry) -> Seen:
        pool = member.parent
        assert pool is not None
        off = member.get("session") == "user-disabled" or member.get("state") == "user-down"
        switch = "disabled" if off else "enabled"
        if member.get("state") == "user-down":
            return Seen(OFFLINE, switch, monitor="forced down")
        if not pool.get("monitor") and member.get("monitor") == "default":
            return Seen(UNKNOWN, switch, monitor="unchecked")
        found = self._health.get((pool.full_path, member.full_path))
        state = {"up": AVAILABLE, "down": OFFLINE}.get(found or "", UNKNOWN)
        return Seen(state, switch, monitor=found or "checking")

    def pool(self, pool: Entry) -> Seen:
        seen = [self.member(member) for member in pool.members("members")]
        best = _best(item.availability for item in seen)
        return Seen(best, up=sum(item.availability == AVAILABLE for item in seen), members=len(seen))

    def virtual(self, virtual: Entry) -> Seen:
        """A switched-off server keeps the availability of its pool: that does not withdraw its address."""
        pool = self._store.get("ltm/pool", virtual.get("pool") or "")
        state = self.pool(pool).availability if pool else UNKNOWN
        return Seen(state, "disabled" if virtual.get("disabled") else "enabled")

    def address(self, address: Entry) -> Seen:
        """By serverScope: any or all of its servers, or regardless of them."""
        switch = "enabled" if address.get("enabled") == "yes" else "disabled"
        scope = address.get("serverScope")
        if scope == "none":
            return Seen(AVAILABLE, switch)
        return Seen(self._scoped(address, scope), switch)

    def _scoped(self, address: Entry, scope: str) -> str:
        states = [self.virtual(virtual).availability for virtual in users(self._store, address)]
        if scope == "all":
            return _worst(states)
        return _best(states)

    def advertised(self, address: Entry) -> bool:
        """Whether the virtual address is to be a kernel route, by its route advertisement.

        ``enabled`` is the older word for ``selective``: by serverScope. An unmonitored object counts as
        available, as for traffic; one without a monitor result yet does not. A unit announces
        addresses of traffic groups for which it is active. Addresses without a group are announced only if always.
        """
        group = address.get("trafficGroup")
        if group in (None, "none") and address.get("routeAdvertisement") != "always":
            return False
        if not self._holds(group):
            return False
        match address.get("routeAdvertisement"):
            case "always":
                return True
            case "any" | "all" as scope:
                return address.get("enabled") == "yes" and self._reachable(address, scope)
            case "enabled" | "selective":
                return address.get("enabled") == "yes" and self._reachable(address, address.get("serverScope"))
        return False

    def _reachable(self, address: Entry, scope: str) -> bool:
        if scope == "none":
            return True
        answers = [self._serves(virtual) for virtual in users(self._store, address)]
        return bool(answers) and (all(answers) if scope == "all" else any(answers))

    def _serves(self, virtual: Entry) -> bool:
        pool = self._store.get("ltm/pool", virtual.get("pool") or "")
        if pool is None:
            return True
        return any(
            seen.availability == AVAILABLE or seen.monitor == "unchecked"
            for seen in (self.member(member) for member in pool.members("members"))
        )


def _best(states: Iterable[str]) -> str:
    found = set(states)
    return next((state for state in (AVAILABLE, UNKNOWN, OFFLINE) if state in found), UNKNOWN)


def _worst(states: Iterable[str]) -> str:
    found = set(states)
    return next((state for state in (OFFLINE, UNKNOWN, AVAILABLE) if state in found), UNKNOWN)
