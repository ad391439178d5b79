# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of BIRD: protocols, routes, status; from birdc, birdcl or its socket.

Format: BIRD 1.6.8 (and Calico's build of it), commands ``show protocols all``, ``show route``, ``show status``.
Other lines are ignored: unknown output of a router is not an error.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

# Code and dash or blank of BIRD's socket protocol: "1002-name …", " name …" (continued), "0000 " (end).
_CODE = re.compile(r"^[0-9]{4}[- ]")
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9:.]{5,})?|[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?"
_PROTOCOL = re.compile(
    rf"^(?P<name>\S+)\s+(?P<proto>[A-Za-z]\w*)\s+(?P<table>\S+)\s+(?P<state>up|down|start|stop|wait|flush)\s+"
    rf"(?P<since>{_TIME})(?:\s+(?P<info>\S.*?))?\s*$"
)
_FIELD = re.compile(r"^\s+(?P<label>[A-Z][\w ]*):\s*(?P<value>.*?)\s*$")
_COUNTS = re.compile(r"(?P<count>[0-9]+) (?P<what>imported|exported|preferred|filtered)")
_NAMED_PEER = re.compile(r"^(?P<kind>Mesh|Node|Global)_(?P<peer>.+?)(?:_port_(?P<port>[0-9]+))?$")
_ROUTE = re.compile(
    rf"^(?P<net>\S+/[0-9]+)?\s+(?:via (?P<via>[0-9A-Fa-f.:]+) on (?P<on>\S+)|dev (?P<dev>\S+)"
    rf"|(?P<special>blackhole|unreachable|prohibit)|multipath)\s+"
    rf"\[(?P<proto>\S+) (?:{_TIME})(?: from (?P<from>[0-9A-Fa-f.:]+))?\](?P<best> \*)?"
)
BGP_STATES = ("Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established", "Close", "Down", "Passive")
TYPES = {"Mesh": "NodeMesh", "Node": "NodePeer", "Global": "GlobalPeer"}
_LABELS = {
    "BGP state": "bgp_state",
    "Neighbor address": "neighbor_address",
    "Neighbor AS": "neighbor_as",
    "Neighbor ID": "neighbor_id",
    "Neighbor caps": "neighbor_capabilities",
    "Source address": "source_address",
    "Session": "session",
    "Hold timer": "hold_timer",
    "Keepalive timer": "keepalive_timer",
    "Last error": "last_error",
    "GR recovery": "graceful_restart",
    "Input filter": "input_filter",
    "Output filter": "output_filter",
}


def from_socket(text: str) -> str:
    """The socket's output as birdc prints it: without codes and without the blank of continuation lines."""
    lines = []
    for line in text.splitlines():
        if _CODE.match(line):
            lines.append(line[5:])
        else:
            lines.append(line[1:] if line.startswith(" ") else line)
    return "\n".join(lines)


def protocols(text: str) -> list[dict[str, t.Any]]:
    """Every protocol of ``show protocols [all]``.

    Keys: name, proto, table, state, since, info, type (NodeMesh, NodePeer, GlobalPeer or None), peer_ip,
    bgp_state, last_error, imported, exported, preferred, hold_timer (text ``now/limit`` in seconds) and
    further fields of ``all`` if present. What is not in the output is None.
    """
    found: list[dict[str, t.Any]] = []
    for line in text.splitlines():
        head = _PROTOCOL.match(line)
        if head:
            found.append(_protocol(head))
            continue
        field = _FIELD.match(line)
        if not field or not found:
            continue
        label, value, row = field.group("label"), field.group("value"), found[-1]
        if label == "Routes":
            row.update({match.group("what"): int(match.group("count")) for match in _COUNTS.finditer(value)})
        elif label in _LABELS:
            row[_LABELS[label]] = value or None
        if label == "Neighbor address" and _is_address(value):
            row["peer_ip"] = value
        if label == "Neighbor AS" and value.isdigit():
            row["neighbor_as"] = int(value)
    return found


def _protocol(head: re.Match[str]) -> dict[str, t.Any]:
    row: dict[str, t.Any] = {key: None for key in _LABELS.values()}
    row.update({key: head.group(key) for key in ("name", "proto", "table", "state", "since")})
    info = (head.group("info") or "").strip()
    row.update({"info": info, "type": None, "peer_ip": None, "imported": None, "exported": None, "preferred": None})
    named = _NAMED_PEER.match(row["name"])
    if named:
        row["type"] = TYPES[named.group("kind")]
        row["peer_ip"] = _address_of(named.group("peer"))
    if row["proto"] == "BGP":
        word, _blank, rest = info.partition(" ")
        row["bgp_state"] = word if word in BGP_STATES else None
        row["last_error"] = rest.strip() or None
    return row


def _address_of(name: str) -> str | None:
    """The address in a protocol's name: 10_77_0_202, or fd00__1 for IPv6."""
    for text in (name.replace("_", "."), name.replace("_", ":")):
        if _is_address(text):
            return text
    return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def routes(text: str) -> list[dict[str, t.Any]]:
    """Every route of ``show route [all]``: destination, gateway, interface, best, protocol, from.

    ``gateway`` is None for a directly connected network, ``interface`` is None for a blackhole.
    """
    found, net = [], None
    for line in text.splitlines():
        match = _ROUTE.match(line)
        if not match:
            continue
        net = match.group("net") or net
        if net is None:
            continue
        found.append(
            {
                "destination": net,
                "gateway": match.group("via"),
                "interface": match.group("on") or match.group("dev"),
                "special": match.group("special"),
                "best": bool(match.group("best")),
                "protocol": match.group("proto"),
                "from": match.group("from"),
            }
        )
    return found


def status(text: str) -> dict[str, t.Any]:
    """``show status``: version, router_id, last_reboot, last_reconfiguration, recovering, wait_timer, up.

    ``recovering`` is true while graceful restart recovery delays the kernel routes; ``wait_timer`` is
    then (seconds left, of how many).
    """

    def word(pattern: str) -> str | None:
        match = re.search(pattern, text, re.MULTILINE)
        return match.group(1) if match else None

    timer = re.search(r"Wait timer is ([0-9]+)/([0-9]+)", text)
    return {
        "version": word(r"^BIRD (\S+?)(?: ready\.)?$"),
        "router_id": word(r"^Router ID is (\S+)$"),
        "last_reboot": word(r"^Last reboot on (.+?)\s*$"),
        "last_reconfiguration": word(r"^Last reconfiguration on (.+?)\s*$"),
        "recovering": "Graceful restart recovery in progress" in text,
        "wait_timer": (int(timer.group(1)), int(timer.group(2))) if timer else None,
        "up": "Daemon is up and running" in text,
    }
