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
_TABLE = re.compile(r"BGP table version is (\d+)")
# Up/Down is blank while a session never came up: then the row has one column less.
_ROW = re.compile(
    r"^\s*(?P<version>\d+)\s+(?P<asn>[\d.]+)\s+(?P<received>\d+)\s+(?P<sent>\d+)"
    r"\s+(?P<table>\d+)\s+(?P<inq>\d+)\s+(?P<outq>\d+)(?:\s+(?P<since>never|[\dwdhmy:]+(?=\s+\S)))?\s+(?P<state>\S.*)$"
)


def summary(text: str) -> dict[str, Any]:
    """Parse the output. An empty table has no neighbors. Raises Unreadable for a row that cannot be parsed.

    ``{router_id, local_as, table_version, neighbors: [{address, version, remote_as, msg_rcvd, msg_sent,
    up_down, state, prefixes_received}]}``. ``up_down`` is None for a session that never came up, ``state``
    is ``Established`` if the device shows a number of prefixes, which is None in any other state.
    """
    result: dict[str, Any] = {"router_id": None, "local_as": None, "table_version": None, "neighbors": []}
    address, header = None, False
    for line in lines(text):
        if found := _ROUTER.search(line):
            result["router_id"], result["local_as"] = found[1].rstrip(","), as_number_of(found[2].rstrip(","))
        elif found := _TABLE.search(line):
            result["table_version"] = int(found[1])
        elif line.lstrip().startswith("Neighbor ") and "State/PfxRcd" in line:
            header = True
        else:
            # A long (IPv6) address is on its own line, the numbers follow on the next one.
            first, _blank, rest = line.strip().partition(" ")
            if values.is_address(first):
                if header and address:
                    raise Unreadable("show ip bgp summary", address)
                address = values.address(first)
                row = _ROW.match(rest)
            else:
                row, rest = (_ROW.match(line) if address else None), line
            if header and address and rest.strip() and not row:
                raise Unreadable("show ip bgp summary", line)
            if address and row:
                result["neighbors"].append(_neighbor(address, row))
                address = None
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
