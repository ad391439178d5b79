# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route advertisement of virtual addresses: which VIPs become kernel routes and thereby BGP routes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from .connection import BigIp, resource
from .errors import Unfit
from .operations import Operation, patch

COLLECTION = "/mgmt/tm/ltm/virtual-address"
ADVERTISEMENT = ("disabled", "enabled", "selective", "any", "all", "always")
# option -> key of the object
KEYS = {
    "route_advertisement": "routeAdvertisement",
    "icmp_echo": "icmpEcho",
    "arp": "arp",
    "availability": "serverScope",
    "traffic_group": "trafficGroup",
}


def read(bigip: BigIp) -> list[dict[str, Any]]:
    """All virtual addresses of all partitions."""
    return bigip.items(COLLECTION)


def facts(item: Mapping[str, Any]) -> dict[str, Any]:
    """The virtual address in the form of the options."""
    address, domain = split(str(item.get("address") or item.get("name")))
    return {
        "name": item.get("name"),
        "partition": item.get("partition", "Common"),
        "address": address,
        "route_domain": domain,
        "enabled": item.get("enabled") != "no",
        **{option: item.get(key) for option, key in KEYS.items()},
    }


def split(text: str) -> tuple[str, int]:
    """``10.0.0.1%10`` as address and route domain; ``any`` is 0.0.0.0."""
    address, _percent, domain = text.partition("%")
    address = {"any": "0.0.0.0", "any6": "::"}.get(address, address.partition("/")[0])
    try:
        address = str(ipaddress.ip_address(address))
    except ValueError:
        pass
    return address, int(domain) if domain.isdigit() else 0


class Index:
    """Looks up virtual addresses of a device by partition, address and route domain, or by name."""

    def __init__(self, items: Iterable[Mapping[str, Any]], route_domain: int = 0) -> None:
        self.route_domain = route_domain
        self.by_address: dict[tuple[str, str, int], Any] = {}
        self.by_name: dict[tuple[str, str], Any] = {}
        for item in items:
            partition = item.get("partition", "Common")
            address, domain = split(str(item.get("address") or item.get("name")))
            self.by_address[(partition, address, domain)] = item
            self.by_name[(partition, str(item.get("name")))] = item

    def find(self, want: Mapping[str, Any]) -> Any:
        """The virtual address. Raises LookupError that names other partitions with the address."""
        partition, text = want.get("partition") or "Common", str(want["address"])
        address, domain = split(text)
        if "%" not in text:
            domain = self.route_domain
        item = self.by_address.get((partition, address, domain)) or self.by_name.get((partition, text))
        if item is None:
            elsewhere = [where for where, *rest in self.by_address if rest == [address, domain]]
            hint = f"; it is in partition {', '.join(elsewhere)}" if elsewhere else ""
            raise LookupError(
                f"virtual_addresses[{text}]: partition {partition} has no such virtual address in route "
                f"domain {domain}{hint}"
            )
        return item


def chosen(items: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]], route_domain: int = 0) -> list:
    """The facts of the requested virtual addresses that exist."""
    index, found = Index(items, route_domain), []
    for want in wanted:
        try:
            found.append(facts(index.find(want)))
        except LookupError:
            continue
    return found


def plan(items: list[dict[str, Any]], wanted: Iterable[Mapping[str, Any]], route_domain: int = 0) -> list[Operation]:
    """The changes for a list of ``{address, partition, route_advertisement, icmp_echo, …}``.

    An address may carry its route domain as ``%10``; one without is in ``route_domain``. Raises Unfit with
    every address that the device does not have: they are created with their virtual servers.
    """
    index, operations, problems = Index(items, route_domain), [], []
    for want in wanted:
        try:
            item = index.find(want)
        except LookupError as problem:
            problems.append(problem.args[0])
            continue
        body = {key: _shape(option, want[option]) for option, key in KEYS.items() if want.get(option) is not None}
        path = resource("ltm/virtual-address", str(item["name"]), item.get("partition", "Common"))
        operations += patch(path, item, body)
    if problems:
        raise Unfit(problems)
    return operations


def _shape(option: str, value: Any) -> str:
    """A traffic group has a full path; booleans are strings."""
    if option == "traffic_group" and "/" not in str(value):
        return str(value) if value == "none" else f"/Common/{value}"
    if isinstance(value, bool):
        return "enabled" if value else "disabled"
    return str(value)
