# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report drift from the results of the roles in check mode, which are registered variables of their hosts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import drift
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step, StepFailed


class ActionModule(Step):
    SPEC: ClassVar[dict[str, Any]] = {"argument_spec": {"report": {"type": "path"}}}

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The report. :raises StepFailed: there is drift, or it is unknown"""
        site = SiteRun(self)
        bigips = {name: self._registered(name, "f5_routing_made") for name in site.bigips}
        host = site.control_host
        found = drift.report(
            bigips, self._registered(host, "calico_bgp_plan"), self._registered(host, "bigip_ctlr_made")
        )
        lines = drift.lines(found)
        if options["report"]:
            handle = os.open(Path(options["report"]).expanduser(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(found, file, indent=4)
                file.write("\n")
        if found["code"]:
            raise StepFailed("\n".join(lines), **found)
        self.display.display("\n".join(lines))
        return found

    def _registered(self, host: str, name: str) -> dict[str, Any]:
        variables = self.variables["hostvars"].get(host) or {}
        return dict(plain(variables[name])) if name in variables else {}
