# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print a configuration as `show running-config` does.

The form is that of the samples of real devices: one blank of indent, `!` between sections, the lines of
`address-family ipv6` no deeper than the router's own, peer groups before neighbors, no defaults but those that
ZebOS prints.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from . import commands_bgp, commands_config, secret
from .model import Bgp, Config, Context, Line, address_order, inherited, sticks
from .table import Row

_BEFORE_ROUTER = ("debug", "log", "bfd", "bgp", "access-list")
_AFTER_ROUTER = ("ip route", "ipv6 route", "ip as-path", "ip community-list", "ip prefix-list", "ipv6 prefix-list")
_SOURCES = ("kernel", "connected", "static", "rip", "ospf", "isis")
_TABLES: dict[str, list[Row]] = {
    "router": commands_bgp.ROUTER,
    "ipv6": commands_bgp.IPV6,
    "route-map": commands_config.ROUTE_MAP,
    "interface": commands_config.INTERFACE,
    "line": commands_config.LINE,
    "config": commands_config.CONFIG,
}
# Position of a pattern in its table: the tables are in print order.
_ORDER = {(mode, row.pattern): index for mode, rows in _TABLES.items() for index, row in enumerate(rows)}


def _within(line: Line) -> tuple[int, ...]:
    """Order of lines of one row: announced networks by address, sources as ZebOS lists them."""
    if "net" in line.values:
        network = ipaddress.ip_network(line.values["net"])
        return (network.version, int(network.network_address), network.prefixlen)
    if line.values.get("way") in ("in", "out"):
        return (("in", "out").index(line.values["way"]),)
    if "source" in line.values and line.text.startswith("redistribute"):
        return (_SOURCES.index(line.values["source"]),)
    return ()


def _sorted(context: Context) -> list[Line]:
    def key(line: Line) -> tuple:
        peer = line.values["peer"] if line.row.of_neighbor or line.row.action == "declare-group" else None
        subject = (0, (0, 0, "")) if peer is None else (1, address_order(peer))
        return (*subject, _ORDER[context.mode, line.row.pattern], _within(line), line.text)

    return sorted(context.lines.values(), key=key)


def _as_route_as(bgp: Bgp, line: Line) -> bool:
    """A member's AS number is its group's where the group has one."""
    group = bgp.group_of(line.values["peer"]) if line.row.action == "remote-as" else None
    return bool(group and f"neighbor {group} remote-as" in bgp.lines)


def body(context: Context, bgp: Bgp | None = None, hide: bool = False) -> list[str]:
    """A context's lines in print order, without lines that equal the default; `hide`: without passwords."""
    shown = []
    for line in _sorted(context):
        kept = line.row.shown or sticks(context, bgp, line)
        if (kept or line.body != inherited(context, bgp, line)) and not (bgp and _as_route_as(bgp, line)):
            shown.append(_hidden(line, bgp) if hide and bgp and line.row.action == "password" else str(line))
    return shown


def _hidden(line: Line, bgp: Bgp) -> str:
    form = bgp.personality.hidden_password
    return f"neighbor {line.values['peer']} password {secret.hide(line.values['password'], form)}"


def _normalised(text: str) -> str:
    """A policy line as printed by a device that makes implicit defaults explicit (U6)."""
    return re.sub(
        r"(prefix-list \S+ seq \d+ \w+ \S+/(\d+)) le (\d+)$",
        lambda found: f"{found[1]} ge {int(found[2]) + 1} le {found[3]}",
        text,
    )


def router(bgp: Bgp, hide: bool = False) -> list[str]:
    """The `router bgp` section."""
    lines = [bgp.header, *(f" {line}" for line in body(bgp, bgp, hide))]
    family = body(bgp.ipv6, bgp)
    if family:
        lines += [" !", " address-family ipv6", *(f" {line}" for line in family), " exit-address-family"]
    return lines


def _section(config: Config, name: str) -> list[list[str]]:
    """The blocks of one section: lists one by one, other lines together."""
    lists: dict[str, list[Line]] = {}
    for _slot, line in config.section(name):
        lists.setdefault(line.values.get("name", ""), []).append(line)
    if name.endswith("prefix-list"):
        spell = _normalised if config.personality.policy_lines == "normalised" else str
        return [
            [spell(str(line)) for line in sorted(lists[key], key=lambda line: int(line.values.get("seq", 0)))]
            for key in sorted(lists)
        ]
    if name.endswith(("access-list", "as-path", "community-list")):
        return [[str(line) for line in lines] for lines in lists.values()]
    lines = [line for group in lists.values() for line in group]
    lines.sort(key=lambda line: (_ORDER["config", line.row.pattern], _within(line), line.text))
    return [[str(line)] for line in lines] if name == "log" else [[str(line) for line in lines]] if lines else []


def _contexts(contexts: Iterable[Context]) -> list[list[str]]:
    return [[context.header, *(f" {line}" for line in body(context))] for context in contexts]


def route_maps(config: Config) -> list[list[str]]:
    """Route-maps in the order in which they were first named, entries by number."""
    names = list(dict.fromkeys(name for name, _seq in config.route_maps))
    keys = [key for name in names for key in sorted(config.maps_named(name))]
    return _contexts(config.route_maps[key] for key in keys)


def encrypted(config: Config) -> bool:
    """True if passwords are hidden in the configuration."""
    return "service password-encryption" in config.top.lines


def blocks(config: Config, part: str = "") -> list[list[str]]:
    """All sections in print order; `part` picks: router, prefix-list, route-map, access-list or interface."""
    parts: list[tuple[str, list[list[str]]]] = [
        *((name, _section(config, name)) for name in _BEFORE_ROUTER),
        ("interface", _contexts(config.interfaces.values())),
        ("router", [router(config.bgp, encrypted(config))] if config.bgp else []),
        *((name, _section(config, name)) for name in _AFTER_ROUTER),
        ("route-map", route_maps(config)),
    ]
    return [block for name, found in parts if not part or name.endswith(part) for block in found]


def running_config(config: Config) -> str:
    """The text of `show running-config`."""
    lines = ["!", f"{'' if encrypted(config) else 'no '}service password-encryption", "!"]
    for block in blocks(config):
        lines += [*block, "!"]
    for block in _contexts(config.consoles[key] for key in sorted(config.consoles)):
        lines += block
    return "\n".join([*lines, "!", "end"]) + "\n\n"


def part_config(config: Config, part: str) -> str:
    """The text of `show running-config <part>`."""
    lines = ["!"]
    for block in blocks(config, part):
        lines += [*block, "!"]
    return "\n".join(lines) + "\n"
