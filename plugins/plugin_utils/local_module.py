# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module of this collection inside the action that needs it.

Starting a module requires packing an archive, a Python process and all imports, several tenths of a second per task. On
the Ansible controller itself none of this is needed. A module supports it by having ``options()``, the keyword
arguments of its AnsibleModule, and ``run(module)``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, NoReturn

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain

_MODULES = "ansible_collections.podroute.calico_f5.plugins.modules."
_CHECKS = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")


class _Exit(Exception):
    """The module is done."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__()
        self.result = result


class LocalModule:
    """The part of AnsibleModule that modules use."""

    def __init__(self, params: dict[str, Any], check_mode: bool, diff: bool) -> None:
        self.params = params
        self.check_mode = check_mode
        self._diff = diff
        self.warnings: list[str] = []

    def warn(self, warning: str) -> None:
        """Add a warning to the result."""
        self.warnings.append(warning)

    def fail_json(self, msg: str, **result: Any) -> NoReturn:
        """End as failed."""
        raise _Exit({"changed": False, **result, "failed": True, "msg": msg})

    def exit_json(self, **result: Any) -> NoReturn:
        """End with a result."""
        raise _Exit({"changed": False, **result})


def execute(name: str, arguments: Mapping[str, Any], check_mode: bool = False, diff: bool = False) -> dict[str, Any]:
    """The result of module ``name``, as Ansible would register it, with ``failed`` and ``msg`` on failure."""
    code = importlib.import_module(_MODULES + name)
    options = code.options()
    checks = {key: options[key] for key in _CHECKS if key in options}
    given = {key: value for key, value in plain(arguments).items() if value is not None}
    checked = ArgumentSpecValidator(options["argument_spec"], **checks).validate(given)
    if checked.error_messages:
        return {"changed": False, "failed": True, "msg": f"{name}: " + "; ".join(checked.error_messages)}
    module = LocalModule(checked.validated_parameters, check_mode, diff)
    try:
        code.run(module)
    except _Exit as done:
        result = done.result
    else:
        result = {"changed": False, "failed": True, "msg": f"{name} ended without a result"}
    if module.warnings:
        result["warnings"] = module.warnings
    return result
