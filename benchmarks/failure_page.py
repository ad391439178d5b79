# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of failures, and docs/failures.md made of what benchmarks/failures.py measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent.parent / "docs"
RESULTS, PAGE = DOCS / "failures.json", DOCS / "failures.md"
TEXT = Path(__file__).with_name("failures.md.in")

# Those of the device, which a run without bgp_timers would leave as they are.
DEFAULT = {"bgp_timers": {"keepalive": 30, "holdtime": 90}}
SHORT = {"bgp_timers": {"keepalive": 3, "holdtime": 9}}
WITHOUT = {"bgp_graceful_restart": False}
SETTINGS: dict[str, dict[str, Any]] = {
    "default timers, graceful restart": DEFAULT,
    "short timers, graceful restart": SHORT,
    "default timers, no graceful restart": {**DEFAULT, **WITHOUT},
    "short timers, no graceful restart": {**SHORT, **WITHOUT},
}
HOLD = {name: 9 if "short" in name else 90 for name in SETTINGS}
RESTART_TIME = 120  # seconds: bgp_restart_time, and what BIRD announces by default
LATE = 15  # seconds after which a silence did not begin with the event
COLUMNS = ("pod to VIP", "client to VIP", "BIG-IP to pod", "pod to pod")

# What decides how long traffic is lost, as the protocol or the product has it.
HOLDS = "hold time"
GRATUITOUS = "gratuitous ARP, sent once the other unit is active"
HEARTBEATS = "failover.nettimeoutsec, 3 s"
FAILSAFE = "VLAN fail-safe, 10 s"
RESTART = "graceful restart"
NO_TIMERS = "The same with short timers: a daemon that ends closes its TCP connections, so no hold time has to end."
NOTHING = "nothing: another path is in use"


@dataclass(frozen=True)
class Event:
    """One failure.

    :ivar commands: programs of lab/bin with their arguments, and ``back`` those that end the failure
    :ivar lost: the host whose own streams are not counted
    :ivar after: seconds that it is watched, and ``holds`` whether the hold time comes on top
    :ivar watched: whether it is measured when the BIG-IP has withdrawn the pod routes of k8s-node1
    :ivar reflectors: the topology that it needs; empty: all nodes peer
    :ivar timers: whether timers can decide anything; if not, it is measured with the default ones only
    """

    key: str
    name: str
    decides: str
    commands: tuple[tuple[str, ...], ...]
    back: tuple[tuple[str, ...], ...] = ()
    lost: str = ""
    after: float = 6
    holds: bool = False
    watched: bool = False
    reflectors: tuple[str, ...] = ()
    timers: bool = True

    @property
    def settings(self) -> list[str]:
        """The settings with which it is measured."""
        return [name for name in SETTINGS if self.timers or "default" in name]

    def settle(self, hold: int) -> float:
        return self.after + (hold if self.holds else 0)


def _on(host: str, command: str) -> tuple[str, ...]:
    return ("on", host, "sh", "-c", command)


# runit starts a crashed daemon again, unless it was told to run it once.
_KILL_BIRD = "sv once bird >/dev/null; pkill -9 -x bird"

EVENTS = (
    Event("failover", "failover by command", GRATUITOUS,
          (("lab", "tmsh", "bigip1", "run", "sys", "failover", "standby"),), after=3),
    Event("unit-power", "the active unit loses power", HEARTBEATS, (("lab", "power", "off", "bigip1"),),
          (("lab", "power", "on", "bigip1"),), lost="bigip1"),
    Event("unit-link", "the active unit's link goes down", FAILSAFE, (("lab", "cable", "out", "bigip1"),),
          (("lab", "cable", "in", "bigip1"),), lost="bigip1", after=13),
    Event("bgpd", "the active unit's routing daemon crashes and restarts", RESTART,
          (_on("bigip1", "pkill -9 -x bgpd"),), after=10),
    Event("tmm", "TMM of the active unit stops", HEARTBEATS, (("on", "bigip1", "sv", "down", "bigip"),),
          (("on", "bigip1", "sv", "up", "bigip"),)),
    Event("bird", "BIRD on a node crashes and restarts", RESTART, (_on("k8s-node1", "pkill -9 -x bird"),), after=10),
    Event("node-link", "a node's link goes down", HOLDS, (("lab", "cable", "out", "k8s-node1"),),
          (("lab", "cable", "in", "k8s-node1"),), lost="k8s-node1", holds=True, watched=True),
    Event("node-power", "a node loses power", HOLDS, (("lab", "power", "off", "k8s-node1"),),
          (("lab", "power", "on", "k8s-node1"),), lost="k8s-node1", holds=True, watched=True),
    Event("one-reflector", "BIRD on one of two reflectors stops permanently", NOTHING, (_on("k8s-node1", _KILL_BIRD),),
          (("on", "k8s-node1", "sv", "up", "bird"),), lost="k8s-node1", after=10,
          reflectors=("k8s-master", "k8s-node1"), timers=False),
    Event("all-reflectors", "BIRD on all reflectors stops permanently", RESTART, (_on("k8s-master", _KILL_BIRD),),
          (("on", "k8s-master", "sv", "up", "bird"),), after=RESTART_TIME + 15, watched=True,
          reflectors=("k8s-master",), timers=False),
)  # fmt: skip


def page(measured: Sequence[Mapping[str, Any]]) -> str:
    """docs/failures.md."""
    return TEXT.read_text().replace("@TABLES@", "\n\n".join(_table(event, measured) for event in EVENTS))


def _table(event: Event, measured: Sequence[Mapping[str, Any]]) -> str:
    found = {one["settings"]: one for one in measured if one["event"] == event.name}
    head = ["settings", *COLUMNS, *(["route withdrawn after"] if event.watched else []), "forced by protocol or device"]
    lines = [f"### {event.name[0].upper()}{event.name[1:]}", ""]
    if found:
        lines += [_row(head), _row("---" for _column in head)]
    for settings in (name for name in SETTINGS if name in found):
        cells = [_silence(found[settings], column) for column in COLUMNS]
        if event.watched:
            gone = found[settings].get("routes gone after")
            cells.append("not within the test" if gone is None else f"{gone:g} s")
        lines.append(_row([settings, *cells, forced(event, settings)]))
    missing = [name for name in event.settings if name not in found]
    notes = [f"Not measured: {'; '.join(missing)}."] if missing else []
    notes += [] if event.timers else [NO_TIMERS]
    lines += [*([""] if found else []), *notes] if notes else []
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _silence(one: Mapping[str, Any], column: str) -> str:
    """``2.42 s``, with when it began if that was not at once; a dash where all streams end at the lost host."""
    if column not in one:
        return "–"
    if one[column] is None:
        return "no answer"
    begun = (one.get("from") or {}).get(column, 0)
    return f"{one[column]:g} s" + (f", from {begun:.0f} s on" if begun > LATE else "")


def forced(event: Event, settings: str) -> str:
    """What cannot be faster, or cannot be avoided, with these settings."""
    restarts = "no graceful" not in settings
    match event.decides:
        case "hold time":
            return f"the hold time, {HOLD[settings]} s: the loss is not detected earlier"
        case "graceful restart" if restarts and event.key == "bgpd":
            return (
                "pod routes: none; VIPs: from the end of the first update until the daemon has read the kernel's routes"
            )
        case "graceful restart" if restarts:
            return f"none for {RESTART_TIME} s: graceful restart keeps the routes"
        case "graceful restart" if event.key == "bgpd":
            return "no route on either side until the session is established again"
        case "graceful restart" if event.reflectors:
            return (
                f"none for {RESTART_TIME} s on nodes; FRR as the BIG-IP's daemon keeps a neighbor's routes in any case"
            )
        case "graceful restart":
            return "the BIG-IP has no routes until the session is established again"
        case other:
            return other
