# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statistics documents: names and values inside ``nestedStats``, as clients read them."""

from __future__ import annotations

from typing import Any

from bigip import errors
from bigip.config.store import Entry
from bigip.config.view import HOST
from bigip.interface import Device
from bigip.rest.target import Target

SHOWN = {
    "ltm/virtual",
    "ltm/virtual-address",
    "ltm/pool",
    "ltm/pool/members",
    "ltm/node",
    "cm/traffic-group",
    "net/vlan",
}


# Counters of a virtual server on a device that haproxy does not have.
_UNCOUNTED = (
    "csMaxConnDur",
    "csMeanConnDur",
    "csMinConnDur",
    "fiveMinAvgUsageRatio",
    "fiveSecAvgUsageRatio",
    "oneMinAvgUsageRatio",
    "totRequests",
    *(
        f"syncookie__{word}"
        for word in (
            "accepts",
            "hwAccepts",
            "hwSyncookies",
            "hwsyncookieInstance",
            "rejects",
            "swsyncookieInstance",
            "syncacheCurr",
            "syncacheOver",
            "syncookies",
        )
    ),
)


def describe(**values: Any) -> dict[str, Any]:
    """``{"a": {"description": "x"}}``, or ``{"value": 1}`` for numbers."""
    return {
        name.replace("__", "."): {"value" if isinstance(value, int) else "description": value}
        for name, value in values.items()
    }


def nested(entries: dict[str, Any], **about: str) -> dict[str, Any]:
    """``about``: kind and selfLink, which an object's own statistics carry."""
    return {"nestedStats": {**about, "entries": entries}}


def show(device: Device, target: Target, path: str) -> dict[str, Any]:
    kind = target.kind
    if kind.path not in SHOWN:
        raise errors.tm_not_registered(path)
    store, view = device.store, device.view
    where = path.removeprefix("/mgmt/tm/").rstrip("/")
    if target.name is not None:
        entry = store.find(kind, target.name, target.parent)
        return {
            "kind": kind.stats_kind,
            "generation": entry.generation,
            "selfLink": view.link(where),
            "entries": dict([_one(device, entry)]),
        }
    entries = sorted(store.collection(kind, target.parent).values(), key=lambda item: item.full_path)
    collection = f"tm:{kind.path.replace('/', ':')}:{kind.word}collectionstats"
    return {"kind": collection, "selfLink": view.link(where), "entries": dict(_one(device, entry) for entry in entries)}


def _one(device: Device, entry: Entry) -> tuple[str, dict[str, Any]]:
    path = f"{device.view.path(entry)}/stats"
    return f"{HOST}{path}", nested(_values(device, entry), kind=entry.kind.stats_kind, selfLink=device.view.link(path))


def _values(device: Device, entry: Entry) -> dict[str, Any]:
    if entry.kind.path == "cm/traffic-group":
        return describe(
            deviceName=f"/Common/{device.settings.hostname}",
            trafficGroup=entry.full_path,
            failoverState="active" if device.holds(entry.full_path) else "standby",
            nextActive="false",
        )
    if entry.kind.path == "net/vlan":
        return describe(id=entry.get("tag"), tmName=entry.full_path, macTrue="0a:00:00:00:00:01")
    seen = device.status.of(entry)
    values: dict[str, Any] = describe(
        status__availabilityState=seen.availability,
        status__enabledState=seen.enabled,
        status__statusReason=seen.reason,
        tmName=entry.full_path,
    )
    counted = seen.counters
    match entry.kind.path:
        case "ltm/pool/members":
            host, _mark, port = entry.name.name.rpartition(":")
            values |= describe(
                addr=entry.get("address"),
                nodeName=f"/{entry.name.partition}/{host}",
                port=int(port),
                poolName=entry.parent.full_path if entry.parent else "",
                sessionStatus="enabled",
                monitorStatus=seen.monitor,
                **_traffic("serverside__", counted),
            )
        case "ltm/pool":
            values |= describe(
                activeMemberCnt=seen.up,
                availableMemberCnt=seen.up,
                memberCnt=seen.members,
                monitorRule=entry.get("monitor", "none"),
                curSessions=0,
                totRequests=0,
                minActiveMembers=0,
                **_queue("connq"),
                **_queue("connqAll"),
                **_traffic("serverside__", counted),
            )
        case "ltm/virtual":
            values |= describe(
                destination=entry.get("destination", ""),
                cmpEnabled="enabled",
                cmpEnableMode="all-cpus",
                syncookieStatus="not-activated",
                syncookie__status="not-activated",
                **dict.fromkeys(_UNCOUNTED, 0),
                **_traffic("ephemeral__", {}),
                **_traffic("clientside__", counted),
            )
        case "ltm/node":
            values |= describe(
                addr=entry.get("address", ""),
                monitorRule=entry.get("monitor", "none"),
                monitorStatus=seen.monitor or "unchecked",
                sessionStatus="enabled",
                curSessions=0,
                totRequests=0,
                **_traffic("serverside__", counted),
            )
        case _:
            values |= describe(addr=entry.get("address", ""))
    return values


def _queue(name: str) -> dict[str, int]:
    """No connection is ever queued here."""
    return {f"{name}__{word}": 0 for word in ("ageEdm", "ageEma", "ageHead", "ageMax", "depth", "serviced")}


def _traffic(side: str, counted: dict[str, int]) -> dict[str, int]:
    names = ("curConns", "maxConns", "totConns", "bitsIn", "bitsOut", "pktsIn", "pktsOut", "evictedConns", "slowKilled")
    return {f"{side}{name}": counted.get(name, 0) for name in names}
