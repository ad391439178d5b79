# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""haproxy's statistics socket: check results and counters."""

from __future__ import annotations

import csv
import io
import socket
from collections.abc import Mapping

from bigip.tmm.plan import MemberKey


def ask(path: str, command: str, timeout: float = 3.0) -> str:
    """One command and its answer. Raises OSError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(timeout)
        link.connect(path)
        link.sendall(f"{command}\n".encode())
        pieces = []
        while piece := link.recv(65536):
            pieces.append(piece)
    return b"".join(pieces).decode(errors="replace")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("# "))))


def health(table: list[dict[str, str]], members: Mapping[tuple[str, str], MemberKey]) -> dict[MemberKey, str]:
    """``up`` or ``down`` for every watched member that a check has answered for since haproxy began."""
    found = {}
    for row in table:
        key = members.get((row["pxname"], row["svname"]))
        if key is None or row["check_status"].lstrip("* ") in ("", "INI", "UNK"):
            continue
        found[key] = "up" if row["status"].startswith(("UP", "NOLB")) else "down"
    return found


def counters(
    table: list[dict[str, str]], frontends: Mapping[str, str], servers: Mapping[str, MemberKey]
) -> dict[object, dict[str, int]]:
    """By virtual server's name, by (pool, member), and by pool."""
    found: dict[object, dict[str, int]] = {}
    for row in table:
        if row["svname"] == "FRONTEND" and row["pxname"] in frontends:
            _add(found, frontends[row["pxname"]], row)
        elif row["pxname"].startswith("pool:") and row["svname"] in servers:
            key = servers[row["svname"]]
            _add(found, key, row)
            _add(found, key[0], row)
    return found


def _add(found: dict[object, dict[str, int]], key: object, row: Mapping[str, str]) -> None:
    sums = found.setdefault(key, {})
    for name, column, factor in (
        ("curConns", "scur", 1),
        ("maxConns", "smax", 1),
        ("totConns", "stot", 1),
        ("bitsIn", "bin", 8),
        ("bitsOut", "bout", 8),
    ):
        sums[name] = sums.get(name, 0) + int(row.get(column) or 0) * factor
