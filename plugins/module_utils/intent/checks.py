# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold between the parts of a fabric: no two of them may claim one address, and none another's range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Problem, shown
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric

FABRIC_WIDE = "all"

# More reflectors only mean more copies of each route at every node.
MOST_REFLECTORS = 4

_LINK_LOCAL = IPv4Network("169.254.0.0/16")


def relations(fabric: Fabric, ranges_complete: bool = True) -> list[Problem]:
    """Every relation that does not hold. O(hosts + ranges² + hosts × ranges).

    :param ranges_complete: whether all VIP ranges could be read; if not, no VIP can be said to lie outside them
    """
    return [
        *_unique_addresses(fabric),
        *_unique_names(fabric),
        *_ranges_apart(fabric),
        *_hosts_outside_ranges(fabric),
        *_topology(fabric),
        *(_vips_inside_ranges(fabric) if ranges_complete else ()),
    ]


def _unique_addresses(fabric: Fabric) -> Iterator[Problem]:
    owners: dict[str, str] = {}
    claims = [(node.name, "node_ip", node.node_ip) for node in fabric.nodes]
    claims += [(unit.name, "bgp_address", unit.bgp_address) for unit in fabric.bigips]
    for host, variable, address in claims:
        owner = owners.setdefault(address, host)
        if owner != host:
            yield Problem(host, variable, shown(address), f"an address of its own; {owner} has this one")
    # BGP closes a session between equal router ids (RFC 4271 6.2); a node's is its address.
    identified: dict[str, str] = {node.node_ip: node.name for node in fabric.nodes}
    for unit in fabric.bigips:
        owner = identified.setdefault(unit.router_id, unit.name)
        if owner != unit.name and unit.router_id != unit.bgp_address:
            yield Problem(
                unit.name, "router_id", shown(unit.router_id), f"a router id of its own; {owner} has this one"
            )
    managed: dict[str, str] = {}
    for unit in fabric.bigips:
        owner = managed.setdefault(unit.ansible_host, unit.name)
        if owner != unit.name:
            yield Problem(
                unit.name, "ansible_host", shown(unit.ansible_host), f"an address of its own; {owner} has this one"
            )


def _unique_names(fabric: Fabric) -> Iterator[Problem]:
    peers: dict[str, str] = {}
    for unit in fabric.bigips:
        owner = peers.setdefault(unit.peer_name, unit.name)
        if owner != unit.name:
            yield Problem(unit.name, "bgp_peer_name", shown(unit.peer_name), f"a name of its own; {owner} has this one")
    for name in _repeated(pool.name for pool in fabric.pools):
        yield Problem(FABRIC_WIDE, "pod_pools", shown(name), "a name of its own for each pool")
    for address in _repeated(vip.address for vip in fabric.vips):
        yield Problem(FABRIC_WIDE, "advertised_vips", shown(address), "each virtual address once")


def _ranges_apart(fabric: Fabric) -> Iterator[Problem]:
    """Pods, VIPs and services are three address plans. Calico leaves learnt routes inside a service range out of
    the kernel, so a VIP there is announced and never reached."""
    parsed = _ranges(fabric)
    for index, (variable, network) in enumerate(parsed):
        for earlier, other in parsed[:index]:
            if network.overlaps(other):
                wanted = f"a range apart from {other} of {earlier}"
                yield Problem(FABRIC_WIDE, variable, shown(str(network)), wanted)
        if network.overlaps(_LINK_LOCAL):
            wanted = f"a range apart from {_LINK_LOCAL}: pods have their gateway there"
            yield Problem(FABRIC_WIDE, variable, shown(str(network)), wanted)
        if network.prefixlen == 0:
            yield Problem(FABRIC_WIDE, variable, shown(str(network)), "a range that is not the whole of IPv4")


def _hosts_outside_ranges(fabric: Fabric) -> Iterator[Problem]:
    parsed = [(variable, network) for variable, network in _ranges(fabric) if network.prefixlen]
    hosts = [(node.name, "node_ip", node.node_ip) for node in fabric.nodes]
    hosts += [(unit.name, "bgp_address", unit.bgp_address) for unit in fabric.bigips]
    for host, variable, text in hosts:
        address = IPv4Address(text)
        for owner, network in parsed:
            if address in network:
                yield Problem(host, variable, shown(text), f"an address outside {network} of {owner}")


def _vips_inside_ranges(fabric: Fabric) -> Iterator[Problem]:
    networks = [IPv4Network(cidr) for cidr in fabric.vip_ranges]
    if not networks:
        return
    wanted = f"an address inside vip_ranges ({', '.join(fabric.vip_ranges)}): nothing else is announced"
    for vip in fabric.vips:
        if not any(IPv4Address(vip.address) in network for network in networks):
            yield Problem(FABRIC_WIDE, "advertised_vips", shown(vip.address), wanted)


def _topology(fabric: Fabric) -> Iterator[Problem]:
    """Reflectors and racks that exist. That reflectors serve one AS is RFC 4456: they reflect over iBGP only."""
    topology = fabric.topology
    names = {node.name for node in fabric.nodes}
    if topology.kind == "reflectors":
        if not 1 <= len(set(topology.reflectors)) <= MOST_REFLECTORS:
            wanted = f"two nodes by name, at most {MOST_REFLECTORS}"
            yield Problem(FABRIC_WIDE, "topology.reflectors", shown(list(topology.reflectors)), wanted)
        for name in topology.reflectors:
            if name not in names:
                yield Problem(FABRIC_WIDE, "topology.reflectors", shown(name), "a node of the group k8s_nodes")
        for node in fabric.nodes:
            if node.as_number != fabric.cluster_as:
                wanted = f"{fabric.cluster_as} as most nodes have: reflectors serve one AS"
                yield Problem(node.name, "as_number", shown(node.as_number), wanted)
    elif topology.reflectors:
        yield Problem(FABRIC_WIDE, "topology.kind", shown(topology.kind), "reflectors, since reflectors are named")
    if topology.kind == "racks":
        racks = {node.rack for node in fabric.nodes if node.rack}
        served = {unit.rack for unit in fabric.bigips if unit.rack}
        for node in fabric.nodes:
            if node.rack not in served:
                wanted = f"the rack of a BIG-IP ({', '.join(sorted(served)) or 'none has one'})"
                yield Problem(node.name, "rack", shown(node.rack), f"{wanted}, since topology.kind is racks")
        for unit in fabric.bigips:
            if unit.rack not in racks:
                wanted = f"the rack of a node ({', '.join(sorted(racks)) or 'none has one'})"
                yield Problem(unit.name, "rack", shown(unit.rack), f"{wanted}, since topology.kind is racks")


def _ranges(fabric: Fabric) -> list[tuple[str, IPv4Network]]:
    """Every range with the variable that it comes from."""
    ranges = [("pod_pools", pool.cidr) for pool in fabric.pools]
    ranges += [("vip_ranges", cidr) for cidr in fabric.vip_ranges]
    ranges += [("service_cidrs", cidr) for cidr in fabric.service_cidrs]
    return [(variable, IPv4Network(cidr)) for variable, cidr in ranges]


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]
