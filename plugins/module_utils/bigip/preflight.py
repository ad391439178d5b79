# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requirements of imish on a BIG-IP, checked against an observation."""

from __future__ import annotations

from typing import Any

from .observe import Observation

_NO_SHELL = {"no bash": "refused", "bash disabled": "disabled"}


def problems(seen: Observation) -> list[str]:
    """Why imish cannot be used here, one line for each reason."""
    state = seen.get("imish") or {}
    found = [state["message"]] if state.get("state") in _NO_SHELL else []
    return found + _mixing(seen)


def _mixing(seen: Observation) -> list[str]:
    """Routing that is configured in TMOS excludes imish."""
    if not seen.get("tmos_routing"):
        return []
    number = seen["number"]
    made = [item["name"] for item in seen.get("tmos_bgp", []) if _number(item["domain"]) in (None, number)]
    has = f", and net routing bgp has {', '.join(made)}" if made else ""
    return [
        f"route_domain {number}: sys db tmrouted.tmos.routing is enable{has}. BGP is configured in TMOS here; "
        "TMOS mode and imish exclude each other. Disable TMOS mode first, or manage BGP on this "
        "device with net routing bgp instead"
    ]


def facts(seen: Observation) -> dict[str, Any]:
    """``{version, bash, dynamic_routing, tmos_routing, licence, failover, sync, problems}``.

    ``bash`` is ``ok``, ``refused`` (role) or ``disabled`` (sys db); ``licence`` is None if the device does not show it.
    """
    state, unit = (seen.get("imish") or {}).get("state", ""), seen.get("unit") or {}
    return {
        "version": seen["version"],
        "bash": _NO_SHELL.get(state, "ok"),
        "bash_disabled": state == "bash disabled",
        "dynamic_routing": state != "not enabled",
        "tmos_routing": bool(seen.get("tmos_routing")),
        "licence": unit.get("licence"),
        "failover": unit.get("failover"),
        "sync": unit.get("sync"),
        "problems": problems(seen),
    }


def _number(path: Any) -> int | None:
    """``/Common/0`` as 0."""
    text = str(path or "").rpartition("/")[2]
    return int(text) if text.isdigit() else None
