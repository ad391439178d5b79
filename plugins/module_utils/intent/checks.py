# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Relations between the parts of a fabric: unique addresses and names, separate ranges, a consistent topology."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

try:
    from netaddr import IPAddress, IPNetwork, IPSet
except ImportError:  # reported as a problem of the inventory by `relations`
    IPAddress = IPNetwork = IPSet = None

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import ALL, Problem, named, shown
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import capacity
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import (
    ACTIVE_ACTIVE,
    ACTIVE_STANDBY,
    INDEPENDENT,
    Fabric,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.unusable import UNUSABLE

# More reflectors would only mean more copies of each route on every node.
MOST_REFLECTORS = 4


def relations(fabric: Fabric, ranges_complete: bool = True) -> list[Problem]:
    """Every violated relation. O(hosts × log ranges + ranges²).

    :param ranges_complete: whether all VIP ranges could be read; if not, a VIP may lie in one of the others
    """
    if IPSet is None:
        wanted = "installed on the Ansible controller: pip install netaddr"
        return [Problem(ALL, "Python library netaddr", "missing", wanted)]
    return [
        *_unique_addresses(fabric),
        *_unique_names(fabric),
        *_ranges(fabric),
        *(_vips_inside_ranges(fabric) if ranges_complete else ()),
        *_topology(fabric),
        *_mode(fabric),
        *capacity.problems(fabric),
    ]


@dataclass(frozen=True)
class _Claim:
    """An address that a host claims with a variable."""

    host: str
    variable: str
    address: str


def _claims(fabric: Fabric) -> list[_Claim]:
    return [
        *(_Claim(node.name, "node_ip", node.node_ip) for node in fabric.nodes),
        *(_Claim(unit.name, "bgp_address", unit.bgp_address) for unit in fabric.bigips),
        *(_Claim(ALL, f"traffic_groups, {group.name}", group.floating_address) for group in fabric.traffic_groups),
    ]


def _unique_addresses(fabric: Fabric) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    for claim in _claims(fabric):
        owner = owners.setdefault(claim.address, claim.host)
        if owner != claim.host:
            yield _taken(claim, owner, "address")
    # BGP closes a session between equal router IDs (RFC 4271 6.8); a node's is its address. A configured router ID must
    # not be the address of another host either, whatever that host's router ID is.
    identified = dict(owners)
    for unit in fabric.bigips:
        if unit.router_id != unit.bgp_address:
            owner = identified.setdefault(unit.router_id, unit.name)
            if owner != unit.name:
                yield _taken(_Claim(unit.name, "router_id", unit.router_id), owner, "router ID")
    managed: dict[str, str] = {}
    for unit in fabric.bigips:
        # A unit may be managed through its own self IP.
        owner = owners.get(unit.ansible_host, unit.name)
        owner = managed.setdefault(unit.ansible_host, unit.name) if owner == unit.name else owner
        if owner != unit.name:
            yield _taken(_Claim(unit.name, "ansible_host", unit.ansible_host), owner, "address")


def _taken(claim: _Claim, owner: str, what: str) -> Problem:
    article = "an" if what == "address" else "a"
    wanted = f"{article} {what} of its own; {owner} already uses this one"
    return Problem(claim.host, claim.variable, shown(claim.address), wanted)


def _unique_names(fabric: Fabric) -> Iterator[Problem]:
    peers: dict[str, str] = {}
    for unit in fabric.bigips:
        owner = peers.setdefault(unit.peer_name, unit.name)
        if owner != unit.name:
            wanted = f"a unique name; {owner} already uses this one"
            yield Problem(unit.name, "bgp_peer_name", shown(unit.peer_name), wanted)
    for name in _repeated(pool.name for pool in fabric.pools):
        yield Problem(ALL, "pod_pools", shown(name), "a unique name for each pool")
    for address in _repeated(vip.address for vip in fabric.vips):
        yield Problem(ALL, "advertised_vips", shown(address), "each virtual address once")


def _ranges(fabric: Fabric) -> Iterator[Problem]:
    """Pods, VIPs, Services and hosts have separate ranges.

    Calico does not install learned routes inside a Service range in the kernel, so a VIP there is announced but
    unreachable; a route to a pool or VIP range that contains a host takes that host's own traffic away.
    """
    ranges = [
        *(("pod_pools", pool.cidr) for pool in fabric.pools),
        *(("vip_ranges", cidr) for cidr in fabric.vip_ranges),
        *(("announced_ranges", cidr) for cidr in fabric.announced_ranges),
        *(("service_cidrs", cidr) for cidr in fabric.service_cidrs),
    ]
    managed = [_Claim(unit.name, "ansible_host", unit.ansible_host) for unit in fabric.bigips]
    hosts = [*_claims(fabric), *(claim for claim in managed if _is_address(claim.address))]
    addresses = IPSet([claim.address for claim in hosts])
    seen: list[tuple[str, IPNetwork]] = []
    for variable, cidr in ranges:
        network = IPNetwork(cidr)
        if network.prefixlen == 0:
            yield Problem(ALL, variable, shown(cidr), "a range of your own, not all of IPv4")
            continue
        why = next(
            (why for taken, why in UNUSABLE.items() if network in IPNetwork(taken) or IPNetwork(taken) in network), None
        )
        if why:
            yield Problem(ALL, variable, shown(cidr), f"a range of usable addresses; these are {why}")
        for earlier, other in seen:
            if network in other or other in network:
                yield Problem(ALL, variable, shown(cidr), f"a range that does not overlap {other} of {earlier}")
        seen.append((variable, network))
        if not addresses.isdisjoint(IPSet([network])):
            inside = [f"{one.host} {one.variable} {one.address}" for one in hosts if IPAddress(one.address) in network]
            yield Problem(ALL, variable, shown(cidr), f"a range without the addresses of hosts ({named(inside)})")


def _vips_inside_ranges(fabric: Fabric) -> Iterator[Problem]:
    if not fabric.vip_ranges:
        return
    ranges = IPSet(fabric.vip_ranges)
    wanted = f"an address inside vip_ranges ({', '.join(fabric.vip_ranges)}): nothing else is announced"
    for vip in fabric.vips:
        if IPAddress(vip.address) not in ranges:
            yield Problem(ALL, "advertised_vips", shown(vip.address), wanted)


def _topology(fabric: Fabric) -> Iterator[Problem]:
    """Reflectors and racks that do not exist. By RFC 4456, reflectors serve one AS: they reflect over iBGP only."""
    topology = fabric.topology
    names = {node.name for node in fabric.nodes}
    if topology.kind == "reflectors":
        if not 1 <= len(set(topology.reflectors)) <= MOST_REFLECTORS:
            wanted = f"1 to {MOST_REFLECTORS} node names"
            yield Problem(ALL, "topology.reflectors", shown(list(topology.reflectors)), wanted)
        for name in topology.reflectors:
            if name not in names:
                yield Problem(ALL, "topology.reflectors", shown(name), "a node of the group k8s_nodes")
        for name in _repeated(topology.reflectors):
            yield Problem(ALL, "topology.reflectors", shown(name), "each node once")
        for node in fabric.nodes:
            if node.as_number != fabric.cluster_as:
                wanted = f"{fabric.cluster_as} as on most nodes: reflectors serve one AS"
                yield Problem(node.name, "as_number", shown(node.as_number), wanted)
    elif topology.reflectors:
        yield Problem(ALL, "topology.kind", shown(topology.kind), "reflectors, because topology.reflectors is set")
    if topology.kind == "racks":
        racks = {node.rack for node in fabric.nodes if node.rack}
        served = {unit.rack for unit in fabric.bigips if unit.rack}
        for node in fabric.nodes:
            if node.rack not in served:
                wanted = f"the rack of a BIG-IP ({', '.join(sorted(served)) or 'none has one'})"
                yield Problem(node.name, "rack", shown(node.rack), f"{wanted}, because topology.kind is racks")
        for unit in fabric.bigips:
            if unit.rack not in racks:
                wanted = f"the rack of a node ({', '.join(sorted(racks)) or 'none has one'})"
                yield Problem(unit.name, "rack", shown(unit.rack), f"{wanted}, because topology.kind is racks")


def _mode(fabric: Fabric) -> Iterator[Problem]:
    """A mode that is possible for the BIG-IPs, and traffic groups that divide the announced ranges."""
    mode, groups = fabric.mode, fabric.traffic_groups
    if mode and len(fabric.bigips) == 1:
        yield Problem(ALL, "bigip_mode", shown(mode), "unset, because there is one BIG-IP")
    if groups and mode in (None, INDEPENDENT):
        wanted = f"{ACTIVE_STANDBY} or {ACTIVE_ACTIVE}, because traffic_groups is set"
        yield Problem(ALL, "bigip_mode", shown(mode), wanted)
    if groups and not fabric.manage_policy:
        yield Problem(ALL, "bgp_manage_policy", "false", "true, because the next hop of traffic_groups is a policy")
    if mode in (ACTIVE_STANDBY, ACTIVE_ACTIVE):
        yield from _alike(fabric)
    if mode == ACTIVE_STANDBY and len(groups) > 1:
        wanted = f"one traffic group; with several, bigip_mode is {ACTIVE_ACTIVE}"
        yield Problem(ALL, "traffic_groups", f"{len(groups)} groups", wanted)
    if mode == ACTIVE_ACTIVE and len(groups) < 2:
        wanted = "at least two, each with its floating self IP and its ranges"
        yield Problem(ALL, "traffic_groups", f"{len(groups)} groups", wanted)
    for name in _repeated(group.name for group in groups):
        yield Problem(ALL, "traffic_groups", shown(name), "each traffic group once")
    if len([group for group in groups if not group.ranges]) > 1:
        yield Problem(ALL, "traffic_groups", "several without ranges", "at most one: it announces all other ranges")
    announced = [IPNetwork(cidr) for cidr in (*fabric.vip_ranges, *fabric.announced_ranges)]
    for group in groups:
        for cidr in group.ranges:
            if not any(IPNetwork(cidr) in network for network in announced):
                wanted = "a network inside vip_ranges or announced_ranges"
                yield Problem(ALL, f"traffic_groups, {group.name}", shown(cidr), wanted)
    for cidr in _repeated(cidr for group in groups for cidr in group.ranges):
        yield Problem(ALL, "traffic_groups", shown(cidr), "a range of one traffic group")


def _alike(fabric: Fabric) -> Iterator[Problem]:
    """What the units of a device group must have in common, because one may take over from the other."""
    if fabric.topology.kind == "racks":
        yield Problem(ALL, "bigip_mode", shown(fabric.mode), f"{INDEPENDENT}, because topology.kind is racks")
    for unit in fabric.bigips[1:]:
        first = fabric.bigips[0]
        for name in ("as_number", "route_domain"):
            ours, theirs = getattr(first, name), getattr(unit, name)
            if ours != theirs:
                wanted = f"{shown(ours)} as on {first.name}, because bigip_mode is {fabric.mode}"
                yield Problem(unit.name, name, shown(theirs), wanted)


def _is_address(text: str) -> bool:
    """Whether ``text`` is an IPv4 address: a BIG-IP may be managed by name or over IPv6."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]
