# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses, routes, neighbours and filters of the namespace: read the state, write the differences."""

from __future__ import annotations

import ipaddress
import json
import logging
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bigip.tmm.filter import CHAINS
from bigip.tmm.plan import Route, SelfIp

LOG = logging.getLogger(__name__)
DEVICE = "tmm"
STATIC = "250"  # protocol number of TMOS's own static routes: not one of FRR's, so zebra treats them as kernel routes


def ip(*words: str) -> bool:
    return _run(["ip", *words])[0]


def _run(argv: list[str], text: str | None = None) -> tuple[bool, str]:
    try:
        done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        LOG.warning("%s: %s", " ".join(argv), error)
        return False, ""
    if done.returncode:
        LOG.warning("%s: %s", " ".join(argv), done.stderr.strip())
    return not done.returncode, done.stdout


def _json(*words: str) -> list[dict[str, Any]]:
    _good, out = _run(["ip", "-j", *words])
    try:
        return json.loads(out or "[]")
    except ValueError:
        return []


def _family(prefix: str) -> str:
    return "-6" if ":" in prefix else "-4"


def _prefix(text: str, version: str) -> str:
    if text == "default":
        return "::/0" if version == "-6" else "0.0.0.0/0"
    return str(ipaddress.ip_network(text, strict=False))


def prefixes(table: str) -> set[str]:
    """The prefixes that the device tmm has in a table: ``main`` (what routing may redistribute) or ``local``."""
    found = set()
    for version in ("-4", "-6"):
        for route in _json(version, "route", "show", "table", table, "dev", DEVICE):
            if route.get("type", "unicast") in ("unicast", "local") and route.get("protocol") != "kernel":
                found.add(_prefix(route["dst"], version))
    return found


def set_prefixes(table: str, wanted: set[str]) -> bool:
    """Set exactly these prefixes of the device tmm in a table; True if something changed."""
    there = prefixes(table)
    kind = ["local"] if table == "local" else []
    for item in sorted(wanted - there):
        ip(_family(item), "route", "add", *kind, item, "dev", DEVICE, "table", table)
    for item in sorted(there - wanted):
        ip(_family(item), "route", "del", *kind, item, "dev", DEVICE, "table", table)
    return there != wanted


@dataclass(frozen=True)
class Forwarding:
    """One line of TMM's table. ``origin``: connected, static, or dynamic (learnt by routing and installed)."""

    destination: str
    kind: str  # interface, gw
    hop: str
    origin: str


_ORIGINS = {
    "kernel": "connected",
    STATIC: "static",
    "bgp": "dynamic",
    "186": "dynamic",
    "ospf": "dynamic",
    "zebra": "dynamic",
    "static": "static",
}


def forwarding(links: Mapping[str, str]) -> list[Forwarding]:
    """The main table; ``links`` gives the full path of each VLAN by its device's name."""
    found = []
    for version in ("-4", "-6"):
        for route in _json(version, "route", "show", "table", "main"):
            origin = _ORIGINS.get(str(route.get("protocol")))
            if origin is None or route.get("dev") == DEVICE or str(route["dst"]).startswith("fe80"):
                continue
            destination = _prefix(route["dst"], version)
            for hop in route.get("nexthops", [route]):
                gateway = hop.get("gateway") or (hop.get("via") or {}).get("host")
                device = str(hop.get("dev", ""))
                found.append(
                    Forwarding(
                        destination, "gw" if gateway else "interface", gateway or links.get(device, device), origin
                    )
                )
    order = ("connected", "static", "dynamic")
    return sorted(found, key=lambda item: order.index(item.origin))


def set_self_ips(wanted: Iterable[SelfIp], before: Iterable[SelfIp]) -> None:
    """Set the addresses of links; remove only those of an earlier configuration."""
    links = {
        link["ifname"]: {f"{a['local']}/{a['prefixlen']}" for a in link.get("addr_info", [])}
        for link in _json("address", "show")
    }
    kept = {(item.link, item.address) for item in wanted}
    for link, address in sorted(kept):
        if link in links and address not in links[link]:
            ip(_family(address), "address", "add", address, "dev", link)
    for item in before:
        if (item.link, item.address) not in kept and item.address in links.get(item.link, ()):
            ip(_family(item.address), "address", "del", item.address, "dev", item.link)


def set_routes(wanted: Iterable[Route]) -> None:
    """TMOS's static routes."""
    there = {}
    for version in ("-4", "-6"):
        for route in _json(version, "route", "show", "proto", STATIC):
            there[_prefix(route["dst"], version)] = route.get("gateway")
    named = {_prefix(route.network, _family(route.gateway)): route.gateway for route in wanted}
    for network, gateway in named.items():
        if there.get(network) != gateway:
            ip(_family(network), "route", "replace", network, "via", gateway, "proto", STATIC)
    for network in there.keys() - named.keys():
        ip(_family(network), "route", "del", network, "proto", STATIC)


def set_neighbors(wanted: Iterable[tuple[str, str]], before: Iterable[tuple[str, str]]) -> None:
    """Static ARP entries, on the link that reaches each address."""
    wanted, before = set(wanted), set(before)
    for verb, items in (("replace", wanted - before), ("del", before - wanted)):
        for address, mac in sorted(items):
            way = _json("route", "get", address)
            if way and "gateway" not in way[0]:
                permanent = ["lladdr", mac, "nud", "permanent"] if verb == "replace" else []
                ip("neigh", verb, address, *permanent, "dev", way[0]["dev"])


def set_filter(rules: str, version: int) -> bool:
    """Put the chains of filter.py in place and hook them into INPUT."""
    program = "ip6tables" if version == 6 else "iptables"
    good, _out = _run([f"{program}-restore", "-n"], rules)
    for chain in CHAINS if good else ():
        check = subprocess.run([program, "-C", "INPUT", "-j", chain], capture_output=True, check=False)
        if check.returncode:
            good = _run([program, "-I", "INPUT", "-j", chain])[0] and good
    return good
