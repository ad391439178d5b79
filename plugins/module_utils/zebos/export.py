# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the model to plain data in the form of the modules' options, so that it can be used as input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import values
from .model import Bgp, Config, Peer, PeerFamily, Routes
from .normalise import ordered
from .options import rows_of
from .secrets import MASK

__all__ = ["MASK", "export"]


def export(config: Config) -> dict[str, Any]:
    """A configuration as ``{config, prefix_lists, route_maps, access_lists, unmanaged}``.

    Everything is sorted, nothing unset is listed, AS numbers are strings. Passwords are masked.
    ``config`` is None if the device has no ``router bgp``.
    """
    config = ordered(config)
    body = _bgp(config.bgp) if config.bgp else None
    if body is not None and config.extended_asn_cap is not None:
        body["extended_asn_cap"] = config.extended_asn_cap
    return {
        "config": body,
        "prefix_lists": [
            {
                "name": item.name,
                "afi": item.afi,
                "entries": [_set({"seq": seq, **vars(rule)}) for seq, rule in sorted(item.entries.items())],
            }
            for item in config.prefix_lists.values()
        ],
        "route_maps": [
            {
                "name": item.name,
                "entries": [
                    {
                        "seq": seq,
                        "action": entry.action,
                        "match": dict(sorted(entry.match.items())),
                        "set": dict(sorted(entry.set.items())),
                    }
                    for seq, entry in sorted(item.entries.items())
                ],
            }
            for item in config.route_maps.values()
        ],
        "access_lists": [
            {"name": item.name, "entries": [_access_rule(rule) for rule in item.entries]}
            for item in config.access_lists.values()
        ],
        "unmanaged": [vars(line).copy() for line in config.unmanaged],
    }


def _access_rule(rule: str) -> dict[str, str]:
    action, _blank, source = rule.partition(" ")
    return {"action": action, "source": source}


def _set(source: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in source.items() if value is not None and value != {} and value != []}


def _bgp(bgp: Bgp) -> dict[str, Any]:
    peers = [*bgp.peer_groups.values(), *bgp.neighbors.values()]
    families = [{"address": peer.name, **_options(peer.ipv6)} for peer in peers if peer.ipv6 != PeerFamily()]
    return _set(
        {
            "as_number": str(bgp.as_number) if bgp.as_number is not None else None,
            "router_id": bgp.router_id,
            "timers": vars(bgp.timers).copy() if bgp.timers else None,
            "graceful_restart": _set(
                {
                    "restart_time": bgp.restart_time,
                    "stalepath_time": bgp.stalepath_time,
                    "graceful_reset": bgp.graceful_reset,
                }
            ),
            "max_paths": _set({"ebgp": bgp.max_paths_ebgp, "ibgp": bgp.max_paths_ibgp}),
            "peer_groups": [_peer(peer, "name") for peer in bgp.peer_groups.values()],
            "neighbors": [_peer(peer, "address") for peer in bgp.neighbors.values()],
            **_routes(bgp.ipv4),
            "address_family_ipv6": _set(
                {"neighbors": sorted(families, key=lambda item: values.order(item["address"])), **_routes(bgp.ipv6)}
            ),
        }
    )


def _routes(routes: Routes) -> dict[str, Any]:
    return {
        "networks": [_set(vars(item)) for item in routes.networks.values()],
        "aggregates": [vars(item).copy() for item in routes.aggregates.values()],
        "redistribute": [_set(vars(item)) for item in routes.redistribute.values()],
    }


def _peer(peer: Peer, key: str) -> dict[str, Any]:
    return {key: peer.name, **_options(peer)}


def _options(peer: PeerFamily) -> dict[str, Any]:
    """The options of the table for which a peer, or a family of one, has values."""
    found: dict[str, Any] = {}
    for row in rows_of(peer):
        value = getattr(peer, row.field)
        if value is not None:
            *parents, key = row.place
            place = found
            for parent in parents:
                place = place.setdefault(parent, {})
            place[key] = row.kind.show(value)
    return found
