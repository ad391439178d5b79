# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the model to plain data in the shape of the modules' options, so that it can be fed back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import values
from .model import Bgp, Config, Peer, PeerFamily, Routes
from .normalise import ordered

MASK = "********"


def export(config: Config, secrets: bool = False) -> dict[str, Any]:
    """A configuration as ``{config, prefix_lists, route_maps, access_lists, unmanaged}``.

    Everything is sorted, nothing unset is listed, AS numbers are strings. Passwords are masked unless
    ``secrets`` is set. ``config`` is None when the device has no ``router bgp``.
    """
    config = ordered(config)
    body = _bgp(config.bgp, secrets) if config.bgp else None
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


def _bgp(bgp: Bgp, secrets: bool) -> dict[str, Any]:
    peers = [*bgp.peer_groups.values(), *bgp.neighbors.values()]
    families = [{"address": peer.name, **_family(peer.ipv6)} for peer in peers if peer.ipv6 != PeerFamily()]
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
            "peer_groups": [_peer(peer, "name", secrets) for peer in bgp.peer_groups.values()],
            "neighbors": [_peer(peer, "address", secrets) for peer in bgp.neighbors.values()],
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


def _peer(peer: Peer, key: str, secrets: bool) -> dict[str, Any]:
    password = None
    if peer.password:
        password = peer.password.text if secrets and not peer.password.encrypted else MASK
    return _set(
        {
            key: peer.name,
            "peer_group": peer.peer_group,
            "remote_as": str(peer.remote_as) if peer.remote_as is not None else None,
            "description": peer.description,
            "password": password,
            "timers": vars(peer.timers).copy() if peer.timers else None,
            "update_source": peer.update_source,
            "ebgp_multihop": peer.ebgp_multihop,
            "ttl_security": peer.ttl_security,
            "fall_over_bfd": peer.fall_over_bfd,
            "capability_route_refresh": peer.capability_route_refresh,
            "shutdown": peer.shutdown,
            **_family(peer),
        }
    )


def _family(peer: PeerFamily) -> dict[str, Any]:
    limit, origin = peer.maximum_prefix, peer.default_originate
    return _set(
        {
            "activate": peer.activate,
            "next_hop_self": peer.next_hop_self,
            "prefix_list": _set({"in": peer.prefix_list_in, "out": peer.prefix_list_out}),
            "route_map": _set({"in": peer.route_map_in, "out": peer.route_map_out}),
            "maximum_prefix": _set(vars(limit)) if limit else None,
            "soft_reconfiguration_inbound": peer.soft_reconfiguration_inbound,
            "send_community": peer.send_community,
            "as_override": peer.as_override,
            "default_originate": _set(vars(origin)) if origin else None,
            "capability_graceful_restart": peer.capability_graceful_restart,
        }
    )
