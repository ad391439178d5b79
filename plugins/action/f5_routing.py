# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configure one BIG-IP for the fabric. Plans from what preflight read, and opens a session only to write."""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp, info, route_domain, routing
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError, Unfit
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import endpoint
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.observe import ROUTING, SCHEMA, Reading
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, Step, StepFailed

# What is in the folder about a BIG-IP, as bigip_bgp_info returns it, and is read again after a write.
_SUBSETS = ("route_domain", "self_ips", "config", "virtual_addresses", "observation")


class ActionModule(Step):
    WRITES = "f5_routing"
    SPEC = {
        "argument_spec": {
            "intent": {"type": "dict"},
            "bgp_password": {"type": "str", "no_log": True},
            "allow_service": {"type": "list", "elements": "str", "default": ["tcp:179"]},
            "routing_protocols": {
                "type": "list",
                "elements": "str",
                "choices": list(route_domain.PROTOCOLS),
                "default": ["BGP"],
            },
            "partitions": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "route_domain": {"type": "int"},
                    "description": {"type": "str"},
                },
            },
            "purge": {"type": "bool", "default": True},
            "max_removals": {"type": "float", "default": 0.34},
            "allow_as_change": {"type": "bool", "default": False},
            "save_when": {"type": "str", "choices": ["changed", "always", "never"], "default": "changed"},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a run changed, or in check mode would change."""
        self.name = str(self.variables["inventory_hostname"])
        try:
            desired = self._desired(options)
            planned = self._planned(desired)
            if planned is not None and (self._task.check_mode or not planned.changed):
                return self._result(routing.Outcome(planned))
            with BigIp(endpoint(bigip_connection(self))) as bigip:
                return self._result(self._in_session(bigip, desired))
        except (InvalidConfig, Unfit) as problem:
            raise Refused(problem.problems, f"Nothing was changed on {self.name}") from None
        except BigIpError as problem:
            raise StepFailed(problem.message, changed=problem.leaves_something) from None

    def _desired(self, options: dict[str, Any]) -> routing.Desired:
        fabric = Fabric.from_dict(options["intent"]) if options["intent"] else self.fabric
        try:
            unit = fabric.bigip(self.name)
        except KeyError as problem:
            raise StepFailed(str(problem.args[0])) from None
        password = options["bgp_password"] or None
        purge = Purge(fabric.names.mark, options["max_removals"], options["purge"])
        return routing.Desired(
            unit.route_domain,
            options["routing_protocols"],
            {
                "name": unit.self_ip_name,
                "address": None if unit.self_ip_name else unit.bgp_address,
                "allow_service": options["allow_service"],
            },
            options["partitions"],
            bgp.Wish(build(**bgp_config(fabric, self.name, password)), "replaced", options["allow_as_change"], purge),
            fabric.as_dict()["vips"],
            options["save_when"],
            password,
        )

    def _planned(self, desired: routing.Desired) -> routing.Plan | None:
        """The plan from what an earlier step of this run read; None if that is not enough to plan from."""
        seen = self._saved().get("observation") or {}
        if seen.get("schema") != SCHEMA or seen.get("number") != desired.route_domain:
            return None
        if not all(part in seen or part == "config" for part in desired.parts) or "running_config" not in seen:
            return None
        return routing.plan(Reading(seen), desired)

    def _in_session(self, bigip: BigIp, desired: routing.Desired) -> routing.Outcome:
        """Read, plan again, and write what differs."""
        more = ROUTING if self.folder else ()
        reading = routing.read(bigip, desired, more, tidy=not self._task.check_mode)
        planned = routing.plan(reading, desired)
        if self._task.check_mode or not planned.changed:
            self._save(reading)
            return routing.Outcome(planned)
        try:
            outcome = routing.write(bigip, planned, more)
        except BigIpError as problem:
            if self.folder:  # what it has is no longer what the device has
                self.folder.save(self._file, {"failed": True, "msg": problem.message})
            raise
        self._save(outcome.after)
        return outcome

    # ---- the run's folder --------------------------------------------------------------------------

    @property
    def _file(self) -> str:
        return f"observed-bigip-{self.name}"

    def _saved(self) -> dict[str, Any]:
        if self.folder and self.folder.has(self._file):
            return self.folder.load(self._file)
        return {}

    def _save(self, reading: Reading | None) -> None:
        """Replace what the folder has about this BIG-IP, so that no later step sees what was before the write."""
        if self.folder and reading is not None and "running_config" in reading.observation:
            self.folder.save(self._file, {**self._saved(), **info.facts(reading.observation, _SUBSETS)})

    # ---- the result --------------------------------------------------------------------------------

    def _result(self, outcome: routing.Outcome) -> dict[str, Any]:
        """A small result. The whole configuration before and after is in the diff alone."""
        full = outcome.result()
        result = {key: full[key] for key in ("changed", "commands", "operations", "resets", "saved")}
        if full["diff"] and self.folder:
            changes = [
                {"title": item["before_header"].removesuffix(" (before)"), **_sides(item)} for item in full["diff"]
            ]
            if not self._task.check_mode:
                self.folder.save(f"changes-{self.name}", changes)
        if self._task.diff:
            result["diff"] = full["diff"]
        return result | ({"warnings": outcome.warnings} if outcome.warnings else {})


def _sides(item: dict[str, Any]) -> dict[str, Any]:
    return {side: item[side] for side in ("before", "after")}
