# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find everything that cannot be configured, before the first write."""

from __future__ import annotations

from collections.abc import Iterator

from .build import InvalidConfig
from .model import Bgp, Config, Peer
from .states import largest_asn

_MATCHED = {
    "ip_address_prefix_list": "ipv4",
    "ip_next_hop_prefix_list": "ipv4",
    "ipv6_address_prefix_list": "ipv6",
    "ip_address": "access_list",
}
# Lines that may require an active neighbor (docs/device-unknowns.md, U2).
_REFUSED_INACTIVE = (
    "prefix_list_in",
    "prefix_list_out",
    "route_map_in",
    "route_map_out",
    "maximum_prefix",
    "default_originate",
)


def check(have: Config, target: Config, references: bool = True) -> None:
    """Raise InvalidConfig if the device would reject the target, or if it would break other configuration.

    Existing problems that do not change are not reported. ``references=False`` skips the check
    that lists and maps exist, for a configuration that is only rendered.
    """
    problems: list[str] = []
    if target.bgp:
        problems += _peers(have.bgp, target.bgp)
        problems += _numbers(have, target)
    if references:
        problems += _dangling(have, target)
    if problems:
        raise InvalidConfig(problems)


def _peers(was: Bgp | None, bgp: Bgp) -> Iterator[str]:
    for peer in bgp.neighbors.values():
        group = bgp.group_of(peer)
        if was and was.neighbors.get(peer.name) == peer and was.group_of(peer) == group:
            continue
        at = f"neighbors[{peer.name}]"
        inherited = group.remote_as if group else None
        if peer.peer_group and group is None:
            yield f"{at}.peer_group: peer group {peer.peer_group!r} does not exist"
        elif peer.remote_as is None and inherited is None:
            yield f"{at}.remote_as: is required, here or in the peer group"
        elif None not in (peer.remote_as, inherited) and peer.remote_as != inherited:
            yield f"{at}.remote_as: is {peer.remote_as}, but its peer group {peer.peer_group!r} has {inherited}"
        if group:
            yield from _inherited(at, group, peer)
    yield from _mixed(bgp)
    yield from _inactive(was, bgp)


def _inactive(was: Bgp | None, bgp: Bgp) -> Iterator[str]:
    """New IPv6 policy of neighbors that are not active in the family, which the device may reject."""
    for kind in ("peer_groups", "neighbors"):
        for name, peer in getattr(bgp, kind).items():
            old = getattr(was, kind).get(name) if was else None
            if bgp.is_active6(peer) or not _policy6(peer) - _policy6(old):
                continue
            yield (
                f"address_family_ipv6.neighbors[{name}]: has a policy but is not active in the family: "
                "set activate: true, here or in the peer group"
            )


def _policy6(peer: Peer | None) -> set[tuple[str, str]]:
    values = [(field, getattr(peer.ipv6, field)) for field in _REFUSED_INACTIVE] if peer else []
    return {(field, str(value)) for field, value in values if value is not None}


def _mixed(bgp: Bgp) -> Iterator[str]:
    for name in bgp.peer_groups:
        members = {peer.name: bgp.is_internal(peer) for peer in bgp.neighbors.values() if peer.peer_group == name}
        ours, others = (", ".join(n for n, kind in members.items() if kind is wanted) for wanted in (True, False))
        if ours and others:
            yield (
                f"peer_groups[{name}]: its members must be all internal or all external, but {ours} "
                f"have AS {bgp.as_number}, the AS of this router, and {others} have another: use a second peer group"
            )


def _inherited(at: str, group: Peer, peer: Peer) -> Iterator[str]:
    """The device has no line that excludes a member from these."""
    if group.fall_over_bfd and peer.fall_over_bfd is False:
        yield f"{at}.fall_over_bfd: cannot be false, because its peer group {group.name!r} sets it"
    for part, behind in ((peer, group), (peer.ipv6, group.ipv6)):
        given, own = behind.default_originate, part.default_originate
        if given and given.enabled and own and not own.enabled:
            yield f"{at}.default_originate: cannot be disabled, because its peer group {group.name!r} sets it"


def _numbers(have: Config, target: Config) -> Iterator[str]:
    largest = largest_asn(target)
    if largest > 65535 and not target.extended_asn_cap and largest_asn(have) <= 65535:
        yield f"config.extended_asn_cap: must be true for AS {largest}: it is above 65535"


def _dangling(have: Config, target: Config) -> Iterator[str]:
    """References to a list or map that will not exist, except those that are already broken."""
    before = set(_references(have))
    for at, kind, name in _references(target):
        if _there(target, kind, name):
            continue
        if _there(have, kind, name):
            yield f"{at}: uses {name!r}, which would be removed"
        elif (at, kind, name) not in before:
            what = kind.replace("_", "-") if "_" in kind else f"{kind} prefix-list"
            yield f"{at}: {what} {name!r} does not exist: it is neither in the options nor on the device"


def _there(config: Config, kind: str, name: str) -> bool:
    if kind == "route_map":
        return name in config.route_maps
    if kind == "access_list":
        return name in config.access_lists
    return (kind, name) in config.prefix_lists


def _references(config: Config) -> Iterator[tuple[str, str, str]]:
    """Every use of a list or map: path, kind (``ipv4``/``ipv6`` for prefix lists), name."""
    for item in config.route_maps.values():
        for sequence, entry in item.entries.items():
            for key, value in entry.match.items():
                if key in _MATCHED:
                    yield f"route_maps[{item.name}].entries[{sequence}].match.{key}", _MATCHED[key], str(value)
    if config.bgp:
        yield from _peer_references(config.bgp)
        for routes in (config.bgp.ipv4, config.bgp.ipv6):
            for key, used in routes.with_route_map.items():
                if used.route_map:
                    yield f"{type(used).__name__.lower()}[{key}].route_map", "route_map", used.route_map


def _peer_references(bgp: Bgp) -> Iterator[tuple[str, str, str]]:
    for peer in (*bgp.peer_groups.values(), *bgp.neighbors.values()):
        at = f"neighbors[{peer.name}]"
        for family, part in (("ipv4", peer), ("ipv6", peer.ipv6)):
            for way in ("in", "out"):
                for kind, what in (("prefix_list", family), ("route_map", "route_map")):
                    name = getattr(part, f"{kind}_{way}")
                    if name:
                        yield f"{at}.{kind}.{way}", what, name
            if part.default_originate and part.default_originate.route_map:
                yield f"{at}.default_originate.route_map", "route_map", part.default_originate.route_map
