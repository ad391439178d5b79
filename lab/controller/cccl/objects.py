# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of one partition, from the controller's file and from iControl REST, in one comparable form. Pure.

Both sides become an ``Item``: its kind (the path below /mgmt/tm/ltm/), its name, and the properties that count.
Settings that are not in the controller's file are not compared, so that settings of others (above all route
advertisement of a virtual address) are kept.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any

MONITORS = ("http", "https", "tcp", "udp", "gateway-icmp")
POOL, VIRTUAL = "pool", "virtual"
# Features that this driver does not support. F5's does.
UNSUPPORTED = {
    "l7Policies": "L7 policies",
    "customProfiles": "TLS profiles",
    "iRules": "iRules",
    "internalDataGroups": "data groups",
    "iapps": "iApps",
}
WHITELIST = "cccl-whitelist"  # metadata with which an operator excludes an object from the controller


class UnsupportedError(Exception):
    """The file contains something that this driver does not support."""


@dataclass(frozen=True, order=True)
class Endpoint:
    """A pool member: its address always with route domain, and its port."""

    address: str
    route_domain: int
    port: int

    @property
    def name(self) -> str:
        """As f5-cccl names it: the route domain is spelt out, so that the partition's default may change."""
        return f"{self.address}%{self.route_domain}{separator(self.address)}{self.port}"


@dataclass(frozen=True)
class Item:
    kind: str
    name: str
    properties: dict[str, Any]
    members: dict[Endpoint, dict[str, Any]] = field(default_factory=dict)
    protected: bool = False


Items = dict[tuple[str, str], Item]  # (kind, name) → item


def separator(address: str) -> str:
    """Between address and port, the BIG-IP writes a colon for IPv4 and a dot for IPv6."""
    return "." if ":" in address else ":"


def endpoint(text: str, route_domain: int) -> Endpoint:
    """`10.0.0.1%2:80`, `10.0.0.1:80`, `fd00::1%2.80` → Endpoint. Raises ValueError."""
    mark = ":" if text.count(":") == 1 else "."
    host, _mark, port = text.rpartition(mark)
    address, _percent, domain = host.partition("%")
    ipaddress.ip_address(address)
    return Endpoint(address, int(domain) if domain else route_domain, int(port))


def destination(text: str, route_domain: int) -> tuple[str, Endpoint]:
    """`/k8s/10.0.0.1%2:80` → (`k8s`, Endpoint). Raises ValueError."""
    _root, partition, last = text.split("/", 2)
    return partition, endpoint(last, route_domain)


def desired(resources: dict[str, Any], partition: str, route_domain: int) -> Items:
    """The items in the controller's file. Raises UnsupportedError, KeyError, ValueError."""
    refused = [words for section, words in UNSUPPORTED.items() if resources.get(section)]
    if refused:
        raise UnsupportedError(
            f"partition {partition}: the lab's cccl driver makes no {', no '.join(refused)}; nothing was written"
        )
    items = [_wanted_monitor(entry) for entry in resources.get("monitors") or []]
    items += [_wanted_pool(entry, route_domain) for entry in resources.get("pools") or []]
    items += [_wanted_virtual(entry, route_domain) for entry in resources.get("virtualServers") or []]
    return {(item.kind, item.name): item for item in items}


def _wanted_monitor(entry: dict[str, Any]) -> Item:
    kind = {"icmp": "gateway-icmp"}.get(entry["type"], entry["type"])
    if kind not in MONITORS:
        raise UnsupportedError(f"monitor {entry['name']}: the lab's cccl driver makes no monitors of type {kind}")
    properties = {key: entry[key] for key in ("interval", "timeout", "sslProfile") if entry.get(key)}
    properties |= {key: escaped(entry[key]) for key in ("send", "recv") if entry.get(key)}
    return Item(f"monitor/{kind}", entry["name"], properties)


def _wanted_pool(entry: dict[str, Any], route_domain: int) -> Item:
    members = {}
    for member in entry.get("members") or []:
        address, _percent, domain = member["address"].partition("%")
        where = Endpoint(address, int(domain) if domain else route_domain, int(member["port"]))
        settings = {"session": member.get("session") or "user-enabled", "state": "user-up"}
        if member.get("adminState") == "offline":
            settings = {"session": "user-disabled", "state": "user-down"}
        names = {"connectionLimit": "connectionLimit", "Ratio": "ratio", "priorityGroup": "priorityGroup"}
        settings |= {theirs: member[ours] for ours, theirs in names.items() if member.get(ours)}
        members[where] = settings
    properties = {
        "loadBalancingMode": entry.get("loadBalancingMode") or "round-robin",
        "monitor": " and ".join(sorted(entry.get("monitors") or [])),
    }
    return Item(POOL, entry["name"], properties, members)


def _wanted_virtual(entry: dict[str, Any], route_domain: int) -> Item:
    if entry.get("policies"):
        raise UnsupportedError(f"virtual server {entry['name']}: the lab's cccl driver makes no L7 policies")
    partition, where = destination(entry["destination"], route_domain)
    properties = {
        "destination": f"/{partition}/{where.name}",
        "enabled": bool(entry.get("enabled", True)),
        "profiles": _profiles(entry.get("profiles") or []),
        "rules": list(entry.get("rules") or []),
        "pool": entry.get("pool") or "",
        "sourceAddressTranslation": {k: v for k, v in (entry.get("sourceAddressTranslation") or {}).items() if v},
    }
    properties |= {key: entry[key] for key in ("ipProtocol", "mask", "description", "translateAddress")
                   if entry.get(key)}  # fmt: skip
    return Item(VIRTUAL, entry["name"], properties)


def actual(kind: str, entry: dict[str, Any], route_domain: int) -> Item:
    """An object as iControl REST lists it, with its sub-collections expanded."""
    protected = any(item.get("name") == WHITELIST for item in entry.get("metadata") or [])
    if kind == POOL:
        members = {}
        for member in (entry.get("membersReference") or {}).get("items") or []:
            where = endpoint(member["name"], route_domain)
            members[where] = member | _admin_state(member)
        monitors = [
            m.strip() for m in str(entry.get("monitor") or "").split(" and ") if m.strip() not in ("", "default")
        ]
        properties = {"loadBalancingMode": entry.get("loadBalancingMode", "round-robin"),
                      "monitor": " and ".join(sorted(monitors))}  # fmt: skip
        return Item(kind, entry["name"], properties, members, protected)
    if kind == VIRTUAL:
        return Item(kind, entry["name"], _actual_virtual(entry, route_domain), protected=protected)
    properties = {key: entry.get(key) for key in ("interval", "timeout", "sslProfile")}
    properties |= {key: escaped(entry.get(key) or "") for key in ("send", "recv")}
    return Item(kind, entry["name"], properties, protected=protected)


def _actual_virtual(entry: dict[str, Any], route_domain: int) -> dict[str, Any]:
    try:
        partition, where = destination(entry["destination"], route_domain)
        place = f"/{partition}/{where.name}"
    except ValueError:  # named by a virtual address of another name: not one that the controller made
        place = entry["destination"]
    translation = dict(entry.get("sourceAddressTranslation") or {})
    translation.pop("poolReference", None)
    same = ("ipProtocol", "mask", "description", "translateAddress")
    return {key: entry.get(key) for key in same} | {
        "destination": place,
        "enabled": not entry.get("disabled", False),
        "profiles": _profiles((entry.get("profilesReference") or {}).get("items") or []),
        "rules": list(entry.get("rules") or []),
        "pool": entry.get("pool") or "",
        "sourceAddressTranslation": translation,
    }


def _profiles(entries: list[dict[str, Any]]) -> list[dict[str, str]]:
    keys = ("partition", "name", "context")
    return sorted(({key: entry.get(key) or "all" for key in keys} for entry in entries), key=lambda p: p["name"])


def _admin_state(member: dict[str, Any]) -> dict[str, str]:
    """What an operator set, not what a monitor found: a monitored member says `monitor-enabled` and `up` or `down`."""
    return {
        "session": "user-disabled" if member.get("session") == "user-disabled" else "user-enabled",
        "state": "user-down" if member.get("state") == "user-down" else "user-up",
    }


def escaped(text: str) -> str:
    r"""Line ends as the BIG-IP keeps them in monitor strings: a backslash and a letter (its default: GET /\r\n)."""
    return text.replace("\r", r"\r").replace("\n", r"\n")


def unescaped(text: str) -> str:
    """Line ends as F5's driver sends them."""
    return text.replace(r"\r", "\r").replace(r"\n", "\n")
