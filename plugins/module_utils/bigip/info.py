# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts about a BIG-IP and its BGP, gathered without writing anything."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from ..zebos.parse import parse
from ..zebos.show.neighbors import neighbors
from ..zebos.show.routes import routes
from ..zebos.show.summary import summary
from ..zebos.show.table import table
from . import bgp, preflight, route_domain, self_ip, static_route, virtual_address
from .connection import BigIp
from .errors import BigIpError, NotEnabled, Refused, Unfit
from .imish import Imish, mask

SUBSETS = (
    "device",
    "route_domain",
    "self_ips",
    "static_routes",
    "config",
    "summary",
    "neighbors",
    "rib",
    "routes",
    "virtual_addresses",
    "virtual_servers",
    "failover",
    "preflight",
)
DEFAULT = ("device", "route_domain", "config", "summary", "neighbors", "rib", "routes")
PING = "/mgmt/tm/util/ping"
_SENT = re.compile(r"(\d+) packets transmitted, (\d+) (?:packets )?received")
# subset -> (command, how to read it, what it is without BGP)
_SHOWS: dict[str, tuple[str, Any, Any]] = {
    "summary": ("show ip bgp summary", summary, summary("")),
    "neighbors": ("show ip bgp neighbors", neighbors, []),
    "rib": ("show ip bgp", table, table("")),
    "routes": ("show ip route", routes, []),
}


def gather(bigip: BigIp, subsets: Iterable[str], number: int) -> dict[str, Any]:
    """The facts of each subset, by its name. Without BGP in the route domain its facts are empty."""
    imish = Imish(bigip, number)
    readers = {
        "device": lambda: device(bigip),
        "route_domain": lambda: route_domain.facts(route_domain.read(bigip, number)),
        "self_ips": lambda: [self_ip.facts(item) for item in self_ip.read(bigip)],
        "static_routes": lambda: [static_route.facts(item) for item in static_route.read(bigip)],
        "config": lambda: configuration(imish),
        "virtual_addresses": lambda: [virtual_address.facts(item) for item in virtual_address.read(bigip)],
        "virtual_servers": lambda: virtual_servers(bigip),
        "failover": lambda: {"state": preflight.failover(bigip), "sync": preflight.status(bigip, preflight.SYNC)},
        "preflight": lambda: preflight.read(bigip, number),
        **{name: lambda name=name: show(imish, name) for name in _SHOWS},
    }
    return {name: readers[name]() for name in SUBSETS if name in set(subsets)}


def show(imish: Imish, subset: str) -> Any:
    """One of the outputs that are understood, as data."""
    command, read, empty = _SHOWS[subset]
    try:
        return read(imish.show(command))
    except NotEnabled:
        return empty
    except Refused as problem:
        # BGP is enabled in the route domain, and nobody has configured a router yet.
        if all("No BGP process" in line for line in problem.refused):
            return empty
        raise


def configuration(imish: Imish) -> dict[str, Any]:
    """The BGP configuration as data and as text, and whether it is saved."""
    config, running = bgp.read(imish)
    return {
        **bgp.shown(config),
        "enabled": bool(running),
        "running_config": "\n".join(mask(line) for line in running.splitlines()),
        "saved": not imish.unsaved(running) if running else None,
    }


def device(bigip: BigIp) -> dict[str, Any]:
    """``{version, hostname, platform, serial}``."""
    try:
        own = next((item for item in bigip.items("/mgmt/tm/cm/device") if str(item.get("selfDevice")) == "true"), {})
    except BigIpError:
        own = {}
    return {
        "version": bigip.version,
        "hostname": own.get("hostname"),
        "platform": own.get("platformId"),
        "serial": own.get("chassisId"),
    }


def virtual_servers(bigip: BigIp) -> list[dict[str, Any]]:
    """Each virtual server with its pool, and the members with what the monitors say of them.

    A virtual server without a pool of its own has the one that its policies forward to, when that is one.
    """
    pools = {
        item.get("fullPath"): item
        for item in bigip.get("/mgmt/tm/ltm/pool", {"expandSubcollections": "true"}).get("items", [])
    }
    named = {
        item.get("fullPath"): virtual_address.split(str(item.get("address")))[0]
        for item in bigip.items("/mgmt/tm/ltm/virtual-address")
    }
    result = []
    for item in bigip.get("/mgmt/tm/ltm/virtual", {"expandSubcollections": "true"}).get("items", []):
        destination = str(item.get("destination", ""))
        address, port = _destination(destination)
        # A virtual address may have a name; AS3 gives them one.
        address = named.get(destination.rpartition(":")[0]) or named.get(destination.rpartition(".")[0]) or address
        chosen = item.get("pool") or _forwarded(bigip, item)
        pool = pools.get(chosen)
        result.append(
            {
                "name": item.get("name"),
                "partition": item.get("partition", "Common"),
                "destination": address,
                "port": port,
                "enabled": not item.get("disabled", False),
                "pool": chosen,
                "monitor": str(pool["monitor"]).strip() if pool and pool.get("monitor") else None,
                "balance": pool.get("loadBalancingMode") if pool else None,
                "members": [_member(member) for member in _members(pool)],
            }
        )
    return result


def _forwarded(bigip: BigIp, virtual: dict[str, Any]) -> str | None:
    """The pool that the policies of a virtual server forward to; None for none, or for several."""
    pools = set()
    for policy in (virtual.get("policiesReference") or {}).get("items", []):
        name = quote(str(policy.get("fullPath", "")).replace("/", "~"), safe="~")
        # A collection expands one level only: the actions come with the rules, not with the policy.
        rules = bigip.get(f"/mgmt/tm/ltm/policy/{name}/rules", {"expandSubcollections": "true"}).get("items", [])
        actions = [action for rule in rules for action in (rule.get("actionsReference") or {}).get("items", [])]
        pools |= {action["pool"] for action in actions if action.get("forward") and action.get("pool")}
    return pools.pop() if len(pools) == 1 else None


def _members(pool: dict[str, Any] | None) -> list[dict[str, Any]]:
    return list(((pool or {}).get("membersReference") or {}).get("items", []))


def _member(member: dict[str, Any]) -> dict[str, Any]:
    """A pool member: ``state`` is up, down, unchecked or user-down, as the monitor sees it."""
    _name, port = _destination(str(member.get("name", "")))
    return {
        "address": str(member.get("address", "")).partition("%")[0],
        "port": port,
        "state": member.get("state"),
        "session": member.get("session"),
    }


def _destination(text: str) -> tuple[str, int | None]:
    """``/Common/10.0.0.1%10:80`` (IPv6: ``/Common/2001:db8::1.80``) as address and port."""
    text = text.rpartition("/")[2]
    address, dot, port = text.rpartition("." if text.count(":") > 1 else ":")
    if not dot:
        address, port = text, ""
    return address.partition("%")[0], int(port) if port.isdigit() else None


def ping(bigip: BigIp, addresses: Iterable[str], count: int = 3, number: int = 0) -> dict[str, dict[str, int]]:
    """Ping from the BIG-IP: ``{address: {sent, received}}``. Raises Unfit for what is no address."""
    wanted, problems = [], []
    for address in addresses:
        try:
            wanted.append((address, str(ipaddress.ip_address(address.partition("%")[0]))))
        except ValueError:
            problems.append(f"ping: {address!r} is no address")
    if not 1 <= count <= 100:
        problems.append(f"ping_count: {count} is not between 1 and 100")
    if problems:
        raise Unfit(problems)
    result = {}
    for asked, address in wanted:
        target = address if not number else f"{address}%{int(number)}"
        reply = bigip.post(PING, {"command": "run", "utilCmdArgs": f"-c {count} -i 1 {target}"}, safe=True)
        found = _SENT.search(str(reply.get("commandResult") or ""))
        result[asked] = {"sent": int(found[1]), "received": int(found[2])} if found else {"sent": count, "received": 0}
    return result


def read_config(text: str) -> dict[str, Any]:
    """A running configuration as data."""
    return bgp.shown(parse(text))
