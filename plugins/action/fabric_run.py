# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The frame of a run of site.yml: lock, record and snapshots, its end, and the rollback of a failed run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import guard, journal, lock, rollback
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.calico_observation import forget_turns
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, Step, StepFailed

FAILURES = "fabric_run_failures"  # a fact of the control host, which works even if a disk is full


class ActionModule(Step):
    SPEC: ClassVar[dict[str, Any]] = {
        "argument_spec": {
            "state": {
                "type": "str",
                "choices": ["begun", "recorded", "failed", "applied", "finished", "rolled_back"],
                "required": True,
            },
            "role": {"type": "str", "default": ""},
            "cause": {"type": "str", "default": ""},
            "run": {"type": "str", "default": ""},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """One state change of a run."""
        self.site = SiteRun(self)
        result: dict[str, Any] = getattr(self, f"_{options['state']}")(options)
        if self.site.warnings:
            result["warnings"] = self.site.warnings
        return result

    # ---- before the first write --------------------------------------------------------------------

    def _begun(self, _options: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse a partial inventory and a second run; begin the working folder."""
        if "ansible_limit" in self.variables:
            hosts = [str(name) for name in self.variables["ansible_play_hosts_all"]]
            missing = guard.excluded([self.site.control_host, *self.site.bigips], hosts)
            if missing:
                reason = (
                    f"--limit {self.variables['ansible_limit']} leaves out {', '.join(missing)}; expected the control "
                    "host and every BIG-IP, because a part of a fabric can be neither verified nor rolled back. Run it "
                    "without --limit"
                )
                raise Refused([reason])
        self.site.fresh_folder()
        if self.site.writes:
            try:
                self.site.lock()
            except OSError as error:
                raise Refused([f"fabric_run_dir: {self.site.place}: {error.strerror}; expected a folder that can be "
                               "written, for the record of the run"]) from None  # fmt: skip
            if self.variables["inventory_hostname"] == self.site.control_host:
                try:
                    self.site.read_lease()
                except lock.Held:
                    self.site.release()
                    raise
        return {}

    def _recorded(self, _options: Mapping[str, Any]) -> dict[str, Any]:
        """Take the Lease and save the snapshots of both sides."""
        guard.require_preflight(self.folder)
        if not self.site.writes:
            return {}
        try:
            self.site.take_lease()
            return {"run": self.site.open_record().name}
        except OSError as error:
            problem = f"fabric_run_dir: {error.filename or self.site.place}: {error.strerror}"
        except (lock.Held, journal.NoRecord):
            self.site.release()
            raise
        self.site.release()
        raise Refused([f"{problem}; expected a folder that can be written, for the record of the run"])

    # ---- after it ----------------------------------------------------------------------------------

    def _failed(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Record why a role failed, so that later plays write nothing and the last one rolls back.

        :raises StepFailed: preflight did not pass, so the last play may be left out as well: the run ends here
        """
        cause = f"{options['role']} on {self.variables['inventory_hostname']}: {options['cause'] or 'failed'}"
        try:
            guard.require_preflight(self.folder)
        except guard.NoVerdict:
            raise StepFailed(cause) from None
        return {"ansible_facts": {FAILURES: [*self._failures(), cause]}}

    def _applied(self, _options: Mapping[str, Any]) -> dict[str, Any]:
        """Save the snapshots after the writes."""
        if self.site.writes and not self._failures():
            self.site.save_applied()
        return {}

    def _finished(self, _options: Mapping[str, Any]) -> dict[str, Any]:
        """The end: verified, applied, rolled back, or failed."""
        failures = self._failures()
        if not self.site.writes:
            self.site.leave()
            if failures:
                raise StepFailed("\n".join(failures))
            return {}
        run = self.site.record
        if not failures:
            state = "verified" if self.site.includes("fabric_verify") else "applied"
            self.site.note(state)
            self.site.leave()
            return {"run": run.name, "result": state}
        if not boolean(self.variable("fabric_rollback_enabled", True)):
            self.site.note("kept", text="; ".join(failures))
            self.site.leave()
            raise StepFailed("\n".join([*failures, "Nothing was rolled back: fabric_rollback_enabled is false"]))
        found = self.site.roll_back(run, failures)
        left = forget_turns(self)
        warnings = [*self.site.warnings, *([f"Secret: {left.get('msg')}"] if left.get("failed") else [])]
        self.site.leave()
        raise StepFailed(
            rollback.message(failures, found), changed=found.changed, result=found.lines(), warnings=warnings
        )

    def _rolled_back(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Restore the state before an earlier run, on request."""
        self.site.fresh_folder()
        run = journal.latest(self.site.place, options["run"] or str(self.variable("fabric_rollback_run", "")))
        if not self.check_mode:
            try:
                self.site.lock()
            except OSError as error:
                self.site.warnings.append(f"{self.site.place}/lock: {error.strerror}; continuing without the lock")
            self.site.take_lease()
        try:
            found = self.site.roll_back(run, [])
        finally:
            self.site.leave()
        title = "Rollback is incomplete:" if found.failed else f"Rollback to the state before run {run.name}:"
        text = "\n".join([title, *(f"- {line}" for line in found.lines())])
        if found.failed:
            raise StepFailed(text, changed=found.changed)
        self.display.display(text)
        return {"changed": found.changed, "run": run.name, "result": found.lines(), "msg": text}

    def _failures(self) -> list[str]:
        """The causes recorded on the control host."""
        facts = self.variables["hostvars"][self.site.control_host].get("ansible_facts") or {}
        return [str(cause) for cause in facts.get(FAILURES) or ()]
