# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show bfd session`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .neighbors import clock

_HEAD = "Sess-Idx   Remote-Disc  Lower-Layer  Sess-Type   Sess-State  UP-Time   Remote-Addr"


def text(sessions: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """All BFD sessions."""
    lines = ["BFD process for VRF: (DEFAULT VRF)", "=" * len(_HEAD), _HEAD]
    found = list(sessions)
    for session in found:
        kind = "Multi-Hop" if session.get("multihop") else "Single-Hop"
        state = session.get("status", "down").capitalize()
        lines.append(
            f"{session.get('id', 0):<10} {session.get('remote-id', 0):<12} {'IPv4':<12} {kind:<11} "
            f"{state:<11} {clock(session.get('uptime', 0) * 1000):<9} {session['peer']}/32"
        )
    return "\n".join([*lines, f"Number of Sessions:    {len(found)}"]) + "\n"
