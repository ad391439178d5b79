# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show a proof to people, write it for programs, and fail if it is none. Runs on the Ansible controller."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import report, table
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.page import as_html

display = Display()

CHECK_MODE = "Check mode: nothing was changed, so nothing is judged. This is not true now:"


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            argument_spec={
                "findings": {"type": "list", "elements": "dict", "required": True},
                "most": {"type": "int", "default": table.MOST_DETAILS},
                "fabric": {"type": "dict"},
                "blocks": {"type": "dict", "default": {}},
                "times": {"type": "dict", "default": {}},
                "failover": {"type": "dict", "default": {}},
                "changes": {"type": "list", "elements": "dict", "default": []},
                **{name: {"type": "path"} for name in (*report.FORMATS, "html")},
            }
        )
        findings = options["findings"]
        summary = report.as_data(findings, options["times"], options["changes"])
        result |= {
            "changed": False,
            "proven": summary["proven"],
            "verdict": summary["verdict"],
            "checks": summary["checks"],
            "failed_checks": summary["failed"],
        }
        if self._task.check_mode:
            bad = [finding for finding in findings if not finding["ok"]]
            lines = [CHECK_MODE, *(f"  {one['capability']:>2}  {one['subject']}: {one['observed']}" for one in bad)]
            lines.append(f"A run would verify {len(findings)} things; {len(bad)} of them are not true now.")
            display.display("\n".join(lines))
            return result
        for name, render in report.FORMATS.items():
            if options[name]:
                _write(Path(options[name]).expanduser(), render(summary))
        if options["html"]:
            page = as_html(findings, *(options[name] for name in ("fabric", "blocks", "times", "changes", "failover")))
            _write(Path(options["html"]).expanduser(), page)
        display.display("\n".join(table.lines(findings, options["most"])))
        if not summary["proven"]:
            result |= {"failed": True, "msg": _reasons(summary)}
        return result


def _reasons(summary: dict[str, Any], most: int = 20) -> str:
    """The verdict, and every distinct cause with the subject that it was found on first."""
    lines = [f"- {entry['subjects'][0]}: {entry['cause']}" for entry in report.causes(summary)]
    more = [f"- and {len(lines) - most} more causes, above"] if len(lines) > most else []
    return "\n".join([summary["verdict"], *lines[:most], *more])


def _write(path: Path, text: str) -> None:
    """The whole file or none of it, for its owner only: it says how a network is built."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except OSError as error:
        raise AnsibleActionFail(f"{path}: {error.strerror}") from None
