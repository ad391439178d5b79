# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the current state of a network to the inventory that describes it.

Settings that the inventory can express become its variables. The others remain a difference, which a dry run of
the roles with this inventory reports line by line; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.adopt.cluster import Cluster
from ansible_collections.podroute.calico_f5.plugins.module_utils.adopt.unit import Unit
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build


@dataclass(frozen=True)
class Adopted:
    """The result of adopting a network.

    :ivar inventory: as in Ansible's YAML inventories
    :ivar intent: the fabric that it describes, as ``Fabric.as_dict``; None if there are problems
    :ivar secrets: variables that the user must set, because their values are not read
    :ivar problems: why the inventory is incomplete
    :ivar notes: what was left out or should be looked at
    """

    inventory: dict[str, Any]
    intent: dict[str, Any] | None
    secrets: list[str]
    problems: list[str]
    notes: list[str]


def adopt(units: Mapping[str, Mapping[str, Any]], calico: Mapping[str, Any]) -> Adopted:
    """The inventory of a network.

    :param units: for each BIG-IP, what the inventory has (``known``) and the result of bigip_bgp_info (``info``)
    :param calico: the result of calico_info
    """
    unread = [f"{name}: {unit['info'].get('msg') or 'was not read'}" for name, unit in units.items() if _lost(unit)]
    if calico.get("failed") or "resources" not in calico:
        unread.append(f"Calico: {calico.get('msg') or 'was not read'}")
    if not units:
        unread.append("group bigips is empty: name at least one BIG-IP with its ansible_host")
    if unread:
        return Adopted({}, None, [], unread, [])
    cluster = Cluster(calico)
    bigips = [Unit(name, unit["known"], unit["info"], cluster) for name, unit in units.items()]
    notes: list[str] = []
    shared = {**cluster.variables(), **_vips(cluster, bigips, notes), **_agreed(bigips, notes)}
    if all(unit.plain for unit in bigips):
        shared["bgp_manage_policy"] = False
    nodes, hosts = cluster.hosts(), {unit.name: unit.host() for unit in bigips}
    with_password = [unit for unit in bigips if unit.has_password]
    secrets = ["bgp_password: the MD5 password of the sessions; it was not read"] if with_password else []
    problems = [problem for unit in bigips for problem in unit.problems]
    if not shared["vip_ranges"]:
        problems.append("neither side announces or accepts VIPs, so their ranges are unknown: set vip_ranges")
    notes += [*cluster.notes, *(note for unit in bigips for note in unit.notes), *_strangers(cluster, bigips)]
    intent = None
    if not problems:
        # Any text takes the place of the password: the result shows that there is one, never its value.
        values = {**shared, **({"bgp_password": "unknown"} if with_password else {})}
        everything = {**{name: {**host, **values} for name, host in hosts.items()}, **nodes}
        try:
            intent = build(everything, list(nodes), list(hosts)).as_dict()
        except InventoryError as error:
            problems = [str(problem) for problem in error.problems]
    inventory = {
        "all": {
            "vars": shared,
            "children": {"k8s_nodes": {"hosts": nodes}, "bigips": {"hosts": hosts}},
        }
    }
    return Adopted(inventory, intent, secrets, problems, notes)


def _lost(unit: Mapping[str, Any]) -> bool:
    return bool(unit["info"].get("failed")) or "config" not in unit["info"]


def _agreed(bigips: Sequence[Unit], notes: list[str]) -> dict[str, Any]:
    """Fabric-wide variables with the values of the first BIG-IP, and a note for each BIG-IP that differs."""
    first, *others = [(unit.name, unit.variables()) for unit in bigips]
    for name, found in others:
        for variable in sorted({*first[1], *found}):
            if first[1].get(variable) != found.get(variable):
                theirs, ours = found.get(variable, "at its default"), first[1].get(variable, "at its default")
                notes.append(
                    f"{name} has {variable} {theirs} and {first[0]} {ours}: there is one for all, that of {first[0]} "
                    "is written"
                )
    return first[1]


def _vips(cluster: Cluster, bigips: Sequence[Unit], notes: list[str]) -> dict[str, Any]:
    """VIPs and their ranges: those of the filters, otherwise one range per VIP."""
    vips: dict[str, dict[str, str]] = {}
    for unit in bigips:
        for vip in unit.vips():
            vips.setdefault(vip["address"], vip)
    ranges = [prefix for unit in bigips for prefix in unit.announced()]
    if not ranges:
        ranges = cluster.accepted([unit.peer for unit in bigips if unit.peer])
    if not ranges:
        ranges = [f"{address}/32" for address in vips]
        if ranges:
            notes.append(
                "nothing on either side limits what BIG-IPs announce, so vip_ranges has exactly the addresses that are "
                "announced now; widen it to all that may be announced"
            )
    if not ranges:
        ranges = next((list(unit.known["vip_ranges"]) for unit in bigips if unit.known.get("vip_ranges")), [])
    networks = [IPv4Network(prefix, strict=False) for prefix in ranges]
    for address in sorted(vips, key=IPv4Address):
        if not any(IPv4Address(address) in network for network in networks):
            notes.append(f"VIP {address} is outside the permitted prefixes; it was added to vip_ranges as a /32")
            networks.append(IPv4Network(f"{address}/32"))
    found: dict[str, Any] = {"vip_ranges": [str(network) for network in _apart(networks)]}
    if vips:
        found["advertised_vips"] = [vips[address] for address in sorted(vips, key=IPv4Address)]
    return found


def _apart(networks: Sequence[IPv4Network]) -> list[IPv4Network]:
    """Each range once, in the order given, and none that lies inside another."""
    distinct = list(dict.fromkeys(networks))
    return [one for one in distinct if not any(one != other and one.subnet_of(other) for other in distinct)]


def _strangers(cluster: Cluster, bigips: Sequence[Unit]) -> list[str]:
    """Peers and neighbors that are not part of the fabric: a run does not change them."""
    ours = {unit.peer["metadata"]["name"] for unit in bigips if unit.peer}
    reflecting = {item["metadata"]["name"] for item in cluster.peers if item["spec"].get("peerSelector")}
    found = [
        f"BGPPeer {item['metadata']['name']} does not peer with any of these BIG-IPs; it is left unchanged"
        for item in cluster.peers
        if item["metadata"]["name"] not in ours | reflecting
    ]
    for unit in bigips:
        known = {item["address"] for item in unit.neighbors}
        found += [
            f"{unit.name}: neighbor {item['address']} is not a node of the cluster; it is left unchanged"
            for item in unit.config.get("neighbors") or ()
            if item["address"] not in known
        ]
    return found
