# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the inventory of a network that was configured manually. Changes nothing on either side."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.adopt.inventory import adopt
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import drift
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.adopt_file import render
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection, calico_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, Step, StepFailed

KNOWN = ("ansible_host", "route_domain", "bgp_address", "as_number", "vip_ranges")
SUBSETS = ["route_domain", "self_ips", "config", "virtual_addresses"]


class ActionModule(Step):
    SPEC: ClassVar[dict[str, Any]] = {
        "argument_spec": {
            "state": {"type": "str", "choices": ["read", "written"], "required": True},
            "path": {"type": "path", "required": True},
            "adopted": {"type": "dict", "no_log": False},
        },
        "required_if": [["state", "written", ["adopted"]]],
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The adopted network, or the written file."""
        self.site = SiteRun(self)
        path = Path(options["path"]).expanduser()
        if not options["path"] or path.exists():
            raise Refused([f"adopt_inventory is {options['path'] or 'not set'}; expected a file that does not exist"])
        return self._read() if options["state"] == "read" else self._write(path, options["adopted"])

    def _read(self) -> dict[str, Any]:
        """Read both sides. :raises Refused: with every value that cannot be determined"""
        units = {}
        for name in self.site.bigips:
            known = {key: self.variable(key, None, name) for key in KNOWN}
            known = {key: value for key, value in known.items() if value is not None}
            wanted = {"gather_subset": SUBSETS, "route_domain": known.get("route_domain", 0)}
            info = self.call("bigip_bgp_info", bigip_connection(self, name) | wanted, here=True)
            units[name] = {"known": known, "info": info}
        found = adopt(units, self.call("calico_info", calico_connection(self)))
        if found.problems:
            raise Refused(found.problems, "No inventory was written")
        result = dict(vars(found))
        del result["problems"]
        return result

    def _write(self, path: Path, adopted: dict[str, Any]) -> dict[str, Any]:
        """Write the file, with the changes that a run with it would make."""
        hostvars = self.variables["hostvars"]
        results = {name: plain(hostvars[name].get("f5_routing_made")) or {} for name in self.site.bigips}
        calico = plain(hostvars[self.site.control_host].get("calico_bgp_plan")) or {}
        # The controller is not adopted, so nothing of it can differ.
        text = render(adopted, drift.report(results, calico, {"objects": []}))
        if not self.check_mode:
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                raise StepFailed(f"adopt_inventory is {path}, which cannot be written: {error.strerror}") from None
        return {"changed": True, "path": str(path)}
