# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show ip bgp neighbors``: one paragraph a session."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number

from .. import values
from .text import lines

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
# (pattern, key, how to read it)
_FACTS: tuple[tuple[re.Pattern[str], str, Any], ...] = (
    (re.compile(r"Member of peer-group (\S+)"), "peer_group", str),
    (re.compile(r"^\s+(\S+) peer-group member"), "peer_group", str),
    (re.compile(r"Description: (.*)$"), "description", str.strip),
    (re.compile(r"remote router ID (\S+)"), "router_id", str),
    (re.compile(r"BGP state = (\w+)"), "state", str),
    (re.compile(r"BGP state = \w+, up for (\S+)"), "uptime", str),
    (re.compile(r"hold time is (\d+)"), "hold_time", int),
    (re.compile(r"keepalive interval is (\d+)"), "keepalive", int),
    (re.compile(r"(\d+) accepted prefixes"), "accepted_prefixes", int),
    (re.compile(r"(\d+) announced prefixes"), "announced_prefixes", int),
    (re.compile(r"[Rr]emote restart-time is (\d+)"), "restart_time", int),
    (re.compile(r"Connections established (\d+)"), "connections_established", int),
    (re.compile(r"dropped (\d+)"), "connections_dropped", int),
    (re.compile(r"[Ll]ast [Rr]eset:? (\S+?),"), "last_reset", str),
    (re.compile(r"[Ll]ast [Rr]eset:? \S+, *(?:due to )?(.+)$"), "last_reset_reason", str.strip),
    (re.compile(r"Notification Error Message: \((.+)\)"), "notification", str),
    (re.compile(r"^Local host: (\S+?),"), "local_host", str),
    (re.compile(r"^Nexthop: (\S+)"), "next_hop", str),
)
_EMPTY = (
    "peer_group",
    "description",
    "router_id",
    "state",
    "uptime",
    "hold_time",
    "keepalive",
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
    """Read the output of one neighbor or of all.

    ``[{address, remote_as, local_as, link, router_id, state, uptime, hold_time, keepalive, capabilities,
    accepted_prefixes, announced_prefixes, peer_group, restart_time, last_reset, last_reset_reason,
    notification, …}]``. Times of sessions are texts as the device prints them, timers are seconds, prefixes
    are summed over the address families. A fact that the device does not print is None.
    """
    result: list[dict[str, Any]] = []
    for line in lines(text):
        if found := _START.search(line):
            result.append(_paragraph(found))
        elif result:
            _fact(result[-1], line)
    return result


def _paragraph(found: re.Match[str]) -> dict[str, Any]:
    return {
        "address": values.address(found[1]) if values.is_address(found[1]) else found[1],
        "remote_as": _asn(found[2]),
        "local_as": _asn(found[3]),
        "link": found[4],
        "capabilities": {name: False for name in sorted(set(_CAPABILITIES.values()))},
        "accepted_prefixes": 0,
        "announced_prefixes": 0,
        **dict.fromkeys(_EMPTY),
    }


def _asn(word: str) -> int | None:
    try:
        return as_number.read(word)
    except ValueError:
        return None


def _fact(peer: dict[str, Any], line: str) -> None:
    name, colon, words = line.strip().partition(":")
    capability = _CAPABILITIES.get(name.lower())
    if colon and capability and "advertised" in words:
        # Only what both sides said is in force.
        peer["capabilities"][capability] = "received" in words
        return
    for pattern, key, read in _FACTS:
        if found := pattern.search(line):
            value = read(found[1])
            if key.endswith("_prefixes"):
                peer[key] += value
            else:
                peer[key] = value
