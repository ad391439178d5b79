# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of the actions that are the steps of a run.

A step gets its options and the inventory as plain data, reads the results of earlier steps from the working folder,
and returns a small result. Its logic is in ``module_utils``; an action only reads, calls and reports.
"""

from __future__ import annotations

import multiprocessing
import os
from abc import abstractmethod
from collections import ChainMap
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from ansible import constants as C
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase
from ansible.release import __version__
from ansible.utils.display import Display
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import sessions
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, guard, journal, lock, process
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.sessions import Sessions
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module, site_run
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory import read_fabric

# Since 2.19, ansible-core prints the message of a failed task line by line; before, as JSON by default.
PRINTS_LINES = tuple(map(int, __version__.split(".")[:2])) >= (2, 19)

FABRIC = "fabric"  # file name of the fabric in the working folder


class StepFailed(Exception):
    """The step failed. ``result`` is added to what the task returns."""

    def __init__(self, msg: str, **result: Any) -> None:
        super().__init__(msg)
        self.result = result


class Refused(StepFailed):
    """Nothing was changed, for these reasons: one sentence each with host, variable, value and what is expected."""

    def __init__(self, problems: Iterable[object], title: str = "Nothing was changed") -> None:
        lines = [str(problem) for problem in problems]
        noun = "problem" if len(lines) == 1 else "problems"
        listed = [f"{title}: {len(lines)} {noun}:", *(f"- {line}" for line in lines)]
        super().__init__("\n".join(listed), problems=lines)


def host_names(hosts: Any) -> list[str]:
    """Names of hosts from an option: a list, or a comma-separated string."""
    if isinstance(hosts, str):
        return [name.strip() for name in hosts.split(",") if name.strip()]
    return list(hosts)


def diffs_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The diffs in a module's result, which has none, one or a list."""
    diff = answer.get("diff")
    return diff if isinstance(diff, list) else [diff] if diff else []


class Step(ActionBase):
    """An action of one step. A subclass has ``SPEC``, an argument spec, and ``step``.

    A step that changes a side sets ``WRITES`` to its role's name. In a run of site.yml it is refused without
    preflight verdict and snapshot of the same run, and its start is added to the run's record.
    """

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    SPEC: ClassVar[dict[str, Any]] = {"argument_spec": {}}
    WRITES: ClassVar[str] = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check the options, run the step, and convert its exceptions to messages."""
        result = super().run(tmp, task_vars)
        self.variables: Mapping[str, Any] = task_vars or {}
        self.display = Display()
        _spec, options = self.validate_argument_spec(**self.SPEC)
        try:
            sessions.ledger = Sessions(self.folder.path) if self.folder else None
            if not self.writes(options):
                return result | {"changed": False} | self.step(plain(options))
            site_run.before_write(self)
            done = {"changed": False} | self.step(plain(options))
            site_run.after_write(self, bool(done["changed"]))
            return result | done
        except StepFailed as failure:
            self._print_list(str(failure))
            return result | {"changed": False} | failure.result | {"failed": True, "msg": str(failure)}
        except InventoryError as failure:
            self._print_list(str(failure))
            return result | {"changed": False, "failed": True, "msg": str(failure), "problems": failure.lines}
        except (folder.NoRun, guard.NoVerdict, lock.Held, journal.NoRecord) as failure:
            return result | {"changed": False, "failed": True, "msg": str(failure)}
        except AnsibleConnectionFailure as failure:
            # Treated as a failure, so that the run can roll back.
            return result | {"changed": False, "failed": True, "msg": f"the connection failed: {failure}"}
        except OSError as failure:
            place = failure.filename or self.runs
            return result | {"changed": False, "failed": True, "msg": f"{place}: {failure.strerror or failure}"}

    def _print_list(self, message: str) -> None:
        """Print a message of several lines where Ansible itself would print it as one, with ``\\n`` in it."""
        if "\n" in message and not PRINTS_LINES:
            self.display.display(message, color=C.COLOR_ERROR, stderr=True)

    def writes(self, options: dict[str, Any]) -> bool:
        """Whether the step may change a side with these options."""
        return bool(self.WRITES)

    @abstractmethod
    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The result of the task. :raises StepFailed: with the message"""

    # ---- the inventory -----------------------------------------------------------------------------

    def variable(self, name: str, default: Any = None, host: str | None = None) -> Any:
        """A variable as plain data; an unset or empty one is ``default``. ``host``: another host's.

        For the task's host this includes variables of play and role, for another host only those of the inventory.
        """
        if host is None or host == self.variables.get("inventory_hostname"):
            value = self.variables.get(name)
            value = plain(self._templar.template(value) if self._templar else value)
        else:
            source = self.variables["hostvars"][host]
            value = plain(source[name]) if name in source else None
        return default if value in (None, "") else value

    @cached_property
    def fabric(self) -> Fabric:
        """The fabric, read from the inventory once per run and from the working folder afterwards."""
        if self.folder and self.folder.has(FABRIC):
            return Fabric.from_dict(self.folder.load(FABRIC))
        fabric = read_fabric(self.variables["hostvars"], self.variables["groups"])
        if self.folder:
            self.folder.save(FABRIC, fabric.as_dict())
        return fabric

    def as_control_host(self) -> None:
        """Use the variables of the control host, in a play of another host that delegates to it."""
        control = str(self.variable("fabric_control_host", "localhost"))
        hostvars = self.variables["hostvars"]
        shared = {"hostvars": hostvars, "groups": self.variables["groups"], "inventory_hostname": control}
        self.variables = ChainMap(shared, hostvars[control])

    # ---- the run -----------------------------------------------------------------------------------

    @cached_property
    def process(self) -> str:
        """The ansible-playbook process: Ansible runs each task in a child of it.

        :raises StepFailed: it was killed before this step began, so nothing may be begun in its name
        """
        creator = multiprocessing.parent_process()
        parent = os.getppid()
        if creator and creator.pid != parent:
            raise StepFailed("ansible-playbook has ended, so this task does not begin")
        return process.process_id(parent)

    @cached_property
    def runs(self) -> Path:
        """The folder of runs on the Ansible controller (variable ``fabric_run_dir``)."""
        state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
        return Path(self.variable("fabric_run_dir", f"{state}/podroute")).expanduser()

    @cached_property
    def folder(self) -> folder.Folder | None:
        """The working folder of this run, None before it exists."""
        return folder.current(self.runs, self.process)

    # ---- modules -----------------------------------------------------------------------------------

    @property
    def check_mode(self) -> bool:
        """Whether the task runs in check mode."""
        return bool(self._task.check_mode)

    def call(
        self, module: str, arguments: Mapping[str, Any], check_mode: bool | None = None, here: bool = False
    ) -> dict[str, Any]:
        """The result of a module of this collection: in this process where the task's connection is local, otherwise
        on the task's host. A failure is in the result, not raised.

        :param check_mode: None for the task's
        :param here: always in this process, as for a BIG-IP
        """
        check = self._task.check_mode if check_mode is None else check_mode
        if here or self._connection.transport == "local":
            return local_module.execute(module, arguments, check, bool(self._task.diff))
        before, self._task.check_mode = self._task.check_mode, check
        try:
            given = {key: value for key, value in arguments.items() if value is not None}
            answer = self._execute_module(
                module_name=f"podroute.calico_f5.{module}", module_args=given, task_vars=self.variables
            )
        finally:
            self._task.check_mode = before
        return plain(answer)
