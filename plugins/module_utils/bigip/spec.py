# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specifications that several BIG-IP modules share."""

from __future__ import annotations

from typing import Any

from ..zebos.schema import spec, tree
from .route_domain import PROTOCOLS
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


def bgp_spec() -> dict[str, Any]:
    """The BGP configuration. Documented in the fragment C(bgp)."""
    return spec(tree())


def change_spec() -> dict[str, Any]:
    """How a change of BGP is limited and saved. Documented in the fragment C(routing)."""
    return {
        "allow_as_change": {"type": "bool", "default": False},
        "save_when": {"type": "str", "default": "changed", "choices": ["changed", "always", "never"]},
    }


def parts_spec() -> dict[str, Any]:
    """What BGP needs beside it. Documented in the fragment C(routing.parts)."""
    return {
        "routing_protocols": {"type": "list", "elements": "str", "default": ["BGP"], "choices": list(PROTOCOLS)},
        "partitions": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": {"type": "str", "required": True},
                "route_domain": {"type": "int"},
                "description": {"type": "str"},
            },
        },
    }
