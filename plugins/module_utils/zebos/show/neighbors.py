# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show ip bgp neighbors``: one paragraph per session."""

from __future__ import annotations

import re
from typing import Any

from .. import values
from .text import Unreadable, as_number_of, lines

_START = re.compile(r"BGP neighbor is (\S+?), +remote AS ([\d.]+), +local AS ([\d.]+)[^,]*, +(\w+) link")
_CAPABILITIES = {
    "route refresh": "route_refresh",
    "4-octet asn capability": "four_octet_as",
    "4 byte as": "four_octet_as",
    "address family ipv4 unicast": "ipv4_unicast",
    "address family ipv6 unicast": "ipv6_unicast",
    "graceful restart": "graceful_restart",
    "graceful restart capability": "graceful_restart",
}
# (words that the line must have, pattern, key, how to read it). The words are searched first, because that is fast.
_FACTS: tuple[tuple[str, re.Pattern[str], str, Any], ...] = (
    ("Member of", re.compile(r"Member of peer-group (\S+)"), "peer_group", str),
    ("peer-group member", re.compile(r"^\s*(\S+) peer-group member"), "peer_group", str),
    ("remote router ID", re.compile(r"remote router ID (\S+)"), "router_id", str),
    ("BGP state", re.compile(r"BGP state = (\w+)"), "state", str),
    ("up for", re.compile(r"BGP state = \w+, up for (\S+)"), "uptime", str),
    ("accepted", re.compile(r"(\d+) accepted prefixes"), "accepted_prefixes", int),
    ("announced", re.compile(r"(\d+) announced prefixes"), "announced_prefixes", int),
    ("emote restart-time", re.compile(r"[Rr]emote restart-time is (\d+)"), "restart_time", int),
    ("established", re.compile(r"Connections established (\d+)"), "connections_established", int),
    ("dropped", re.compile(r"dropped (\d+)"), "connections_dropped", int),
    ("ast ", re.compile(r"[Ll]ast [Rr]eset:? (\S+?),"), "last_reset", str),
    ("ast ", re.compile(r"[Ll]ast [Rr]eset:? \S+, *(?:due to )?(.+)$"), "last_reset_reason", str.strip),
    ("Notification", re.compile(r"Notification Error Message: \((.+)\)"), "notification", str),
    ("Local host", re.compile(r"^Local host: (\S+?),"), "local_host", str),
    ("Nexthop:", re.compile(r"^Nexthop: (\S+)"), "next_hop", str),
)
_DESCRIPTION = re.compile(r"\s*Description: (.*)$")
# "hold time is 90, keepalive interval is 30 seconds": negotiated, or both configured.
_TIMER = re.compile(r"([Cc]onfigured )?(?:[Hh](old) time|[Kk](eepalive) interval) is (\d+)")
# Characters of a line that are read: the patterns would take quadratic time for a line without an end.
_LONGEST = 1000
_FAMILY = re.compile(r"For address family: *(\S+) +(\S+)")
_EMPTY = (
    "peer_group",
    "description",
    "router_id",
    "state",
    "uptime",
    "hold_time",
    "keepalive",
    "configured_hold_time",
    "configured_keepalive",
    "restart_time",
    "connections_established",
    "connections_dropped",
    "last_reset",
    "last_reset_reason",
    "notification",
    "local_host",
    "next_hop",
)


def neighbors(text: str) -> list[dict[str, Any]]:
    """Parse the output for one or all neighbors.

    ``[{address, remote_as, local_as, link, router_id, state, uptime, hold_time, keepalive, capabilities,
    accepted_prefixes, announced_prefixes, peer_group, restart_time, last_reset, last_reset_reason,
    notification, …}]``. Uptimes are strings as printed by the device, timers are seconds, prefixes are summed over the
    address families; ``families`` has them by family, with its capabilities. ``hold_time`` and
    ``keepalive`` are negotiated, those with the prefix ``configured_`` are not. A value that is not printed is None.

    Raises Unreadable for a paragraph that cannot be parsed, and for lines before the first one.
    """
    result: list[dict[str, Any]] = []
    family = None
    for line in lines(text):
        if line.lstrip().startswith("BGP neighbor"):
            found = _START.match(line.lstrip())
            if found is None:
                raise Unreadable("show ip bgp neighbors", line)
            result.append(_paragraph(found))
            family = None
        elif result and (found := _FAMILY.search(line)):
            family = result[-1]["families"].setdefault(f"{found[1]}_{found[2]}".lower(), _family())
        elif result:
            _fact(result[-1], family, line)
        elif line.strip():
            raise Unreadable("show ip bgp neighbors", line)
    return result


def _family() -> dict[str, Any]:
    return {"capabilities": {}, "accepted_prefixes": 0, "announced_prefixes": 0}


def _paragraph(found: re.Match[str]) -> dict[str, Any]:
    return {
        "address": values.address(found[1]) if values.is_address(found[1]) else found[1],
        "remote_as": as_number_of(found[2]),
        "local_as": as_number_of(found[3]),
        "link": found[4],
        "capabilities": {name: False for name in sorted(set(_CAPABILITIES.values()))},
        "accepted_prefixes": 0,
        "announced_prefixes": 0,
        "families": {},
        **dict.fromkeys(_EMPTY),
    }


def _fact(peer: dict[str, Any], family: dict[str, Any] | None, line: str) -> None:
    line = line[:_LONGEST]
    if described := _DESCRIPTION.match(line):
        # Free text, which may look like any other line.
        peer["description"] = described[1].strip()
        return
    name, colon, words = line.strip().partition(":")
    capability = _CAPABILITIES.get(name.lower()) if colon else None
    if capability and "advertised" in words:
        # Only what both sides advertise is in effect. The session has a capability if any address family has it.
        both = "received" in words
        if family is not None:
            family["capabilities"][capability] = both
            both = both or peer["capabilities"][capability]
        peer["capabilities"][capability] = both
        return
    if "interval is" in line or "time is" in line:
        _timers(peer, line)
    for hint, pattern, key, read in _FACTS:
        if hint in line and (found := pattern.search(line)):
            value = read(found[1])
            if key == "state" and peer[key]:
                # The first line of the next neighbor is in an unknown form.
                raise Unreadable("show ip bgp neighbors", line)
            if key.endswith("_prefixes"):
                peer[key] += value
                if family is not None:
                    family[key] += value
            else:
                peer[key] = value


def _timers(peer: dict[str, Any], line: str) -> None:
    configured = ""
    for found in _TIMER.finditer(line):
        if found[2]:
            configured = "configured_" if found[1] else ""
            peer[f"{configured}hold_time"] = int(found[4])
        else:
            peer[f"{'configured_' if found[1] else configured}keepalive"] = int(found[4])
