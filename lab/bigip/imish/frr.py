# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation of ZebOS lines to FRR.

FRR also has different defaults; BASE sets those of the device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .model import Bgp, Config, Context, Line
from .table import SAME

# Keepalive and hold time of a BIG-IP are 30 and 90 s; it exchanges routes with eBGP peers without a policy,
# announces a network whether or not a route to it stands, and offers graceful restart neighbor by neighbor, where
# `capability graceful-restart` or the device's default asks for it.
BASE = (
    "no bgp ebgp-requires-policy",
    "no bgp network import-check",
    "no bgp default show-hostname",
    "bgp log-neighbor-changes",
    "bgp graceful-restart-disable",
    "timers bgp 30 90",
)


@dataclass(frozen=True)
class Op:
    """One line for a daemon, in the configuration node that `path` leads to; None: in exec mode."""

    daemon: str
    path: tuple[str, ...] | None
    line: str


def _path(config: Config, context: Context, node: str) -> tuple[str, ...]:
    if config.bgp and context in (config.bgp, config.bgp.ipv6):
        family = "ipv6" if context is config.bgp.ipv6 else "ipv4"
        return (f"router bgp {config.bgp.asn}", *((f"address-family {family} unicast",) if node == "unicast" else ()))
    return (context.header,) if context.header else ()


def _restart(bgp: Bgp, peer: str, on: bool) -> Op:
    return Op("bgpd", (f"router bgp {bgp.asn}",), f"{'' if on else 'no '}neighbor {peer} graceful-restart")


def _graceful_restart(bgp: Bgp, line: Line, on: bool, replay: bool) -> Iterator[Op]:
    """A neighbor's graceful restart. FRR does not support it on peer groups, so it is set on every member.

    FRR rejects repeated commands: only differences are sent.
    """
    peer = line.values["peer"]
    if f"neighbor {peer} peer-group" not in bgp.lines:
        peers = [peer]
    elif replay:
        return  # set when members join
    else:
        peers = [
            member for member in bgp.members(peer) if f"neighbor {member} capability graceful-restart" not in bgp.lines
        ]
    for each in peers:
        if replay and on:
            yield _restart(bgp, each, on)
        elif not replay and on != bgp.restarts(each):
            yield _restart(bgp, each, on)
            # The capability is part of the OPEN message, so it needs a new session.
            yield Op("bgpd", None, f"clear bgp {each}")


def translate(config: Config, context: Context, line: Line, clear: bool = False, replay: bool = False) -> list[Op]:
    """The operations that set a line, or with `clear` remove it. `config` is the state before."""
    row, bgp = line.row, config.bgp
    on = not (clear or line.negated)
    if row.action == "graceful-restart":
        return list(_graceful_restart(bgp, line, on, replay)) if bgp and context is bgp else []
    if not row.frr:
        return []
    text = line.text if row.frr == SAME else row.frr.format(**line.values)
    if not on:
        text = row.frr_no.format(**line.values) if row.frr_no else f"no {text}"
    ops = [Op(row.daemon, _path(config, context, row.node), text)]
    if " ttl-security " in text and on and bgp and not replay:
        # FRR takes a group's only while its members have none of their own
        own = [bgp.lines.get(f"neighbor {each} ttl-security hops") for each in bgp.members(line.values["peer"])]
        for each in filter(None, own):
            ops.insert(0, replace(ops[0], line=f"no {each.text}"))
            ops.append(replace(ops[0], line=each.text))
    if row.action == "send-community" and on and line.values["which"] != "both":
        # FRR adds a kind to those that it sends already
        ops.insert(0, Op(row.daemon, ops[0].path, f"no neighbor {line.values['peer']} send-community both"))
    if row.action in ("join-group", "remote-as") and on and bgp and not row_is_group(bgp, line):
        peer, setting = line.values["peer"], "capability graceful-restart"
        group = line.values.get("group") or bgp.group_of(peer)
        theirs = bgp.lines.get(f"neighbor {group} {setting}") if group else None
        by_default = not theirs and bgp.personality.graceful_restart == "on"
        had = not replay and bgp.known(peer) and bgp.restarts(peer)
        wants = by_default or bool(theirs and not theirs.negated)
        if f"neighbor {peer} {setting}" not in bgp.lines and wants and not had:
            ops.append(_restart(bgp, peer, True))
    return ops


def row_is_group(bgp: Bgp, line: Line) -> bool:
    """True for a line about a peer group, of which FRR keeps no graceful restart."""
    return f"neighbor {line.values['peer']} peer-group" in bgp.lines


def create_bgp(asn: int) -> list[Op]:
    """A new `router bgp` with the device's defaults."""
    return [Op("bgpd", (f"router bgp {asn}",), line) for line in BASE]


def _replayed(context: Context) -> list[Line]:
    """A router's lines in an order that FRR accepts: groups, neighbors, the settings of groups, the others."""
    first = {"declare-group": 0, "remote-as": 1, "join-group": 2}
    groups = {line.values["peer"] for line in context.lines.values() if line.row.action == "declare-group"}
    return sorted(
        context.lines.values(),
        key=lambda line: first.get(line.row.action, 3 if line.values.get("peer") in groups else 4),
    )


def replay_peer(config: Config, peer: str) -> list[Op]:
    """A neighbor's lines, for a daemon that does not know it."""
    families = config.bgp.families() if config.bgp else []
    lines = [(each, line) for each in families for line in _replayed(each) if line.values.get("peer") == peer]
    return [op for family, line in lines for op in translate(config, family, line, replay=True)]


def replay(config: Config) -> list[Op]:
    """The whole configuration, for a daemon that has none."""
    ops: list[Op] = []
    for line in config.top.lines.values():
        ops += translate(config, config.top, line, replay=True)
    for context in config.route_maps.values():
        ops.append(Op("bgpd", (), context.header))
        for line in context.lines.values():
            ops += translate(config, context, line, replay=True)
    if config.bgp:
        ops += create_bgp(config.bgp.asn)
        for family in config.bgp.families():
            for line in _replayed(family):
                ops += translate(config, family, line, replay=True)
    return ops


def cleanup(running: str) -> list[Op]:
    """Commands that remove everything in a daemon's running configuration."""
    ops = []
    for line in running.splitlines():
        words = line.split()
        if line.startswith("router bgp "):
            ops.insert(0, Op("bgpd", (), f"no {line}"))
        elif line.startswith(
            (
                "ip prefix-list ",
                "ipv6 prefix-list ",
                "route-map ",
                "access-list ",
                "bgp as-path access-list ",
                "bgp community-list ",
            )
        ):
            ops.append(Op("bgpd", (), f"no {' '.join(words)}"))
    return ops
