# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Layout of the drawing in a report.

VIPs are at the top, BIG-IPs below them, nodes at the bottom; a line from a BIG-IP to a node is a session. Up to
``BIG`` nodes are boxes with their blocks. More are squares in a field: then each BIG-IP has one line to the field,
with the number of its sessions that are up, and a separate line only for each session that is down.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import SHUT_DOWN

WIDTH, MARGIN = 1180, 20
BIG = 24
STATES = ("down", "unknown", "up")  # the worst first

# With more sessions down than this, their lines would hide the field; the squares show them too.
MOST_LINES = 60
MOST_VIPS = 12

_CHIP = (150, 26)
_UNIT = (230, 64)
_BOX = (180, 93)
_SQUARES = (12, 40)  # the smallest and the largest side of a square
_FIELD = 230  # the intended height of a field of squares
_TOP = 34
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")

Check = Mapping[str, Any]
Pair = tuple[str, str]


def draw(fabric: Mapping[str, Any], findings: Sequence[Check], blocks: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The drawing: ``{width, height, bands, small, vips, bigips, nodes, field, sessions, lines, counts}``.

    ``sessions`` are all sessions of the topology, ``lines`` those that are drawn. A session is up, down, or unknown
    if not checked or drained: its state is the worst of the findings of both ends. The state of a node or BIG-IP is the
    worst of its sessions; without sessions it has none. ``field`` is the frame of the squares, or None.

    :param fabric: ``{nodes, bigips, vips, topology}``, as the inventory's fabric has them; a BIG-IP may have
        a ``role``, such as active or standby
    :param blocks: networks by node
    """
    states = _states(fabric, findings)
    vips = _vips(fabric, findings)
    top = _TOP + (_bottom(vips, _TOP) + 44 - _TOP if vips else 0)
    bigips = _row(fabric["bigips"], top, _UNIT, 5)
    below = _bottom(bigips, top) + 110
    nodes = list(fabric["nodes"])
    small = len(nodes) > BIG
    if small:
        side = _side(len(nodes))
        placed = _row(nodes, below + 14, (side, side), _across(side), gap=4, tight=True)
        field = {"x": MARGIN, "y": below, "w": WIDTH - 2 * MARGIN, "h": _bottom(placed, below) + 14 - below}
    else:
        placed = _row(nodes, below, _BOX, min(max(len(nodes), 1), 6))
        field = None
    by_name = {item["name"]: item for item in (*bigips, *placed)}
    sessions: list[dict[str, Any]] = [
        {"from": unit, "to": node, "state": state, "ends": _ends(by_name[unit], by_name[node])}
        for (unit, node), state in states.items()
    ]
    for session in sessions:
        for end in (session["from"], session["to"]):
            by_name[end]["sessions"].append(session)
            by_name[end]["state"] = _worst(by_name[end]["state"], session["state"])
    for node in placed:
        node["blocks"] = list(blocks.get(node["name"], ()))
    for unit in bigips:
        unit["up"] = sum(one["state"] == "up" for one in unit["sessions"])
    down = [session for session in sessions if session["state"] == "down"]
    return {
        "width": WIDTH,
        "height": max(_bottom(placed, below), field["y"] + field["h"] if field else 0) + MARGIN,
        "bands": {"vips": _TOP - 12, "bigips": top - 12, "nodes": below - 12},
        "small": small,
        "vips": vips,
        "bigips": bigips,
        "nodes": placed,
        "field": field,
        "sessions": sessions,
        "lines": sessions if not small else down if len(down) <= MOST_LINES else [],
        "counts": {state: sum(one == state for one in states.values()) for state in STATES},
    }


def _row(
    items: Sequence[Mapping[str, Any]],
    top: float,
    size: tuple[int, int],
    across: int,
    gap: int = 16,
    tight: bool = False,
    within: float = WIDTH - 2 * MARGIN,
) -> list[dict[str, Any]]:
    """The positions of boxes of one size, in centered rows of at most ``across``; a tight row begins at the margin."""
    across = max(min(across, len(items)), 1)
    space = within / across
    width = min(size[0], space - gap)
    placed = []
    for number, item in enumerate(items):
        column, line = number % across, number // across
        # An incomplete last row is centered too.
        missing = 0 if tight else across - min(across, len(items) - line * across)
        middle = (WIDTH - within) / 2 + (column + missing / 2 + 0.5) * space
        left = MARGIN + 14 + column * (size[0] + gap) if tight else middle - width / 2
        placed.append(
            {
                "name": item["name"],
                "state": "",
                "sessions": [],
                "address": item.get("bgp_address") or item.get("node_ip") or "",
                "as_number": str(item.get("as_number", "")),
                "rack": item.get("rack") or "",
                "role": item.get("role") or "",
                "x": round(left, 1),
                "y": top + line * (size[1] + gap),
                "w": round(width, 1),
                "h": size[1],
            }
        )
    return placed


def _bottom(placed: Sequence[Mapping[str, Any]], top: float) -> float:
    return max((item["y"] + item["h"] for item in placed), default=top)


def _side(count: int) -> int:
    """The side of a square so that all squares fill the field."""
    side = int(math.sqrt((WIDTH - 2 * MARGIN) * _FIELD / count)) - 4
    return min(max(side, _SQUARES[0]), _SQUARES[1])


def _across(side: int) -> int:
    return (WIDTH - 2 * MARGIN - 24) // (side + 4)


def _ends(unit: Mapping[str, Any], node: Mapping[str, Any]) -> tuple[float, float, float, float]:
    return (unit["x"] + unit["w"] / 2, unit["y"] + unit["h"], node["x"] + node["w"] / 2, node["y"])


def _states(fabric: Mapping[str, Any], findings: Sequence[Check]) -> dict[Pair, str]:
    """The state of every session of the topology. One that is shut down for a drain is neither up nor down."""
    states = {
        (unit["name"], node["name"]): "unknown"
        for unit in fabric["bigips"]
        for node in fabric["nodes"]
        if _peers(fabric.get("topology") or {}, unit, node)
    }
    seen: set[Pair] = set()
    for check in findings:
        # The subject of a session names both ends, in either order.
        ends = str(check["subject"]).split(" - ")
        if check["group"] not in ("peers", "sessions") or len(ends) != 2:
            continue
        for pair in ((ends[0], ends[1]), (ends[1], ends[0])):
            if pair in states:
                state = ("unknown" if check["observed"] == SHUT_DOWN else "up") if check["ok"] else "down"
                states[pair] = _worst(states[pair], state) if pair in seen else state
                seen.add(pair)
    return states


def _peers(topology: Mapping[str, Any], unit: Mapping[str, Any], node: Mapping[str, Any]) -> bool:
    if topology.get("kind") == "racks":
        return unit.get("rack") == node.get("rack")
    return topology.get("kind") != "reflectors" or node["name"] in topology["reflectors"]


def _vips(fabric: Mapping[str, Any], findings: Sequence[Check]) -> list[dict[str, Any]]:
    """The VIPs, each with its worst state: as a route on either side, or in a request."""
    found: dict[str, str] = {}
    for check in findings:
        if check["group"] in ("bigip_routes", "node_routes", "reachability"):
            # A subject ends with what was checked: "k8s-node1: 172.16.40.81", "pod a - http://172.16.40.80/".
            for address in _ADDRESS.findall(str(check["subject"]))[-1:]:
                found[address] = _worst(found.get(address, ""), "up" if check["ok"] else "down")
    addresses = list(dict.fromkeys(vip["address"] for vip in fabric.get("vips") or ()))
    shown = addresses if len(addresses) <= MOST_VIPS else addresses[: MOST_VIPS - 1]
    rest = addresses[len(shown) :]
    chips = [{"name": address, "of": [address]} for address in shown]
    if rest:
        chips.append({"name": f"and {len(rest)} more", "of": rest})
    placed = _row(chips, _TOP, _CHIP, 6, within=min(len(chips), 6) * (_CHIP[0] + 16))
    for chip, item in zip(chips, placed, strict=True):
        for address in chip["of"]:
            item["state"] = _worst(item["state"], found.get(address, "unknown"))
        item["of"] = chip["of"]
    return placed


def _worst(one: str, two: str) -> str:
    return next(state for state in (*STATES, "") if state in (one, two))
