# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of a CalicoNodeStatus. Format: crd.projectcalico.org/v1, Calico v3.21 and later."""

from __future__ import annotations

import typing as t


def parse(resource: t.Any) -> dict[str, t.Any] | None:
    """``agent`` (state, router_id), ``sessions`` and ``routes`` of IPv4, or None while there is no report.

    The shape is that of the module calico_bgp_status. ``last_error`` is None: Calico does not report it.
    """
    status = _dict(_dict(resource).get("status"))
    if not status:
        return None
    bird = _dict(_dict(status.get("agent")).get("birdV4"))
    return {
        "agent": {"state": _text(bird.get("state")), "router_id": _text(bird.get("routerID"))},
        "sessions": [
            {
                "peer_ip": _text(peer.get("peerIP")),
                "type": _text(peer.get("type")),
                "state": _text(peer.get("state")),
                "since": _text(peer.get("since")),
                "last_error": None,
            }
            for peer in _rows(_dict(status.get("bgp")).get("peersV4"))
        ],
        "routes": [_route(route) for route in _rows(_dict(status.get("routes")).get("routesV4"))],
    }


def _route(route: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    learned = _dict(route.get("learnedFrom"))
    gateway = _text(route.get("gateway"))
    return {
        "destination": _text(route.get("destination")),
        "gateway": None if gateway == "N/A" else gateway,
        "interface": _text(route.get("interface")),
        "type": _text(route.get("type")),
        "learned_from": _text(learned.get("sourceType")),
        "peer_ip": _text(learned.get("peerIP")),
    }


def _dict(value: t.Any) -> t.Mapping[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _rows(value: t.Any) -> list[t.Mapping[str, t.Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(value: t.Any) -> str | None:
    return str(value) if value not in (None, "") else None
