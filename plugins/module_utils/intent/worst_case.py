# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long traffic may be lost with the settings of an inventory, as determined by the protocol."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric

# A BIG-IP proposes 90 s, BIRD 240 s, and the lower one applies (RFC 4271, 4.2).
DEFAULT_HOLD_TIME = 90

# Seconds after which a unit takes over the traffic groups of a peer without heartbeats: failover.nettimeoutsec.
FAILOVER = 3
_FAILOVER = "the other unit takes over its traffic groups and floating self IPs after failover.nettimeoutsec"


@dataclass(frozen=True)
class Silence:
    """An event, the seconds for which traffic that depends on the failed host may be lost, and what decides it."""

    event: str
    seconds: int
    reason: str


def silences(fabric: Fabric) -> list[Silence]:
    """The worst case of each kind of failure. The time that Kubernetes needs to replace pods is added to it."""
    hold = fabric.timers.holdtime if fabric.timers else DEFAULT_HOLD_TIME
    # The address of a pair moves to the other unit, independently of BGP.
    floating = bool(fabric.traffic_groups)
    lost = "a node loses power or its link" if floating else "a node or BIG-IP loses power or its link"
    taken = [Silence("a BIG-IP loses power", FAILOVER, _FAILOVER)] if floating else []
    ended = "BIRD or the BIG-IP's routing daemon stops and does not restart"
    restart = (
        Silence(ended, fabric.restart_time, "graceful restart keeps its routes for bgp_restart_time")
        if fabric.graceful_restart
        else Silence(ended, 0, "the TCP connection closes, and bgp_graceful_restart is false")
    )
    if not hold:
        return [*taken, Silence(lost, -1, "the hold time is 0: a lost neighbor is never detected"), restart]
    return [*taken, Silence(lost, hold, "its routes stay until the hold time ends"), restart]


def sentence(fabric: Fabric) -> str:
    """One line for a report."""
    parts = [f"{one.event}: {f'{one.seconds} s' if one.seconds >= 0 else 'for ever'}" for one in silences(fabric)]
    return f"Longest packet loss with these settings: {'; '.join(parts)}."
