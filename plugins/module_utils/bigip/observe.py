# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One observation of a BIG-IP: everything that preflight, snapshot, planning and verification need, in few calls.

All that imish, tmsh and ping print comes from one util/bash call; objects that may be written are read as iControl
REST shows them. A session is a login, at most six reads and a logout.

The observation is plain JSON without secrets, so that it can be saved: decisions based on it need no session.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..zebos.model import Config, Password
from ..zebos.parse import parse
from ..zebos.secrets import MASK, mask
from ..zebos.show.neighbors import neighbors
from ..zebos.show.routes import routes
from ..zebos.show.summary import summary
from ..zebos.show.table import table
from . import partition, route_domain, self_ip, static_route, tmsh, virtual_address
from .connection import BigIp
from .errors import BigIpError, NoShell, NotEnabled, Refused, Unfit
from .imish import NOT_RUNNING, Imish, essence

# Version of the observation's format, raised when its meaning changes.
SCHEMA = 1

# What can be read. ``config`` is the running and the startup configuration of imish.
ROUTING = ("config", "tmos_routing", "route_domains", "self_ips", "virtual_addresses")
PREFLIGHT = (*ROUTING, "unit", "static_routes")
SHOWS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "summary": ("show ip bgp summary", summary),
    "neighbors": ("show ip bgp neighbors", neighbors),
    "rib": ("show ip bgp", table),
    "routes": ("show ip route", routes),
}


def _traffic(bigip: BigIp) -> list[dict[str, Any]]:
    """The client-side packet and connection counters of each virtual server."""
    entries = bigip.get("/mgmt/tm/ltm/virtual/stats").get("entries") or {}
    counted = [item["nestedStats"]["entries"] for item in entries.values()]
    return [
        {
            "name": item["tmName"]["description"],
            "connections": item["clientside.curConns"]["value"],
            "packets_in": item["clientside.pktsIn"]["value"],
        }
        for item in counted
    ]


_REST: dict[str, Callable[[BigIp], list[dict[str, Any]]]] = {
    "route_domains": route_domain.read_all,
    "self_ips": self_ip.read,
    "virtual_addresses": virtual_address.read,
    "partitions": partition.read,
    "pools": lambda bigip: _expanded(bigip, "/mgmt/tm/ltm/pool"),
    "virtual_servers": lambda bigip: _expanded(bigip, "/mgmt/tm/ltm/virtual"),
    "traffic": _traffic,
}
# A variable that this version does not have ends tmsh, so these come last in the script.
_TMSH = {
    "unit": (
        "show sys license",
        "show cm failover-status",
        "show cm sync-status",
        "show cm traffic-group",
        "list cm device recursive",
        "list cm device-group recursive",
    ),
    "static_routes": ("list net route recursive",),
    "virtual_servers": ("list ltm policy recursive",),
    "tmos_routing": ("list sys db tmrouted.tmos.routing value",),
}
TMOS_BGP = "/mgmt/tm/net/routing/bgp"
_SENT = re.compile(r"--- (\S+) ping statistics ---\s+(\d+) packets transmitted, (\d+) (?:packets )?received")
# Pings that run in parallel on the device, and the timeout of each reply in seconds.
_PINGS = 50
_PING_WAIT = 1

Observation = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """An observation, together with the running configuration as printed by the device, passwords included.

    ``running`` is None for an observation that was saved: then it is only known whether a password is the wanted one.
    """

    observation: Observation
    running: str | None = None

    def config(self, password: str | None = None) -> Config:
        """The parsed configuration. Raises NoShell if it could not be read.

        :param password: the one that the observation was compared with
        """
        if self.running is not None:
            return parse(self.running)
        if "running_config" not in self.observation:
            raise NoShell(self.observation["imish"]["message"])
        config = parse("".join(f"{line}\n" for line in self.observation["running_config"]))
        for name, kind in self.observation["passwords"].items():
            peer = config.bgp.peer(name) if config.bgp else None
            if peer is not None:
                text = password if kind == "wanted" and password else MASK
                peer.password = Password(text, encrypted=kind == "hidden")
        return config

    @property
    def enabled(self) -> bool:
        """Whether dynamic routing runs in the route domain."""
        return self.observation["imish"]["state"] == "enabled"


def observe(
    bigip: BigIp,
    number: int,
    parts: Collection[str],
    password: str | None = None,
    ping: Iterable[str] = (),
    ping_count: int = 3,
    tidy: bool = False,
    wait: bool = False,
) -> Reading:
    """Read the given parts. Does not change the configuration.

    :param number: the route domain
    :param password: the session password that the neighbors should have, see ``Reading``
    :param ping: addresses to ping, all in the same call
    :param tidy: also remove uploads that a killed run left on the device
    :param wait: wait for the daemons of a route domain in which BGP is enabled
    :raises Unfit: an address is not valid
    """
    imish, ping = Imish(bigip, number), list(ping)
    pings = _ping_lines(ping, ping_count, number)
    seen: dict[str, Any] = {"schema": SCHEMA, "number": number}
    seen |= {part: read(bigip) for part, read in _REST.items() if part in parts}
    seen["version"] = bigip.version if "unit" in parts else bigip.seen_version or None
    lines = _lines(imish, parts) | pings
    if not lines:
        return Reading(seen)
    try:
        outputs = dict(zip(lines, imish.script(list(lines.values()), tidy), strict=True))
    except NoShell as problem:
        state = "bash disabled" if "disablebash" in problem.message else "no bash"
        return Reading(seen | {"imish": {"state": state, "message": problem.message}})
    seen["imish"] = _state(imish, outputs)
    if wait and _starting(seen, number):
        imish.wait(sleep=bigip.sleep)
        return observe(bigip, number, parts, password, (), ping_count, False, False)
    running = _configuration(seen, imish, outputs, password)
    seen["outputs"] = {name: _shown(imish, seen, name, outputs[name]) for name in SHOWS if name in outputs}
    _system(bigip, seen, parts, outputs.get("tmsh", ""))
    if pings:
        seen["ping"] = _pinged(ping, outputs, ping_count)
    return Reading(seen, running)


def _lines(imish: Imish, parts: Collection[str]) -> dict[str, str]:
    """The bash lines by the name of their output."""
    lines = {}
    if "config" in parts:
        lines = {"running": imish.line("show running-config"), "startup": imish.line("show startup-config")}
    elif "unit" in parts:
        lines = {"running": imish.line("show version")}
    lines |= {name: imish.line(command) for name, (command, _read) in SHOWS.items() if name in parts}
    commands = [command for part, listed in _TMSH.items() if part in parts for command in listed]
    if commands:
        lines["tmsh"] = f'tmsh -q -c "cd /; {"; ".join(commands)}"'
    return lines


def _state(imish: Imish, outputs: Mapping[str, str]) -> dict[str, str]:
    """Whether the route domain runs dynamic routing, from its first output."""
    first = next((outputs[name] for name in ("running", *SHOWS) if name in outputs), "")
    try:
        imish.judge(first, "show running-config")
    except NotEnabled as problem:
        return {"state": "not enabled", "message": problem.message}
    except Refused as problem:
        return {"state": "refused", "message": problem.message}
    return {"state": "enabled", "message": ""}


def _starting(seen: Observation, number: int) -> bool:
    """Whether the route domain runs BGP, but its daemons do not answer yet."""
    found = (item for item in seen.get("route_domains", ()) if item.get("id") == number)
    has_bgp = any("BGP" in (item.get("routingProtocol") or []) for item in found)
    return seen["imish"]["state"] == "not enabled" and (has_bgp or NOT_RUNNING in seen["imish"]["message"])


def _configuration(seen: dict[str, Any], imish: Imish, outputs: Mapping[str, str], password: str | None) -> str | None:
    """The running configuration, into ``seen`` without its passwords."""
    if "startup" not in outputs:
        return None
    if seen["imish"]["state"] == "refused":
        raise Refused(seen["imish"]["message"])
    running = imish.whole(outputs["running"]) if seen["imish"]["state"] == "enabled" else ""
    bgp = parse(running).bgp
    peers = [*bgp.peer_groups.values(), *bgp.neighbors.values()] if bgp else []
    seen["running_config"] = [mask(line.rstrip()) for line in running.rstrip().splitlines()]
    seen["passwords"] = {peer.name: _kind(peer.password, password) for peer in peers if peer.password}
    seen["saved"] = None
    if running:
        startup = outputs["startup"]
        try:
            imish.judge(startup, "show startup-config")
        except (Refused, NotEnabled):
            startup = ""
        seen["saved"] = essence(startup) == essence(running)
    return running


def _kind(there: Password, wanted: str | None) -> str:
    if there.encrypted:
        return "hidden"
    return "wanted" if there.text == wanted else "other"


def _shown(imish: Imish, seen: Observation, name: str, output: str) -> Any:
    """The data of one output; empty without BGP in the route domain, or without a BGP process."""
    command, read = SHOWS[name]
    try:
        imish.judge(output, command)
    except NotEnabled:
        return read("")
    except Refused as problem:
        if all("No BGP process" in line for line in problem.refused):
            return read("")
        raise
    return read(output)


def _system(bigip: BigIp, seen: dict[str, Any], parts: Collection[str], text: str) -> None:
    """What tmsh shows, into ``seen``; None for what this version does not show."""
    if "tmos_routing" in parts:
        value = tmsh.objects(text, "sys db").get("/Common/tmrouted.tmos.routing", {}).get("value")
        seen["tmos_routing"] = None if value is None else value == "enable"
        if seen["tmos_routing"]:
            seen["tmos_bgp"] = _tmos_bgp(bigip)
    if "unit" in parts:
        devices = tmsh.objects(text, "cm device").values()
        own = next((item for item in devices if item.get("self-device") == "true"), {})
        seen["unit"] = {
            "traffic_groups": tmsh.traffic_groups(text, str(own.get("hostname"))),
            "device_groups": [
                {"name": path, "auto_sync": item.get("auto-sync") == "enabled"}
                for path, item in tmsh.objects(text, "cm device-group").items()
                if item.get("type") == "sync-failover"
            ],
            "failover": tmsh.status(text, "CM::Failover Status"),
            "sync": tmsh.status(text, "CM::Sync Status"),
            "licence": _licensed(text),
            "hostname": own.get("hostname"),
            "platform": own.get("platform-id"),
            "serial": own.get("chassis-id"),
        }
    if "static_routes" in parts:
        seen["static_routes"] = [
            static_route.facts({"name": path.rpartition("/")[2], "partition": path.split("/")[1], **item})
            for path, item in tmsh.objects(text, "net route").items()
        ]
    if "virtual_servers" in parts:
        seen["policies"] = {
            path: sorted(set(_forwards(item.get("rules") or {})))
            for path, item in tmsh.objects(text, "ltm policy").items()
        }


def _licensed(text: str) -> bool | None:
    """Whether the licence has a routing module; None when it was not printed."""
    _before, mark, licence = text.partition("Sys::License")
    licence = licence.partition("CM::")[0]
    return ("Routing Bundle" in licence or "BGP" in licence) if mark else None


def _forwards(rules: Mapping[str, Any]) -> Iterable[str]:
    """The pools to which the rules of a policy forward."""
    for rule in rules.values():
        for action in ((rule or {}).get("actions") or {}).values():
            if isinstance(action, dict) and "forward" in action and action.get("pool"):
                yield tmsh.path(action["pool"])


def _tmos_bgp(bigip: BigIp) -> list[dict[str, Any]]:
    """Routers of TMOS mode, with their route domain if the output has one."""
    try:
        return [{"name": str(item.get("name")), "domain": item.get("routeDomain")} for item in bigip.items(TMOS_BGP)]
    except BigIpError:
        return []


def _expanded(bigip: BigIp, collection: str) -> list[dict[str, Any]]:
    return list(bigip.get(collection, {"expandSubcollections": "true"}).get("items", []))


# ---- pings -----------------------------------------------------------------------------------------


def _ping_lines(addresses: Iterable[str], count: int, number: int) -> dict[str, str]:
    """Bash lines that ping all addresses, several in parallel. Raises Unfit for an invalid address."""
    targets, problems = [], []
    for address in addresses:
        try:
            ip = ipaddress.ip_address(address.partition("%")[0])
            domain = address.partition("%")[2] or str(number)
            targets.append(f"{ip}%{int(domain)}" if int(domain) else str(ip))
        except ValueError:
            problems.append(f"ping: {address!r} is not a valid address")
    if not 1 <= count <= 100:
        problems.append(f"ping_count: {count} is not between 1 and 100")
    if problems:
        raise Unfit(problems)
    lines = {}
    for start in range(0, len(targets), _PINGS):
        chunk = [f"{_program(target)} -c {count} -i 1 -W {_PING_WAIT} {target}" for target in targets[start:][:_PINGS]]
        lines[f"ping {start}"] = " & ".join(chunk) + " & wait"
    return lines


def _program(target: str) -> str:
    return "ping6" if ":" in target else "ping"


def _pinged(addresses: Iterable[str], outputs: Mapping[str, str], count: int) -> dict[str, dict[str, int]]:
    """``{address: {sent, received}}``."""
    text = "\n".join(output for name, output in outputs.items() if name.startswith("ping "))
    found = {target.partition("%")[0]: (int(sent), int(received)) for target, sent, received in _SENT.findall(text)}
    result = {}
    for address in addresses:
        sent, received = found.get(str(ipaddress.ip_address(address.partition("%")[0])), (count, 0))
        result[address] = {"sent": sent, "received": received}
    return result
