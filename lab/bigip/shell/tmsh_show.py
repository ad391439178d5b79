# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tmsh's `show` commands that clients use: version, licence, services, routes, pools, high availability."""

from __future__ import annotations

import time
from collections.abc import Callable

from bigip.config.store import Entry
from bigip.interface import Device
from bigip.rest.documents import KEY, group_states, modules, sync_status

_STARTED = time.time()
RULE = "-" * 42


def version(device: Device, rest: list[str]) -> str:
    settings = device.settings
    return (
        "\nSys::Version\nMain Package\n  Product     BIG-IP\n"
        f"  Version     {settings.version}\n  Build       {settings.build}\n  Edition     Point Release 2\n"
        "  Date        Fri Jun  7 10:20:26 PDT 2024\n\n"
    )


def licence(device: Device, rest: list[str]) -> str:
    lines = [
        "",
        "Sys::License",
        f"Licensed Version    {device.settings.version.rsplit('.', 1)[0]}",
        f"Registration key    {KEY}",
        "Licensed On         2024/01/01",
        "License Start Date  2023/12/31",
        "License End Date    2038/01/01",
        "Active Modules",
    ]
    for module, features in modules(device).items():
        lines += [f"  {module} ({KEY[:13]})", *(f"    {feature}" for feature in features)]
    return "\n".join([*lines, ""])


def service(device: Device, rest: list[str]) -> str:
    """`tmrouted run (pid 4711) 33 days`"""
    names = rest or ["mcpd", "restjavad", "tmm", "tmrouted"]
    days = int((time.time() - _STARTED) // 86400)
    lines = []
    for name in names:
        if name == "tmrouted":
            up = any(imi.enabled for imi in device.routing.imish.imis.values())
        else:
            up = name in ("mcpd", "restjavad", "restnoded", "tmm")
        lines.append(f"{name:<12} run (pid {4000 + len(name)}) {days} days" if up else f"{name:<12} down, not required")
    return "\n".join([*lines, ""])


def routes(device: Device, rest: list[str]) -> str:
    """TMM's routing table: connected, static and dynamic (learnt by routing and installed)."""
    rule = "-" * 82
    head = f"{'Name':<20}{'Destination':<20}{'Type':<11}{'NextHop':<22}Origin"
    rows = [f"{r.destination:<19} {r.destination:<19} {r.kind:<10} {r.hop:<21} {r.origin}" for r in device.tmm.routes()]
    return "\n".join(["", rule, "Net::Routes", head, rule, *rows, ""])


def failover(device: Device, rest: list[str]) -> str:
    return f"Failover {device.state} for 0d 00:10:00\n"


def cm_failover(device: Device, rest: list[str]) -> str:
    state = device.state
    return (
        f"\n{RULE}\nCM::Failover Status\n{RULE}\nColor    {'green' if state == 'active' else 'gray'}\n"
        f"Status   {state.upper()}\nSummary  1/1 {state}\nDetails  {state} for /Common/traffic-group-1\n\n"
    )


def cm_sync(device: Device, rest: list[str]) -> str:
    status, color = sync_status(device)
    if status != "Standalone":
        return f"\n{RULE}\nCM::Sync Status\n{RULE}\nColor    {color}\nStatus   {status}\nMode     high-availability\n\n"
    return (
        f"\n{RULE}\nCM::Sync Status\n{RULE}\nColor    green\nStatus   Standalone\nMode     standalone\n"
        "Summary  Standalone\nDetails  Optional Action: Add a device to the trust domain\n\n"
    )


def cm_traffic_group(device: Device, rest: list[str]) -> str:
    """`show cm traffic-group`: one row for each group and device."""
    rule = "-" * 78
    head = f"{'Name':<26}{'Device':<28}{'Status':<9}{'Next':<8}Load"
    rows = [
        f"{group.rpartition('/')[2]:<25} {'-' if state == '-' else unit.rpartition('/')[2]:<27} {state:<8} false   -"
        for (group, unit), state in sorted(group_states(device).items())
    ]
    return "\n".join([rule, "CM::Traffic-Group", head, f"{'':<63}Active", rule, *rows, "", ""])


def _table(device: Device, path: str, title: str, rest: list[str]) -> str:
    wanted = rest[0].rpartition("/")[2] if rest else ""
    blocks = []
    for entry in sorted(device.store.objects(path), key=lambda item: item.full_path):
        if wanted and entry.name.name != wanted:
            continue
        blocks.append(_status(device, title, entry))
        if path == "ltm/pool" and "members" in rest:
            blocks += [_status(device, "Ltm::Pool Member", member, indent="  ") for member in entry.members("members")]
    return "".join(blocks)


def _status(device: Device, title: str, entry: Entry, indent: str = "") -> str:
    seen = device.status.of(entry)
    lines = [
        RULE,
        f"{title}: {entry.name.name}",
        RULE,
        "Status",
        f"  Availability : {seen.availability}",
        f"  State        : {seen.enabled}",
        f"  Reason       : {seen.reason}",
        "",
    ]
    return "\n".join(f"{indent}{line}" for line in lines) + "\n"


SHOW: dict[str, Callable[[Device, list[str]], str]] = {
    "sys version": version,
    "sys license": licence,
    "sys service": service,
    "sys failover": failover,
    "net route": routes,
    "cm failover-status": cm_failover,
    "cm sync-status": cm_sync,
    "cm traffic-group": cm_traffic_group,
    "ltm virtual": lambda device, rest: _table(device, "ltm/virtual", "Ltm::Virtual Server", rest),
    "ltm virtual-address": lambda device, rest: _table(device, "ltm/virtual-address", "Ltm::Virtual Address", rest),
    "ltm pool": lambda device, rest: _table(device, "ltm/pool", "Ltm::Pool", rest),
    "ltm node": lambda device, rest: _table(device, "ltm/node", "Ltm::Node", rest),
}
