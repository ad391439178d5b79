# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``show ip bgp summary``: one row per session."""

from __future__ import annotations

import re
from typing import Any

from .. import values
from .text import Unreadable, as_number_of, integer, lines

_ROUTER = re.compile(r"BGP router identifier (\S+?),? local AS number (\S+)")
_TOTAL = re.compile(r"Total number of neighbors (\d+)")
# Lines around the table, in any order.
_AROUND = re.compile(r"\d+ BGP |BGP |Dampening |\d+ Configured |Total ")
_TABLE = re.compile(r"BGP table version is (\d+)")
# Up/Down is blank while a session never came up: then the row has one column less.
_ROW = re.compile(
    r"^\s*(?P<version>\d+)\s+(?P<asn>[\d.]+)\s+(?P<received>\d+)\s+(?P<sent>\d+)"
    r"\s+(?P<table>\d+)\s+(?P<inq>\d+)\s+(?P<outq>\d+)(?:\s+(?P<since>never|[\dwdhmy:]+(?=\s+\S)))?\s+(?P<state>\S.*)$"
)


def summary(text: str) -> dict[str, Any]:
    """Parse the output. An empty table has no neighbors.

    ``{router_id, local_as, table_version, neighbors: [{address, version, remote_as, msg_rcvd, msg_sent,
    up_down, state, prefixes_received}]}``. ``up_down`` is None for a session that never came up, ``state``
    is ``Established`` if the device shows a number of prefixes, which is None in any other state.

    Raises Unreadable for a line that is neither a row nor known to be around the table, and when there are fewer rows
    than the device counts.
    """
    result: dict[str, Any] = {"router_id": None, "local_as": None, "table_version": None, "neighbors": []}
    waiting = ""  # a long (IPv6) address is on its own line, the numbers follow on the next one
    for line in lines(text):
        bare = line.strip()
        first, _blank, rest = bare.partition(" ")
        if values.is_address(first):
            if waiting:
                raise Unreadable("show ip bgp summary", waiting)
            waiting, bare = first, rest.strip()
        if not bare:
            continue
        if waiting:
            row = _ROW.match(bare)
            if row is None:
                raise Unreadable("show ip bgp summary", line)
            result["neighbors"].append(_neighbor(values.address(waiting), row))
            waiting = ""
        elif found := _ROUTER.search(line):
            result["router_id"], result["local_as"] = found[1].rstrip(","), as_number_of(found[2].rstrip(","))
        elif found := _TABLE.search(line):
            result["table_version"] = int(found[1])
        elif (found := _TOTAL.match(bare)) and int(found[1]) > len(result["neighbors"]):
            raise Unreadable("show ip bgp summary", line)
        elif not (_AROUND.match(bare) or (bare.startswith("Neighbor ") and "State/PfxRcd" in bare)):
            raise Unreadable("show ip bgp summary", line)
    if waiting:
        raise Unreadable("show ip bgp summary", waiting)
    return result


def _neighbor(address: str, row: re.Match[str]) -> dict[str, Any]:
    state = row["state"].strip()
    prefixes = integer(state.split()[0])
    return {
        "address": address,
        "version": int(row["version"]),
        "remote_as": as_number_of(row["asn"]),
        "msg_rcvd": int(row["received"]),
        "msg_sent": int(row["sent"]),
        "up_down": None if row["since"] in (None, "never") else row["since"],
        "state": "Established" if prefixes is not None else state,
        "prefixes_received": prefixes,
    }
