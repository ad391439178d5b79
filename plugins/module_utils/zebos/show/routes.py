# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show ip route``: the routing table of the route domain."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from .text import integer, lines

# "B       10.244.1.0/26 [200/0] via 172.16.40.198, int_vlan, 00:01:49"; further next hops of the same prefix
# follow on lines of their own that begin with the brackets or with "via".
_ROUTE = re.compile(
    r"^(?P<code>[A-Za-z][A-Za-z0-9]?)(?P<flags>[ *>A-Z0-9a-z]*?)\s+"
    r"(?P<prefix>(?=\S*[.:])[0-9A-Fa-f:.]+(?:/\d+)?)\s+(?P<rest>.+)$"
)
_BRACKETS = re.compile(r"^\[(\d+)/(\d+)\]\s*")
_GATEWAY = re.compile(r"^Gateway of last resort is (\S+)")


def routes(text: str) -> list[dict[str, Any]]:
    """Read the table: ``[{code, prefix, distance, metric, via, interface, age}]``.

    ``via`` is None for what is directly connected or a summary. Distance and metric are None where the
    device prints none (connected routes; kernel routes of old TMOS). A line with an equal-cost next hop is
    a route of its own.
    """
    result: list[dict[str, Any]] = []
    for line in lines(text):
        found = _ROUTE.match(line)
        if found and _prefix(found["prefix"]):
            route = _hop(found["rest"])
            if route:
                result.append({"code": found["code"], "prefix": _prefix(found["prefix"]), **route})
        elif result and line[:1].isspace() and line.lstrip().startswith(("[", "via")):
            route = _hop(line.strip())
            if route:
                result.append({"code": result[-1]["code"], "prefix": result[-1]["prefix"], **route})
    return result


def gateway(text: str) -> str | None:
    """The gateway of last resort, None when it is not set."""
    for line in lines(text):
        found = _GATEWAY.match(line.strip())
        if found:
            return None if found[1] == "not" else found[1].rstrip(",")
    return None


def _prefix(word: str) -> str | None:
    try:
        return str(ipaddress.ip_network(word, strict=False))
    except ValueError:
        return None


def _hop(rest: str) -> dict[str, Any] | None:
    brackets = _BRACKETS.match(rest)
    distance, metric = (int(brackets[1]), int(brackets[2])) if brackets else (None, None)
    rest = rest[brackets.end() :] if brackets else rest
    words = [word.strip() for word in rest.split(",")]
    if words[0].startswith("via "):
        via, rest_words = words[0][4:].strip(), words[1:]
    elif words[0] in ("is directly connected", "is a summary") or "summary" in words[0]:
        via, rest_words = None, words[1:]
    else:
        return None
    return {
        "distance": distance if distance is not None else integer(None),
        "metric": metric,
        "via": via,
        "interface": rest_words[0] if rest_words else None,
        "age": rest_words[1] if len(rest_words) > 1 else None,
    }
