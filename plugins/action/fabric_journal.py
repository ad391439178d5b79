# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of runs on the Ansible controller: open one, add to it, read it. Touches no device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import journal

display = Display()


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            argument_spec={
                "folder": {"type": "path", "required": True},
                "state": {"type": "str", "choices": ["opened", "noted", "kept", "read"], "required": True},
                "run": {"type": "str", "default": ""},
                "keep": {"type": "int", "default": 10},
                "note": {"type": "str", "choices": list(journal.STATES)},
                "subject": {"type": "str", "default": ""},
                "text": {"type": "str", "default": ""},
                "snapshots": {"type": "dict", "default": {}},
                "moment": {"type": "str", "choices": ["before", "left"], "default": "before"},
                "sides": {"type": "list", "elements": "str", "default": []},
            },
            required_if=[["state", "noted", ["run", "note"]], ["state", "kept", ["run", "snapshots"]]],
        )
        place = Path(options["folder"])
        result["changed"] = False
        if self._task.check_mode and options["state"] != "read":
            return result | {"run": "", "resumed": False, "skipped": True}
        try:
            return result | self._work(place, options)
        except (journal.NoRecord, OSError) as error:
            raise AnsibleActionFail(f"the records of runs: {error}") from None

    def _work(self, place: Path, options: dict[str, Any]) -> dict[str, Any]:
        if options["state"] == "opened":
            run, said = journal.opened(place, options["keep"])
            if said:
                display.display(said)
            return {"run": run.name, "resumed": bool(said), "said": said}
        run = journal.latest(place, options["run"])
        if options["state"] == "noted":
            run.note(options["note"], options["subject"], options["text"])
        elif options["state"] == "kept":
            for side, snapshot in options["snapshots"].items():
                run.keep(side, options["moment"], snapshot)
        else:
            return {
                "run": run.name,
                "said": run.said(),
                "before": {side: run.kept(side, "before") for side in options["sides"]},
                "left": {side: run.kept(side, "left") for side in options["sides"]},
                "lines": run.lines(),
            }
        return {"run": run.name}
