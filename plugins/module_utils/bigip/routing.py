# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that a BIG-IP needs for the fabric, in one transaction.

The order of the writes keeps traffic safe: partitions, the routing protocol of the route domain, the port lockdown of
the self IP, then BGP, and only then the virtual addresses that BGP announces.

``plan`` decides from an observation and needs no session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..zebos.model import Config
from . import bgp, partition, preflight, route_domain, self_ip, transaction, virtual_address
from .connection import BigIp
from .errors import Unfit
from .observe import ROUTING, Observation, Reading, observe
from .operations import Operation, predicted


@dataclass
class Desired:
    """The wanted configuration of one BIG-IP; a part that is None is neither read nor changed.

    :ivar password: the password that a saved observation was compared with
    """

    route_domain: int = 0
    routing_protocols: list[str] = field(default_factory=list)
    self_ip: Mapping[str, Any] | None = None
    partitions: list[Mapping[str, Any]] = field(default_factory=list)
    bgp: bgp.Wish | None = None
    virtual_addresses: list[Mapping[str, Any]] = field(default_factory=list)
    save_when: str = "changed"
    password: str | None = None

    @property
    def parts(self) -> set[str]:
        """What has to be read."""
        optional = {
            "config": self.bgp,
            "tmos_routing": self.bgp,
            "self_ips": self.self_ip,
            "partitions": self.partitions,
            "virtual_addresses": self.virtual_addresses,
        }
        return {part for part in {*ROUTING, "partitions"} if optional.get(part, True)}


@dataclass
class Plan(transaction.Difference):
    """What a run writes: ``first`` before BGP, ``last`` after it."""

    desired: Desired
    observation: Observation
    first: list[Operation] = field(default_factory=list)
    last: list[Operation] = field(default_factory=list)
    change: bgp.Change | None = None
    unsaved: bool = False

    @property
    def changed(self) -> bool:
        """Whether a run writes anything."""
        return bool(self.writes or self.saves)

    @property
    def passwords(self) -> list[str]:
        """The neighbors and groups whose password is replaced by another one."""
        if not (self.change and self.change.plan.commands and self.change.before.bgp and self.change.target.bgp):
            return []
        before, target = self.change.before.bgp, self.change.target.bgp
        peers = [(peer, target.peer(peer.name)) for peer in [*before.peer_groups.values(), *before.neighbors.values()]]
        return [was.name for was, then in peers if was.password and then and then.password not in (None, was.password)]

    @property
    def saves(self) -> bool:
        """Whether the configuration is written to disk."""
        when = self.desired.save_when
        return when == "always" or (when == "changed" and (self.writes or self.unsaved))

    @property
    def enabled(self) -> bool:
        """Whether the route domain already has BGP."""
        return "BGP" in (_domain(self.observation, self.desired).get("routingProtocol") or [])


def plan(reading: Reading, desired: Desired) -> Plan:
    """Compare. Needs no session. Raises Unfit or InvalidConfig with every reason why it cannot be done."""
    seen, problems = reading.observation, []
    result = Plan(desired, seen)
    if desired.bgp:
        problems += preflight.problems(seen)
    domain = _try(problems, lambda: _domain(seen, desired), {})
    for item in desired.partitions:
        result.first += _try(problems, partial(_partition, seen, item), [])
    if domain:
        result.first += route_domain.plan(domain, desired.routing_protocols)
    if desired.self_ip:
        result.first += _try(problems, lambda: _self_ip(seen, desired), [])
    result.last = _try(
        problems,
        lambda: virtual_address.plan(
            seen.get("virtual_addresses", []), desired.virtual_addresses, desired.route_domain
        ),
        [],
    )
    if desired.bgp and domain and not result.enabled and "BGP" not in desired.routing_protocols:
        problems.append(f"route_domain {desired.route_domain}: BGP is not enabled; add BGP to routing_protocols")
    if problems:
        raise Unfit(problems)
    if desired.bgp:
        have = reading.config(desired.password) if result.enabled else bgp.Config()
        result.change = bgp.prepare(have, desired.bgp, reading.running or "")
        result.unsaved = result.enabled and seen["saved"] is False
    return result


def _domain(seen: Observation, desired: Desired) -> dict[str, Any]:
    return route_domain.find(seen["route_domains"], desired.route_domain)


def _partition(seen: Observation, item: Mapping[str, Any]) -> list[Operation]:
    return partition.plan(
        seen["partitions"], item["name"], "present", item.get("route_domain"), item.get("description")
    )


def _found(seen: Observation, desired: Desired) -> dict[str, Any]:
    want = desired.self_ip or {}
    place = want.get("partition") or "Common"
    return self_ip.find(seen["self_ips"], want.get("address"), want.get("name"), place, desired.route_domain)


def _self_ip(seen: Observation, desired: Desired) -> list[Operation]:
    return self_ip.plan(_found(seen, desired), (desired.self_ip or {}).get("allow_service") or [])


def _try(problems: list[str], step: Callable[[], Any], otherwise: Any) -> Any:
    """Run a step; problems are collected, so that all are reported at once."""
    try:
        return step()
    except Unfit as problem:
        problems += problem.problems
        return otherwise


# ---- with a session --------------------------------------------------------------------------------


@dataclass
class Outcome:
    """A plan, and the reading after its writes; None where nothing was written."""

    plan: Plan
    after: Reading | None = None
    change: bgp.Change | None = None

    @property
    def warnings(self) -> list[str]:
        """Warnings of the plan and of imish."""
        change = self.change or self.plan.change
        return change.warnings if change else []

    def result(self) -> dict[str, Any]:
        """What the module returns."""
        return _result(self.plan, self.after, self.change or self.plan.change)


def read(bigip: BigIp, desired: Desired, more: tuple[str, ...] = (), tidy: bool = False, wait: bool = True) -> Reading:
    """Read what the plan needs, and ``more`` parts."""
    return observe(bigip, desired.route_domain, {*desired.parts, *more}, desired.password, tidy=tidy, wait=wait)


def write(
    bigip: BigIp,
    planned: Plan,
    more: tuple[str, ...] = (),
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Write the plan in one transaction, verify it with a second reading, and save it."""
    desired, number = planned.desired, planned.desired.route_domain
    outcome = Outcome(planned, change=planned.change)
    writes: list[transaction.Write] = [*planned.first]
    applied = None
    if desired.bgp and planned.change and planned.change.plan.commands:
        replan = None if planned.enabled else _replan(desired.bgp)
        applied = transaction.BgpWrite(number, planned.change, replan, sleep)
        writes.append(applied)
    writes += planned.last

    def missing() -> list[str]:
        outcome.after = read(bigip, desired, more)
        return plan(outcome.after, desired).missing

    if planned.writes:
        transaction.commit(bigip, writes, missing)
        outcome.change = applied.change if applied else planned.change
    if planned.saves:
        runs = planned.change is not None or planned.enabled
        transaction.save(bigip, number if runs else None)
        if outcome.after is None:
            outcome.after = Reading(planned.observation)
        if runs and "saved" in outcome.after.observation:
            outcome.after = Reading({**outcome.after.observation, "saved": True}, outcome.after.running)
    return outcome


def _replan(wish: bgp.Wish) -> Callable[[str], bgp.Change]:
    return lambda running: bgp.prepare(bgp.parse(running), wish, running)


# ---- results ---------------------------------------------------------------------------------------


def _result(planned: Plan, after: Reading | None, change: bgp.Change | None) -> dict[str, Any]:
    desired, operations = planned.desired, planned.operations
    before = _facts(planned.observation, desired)
    read = after if planned.writes else None
    seen = read.observation if read else _predicted(planned.observation, operations)
    then = _facts(seen, desired)
    target = Config()
    if change:
        target = (change.after or change.before) if read else change.target
    diffs: list[dict[str, Any]] = []
    if before != then:
        headers = {"before_header": "TMOS (before)", "after_header": "TMOS (after)"}
        diffs.append({**headers, "before": before, "after": then})
    if change and change.plan.commands:
        diffs.append(bgp.diff(change.before, target))
    return {
        "changed": planned.changed,
        "before": {**before, **(bgp.shown(change.before, numbered=False) if change else {})},
        "after": {**then, **(bgp.shown(target, numbered=False) if change else {})},
        "commands": change.commands if change else [],
        "operations": [item.shown() for item in operations],
        "resets": change.plan.resets if change else {},
        "saved": planned.saves,
        "diff": diffs,
    }


def _facts(seen: Observation, desired: Desired) -> dict[str, Any]:
    """The part of an observation that a run may write, in the form of the options."""
    named = {item["name"] for item in desired.partitions}
    return {
        "route_domain": route_domain.facts(_domain(seen, desired)),
        "self_ip": self_ip.facts(_found(seen, desired)) if desired.self_ip else None,
        "partitions": [partition.facts(item) for item in seen.get("partitions", []) if item.get("name") in named],
        "virtual_addresses": virtual_address.chosen(
            seen.get("virtual_addresses", []), desired.virtual_addresses, desired.route_domain
        ),
    }


def _predicted(seen: Observation, planned: list[Operation]) -> dict[str, Any]:
    """The predicted state: each planned write applied to what was read."""
    kinds = ("route_domains", "self_ips", "partitions", "virtual_addresses")
    return {kind: predicted(seen[kind], planned) for kind in kinds if kind in seen}
