# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routing protocols of a route domain. They are added to the protocols that run there and never replace them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .connection import BigIp, resource
from .errors import Unfit
from .operations import Operation, patch

COLLECTION = "/mgmt/tm/net/route-domain"
PROTOCOLS = ("BFD", "BGP", "IS-IS", "OSPFv2", "OSPFv3", "PIM", "RIP", "RIPng")


def read_all(bigip: BigIp) -> list[dict[str, Any]]:
    """Every route domain."""
    return bigip.items(COLLECTION)


def read(bigip: BigIp, number: int) -> dict[str, Any]:
    """The route domain of that id, see ``find``."""
    return find(read_all(bigip), number)


def find(items: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """The route domain of that id. Its name often differs from the ID.

    Raises Unfit when there is none.
    """
    for item in items:
        if item.get("id") == number:
            return item
    ids = ", ".join(str(item.get("id")) for item in items) or "none"
    raise Unfit([f"route_domain: the device has no route domain {number} (it has {ids})"])


def facts(item: dict[str, Any]) -> dict[str, Any]:
    """``{id, name, partition, routing_protocol, vlans}``; the device leaves out what is empty."""
    return {
        "id": item.get("id"),
        "name": item.get("name"),
        "partition": item.get("partition", "Common"),
        "routing_protocol": sorted(item.get("routingProtocol") or []),
        "vlans": sorted(item.get("vlans") or []),
    }


def plan(item: dict[str, Any], protocols: Iterable[str], state: str = "present") -> list[Operation]:
    """Add the protocols (``present``), remove them (``absent``), or set exactly this list (``exact``)."""
    have, named = set(item.get("routingProtocol") or []), set(protocols)
    want = {"present": have | named, "absent": have - named, "exact": named}[state]
    path = resource("net/route-domain", str(item["name"]), item.get("partition", "Common"))
    return patch(path, {"routingProtocol": sorted(have)}, {"routingProtocol": sorted(want)})
