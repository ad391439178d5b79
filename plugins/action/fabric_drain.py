# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drain and undrain nodes and BIG-IPs: routes become less preferred first, and sessions are shut down last."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import DRAINED, DRAINING, Drains
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.sample import sample
from ansible_collections.podroute.calico_f5.plugins.module_utils.drain import plan as drain
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.tree import some
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.reading import NODE, POD, Reader, part, query
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import (
    Refused,
    Step,
    StepFailed,
    diffs_of,
    host_names,
)

SUBSETS = ["route_domain", "self_ips", "config", "neighbors", "routes", "virtual_addresses", "failover"]
SHOWN = 4  # at most so many names in a message


class ActionModule(Step):
    SPEC: ClassVar[dict[str, Any]] = {
        "argument_spec": {
            "state": {"type": "str", "choices": ["drained", "undrained"], "required": True},
            "hosts": {"type": "raw", "default": []},
            "in_run": {"type": "bool", "default": False},
            "timeout": {"type": "float", "default": 120},
            "delay": {"type": "float", "default": 2},
            "quiet": {"type": "float", "default": 5},
            "node_sample": {"type": "int", "default": 200},
            "node_command": {"type": "list", "elements": "str", "default": []},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The drained or undrained hosts. :raises Refused: with everything that must be done first"""
        self.options, self.drain = options, options["state"] == "drained"
        self.site, self.diffs, self.changed = SiteRun(self), [], False
        if options["in_run"]:
            self.as_control_host()
        with self.site.held(options["in_run"]), Reader(self) as self.reader:
            planned = self._planned(host_names(options["hosts"]))
            if not self.check_mode:
                self.site.take_lease()
            self._nodes(planned)
            for name in planned.units:
                self._unit(self.fabric.bigip(name))
        for note in planned.notes:
            self.display.display(f"Note: {note}")
        found = {"changed": self.changed, "nodes": planned.nodes, "bigips": planned.units, "notes": planned.notes}
        found |= {"diff": self.diffs} if self.diffs and self._task.diff else {}
        return found | ({"warnings": self.site.warnings} if self.site.warnings else {})

    def _planned(self, names: list[str]) -> drain.Plan:
        """Read both sides and plan. :raises Refused: with everything that must be done first"""
        cluster = self.reader.objects(query(POD), query(NODE))
        seen = self.reader.observed(SUBSETS)
        answer = cluster.result()
        pods, nodes = (part(answer, number).get("resources") or [] for number in (0, 1))
        planned = drain.plan(seen, names, self.drain, pods, nodes)
        if answer.get("failed"):
            planned.problems.append(f"the pods and nodes cannot be read: {answer.get('msg')}")
        if planned.problems:
            raise Refused(planned.problems)
        self.seen = seen
        return planned

    # ---- the steps ---------------------------------------------------------------------------------

    def _nodes(self, planned: drain.Plan) -> None:
        """Shut down the nodes' sessions, or bring them up, on one BIG-IP after the other."""
        chosen = [node for node in self.fabric.nodes if node.name in planned.nodes]
        for unit in self.fabric.bigips if chosen else ():
            own = [node for node in self.fabric.neighbors_of(unit) if node in chosen]
            now = self.seen.drains(unit)
            self._record(unit, now, drain.target(now, own, self.drain))
            if not self.drain and not self.check_mode:
                self._wait_for_sessions(unit, f"{', '.join(planned.nodes)}: the sessions are enabled again")

    def _unit(self, unit: BigIp) -> None:
        """Lower the preference first, then shut down; undrain in reverse order."""
        now = self.seen.drains(unit)
        less, shut, normal = (Drains(stage, now.nodes) for stage in (DRAINING, DRAINED, ""))
        if self.check_mode:
            self._record(unit, now, shut if self.drain else normal)
        elif self.drain and now.unit != DRAINED:
            self._record(unit, now, less)
            self._wait_for_rest(unit)
            self._record(unit, less, shut)
        elif not self.drain and now.unit:
            self._record(unit, now, less)
            self._wait_for_sessions(unit, f"{unit.name} announces its VIPs with lower preference")
            self._record(unit, less, normal)

    def _wait_for_rest(self, unit: BigIp) -> None:
        """Wait until no node has a route to the BIG-IP and its virtual servers receive no packets."""
        left = f"{unit.name} announces its VIPs with lower preference, and its sessions are established"

        def routes() -> str:
            nodes = drain.nodes_using(self._with_nodes(), unit)
            return f"nodes still have routes through it: {some(nodes, SHOWN)}" if nodes else ""

        def counters() -> str:
            before = self._traffic(unit)
            time.sleep(self.options["quiet"])
            names = drain.busy(before, self._traffic(unit))
            return f"virtual servers still receive packets: {some(names, SHOWN)}; move their clients" if names else ""

        self._until(routes, left)
        self._until(counters, left)

    def _wait_for_sessions(self, unit: BigIp, left: str) -> None:
        """Wait until the BIG-IP has every session and the pod routes again."""

        def sessions() -> str:
            nodes = drain.not_back(self.reader.observed(SUBSETS, calico=True), unit)
            return f"no established session with pod routes: {some(nodes, SHOWN)}" if nodes else ""

        self._until(sessions, left)

    def _until(self, missing: Callable[[], str], left: str) -> None:
        """Read until nothing is missing. :raises StepFailed: timeout, with the state that was left"""
        if reason := self.site.wait(missing, self.options["timeout"], self.options["delay"]):
            raise StepFailed(
                f"after {self.options['timeout']:g} s, {reason}. {left}: fix the cause and run the same command again, "
                "or the opposite one (drain.yml, undrain.yml)",
                changed=self.changed,
            )

    def _record(self, unit: BigIp, now: Drains, wanted: Drains) -> None:
        """Write the change from one record to the other. :raises StepFailed: it failed"""
        read = (self.seen.bigip(unit).raw.get("config")) or {}
        options = drain.changes(self.fabric, unit, read, now, wanted)
        if not options:
            return
        answer = self.call(
            "bigip_bgp", bigip_connection(self, unit.name) | {"route_domain": unit.route_domain} | options, here=True
        )
        self.changed = self.changed or bool(answer.get("changed"))
        self.diffs += diffs_of(answer)
        if answer.get("failed"):
            raise StepFailed(f"{unit.name}: {answer.get('msg')}", changed=self.changed)
        if not self.check_mode:
            self.seen = self.reader.observed(SUBSETS)

    # ---- reading -----------------------------------------------------------------------------------

    def _with_nodes(self) -> Observed:
        """The last reading of the BIG-IPs, with the nodes' routes."""
        nodes = [node.name for node in sample(self.fabric.nodes, self.options["node_sample"] or 10**9)]
        status = self.reader.module(
            "calico_bgp_status",
            {**self.reader.cluster(), "nodes": nodes, "node_command": self.options["node_command"]},
        )
        return Observed(self.fabric, {**self.seen.raw, "status": status.result(), "sample": nodes})

    def _traffic(self, unit: BigIp) -> list[Mapping[str, Any]]:
        answer = self.reader.bigip(unit, gather_subset=["traffic"]).result()
        if answer.get("failed"):
            raise StepFailed(f"{unit.name}: {answer.get('msg')}", changed=self.changed)
        return list(answer["traffic"])
