# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of ``calicoctl node status``. Format: calicoctl v3.28 to v3.31."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers.bird import BGP_STATES
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable

_TYPES = {
    "node-to-node mesh": "NodeMesh",
    "node specific": "NodePeer",
    "global": "GlobalPeer",
    "Mesh": "NodeMesh",
    "Node": "NodePeer",
    "Global": "GlobalPeer",
}
_COLUMNS = ["PEER ADDRESS", "PEER TYPE", "STATE", "SINCE", "INFO"]
_PORT = re.compile(r"\.port\.([0-9]+)$")


def parse(text: str) -> dict[str, t.Any]:
    """``running``, ``sessions`` (peer_ip, port, type, state, since, last_error, family), and ``notes``.

    The exit code of the command cannot be used: it is 0 even without BIRD's socket. ``notes`` has messages
    that the program prints instead of a table. Raises Unreadable for a row in another form.
    """
    sessions: list[dict[str, t.Any]] = []
    notes: list[str] = []
    family = 4
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("IPv6 BGP status"):
            family = 6
        elif stripped.startswith("|"):
            cells = [cell.strip() for cell in stripped[1:].removesuffix("|").split("|")]
            more = not any(cells[:4])  # a long INFO continues in the next row
            if len(cells) != len(_COLUMNS) or not (sessions if more else cells[0]):
                raise Unreadable("calicoctl node status", line)
            if more:
                last = sessions[-1]
                last["last_error"] = " ".join(filter(None, (last["last_error"], cells[4]))) or None
            elif cells != _COLUMNS:
                sessions.append(_session(cells, family))
        elif "|" in stripped:
            raise Unreadable("calicoctl node status", line)
        elif stripped and not stripped.startswith(("+", "IPv4 BGP", "Calico process is running")):
            notes.append(stripped)
    return {"running": "Calico process is running" in text, "sessions": sessions, "notes": notes}


def _session(cells: list[str], family: int) -> dict[str, t.Any]:
    port = _PORT.search(cells[0])
    word, _blank, rest = cells[4].partition(" ")
    known = word in BGP_STATES
    return {
        "peer_ip": _PORT.sub("", cells[0]),
        "port": int(port.group(1)) if port else 179,
        "type": _TYPES.get(cells[1]),
        "state": word if known else cells[2],
        "since": cells[3] or None,
        "last_error": (rest if known else cells[4]).strip() or None,
        "family": family,
    }
