# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show ip bgp`` and its relatives: the paths of the BGP table.

The same columns are printed by ``show ip bgp``, ``show bgp ipv4 unicast`` and ``show ip bgp neighbors X
routes | received-routes | advertised-routes``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from .text import Unreadable, lines, network

_HEADER = re.compile(r"BGP table version is (\d+), local router ID is (\S+)")
_TOTAL = re.compile(r"Total number of prefixes (\d+)")
# Status characters are in the first three columns, with or without a blank before the prefix.
_STATUS = re.compile(
    r"^(?P<status>[sdhSRl*>= ]{0,3}?[*>=]?[i ]?) *(?P<rest>[0-9A-Fa-f]*[.:][0-9A-Fa-f:.]*(?:/\d+)?(?:\s.*)?)$"
)
# Lines around the table: the legend of the codes and the name of the address family.
_AROUND = re.compile(
    r"\s*(?:(?:Status|Origin|RPKI validation) codes|BGP Address Family |For address family)|\s*[A-Za-z=] \w+"
)
_ORIGIN = {"i": "igp", "e": "egp", "?": "incomplete"}


@dataclass
class _Row:
    """What is known of a row: it may be on several lines, because its prefix or its next hop is long."""

    line: str
    status: str
    prefix: str
    next_hop: str = ""
    start: int = 0  # column of the next hop
    end: int = 0  # column behind it


def table(text: str) -> dict[str, Any]:
    """Parse the output: ``{table_version, router_id, total, paths: [{prefix, next_hop, metric,
    local_preference, weight, as_path, origin, valid, best, internal, status}]}``.

    A prefix that is too long for its column has its next hop on the following line; a further path to the
    same prefix omits the prefix. Numbers that are not printed are None. Raises Unreadable for a line that is neither
    a path nor known to be around the table, and when there are fewer prefixes than the device counts.
    """
    result: dict[str, Any] = {"table_version": None, "router_id": None, "total": None, "paths": []}
    # Filtered output has no header.
    columns = _columns("   Network          Next Hop            Metric     LocPrf     Weight Path")
    prefix, row, seen = "", None, 0
    for line in lines(text):
        if row:
            row = _continued(row, line)
        elif found := _HEADER.search(line):
            result["table_version"], result["router_id"] = int(found[1]), found[2].rstrip(",")
        elif found := _TOTAL.search(line):
            result["total"] = int(found[1])
            if result["total"] > seen:
                raise Unreadable("show ip bgp", line)
        elif "Next Hop" in line and "Path" in line:
            columns, prefix, seen = _columns(line), "", 0
        elif not line.strip() or _AROUND.match(line):
            continue
        else:
            row = _begun(line, prefix)
            seen += row.prefix != prefix
            prefix = row.prefix
        if row and row.next_hop and (words := row.line[row.end :].split()):
            result["paths"].append(_path(row, words, columns))
            row = None
    if row:
        raise Unreadable("show ip bgp", row.line)
    return result


def _columns(header: str) -> tuple[int, ...]:
    """The ends of the right-aligned columns, -1 for a missing column.

    Copied text may lack leading blanks, so positions are relative to "Next Hop".
    """
    start = header.index("Next Hop")
    return tuple(
        header.index(word) + len(word) - start if word in header else -1 for word in ("Metric", "LocPrf", "Weight")
    )


def _begun(line: str, prefix: str) -> _Row:
    """The beginning of a row; without a prefix of its own it is a further path to the prefix before it."""
    found = _STATUS.match(line)
    words = found["rest"].split(None, 2) if found else []
    if found is None or _network(words[0]) is None:
        raise Unreadable("show ip bgp", line)
    start = found.start("rest")
    # A prefix of classful length is printed without it, as 10.0.0.0.
    if "/" in words[0] or (len(words) > 1 and _is_address(words[1])) or (len(words) == 1 and start < 10):
        row = _Row(line, found["status"], str(_network(words[0])))
        start += len(words.pop(0))
    elif prefix:
        row = _Row(line, found["status"], prefix)
    else:
        raise Unreadable("show ip bgp", line)
    return _with_next_hop(row, line, start, words[0]) if words else row


def _continued(row: _Row, line: str) -> _Row:
    """The row with the next line of it."""
    words = line.split(None, 1)
    if not words or not line[0].isspace():
        raise Unreadable("show ip bgp", row.line)
    if not row.next_hop:
        return _with_next_hop(row, line, 0, words[0])
    row.line, row.end = line, 0
    return row


def _with_next_hop(row: _Row, line: str, begin: int, word: str) -> _Row:
    if not _is_address(word):
        raise Unreadable("show ip bgp", line)
    row.line, row.next_hop, row.start = line, word, line.index(word, begin)
    row.end = row.start + len(word)
    return row


def _is_address(word: str) -> bool:
    return "/" not in word and _network(word) is not None


def _network(word: str) -> str | None:
    """A prefix or address as a prefix."""
    return network(word if "/" in word or ":" in word else f"{word}/{_classful(word)}")


def _classful(word: str) -> int:
    """A prefix of classful length is printed without the length, as 10.0.0.0."""
    head = word.partition(".")[0]
    first = int(head) if head.isdigit() else 0
    if word == "0.0.0.0":
        return 0
    return 8 if first < 128 else 16 if first < 192 else 24


def _path(row: _Row, words: list[str], columns: tuple[int, ...]) -> dict[str, Any]:
    metric, preference, weight = numbers = _numbers(row.line[row.start :], columns)
    printed = "".join(str(number) for number in numbers if number is not None)
    # Wide numbers touch.
    count = next((n for n in range(4) if "".join(words[:n]) == printed), None)
    # A weight is always printed: without one the columns are elsewhere.
    if count is None or words[-1] not in _ORIGIN or (weight is None and columns[2] >= 0):
        raise Unreadable("show ip bgp", row.line)
    return {
        "prefix": row.prefix,
        "next_hop": row.next_hop,
        "metric": metric,
        "local_preference": preference,
        "weight": weight,
        "as_path": words[count:-1],
        "origin": _ORIGIN[words[-1]],
        "valid": "*" in row.status,
        "best": ">" in row.status,
        "internal": "i" in row.status,
        "status": row.status.strip(),
    }


def _numbers(text: str, columns: tuple[int, ...]) -> list[int | None]:
    """Metric, local preference and weight: right-aligned, each may be blank."""
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
