# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two configurations that mean the same, made equal.

The device prints some defaults and leaves out others, and does not repeat on a member what its peer
group says. Comparing is done on configurations from which everything of that kind was taken away.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, TypeVar

from . import options, values
from .model import Bgp, Config, DefaultOriginate, MaximumPrefix, Peer, PeerFamily, Routes, Timers

T = TypeVar("T")

# What BIG-IP does when the line is missing.
BGP_DEFAULTS: dict[str, Any] = {"timers": Timers(30, 90), "max_paths_ebgp": 1, "max_paths_ibgp": 1}
# What BIG-IP prints although nobody asked: a missing line would mean something else (it was taken away).
PRINTED: dict[str, Any] = {"restart_time": 120}
_WARNED_AT = 75


def normalise(config: Config) -> Config:
    """A copy without redundant values: defaults, and what members repeat of their peer group."""
    result = copy.deepcopy(config)
    if result.bgp:
        _bgp(result.bgp)
    result.extended_asn_cap = result.extended_asn_cap or None
    return result


def ordered(config: Config) -> Config:
    """A copy with everything that has a name in one order: addresses as numbers, names as text.

    A device prints its own order and a user writes another; a diff is to show neither.
    """
    result = _sorted(config, ("prefix_lists", "route_maps", "access_lists"))
    if config.bgp:
        bgp = _sorted(config.bgp, ("peer_groups", "neighbors"))
        kinds = [kind.name for kind in fields(Routes)]
        result.bgp = replace(bgp, ipv4=_sorted(bgp.ipv4, kinds), ipv6=_sorted(bgp.ipv6, kinds))
    return result


def _sorted(holder: T, names: Iterable[str]) -> T:
    """A copy of a dataclass whose named dictionaries are in order."""
    held = {name: getattr(holder, name) for name in names}
    return replace(holder, **{name: {key: d[key] for key in sorted(d, key=_order)} for name, d in held.items()})


def _order(key: Any) -> Any:
    return values.order(key) if isinstance(key, str) else key


def reached(after: Config, target: Config) -> bool:
    """Whether what was read means what was planned. Lines beyond the model are compared elsewhere."""
    left, right = normalise(after), normalise(target)
    if left.bgp and right.bgp:
        for field, printed in PRINTED.items():
            if getattr(right.bgp, field) is None and getattr(left.bgp, field) == printed:
                setattr(right.bgp, field, printed)
        for name, peer in right.bgp.neighbors.items():
            _unreadable(left.bgp.neighbors.get(name), peer)
        for name, peer in right.bgp.peer_groups.items():
            _unreadable(left.bgp.peer_groups.get(name), peer)
    return (left.extended_asn_cap, left.bgp, left.prefix_lists, left.route_maps, left.access_lists) == (
        right.extended_asn_cap,
        right.bgp,
        right.prefix_lists,
        right.route_maps,
        right.access_lists,
    )


def _unreadable(after: Peer | None, target: Peer) -> None:
    """A password that the device shows encrypted is there; more cannot be known."""
    if after and after.password and after.password.encrypted and target.password:
        target.password = after.password


def _bgp(bgp: Bgp) -> None:
    for field, default in BGP_DEFAULTS.items():
        if getattr(bgp, field) == default:
            setattr(bgp, field, None)
    bgp.graceful_reset = bgp.graceful_reset or None
    # Members first: they are compared with their group as it was written.
    for peer in bgp.neighbors.values():
        _reduce(peer, bgp.group_of(peer), ipv6=False)
    for peer in bgp.peer_groups.values():
        _reduce(peer, None, ipv6=False)


def _reduce(peer: Peer, group: Peer | None, ipv6: bool) -> None:
    """Take away from a peer what it would do anyway."""
    _reduce_family(peer, group, ipv6)
    _reduce_family(peer.ipv6, group.ipv6 if group else None, True)


def _reduce_family(target: PeerFamily, group: PeerFamily | None, ipv6: bool) -> None:
    for option in options.peer_options(target):
        value = _plain(getattr(target, option.field))
        inherited = _plain(getattr(group, option.field)) if group else None
        if inherited is None:
            inherited = options.family_default(option, ipv6)
        setattr(target, option.field, None if value == inherited else value)
    inherited_kinds = (group.send_community if group else None) or "both"
    if target.send_community == inherited_kinds:
        target.send_community = None


def _plain(value: Any) -> Any:
    """A value without what its own defaults say."""
    if isinstance(value, MaximumPrefix) and value.threshold == _WARNED_AT:
        return MaximumPrefix(value.limit, None, value.warning_only)
    if isinstance(value, DefaultOriginate) and not value.enabled:
        return DefaultOriginate(False)
    return value
