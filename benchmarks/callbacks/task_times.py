# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each task of a run began, for the benchmark: a JSON list of name and Unix time in the file TASK_TIMES."""

from __future__ import annotations

import json
import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: task_times
type: aggregate
short_description: Writes when each task began
description: See the benchmark of this project.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_times"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[tuple[str, float]] = []

    def v2_playbook_on_task_start(self, task, is_conditional):
        self.begun.append((task.get_name(), time.time()))

    def v2_playbook_on_stats(self, stats):
        self.begun.append(("", time.time()))
        with open(os.environ["TASK_TIMES"], "w", encoding="utf-8") as file:
            json.dump(self.begun, file)
