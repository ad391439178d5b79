# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show ip route`."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

_CODES = """\
Codes: K - kernel, C - connected, S - static, R - RIP, B - BGP
       O - OSPF, IA - OSPF inter area
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, L1 - IS-IS level-1, L2 - IS-IS level-2, ia - IS-IS inter area
       * - candidate default
"""
_CODES6 = """\
IPv6 Routing Table
Codes: C - connected, S - static, R - RIP, O - OSPF, B - BGP
       IA - OSPF inter area
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, L1 - IS-IS level-1, L2 - IS-IS level-2, ia - IS-IS inter area
Timers: Uptime
"""
_LETTERS = {"kernel": "K", "connected": "C", "static": "S", "rip": "R", "bgp": "B", "ospf": "O", "isis": "i"}


def _selected(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Installed routes by address."""
    for prefix in sorted(data, key=ipaddress.ip_network):
        yield from (route for route in data[prefix] if route.get("selected") and route["protocol"] in _LETTERS)


def table(data: Mapping[str, Any], source: str | None, names: Mapping[str, str], version: int = 4) -> str:
    """The route table; with `source` the routes of one protocol alone, without heading."""
    routes = [line for route in _selected(data) if source in (None, route["protocol"]) for line in _route(route, names)]
    if source:
        return "".join(f"{line}\n" for line in routes)
    if version == 6:
        return "\n".join([_CODES6, *routes]) + "\n"
    return "\n".join([_CODES, *routes, "", _last_resort(data)]) + "\n"


def _last_resort(data: Mapping[str, Any]) -> str:
    default = next((route for route in _selected(data) if route["prefix"] == "0.0.0.0/0"), None)
    hop = next((hop["ip"] for hop in default["nexthops"] if "ip" in hop), None) if default else None
    return f"Gateway of last resort is {hop} to network 0.0.0.0" if hop else "Gateway of last resort is not set"


def _route(route: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    prefix = route["prefix"]
    letter = _LETTERS[route["protocol"]] + ("*" if prefix in ("0.0.0.0/0", "::/0") else "")
    hops = [hop for hop in route.get("nexthops", []) if hop.get("active")] or route.get("nexthops", [{}])
    lines = []
    for index, hop in enumerate(hops):
        start = f"{letter:<8}{prefix} " if index == 0 else " " * (9 + len(prefix))
        lines.append(f"{start}{_way(route, hop, names)}")
    return lines


def _way(route: Mapping[str, Any], hop: Mapping[str, Any], names: Mapping[str, str]) -> str:
    device = names.get(hop.get("interfaceName", ""), hop.get("interfaceName", ""))
    # connected routes show neither distance nor age, kernel routes no age
    cost = "" if route["protocol"] == "connected" else f"[{route.get('distance', 0)}/{route.get('metric', 0)}] "
    age = "" if route["protocol"] in ("connected", "kernel", "static") else f", {route.get('uptime', '00:00:00')}"
    if hop.get("blackhole") or hop.get("unreachable"):
        return f"{cost}is {'a summary' if route['protocol'] == 'bgp' else 'directly connected'}, Null{age}"
    if "ip" in hop:
        return f"{cost}via {hop['ip']}, {device}{age}"
    return f"{cost}is directly connected, {device}{age}"


def entries(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """`show ip route <prefix>`."""
    words = {"kernel": "kernel", "connected": "connected", "static": "static", "bgp": "bgp"}
    lines = []
    for route in _selected(data):
        lines += [
            f"Routing entry for {route['prefix']}",
            f'  Known via "{words.get(route["protocol"], route["protocol"])}", '
            f"distance {route.get('distance', 0)}, metric {route.get('metric', 0)}, best",
        ]
        if route["protocol"] == "bgp":
            lines.append(f"  Last update {route.get('uptime', '00:00:00')} ago")
        for hop in route.get("nexthops", []):
            device = names.get(hop.get("interfaceName", ""), hop.get("interfaceName", ""))
            lines.append(
                f"  * {hop['ip']}, via {device}" if "ip" in hop else f"  * directly connected, {device or 'Null'}"
            )
        lines.append("")
    return "\n".join(lines) + "\n" if lines else "% Network not in table\n"


def interfaces(links: Mapping[str, str]) -> str:
    """`show ip interface brief`: name and address of every link of the route domain."""
    rows = [f"{'Interface':<22}{'IP-Address':<16}{'Status':<22}Protocol"]
    rows += [f"{name:<22}{address:<16}{'up':<22}up" for name, address in sorted(links.items())]
    return "".join(f"{row}\n" for row in rows)
