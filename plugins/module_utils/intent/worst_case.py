# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long traffic may be lost with the settings of an inventory, as determined by the protocol."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric

# A BIG-IP proposes 90 s, BIRD 240 s, and the lower one applies (RFC 4271, 4.2).
DEFAULT_HOLD_TIME = 90

# Seconds after which a unit has taken over from a peer without heartbeats: failover.nettimeoutsec (3) and one to do it.
FAILOVER = 4
_FAILOVER = "the other unit takes over its traffic groups and floating self IPs after failover.nettimeoutsec"
_OLDER = "sessions that were established before bgp_timers changed keep their hold time"
_NO_FAILSAFE = "heartbeats over another network go on, so nothing makes it stand down"


@dataclass(frozen=True)
class Silence:
    """An event, the seconds for which traffic that depends on the failed host may be lost, and what decides it."""

    event: str
    seconds: int
    reason: str


_PAIR = (
    Silence("a BIG-IP loses power", FAILOVER, _FAILOVER),
    Silence("the active BIG-IP loses its link on a VLAN without fail-safe", -1, _NO_FAILSAFE),
)


def silences(fabric: Fabric, held: int = 0) -> list[Silence]:
    """The worst case of each kind of failure. The time that Kubernetes needs to replace pods is added to it.

    :param held: the longest hold time of an established session, in seconds: other timers apply to later sessions only
    """
    hold = fabric.timers.holdtime if fabric.timers else DEFAULT_HOLD_TIME
    # The address of a pair moves to the other unit, independently of BGP.
    floating = bool(fabric.traffic_groups)
    lost = "a node loses power or its link" if floating else "a node or BIG-IP loses power or its link"
    taken = _PAIR if floating else ()
    ended = "BIRD or the BIG-IP's routing daemon stops and does not restart"
    restart = (
        Silence(ended, fabric.restart_time, "graceful restart keeps its routes for bgp_restart_time")
        if fabric.graceful_restart
        else Silence(ended, 0, "the TCP connection closes, and bgp_graceful_restart is false")
    )
    if not hold:
        return [*taken, Silence(lost, -1, "the hold time is 0: a lost neighbor is never detected"), restart]
    if held > hold:
        return [*taken, Silence(lost, held, f"{_OLDER}; {hold} s once they are established again"), restart]
    return [*taken, Silence(lost, hold, "its routes stay until the hold time ends"), restart]


def sentence(fabric: Fabric, held: int = 0) -> str:
    """One line for a report. ``held``: as in ``silences``."""
    parts = [f"{one.event}: {f'{one.seconds} s' if one.seconds >= 0 else 'for ever'}" for one in silences(fabric, held)]
    return f"Longest packet loss with these settings: {'; '.join(parts)}."
