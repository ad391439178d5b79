# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of BIRD: protocols, routes, status; from birdc, birdcl or its socket.

Format: BIRD 1.6.8 (and Calico's build of it) and BIRD 2, commands ``show protocols [all]``, ``show route [all]``,
``show status``. A protocol or route in another form is refused, because a missing one would be reported as a failure
of the network.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable, dedent

# Code and dash or blank of BIRD's socket protocol: "1002-name …", " name …" (continued), "0000 " (end).
_CODE = re.compile(r"^[0-9]{4}[- ]")
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9:.]{5,})?|[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?"
_PROTOCOL = re.compile(
    rf"^(?P<name>\S+)\s+(?P<proto>[A-Za-z]\w*)\s+(?P<table>\S+)\s+"
    rf"(?P<state>up|down|start|stop|wait|feed|flush|\?\?\?)\s+"
    rf"(?P<since>{_TIME})(?:\s+(?P<info>\S.*?))?\s*$"
)
_FIELD = re.compile(r"^\s+(?P<label>[A-Z][\w ]*):\s*(?P<value>.*?)\s*$")
_COUNTS = re.compile(r"(?P<count>[0-9]+) (?P<what>imported|exported|preferred|filtered)")
_NAMED_PEER = re.compile(r"^(?P<kind>Mesh|Node|Global)_(?P<peer>.+?)(?:_port_(?P<port>[0-9]+))?$")
# Lines around the tables: the banner, the command of a copied session, the header, the name of a table, and a count.
_AROUND = re.compile(
    r"BIRD \S+ ready\.$|.*[#$>] ?birdcl? |bird> |name\s+proto\s+table\s|Table \S+:$|[0-9]+ of [0-9]+ routes for ",
    re.IGNORECASE,
)
# " *" is the best route, " !" is a best route that the kernel refused.
_ROUTE = re.compile(
    r"^(?P<net>\S+/[0-9]+)?\s+(?:via (?P<via>[0-9A-Fa-f.:]+)(?:%\S+)? on (?P<on>\S+)|dev (?P<dev>\S+)"
    r"|(?P<special>blackhole|unreachable|prohibit)(?:ed)?|(?P<several>multipath|unicast))\s+"
    r"\[(?P<proto>\S+) [^\]]*?(?: from (?P<from>[0-9A-Fa-f.:]+)(?:%[^\]\s]+)?)?\](?P<best> \*)?"
)
# The next hops of a multipath route, and of every route of BIRD 2, are on lines of their own.
_HOP = re.compile(
    r"^\s+(?:via (?P<via>[0-9A-Fa-f.:]+)(?:%\S+)? on (?P<on>\S+)|dev (?P<dev>\S+))(?: mpls \S+)?"
    r"(?: onlink)?(?: weight [0-9]+)?$"
)
# What "all" adds to a route; a long list continues with a second tab.
_ATTRIBUTE = re.compile(r"^\t(?:\t|(?:[A-Z][\w.]*|igp_metric)(?: \[\w+\])?:)")
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


def _lines(text: str) -> list[str]:
    """The lines of the tables."""
    return dedent([line for raw in text.splitlines() if (line := raw.rstrip()) and not _AROUND.match(line.lstrip())])


def protocols(text: str) -> list[dict[str, t.Any]]:
    """Every protocol of ``show protocols [all]``.

    Keys: name, proto, table, state, since, info, type (NodeMesh, NodePeer, GlobalPeer or None), peer_ip,
    bgp_state, last_error, imported, exported, preferred, hold_timer (text ``now/limit`` in seconds) and
    further fields of ``all`` if present. What is not in the output is None.

    Raises Unreadable for a row in another form.
    """
    found: list[dict[str, t.Any]] = []
    for line in _lines(text):
        head = _PROTOCOL.match(line)
        if head:
            found.append(_protocol(head))
            continue
        if not line[0].isspace() or not found or _PROTOCOL.match(line.lstrip()):
            raise Unreadable("show protocols", line)
        field = _FIELD.match(line)
        if not field:
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
    """Every route of ``show route [all]``: destination, gateway, interface, best, protocol, from; one per next hop.

    ``gateway`` is None for a directly connected network, ``interface`` is None for a blackhole. ``best`` is false for a
    best route that the kernel refused. Raises Unreadable for a line in another form, and for a route without next hops.
    """
    found: list[dict[str, t.Any]] = []
    net, head, waiting = None, None, ""
    for line in _lines(text):
        match = _ROUTE.match(line)
        if match:
            net = match.group("net") or net
            if waiting or net is None:
                raise Unreadable("show route", waiting or line)
            head = {
                "destination": net,
                "special": match.group("special"),
                "best": bool(match.group("best")),
                "protocol": match.group("proto"),
                "from": match.group("from"),
            }
            if match.group("several"):
                waiting = line
                continue
        elif head and (match := _HOP.match(line)):
            waiting = ""
        elif head and _ATTRIBUTE.match(line):
            continue
        else:
            raise Unreadable("show route", line)
        hop = {"gateway": match.group("via"), "interface": match.group("on") or match.group("dev")}
        found.append({**head, **hop})
    if waiting:
        raise Unreadable("show route", waiting)
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
