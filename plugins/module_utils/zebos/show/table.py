# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show ip bgp`` and its relatives: the paths of the BGP table.

The same columns are printed by ``show ip bgp``, ``show bgp ipv4 unicast`` and ``show ip bgp neighbors X
routes | received-routes | advertised-routes``.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from itertools import takewhile
from typing import Any

from .text import Unreadable, lines

_HEADER = re.compile(r"BGP table version is (\d+), local router ID is (\S+)")
_TOTAL = re.compile(r"Total number of prefixes (\d+)")
# Status characters are in the first three columns, with or without a blank before the prefix.
_STATUS = re.compile(r"^(?P<status>[sdhSRl*>= ]{0,3}?[*>=]?[i ]?) *(?P<rest>[0-9A-Fa-f:.]+(?:/\d+)?(?:\s.*)?)$")
_ORIGIN = {"i": "igp", "e": "egp", "?": "incomplete"}


def table(text: str) -> dict[str, Any]:
    """Parse the output: ``{table_version, router_id, total, paths: [{prefix, next_hop, metric,
    local_preference, weight, as_path, origin, valid, best, internal, status}]}``.

    A prefix that is too long for its column has its next hop on the following line; a further path to the
    same prefix omits the prefix. Numbers that are not printed are None. Raises Unreadable for a path that cannot be
    parsed.
    """
    result: dict[str, Any] = {"table_version": None, "router_id": None, "total": None, "paths": []}
    columns: tuple[int, ...] | None = None
    prefix, status, waiting = None, "", False
    for line in lines(text):
        if found := _HEADER.search(line):
            result["table_version"], result["router_id"] = int(found[1]), found[2].rstrip(",")
        elif found := _TOTAL.search(line):
            result["total"] = int(found[1])
        elif "Next Hop" in line and "Path" in line:
            columns = _columns(line)
        elif line.lstrip().startswith("Network ") and "Path" in line:
            raise Unreadable("show ip bgp", line)
        elif line.lstrip().startswith(("Status codes", "Origin codes", "S Stale")) or not line.strip():
            continue
        else:
            codes, words = _split(line)
            if not words or not _is_prefix(words[0]):
                if columns and ("*" in line[:4] or waiting):
                    raise Unreadable("show ip bgp", line)
                continue
            if waiting:
                result["paths"].append(_path(prefix, status, line, words, columns))
                waiting = False
                continue
            if "/" in words[0] or len(words) == 1 or (len(words) > 1 and _is_address(words[1])):
                prefix, words = _network(words[0]), words[1:]
            status = codes
            if words:
                result["paths"].append(_path(prefix, status, line, words, columns))
            else:
                waiting = True
    return result


def _columns(header: str) -> tuple[int, ...]:
    """The ends of the right-aligned columns, -1 for a missing column.

    Copied text may lack leading blanks, so positions are relative to "Next Hop".
    """
    start = header.index("Next Hop")
    return tuple(
        header.index(word) + len(word) - start if word in header else -1 for word in ("Metric", "LocPrf", "Weight")
    )


def _split(line: str) -> tuple[str, list[str]]:
    found = _STATUS.match(line)
    if found is None:
        return "", []
    return found["status"], found["rest"].split()


def _is_prefix(word: str) -> bool:
    return _network(word) is not None


def _is_address(word: str) -> bool:
    return "/" not in word and _network(word) is not None


@lru_cache(4096)
def _network(word: str) -> str | None:
    """A prefix or address as a prefix."""
    try:
        if "/" not in word and "." in word and ":" not in word:
            return str(ipaddress.ip_network(f"{word}/{_classful(word)}", strict=False))
        return str(ipaddress.ip_network(word, strict=False))
    except ValueError:
        return None


def _classful(word: str) -> int:
    """A prefix of classful length is printed without the length, as 10.0.0.0."""
    first = int(word.split(".")[0]) if word.split(".")[0].isdigit() else 0
    if word == "0.0.0.0":
        return 0
    return 8 if first < 128 else 16 if first < 192 else 24


def _path(
    prefix: str | None, status: str, line: str, words: list[str], columns: tuple[int, ...] | None
) -> dict[str, Any]:
    next_hop, rest = words[0], words[1:]
    start = line.rindex(next_hop) if line.count(next_hop) == 1 else line.index(next_hop, line.index(" "))
    metric, preference, weight = _numbers(line[start:], columns, rest)
    origin = rest[-1] if rest and rest[-1] in _ORIGIN else None
    printed = sum(number is not None for number in (metric, preference, weight))
    return {
        "prefix": prefix,
        "next_hop": next_hop,
        "metric": metric,
        "local_preference": preference,
        "weight": weight,
        "as_path": [word for word in rest[printed:] if word not in _ORIGIN],
        "origin": _ORIGIN.get(origin or ""),
        "valid": "*" in status,
        "best": ">" in status,
        "internal": "i" in status,
        "status": status.strip(),
    }


def _numbers(text: str, columns: tuple[int, ...] | None, rest: list[str]) -> list[int | None]:
    """Metric, local preference and weight: right-aligned, each may be blank."""
    if columns is None:
        # Filtered output without a header: the last number before the path is the weight.
        numbers = [int(word) for word in rest if word.isdigit()][:3]
        return [None] * (3 - len(numbers)) + numbers
    result: list[int | None] = [None, None, None]
    begin, shift = 0, 0
    for index, column in enumerate(columns):
        if column < 0:
            continue
        end = column + shift
        found = re.search(r"\d+$", text[begin:end]) if len(text) >= end else None
        if found:
            # A number wider than its column, such as Calico's local preference, shifts the following columns.
            more = "".join(takewhile(str.isdigit, text[end:])) if found.start() == 0 else ""
            result[index], shift = int(found[0] + more), shift + len(more)
            end += len(more)
        begin = end
    return result
