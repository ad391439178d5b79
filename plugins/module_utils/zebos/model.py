# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a ZebOS configuration says about BGP, as data.

``None`` always means "not said": in a configuration that was read, the device has no such line; in a
configuration that is wanted, the user did not ask. Times are seconds. Names are without ``/Common/``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Timers:
    """``timers bgp`` or ``neighbor X timers``: keepalive interval and hold time."""

    keepalive: int
    holdtime: int


@dataclass(frozen=True)
class MaximumPrefix:
    """``neighbor X maximum-prefix``: how many, warned at which share (percent), reset or only warned."""

    limit: int
    threshold: int | None = None
    warning_only: bool = False


@dataclass(frozen=True)
class DefaultOriginate:
    """``neighbor X default-originate``, switched on or off."""

    enabled: bool = True
    route_map: str | None = None


@dataclass(frozen=True)
class Password:
    """``neighbor X password``: the text, or what the device shows of it once it encrypts passwords."""

    text: str
    encrypted: bool = False

    def __repr__(self) -> str:
        return "Password(********)"


@dataclass
class PeerFamily:
    """What a neighbor or peer group has per address family."""

    activate: bool | None = None
    next_hop_self: bool | None = None
    prefix_list_in: str | None = None
    prefix_list_out: str | None = None
    route_map_in: str | None = None
    route_map_out: str | None = None
    maximum_prefix: MaximumPrefix | None = None
    soft_reconfiguration_inbound: bool | None = None
    send_community: str | None = None
    as_override: bool | None = None
    default_originate: DefaultOriginate | None = None
    capability_graceful_restart: bool | None = None


@dataclass
class Peer(PeerFamily):
    """A neighbor (named by its address) or a peer group. The family fields are those of IPv4."""

    name: str = ""
    peer_group: str | None = None
    remote_as: int | None = None
    description: str | None = None
    password: Password | None = None
    timers: Timers | None = None
    update_source: str | None = None
    ebgp_multihop: int | None = None
    ttl_security: int | None = None
    fall_over_bfd: bool | None = None
    capability_route_refresh: bool | None = None
    shutdown: bool | None = None
    ipv6: PeerFamily = field(default_factory=PeerFamily)


@dataclass(frozen=True)
class Network:
    """``network P [route-map R]``."""

    prefix: str
    route_map: str | None = None


@dataclass(frozen=True)
class Aggregate:
    """``aggregate-address P [as-set] [summary-only]``."""

    prefix: str
    summary_only: bool = False
    as_set: bool = False


@dataclass(frozen=True)
class Redistribute:
    """``redistribute PROTOCOL [route-map R]``."""

    protocol: str
    route_map: str | None = None


@dataclass
class Routes:
    """What is brought into BGP in one address family."""

    networks: dict[str, Network] = field(default_factory=dict)
    aggregates: dict[str, Aggregate] = field(default_factory=dict)
    redistribute: dict[str, Redistribute] = field(default_factory=dict)


@dataclass
class Bgp:
    """``router bgp N`` and all below it."""

    as_number: int | None
    router_id: str | None = None
    timers: Timers | None = None
    restart_time: int | None = None
    stalepath_time: int | None = None
    graceful_reset: bool | None = None
    max_paths_ebgp: int | None = None
    max_paths_ibgp: int | None = None
    peer_groups: dict[str, Peer] = field(default_factory=dict)
    neighbors: dict[str, Peer] = field(default_factory=dict)
    ipv4: Routes = field(default_factory=Routes)
    ipv6: Routes = field(default_factory=Routes)

    def peer(self, name: str) -> Peer | None:
        """The neighbor or peer group of that name."""
        return self.neighbors.get(name) or self.peer_groups.get(name)

    def group_of(self, peer: Peer) -> Peer | None:
        """The peer group that a neighbor belongs to, if it is there."""
        return self.peer_groups.get(peer.peer_group) if peer.peer_group else None

    def is_internal(self, peer: Peer) -> bool | None:
        """Whether a session with that neighbor is iBGP; None when nothing says its AS number."""
        group = self.group_of(peer)
        number = peer.remote_as if peer.remote_as is not None else group.remote_as if group else None
        return None if number is None else number == self.as_number


@dataclass(frozen=True)
class PrefixRule:
    """One entry of a prefix-list."""

    action: str
    prefix: str
    ge: int | None = None
    le: int | None = None


@dataclass
class PrefixList:
    """``ip prefix-list`` or ``ipv6 prefix-list``: entries by sequence number."""

    name: str
    afi: str = "ipv4"
    entries: dict[int, PrefixRule] = field(default_factory=dict)


@dataclass
class RouteMapEntry:
    """``route-map NAME ACTION SEQ`` with its match and set lines, by key of ``policy.CLAUSES``."""

    action: str
    match: dict[str, str | int] = field(default_factory=dict)
    set: dict[str, str | int] = field(default_factory=dict)


@dataclass
class RouteMap:
    """A route-map: entries by sequence number."""

    name: str
    entries: dict[int, RouteMapEntry] = field(default_factory=dict)


@dataclass
class AccessList:
    """``access-list NAME …``: ordered entries, each the words after the name (``permit 10.0.0.0/8``)."""

    name: str
    entries: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Unmanaged:
    """A line beyond the model: where it stood (1 = first line), in which block, and its words."""

    line: int
    block: str
    text: str


@dataclass
class Config:
    """A whole configuration, or the part of one that somebody wants."""

    extended_asn_cap: bool | None = None
    bgp: Bgp | None = None
    prefix_lists: dict[tuple[str, str], PrefixList] = field(default_factory=dict)
    route_maps: dict[str, RouteMap] = field(default_factory=dict)
    access_lists: dict[str, AccessList] = field(default_factory=dict)
    unmanaged: list[Unmanaged] = field(default_factory=list)
    # Only in a wanted configuration: which of prefix_lists, route_maps, access_lists and address_family_ipv6
    # the user gave at all.
    sections: frozenset[str] = frozenset()
    # Only in a configuration that was read: canonical name -> the device's spelling (/Common/x).
    spelling: dict[str, str] = field(default_factory=dict)
