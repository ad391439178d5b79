# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port lockdown of self IPs: the services that a self IP accepts.

``allowService`` has four forms: the string ``all``, a list with ``default`` (the device's own list:
no BGP, no BFD), a list of ``protocol:port``, and no key at all for none.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from .connection import BigIp, resource
from .errors import Unfit
from .operations import Operation, patch

COLLECTION = "/mgmt/tm/net/self"
_SERVICE = re.compile(r"[a-z][a-z0-9-]{0,15}:\d{1,5}")
# tmsh shows names where REST shows numbers; users write either.
_NAMED = {"bgp": "179", "http": "80", "https": "443", "ssh": "22", "snmp": "161", "domain": "53", "any": "0"}


def service(value: str) -> str:
    """``tcp:bgp`` and ``tcp:179`` as ``tcp:179``; ``all``, ``default`` and ``none`` as they are.

    Raises ValueError for anything else.
    """
    text = str(value).strip().lower()
    if text in ("all", "default", "none"):
        return text
    protocol, _colon, port = text.partition(":")
    text = f"{protocol}:{_NAMED.get(port, port)}"
    if not _SERVICE.fullmatch(text) or int(text.partition(":")[2]) > 65535:
        raise ValueError(f"{value!r} is not a valid service: use protocol:port such as tcp:179, or all, default, none")
    return text


def services(value: Any) -> list[str]:
    """``allowService`` as a sorted list: ``["all"]``, ``["default", …]``, ``["tcp:179", …]`` or ``[]`` for none."""
    if value is None or value == "none":
        return []
    listed = [value] if isinstance(value, str) else list(value)
    return sorted(dict.fromkeys(str(item).lower() for item in listed if item != "none"))


def merge(have: list[str], wanted: Iterable[str], state: str) -> list[str]:
    """The services to allow. ``all`` already allows everything, so adding to it changes nothing."""
    named = list(dict.fromkeys(service(item) for item in wanted))
    if state == "exact":
        return sorted(item for item in named if item != "none")
    if state == "absent":
        return sorted(set(have) - set(named))
    if "all" in have:
        return have
    return ["all"] if "all" in named else sorted(set(have) | set(named) - {"none"})


def find(
    items: list[dict[str, Any]], address: str | None, name: str | None, partition: str = "Common", route_domain: int = 0
) -> dict[str, Any]:
    """The self IP of that name, or of that address in that route domain. Raises Unfit when there is none."""
    for item in items:
        if name is not None and (item.get("name"), item.get("partition", "Common")) == (name, partition):
            return item
        if (
            name is None
            and address is not None
            and split(str(item.get("address"))) == (str(ipaddress.ip_address(address)), route_domain)
        ):
            return item
    there = ", ".join(f"{item.get('name')} ({item.get('address')})" for item in items) or "none"
    what = f"named {name!r} in partition {partition}" if name else f"{address} in route domain {route_domain}"
    raise Unfit([f"self_ip: the device has no self IP {what} (it has {there})"])


def split(text: str) -> tuple[str, int]:
    """``10.0.0.1%10/24`` as address and route domain."""
    address, _slash, _mask = text.partition("/")
    address, _percent, domain = address.partition("%")
    try:
        return str(ipaddress.ip_address(address)), int(domain or 0)
    except ValueError:
        return address, int(domain) if domain.isdigit() else 0


def facts(item: dict[str, Any]) -> dict[str, Any]:
    """``{name, partition, address, prefix_length, route_domain, vlan, floating, traffic_group, allow_service}``."""
    address, domain = split(str(item.get("address")))
    length = str(item.get("address")).partition("/")[2]
    return {
        "name": item.get("name"),
        "partition": item.get("partition", "Common"),
        "address": address,
        "prefix_length": int(length) if length.isdigit() else None,
        "route_domain": domain,
        "vlan": item.get("vlan"),
        "floating": item.get("floating") == "enabled",
        "traffic_group": item.get("trafficGroup"),
        "allow_service": services(item.get("allowService")),
    }


def read(bigip: BigIp) -> list[dict[str, Any]]:
    """All self IPs."""
    return bigip.items(COLLECTION)


def plan(item: dict[str, Any], wanted: Iterable[str], state: str = "present") -> list[Operation]:
    """The change of the port lockdown."""
    have = services(item.get("allowService"))
    want = merge(have, wanted, state)
    path = resource("net/self", str(item["name"]), item.get("partition", "Common"))
    return patch(path, {"allowService": _shape(have)}, {"allowService": _shape(want)})


def _shape(listed: list[str]) -> Any:
    """In the form of the device: ``all`` is a string, none is an empty list."""
    return "all" if listed == ["all"] else listed
