# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show ip bgp` and its tables, and `show ip bgp <prefix>`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model import Bgp

_ORIGINS = {"IGP": "i", "EGP": "e", "incomplete": "?"}


def _routes(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every path with its prefix, for any form of FRR's tables."""
    found = data.get("routes") or data.get("advertisedRoutes") or data.get("receivedRoutes") or {}
    for prefix, paths in found.items():
        for path in paths if isinstance(paths, list) else [paths]:
            yield prefix, path


def as_paths(data: Mapping[str, Any]) -> set[str]:
    """The different AS paths of a table."""
    return {path.get("path", "") for _prefix, path in _routes(data)}


def _next_hop(path: Mapping[str, Any], own: str | None = None) -> str:
    hops = path.get("nexthops") or [{"ip": path.get("nextHop", "0.0.0.0")}]
    hop = next((hop for hop in hops if hop.get("used") and hop.get("scope") != "link-local"), hops[0])
    # FRR gives an aggregate of its own an IPv6 null address; the device says 0.0.0.0
    address = "0.0.0.0" if hop["ip"] == "::" and path.get("weight") == 32768 else hop["ip"]
    # towards a neighbor the device shows the next hop that it sends: its own address there
    return own if own and address == "0.0.0.0" else address


def _status(path: Mapping[str, Any]) -> str:
    marks = path.get("appliedStatusSymbols")
    if marks is not None:
        return f"{'*' if marks.get('*') else ' '}{'>' if marks.get('>') else ' '} "
    first = next(
        (
            mark
            for key, mark in (("stale", "S"), ("suppressed", "s"), ("damped", "d"), ("history", "h"))
            if path.get(key)
        ),
        "*" if path.get("valid", True) else " ",
    )
    return f"{first}{'>' if path.get('bestpath') else ' '}{'i' if path.get('pathFrom') == 'internal' else ' '}"


def _line(prefix: str, path: Mapping[str, Any], own: str | None) -> str:
    def number(key: str) -> str:
        return "" if path.get(key) is None else str(path[key])

    start = f"{_status(path)}{prefix:<17}"
    if len(prefix) > 16:
        start = f"{_status(path)}{prefix}\n{'':20}"
    origin = path.get("bgpOriginCode") or _ORIGINS.get(path.get("origin", ""), "?")
    words = [word for word in (path.get("path", ""), origin) if word]
    return (
        f"{start}{_next_hop(path, own):<16}{number('metric'):>10}{number('locPrf'):>11}{number('weight'):>11} "
        f"{' '.join(words)}"
    )


def table(data: Mapping[str, Any], own: str | None = None) -> str:
    """A table of paths; an empty string when there is none, as on the device.

    own: our address towards the neighbor that the routes are announced to.
    """
    routes = list(_routes(data))
    if not routes:
        return ""
    router_id = data.get("routerId") or data.get("bgpLocalRouterId", "0.0.0.0")
    version = data.get("tableVersion") or data.get("bgpTableVersion", 0)
    lines = [
        f"BGP table version is {version}, local router ID is {router_id}",
        "Status codes: s suppressed, d damped, h history, * valid, > best, i - internal, l - labeled",
        "              S Stale",
        "Origin codes: i - IGP, e - EGP, ? - incomplete",
        "",
        "   Network          Next Hop            Metric     LocPrf     Weight Path",
    ]
    last = None
    for prefix, path in routes:
        lines.append(_line("" if prefix == last else prefix, path, own))
        last = prefix
    return "\n".join([*lines, "", f"Total number of prefixes {len({prefix for prefix, _path in routes})}"]) + "\n"


def entry(bgp: Bgp, data: Mapping[str, Any]) -> str:
    """The details of one prefix."""
    paths = data["paths"]
    best = next((index for index, path in enumerate(paths, 1) if path.get("bestpath", {}).get("overall")), None)
    lines = [
        f"BGP routing table entry for {data['prefix']}",
        f"Paths: ({len(paths)} available, {f'best #{best}' if best else 'no best path'}, "
        "table Default-IP-Routing-Table)",
    ]
    told = list(data.get("advertisedTo", {}))
    groups = sorted({group for group in map(bgp.group_of, told) if group})
    single = [peer for peer in told if not bgp.group_of(peer)]
    if single:
        lines += ["  Advertised to non peer-group peers:", f"  {' '.join(single)}"]
    if groups:
        lines += ["  Advertised to peer-groups:", f"  {' '.join(groups)}"]
    if not told:
        lines.append("  Not advertised to any peer")
    for path in paths:
        lines += _path(path)
    return "\n".join(lines) + "\n"


def _path(path: Mapping[str, Any]) -> list[str]:
    peer = path.get("peer", {})
    local = "sourced" in path or peer.get("peerId", "") in ("0.0.0.0", "::", "(unspec)")
    source = "0.0.0.0" if local else peer.get("peerId")
    words = [f"Origin {path.get('origin', 'incomplete')}"]
    words += [f"metric {path['metric']}"] if path.get("metric") is not None else []
    words += [f"localpref {path.get('locPrf', 100)}"]
    words += [f"weight {path['weight']}"] if path.get("weight") else []
    words += ["valid"] if path.get("valid") else ["invalid"]
    words += ["sourced, local"] if local else [peer.get("type", "external")]
    words += ["stale"] if path.get("stale") else []
    words += ["best"] if path.get("bestpath", {}).get("overall") else []
    lines = [
        f"  {path.get('aspath', {}).get('string') or 'Local'}",
        f"    {_next_hop(path)} from {source} ({peer.get('routerId', '0.0.0.0')})",
        f"      {', '.join(words)}",
    ]
    if path.get("community", {}).get("string"):
        lines.append(f"      Community: {path['community']['string']}")
    updated = path.get("lastUpdate", {}).get("string", "").strip()
    return [*lines, f"      Last update: {updated}", ""]
