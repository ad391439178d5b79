# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fail over from one unit of a pair to the other, once the other can carry the traffic."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import endpoint
from ansible_collections.podroute.calico_f5.plugins.module_utils.drain import failover
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.reading import Reader
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, Step, StepFailed

SUBSETS = ["route_domain", "self_ips", "config", "neighbors", "routes", "virtual_addresses", "failover"]


class ActionModule(Step):
    SPEC: ClassVar[dict[str, Any]] = {
        "argument_spec": {
            "unit": {"type": "str", "default": ""},
            "in_run": {"type": "bool", "default": False},
            "timeout": {"type": "float", "default": 60},
            "delay": {"type": "float", "default": 1},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """Which unit became standby. :raises Refused: with everything that must be done first"""
        self.options, self.site = options, SiteRun(self)
        if options["in_run"]:
            self.as_control_host()
        with self.site.held(options["in_run"]), Reader(self) as self.reader:
            planned = failover.plan(self.reader.observed(SUBSETS, calico=True), options["unit"])
            if planned.problems:
                raise Refused(planned.problems)
            if planned.unit and not self.check_mode:
                self.site.take_lease()
                self._fail_over(planned)
        found = {"changed": bool(planned.unit), "standby": planned.unit, "active": planned.heir}
        return found | ({"warnings": self.site.warnings} if self.site.warnings else {})

    def _fail_over(self, planned: failover.Plan) -> None:
        """Make the unit standby, and wait until the other announces all that it announced."""
        try:
            with BigIp(endpoint(bigip_connection(self, planned.unit))) as bigip:
                bigip.post("/mgmt/tm/sys/failover", {"command": "run", "standby": True})
        except BigIpError as problem:
            raise StepFailed(f"{planned.unit}: {problem.message}") from None
        heir = self.fabric.bigip(planned.heir)
        missing = self.site.wait(
            lambda: failover.not_taken(self.reader.observed(SUBSETS), planned, heir),
            self.options["timeout"],
            self.options["delay"],
        )
        if missing:
            raise StepFailed(
                f"after {self.options['timeout']:g} s: {'; '.join(missing[:5])}. See tmsh show cm traffic-group on "
                f"both units; to go back: tmsh run sys failover standby on {planned.heir}",
                changed=True,
            )
