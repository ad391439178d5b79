# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specifications of what several BIG-IP modules take."""

from __future__ import annotations

from typing import Any

from ..zebos.parse_router import PROTOCOLS
from .virtual_address import ADVERTISEMENT


def virtual_address_spec() -> dict[str, Any]:
    """A list of virtual addresses and how they are advertised."""
    when = {"type": "str", "choices": list(ADVERTISEMENT)}
    return {
        "type": "list",
        "elements": "dict",
        "options": {
            "address": {"type": "str", "required": True},
            "partition": {"type": "str", "default": "Common"},
            "route_advertisement": when,
            "icmp_echo": when,
            "arp": {"type": "str", "choices": ["enabled", "disabled"]},
            "availability": {"type": "str", "choices": ["none", "any", "all"]},
            "traffic_group": {"type": "str"},
        },
    }


def _family() -> dict[str, Any]:
    both_ways = {"type": "dict", "options": {"in": {"type": "str"}, "out": {"type": "str"}}}
    return {
        "activate": {"type": "bool"},
        "next_hop_self": {"type": "bool"},
        "prefix_list": both_ways,
        "route_map": both_ways,
        "maximum_prefix": {
            "type": "dict",
            "options": {
                "limit": {"type": "int", "required": True},
                "threshold": {"type": "int"},
                "warning_only": {"type": "bool"},
            },
        },
        "soft_reconfiguration_inbound": {"type": "bool"},
        "send_community": {"type": "str", "choices": ["none", "standard", "extended", "both"]},
        "as_override": {"type": "bool"},
        "default_originate": {"type": "dict", "options": {"enabled": {"type": "bool"}, "route_map": {"type": "str"}}},
        "capability_graceful_restart": {"type": "bool"},
    }


def _timers() -> dict[str, Any]:
    return {
        "type": "dict",
        "options": {"keepalive": {"type": "int", "required": True}, "holdtime": {"type": "int", "required": True}},
    }


def _peer(key: str) -> dict[str, Any]:
    return {
        "type": "list",
        "elements": "dict",
        "options": {
            key: {"type": "str", "required": True},
            **({"peer_group": {"type": "str"}} if key == "address" else {}),
            "remote_as": {"type": "str"},
            "description": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "timers": _timers(),
            "update_source": {"type": "str"},
            "ebgp_multihop": {"type": "int"},
            "ttl_security": {"type": "int"},
            "fall_over_bfd": {"type": "bool"},
            "capability_route_refresh": {"type": "bool"},
            "shutdown": {"type": "bool"},
            **_family(),
        },
    }


def _routes() -> dict[str, Any]:
    return {
        "networks": {
            "type": "list",
            "elements": "dict",
            "options": {"prefix": {"type": "str", "required": True}, "route_map": {"type": "str"}},
        },
        "aggregates": {
            "type": "list",
            "elements": "dict",
            "options": {
                "prefix": {"type": "str", "required": True},
                "summary_only": {"type": "bool"},
                "as_set": {"type": "bool"},
            },
        },
        "redistribute": {
            "type": "list",
            "elements": "dict",
            "options": {
                "protocol": {"type": "str", "required": True, "choices": list(PROTOCOLS)},
                "route_map": {"type": "str"},
            },
        },
    }


def _entries(options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": options}


def bgp_spec() -> dict[str, Any]:
    """The BGP configuration. Documented in the fragment C(bgp)."""
    action = {"type": "str", "required": True, "choices": ["permit", "deny"]}
    return {
        "config": {
            "type": "dict",
            "options": {
                "as_number": {"type": "str"},
                "extended_asn_cap": {"type": "bool"},
                "router_id": {"type": "str"},
                "timers": _timers(),
                "graceful_restart": {
                    "type": "dict",
                    "options": {
                        "restart_time": {"type": "int"},
                        "stalepath_time": {"type": "int"},
                        "graceful_reset": {"type": "bool"},
                    },
                },
                "max_paths": {"type": "dict", "options": {"ebgp": {"type": "int"}, "ibgp": {"type": "int"}}},
                "peer_groups": _peer("name"),
                "neighbors": _peer("address"),
                **_routes(),
                "address_family_ipv6": {
                    "type": "dict",
                    "options": {
                        "neighbors": {
                            "type": "list",
                            "elements": "dict",
                            "options": {"address": {"type": "str", "required": True}, **_family()},
                        },
                        **_routes(),
                    },
                },
            },
        },
        "prefix_lists": _entries(
            {
                "name": {"type": "str", "required": True},
                "afi": {"type": "str", "default": "ipv4", "choices": ["ipv4", "ipv6"]},
                "entries": _entries(
                    {
                        "seq": {"type": "int"},
                        "action": action,
                        "prefix": {"type": "str", "required": True},
                        "ge": {"type": "int"},
                        "le": {"type": "int"},
                    }
                ),
            }
        ),
        "route_maps": _entries(
            {
                "name": {"type": "str", "required": True},
                "entries": _entries(
                    {"seq": {"type": "int"}, "action": action, "match": {"type": "dict"}, "set": {"type": "dict"}}
                ),
            }
        ),
        "access_lists": _entries(
            {
                "name": {"type": "str", "required": True},
                "entries": _entries(
                    {
                        "action": {"type": "str", "required": True, "choices": ["permit", "deny", "remark"]},
                        "source": {"type": "str", "required": True},
                    }
                ),
            }
        ),
    }
