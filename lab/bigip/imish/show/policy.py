# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show ip prefix-list` and `show route-map`, from the configuration itself."""

from __future__ import annotations

from .. import render
from ..edit import Refused
from ..model import Config


def prefix_lists(config: Config, family: str, name: str | None = None) -> str:
    """All prefix lists of a family ("ip", "ipv6"), or one."""
    lines = []
    for block in render.blocks(config, f"{family} prefix-list"):
        label = block[0].split()[2]
        # "ipv6 prefix-list" ends like "ip prefix-list" does
        if not block[0].startswith(f"{family} ") or name not in (None, label):
            continue
        entries = [line.split(" ", 3)[3] for line in block if " description " not in line]
        described = [line.split(" description ", 1)[1] for line in block if " description " in line]
        lines += [
            f"{family} prefix-list {label}: {len(entries)} entries",
            *(f"   Description: {text}" for text in described),
            *(f"   {entry}" for entry in entries),
        ]
    if name is not None and not lines:
        raise Refused("% Can't find specified prefix-list")
    return "".join(f"{line}\n" for line in lines)


def community_lists(config: Config, name: str | None = None) -> str:
    """All community lists, or one (form composed: no public sample was found)."""
    lists: dict[tuple[str, str], list[str]] = {}
    for _slot, line in config.section("ip community-list"):
        label, kind = line.values["name"], line.values.get("kind", "")
        if name in (None, label):
            lists.setdefault((label, kind), []).append(f"   {line.values['act']} {line.values['what']}")
    if name is not None and not lists:
        raise Refused("% Can't find specified community-list")
    return "".join(
        f"{(kind or 'standard').capitalize()} community-list {label}\n" + "".join(f"{entry}\n" for entry in entries)
        for (label, kind), entries in lists.items()
    )


def protocols(config: Config) -> str:
    """What `show ip protocols` tells of BGP (form composed: no public sample was found)."""
    bgp = config.bgp
    if bgp is None:
        return ""
    sources = [line.values["source"] for line in bgp.lines.values() if line.text.startswith("redistribute")]
    lines = [
        f'Routing Protocol is "bgp {bgp.asn}"',
        f"  Redistributing: {', '.join(sources)}",
        "  Neighbor(s):",
        "  Address          AddressFamily  FiltIn  FiltOut  DistIn  DistOut  RouteMapIn  RouteMapOut",
        *(f"  {peer:<16} unicast" for peer in bgp.peers()),
    ]
    return "".join(f"{line}\n" for line in lines)


def route_maps(config: Config, name: str | None = None) -> str:
    """All route-maps, or one."""
    lines = []
    for block in render.route_maps(config):
        _word, label, act, seq = block[0].split()
        if name not in (None, label):
            continue
        clauses = [line.split(" ", 2)[1:] for line in block[1:]]
        lines.append(f"route-map {label}, {act}, sequence {seq}")
        for kind in ("match", "set"):
            lines += [f"  {kind.capitalize()} clauses:", *(f"    {rest}" for word, rest in clauses if word == kind)]
    if name is not None and not lines:
        raise Refused(f"% Could not find route-map {name}")
    return "".join(f"{line}\n" for line in lines)
