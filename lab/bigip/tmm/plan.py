# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of TMM, derived from the configuration: plain values that can be compared and tested. Pure.

Only route domain 0 is connected to the network; objects in others have no effect.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bigip.config.ltm_pool_rules import monitor_names
from bigip.config.ltm_virtual_rules import absolute, destination, virtual_address
from bigip.config.store import Entry, Store
from bigip.naming import split_port
from bigip.tmm.policy import Choice, choices

MemberKey = tuple[str, str]  # full paths of pool and member


@dataclass(frozen=True)
class Monitor:
    """``kind`` is the word of its collection; ``send`` and ``recv`` are as they stand in the configuration."""

    name: str
    kind: str
    interval: int
    timeout: int
    send: str = ""
    recv: str = ""

    @property
    def fall(self) -> int:
        """Consecutive failures, one per interval, until ``timeout`` seconds have passed since the last success."""
        return max(1, self.timeout // self.interval)


@dataclass(frozen=True)
class Member:
    key: MemberKey
    address: str
    port: int
    ratio: int
    session: bool  # takes new connections
    forced_down: bool


@dataclass(frozen=True)
class Pool:
    name: str
    balance: str
    members: tuple[Member, ...]
    monitors: tuple[Monitor, ...]


@dataclass(frozen=True)
class Listener:
    """A virtual server that TMM serves: TCP on one port of one address."""

    name: str
    address: str
    port: int
    http: bool
    pool: str
    choices: tuple[Choice, ...] = ()
    forwarded_for: bool = False


@dataclass(frozen=True)
class SelfIp:
    """``services`` is ``("all",)``, or protocol and port pairs; the default list is spelt out."""

    link: str
    address: str  # with its prefix length
    services: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    network: str  # `default` or a prefix
    gateway: str


@dataclass(frozen=True)
class Plan:
    listeners: tuple[Listener, ...] = ()
    pools: tuple[Pool, ...] = ()
    addresses: frozenset[str] = frozenset()  # prefixes of the enabled virtual addresses
    self_ips: tuple[SelfIp, ...] = ()
    routes: frozenset[Route] = frozenset()
    neighbors: frozenset[tuple[str, str]] = frozenset()  # address, MAC
    unserved: tuple[tuple[str, str], ...] = ()  # virtual servers without a listener, and why


def read(store: Store, holds: Callable[[str | None], bool] = lambda group: True) -> Plan:
    """``holds`` tells whether this unit serves a traffic group.

    Virtual servers and monitors exist on a standby unit too; addresses only where the group is active.
    """
    listeners, unserved = _listeners(store)
    used = {listener.pool for listener in listeners} | {c.pool for item in listeners for c in item.choices}
    pools = tuple(
        _pool(store, pool)
        for pool in sorted(store.objects("ltm/pool"), key=lambda e: e.full_path)
        if pool.get("monitor")
        or pool.full_path in used
        or any(m.get("monitor") != "default" for m in pool.members("members"))
    )
    addresses = frozenset(
        prefix(store, va)
        for va in store.objects("ltm/virtual-address")
        if va.get("enabled") == "yes" and absolute(store, va).route_domain == 0 and holds(va.get("trafficGroup"))
    )
    return Plan(listeners, pools, addresses, _self_ips(store, holds), _routes(store), _neighbors(store), unserved)


def prefix(store: Store, address: Entry) -> str:
    """A virtual address with its mask as a prefix: ``172.16.40.80/32``."""
    ip = absolute(store, address).ip
    mask = str(address.get("mask"))
    if mask in ("any", "any6"):
        mask = "0"
    if ":" in mask:
        length = bin(int(ipaddress.IPv6Address(mask))).count("1")
        return str(ipaddress.ip_network(f"{ip}/{length}", strict=False))
    if ":" in ip:
        return f"{ip}/128"
    return str(ipaddress.ip_network(f"{ip}/{mask}", strict=False))


def _listeners(store: Store) -> tuple[tuple[Listener, ...], tuple[tuple[str, str], ...]]:
    found, unserved = [], []
    for virtual in sorted(store.objects("ltm/virtual"), key=lambda entry: entry.full_path):
        address = virtual_address(store, virtual)
        _place, port = destination(virtual)
        profiles = _profile_kinds(store, virtual)
        reason = _unserved(store, virtual, address, port, profiles)
        if reason:
            unserved.append((virtual.full_path, reason))
        if reason or virtual.get("disabled") or address is None or address.get("enabled") != "yes":
            continue
        http = "http" in profiles
        found.append(
            Listener(
                virtual.full_path,
                absolute(store, address).ip,
                port,
                http,
                virtual.get("pool") or "",
                choices(store, virtual) if http else (),
                _forwarded_for(store, virtual),
            )
        )
    return tuple(found), tuple(unserved)


def _unserved(store: Store, virtual: Entry, address: Entry | None, port: int, profiles: set[str]) -> str:
    """Why this TMM cannot serve a virtual server; empty if it can."""
    if address is None or absolute(store, address).route_domain != 0:
        return "it is not in route domain 0"
    if virtual.get("ipProtocol") not in ("tcp", "any"):
        return f"protocol {virtual.get('ipProtocol')}"
    if port == 0:
        return "it listens on any port"
    if not prefix(store, address).endswith(("/32", "/128")):
        return "its address is a network"
    if profiles & {"client-ssl", "server-ssl"}:
        return "TLS profiles"
    return ""


def _profile_kinds(store: Store, virtual: Entry) -> set[str]:
    names = {use.full_path for use in virtual.members("profiles")}
    return {
        path.removeprefix("ltm/profile/")
        for path, tree in store.trees.items()
        if path.startswith("ltm/profile/") and names & tree.keys()
    }


def _forwarded_for(store: Store, virtual: Entry) -> bool:
    names = {use.full_path for use in virtual.members("profiles")}
    return any(
        profile.get("insertXforwardedFor") == "enabled"
        for profile in store.objects("ltm/profile/http")
        if profile.full_path in names
    )


def _pool(store: Store, pool: Entry) -> Pool:
    members = []
    for member in sorted(pool.members("members"), key=lambda entry: entry.full_path):
        host, port = split_port(member.name.name)
        address = str(member.get("address", host))
        if "%" in address or int(port) == 0:
            continue
        forced = member.get("state") == "user-down"
        members.append(
            Member(
                (pool.full_path, member.full_path),
                address,
                int(port),
                member.get("ratio", 1),
                member.get("session") != "user-disabled" and not forced,
                forced,
            )
        )
    return Pool(
        pool.full_path,
        pool.get("loadBalancingMode"),
        tuple(members),
        tuple(_monitors(store, pool.get("monitor") or "")),
    )


def _monitors(store: Store, rule: str) -> Iterable[Monitor]:
    for name in monitor_names(rule):
        for path, tree in store.trees.items():
            if path.startswith("ltm/monitor/") and name in tree:
                fields = tree[name].fields
                yield Monitor(
                    name,
                    path.removeprefix("ltm/monitor/"),
                    max(1, int(fields["interval"])),
                    int(fields["timeout"]),
                    str(fields.get("send") or ""),
                    str(fields.get("recv") or ""),
                )
                break


def _self_ips(store: Store, holds: Callable[[str | None], bool]) -> tuple[SelfIp, ...]:
    allowed = store.get("net/self-allow", "")
    default = tuple(allowed.get("defaults", ())) if allowed else ()
    found = []
    for entry in sorted(store.objects("net/self"), key=lambda item: item.full_path):
        address = str(entry.get("address"))
        if "%" in address or not holds(entry.get("trafficGroup")):
            continue
        value = entry.get("allowService") or []
        words: tuple[str, ...] = (
            ("all",)
            if value == "all"
            else tuple(word for item in value for word in (default if item == "default" else (item,)))
        )
        found.append(SelfIp(str(entry.get("vlan")).rpartition("/")[2], address, tuple(dict.fromkeys(words))))
    return tuple(found)


def _routes(store: Store) -> frozenset[Route]:
    names = {"default": "0.0.0.0/0", "default-inet6": "::/0"}
    return frozenset(
        Route(names.get(entry.get("network"), entry.get("network")), entry.get("gw"))
        for entry in store.objects("net/route")
        if entry.get("gw") and "%" not in f"{entry.get('gw')}{entry.get('network')}"
    )


def _neighbors(store: Store) -> frozenset[tuple[str, str]]:
    return frozenset(
        (entry.get("ipAddress"), str(entry.get("macAddress")).lower())
        for entry in store.objects("net/arp")
        if "%" not in entry.get("ipAddress")
    )
