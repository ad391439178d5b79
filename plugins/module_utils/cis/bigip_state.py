# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual servers on the BIG-IP compared with the inventory and the Services behind them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.cluster import (
    Member,
    by_name,
    members,
    slices_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.leftovers import Place
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings, VirtualServer

Object = Mapping[str, Any]


def missing(
    settings: Settings,
    services: Iterable[Object],
    slices: Iterable[Object],
    observed: Iterable[Object],
    existed: Iterable[Place] = (),
    addresses: Iterable[Object] = (),
) -> list[str]:
    """One sentence for each difference; an empty list if the BIG-IP is in the wanted state.

    :param observed: the virtual servers of the BIG-IP as returned by M(podroute.calico_f5.bigip_bgp_info)
    :param existed: the places of the virtual servers of an earlier run; those no longer wanted must be gone
    :param addresses: its virtual addresses, as returned by the same module: one in another partition explains a missing
        virtual server
    """
    service_of, slices = by_name(services), list(slices)
    there: dict[tuple[Any, ...], Any] = {
        (item["partition"], str(item["destination"]), item["port"]): item for item in observed
    }
    holders = {str(item["address"]): str(item["partition"]) for item in addresses}
    sentences: list[str] = []
    asked: set[tuple[Any, ...]] = set()
    for virtual in settings.virtual_servers:
        key = (virtual.namespace, virtual.service)
        found = slices_of(slices, *key, virtual.ip)
        wanted = members(virtual, service_of[key], found) if key in service_of else set()
        place: tuple[Any, ...] = (settings.partition_of(virtual), virtual.ip, virtual.port)
        asked.add(place)
        sentences += _differences(virtual, wanted, there.get(place), settings, holders)
    for place in sorted((set(map(tuple, existed)) - asked) & set(there)):
        partition, address, port = place
        sentences.append(f"{there[place]['name']} at {address}:{port} is still in partition {partition}")
    return sentences


def announced(settings: Settings) -> list[dict[str, Any]]:
    """The VIPs whose route advertisement is set, each once, in the form of bigip_virtual_address."""
    found = {
        (settings.partition_of(virtual), virtual.ip, settings.domain_of(virtual)): virtual.route_advertisement
        for virtual in settings.virtual_servers
        if virtual.route_advertisement
    }
    return [
        {
            "address": f"{address}%{domain}" if domain else address,
            "partition": partition,
            "route_advertisement": value,
        }
        for (partition, address, domain), value in found.items()
    ]


def is_announced(settings: Settings, addresses: Iterable[Object]) -> bool:
    """Whether every virtual address has the route advertisement that is set."""
    held = {(item["partition"], str(item["address"]), item.get("route_domain") or 0): item.get("route_advertisement")
            for item in addresses}  # fmt: skip
    for virtual in settings.virtual_servers:
        key = (settings.partition_of(virtual), virtual.ip, settings.domain_of(virtual))
        if virtual.route_advertisement and held.get(key) != virtual.route_advertisement:
            return False
    return True


def _differences(
    virtual: VirtualServer,
    wanted: set[Member],
    found: Object | None,
    settings: Settings,
    holders: Mapping[str, str],
) -> Iterable[str]:
    where = f"{virtual.namespace}/{virtual.name}"
    partition = settings.partition_of(virtual)
    if found is None:
        holder = holders.get(virtual.ip, partition)
        taken = f": {virtual.ip} is already a virtual address of partition {holder}" if holder != partition else ""
        yield f"{where}: no virtual server at {virtual.address}:{virtual.port} in partition {partition}{taken}"
        return
    domain = found.get("route_domain")
    # The device omits the route domain if it is the default of the partition.
    if domain and domain != settings.domain_of(virtual):
        yield (
            f"{where}: the virtual server {found['name']} is in route domain {domain}; "
            f"expected {settings.domain_of(virtual)}"
        )
    if not found.get("enabled", True):
        yield f"{where}: the virtual server {found['name']} is disabled"
    if not found.get("pool"):
        yield f"{where}: the virtual server {found['name']} has no pool"
        return
    state = {(member["address"], member["port"]): str(member.get("state")) for member in found["members"]}
    if settings.pool_member_type == "cluster":
        for verb, those in (("lacks", wanted - set(state)), ("still has", set(state) - wanted)):
            if those:
                yield f"{where}: its pool {verb} {_shown(those)}"
    if virtual.monitor:
        down = {member for member, value in state.items() if value != "up" and member in wanted}
        if down:
            yield f"{where}: the monitor reports {_shown(down)} as down; it expects {virtual.monitor.recv!r}"


def _shown(members_: set[Member]) -> str:
    return ", ".join(f"{address}:{port}" for address, port in sorted(members_))
