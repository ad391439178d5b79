# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The BGP part of a ZebOS configuration as data. The fields of a neighbor come from the table in ``options``.

``None`` always means "not set": the device printed no such line, or the user did not set the option. Times are
seconds. Names are without ``/Common/``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .copies import Copied
from .kinds import DefaultOriginate, MaximumPrefix, Password, Timers
from .options import Peer, PeerFamily

__all__ = [
    "AccessList", "Aggregate", "Bgp", "Config", "DefaultOriginate", "MaximumPrefix", "Network", "Password", "Peer",
    "PeerFamily", "PrefixList", "PrefixRule", "Redistribute", "RouteMap", "RouteMapEntry", "Routes", "Timers",
    "Unmanaged",
]  # fmt: skip


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
class Routes(Copied):
    """The routes that BGP originates in one address family."""

    networks: dict[str, Network] = field(default_factory=dict)
    aggregates: dict[str, Aggregate] = field(default_factory=dict)
    redistribute: dict[str, Redistribute] = field(default_factory=dict)

    @property
    def with_route_map(self) -> dict[str, Network | Redistribute]:
        """Everything with a route map, by prefix or protocol."""
        return {**self.networks, **self.redistribute}


@dataclass
class Bgp(Copied):
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
        """The peer group of a neighbor, if it exists."""
        return self.peer_groups.get(peer.peer_group) if peer.peer_group else None

    def is_internal(self, peer: Peer) -> bool | None:
        """Whether the session with that neighbor is iBGP; None if its AS number is unknown."""
        group = self.group_of(peer)
        number = peer.remote_as if peer.remote_as is not None else group.remote_as if group else None
        return None if number is None else number == self.as_number

    def is_active6(self, peer: Peer) -> bool:
        """Whether a neighbor or group is active in the IPv6 family, by itself or through its group."""
        group = self.group_of(peer)
        own = peer.ipv6.activate
        return bool(group.ipv6.activate if own is None and group else own)


# The settings of ``router bgp`` itself.
SETTINGS = (
    "router_id",
    "timers",
    "restart_time",
    "stalepath_time",
    "graceful_reset",
    "max_paths_ebgp",
    "max_paths_ibgp",
)


@dataclass(frozen=True)
class PrefixRule:
    """One entry of a prefix-list."""

    action: str
    prefix: str
    ge: int | None = None
    le: int | None = None


@dataclass
class PrefixList(Copied):
    """``ip prefix-list`` or ``ipv6 prefix-list``: entries by sequence number."""

    name: str
    afi: str = "ipv4"
    entries: dict[int, PrefixRule] = field(default_factory=dict)


@dataclass
class RouteMapEntry(Copied):
    """``route-map NAME ACTION SEQ`` with its match and set lines, by key of ``policy.CLAUSES``."""

    action: str
    match: dict[str, str | int] = field(default_factory=dict)
    set: dict[str, str | int] = field(default_factory=dict)


@dataclass
class RouteMap(Copied):
    """A route-map: entries by sequence number."""

    name: str
    entries: dict[int, RouteMapEntry] = field(default_factory=dict)


@dataclass
class AccessList(Copied):
    """``access-list NAME …``: ordered entries, each with the words after the name (``permit 10.0.0.0/8``)."""

    name: str
    entries: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Unmanaged:
    """A line that the model does not cover: its number (from 1), its block, and its text."""

    line: int
    block: str
    text: str


@dataclass
class Config(Copied):
    """A whole configuration, or the part that a user wants."""

    extended_asn_cap: bool | None = None
    bgp: Bgp | None = None
    prefix_lists: dict[tuple[str, str], PrefixList] = field(default_factory=dict)
    route_maps: dict[str, RouteMap] = field(default_factory=dict)
    access_lists: dict[str, AccessList] = field(default_factory=dict)
    unmanaged: list[Unmanaged] = field(default_factory=list)
    # Only in a wanted configuration: which of prefix_lists, route_maps, access_lists and address_family_ipv6
    # are set.
    sections: frozenset[str] = frozenset()
    # Only in a configuration that was read: canonical name -> the device's spelling (/Common/x).
    spelling: dict[str, str] = field(default_factory=dict)
