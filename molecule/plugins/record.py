"""A callback that writes the changes of a converge, in check mode the predicted ones, to .build/molecule."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible import context
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Write what a converge changed to a file
description: For the molecule scenarios, which compare the predictions of check mode with the following run.
requirements: [enable it in the environment]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[dict] = []
        self._target: Path | None = None

    def v2_playbook_on_start(self, playbook) -> None:
        """Only converge.yml counts; the first run of each kind is kept, the idempotence run comes later."""
        scenario = os.environ.get("MOLECULE_SCENARIO_DIRECTORY")
        if not scenario or os.path.basename(playbook._file_name) != "converge.yml":
            return
        # A scenario that continues with other variables names each part.
        part = os.environ.get("RECORD_AS")
        kind = "check" if context.CLIARGS.get("check") else "run"
        folder = Path(os.environ["MOLECULE_PROJECT_DIRECTORY"], ".build", "molecule")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{'-'.join(filter(None, (os.path.basename(scenario), part, kind)))}.json"
        self._target = None if target.exists() else target

    def v2_runner_on_ok(self, result) -> None:
        body = result._result
        diff = body.get("diff") or [item.get("diff") for item in body.get("results", []) if item.get("diff")]
        self._rows.append({
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "action": result._task.action,
            "changed": bool(body.get("changed")),
            "diff": diff or None,
        })  # fmt: skip

    def v2_playbook_on_stats(self, stats) -> None:
        if self._target:
            self._target.write_text(json.dumps(self._rows, indent=1, default=str) + "\n")
