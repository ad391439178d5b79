# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`run sys failover …` and `run cm config-sync …`, from tmsh and from REST."""

from __future__ import annotations

from typing import Any

from bigip import errors
from bigip.interface import Device


def words(body: dict[str, Any]) -> list[str]:
    """A REST body as tmsh's words: ``utilCmdArgs``, ``options``, or the words as properties of their own."""
    found = str(body.get("utilCmdArgs") or "").split()
    options = body.get("options") or [{key: value} for key, value in body.items() if key in _PROPERTIES]
    for option in options:
        for name, value in option.items():
            name = _PROPERTIES.get(name, name)
            found += [name] if value in (True, "") else [name, str(value)]
    return found


_PROPERTIES = {
    "standby": "standby",
    "offline": "offline",
    "online": "online",
    "trafficGroup": "traffic-group",
    "toGroup": "to-group",
    "fromGroup": "from-group",
}


def run(device: Device, component: str, given: list[str]) -> None:
    """Raises RestError. The caller does not hold the device's lock: the peer is spoken with."""
    if not given:
        raise errors.syntax(f"{component} requires an argument")
    unit = device.pair
    if component == "cm config-sync":
        if given[0] not in ("to-group", "from-group") or len(given) < 2:
            raise errors.unexpected(given[0])
        if unit is None:
            raise errors.not_found("device group", given[1])
        unit.sync(given[0], given[1])
        return
    if given[0] not in ("standby", "offline", "online") or (given[1:] and given[1] != "traffic-group"):
        raise errors.unexpected(given[-1] if given[0] == "standby" else given[0])
    if unit is None:
        return  # a standalone device has no peer to fail over to
    if given[0] == "standby":
        group = given[2] if len(given) > 2 else None
        unit.stand_by(group if group is None or group.startswith("/") else f"/Common/{group}")
    else:
        unit.set_offline(given[0] == "offline")
