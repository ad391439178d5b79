# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The BGP state of the nodes in one shape, from every available source, and waiting for an expected state."""

from __future__ import annotations

import dataclasses
import functools
import time
import typing as t

Report = dict[str, t.Any]
Digest = t.Callable[[str, Report], Report]
AskApi = t.Callable[[t.Sequence[str], Digest], t.Mapping[str, t.Optional[Report]]]
AskShell = t.Callable[[t.Sequence[str], Digest], t.Mapping[str, t.Union[Report, Exception]]]

ESTABLISHED = "Established"
# Deviations of a node that a summary lists; more are only counted.
MAX_DETAILS = 10

NO_SESSIONS = (
    "its CalicoNodeStatus report has no sessions (Calico omits them if bird6 is not running); "
    "set node_command or exec to read BIRD itself"
)


@dataclasses.dataclass(frozen=True)
class Expected:
    """The expected state. Keys are nodes: ``peers`` addresses, ``routes`` networks in BIRD, ``replacements``
    networks that BIRD learned from another session than the mesh's, ``kernel_routes`` networks that BIRD has
    installed in the kernel. ``pods_are`` describes the pod routes of a summary, for messages."""

    peers: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    routes: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    replacements: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    kernel_routes: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    pods_are: str = "present"

    @property
    def nodes(self) -> list[str]:
        return sorted({*self.peers, *self.routes, *self.replacements, *self.kernel_routes})


# For messages: what each criterion of ``Network.routes`` requires of a route to another node's pods.
PODS_ARE = {"owner": "present", "best": "present", "kernel": "in the kernel", "replaced": "learned outside the mesh"}


@dataclasses.dataclass(frozen=True)
class Network:
    """The sessions and routes that every node must have, in O(N): ``nodes`` name -> BGP address, ``blocks`` name -> its
    networks, ``mesh`` whether every node has a session with every other, except those ``outside_mesh``.

    ``routes`` is the criterion for pod routes: ``owner`` through the node that holds them, in the kernel if that was
    read, otherwise BIRD's best; ``best`` BIRD's best, ``kernel`` BIRD's in the kernel, ``replaced`` BIRD's from another
    session than the mesh's, these through any gateway. Sessions with ``peers`` (by node) are kept, whatever their type.
    """

    nodes: t.Mapping[str, str]
    blocks: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)
    mesh: bool = True
    outside_mesh: t.Collection[str] = ()
    routes: str = "owner"
    peers: t.Mapping[str, t.Sequence[str]] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def owners(self) -> dict[str, str]:
        """Network -> address of the node that holds it."""
        return {cidr: self.nodes[name] for name, held in self.blocks.items() if name in self.nodes for cidr in held}

    @functools.cached_property
    def meshed(self) -> frozenset[str]:
        """Addresses of the nodes that have sessions of the mesh."""
        return frozenset(address for name, address in self.nodes.items() if name not in self.outside_mesh)

    def summary(self, node: str, facts: Report) -> Report:
        """``facts`` with mesh sessions and pod routes as counts and deviations.

        ``mesh`` has ``expected``, ``established`` and ``down``, ``pod_routes`` has ``expected``, ``present`` and
        ``missing``, the lists with at most ``MAX_DETAILS`` entries; None where nothing was read. ``sessions`` and
        ``routes`` keep the rest: sessions with other peers, and BGP routes that are not a node's block.
        """
        result = dict(facts)
        own = self.nodes.get(node)
        sessions, routes, kernel = facts.get("sessions"), facts.get("routes"), facts.get("kernel_routes")
        if sessions is not None:
            result["session_count"] = len(sessions)
            named = frozenset(self.peers.get(node, ()))
            result["mesh"] = self._mesh(own, sessions)
            result["sessions"] = [row for row in sessions if row["type"] != "NodeMesh" or row["peer_ip"] in named]
        if routes is not None:
            result["route_count"] = len(routes)
            result["routes"] = [row for row in routes if _learned(row) and row["destination"] not in self.owners]
            result["pod_routes"] = self._pods(own, self._present(routes))
        if kernel is not None:
            learned = [row for row in kernel if row["protocol"] == "bird"]
            result["kernel_routes"] = [row for row in learned if row["dst"] not in self.owners]
            if self.routes == "owner":
                through = ((row["dst"], row["gateway"]) for row in learned)
                result["pod_routes"] = self._pods(own, self._owned(through))
            elif self.routes == "kernel":
                result["pod_routes"] = self._pods(own, {row["dst"] for row in learned})
        bird = facts.get("bird")
        if bird:
            config = bird.get("config")
            if config is not None:
                config = {**config, **{kind: len(config.get(kind) or ()) for kind in ("mesh", "global", "node")}}
            result["bird"] = {"protocols": [], "config": config}
        return result

    def _mesh(self, own: str | None, sessions: t.Iterable[Report]) -> Report | None:
        if not self.mesh or own not in self.meshed:
            return None
        rows = {row["peer_ip"]: row for row in sessions}
        others = [address for address in self.meshed if address != own]
        down = [one for one in others if one not in rows or rows[one]["state"] != ESTABLISHED]
        absent = {"state": "no session", "since": None, "last_error": None}
        return {
            "expected": len(others),
            "established": len(others) - len(down),
            "down": [
                {"peer_ip": one, **{key: rows.get(one, absent)[key] for key in absent}}
                for one in sorted(down)[:MAX_DETAILS]
            ],
        }

    def _present(self, routes: t.Iterable[Report]) -> t.Collection[str]:
        """The networks whose BIRD routes meet the criterion."""
        if self.routes == "replaced":
            return {row["destination"] for row in routes if row["learned_from"] == "BGPPeer"}
        if self.routes == "kernel":
            return ()  # until the kernel routes have been read
        best = [row for row in routes if row["type"] == "FIB"]
        if self.routes == "best":
            return {row["destination"] for row in best}
        return self._owned((row["destination"], row["gateway"]) for row in best if _learned(row))

    def _owned(self, routes: t.Iterable[tuple[str, str | None]]) -> set[str]:
        """The networks whose gateway is the node that holds them."""
        return {network for network, gateway in routes if gateway and self.owners.get(network) == gateway}

    def _pods(self, own: str | None, present: t.Collection[str]) -> Report:
        wanted = [network for network, owner in self.owners.items() if owner != own]
        missing = [network for network in wanted if network not in present]
        return {
            "expected": len(wanted),
            "present": len(wanted) - len(missing),
            "missing": sorted(missing)[:MAX_DETAILS],
        }


def _learned(route: Report) -> bool:
    return route["learned_from"] in ("BGPPeer", "NodeMesh")


def whole(_node: str, facts: Report) -> Report:
    """The digest that keeps everything."""
    return facts


def combine(report: Report | None, seen: Report | Exception | None, asked_api: bool) -> Report:
    """One node in the format of the module, from its CalicoNodeStatus and from the output of a shell on it."""
    problems = []
    if isinstance(seen, Exception):
        problems.append(str(seen))
        seen = None
    shell: Report = seen or {}
    problems += shell.get("errors", [])
    if asked_api and report is None:
        problems.append(
            "no CalicoNodeStatus report: check that a node of this name exists and that calico-node runs on it"
        )
    report = report or {}
    router = shell.get("router_id")
    agent = report.get("agent") or {"state": "Ready" if shell.get("up") else None, "router_id": router}
    # Without bird6 Calico leaves out IPv4 too: an empty report is replaced by BIRD's own output.
    by_report = bool(_count(report, "session")) or not _count(shell, "session")
    sessions = (report if by_report else shell).get("sessions")
    if report and not _count(report, "session") and not _count(shell, "session"):
        problems.append(NO_SESSIONS)
    routes = (report if _count(report, "route") or not _count(shell, "route") else shell).get("routes")
    state: dict[str, t.Any] = {
        "agent": agent,
        "sessions": _with_errors(sessions or [], shell.get("sessions") or []),
        "routes": routes or [],
        "kernel_routes": shell.get("kernel_routes"),
        "bird": shell.get("bird"),
        "graceful_restart_wait": bool(shell.get("recovering")),
        "error": "; ".join(problems) or None,
    }
    for key in ("mesh", "pod_routes"):
        if key in report or key in shell:
            state[key] = (report if by_report else shell).get(key)
    if shell.get("kernel_routes") is not None and "pod_routes" in shell:
        state["pod_routes"] = shell["pod_routes"]
    if state.get("mesh"):
        reported = (shell.get("mesh") or {}).get("down") or []
        state["mesh"] = {**state["mesh"], "down": _with_errors(state["mesh"]["down"], reported)}
    return state


def _count(facts: Report, what: str) -> int:
    """The number of sessions or routes before a digest."""
    return facts.get(f"{what}_count", len(facts.get(f"{what}s") or ()))


def _with_errors(sessions: t.Sequence[Report], reported: t.Sequence[Report]) -> list[Report]:
    """Calico's own report lacks the last error; BIRD's output has it."""
    errors = {row["peer_ip"]: row["last_error"] for row in reported}
    return [{**row, "last_error": row["last_error"] or errors.get(row["peer_ip"])} for row in sessions]


def observe(
    nodes: t.Sequence[str], ask_api: AskApi | None, ask_shell: AskShell | None, digest: Digest = whole
) -> dict[str, Report]:
    """The state of every node, read once from the available sources.

    ``digest`` reduces the data of each node before it is kept, so that memory stays O(N).
    """
    reports = ask_api(nodes, digest) if ask_api else {}
    outputs = ask_shell(nodes, digest) if ask_shell else {}
    return {node: combine(reports.get(node), outputs.get(node), ask_api is not None) for node in nodes}


def missing(node: str, state: Report, expected: Expected) -> list[str]:
    """What a node still lacks, one sentence each; empty if it is as expected."""
    lacks: list[str] = []
    mesh, pods = state.get("mesh"), state.get("pod_routes")
    if mesh and mesh["established"] < mesh["expected"]:
        names = ", ".join(row["peer_ip"] for row in mesh["down"])
        lacks.append(f"{node}: {mesh['established']} of {mesh['expected']} mesh sessions are Established; not {names}")
    held = " (BIRD waits for graceful restart to end)" if state.get("graceful_restart_wait") else ""
    if pods and pods["present"] < pods["expected"]:
        networks = ", ".join(pods["missing"])
        counts = f"{pods['present']} of {pods['expected']} pod routes"
        lacks.append(f"{node}: {counts} are {expected.pods_are}; not {networks}{held}")
    sessions = {row["peer_ip"]: row for row in state["sessions"]}
    for peer in expected.peers.get(node, ()):
        row = sessions.get(peer)
        if row is None:
            lacks.append(f"{node}: no session with {peer} is configured")
        elif row["state"] != ESTABLISHED:
            why = f" ({row['last_error']})" if row["last_error"] else ""
            lacks.append(f"{node}: the session with {peer} is {row['state']}{why} since {row['since']}")
    best = {row["destination"] for row in state["routes"] if row["type"] == "FIB"}
    lacks += [f"{node}: BIRD has no route to {net}" for net in expected.routes.get(node, ()) if net not in best]
    others = {row["destination"] for row in state["routes"] if row["learned_from"] == "BGPPeer"}
    lacks += [
        f"{node}: {net} is learned from the mesh only"
        for net in expected.replacements.get(node, ())
        if net not in others
    ]
    wanted = expected.kernel_routes.get(node, ())
    if wanted and state["kernel_routes"] is None:
        lacks.append(f"{node}: its kernel routes could not be read")
    elif wanted:
        learned = {row["dst"] for row in state["kernel_routes"] if row["protocol"] == "bird"}
        lacks += [f"{node}: the kernel has no route to {net}{held}" for net in wanted if net not in learned]
    if lacks and state["error"]:
        lacks.append(f"{node}: {state['error']}")
    return lacks


def healthy(states: t.Mapping[str, Report]) -> list[str]:
    """Why nodes are not ready, without particular expectations."""
    if not states:
        return ["there are no nodes"]
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
    """Read until the expected state is reached; after the first pass, only nodes that still lack something.

    Returns the last state of every node, and what is missing after ``timeout`` seconds.
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
