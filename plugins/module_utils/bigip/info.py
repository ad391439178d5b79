# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts about a BIG-IP and its BGP, from one observation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ..zebos.parse import parse
from . import bgp, partition, preflight, route_domain, self_ip, virtual_address
from .connection import BigIp
from .errors import NoShell
from .observe import ROUTING, SHOWS, Observation, Reading, observe

# subset -> the parts of an observation that it needs
PARTS: dict[str, tuple[str, ...]] = {
    "device": ("unit",),
    "route_domain": ("route_domains",),
    "self_ips": ("self_ips",),
    "static_routes": ("static_routes",),
    "config": ("config",),
    "summary": ("summary",),
    "neighbors": ("neighbors",),
    "rib": ("rib",),
    "routes": ("routes",),
    "partitions": ("partitions",),
    "virtual_addresses": ("virtual_addresses",),
    "virtual_servers": ("virtual_servers", "pools", "virtual_addresses"),
    "traffic": ("traffic",),
    "failover": ("unit",),
    "preflight": ("unit", "tmos_routing"),
    "observation": ROUTING,
}
SUBSETS = tuple(PARTS)
_FAILOVER = {
    "state": "failover",
    "sync": "sync",
    "traffic_groups": "traffic_groups",
    "device_groups": "device_groups",
}
# What is in an observation but not in a plan.
_OTHERS = {"outputs", "ping", "pools", "virtual_servers", "policies", "static_routes", "traffic", "unit"}
DEFAULT = ("device", "route_domain", "config", "summary", "neighbors", "rib", "routes")


def gather(
    bigip: BigIp,
    subsets: Iterable[str],
    number: int,
    ping: Iterable[str] = (),
    ping_count: int = 3,
    password: str | None = None,
    tidy: bool = False,
) -> dict[str, Any]:
    """The facts of each subset, by its name, and those of the pings. The arguments are those of ``observe``."""
    subsets, ping = set(subsets), list(ping)
    parts = {part for subset in subsets for part in PARTS[subset]}
    seen = observe(bigip, number, parts, password, ping, ping_count, tidy).observation
    return facts(seen, subsets) | ({"ping": seen.get("ping", {})} if ping else {})


def facts(seen: Observation, subsets: Iterable[str]) -> dict[str, Any]:
    """The facts of an observation that has the parts of the subsets, see ``PARTS``. Needs no session.

    Without BGP in the route domain its facts are empty. Raises NoShell for a subset that needs the shell if that is
    not available.
    """
    readers: dict[str, Callable[[], Any]] = {
        "device": lambda: device(seen),
        "route_domain": lambda: route_domain.facts(route_domain.find(seen["route_domains"], seen["number"])),
        "self_ips": lambda: [self_ip.facts(item) for item in seen["self_ips"]],
        "static_routes": lambda: _shell(seen, "static_routes"),
        "config": lambda: configuration(seen),
        "partitions": lambda: [partition.facts(item) for item in seen["partitions"]],
        "virtual_addresses": lambda: [virtual_address.facts(item) for item in seen["virtual_addresses"]],
        "virtual_servers": lambda: virtual_servers(seen),
        "traffic": lambda: list(seen["traffic"]),
        "failover": lambda: {key: _unit(seen).get(name) for key, name in _FAILOVER.items()},
        "preflight": lambda: preflight.facts(seen),
        "observation": lambda: {key: value for key, value in seen.items() if key not in _OTHERS},
        **{name: partial(_output, seen, name) for name in SHOWS},
    }
    chosen = set(subsets)
    return {name: readers[name]() for name in SUBSETS if name in chosen}


def _shell(seen: Observation, key: str) -> Any:
    """Output of the shell."""
    if key not in seen:
        raise NoShell(seen["imish"]["message"])
    return seen[key]


def _output(seen: Observation, name: str) -> Any:
    return _shell(seen, "outputs")[name]


def _unit(seen: Observation) -> Mapping[str, Any]:
    return seen.get("unit") or {}


def configuration(seen: Observation) -> dict[str, Any]:
    """The BGP configuration as data and as text, and whether it is saved."""
    lines = _shell(seen, "running_config")
    return {
        **bgp.shown(Reading(seen).config()),
        "enabled": bool(lines),
        "running_config": "\n".join(lines),
        "saved": seen["saved"],
    }


def device(seen: Observation) -> dict[str, Any]:
    """``{version, hostname, platform, serial}``."""
    return {"version": seen["version"], **{key: _unit(seen).get(key) for key in ("hostname", "platform", "serial")}}


def virtual_servers(seen: Observation) -> list[dict[str, Any]]:
    """Each virtual server with its pool, and the members with the state that the monitors report.

    A virtual server without a pool of its own has the one that its policies forward to, if there is exactly one.
    """
    pools = {item.get("fullPath"): item for item in seen["pools"]}
    addresses = seen["virtual_addresses"]
    named = {item.get("fullPath"): virtual_address.split(str(item.get("address"))) for item in addresses}
    result = []
    for item in seen["virtual_servers"]:
        destination = str(item.get("destination", ""))
        text, port = _destination(destination)
        # A virtual address may have a name; AS3 gives them one.
        address, number = (
            named.get(destination.rpartition(":")[0])
            or named.get(destination.rpartition(".")[0])
            or virtual_address.split(text)
        )
        chosen = item.get("pool") or _forwarded(seen.get("policies") or {}, item)
        pool = pools.get(chosen)
        result.append(
            {
                "name": item.get("name"),
                "partition": item.get("partition", "Common"),
                "destination": address,
                "route_domain": number,
                "port": port,
                "enabled": not item.get("disabled", False),
                "pool": chosen,
                "monitor": str(pool["monitor"]).strip() if pool and pool.get("monitor") else None,
                "balance": pool.get("loadBalancingMode") if pool else None,
                "members": [_member(member) for member in _members(pool)],
            }
        )
    return result


def _forwarded(policies: Mapping[str, list[str]], virtual: Mapping[str, Any]) -> str | None:
    """The pool that the policies of a virtual server forward to; None for none, or for several."""
    used = (virtual.get("policiesReference") or {}).get("items", [])
    pools = {pool for policy in used for pool in policies.get(str(policy.get("fullPath")), [])}
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
    """``/Common/10.0.0.1%10:80`` (IPv6: ``/Common/2001:db8::1.80``) as address with route domain, and port."""
    text = text.rpartition("/")[2]
    address, dot, port = text.rpartition("." if text.count(":") > 1 else ":")
    if not dot:
        address, port = text, ""
    return address, int(port) if port.isdigit() else None


def read_config(text: str) -> dict[str, Any]:
    """A running configuration as data."""
    return bgp.shown(parse(text))
