# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All of a BIG-IP's share in the fabric, in one session: read everything, plan everything, write what differs.

The order of the writes keeps traffic safe: the partition, the routing protocol of the route domain, the
port lockdown of the self IP, then BGP, and only then the virtual addresses that BGP announces. When a write
fails or does not show, everything that was written is taken back and the error names the cause.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import bgp, partition, preflight, route_domain, self_ip, virtual_address
from .connection import BigIp
from .errors import STAYS, BigIpError, NotAsPlanned, Unfit
from .imish import Imish
from .operations import SAVE, Operation, predicted, take_back


@dataclass
class Desired:
    """What one BIG-IP shall be; a part that is None is not looked at."""

    route_domain: int = 0
    routing_protocols: list[str] = field(default_factory=list)
    self_ip: Mapping[str, Any] | None = None
    partitions: list[Mapping[str, Any]] = field(default_factory=list)
    bgp: bgp.Wish | None = None
    virtual_addresses: list[Mapping[str, Any]] = field(default_factory=list)
    save_when: str = "changed"


@dataclass
class Seen:
    """What was read, as the device gave it."""

    route_domain: dict[str, Any]
    self_ip: dict[str, Any] | None
    partitions: list[dict[str, Any]]
    virtual_addresses: list[dict[str, Any]]


class Routing:
    """One run against one BIG-IP."""

    def __init__(self, bigip: BigIp, desired: Desired, sleep: Callable[[float], None] = time.sleep) -> None:
        self.bigip = bigip
        self.desired = desired
        self.sleep = sleep
        self.imish = Imish(bigip, desired.route_domain)
        self.change: bgp.Change | None = None
        self.first: list[Operation] = []
        self.last: list[Operation] = []
        self.seen: Seen | None = None
        self.unsaved = False

    @property
    def enabled(self) -> bool:
        """Whether the route domain already has BGP."""
        return "BGP" in (self.seen.route_domain.get("routingProtocol") or [])

    # ---- read and plan -----------------------------------------------------------------------------

    def read(self) -> None:
        """Read everything and plan everything. Writes nothing; raises Unfit or InvalidConfig with all problems."""
        want = self.desired
        problems = preflight.mixing(self.bigip, want.route_domain) if want.bgp else []
        self.seen = Seen(
            route_domain=self._try(problems, lambda: route_domain.read(self.bigip, want.route_domain), {}),
            self_ip=self._try(problems, self._self_ip, None) if want.self_ip else None,
            partitions=partition.read(self.bigip) if want.partitions else [],
            virtual_addresses=virtual_address.read(self.bigip) if want.virtual_addresses else [],
        )
        for item in want.partitions:
            self.first += self._try(
                problems,
                lambda item=item: partition.plan(
                    self.seen.partitions, item["name"], "present", item.get("route_domain"), item.get("description")
                ),
                [],
            )
        if self.seen.route_domain:
            self.first += route_domain.plan(self.seen.route_domain, want.routing_protocols)
        if self.seen.self_ip:
            self.first += self_ip.plan(self.seen.self_ip, want.self_ip.get("allow_service") or [])
        self.last = self._try(
            problems,
            lambda: virtual_address.plan(self.seen.virtual_addresses, want.virtual_addresses, want.route_domain),
            [],
        )
        if want.bgp and self.seen.route_domain and not self.enabled and "BGP" not in want.routing_protocols:
            problems.append(f"route_domain {want.route_domain}: runs no BGP; add BGP to routing_protocols")
        if problems:
            raise Unfit(problems)
        if want.bgp:
            self._plan_bgp()

    def _plan_bgp(self) -> None:
        have, running = bgp.read(self.imish) if self.enabled else (bgp.Config(), "")
        if self.enabled and not running:
            # Enabled a moment ago by somebody, or its daemons restart.
            running = self.imish.wait(sleep=self.sleep)
            have = bgp.parse(running)
        self.change = bgp.prepare(have, self.desired.bgp, running)
        if self.enabled and self.desired.save_when == "changed":
            self.unsaved = self.imish.unsaved(running)

    def _self_ip(self) -> dict[str, Any]:
        want = self.desired.self_ip
        return self_ip.find(
            self_ip.read(self.bigip),
            want.get("address"),
            want.get("name"),
            want.get("partition") or "Common",
            self.desired.route_domain,
        )

    @staticmethod
    def _try(problems: list[str], step: Callable[[], Any], otherwise: Any) -> Any:
        """Run a step; what makes the device unfit is collected, so that all of it is said at once."""
        try:
            return step()
        except Unfit as problem:
            problems += problem.problems
            return otherwise

    @property
    def changed(self) -> bool:
        """Whether a run writes anything."""
        return bool(self.writes or self.saves)

    @property
    def writes(self) -> bool:
        """Whether something differs from what is wanted."""
        return bool(self.first or self.last or (self.change and self.change.plan.commands))

    @property
    def saves(self) -> bool:
        """Whether the configuration is written to disk."""
        when = self.desired.save_when
        return when == "always" or (when == "changed" and (self.writes or self.unsaved))

    # ---- write and prove ---------------------------------------------------------------------------

    def write(self) -> None:
        """Do what was planned, prove it, save it. On any failure take everything back and raise."""
        if self.writes:
            self._write()
        if self.saves:
            self.save()

    def _write(self) -> None:
        done: list[Operation] = []
        try:
            self._send(self.first, done)
            if self.change and self.change.plan.commands:
                self._apply()
            elif self.change:
                self.change.after = self.change.before
            self._send(self.last, done)
            if self.first or self.last:
                self._prove()
        except BigIpError as problem:
            raise type(problem)(problem.message + self._take_back(done)) from None

    def _send(self, operations: list[Operation], done: list[Operation]) -> None:
        for operation in operations:
            # Noted first: a write whose reply was lost may have been carried out.
            done.append(operation)
            operation.send(self.bigip)

    def _apply(self) -> None:
        """Apply the lines. Daemons that were just started may already hold a configuration from disk."""
        if not self.enabled:
            running = self.imish.wait(sleep=self.sleep)
            fresh = bgp.prepare(bgp.parse(running), self.desired.bgp, running)
            if self.change.plan.commands != fresh.plan.commands:
                self.change = fresh
        bgp.apply(self.imish, self.change)

    def _prove(self) -> None:
        """Plan again from what is there now: nothing may be left to do."""
        again = Routing(
            self.bigip,
            Desired(
                self.desired.route_domain,
                self.desired.routing_protocols,
                self.desired.self_ip,
                self.desired.partitions,
                None,
                self.desired.virtual_addresses,
                "never",
            ),
            self.sleep,
        )
        again.read()
        left = again.first + again.last
        if left:
            raise NotAsPlanned(
                "the device took these writes and does not show them: "
                + "; ".join(f"{item.method} {item.path}" for item in left)
            )
        self.proof = again.seen

    def _take_back(self, done: list[Operation]) -> str:
        """Undo the REST writes; BGP goes back first when it was applied, while its route domain still runs it."""
        said = ""
        if self.change and self.change.after is not None and self.change.plan.commands:
            said = ". " + bgp.restore(self.imish, self.change)
        if not done:
            return said
        failed = take_back(self.bigip, done)
        if failed:
            return f"{said}. Other writes of this run {STAYS} taken back: {'; '.join(failed)}"
        return f"{said}. The other writes of this run were taken back"

    def save(self) -> None:
        """Both stores: ZebOS has its own file, TMOS another."""
        if self.change or self.enabled:
            self.imish.save()
        SAVE.send(self.bigip)

    # ---- results -----------------------------------------------------------------------------------

    def result(self, check_mode: bool) -> dict[str, Any]:
        """What the module returns."""
        before = self._facts(self.seen, self.change.before if self.change else None)
        after = (
            self._predicted()
            if check_mode or not self.writes
            else self._facts(getattr(self, "proof", self.seen), self.change.after if self.change else None)
        )
        operations = [item.shown() for item in self.first + self.last]
        change = self.change
        diffs = []
        if before["tmos"] != after["tmos"]:
            diffs.append(
                {
                    "before_header": "TMOS (before)",
                    "after_header": "TMOS (after)",
                    "before": before["tmos"],
                    "after": after["tmos"],
                }
            )
        if change and change.plan.commands:
            diffs.append(bgp.diff(change.before, change.target if check_mode else change.after))
        return {
            "changed": self.changed,
            "before": {**before["tmos"], **before["bgp"]},
            "after": {**after["tmos"], **after["bgp"]},
            "commands": change.commands if change else [],
            "operations": operations,
            "resets": change.plan.resets if change else {},
            "saved": self.saves,
            "diff": diffs,
        }

    def _facts(self, seen: Seen, config: bgp.Config | None) -> dict[str, Any]:
        named = {item["name"] for item in self.desired.partitions}
        tmos = {
            "route_domain": route_domain.facts(seen.route_domain),
            "self_ip": self_ip.facts(seen.self_ip) if seen.self_ip else None,
            "partitions": [partition.facts(item) for item in seen.partitions if item.get("name") in named],
            "virtual_addresses": virtual_address.chosen(
                seen.virtual_addresses, self.desired.virtual_addresses, self.desired.route_domain
            ),
        }
        return {"tmos": tmos, "bgp": bgp.shown(config, numbered=False) if config is not None else {}}

    def _predicted(self) -> dict[str, Any]:
        """What will be there: each planned write put over what was read."""
        planned = self.first + self.last
        seen = Seen(
            predicted(self.seen.route_domain, planned),
            predicted(self.seen.self_ip, planned),
            predicted(self.seen.partitions, planned),
            predicted(self.seen.virtual_addresses, planned),
        )
        return self._facts(seen, self.change.target if self.change else None)
