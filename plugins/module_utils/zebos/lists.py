# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines for prefix lists, route maps and access lists that change one configuration into another."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import policy
from .model import AccessList, Config, PrefixList, RouteMap, RouteMapEntry, Unmanaged

Spell = Callable[[str], str]
PREFIX_LISTS = {"ipv4": "ip prefix-list", "ipv6": "ipv6 prefix-list"}


def additions(was: Config, then: Config, unmanaged: list[Unmanaged], spell: Spell) -> list[str]:
    """Lines that create or change lists and maps; they run before anything uses them.

    Lists first, then the maps that match on them.
    """
    lines: list[str] = []
    for key, prefixes in then.prefix_lists.items():
        lines += _prefix_list(was.prefix_lists.get(key), prefixes, spell)
    for name, access in then.access_lists.items():
        lines += _access_list(was.access_lists.get(name), access, spell)
    for name, route_map in then.route_maps.items():
        lines += _route_map(was.route_maps.get(name), route_map, unmanaged, spell)
    return lines


def removals(was: Config, then: Config, spell: Spell) -> list[str]:
    """Lines that remove whole lists and maps, after their last use: maps before the lists they match on."""
    return [
        *(f"no route-map {spell(name)}" for name in was.route_maps if name not in then.route_maps),
        *(f"no access-list {spell(name)}" for name in was.access_lists if name not in then.access_lists),
        *(
            f"no {PREFIX_LISTS[afi]} {spell(name)}"
            for afi, name in was.prefix_lists
            if (afi, name) not in then.prefix_lists
        ),
    ]


def changed(was: Config, then: Config) -> set[tuple[str, str]]:
    """The lists and maps, present before and after, whose effect changed: ``(kind, name)``.

    A map changes with the lists that it matches on.
    """
    result = {
        key for key, item in then.prefix_lists.items() if key in was.prefix_lists and was.prefix_lists[key] != item
    }
    result |= {
        ("access_list", key)
        for key, item in then.access_lists.items()
        if key in was.access_lists and was.access_lists[key] != item
    }
    lists = {name for _kind, name in result}
    for name, item in then.route_maps.items():
        matched = {
            str(value)
            for entry in item.entries.values()
            for key, value in entry.match.items()
            if key.startswith(("ip_", "ipv6_"))
        }
        if name in was.route_maps and (was.route_maps[name] != item or matched & lists):
            result.add(("route_map", name))
    return result


def _prefix_list(old: PrefixList | None, new: PrefixList, spell: Spell) -> Iterator[str]:
    before = old.entries if old else {}
    start = f"{PREFIX_LISTS[new.afi]} {spell(new.name)}"
    stale = {seq: rule for seq, rule in before.items() if new.entries.get(seq) != rule}
    fresh = {seq: rule for seq, rule in new.entries.items() if before.get(seq) != rule}
    # An entry is removed first if its number or its content is used again: the device rejects both.
    first = {seq for seq, rule in stale.items() if seq in fresh or rule in fresh.values()}
    for seq in sorted(first):
        yield f"no {start} seq {seq} {policy.prefix_rule_words(stale[seq])}"
    for seq in sorted(fresh):
        yield f"{start} seq {seq} {policy.prefix_rule_words(fresh[seq])}"
    for seq in sorted(set(stale) - first):
        yield f"no {start} seq {seq} {policy.prefix_rule_words(stale[seq])}"


def _access_list(old: AccessList | None, new: AccessList, spell: Spell) -> Iterator[str]:
    before = old.entries if old else []
    name = spell(new.name)
    if before != new.entries[: len(before)]:
        # Entries can only be appended: for another order the list is created again.
        yield f"no access-list {name}"
        before = []
    for rule in new.entries[len(before) :]:
        yield f"access-list {name} {rule}"


def _route_map(old: RouteMap | None, new: RouteMap, unmanaged: list[Unmanaged], spell: Spell) -> Iterator[str]:
    before = old.entries if old else {}
    name = spell(new.name)
    for seq, entry in sorted(new.entries.items()):
        held = before.get(seq)
        kept = []
        if held is not None and held.action != entry.action:
            block = f"route-map {name} {held.action} {seq}"
            yield f"no {block}"
            kept = [line.text for line in unmanaged if line.block == block]
            held = None
        lines = [*_clauses(held, entry, spell), *kept]
        if held is None or lines:
            yield f"route-map {name} {entry.action} {seq}"
            yield from (f" {line}" for line in lines)
            yield "exit"
    for seq, entry in sorted(before.items()):
        if seq not in new.entries:
            yield f"no route-map {name} {entry.action} {seq}"


def _clauses(old: RouteMapEntry | None, new: RouteMapEntry, spell: Spell) -> Iterator[str]:
    for kind in ("match", "set"):
        before, then = getattr(old, kind, {}), getattr(new, kind)
        for clause in policy.CLAUSES:
            if clause.kind != kind or before.get(clause.key) == then.get(clause.key):
                continue
            if clause.key in before:
                yield "no " + clause.line(before[clause.key], spell)
            if clause.key in then:
                yield clause.line(then[clause.key], spell)
