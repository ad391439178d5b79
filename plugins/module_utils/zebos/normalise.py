# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make configurations with the same effect equal.

The device prints some defaults and omits others, and does not repeat on a member what its peer group sets.
Such redundancy is removed before configurations are compared.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, TypeVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import NO_GRACEFUL_RESTART

from . import options, values
from .model import Bgp, Config, DefaultOriginate, MaximumPrefix, Peer, PeerFamily, Routes, Timers

T = TypeVar("T")

# The behavior of a BIG-IP without the line.
BGP_DEFAULTS: dict[str, Any] = {"timers": Timers(30, 90), "max_paths_ebgp": 1, "max_paths_ibgp": 1}
# Defaults that a BIG-IP prints: a missing line would mean something else.
PRINTED: dict[str, Any] = {"restart_time": 120}
_WARNED_AT = 75


def normalise(config: Config, off: bool = False) -> Config:
    """A copy without redundant values: defaults, and values of members that equal those of their peer group.

    ``off``: an uncertain flag without a line is off on this device (see ``prints_when_on``).
    """
    result = copy.deepcopy(config)
    if result.bgp:
        _bgp(result.bgp, off)
    result.extended_asn_cap = result.extended_asn_cap or None
    return result


def prints_when_on(config: Config) -> bool:
    """Whether the device demonstrably prints uncertain flags when they are on, so that no line means off."""
    printed = {
        getattr(peer, row.field)
        for peer in _peers(config)
        for row in options.OPTIONS
        if row.unsure and not (peer.description or "").endswith(NO_GRACEFUL_RESTART)
    }
    return True in printed and False not in printed


def settled(target: Config, read: Config, written: bool = False) -> Config:
    """A copy of the target without requirements that the device's output can neither confirm nor refute.

    An uncertain flag may have no line although it was sent, and in IPv6 a line that was not sent. ``written``: the
    target was sent before the configuration was read; then the printed password is the sent one in another form.
    """
    result = copy.deepcopy(target)
    off = prints_when_on(read)
    for field, printed in PRINTED.items() if written and read.bgp and result.bgp else ():
        if getattr(result.bgp, field) is None and getattr(read.bgp, field) == printed:
            setattr(result.bgp, field, printed)
    for peer in _peers(result):
        there = read.bgp.peer(peer.name) if read.bgp else None
        if there is None:
            continue
        if written and peer.password and there.password:
            peer.password = there.password
        for row in (row for row in options.OPTIONS if row.unsure):
            for part, seen, ipv6 in ((peer, there, False), (peer.ipv6, there.ipv6, True)):
                wanted, found = getattr(part, row.field), getattr(seen, row.field)
                if wanted is None and (ipv6 or (written and found is False)):
                    setattr(part, row.field, found)
                elif found is None and (written or (ipv6 and wanted and not off)):
                    setattr(part, row.field, None)
    return result


def confirmed(after: Config, target: Config) -> Config:
    """A copy of the configuration read after a write, with the sent values where the device omits or adds a line.

    Thus a run shows what check mode predicted, whichever of the two a device does.
    """
    result = copy.deepcopy(after)
    for field, printed in PRINTED.items() if after.bgp and target.bgp else ():
        if getattr(target.bgp, field) is None and getattr(after.bgp, field) == printed:
            setattr(result.bgp, field, None)
    for peer in _peers(result):
        typed = target.bgp.peer(peer.name) if target.bgp else None
        if typed is None:
            continue
        for row in (row for row in options.OPTIONS if row.unsure):
            for part, wanted in ((peer, typed), (peer.ipv6, typed.ipv6)):
                if getattr(part, row.field) in (None, False) and getattr(wanted, row.field) in (None, True):
                    setattr(part, row.field, getattr(wanted, row.field))
    return result


def _peers(config: Config) -> list[Peer]:
    return [*config.bgp.peer_groups.values(), *config.bgp.neighbors.values()] if config.bgp else []


def ordered(config: Config) -> Config:
    """A copy with all named items sorted: addresses as numbers, names as text.

    The order on the device and in the options must not show in a diff.
    """
    result = _sorted(config, ("prefix_lists", "route_maps", "access_lists"))
    if config.bgp:
        bgp = _sorted(config.bgp, ("peer_groups", "neighbors"))
        kinds = [kind.name for kind in fields(Routes)]
        result.bgp = replace(bgp, ipv4=_sorted(bgp.ipv4, kinds), ipv6=_sorted(bgp.ipv6, kinds))
    return result


def _sorted(holder: T, names: Iterable[str]) -> T:
    """A copy of a dataclass whose named dictionaries are sorted."""
    held = {name: getattr(holder, name) for name in names}
    result = copy.copy(holder)
    for name, items in held.items():
        setattr(result, name, {key: items[key] for key in sorted(items, key=_order)})
    return result


def _order(key: Any) -> Any:
    return values.order(key) if isinstance(key, str) else key


def reached(after: Config, target: Config) -> bool:
    """Whether the configuration read equals the planned one. Lines not covered by the model are compared elsewhere."""
    off = prints_when_on(after)
    left, right = normalise(after, off), normalise(settled(target, after, written=True), off)
    return all(
        getattr(left, part) == getattr(right, part)
        for part in ("extended_asn_cap", "bgp", "prefix_lists", "route_maps", "access_lists")
    )


def _bgp(bgp: Bgp, off: bool) -> None:
    for field, default in BGP_DEFAULTS.items():
        if getattr(bgp, field) == default:
            setattr(bgp, field, None)
    bgp.graceful_reset = bgp.graceful_reset or None
    # Members first: they are compared with their group before it is reduced.
    for peer in bgp.neighbors.values():
        _reduce(peer, bgp.group_of(peer), off)
    for peer in bgp.peer_groups.values():
        _reduce(peer, None, off)


def _reduce(peer: Peer, group: Peer | None, off: bool) -> None:
    """Remove settings from a peer that have no effect."""
    _reduce_family(peer, group, False, off)
    _reduce_family(peer.ipv6, group.ipv6 if group else None, True, off)


def _reduce_family(target: PeerFamily, group: PeerFamily | None, ipv6: bool, off: bool) -> None:
    for option in options.rows_of(target):
        value = _plain(getattr(target, option.field))
        if value is not None:
            setattr(target, option.field, None if value == _plain(option.otherwise(group, ipv6, off)) else value)


def _plain(value: Any) -> Any:
    """A value without its own defaults."""
    if isinstance(value, MaximumPrefix) and value.threshold == _WARNED_AT:
        return MaximumPrefix(value.limit, None, value.warning_only)
    if isinstance(value, DefaultOriginate) and not value.enabled:
        return DefaultOriginate(False)
    return value
