# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configure one BIG-IP for the fabric. Plans from the observation of preflight, and opens a session only to write."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import info, pair, routing
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError, Unfit
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import endpoint
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.observe import ROUTING, Reading
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import Drains
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.drain import recorded
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.routing_plan import OPTIONS, desired, from_observation
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import record_passwords
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, Step, StepFailed

# The subsets of bigip_bgp_info in the folder, which are read again after a write.
_SUBSETS = ("route_domain", "self_ips", "config", "virtual_addresses", "observation")


class ActionModule(Step):
    WRITES = "f5_routing"
    SPEC: ClassVar[dict[str, Any]] = {"argument_spec": OPTIONS}

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The changes of a run, in check mode the predicted ones."""
        self.name = str(self.variables["inventory_hostname"])
        self.wait_timeout, self.config_sync = options["wait_timeout"], options["config_sync"]
        try:
            wanted = self._desired(options)
            planned = from_observation(wanted, self._saved())
            if planned is not None and (self._task.check_mode or not planned.changed):
                return self._result(routing.Outcome(planned))
            with BigIp(endpoint(bigip_connection(self))) as bigip:
                return self._result(self._in_session(bigip, wanted))
        except (InvalidConfig, Unfit) as problem:
            raise Refused(problem.problems, f"Nothing was changed on {self.name}") from None
        except BigIpError as problem:
            raise StepFailed(problem.message, changed=problem.leaves_something) from None

    def _desired(self, options: dict[str, Any]) -> routing.Desired:
        self.wanted = Fabric.from_dict(options["intent"]) if options["intent"] else self.fabric
        self.several = bool(self.wanted.synchronized)
        try:
            return desired(self.wanted, self.name, options)
        except KeyError as problem:
            raise StepFailed(str(problem.args[0])) from None

    def _in_session(self, bigip: BigIp, wanted: routing.Desired) -> routing.Outcome:
        """Read, plan again, and write what differs."""
        more = ROUTING if self.folder else ()
        reading = routing.read(bigip, wanted, more, tidy=not self._task.check_mode)
        planned = routing.plan(reading, wanted)
        if self._task.check_mode or not planned.changed:
            self._save(reading)
            return routing.Outcome(planned)
        record_passwords(self, self.name, planned.passwords)
        try:
            established = pair.established(bigip, wanted.route_domain) if self._waits(planned) else frozenset()
            outcome = routing.write(bigip, planned, more)
            if established:
                pair.wait(bigip, wanted.route_domain, established, self.wait_timeout)
        except BigIpError as problem:
            if self.folder:  # its content is outdated
                self.folder.save(self._file, {"failed": True, "msg": problem.message})
            raise
        self._save(outcome.after)
        if self.config_sync and self._is_last() and self._shared_changed(outcome):
            pair.synchronize(bigip, wanted.route_domain)
        return outcome

    # ---- several BIG-IPs ---------------------------------------------------------------------------

    def _is_last(self) -> bool:
        """Whether no other BIG-IP of this play comes after this one."""
        hosts = [str(name) for name in self.variables.get("ansible_play_hosts_all") or [self.name]]
        return hosts[-1] == self.name

    def _waits(self, planned: routing.Plan) -> bool:
        """Whether another BIG-IP comes after this one and sessions of this one may be reset."""
        return bool(planned.enabled and planned.change and planned.change.plan.resets) and not self._is_last()

    def _shared_changed(self, outcome: routing.Outcome) -> bool:
        """Whether this run changed objects that are part of config sync, here or on an earlier BIG-IP."""
        if not self.several or not self.folder:
            return False
        files = self.folder.path.glob("changes-*.json")
        earlier = (item["title"] for file in files for item in self.folder.load(file.stem))
        return bool(outcome.plan.first or outcome.plan.last) or "TMOS" in earlier

    # ---- the run's folder --------------------------------------------------------------------------

    @property
    def _file(self) -> str:
        return f"observed-bigip-{self.name}"

    def _saved(self) -> dict[str, Any]:
        if self.folder and self.folder.has(self._file):
            return self.folder.load(self._file)
        return {}

    def _save(self, reading: Reading | None) -> None:
        """Replace the folder's data of this BIG-IP, so that no later step uses the state before the write."""
        if self.folder and reading is not None and "running_config" in reading.observation:
            self.folder.save(self._file, {**self._saved(), **info.facts(reading.observation, _SUBSETS)})

    # ---- the result --------------------------------------------------------------------------------

    def _result(self, outcome: routing.Outcome) -> dict[str, Any]:
        """A small result. Only the diff has the whole configuration before and after."""
        full = outcome.result()
        result = {key: full[key] for key in ("changed", "commands", "operations", "resets", "saved")}
        result["drained"] = self._drained(outcome)
        if full["diff"] and self.folder:
            changes = [
                {"title": item["before_header"].removesuffix(" (before)"), **_sides(item)} for item in full["diff"]
            ]
            if not self._task.check_mode:
                self.folder.save(f"changes-{self.name}", changes)
        if self._task.diff:
            result["diff"] = full["diff"]
        return result | ({"warnings": outcome.warnings} if outcome.warnings else {})

    def _drained(self, outcome: routing.Outcome) -> list[str]:
        """The hosts that are recorded as drained on this BIG-IP, which the plan keeps so."""
        change = outcome.plan.change
        drains = recorded(change.before, self.wanted.names.mark) if change else Drains()
        nodes = [node.name for node in self.wanted.nodes if node.node_ip in drains.nodes]
        return [*([self.name] if drains.unit else []), *nodes]


def _sides(item: dict[str, Any]) -> dict[str, Any]:
    return {side: item[side] for side in ("before", "after")}
