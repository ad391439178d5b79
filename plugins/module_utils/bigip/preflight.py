# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold before anything is written, found out without writing anything."""

from __future__ import annotations

from typing import Any

from .connection import BigIp
from .errors import BigIpError, NoShell, NotEnabled, NotFound, Refused
from .imish import DISABLEBASH, Imish

TMOS_ROUTING = "/mgmt/tm/sys/db/tmrouted.tmos.routing"
TMOS_BGP = "/mgmt/tm/net/routing/bgp"
FAILOVER = "/mgmt/tm/cm/failover-status"
SYNC = "/mgmt/tm/cm/sync-status"
LICENCE = "/mgmt/tm/sys/license"


def mixing(bigip: BigIp, route_domain: int) -> list[str]:
    """Why imish must not be used here: routing that is configured in TMOS excludes it."""
    enabled = _db(bigip, TMOS_ROUTING) == "enable"
    if not enabled:
        return []
    try:
        made = [str(item.get("name")) for item in bigip.items(TMOS_BGP) if _route_domain(item) in (None, route_domain)]
    except BigIpError:
        made = []
    has = f", and net routing bgp has {', '.join(made)}" if made else ""
    return [
        f"route_domain {route_domain}: sys db tmrouted.tmos.routing is enable{has}. BGP is configured in TMOS here; "
        "TMOS mode and imish exclude each other. Disable TMOS mode first, or leave this device to net routing bgp"
    ]


def read(bigip: BigIp, route_domain: int = 0) -> dict[str, Any]:
    """``{version, bash, dynamic_routing, tmos_routing, appliance_mode, licence, failover, sync, problems}``.

    ``bash`` is ``ok``, ``refused`` (role) or ``disabled`` (sys db); ``licence`` is None where the device does
    not tell. ``problems`` has what keeps imish from working, one line each.
    """
    bash, dynamic, problems = "ok", True, []
    try:
        Imish(bigip, route_domain).show("show version")
    except NotEnabled:
        dynamic = False
    except Refused:
        pass
    except NoShell as problem:
        bash = "disabled" if "disablebash" in problem.message else "refused"
        problems.append(problem.message)
    problems += mixing(bigip, route_domain)
    appliance = _db(bigip, "/mgmt/tm/sys/db/systemauth.appliancemode")
    return {
        "version": bigip.version,
        "bash": bash,
        "bash_disabled": _db(bigip, DISABLEBASH) == "true",
        "dynamic_routing": dynamic,
        "tmos_routing": _db(bigip, TMOS_ROUTING) == "enable",
        "appliance_mode": None if appliance is None else appliance in ("true", "enable", "enabled"),
        "licence": licence(bigip),
        "failover": failover(bigip),
        "sync": status(bigip, SYNC),
        "problems": problems,
    }


def failover(bigip: BigIp) -> str | None:
    """``ACTIVE``, ``STANDBY`` or another state of this unit; None when the device does not tell."""
    return status(bigip, FAILOVER)


def status(bigip: BigIp, path: str) -> str | None:
    """The ``status`` of a status page, which iControl REST buries in nested entries."""
    try:
        return _dig(bigip.get(path), "status")
    except BigIpError:
        return None


def licence(bigip: BigIp) -> bool | None:
    """Whether the licence has a routing module; None when it cannot be read."""
    try:
        reply = bigip.get(LICENCE)
    except BigIpError:
        return None
    text = str(reply)
    return "Routing Bundle" in text or "BGP" in text


def _dig(reply: Any, word: str) -> str | None:
    """The first ``{word: {description: …}}`` in nested entries."""
    if not isinstance(reply, dict):
        return None
    found = reply.get(word)
    if isinstance(found, dict) and "description" in found:
        return str(found["description"])
    for value in reply.values():
        inner = _dig(value, word)
        if inner is not None:
            return inner
    return None


def _db(bigip: BigIp, path: str) -> str | None:
    """The value of a sys db variable; None where this version has no such variable."""
    try:
        return str(bigip.get(path).get("value"))
    except NotFound:
        return None


def _route_domain(item: dict[str, Any]) -> int | None:
    """``/Common/0`` as 0."""
    text = str(item.get("routeDomain", "")).rpartition("/")[2]
    return int(text) if text.isdigit() else None
