# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the BIG-IP holds, against what the virtual servers of the inventory and their Services ask for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.cluster import Member, by_name, members
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.leftovers import places
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings, VirtualServer

Object = Mapping[str, Any]


def missing(
    settings: Settings,
    services: Iterable[Object],
    endpoints: Iterable[Object],
    observed: Iterable[Object],
    existed: Iterable[Object] = (),
    addresses: Iterable[Object] = (),
) -> list[str]:
    """One sentence for each virtual server that is not there as it should be; an empty list is the proof.

    :param observed: the virtual servers of the BIG-IP as M(podroute.calico_f5.bigip_bgp_info) gives them
    :param addresses: its virtual addresses, as the same module gives them: one that another partition has is the reason
        why a virtual server is missing
    :param existed: objects of an earlier run; their virtual servers that nobody asks for must be gone
    """
    service_of, endpoints_of = by_name(services), by_name(endpoints)
    there = {(item["partition"], str(item["destination"]), item["port"]): item for item in observed}
    holders = {str(item["address"]): str(item["partition"]) for item in addresses}
    sentences, asked = [], set()
    for virtual in settings.virtual_servers:
        key = (virtual.namespace, virtual.service)
        wanted = members(virtual, service_of[key], endpoints_of.get(key)) if key in service_of else set()
        place = (settings.partition_of(virtual), virtual.address.partition("%")[0], virtual.port)
        asked.add(place)
        sentences += _differences(virtual, wanted, there.get(place), settings, holders)
    for place in sorted((places(existed, settings) - asked) & set(there)):
        partition, address, port = place
        sentences.append(f"{there[place]['name']} at {address}:{port} is still in partition {partition}")
    return sentences


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
        address = virtual.address.partition("%")[0]
        holder = holders.get(address, partition)
        taken = f": {address} is a virtual address of partition {holder} already" if holder != partition else ""
        yield f"{where}: no virtual server at {virtual.address}:{virtual.port} in partition {partition}{taken}"
        return
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
            yield f"{where}: the monitor does not find {_shown(down)} alive; it expects {virtual.monitor.recv!r}"


def _shown(members_: set[Member]) -> str:
    return ", ".join(f"{address}:{port}" for address, port in sorted(members_))
