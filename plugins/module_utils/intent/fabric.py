# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fabric: the network that the inventory describes, after every check.

Plain values on frozen dataclasses. ``Fabric.as_dict`` gives the dict that is passed between the packages
(docs/architecture.md), ``Fabric.from_dict`` is the inverse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import DEFAULT, Names

CLUSTER_ID = "244.0.0.1"

# Modes of several BIG-IPs. In a device group, all traffic groups are active on one unit, or are divided among the
# units; without one, every unit announces the same VIPs and nodes use equal-cost paths.
ACTIVE_STANDBY = "active_standby"
ACTIVE_ACTIVE = "active_active"
INDEPENDENT = "independent"
MODES = (ACTIVE_STANDBY, ACTIVE_ACTIVE, INDEPENDENT)


@dataclass(frozen=True)
class Node:
    """A Kubernetes node that runs BGP. ``node_ip`` is its BGP address, an IPv4 address as text."""

    name: str
    node_ip: str
    as_number: int
    rack: str | None = None


@dataclass(frozen=True)
class BigIp:
    """A BIG-IP unit. Each unit has its own addresses and router id: ZebOS is not part of config sync.

    :ivar ansible_host: address of iControl REST
    :ivar bgp_address: the non-floating self IP for BGP
    :ivar self_ip_name: full or short name of that self IP, ``None`` to find it by its address
    :ivar peer_name: name of the Calico BGPPeer for this unit
    """

    name: str
    ansible_host: str
    bgp_address: str
    as_number: int
    route_domain: int
    router_id: str
    self_ip_name: str | None
    peer_name: str
    rack: str | None = None


@dataclass(frozen=True)
class Topology:
    """The BGP topology.

    :ivar kind: ``global``: every node with every BIG-IP; ``racks``: the nodes of a rack with the BIG-IPs of that rack;
        ``reflectors``: only these nodes peer with BIG-IPs, all others with them
    :ivar reflectors: nodes by name
    :ivar cluster_id: cluster ID of the reflectors (RFC 4456), in the form of an IPv4 address
    """

    kind: str
    reflectors: tuple[str, ...]
    cluster_id: str


@dataclass(frozen=True)
class Pool:
    """A Calico IPPool. ``block_size`` is a prefix length: 26 means blocks of 64 addresses."""

    name: str
    cidr: str
    block_size: int
    nat_outgoing: bool

    @property
    def network(self) -> IPv4Network:
        return IPv4Network(self.cidr)


@dataclass(frozen=True)
class Vip:
    """A virtual address whose host route the BIG-IP announces."""

    address: str
    partition: str
    route_advertisement: str


@dataclass(frozen=True)
class TrafficGroup:
    """A floating traffic group of a pair.

    :ivar name: without its folder, such as ``traffic-group-1``
    :ivar floating_address: its floating self IP towards the nodes: the next hop of its announcements
    :ivar ranges: the networks that it announces; empty for all that no other group has
    """

    name: str
    floating_address: str
    ranges: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timers:
    """BGP keepalive interval and hold time, in seconds."""

    keepalive: int
    holdtime: int


@dataclass(frozen=True)
class PasswordSecret:
    """The Kubernetes Secret with the TCP MD5 password for calico-node. The password itself is not in this dict."""

    name: str
    key: str


@dataclass(frozen=True)
class Fabric:
    """The whole network. ``restart_time`` is in seconds; ``cluster_as`` is the AS of nodes without their own.

    :ivar name: prefix of the names of its objects on both sides
    :ivar announced_ranges: networks that BIG-IPs announce in addition to VIPs, such as SNAT pools
    :ivar multihop: hops between a BIG-IP and its external neighbors, ``None``: they share a subnet
    :ivar mode: how several BIG-IPs work together, see ``ACTIVE_STANDBY``; ``None`` if unknown
    :ivar traffic_groups: traffic groups whose floating self IP is the next hop of their announcements
    :ivar manage_policy: whether peer groups, descriptions and filters are configured; ``False``: only sessions and
        redistribution, on both sides
    """

    nodes: tuple[Node, ...]
    bigips: tuple[BigIp, ...]
    pools: tuple[Pool, ...]
    vip_ranges: tuple[str, ...]
    vips: tuple[Vip, ...]
    mesh: bool
    topology: Topology
    timers: Timers | None
    graceful_restart: bool
    restart_time: int
    peer_group: str
    maximum_prefix: int
    manage_policy: bool
    service_cidrs: tuple[str, ...]
    cluster_as: int
    password_secret: PasswordSecret | None
    name: str = DEFAULT
    announced_ranges: tuple[str, ...] = ()
    multihop: int | None = None
    mode: str | None = None
    traffic_groups: tuple[TrafficGroup, ...] = ()

    @property
    def synchronized(self) -> bool | None:
        """Whether the BIG-IPs are units of one device group with config sync; ``None`` if unknown."""
        return None if self.mode is None else self.mode != INDEPENDENT

    def traffic_group_of(self, address: str) -> TrafficGroup | None:
        """The declared traffic group of an address: the one whose range contains it, otherwise the one without
        ranges."""
        rest = None
        for group in self.traffic_groups:
            if any(IPv4Address(address) in IPv4Network(cidr) for cidr in group.ranges):
                return group
            rest = rest if group.ranges else group
        return rest

    @property
    def names(self) -> Names:
        """The names of its objects on both sides."""
        return Names(self.name)

    def bigip(self, name: str) -> BigIp:
        """The unit with that inventory name. :raises KeyError: it does not exist"""
        for unit in self.bigips:
            if unit.name == name:
                return unit
        raise KeyError(f"{name} is not one of the fabric's BIG-IPs ({', '.join(unit.name for unit in self.bigips)})")

    @property
    def routed(self) -> bool:
        """Whether nodes may be on other subnets than their BIG-IPs: all sessions are eBGP, with multihop."""
        pairs = ((unit, node) for unit in self.bigips for node in self.neighbors_of(unit))
        return bool(self.multihop) and all(node.as_number != unit.as_number for unit, node in pairs)

    @property
    def meshed(self) -> bool:
        """Whether every node has a session with every other: with route reflectors there is no mesh."""
        return self.mesh and self.topology.kind != "reflectors"

    def neighbors_of(self, unit: BigIp) -> tuple[Node, ...]:
        """The nodes that are neighbors of the BIG-IP.

        With reflectors these are all nodes: a node keeps its session until the last reflector has taken over, and any
        node may become a reflector. The sessions of nodes that are not reflectors stay down.
        """
        if self.topology.kind == "racks":
            return tuple(node for node in self.nodes if node.rack == unit.rack)
        return self.nodes

    def sessions_of(self, unit: BigIp) -> tuple[Node, ...]:
        """The nodes whose sessions with the BIG-IP must be established."""
        if self.topology.kind == "reflectors":
            return tuple(node for node in self.nodes if node.name in self.topology.reflectors)
        return self.neighbors_of(unit)

    def as_dict(self) -> dict[str, Any]:
        listed: dict[str, Any] = _listed(asdict(self))
        return listed

    @classmethod
    def from_dict(cls, intent: Mapping[str, Any]) -> Fabric:
        """The fabric of a dict made by ``as_dict``. :raises KeyError, TypeError: the dict has another form"""
        timers = intent["timers"]
        secret = intent["password_secret"]
        topology = intent["topology"]
        return cls(
            nodes=tuple(Node(**node) for node in intent["nodes"]),
            bigips=tuple(BigIp(**unit) for unit in intent["bigips"]),
            pools=tuple(Pool(**pool) for pool in intent["pools"]),
            vip_ranges=tuple(intent["vip_ranges"]),
            vips=tuple(Vip(**vip) for vip in intent["vips"]),
            mesh=intent["mesh"],
            topology=Topology(
                topology["kind"], tuple(topology.get("reflectors") or ()), topology.get("cluster_id") or CLUSTER_ID
            ),
            timers=Timers(**timers) if timers else None,
            graceful_restart=intent["graceful_restart"],
            restart_time=intent["restart_time"],
            peer_group=intent["peer_group"],
            maximum_prefix=intent["maximum_prefix"],
            manage_policy=intent["manage_policy"],
            service_cidrs=tuple(intent["service_cidrs"]),
            cluster_as=intent["cluster_as"],
            password_secret=PasswordSecret(**secret) if secret else None,
            name=intent["name"],
            announced_ranges=tuple(intent["announced_ranges"]),
            multihop=intent["multihop"],
            mode=intent["mode"],
            traffic_groups=tuple(
                TrafficGroup(group["name"], group["floating_address"], tuple(group["ranges"]))
                for group in intent["traffic_groups"]
            ),
        )


def _listed(value: Any) -> Any:
    """Tuples as lists, as in JSON and YAML."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(item) for item in value]
    return value
