# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Combine the existing configuration, the wanted one and a state into the target.

The states are those of network resource modules. They apply to named units: each setting of the
router, each network, aggregate and redistributed protocol, each peer group and neighbor, each list and
map.

- ``merged``: given units are added or changed, nothing is removed.
- ``replaced``: each given unit becomes exactly as given; other units stay.
- ``overridden``: the whole configuration becomes exactly as given; other units are removed.
- ``deleted``: the given units are removed; without any, all of ``router bgp``.

Lists and maps belong to other protocols too, so ``overridden`` changes only those kinds that the user
has set. Lines that the model does not cover stay in every state.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

from . import foreign
from .build import InvalidConfig
from .model import SETTINGS, Bgp, Config, Password, Peer, PeerFamily, Routes
from .normalise import PRINTED
from .options import OPTIONS
from .secrets import MASK

STATES = ("merged", "replaced", "overridden", "deleted")


def combine(have: Config, want: Config, state: str, allow_as_change: bool = False) -> Config:
    """The target configuration.

    Raises InvalidConfig if the state cannot be applied: no AS number, or a different one without
    ``allow_as_change``. Whether the result can be configured is checked by ``check.check``.
    """
    target = copy.deepcopy(have)
    if state == "deleted":
        _delete(target, want)
    else:
        _lists(target, want, state)
        if want.extended_asn_cap is not None:
            target.extended_asn_cap = want.extended_asn_cap
        if want.bgp:
            target.bgp = _router(have.bgp, want, state, allow_as_change)
            if target.extended_asn_cap is None and largest_asn(target) > 65535 >= largest_asn(have):
                target.extended_asn_cap = True
    return target


def largest_asn(config: Config) -> int:
    """The largest AS number of a configuration, 0 without any."""
    bgp = config.bgp
    peers = (*bgp.neighbors.values(), *bgp.peer_groups.values()) if bgp else ()
    return max(0, bgp.as_number or 0 if bgp else 0, *(peer.remote_as or 0 for peer in peers))


T = TypeVar("T")

# ---- router bgp ------------------------------------------------------------------------------------


def _router(have: Bgp | None, wanted: Config, state: str, allow_as_change: bool) -> Bgp:
    want = wanted.bgp or Bgp(None)
    exact_ipv6 = state == "overridden" or (state == "replaced" and "address_family_ipv6" in wanted.sections)

    def peer(held: Peer | None, item: Peer, exact: bool) -> Peer:
        result = _peer(held, item, exact, exact_ipv6)
        group = want.group_of(item) or (have.group_of(item) if have else None)
        for row in (row for row in OPTIONS if row.unsure and held is not None):
            # The behavior of the device without a line is unknown, so a flag that is not in the options stays.
            if getattr(result, row.field) is None and getattr(group, row.field, None) is None:
                setattr(result, row.field, getattr(held, row.field))
        return result

    number = want.as_number or (have.as_number if have else None)
    if number is None:
        raise InvalidConfig(["config.as_number: is required, because the device has no router bgp yet"])
    if have and number != have.as_number and not allow_as_change:
        raise InvalidConfig(
            [
                f"config.as_number: the device runs router bgp {have.as_number}, but the wanted AS is {number}; "
                "changing the AS resets every session: set allow_as_change to allow it"
            ]
        )
    base = copy.deepcopy(have) or Bgp(number)
    base.as_number = number
    for field in SETTINGS:
        value = getattr(want, field)
        if value is not None or (state == "overridden" and getattr(base, field) != PRINTED.get(field)):
            setattr(base, field, value)
    base.peer_groups = _units(base.peer_groups, want.peer_groups, state, peer)
    base.neighbors = _units(base.neighbors, want.neighbors, state, peer)
    for family in ("ipv4", "ipv6"):
        held, given = getattr(base, family), getattr(want, family)
        setattr(
            base,
            family,
            Routes(
                *(_units(getattr(held, kind.name), getattr(given, kind.name), state, _route) for kind in fields(Routes))
            ),
        )
    if have:
        _keep_group_as(have, base)
    return base


def _units(have: dict[str, T], want: dict[str, T], state: str, unite: Callable[[Any, Any, bool], T]) -> dict[str, T]:
    """Named units: the wanted ones merged with existing ones, the others kept or, if overridden, removed."""
    result = {} if state == "overridden" else dict(have)
    for key, item in want.items():
        result[key] = unite(have.get(key), item, state != "merged")
    return result


def _route(have: Any, want: Any, exact: bool) -> Any:
    """A network, aggregate or redistribution; merged keeps a route map that was not set."""
    kept = getattr(have, "route_map", None)
    if exact or not kept or want.route_map is not None:
        return want
    return have


def _peer(have: Peer | None, want: Peer, exact: bool, exact_ipv6: bool) -> Peer:
    if have is None and want.password and want.password.text == MASK:
        raise InvalidConfig([f"neighbors[{want.name}].password: is masked, and the device has no such neighbor"])
    peer = copy.deepcopy(want)
    if have is None:
        return peer
    if not exact:
        _unite_family(have, peer)
    if not exact_ipv6:
        _unite_family(have.ipv6, peer.ipv6)
    peer.password = _password(have.password, want.password, exact)
    return peer


def _unite_family(have: PeerFamily, peer: PeerFamily) -> None:
    """Keep existing values where nothing is set."""
    for field in fields(peer):
        if field.name not in ("name", "ipv6") and getattr(peer, field.name) is None:
            setattr(peer, field.name, getattr(have, field.name))


def _password(have: Password | None, want: Password | None, exact: bool) -> Password | None:
    """A hidden password cannot be compared: it stays, and the wanted one is sent if the neighbor is created again."""
    if want is None:
        return None if exact else have
    if want.text == MASK or have is None:
        return have if want.text == MASK else want
    return replace(have, wanted=want.text) if have.encrypted else want


def _keep_group_as(have: Bgp, bgp: Bgp) -> None:
    """Keep the AS number of a peer group whose members set the same one themselves.

    Removing it would reset every session of the group without changing the effective configuration.
    """
    for group in bgp.peer_groups.values():
        held = have.peer_groups.get(group.name)
        if group.remote_as is None and held is not None and held.remote_as is not None:
            members = {peer.remote_as for peer in bgp.neighbors.values() if peer.peer_group == group.name}
            if members and members <= {held.remote_as, None}:
                group.remote_as = held.remote_as


# ---- lists and maps --------------------------------------------------------------------------------


def _lists(target: Config, want: Config, state: str) -> None:
    for section in ("prefix_lists", "route_maps", "access_lists"):
        held, wanted = getattr(target, section), getattr(want, section)
        if state == "overridden" and section in want.sections:
            for key in [key for key in held if key not in wanted]:
                if not foreign.mentions(target, [held[key].name]):
                    del held[key]
        for key, item in wanted.items():
            present = held.get(key)
            if state == "merged" and present is not None:
                item = _merged_list(present, item)
            held[key] = copy.deepcopy(item)


def _merged_list(have: Any, want: Any) -> Any:
    result = copy.deepcopy(have)
    if isinstance(result.entries, dict):
        result.entries.update(copy.deepcopy(want.entries))
    else:
        result.entries += [rule for rule in want.entries if rule not in result.entries]
    return result


# ---- deleted ---------------------------------------------------------------------------------------


def _delete(target: Config, want: Config) -> None:
    named = bool(want.sections - {"address_family_ipv6"})
    for section in ("prefix_lists", "route_maps", "access_lists"):
        for key in getattr(want, section):
            getattr(target, section).pop(key, None)
    bgp = want.bgp
    if bgp is None:
        if not named:
            target.bgp = None
        return
    if target.bgp is None:
        return
    if bgp.as_number not in (None, target.bgp.as_number):
        raise InvalidConfig(
            [
                f"config.as_number: the device runs router bgp {target.bgp.as_number}, not "
                f"{bgp.as_number}; nothing was deleted"
            ]
        )
    units = 0
    for held, wanted in (
        (target.bgp.peer_groups, bgp.peer_groups),
        (target.bgp.neighbors, bgp.neighbors),
        *(
            (getattr(getattr(target.bgp, family), kind.name), getattr(getattr(bgp, family), kind.name))
            for family in ("ipv4", "ipv6")
            for kind in fields(Routes)
        ),
    ):
        units += len(wanted)
        for key, item in wanted.items():
            # A unit given with a route map matches only if it has that route map.
            route_map = getattr(item, "route_map", None)
            if not route_map or getattr(held.get(key), "route_map", None) == route_map:
                held.pop(key, None)
    for field in SETTINGS:
        if getattr(bgp, field) is not None:
            units += 1
            setattr(target.bgp, field, None)
    if not units:
        target.bgp = None
