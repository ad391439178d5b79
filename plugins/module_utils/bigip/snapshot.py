# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots of what the role f5_routing writes, as plain data, and their restore in one transaction.

A snapshot has the routing protocols of the route domain, the port lockdown of the BGP self IP, the advertisement of
virtual addresses, and the running configuration of imish. Passwords are left out: a neighbor keeps the one that it has
when the snapshot is restored.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..common import three_way
from ..zebos import foreign
from ..zebos import plan as zebos
from ..zebos.check import check
from ..zebos.export import MASK
from ..zebos.model import SETTINGS, Bgp, Config, Password, Peer, Routes
from ..zebos.normalise import PRINTED, normalise
from . import bgp, route_domain, self_ip, transaction, virtual_address
from .connection import BigIp, resource
from .errors import Unfit
from .observe import Observation, Reading, observe
from .operations import Operation, patch

# Version of the snapshot's format, raised when its meaning changes.
SCHEMA = 1

Snapshot = Mapping[str, Any]

PARTS = ("config", "route_domains", "self_ips", "virtual_addresses")


def take(
    bigip: BigIp,
    number: int,
    address: Mapping[str, Any] | None = None,
    virtual_addresses: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Read what a run may change. Writes nothing. The arguments are those of ``of``."""
    return of(observe(bigip, number, PARTS, wait=True).observation, address, virtual_addresses)


def of(
    seen: Observation,
    address: Mapping[str, Any] | None = None,
    virtual_addresses: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The snapshot of an observation that has the parts ``PARTS``. Needs no session.

    :param address: identifies the self IP that a run may change: ``{address}`` or ``{name, partition}``
    :param virtual_addresses: those that a run may change: ``{address, partition}``
    :raises Unfit: the device has no such route domain or self IP
    :raises NoShell: the configuration could not be read
    """
    number = seen["number"]
    domain = route_domain.find(seen["route_domains"], number)
    protocols = sorted(domain.get("routingProtocol") or [])
    if "BGP" in protocols:
        Reading(seen).config()  # a snapshot without the lockdown would restore nothing
    found = virtual_address.chosen(seen["virtual_addresses"], list(virtual_addresses), number)
    return {
        "schema": SCHEMA,
        "route_domain": number,
        "routing_protocols": protocols,
        "self_ip": _lockdown(seen, address) if address else None,
        "virtual_addresses": [
            {key: item[key] for key in ("name", "partition", "address", *virtual_address.KEYS)} for item in found
        ],
        "running_config": list(seen["running_config"]) if "BGP" in protocols else [],
    }


def observed(
    info: Mapping[str, Any],
    number: int,
    address: Mapping[str, Any],
    virtual_addresses: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any] | None:
    """The snapshot in what ``info.gather`` returned; None if a subset was not read, or the self IP is not in it."""
    if not all(subset in info for subset in ("route_domain", "self_ips", "config", "virtual_addresses")):
        return None
    own = [item for item in info["self_ips"] if _is_self_ip(item, address, number)]
    if len(own) != 1:
        return None
    wanted = {(item["address"], item.get("partition") or "Common") for item in virtual_addresses}
    found = [
        item
        for item in info["virtual_addresses"]
        if item["route_domain"] == number and (item["address"], item["partition"]) in wanted
    ]
    return {
        "schema": SCHEMA,
        "route_domain": number,
        "routing_protocols": sorted(info["route_domain"]["routing_protocol"]),
        "self_ip": {key: own[0][key] for key in ("name", "partition", "allow_service")},
        "virtual_addresses": [
            {key: item[key] for key in ("name", "partition", "address", *virtual_address.KEYS)} for item in found
        ],
        "running_config": info["config"]["running_config"].rstrip().splitlines(),
    }


def _is_self_ip(item: Mapping[str, Any], wanted: Mapping[str, Any], number: int) -> bool:
    if wanted.get("name"):
        return (item["name"], item["partition"]) == (wanted["name"], wanted.get("partition") or "Common")
    return (item["address"], item["route_domain"]) == (wanted["address"], number)


def _lockdown(seen: Observation, address: Mapping[str, Any]) -> dict[str, Any]:
    """The port lockdown of the self IP."""
    place = address.get("partition") or "Common"
    item = self_ip.find(seen["self_ips"], address.get("address"), address.get("name"), place, seen["number"])
    facts = self_ip.facts(item)
    return {key: facts[key] for key in ("name", "partition", "allow_service")}


class Restore(transaction.Difference):
    """The restore of one BIG-IP: read, plan, write in the reverse order of a run, and verify.

    :param before: the snapshot to go back to
    :param applied: the snapshot after the run; what differs from it now was changed by others and stays
    :param password: the session password, for neighbors that have lost theirs
    :param mark: how descriptions of the fabric's neighbors and groups begin. Without ``applied``, new ones that are
        described otherwise were created by others and stay
    """

    def __init__(
        self,
        bigip: BigIp,
        before: Snapshot,
        applied: Snapshot | None = None,
        password: str | None = None,
        mark: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        for snapshot in filter(None, (before, applied)):
            if snapshot.get("schema") != SCHEMA or snapshot.get("route_domain") != before["route_domain"]:
                raise Unfit(["snapshot: not a snapshot of this route domain taken by this release of the collection"])
        self.bigip, self.before, self.applied = bigip, before, applied or None
        self.password, self.mark, self.sleep = password, mark, sleep
        self.number = before["route_domain"]
        self.conflicts: list[str] = []
        self.not_restored: list[str] = []
        self.first: list[Operation] = []
        self.last: list[Operation] = []
        self.change: bgp.Change | None = None
        self.saves_bgp = False

    def read(self) -> None:
        """Read and plan; writes nothing."""
        self.plan(observe(self.bigip, self.number, PARTS, wait=True))

    def plan(self, reading: Reading) -> None:
        """Plan from a reading. Needs no session."""
        seen = reading.observation
        domain = route_domain.find(seen["route_domains"], self.number)
        running = "BGP" in (domain.get("routingProtocol") or [])
        have = reading.config() if running else Config()
        target = self._target(have)
        protocols, _conflicts = self._members("routing_protocols", domain.get("routingProtocol") or [])
        if running and target.bgp is not None:
            protocols |= {"BGP"}  # configuration that others added to it since keeps running
        if not running and "BGP" in protocols and self.before["running_config"]:
            # Daemons start with the saved configuration: the lines are planned once they run.
            self.not_restored.append("BGP was off in the route domain; run the rollback again when its daemons are up")
        if running:
            if self.conflicts:  # otherwise it is what the device had
                check(have, target)
            planned = zebos.plan(have, target)
            if target.bgp and (lines := foreign.hidden(bgp.parse(_text(self.before)), have, planned.commands)):
                planned.commands += [f"router bgp {target.bgp.as_number}", *(f" {line}" for line in lines), "exit"]
            self.change = bgp.Change(have, target, planned, reading.running or "")
            if problems := foreign.problems(have, target, self.change.plan.commands):
                raise Unfit(problems)
        self.first = self._addresses(seen)
        self.last = self._self_ip(seen) + route_domain.plan(domain, protocols, "exact")
        self.saves_bgp = running and "BGP" in protocols

    def _members(self, key: str, now: Iterable[str]) -> tuple[set[str], set[str]]:
        applied = self.applied[key] if self.applied else None
        target, conflicts = three_way.members(self.before[key], applied, now)
        self.conflicts += [f"{key}: {item}" for item in sorted(conflicts)]
        return target, conflicts

    # ---- objects of TMOS ---------------------------------------------------------------------------

    def _self_ip(self, seen: Observation) -> list[Operation]:
        kept = self.before["self_ip"]
        if not kept:
            return []
        item = self_ip.find(seen["self_ips"], None, kept["name"], kept["partition"])
        applied = (self.applied or {}).get("self_ip")
        now = self_ip.services(item.get("allowService"))
        target, conflicts = three_way.members(kept["allow_service"], applied["allow_service"] if applied else None, now)
        self.conflicts += [f"self IP {kept['name']}, allow_service: {one}" for one in sorted(conflicts)]
        return self_ip.plan(item, sorted(target) or ["none"], "exact")

    def _addresses(self, seen: Observation) -> list[Operation]:
        """Virtual addresses that existed before, each property by itself."""
        if not self.before["virtual_addresses"]:
            return []
        there = {(item.get("partition", "Common"), item["name"]): item for item in seen["virtual_addresses"]}
        listed = (self.applied or {}).get("virtual_addresses", [])
        applied = {(item["partition"], item["name"]): item for item in listed}
        operations: list[Operation] = []
        for kept in self.before["virtual_addresses"]:
            place = (kept["partition"], kept["name"])
            if place not in there:
                self.conflicts.append(f"virtual address {kept['name']}: it was deleted")
                continue
            now = virtual_address.facts(there[place])
            chosen = [{key: side[key] for key in virtual_address.KEYS} for side in (kept, applied.get(place, now), now)]
            compared = three_way.keys(*chosen)
            self.conflicts += [f"virtual address {kept['name']}, {key}" for key in compared.conflicts]
            body = {virtual_address.KEYS[key]: kept[key] for key in compared.restore if kept[key] is not None}
            operations += patch(resource("ltm/virtual-address", kept["name"], kept["partition"]), there[place], body)
        return operations

    # ---- BGP ---------------------------------------------------------------------------------------

    def _target(self, have: Config) -> Config:
        """The configuration to restore: it includes what others changed since the run."""
        was = bgp.parse(_text(self.before))
        run = bgp.parse(_text(self.applied)) if self.applied else None
        raw, flat = _units(was), _units(normalise(_masked(was)))
        applied = _units(normalise(_masked(run))) if run else None
        compared = three_way.keys(flat, applied, _units(normalise(_masked(have))))
        added = [] if run else [key for key in compared.restore if raw.get(key) is None and self._of_others(have, key)]
        restore = [key for key in compared.restore if key not in added]
        conflicts = [*compared.conflicts, *added]
        self.conflicts += [_named(key) for key in conflicts]
        target = copy.deepcopy(have)
        others = any(key[0] in ("neighbor", "peer group") for key in conflicts)
        for key in restore:
            if key[0] == "router bgp":
                if raw.get(key) is None and not others:
                    target.bgp = None
                elif raw.get(key) is not None:
                    target.bgp = target.bgp or Bgp(None)
                    target.bgp.as_number = raw[key]
        for key in restore:
            _put(target, key, raw.get(key))
        self._still_used(have, target, [key for key in restore if raw.get(key) is None])
        self._passwords(have, target)
        return target

    def _of_others(self, have: Config, key: tuple[str, ...]) -> bool:
        """Whether a neighbor or group has a description, but not one of the fabric."""
        peer = have.bgp.peer(key[1]) if have.bgp and key[0] in ("neighbor", "peer group") else None
        return bool(self.mark and peer and peer.description and not peer.description.startswith(self.mark))

    def _still_used(self, have: Config, target: Config, gone: Iterable[tuple[str, ...]]) -> None:
        """Objects that others use by now cannot be removed: groups first, because they use maps, and maps use lists."""
        there = _units(have)
        for kind in ("peer group", "route-map", "prefix-list", "access-list"):
            for key in gone:
                if key[0] == kind and (key[-1] in _used(target) or _mentioned(have, target, key[-1])):
                    _put(target, key, there[key])
                    self.conflicts.append(f"{_named(key)}: still used")

    def _passwords(self, have: Config, target: Config) -> None:
        """A snapshot has no passwords: a current password stays, and a removed one is taken from the inventory."""
        if target.bgp is None:
            return
        for peer in [*target.bgp.peer_groups.values(), *target.bgp.neighbors.values()]:
            if peer.password is None or peer.password.text != MASK:
                continue
            there = have.bgp.peer(peer.name) if have.bgp else None
            if there and there.password:
                peer.password = there.password
            elif self.password:
                peer.password = Password(self.password)
            else:
                peer.password = None
                why = "snapshots do not contain passwords, and bgp_password is not set"
                self.not_restored.append(f"the password of neighbor {peer.name}: {why}")

    # ---- write and verify --------------------------------------------------------------------------

    def write(self) -> None:
        """Restore in the reverse order of a run, verify it with a second reading, and save."""
        if not self.writes:
            return
        writes: list[transaction.Write] = [*self.first]
        if self.change and self.change.plan.commands:
            writes.append(transaction.BgpWrite(self.number, self.change, sleep=self.sleep))
        transaction.commit(self.bigip, [*writes, *self.last], self._missing)
        transaction.save(self.bigip, self.number if self.saves_bgp else None)

    def _missing(self) -> list[str]:
        again = Restore(self.bigip, self.before, self.applied, self.password, self.mark, self.sleep)
        again.read()
        return again.missing

    def result(self) -> dict[str, Any]:
        """What the module returns."""
        change = self.change
        return {
            "changed": self.writes,
            "commands": self.commands,
            "operations": [item.shown() for item in self.operations],
            "conflicts": self.conflicts,
            "not_restored": self.not_restored,
            "diff": [bgp.diff(change.before, change.target)] if change and change.plan.commands else [],
        }


def _text(snapshot: Snapshot) -> str:
    return "".join(f"{line}\n" for line in snapshot["running_config"])


def _masked(config: Config) -> Config:
    """A copy with the same text for every password: only the existence of a password can be compared."""
    result = copy.deepcopy(config)
    if result.bgp:
        for peer in [*result.bgp.peer_groups.values(), *result.bgp.neighbors.values()]:
            peer.password = Password(MASK) if peer.password else None
    return result


def _units(config: Config) -> dict[tuple[str, ...], Any]:
    """A configuration in pieces that can be changed separately; empty pieces are left out."""
    found: dict[tuple[str, ...], Any] = {("bgp extended-asn-cap",): config.extended_asn_cap}
    found |= {("prefix-list", *key): item for key, item in config.prefix_lists.items()}
    found |= {("route-map", key): item for key, item in config.route_maps.items()}
    found |= {("access-list", key): item for key, item in config.access_lists.items()}
    if config.bgp:
        found[("router bgp",)] = config.bgp.as_number
        found |= {("setting", name): getattr(config.bgp, name) for name in SETTINGS}
        found |= {("peer group", key): peer for key, peer in config.bgp.peer_groups.items()}
        found |= {("neighbor", key): peer for key, peer in config.bgp.neighbors.items()}
        for family in ("ipv4", "ipv6"):
            for kind, items in vars(getattr(config.bgp, family)).items():
                found |= {(kind, family, key): item for key, item in items.items()}
    return {key: value for key, value in found.items() if value is not None}


def _used(config: Config) -> set[str]:
    """The names of groups, maps and lists that a configuration uses."""
    found: set[str] = set()
    if config.bgp:
        for peer in [*config.bgp.peer_groups.values(), *config.bgp.neighbors.values()]:
            for side in (peer, peer.ipv6):
                found |= {str(value) for name, value in vars(side).items() if name.startswith(("route_map", "prefix_"))}
                found |= {str(side.default_originate.route_map)} if side.default_originate else set()
            found.add(str(peer.peer_group))
        for routes in (config.bgp.ipv4, config.bgp.ipv6):
            found |= {str(item.route_map) for item in routes.with_route_map.values()}
    for held in config.route_maps.values():
        for entry in held.entries.values():
            found |= {str(value) for value in entry.match.values()}
    return found


def _mentioned(have: Config, target: Config, name: str) -> bool:
    """Whether a remaining line that the model does not cover uses the list, map or group."""
    return any(not foreign.removed_with(have, target, line) for line, _name in foreign.mentions(have, [name]))


def _named(key: tuple[str, ...]) -> str:
    return " ".join(word for word in key if word)


def _put(target: Config, key: tuple[str, ...], value: Any) -> None:
    """Set one piece; None removes it."""
    kind, *rest = key
    if kind == "router bgp":
        return
    if kind == "bgp extended-asn-cap":
        target.extended_asn_cap = value
        return
    if kind in ("prefix-list", "route-map", "access-list"):
        held = getattr(target, kind.replace("-", "_") + "s")
        place: Any = tuple(rest) if kind == "prefix-list" else rest[0]
    elif target.bgp is None:
        return
    elif kind == "setting":
        # A default that the device prints cannot be removed.
        if value is not None or getattr(target.bgp, rest[0]) != PRINTED.get(rest[0]):
            setattr(target.bgp, rest[0], value)
        return
    elif kind in ("peer group", "neighbor"):
        held, place = (target.bgp.peer_groups if kind == "peer group" else target.bgp.neighbors), rest[0]
    else:
        routes: Routes = getattr(target.bgp, rest[0])
        held, place = getattr(routes, kind), rest[1]
    if value is None:
        held.pop(place, None)
    else:
        held[place] = copy.copy(value) if isinstance(value, Peer) else copy.deepcopy(value)
