# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Preflight: ranges of the inventory against the actual addresses and subnets of a BIG-IP and the nodes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed


def problems(seen: Observed, unit: BigIp) -> Iterator[str]:
    """Why the ranges do not fit the self IPs of a BIG-IP, one sentence each."""
    yield from _held(seen, unit)
    yield from _overlapping(seen, unit)
    yield from _outside(seen, unit)


def of_nodes(seen: Observed) -> Iterator[str]:
    """Pools and Service ranges that overlap the subnets of nodes, one sentence each."""
    subnets: dict[IPv4Network, str] = {}
    for name, node in seen.calico.nodes.items():
        if node.get("address") and node.get("prefix_length") is not None:
            subnets.setdefault(IPv4Network(f"{node['address']}/{node['prefix_length']}", strict=False), name)
    for variable, network in _pods_and_services(seen):
        for subnet, name in subnets.items():
            if network.overlaps(subnet) and subnet.prefixlen < 32:
                yield (
                    f"{variable} {network} overlaps {subnet}, the subnet of {name}: nodes would treat its hosts as "
                    "pods or Services; use another range"
                )


def _held(seen: Observed, unit: BigIp) -> Iterator[str]:
    """Self IPs inside a range that must not contain hosts: a route to the range would divert their traffic."""
    ranges = [
        *_pods_and_services(seen),
        *(("vip_ranges", IPv4Network(cidr)) for cidr in seen.fabric.vip_ranges),
        *(("announced_ranges", IPv4Network(cidr)) for cidr in seen.fabric.announced_ranges),
    ]
    for address, self_ip in seen.bigip(unit).self_ips.items():
        for variable, network in ranges:
            if ":" not in address and IPv4Address(address) in network and address != unit.bgp_address:
                yield f"self IP {self_ip.get('name')} {address} is inside {variable} {network}; use another range"


def _overlapping(seen: Observed, unit: BigIp) -> Iterator[str]:
    """Pools and Service ranges that overlap a subnet of the BIG-IP."""
    subnets: dict[IPv4Network, str] = {}
    for address, self_ip in seen.bigip(unit).self_ips.items():
        if ":" not in address and self_ip.get("prefix_length") is not None:
            subnet = IPv4Network(f"{address}/{self_ip['prefix_length']}", strict=False)
            subnets.setdefault(subnet, str(self_ip.get("name")))
    for variable, network in _pods_and_services(seen):
        for subnet, name in subnets.items():
            inside = any(IPv4Address(address) in network for address in seen.bigip(unit).self_ips if ":" not in address)
            if network.overlaps(subnet) and subnet.prefixlen < 32 and not inside:
                yield f"{variable} {network} overlaps {subnet}, the subnet of self IP {name}; use another range"


def _outside(seen: Observed, unit: BigIp) -> Iterator[str]:
    """Nodes outside the BIG-IP's subnet, by the prefix length of its self IP."""
    subnet = seen.subnet_of(unit)
    if subnet is None or seen.fabric.routed or seen.raw.get("routed_underlay"):
        return
    for node in seen.fabric.neighbors_of(unit):
        if IPv4Address(node.node_ip) in subnet or _reported_with_its_own(seen, node.name, unit):
            continue
        if node.as_number == unit.as_number:
            remedy = (
                "iBGP needs one subnet: correct the mask of the self IP, "
                "or use another AS for the BIG-IP and bgp_multihop"
            )
        else:
            remedy = "correct the mask of the self IP, or set bgp_multihop"
        yield (
            f"{subnet}, the subnet of bgp_address, does not contain nodes such as {node.name} {node.node_ip}: {remedy}"
        )
        return


def _reported_with_its_own(seen: Observed, name: str, unit: BigIp) -> bool:
    """Whether the BIG-IP is outside by the node's own prefix length too: then the plan for Calico reports the node."""
    node = seen.calico.nodes.get(name) or {}
    if not node.get("address") or node.get("prefix_length") is None:
        return False
    return IPv4Address(unit.bgp_address) not in IPv4Network(f"{node['address']}/{node['prefix_length']}", strict=False)


def _pods_and_services(seen: Observed) -> list[tuple[str, IPv4Network]]:
    return [
        *((f"pod_pools {pool.name}", pool.network) for pool in seen.fabric.pools),
        *(("service_cidrs", IPv4Network(cidr)) for cidr in seen.fabric.service_cidrs),
    ]
