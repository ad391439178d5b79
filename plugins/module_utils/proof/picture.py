# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where everything of the network stands in the drawing of a report: plain numbers, for a template to draw.

BIG-IPs stand above, nodes below, a line is a session. Up to ``BIG`` nodes each is a box with its blocks; more become
small squares in rows, with a line only for a session that is not up, so that a thousand of them can be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, MARGIN = 1180, 20
BIG = 24
_UNIT = (220, 64)
_BOX = (180, 62)
_SQUARE = 18

Check = Mapping[str, Any]


def draw(fabric: Mapping[str, Any], findings: Sequence[Check], blocks: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The drawing: ``{width, height, small, bigips, nodes, sessions}``.

    A session is up, down, or unknown where nobody looked: its state is the worst of the findings of both ends.
    """
    states = _states(fabric, findings)
    bigips = _row(fabric["bigips"], 30, _UNIT, len(fabric["bigips"]))
    small = len(fabric["nodes"]) > BIG
    across = (WIDTH - 2 * MARGIN) // (_SQUARE + 4) if small else min(max(len(fabric["nodes"]), 1), 6)
    nodes = _row(fabric["nodes"], 210, (_SQUARE, _SQUARE) if small else _BOX, across)
    sessions = []
    for unit in bigips:
        for node in nodes:
            state = states[unit["name"], node["name"]]
            node["state"] = _worst(node["state"] or state, state)
            unit["state"] = _worst(unit["state"] or state, state)
            if not small or state == "down":
                ends = (unit["x"] + unit["w"] / 2, unit["y"] + unit["h"], node["x"] + node["w"] / 2, node["y"])
                sessions.append({"from": unit["name"], "to": node["name"], "state": state, "ends": ends})
    for node in nodes:
        node["blocks"] = list(blocks.get(node["name"], ()))
    bottom = max([item["y"] + item["h"] for item in nodes], default=210)
    return {
        "width": WIDTH,
        "height": bottom + MARGIN,
        "small": small,
        "bigips": bigips,
        "nodes": nodes,
        "sessions": sessions,
        "counts": {state: sum(one == state for one in states.values()) for state in ("up", "down", "unknown")},
    }


def _row(items: Sequence[Mapping[str, Any]], top: int, size: tuple[int, int], across: int) -> list[dict[str, Any]]:
    """The places of boxes of one size, in rows of ``across``."""
    across = max(across, 1)
    space = (WIDTH - 2 * MARGIN) / across
    return [
        {
            "name": item["name"],
            "state": "",
            "address": item.get("bgp_address") or item.get("address") or item.get("node_ip") or "",
            "as_number": str(item.get("as_number", "")),
            "x": round(MARGIN + number % across * space + (space - min(size[0], space - 4)) / 2, 1),
            "y": top + number // across * (size[1] + (4 if size[1] == _SQUARE else 14)),
            "w": min(size[0], space - 4),
            "h": size[1],
        }
        for number, item in enumerate(items)
    ]


def _states(fabric: Mapping[str, Any], findings: Sequence[Check]) -> dict[tuple[str, str], str]:
    pairs = {(unit["name"], node["name"]): "unknown" for unit in fabric["bigips"] for node in fabric["nodes"]}
    for check in findings:
        # Subjects of sessions name both ends, from either side.
        ends = str(check["subject"]).split(" - ")
        if int(check["capability"]) not in (2, 4) or len(ends) != 2:
            continue
        for pair in (tuple(ends), tuple(reversed(ends))):
            if pair in pairs:
                state = "up" if check["ok"] else "down"
                pairs[pair] = state if pairs[pair] == "unknown" else _worst(pairs[pair], state)
    return pairs


def _worst(one: str, two: str) -> str:
    return next(state for state in ("down", "unknown", "up") if state in (one, two))
