# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which unit is active for a traffic group. Pure.

Each unit decides for itself, from its own state and the last known state of its peer.
"""

from __future__ import annotations

from dataclasses import dataclass

ACTIVE, STANDBY, OFFLINE = "active", "standby", "offline"


@dataclass(frozen=True)
class Standing:
    """A unit's state for one traffic group. ``willing``: it was not forced to standby, and none of its VLANs failed."""

    state: str
    willing: bool = True


def decide(mine: Standing, peer: Standing | None, preferred: bool) -> str:
    """The state to take; ``peer`` is None without heartbeats, ``preferred`` by the group's order of units.

    The active unit stays active while it is willing: a unit that returns does not take the group back.
    """
    if mine.state == OFFLINE:
        return OFFLINE
    if peer is None or peer.state == OFFLINE:
        return ACTIVE
    if mine.willing != peer.willing:
        return ACTIVE if mine.willing else STANDBY
    if mine.state != peer.state:
        return mine.state
    return ACTIVE if preferred else STANDBY
