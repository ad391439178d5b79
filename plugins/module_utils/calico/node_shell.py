# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel routes, BIRD's configuration and BIRD's output of a node, collected by one shell script per node.

The script is the standard input of one connection. It changes nothing.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import socket
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import (
    bird,
    bird_config,
    kernel,
    node_status,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import on_nodes

_T = t.TypeVar("_T")
_MARK = "#podroute-section"
_SECTION = re.compile(rf"^{_MARK} (?P<name>[a-z_]+) (?P<code>[0-9]+|begin)$")

# Sections of the script. {socket} and {config} are paths on the node, quoted.
_COMMANDS: t.Mapping[str, str] = {
    "kernel": "ip -j -4 route show",
    "config": "cat {config}",
    "protocols": "podroute_bird show protocols all",
    "routes": "podroute_bird show route",
    "status": "podroute_bird show status",
    # The last resort: it prints sessions, but neither routes nor whether they are in the kernel.
    "node_status": "if ! command -v birdcl && ! command -v birdc; then calicoctl node status; fi",
}
# Calico's image has birdcl, Debian's package has birdc.
_BIRD = (
    "podroute_bird() {{ for program in birdcl birdc; do command -v $program >/dev/null 2>&1 || continue; "
    '$program -s {socket} "$@"; return; done; return 127; }}'
)
_MISSING = 127
_END = re.compile(r"^[089][0-9]{3} ")
SECTIONS = tuple(_COMMANDS)


def script(
    sections: t.Sequence[str],
    socket_path: str = "/var/run/calico/bird.ctl",
    config: str = "/etc/calico/confd/config/bird.cfg",
) -> str:
    """A POSIX shell script that prints the sections named, each between marks with its exit code."""
    quoted = {"socket": shlex.quote(socket_path), "config": shlex.quote(config)}
    lines = [_BIRD.format(**quoted)]
    for name in sections:
        lines += [
            f"echo '{_MARK} {name} begin'",
            f"{_COMMANDS[name].format(**quoted)} 2>&1 </dev/null; code=$?",
            "echo",
            f'echo "{_MARK} {name} $code"',
        ]
    return "\n".join(lines) + "\n"


def split(output: str) -> dict[str, tuple[str, int]]:
    """Section -> (text, exit code). A section that did not end is left out."""
    found: dict[str, tuple[str, int]] = {}
    name = ""
    lines: list[str] = []
    for line in output.splitlines():
        mark = _SECTION.match(line.strip())
        if mark and mark.group("code") == "begin":
            name, lines = mark.group("name"), []
        elif mark and mark.group("name") == name:
            found[name] = ("\n".join(lines).rstrip("\n"), int(mark.group("code")))
            name = ""
        elif name:
            lines.append(line)
    return found


def observe(output: str) -> dict[str, t.Any]:
    """The facts in the output of ``script``: kernel_routes, bird, sessions, routes, recovering, and errors.

    Each is None when its section is missing or failed; ``errors`` has the reason.
    """
    sections = split(output)
    seen: dict[str, t.Any] = {
        "errors": [],
        "kernel_routes": None,
        "bird": None,
        "sessions": None,
        "routes": None,
        "recovering": None,
        "router_id": None,
        "up": False,
    }
    good = {}
    for name, (text, code) in sections.items():
        if code == 0:
            good[name] = text
        elif name != "node_status":
            printed = (text.strip().splitlines() or ["no output"])[-1]
            why = "neither birdcl nor birdc was found" if code == _MISSING and not text.strip() else printed
            seen["errors"].append(f"{name}: {why} (exit code {code})")
    if not sections:
        seen["errors"].append(f"printed no section: {(output.strip().splitlines() or ['nothing at all'])[-1][:200]}")
    read = _Sections(good, seen["errors"])
    seen["kernel_routes"] = read("kernel", kernel.routes)
    _bird(read, seen)
    table = read("node_status", node_status.parse) if seen["sessions"] is None else None
    if table is not None:
        seen["sessions"] = [
            {key: row[key] for key in ("peer_ip", "type", "state", "since", "last_error")}
            for row in table["sessions"]
            if row["family"] == 4
        ]
    return seen


@dataclasses.dataclass
class _Sections:
    """The sections that were printed completely; what cannot be parsed is added to ``errors``."""

    texts: t.Mapping[str, str]
    errors: list[str]

    def __call__(self, name: str, parse: t.Callable[[str], _T]) -> _T | None:
        """The parsed section, None if it was not printed or cannot be parsed."""
        if name not in self.texts:
            return None
        try:
            return parse(self.texts[name])
        except ValueError as problem:
            self.errors.append(f"{name}: {problem}")
            return None


def _bird(read: _Sections, seen: dict[str, t.Any]) -> None:
    protocols = read("protocols", bird.protocols)
    status = read("status", bird.status) or {}
    config = read("config", bird_config.parse)
    if protocols is not None and not protocols:
        seen["errors"].append("protocols: BIRD printed no protocol")
    if protocols:
        seen["sessions"] = [
            {
                "peer_ip": row["peer_ip"],
                "type": row["type"],
                "state": row["bgp_state"] or row["state"],
                "since": row["since"],
                "last_error": row["last_error"],
            }
            for row in protocols
            if row["proto"] == "BGP"
        ]
        held = any(row["proto"] == "Kernel" and row["state"] == "wait" for row in protocols)
        seen["recovering"] = held or bool(status.get("recovering"))
        seen["router_id"], seen["up"] = status.get("router_id"), status.get("up", True)
        routes = read("routes", bird.routes)
        seen["routes"] = None if routes is None else [_route(row, protocols) for row in routes]
    if protocols or config is not None:
        seen["bird"] = {"protocols": protocols or [], "config": config}


def _route(row: t.Mapping[str, t.Any], protocols: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    """BIRD's route in the form of CalicoNodeStatus: FIB is the best one."""
    source = next((each for each in protocols if each["name"] == row["protocol"]), {})
    learned = source.get("type") or source.get("proto")
    return {
        "destination": row["destination"],
        "gateway": row["gateway"],
        "interface": row["interface"] or row["special"],
        "type": "FIB" if row["best"] else "RIB",
        "learned_from": {"NodePeer": "BGPPeer", "GlobalPeer": "BGPPeer"}.get(str(learned), learned),
        "peer_ip": source.get("peer_ip"),
    }


def run(command: t.Sequence[str], node: str, text: str, timeout: float) -> str:
    """The script's output on one node, see ``on_nodes.run``. Raises ``ValueError`` if the node cannot be read."""
    return on_nodes.run(command, node, text, timeout, _MARK)


def run_here(socket_path: str, config: str, timeout: float) -> str:
    """The same for the local host, through the socket of BIRD: birdc is not needed.

    Raises ``ValueError`` when the socket does not answer.
    """
    replies = {
        name: _ask_socket(socket_path, f"show {words}", timeout)
        for name, words in (("protocols", "protocols all"), ("routes", "route"), ("status", "status"))
    }
    output = run([], "", script(("kernel", "config"), socket_path, config), timeout)
    for name, reply in replies.items():
        output += f"{_MARK} {name} begin\n{bird.from_socket(reply)}\n{_MARK} {name} 0\n"
    return output


def _ask_socket(path: str, command: str, timeout: float) -> str:
    """BIRD's reply to one command, with its codes. It ends with a line of four digits and a blank, other than
    the banner: 0000 and 0013 are success, 8xxx and 9xxx errors."""
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(timeout)
            channel.connect(path)
            stream = channel.makefile("rw", encoding="utf-8", errors="replace", newline="\n")
            banner = stream.readline()
            if not banner.startswith("0001"):
                raise ValueError(f"{path}: not the socket of BIRD; it answers {banner.strip()[:80]!r}")
            stream.write(command + "\n")
            stream.flush()
            lines = [banner]
            for line in stream:
                lines.append(line)
                if _END.match(line):
                    break
            if lines[-1][:1] in "89":
                raise ValueError(f"{path}: {command}: {lines[-1][5:].strip()}")
            return "".join(lines)
    except OSError as problem:
        raise ValueError(f"{path}: {problem.strerror or problem}") from None
