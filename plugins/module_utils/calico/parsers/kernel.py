# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's routes. Format: iproute2, ``ip -j route show``."""

from __future__ import annotations

import ipaddress
import json
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable

# Where /etc/iproute2/rt_protos is missing, ip prints numbers.
_PROTOCOLS = {"12": "bird", "2": "kernel", "3": "boot", "4": "static"}


def routes(text: str) -> list[dict[str, t.Any]]:
    """Every route, one row per next hop: dst (a network, 0.0.0.0/0 for default), gateway, dev, protocol, type.

    A missing property is None. Raises ``ValueError`` if the text is not a JSON list of routes.
    """
    try:
        rows = json.loads(text or "[]")
    except ValueError:
        raise ValueError("ip -j route printed no JSON") from None
    if not isinstance(rows, list):
        raise ValueError("ip -j route printed no list")
    found: list[dict[str, t.Any]] = []
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("dst"), str):
            raise Unreadable("ip -j route show", json.dumps(row))
        hops = row.get("nexthops") or [row]
        for hop in hops if isinstance(hops, list) else [hops]:
            if not isinstance(hop, dict):
                raise Unreadable("ip -j route show", json.dumps(row))
            found.append(
                {
                    "dst": network(row["dst"], row.get("gateway") or hop.get("gateway")),
                    "gateway": _text(hop.get("gateway")),
                    "dev": _text(hop.get("dev")),
                    "protocol": _PROTOCOLS.get(str(row.get("protocol")), _text(row.get("protocol"))),
                    "type": _text(row.get("type")) or "unicast",
                }
            )
    return found


def network(text: str, gateway: t.Any = None) -> str:
    """``ip route`` omits /32 and prints default; here every destination is a network."""
    if text == "default":
        return "::/0" if ":" in str(gateway or "") else "0.0.0.0/0"
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text


def _text(value: t.Any) -> str | None:
    return value if isinstance(value, str) and value else None
