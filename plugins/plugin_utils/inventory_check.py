# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All problems of an inventory that can be found without a device: fabric, connections, files, controller variables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import read_inventory as cis
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import (
    ALL,
    InventoryError,
    Problem,
    shown,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import vocabulary
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import inventory
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection, calico_connection

ROLES = Path(__file__).resolve().parents[2] / "roles"
_LIKENESS = 0.84
LOCALHOST = "localhost"


class Checked(NamedTuple):
    """An inventory that was checked.

    :ivar fabric: what could be read of it; None if nothing
    :ivar whole: whether ``fabric`` has everything, although there may be problems
    """

    problems: list[Problem]
    fabric: Fabric | None
    whole: bool


def inventory_problems(
    hostvars: Mapping[str, Any],
    groups: Mapping[str, Iterable[str]],
    nodes: str = "k8s_nodes",
    bigips: str = "bigips",
) -> Checked:
    """The fabric, and every problem of the inventory that can be seen without a device.

    Call it before the first task of a run that registers variables: unknown names are compared with those of roles.

    :param nodes: the group of Kubernetes nodes
    :param bigips: the group of BIG-IPs
    """
    problems: list[Problem] = []
    fabric = partial = None
    whole = True
    try:
        fabric = partial = inventory.read_fabric(hostvars, groups, nodes, bigips)
    except InventoryError as error:
        problems += error.problems
        partial, whole = error.partial, error.whole
    check = _Inventory(hostvars, inventory.members(groups, bigips), inventory.members(groups, nodes))
    problems += check.connections()
    problems += check.files()
    problems += check.misplaced()
    problems += check.controller(fabric)
    told = {problem.variable for problem in problems}
    problems += [problem for problem in check.roles() if problem.variable not in told]
    seen: set[tuple[str, str]] = set()
    unique = []
    for problem in problems:
        if (problem.host, problem.variable) not in seen or problem.host == ALL:
            unique.append(problem)
        seen.add((problem.host, problem.variable))
    return Checked(list(dict.fromkeys(unique)), partial, whole)


class _Inventory:
    """The inventory, as far as it does not describe the fabric."""

    def __init__(self, hostvars: Mapping[str, Any], bigips: list[str], nodes: list[str]) -> None:
        self.hostvars = hostvars
        self.bigips = bigips
        self.nodes = nodes

    # ---- as `connections` reads variables ------------------------------------------------------------

    @property
    def variables(self) -> Mapping[str, Any]:
        return {"hostvars": self.hostvars, "inventory_hostname": self.control_host}

    def variable(self, name: str, default: Any = None, host: str | None = None) -> Any:
        source = self.of(host or self.control_host)
        value = plain(source[name]) if name in source else None
        return default if value in (None, "") else value

    # ---- what is read --------------------------------------------------------------------------------

    def of(self, host: str) -> Mapping[str, Any]:
        return self.hostvars[host] if host in self.hostvars else {}

    @cached_property
    def control_host(self) -> str:
        """The host that reaches the Kubernetes API."""
        for host in self.bigips:
            values = inventory.evaluated(host, self.of(host), ("fabric_control_host",), [])
            if values.get("fabric_control_host") not in (None, ""):
                return str(values["fabric_control_host"])
        return LOCALHOST

    @cached_property
    def control(self) -> Mapping[str, Any]:
        return self.of(self.control_host)

    @property
    def _has_control_host(self) -> bool:
        return self.control_host == LOCALHOST or self.control_host in self.hostvars

    # ---- the checks ----------------------------------------------------------------------------------

    def connections(self) -> list[Problem]:
        problems: list[Problem] = []
        for host in self.bigips:
            problems += _problems(lambda host=host: bigip_connection(self, host))  # type: ignore[misc]
        problems += _problems(lambda: calico_connection(self))
        values = inventory.evaluated(self.control_host, self.control, ("node_command",), problems)
        command = values.get("node_command") or ["{node}"]
        if not isinstance(command, list) or not any("{node}" in str(word) for word in command):
            wanted = 'a list of words, one of which has the name of the node: [ssh, "{node}"]'
            problems.append(Problem(self.control_host, "node_command", shown(command), wanted))
        return problems

    def files(self) -> list[Problem]:
        """Missing files on the Ansible controller; those of another control host are checked there."""
        problems: list[Problem] = []
        if not self._has_control_host:
            wanted = "a host of the inventory, or localhost"
            problems.append(Problem(ALL, "fabric_control_host", shown(self.control_host), wanted))
        if self.control_host != LOCALHOST and self.control.get("ansible_connection") != "local":
            return problems
        values = inventory.evaluated(self.control_host, self.control, ("kubeconfig", "calicoctl_path"), problems)
        for name, value in values.items():
            if not value or not isinstance(value, str):  # what is not a string is a problem of the connection
                continue
            if ("/" in value or name == "kubeconfig") and not Path(value).expanduser().is_file():
                wanted = "an existing file on the Ansible controller"
                problems.append(Problem(self.control_host, name, shown(value), wanted))
        return problems

    def misplaced(self) -> list[Problem]:
        """Variables that are read on the control host or on BIG-IPs but set on other hosts only."""
        control = inventory.unevaluated(self.control)
        units = inventory.unevaluated(self.of(self.bigips[0])) if self.bigips else {}
        wanted = "it set for all hosts: a fabric-wide variable set on this host only has no effect"
        problems = []
        for host in self.hostvars:
            if host == self.control_host:
                continue
            own = inventory.unevaluated(self.of(host))
            for name in own:
                if name in vocabulary.CONTROL_VARIABLES or name.startswith(cis.PREFIX):
                    if name not in control and self._has_control_host:
                        place = f"it set for all hosts or for {self.control_host}, where it is read"
                        problems.append(Problem(host, name, "set here", place))
                elif name in vocabulary.FABRIC_VARIABLES and host not in (*self.nodes, *self.bigips):
                    if self.bigips and inventory.differs(own, units, name):
                        problems.append(Problem(host, name, "set here", wanted))
        for name in vocabulary.FABRIC_VARIABLES:
            if self.bigips and self.control_host not in (*self.bigips, *self.nodes) and name in control:
                if inventory.differs(control, units, name):
                    problems.append(Problem(self.control_host, name, "set here", wanted))
        return problems

    def roles(self) -> list[Problem]:
        """Variables of roles, which begin with the role's name: misspelt ones, and values of the wrong type.

        Ansible checks the values of a role when it begins, which is after another role has written.
        """
        problems: dict[tuple[str, str], Problem] = {}
        for folder in sorted(ROLES.iterdir()):
            prefix = f"{folder.name}_"
            for host in (self.control_host, *(self.bigips if prefix != cis.PREFIX else ())):
                raw = inventory.unevaluated(self.of(host))
                given = {str(name) for name in raw if str(name).startswith(prefix)}
                options = _options(folder) if given else {}
                for name in sorted(given - set(options)):
                    close = get_close_matches(name, set(options) - given, n=1, cutoff=_LIKENESS)
                    if close:
                        wanted = f"{close[0]}, if that was intended"
                        problems[ALL, name] = Problem(ALL, name, "an unknown variable", wanted)
                for problem in self._role_values(host, prefix, {name: options[name] for name in given & set(options)}):
                    problems[host, problem.variable] = problem
        return list(problems.values())

    def _role_values(self, host: str, prefix: str, options: Mapping[str, Any]) -> Iterator[Problem]:
        """Values of one role on one host that its argument specification does not take."""
        failed: list[Problem] = []
        values = inventory.evaluated(host, self.of(host), options, failed)
        # A template may refer to a default of the role, which only the role knows.
        yield from (problem for problem in failed if f"'{prefix}" not in problem.expected)
        for name, value in values.items():
            wanted = _unlike(options[name], value)
            if wanted and value not in (None, ""):
                held = "of another type" if "password" in name else shown(value)
                yield Problem(host, name, held, wanted)

    def controller(self, fabric: Fabric | None) -> list[Problem]:
        """The controller's variables, if the inventory has a controller."""
        raw = inventory.unevaluated(self.control)
        own = [name for name in raw if name == "virtual_servers" or name.startswith(cis.PREFIX)]
        if not cis.is_used({str(name): plain(raw[name]) for name in own}):
            return []
        problems: list[Problem] = []
        wanted = (*cis.VARIABLES, "virtual_servers")
        values = inventory.evaluated(self.control_host, self.control, wanted, problems)
        # A template may refer to a default of the role, which only the role knows.
        problems = [problem for problem in problems if f"'{cis.PREFIX}" not in problem.expected]
        return [*problems, *cis.problems_of(values, fabric)]


def _problems(read: Callable[[], object]) -> list[Problem]:
    """What is wrong with the variables that ``read`` reads."""
    try:
        read()
    except InventoryError as error:
        return error.problems
    return []


_TYPES = {
    "bool": "true or false",
    "dict": "a dictionary",
    "float": "a number, 0 or more",
    "int": "a whole number, 0 or more",
    "list": "a list",
    "str": "a string",
}


def _unlike(option: Mapping[str, Any], value: Any) -> str | None:
    """What an option of a role takes, None if it takes the value."""
    kind = option.get("type", "str")
    wanted = f"one of {', '.join(map(str, option['choices']))}" if "choices" in option else _TYPES.get(kind)
    wrong = kind == "str" and isinstance(value, (dict, list))
    if kind in ("int", "float"):
        wrong = isinstance(value, bool) or _number(value) < 0
    # Entries of a list are checked where the list is read, by their index.
    outer = {key: option[key] for key in ("type", "elements", "choices") if option.get(key, "dict") != "dict"}
    outer["type"] = kind
    result = ArgumentSpecValidator({"value": outer}).validate({"value": value})
    return wanted if wrong or result.error_messages else None


def _number(value: Any) -> float:
    """The number, below 0 if it is none."""
    try:
        return max(-1.0, float(value))  # in this order -1 also for NaN
    except (TypeError, ValueError):
        return -1.0


@cache
def _options(role: Path) -> dict[str, Any]:
    file = role / "meta" / "argument_specs.yml"
    specs = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    entries = (specs or {}).get("argument_specs") or {}
    return {name: option for entry in entries.values() for name, option in (entry.get("options") or {}).items()}
