# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Partitions: the folders that separate the controller's objects from all others."""

from __future__ import annotations

import re
from typing import Any

from .connection import BigIp
from .errors import Unfit
from .operations import Operation, patch

COLLECTION = "/mgmt/tm/auth/partition"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


def read(bigip: BigIp) -> list[dict[str, Any]]:
    """All partitions."""
    return bigip.items(COLLECTION)


def facts(item: dict[str, Any]) -> dict[str, Any]:
    """``{name, route_domain, description}``."""
    return {
        "name": item.get("name"),
        "route_domain": item.get("defaultRouteDomain", 0),
        "description": item.get("description"),
    }


def plan(
    items: list[dict[str, Any]],
    name: str,
    state: str = "present",
    route_domain: int | None = None,
    description: str | None = None,
) -> list[Operation]:
    """Create, change or remove one partition. A route domain or description that is not given is not changed.

    Raises Unfit for a name that the device would reject.
    """
    if not _NAME.fullmatch(name):
        raise Unfit([f"partition: {name!r} is not a valid name: use a letter, then letters, digits, _ . -, up to 64"])
    there = next((item for item in items if item.get("name") == name), None)
    path = f"{COLLECTION}/{name}"
    if state == "absent":
        if there is None:
            return []
        if name == "Common":
            raise Unfit(["partition: Common cannot be removed"])
        body = {"name": name, "defaultRouteDomain": there.get("defaultRouteDomain", 0)}
        return [Operation("DELETE", path, None, Operation("POST", COLLECTION, body))]
    want = {"defaultRouteDomain": route_domain, "description": description}
    want = {key: value for key, value in want.items() if value is not None}
    if there is None:
        body = {"name": name, "defaultRouteDomain": route_domain or 0, **want}
        return [Operation("POST", COLLECTION, body, Operation("DELETE", path))]
    return patch(path, {"defaultRouteDomain": 0, "description": None, **there}, want)
