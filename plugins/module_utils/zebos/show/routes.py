# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show ip route``: the routing table of the route domain."""

from __future__ import annotations

import re
from typing import Any

from .text import Unreadable, integer, lines, network

# "B       10.244.1.0/26 [200/0] via 172.16.40.198, int_vlan, 00:01:49"; further next hops of the same prefix follow on
# the same line, each with "via", or on separate lines that begin with the brackets, "via" or "(recursive". A prefix may
# be on a line of its own.
_ROUTE = re.compile(
    r"^(?P<code>[A-Za-z][A-Za-z0-9]?)[*>]*(?: (?:E1|E2|N1|N2|IA|L1|L2|ia))?[\s*>]*(?<=\s)"
    r"(?P<prefix>(?=\S{0,60}[.:])[0-9A-Fa-f:.]+(?:/\d+)?)(?:\s+(?P<rest>\S.*))?$"
)
_MORE = re.compile(r"^\s+(?:[*>]+\s+)?(?P<rest>(?:\[\d+/\d+\]|via |\(recursive |is ).*)$")
# Lines around the table: the legend of the codes, the name of the table, the gateway.
_AROUND = re.compile(
    r"(?:Codes: )?\s*[A-Za-z0-9*>]{1,2} - [A-Za-z]|IP(?:v6)? Rout(?:e|ing) Table|Gateway of last resort is "
)
_NEXT = re.compile(r"(?:,\s*|(?<!\])(?<!\(recursive)\s+)(?=via |\[\d+/\d+\]\s+via )")
# The next hop is reached through another route: its interface, or another next hop.
_RECURSIVE = re.compile(
    r"\(recursive (?:is directly connected, *(?P<interface>[^,)]+)|via (?P<via>[^,)]+)[^)]*)\)[ )]*"
)
# "via TUNNEL tunnel ADDRESS" names the interface first. Behind the commas are the interface, the age and, in brackets,
# a priority.
_HOP = re.compile(
    r"(?:\[(?P<distance>\d+)/(?P<metric>\d+)\] )?"
    r"(?:via (?:(?P<tunnel>\S+) tunnel )?(?P<via>[0-9A-Fa-f:]*[.:][0-9A-Fa-f:.]+)(?: \[\d+\])?"
    r"|is directly connected|is a summary)"
    r"(?:, (?P<interface>(?!\[|\d+:\d\d)[^\s,]+))??(?:, (?P<age>\d+:\d\d:\d\d|(?:\d+[ywdhms])+))?(?:, \[\d+/\d+\])?"
)


def routes(text: str) -> list[dict[str, Any]]:
    """Parse the table: ``[{code, prefix, distance, metric, via, interface, age}]``.

    ``via`` is None for a connected or summary route. Distance and metric are None if the device does not print them
    (connected routes; kernel routes of old TMOS). Each equal-cost next hop is a separate route. Raises Unreadable for
    a line that is neither a route nor known to be around the table.
    """
    result: list[dict[str, Any]] = []
    head: dict[str, Any] = {}
    waiting = ""  # the line of a prefix without a next hop yet
    for line in lines(text):
        before: dict[str, Any] | None = None
        if found := _ROUTE.match(line):
            prefix = network(found["prefix"])
            if waiting or prefix is None:
                raise Unreadable("show ip route", waiting or line)
            head = {"code": found["code"], "prefix": prefix}
            if found["rest"] is None:
                waiting = line
                continue
        elif head and (found := _MORE.match(line)):
            before = None if waiting else result[-1]
            waiting = ""
        elif not line.strip() or _AROUND.match(line):
            continue
        else:
            raise Unreadable("show ip route", line)
        hops = _hops(found["rest"], before)
        if not hops:
            raise Unreadable("show ip route", line)
        result += [{**head, **hop} for hop in hops]
    if waiting:
        raise Unreadable("show ip route", waiting)
    return result


def _hops(rest: str, before: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The next hops in a line; none if one of them cannot be parsed."""
    if before is not None and rest.startswith("(recursive "):
        rest = f"via {before['via']} {rest}"
    found: list[dict[str, Any]] = []
    for part in _NEXT.split(" ".join(rest.split())):
        hop = _hop(part)
        if hop is None:
            return []
        if hop["distance"] is None and hop["via"] and (found or before):
            # The brackets are printed once for all next hops.
            printed = found[-1] if found else before or {}
            hop |= {key: printed[key] for key in ("distance", "metric")}
        found.append(hop)
    # So is the age, after the last next hop.
    for hop in found if found[-1]["age"] else ():
        hop["age"] = hop["age"] or found[-1]["age"]
    return found


def _hop(rest: str) -> dict[str, Any] | None:
    interface = None
    if "(recursive " in rest:
        recursive = _RECURSIVE.search(rest)
        if recursive is None:
            return None
        interface = (recursive["interface"] or "").strip() or None
        rest = rest[: recursive.start()].rstrip() + rest[recursive.end() :]
    hop = _HOP.fullmatch(rest)
    if hop is None:
        return None
    return {
        "distance": integer(hop["distance"]),
        "metric": integer(hop["metric"]),
        "via": hop["via"],
        "interface": hop["interface"] or hop["tunnel"] or interface,
        "age": hop["age"],
    }
