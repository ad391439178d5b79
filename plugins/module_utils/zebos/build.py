# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From module options to the model. All problems of the input are reported together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number

from ..common.problem import Impossible
from . import policy, values
from .kinds import TIMERS
from .model import (
    AccessList,
    Aggregate,
    Bgp,
    Config,
    Network,
    Peer,
    PeerFamily,
    PrefixList,
    Redistribute,
    RouteMap,
    RouteMapEntry,
    Routes,
)
from .options import rows_of

P = TypeVar("P", bound=PeerFamily)
from .parse_router import PROTOCOLS


class InvalidConfig(Impossible, ValueError):
    """The wanted configuration is not possible."""


def build(
    config: Mapping[str, Any] | None = None,
    prefix_lists: list[Mapping[str, Any]] | None = None,
    route_maps: list[Mapping[str, Any]] | None = None,
    access_lists: list[Mapping[str, Any]] | None = None,
) -> Config:
    """Build a model from the options; a missing key or None means that the option was not set.

    Raises InvalidConfig with every problem: path, value, and what is valid.
    """
    builder = _Builder()
    given = {
        "prefix_lists": prefix_lists,
        "route_maps": route_maps,
        "access_lists": access_lists,
        "address_family_ipv6": (config or {}).get("address_family_ipv6"),
    }
    result = Config(sections=frozenset(key for key, value in given.items() if value is not None))
    if config is not None:
        result.extended_asn_cap = config.get("extended_asn_cap")
        result.bgp = builder.bgp(config)
    for at, item in _items("prefix_lists", prefix_lists):
        prefixes = builder.prefix_list(at, item)
        builder.once(at, result.prefix_lists, (prefixes.afi, prefixes.name), prefixes)
    for at, item in _items("route_maps", route_maps):
        route_map = builder.route_map(at, item)
        builder.once(at, result.route_maps, route_map.name, route_map)
    for at, item in _items("access_lists", access_lists):
        access = builder.access_list(at, item)
        builder.once(at, result.access_lists, access.name, access)
    if builder.problems:
        raise InvalidConfig(builder.problems)
    return result


def _items(key: str, items: list[Any] | None) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for index, item in enumerate(items or []):
        label = next((item[word] for word in ("name", "address", "prefix", "seq") if item.get(word) is not None), index)
        yield f"{key}[{label}]", item


class _Builder:
    """Collects problems; an invalid part is left out of the model."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def get(self, at: str, source: Mapping[str, Any] | None, key: str, check: Callable[[Any], Any]) -> Any:
        """A checked value, or None if it was not set or is not valid."""
        raw = (source or {}).get(key)
        if raw is None:
            return None
        try:
            return check(raw)
        except ValueError as problem:
            self.problems.append(f"{at}.{key}: {problem}" if at else f"{key}: {problem}")
            return None

    def once(self, at: str, held: dict[Any, Any], key: Any, item: Any) -> None:
        """Add an item whose key may appear only once."""
        if key in held:
            self.problems.append(f"{at}: is listed more than once")
        held[key] = item

    def bgp(self, config: Mapping[str, Any]) -> Bgp:
        """The configuration below ``router bgp``."""
        at = "config"
        restart, paths = config.get("graceful_restart") or {}, config.get("max_paths") or {}
        bgp = Bgp(
            as_number=self.get(at, config, "as_number", as_number.parse),
            router_id=self.get(at, config, "router_id", values.router_id),
            timers=self.get(at, config, "timers", TIMERS.check),
            restart_time=self.get(f"{at}.graceful_restart", restart, "restart_time", values.number(1, 3600)),
            stalepath_time=self.get(f"{at}.graceful_restart", restart, "stalepath_time", values.number(1, 3600)),
            graceful_reset=restart.get("graceful_reset"),
            max_paths_ebgp=self.get(f"{at}.max_paths", paths, "ebgp", values.number(1, 64)),
            max_paths_ibgp=self.get(f"{at}.max_paths", paths, "ibgp", values.number(1, 64)),
        )
        for where, item in _items(f"{at}.peer_groups", config.get("peer_groups")):
            peer = self.peer(where, item, self.get(where, item, "name", values.peer_group))
            self.once(where, bgp.peer_groups, peer.name, peer)
        for where, item in _items(f"{at}.neighbors", config.get("neighbors")):
            peer = self.peer(where, item, self.get(where, item, "address", values.address))
            self.once(where, bgp.neighbors, peer.name, peer)
        bgp.ipv4 = self.routes(at, config)
        family = config.get("address_family_ipv6") or {}
        bgp.ipv6 = self.routes(f"{at}.address_family_ipv6", family)
        for where, item in _items(f"{at}.address_family_ipv6.neighbors", family.get("neighbors")):
            name = str(item.get("address"))
            name = values.address(name) if values.is_address(name) else name
            known = bgp.peer(name)
            if known is None:
                self.problems.append(f"{where}.address: {name!r} is not in neighbors or peer_groups")
                continue
            known.ipv6 = self.options(where, item, PeerFamily())
        return bgp

    def peer(self, at: str, item: Mapping[str, Any], name: str | None) -> Peer:
        """A neighbor or a peer group."""
        peer = self.options(at, item, Peer(name=name or at))
        if peer.ebgp_multihop and peer.ttl_security:
            self.problems.append(f"{at}: ebgp_multihop and ttl_security are mutually exclusive")
        return peer

    def options(self, at: str, item: Mapping[str, Any], peer: P) -> P:
        """Set the options of the table that the item has, and return the peer or family."""
        for row in rows_of(peer):
            *parents, key = row.place
            source: Any = item
            for parent in parents:
                source = source.get(parent) or {}
            setattr(peer, row.field, self.get(".".join([at, *parents]), source, key, row.kind.check))
        return peer

    def routes(self, at: str, source: Mapping[str, Any]) -> Routes:
        """Networks, aggregates and redistribution of one family."""
        routes = Routes()
        for where, item in _items(f"{at}.networks", source.get("networks")):
            prefix = self.get(where, item, "prefix", values.prefix)
            self.once(
                where, routes.networks, prefix, Network(str(prefix), self.get(where, item, "route_map", values.name))
            )
        for where, item in _items(f"{at}.aggregates", source.get("aggregates")):
            prefix = self.get(where, item, "prefix", values.prefix)
            self.once(
                where,
                routes.aggregates,
                prefix,
                Aggregate(str(prefix), bool(item.get("summary_only")), bool(item.get("as_set"))),
            )
        for where, item in _items(f"{at}.redistribute", source.get("redistribute")):
            protocol = self.get(where, item, "protocol", values.choice(*PROTOCOLS))
            self.once(
                where,
                routes.redistribute,
                protocol,
                Redistribute(str(protocol), self.get(where, item, "route_map", values.name)),
            )
        return routes

    def prefix_list(self, at: str, item: Mapping[str, Any]) -> PrefixList:
        """A prefix-list with its entries."""
        afi = item.get("afi") or "ipv4"
        result = PrefixList(self.get(at, item, "name", values.name) or at, afi)
        for index, raw in enumerate(item.get("entries") or [], 1):
            sequence = self.get(
                f"{at}.entries", {"seq": raw.get("seq") or index * 5}, "seq", values.number(1, 4294967295)
            )
            where = f"{at}.entries[{sequence}]"
            rule = self.get(
                "",
                {where: raw},
                where,
                lambda raw: policy.prefix_rule(
                    afi, raw.get("action"), str(raw.get("prefix")), raw.get("ge"), raw.get("le")
                ),
            )
            self.once(where, result.entries, sequence, rule)
        if not result.entries:
            self.problems.append(f"{at}: has no entries; an empty prefix-list permits everything")
        return result

    def route_map(self, at: str, item: Mapping[str, Any]) -> RouteMap:
        """A route-map with its entries."""
        result = RouteMap(self.get(at, item, "name", values.name) or at)
        for index, raw in enumerate(item.get("entries") or [], 1):
            sequence = self.get(f"{at}.entries", {"seq": raw.get("seq") or index * 10}, "seq", values.number(1, 65535))
            where = f"{at}.entries[{sequence}]"
            action = self.get(where, raw, "action", values.choice(*policy.ACTIONS))
            entry = RouteMapEntry(action or "permit")
            for kind, held in (("match", entry.match), ("set", entry.set)):
                for key, value in (raw.get(kind) or {}).items():
                    clause = policy.CLAUSE.get((kind, key))
                    if clause is None:
                        known = ", ".join(sorted(k for which, k in policy.CLAUSE if which == kind))
                        self.problems.append(f"{where}.{kind}.{key}: is not a valid key; valid keys are {known}")
                    elif value is not None:
                        held[key] = self.get(f"{where}.{kind}", {key: value}, key, clause.check)
            self.once(where, result.entries, sequence, entry)
        if not result.entries:
            self.problems.append(f"{at}: has no entries; the effect of an empty route-map is undefined")
        return result

    def access_list(self, at: str, item: Mapping[str, Any]) -> AccessList:
        """An access-list with its ordered entries."""
        result = AccessList(self.get(at, item, "name", values.name) or at)
        for index, raw in enumerate(item.get("entries") or []):
            words = f"{raw.get('action')} {raw.get('source')}"
            rule = self.get(at, {f"entries[{index}]": words}, f"entries[{index}]", policy.access_rule)
            if rule is not None:
                result.entries.append(rule)
        return result
