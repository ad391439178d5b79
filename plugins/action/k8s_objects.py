# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply many Kubernetes objects in one run of kubernetes.core.k8s, and tell truly and discreetly what changed.

kubernetes.core.k8s takes a list, but then hides every object's diff inside its result, counts what the server
writes by itself as a change, and would print and log a Secret. This action asks it with diff and without log, and
makes one honest result of it.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.changes import report

MODULE = "kubernetes.core.k8s"


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        _spec, options = self.validate_argument_spec(
            argument_spec={
                "definitions": {"type": "list", "elements": "dict", "required": True},
                "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                "field_manager": {"type": "str", "default": "podroute.calico_f5"},
                "kubeconfig": {"type": "raw", "no_log": True},
                "context": {"type": "str"},
                "defined_before": {"type": "list", "elements": "str", "default": []},
            }
        )
        definitions, absent = options["definitions"], options["state"] == "absent"
        if not definitions:
            return result | {"changed": False, "objects": [], "diff": []}
        arguments = {key: options[key] for key in ("kubeconfig", "context") if options[key]}
        arguments |= {"resource_definition": definitions, "state": options["state"], "continue_on_error": True}
        if not absent:
            manager = {"field_manager": options["field_manager"], "force_conflicts": True}
            arguments |= {"apply": True, "server_side_apply": manager}
        answer = self._quietly(arguments, task_vars)
        found = answer.get("result") or {}
        results = [answer] if len(definitions) == 1 else found.get("results")
        if answer.get("failed") or results is None:
            raise AnsibleActionFail(f"{MODULE}: {answer.get('msg') or 'gave no results'}")
        foreseen = options["defined_before"] if self._task.check_mode else []
        return result | report(definitions, results, absent, foreseen)

    def _quietly(self, arguments: dict[str, Any], task_vars: dict[str, Any] | None) -> dict[str, Any]:
        """Run the module with diff, and without logging its arguments: a Secret may be among them."""
        diff, no_log = self._task.diff, self._task.no_log
        self._task.diff, self._task.no_log = True, True
        try:
            return self._execute_module(module_name=MODULE, module_args=arguments, task_vars=task_vars)
        finally:
            self._task.diff, self._task.no_log = diff, no_log
