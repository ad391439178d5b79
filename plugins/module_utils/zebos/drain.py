# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drained hosts: what a drain adds to the wanted configuration of a BIG-IP.

A run of the roles adds what is recorded on the device, so that it never undoes a drain.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import drained
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import Drains
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import NO_GRACEFUL_RESTART

from .model import Config, RouteMap


def recorded(config: Config, mark: str) -> Drains:
    """The record in a configuration that was read."""
    if not config.bgp:
        return Drains()
    groups, neighbors = config.bgp.peer_groups, config.bgp.neighbors
    return drained.recorded(
        ((name, peer.description) for name, peer in groups.items()),
        ((name, peer.description) for name, peer in neighbors.items()),
        mark,
    )


def applied(want: Config, drains: Drains, mark: str) -> Config:
    """The wanted configuration with these hosts drained; ``want`` is not changed."""
    bgp = deepcopy(want.bgp)
    if bgp is None or drains == Drains():
        return want
    for address, peer in bgp.neighbors.items():
        if drains.has(address):
            peer.shutdown = True
        if address in drains.nodes and peer.description:
            peer.description = drained.described(peer.description, drained.DRAINED)
    if not drains.unit:
        return replace(want, bgp=bgp)
    for group in bgp.peer_groups.values():
        rest = NO_GRACEFUL_RESTART if (group.description or "").endswith(NO_GRACEFUL_RESTART) else ""
        group.description = drained.group_description(mark, drains.unit, rest)
    clauses = drained.less_preferred(bgp.as_number, any(bgp.is_internal(peer) for peer in bgp.neighbors.values()))
    redistributed = {item.route_map for item in bgp.ipv4.redistribute.values()}
    maps = {
        name: _with(route_map, clauses) if name in redistributed else route_map
        for name, route_map in want.route_maps.items()
    }
    return replace(want, bgp=bgp, route_maps=maps)


def _with(route_map: RouteMap, clauses: dict[str, str | int]) -> RouteMap:
    entries = {
        seq: replace(entry, set=entry.set | clauses) if entry.action == "permit" else entry
        for seq, entry in route_map.entries.items()
    }
    return replace(route_map, entries=entries)
