# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BGP state of all nodes in one shape, from whichever sources there are, and waiting for it."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import shell

Report = dict[str, t.Any]
AskApi = t.Callable[[t.Sequence[str]], t.Mapping[str, t.Optional[Report]]]
AskShell = t.Callable[[t.Sequence[str]], t.Mapping[str, t.Union[str, Exception]]]


@dataclasses.dataclass(frozen=True)
class Expected:
    """What to wait for. Keys are nodes: ``peers`` addresses, ``routes`` networks in BIRD, ``replacements``
    networks that BIRD knows from another session than the mesh's, ``kernel_routes`` networks that BIRD has put
    into the kernel."""

    peers: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    routes: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    replacements: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    kernel_routes: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)

    @property
    def nodes(self) -> list[str]:
        return sorted({*self.peers, *self.routes, *self.replacements, *self.kernel_routes})


def combine(report: Report | None, output: str | Exception | None, asked_api: bool) -> Report:
    """One node in the shape of the module, from its CalicoNodeStatus and from what a shell on it printed."""
    seen = shell.observe(output) if isinstance(output, str) else {}
    problems = list(seen.get("errors", []))
    if isinstance(output, Exception):
        problems.append(str(output))
    if asked_api and report is None:
        problems.append(
            "no CalicoNodeStatus report: is that the name of a node, and does calico-node run there?"
        )
    router = seen.get("router_id")
    agent = (report or {}).get("agent") or {"state": "Ready" if seen.get("up") else None, "router_id": router}
    sessions = (report or {}).get("sessions")
    if sessions is None or (not sessions and seen.get("sessions")):
        sessions = seen.get("sessions") or []  # without bird6 Calico reports zeroes for IPv4 too
    routes = (report or {}).get("routes")
    if routes is None or (not routes and seen.get("routes")):
        routes = seen.get("routes") or []
    return {
        "agent": agent,
        "sessions": _with_errors(sessions, seen.get("sessions") or []),
        "routes": routes,
        "kernel_routes": seen.get("kernel_routes"),
        "bird": seen.get("bird"),
        "graceful_restart_wait": bool(seen.get("recovering")),
        "error": "; ".join(problems) or None,
    }


def _with_errors(sessions: t.Sequence[Report], told: t.Sequence[Report]) -> list[Report]:
    """Calico's own report lacks the last error; BIRD's words have it."""
    errors = {row["peer_ip"]: row["last_error"] for row in told}
    return [{**row, "last_error": row["last_error"] or errors.get(row["peer_ip"])} for row in sessions]


def observe(nodes: t.Sequence[str], ask_api: AskApi | None, ask_shell: AskShell | None) -> dict[str, Report]:
    """Every node's state, by one round through the sources there are."""
    reports = ask_api(nodes) if ask_api else {}
    outputs = ask_shell(nodes) if ask_shell else {}
    return {node: combine(reports.get(node), outputs.get(node), ask_api is not None) for node in nodes}


def missing(node: str, state: Report, expected: Expected) -> list[str]:
    """What a node still lacks, one sentence each; an empty list means that it is as expected."""
    lacks: list[str] = []
    sessions = {row["peer_ip"]: row for row in state["sessions"]}
    for peer in expected.peers.get(node, ()):
        row = sessions.get(peer)
        if row is None:
            lacks.append(f"{node}: no session with {peer} is configured")
        elif row["state"] != "Established":
            why = f" ({row['last_error']})" if row["last_error"] else ""
            lacks.append(f"{node}: the session with {peer} is {row['state']}{why} since {row['since']}")
    best = {row["destination"] for row in state["routes"] if row["type"] == "FIB"}
    lacks += [f"{node}: BIRD has no route to {net}" for net in expected.routes.get(node, ()) if net not in best]
    others = {row["destination"] for row in state["routes"] if row["learned_from"] == "BGPPeer"}
    lacks += [
        f"{node}: nobody but the mesh tells it of {net}"
        for net in expected.replacements.get(node, ())
        if net not in others
    ]
    wanted = expected.kernel_routes.get(node, ())
    if wanted and state["kernel_routes"] is None:
        lacks.append(f"{node}: its kernel routes could not be read")
    elif wanted:
        learned = {row["dst"] for row in state["kernel_routes"] if row["protocol"] == "bird"}
        held = " (BIRD waits for graceful restart to end)" if state["graceful_restart_wait"] else ""
        lacks += [f"{node}: the kernel has no route to {net}{held}" for net in wanted if net not in learned]
    if lacks and state["error"]:
        lacks.append(f"{node}: {state['error']}")
    return lacks


def healthy(states: t.Mapping[str, Report]) -> list[str]:
    """What keeps the nodes from being ready when nothing in particular is expected."""
    if not states:
        return ["there is no node to look at"]
    lacks = []
    for node, state in states.items():
        if state["error"]:
            lacks.append(f"{node}: {state['error']}")
        if state["agent"].get("state") != "Ready":
            lacks.append(f"{node}: BIRD is {state['agent'].get('state') or 'not reported'}")
    return lacks


def wait(
    look: t.Callable[[t.Sequence[str]], dict[str, Report]],
    nodes: t.Sequence[str],
    expected: Expected,
    timeout: float,
    interval: float = 2.0,
    sleep: t.Callable[[float], None] = time.sleep,
    clock: t.Callable[[], float] = time.monotonic,
) -> tuple[dict[str, Report], list[str]]:
    """Looks until everything expected is there, only at nodes that still lack something.

    Gives the last look at every node, and what is missing when ``timeout`` seconds are over.
    """
    deadline = clock() + timeout
    states = look(nodes)
    while True:
        lacks = {node: missing(node, states[node], expected) for node in nodes}
        behind = [node for node in nodes if lacks[node]]
        if not behind or clock() >= deadline:
            return states, [sentence for node in behind for sentence in lacks[node]]
        sleep(interval)
        states.update(look(behind))
