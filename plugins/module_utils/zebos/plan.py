# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compute the minimal imish commands from one configuration to another.

The order is safe while the lines run one after the other: what is used is created before its use (4-byte AS numbers,
lists, maps, peer groups, neighbors), and what is removed is removed after its last use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from . import diff_peers, foreign, lists
from .model import Aggregate, Bgp, Config, Network, Redistribute, Routes
from .normalise import normalise, prints_when_on, settled


@dataclass
class Plan:
    """The commands, and their effect on established sessions."""

    # Lines of configuration mode, as they are sent; blocks are closed by ``exit``.
    commands: list[str] = field(default_factory=list)
    # Neighbors whose session these lines reset, with the reason.
    resets: dict[str, str] = field(default_factory=dict)
    # Neighbors that stay up but need a route refresh for a policy to take effect.
    refresh: list[str] = field(default_factory=list)


def plan(have: Config, target: Config) -> Plan:
    """Compare two configurations. The plan for equal ones is empty."""
    target = settled(target, have)
    off = prints_when_on(have)
    was, then = normalise(have, off), normalise(target, off)
    result = Plan()
    if then.extended_asn_cap and not was.extended_asn_cap:
        result.commands.append("bgp extended-asn-cap")
    spell = _speller(have)
    result.commands += lists.additions(was, then, have.unmanaged, spell)
    result.commands += _router(have, was.bgp, then.bgp, target.bgp, spell, result, off)
    result.commands += lists.removals(was, then, spell)
    if was.extended_asn_cap and not then.extended_asn_cap:
        result.commands.append("no bgp extended-asn-cap")
    if was.bgp and then.bgp and was.bgp.as_number == then.bgp.as_number:
        result.refresh = [
            name for name in diff_peers.policy_changes(was, then, lists.changed(was, then)) if name not in result.resets
        ]
    return result


def render(config: Config) -> list[str]:
    """The lines that create this configuration on a device without any."""
    return plan(Config(), config).commands


def _speller(have: Config) -> Callable[[str], str]:
    """A function that returns the device's spelling of a name (``/Common/x``) if it has one."""
    return lambda name: have.spelling.get(name, name)


def _router(
    have: Config,
    was: Bgp | None,
    then: Bgp | None,
    said: Bgp | None,
    spell: Callable[[str], str],
    result: Plan,
    off: bool,
) -> list[str]:
    if then is None:
        if was is None:
            return []
        result.resets.update({name: "router bgp is removed" for name in was.neighbors})
        return [f"no router bgp {was.as_number}"]
    lines: list[str] = []
    again = was is not None and was.as_number != then.as_number
    if was is not None and again:
        lines.append(f"no router bgp {was.as_number}")
        result.resets.update({name: f"AS {was.as_number} becomes {then.as_number}" for name in was.neighbors})
        was = None
    base = was or Bgp(then.as_number)
    changes = diff_peers.changes(base, then, said or then, have.unmanaged, spell, off)
    # The block is removed as a whole: lines in it that the model does not cover are sent again.
    for block, texts in foreign.retyped(have.unmanaged, lambda line: again):
        changes.add(block, texts)
    result.resets.update(changes.resets)
    if base.router_id != then.router_id and was and was.router_id:
        result.resets.update({name: "another router-id" for name in was.neighbors if name in then.neighbors})
    body = [
        *_settings(base, then),
        *changes.before,
        *_routes(base.ipv4, then.ipv4, spell),
        *changes.after,
    ]
    families = {foreign.IPV6: [*changes.ipv6, *_routes(base.ipv6, then.ipv6, spell)], **changes.families}
    for block, texts in families.items():
        body += [block, *texts, "exit-address-family"] if texts else []
    if body or was is None:
        lines += [f"router bgp {then.as_number}", *(f" {line}" for line in body), "exit"]
    return lines


def _settings(was: Bgp, then: Bgp) -> Iterator[str]:
    """The router's own settings."""
    for attribute, words in (
        ("router_id", "bgp router-id"),
        ("restart_time", "bgp graceful-restart restart-time"),
        ("stalepath_time", "bgp graceful-restart stalepath-time"),
        ("max_paths_ebgp", "max-paths ebgp"),
        ("max_paths_ibgp", "max-paths ibgp"),
    ):
        old, new = getattr(was, attribute), getattr(then, attribute)
        if old != new:
            yield f"{words} {new}" if new is not None else f"no {words} {old}"
    if was.graceful_reset != then.graceful_reset:
        yield f"{'' if then.graceful_reset else 'no '}bgp graceful-restart graceful-reset"
    if was.timers != then.timers:
        yield f"timers bgp {then.timers.keepalive} {then.timers.holdtime}" if then.timers else "no timers bgp"


def _routes(was: Routes, then: Routes, spell: Callable[[str], str]) -> Iterator[str]:
    """Networks, aggregates and redistribution. A route map or flag can only be removed with its line."""
    for kind, words, write in (
        ("networks", "network", _map),
        ("aggregates", "aggregate-address", _flags),
        ("redistribute", "redistribute", _map),
    ):
        old, new = getattr(was, kind), getattr(then, kind)
        for key, item in old.items():
            if key not in new or (new[key] != item and _loses(item, new[key])):
                # Without the route map: with it, some shells remove only the map and keep announcing.
                yield f"no {words} {key}"
        for key, item in new.items():
            if old.get(key) != item:
                yield f"{words} {key}{write(item, spell)}"


def _loses(old: Any, new: Any) -> bool:
    """Whether a part of the old line would remain in effect."""
    if isinstance(old, Aggregate):
        return (old.summary_only and not new.summary_only) or (old.as_set and not new.as_set)
    return new.route_map is None


def _flags(item: Aggregate, _spell: Callable[[str], str]) -> str:
    return (" as-set" if item.as_set else "") + (" summary-only" if item.summary_only else "")


def _map(item: Network | Redistribute, spell: Callable[[str], str]) -> str:
    return f" route-map {spell(item.route_map)}" if item.route_map else ""
