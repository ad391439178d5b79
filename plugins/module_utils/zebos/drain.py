# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drained hosts in a configuration: what a drain adds to the wanted configuration of a BIG-IP.

A run of the roles adds what the device has recorded, so that it never undoes a drain.
"""

from __future__ import annotations

from copy import deepcopy

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import drained
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import Drains
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import NO_GRACEFUL_RESTART

from .model import Config

# Nodes prefer 100, what a BGP speaker gives a route by default (RFC 4271 leaves it open; BIRD and ZebOS have 100).
LOCAL_PREFERENCE = 10
METRIC = 1000  # lower is preferred, and none counts as 0
PREPENDED = 3


def recorded(config: Config, mark: str) -> Drains:
    """What a configuration that was read has recorded."""
    if not config.bgp:
        return Drains()
    groups, neighbors = config.bgp.peer_groups, config.bgp.neighbors
    return drained.recorded(
        ((name, peer.description) for name, peer in groups.items()),
        ((name, peer.description) for name, peer in neighbors.items()),
        mark,
    )


def applied(want: Config, drains: Drains, mark: str) -> Config:
    """The wanted configuration with these hosts drained; ``want`` stays as it is."""
    if not want.bgp or drains == Drains():
        return want
    result = deepcopy(want)
    assert result.bgp
    for address, peer in result.bgp.neighbors.items():
        if drains.has(address):
            peer.shutdown = True
        if address in drains.nodes and peer.description:
            peer.description = drained.described(peer.description, drained.DRAINED)
    if drains.unit:
        for group in result.bgp.peer_groups.values():
            rest = NO_GRACEFUL_RESTART if (group.description or "").endswith(NO_GRACEFUL_RESTART) else ""
            group.description = drained.group_description(mark, drains.unit, rest)
        _less_preferred(result)
    return result


def _less_preferred(config: Config) -> None:
    assert config.bgp
    internal = any(config.bgp.is_internal(peer) for peer in config.bgp.neighbors.values())
    clauses = less_preferred(config.bgp.as_number, internal)
    for name in {item.route_map for item in config.bgp.ipv4.redistribute.values() if item.route_map}:
        for entry in config.route_maps[name].entries.values() if name in config.route_maps else ():
            if entry.action == "permit":
                entry.set |= clauses


def less_preferred(as_number: int | None, internal: bool) -> dict[str, str | int]:
    """The ``set`` clauses by which every kind of neighbor prefers another BIG-IP.

    Internal neighbors compare the local preference, external ones the path and the metric. An own AS number in the path
    would make internal neighbors refuse the route, so it is prepended only where there are none.

    :param internal: whether any neighbor is in the AS of the BIG-IP
    """
    path = {} if internal else {"as_path_prepend": " ".join([str(as_number)] * PREPENDED)}
    return {"local_preference": LOCAL_PREFERENCE, "metric": METRIC, **path}
