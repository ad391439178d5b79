# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that an inventory alone shows to be wrong: fabric, connections, files, and the controller's variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
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
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection

ROLES = Path(__file__).resolve().parents[2] / "roles"
_LIKENESS = 0.84
LOCALHOST = "localhost"


def inventory_problems(
    hostvars: Mapping[str, Any],
    groups: Mapping[str, Iterable[str]],
    nodes: str = "k8s_nodes",
    bigips: str = "bigips",
) -> tuple[Fabric | None, list[Problem]]:
    """The fabric, None if the inventory does not describe one, and every problem that can be seen without a device.

    Call it before the first task of a run that registers variables: unknown names are compared with those of roles.

    :param nodes: the group of Kubernetes nodes
    :param bigips: the group of BIG-IPs
    """
    problems: list[Problem] = []
    fabric = None
    try:
        fabric = inventory.read_fabric(hostvars, groups, nodes, bigips)
    except InventoryError as error:
        problems += error.problems
    check = _Inventory(hostvars, inventory.members(groups, bigips), inventory.members(groups, nodes))
    problems += check.connections()
    problems += check.files()
    problems += check.misplaced()
    problems += check.roles()
    problems += check.controller(fabric)
    seen: set[tuple[str, str]] = set()
    unique = []
    for problem in problems:
        if (problem.host, problem.variable) not in seen or problem.host == ALL:
            unique.append(problem)
        seen.add((problem.host, problem.variable))
    return fabric, list(dict.fromkeys(unique))


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

    # ---- the checks ----------------------------------------------------------------------------------

    def connections(self) -> list[Problem]:
        problems: list[Problem] = []
        for host in self.bigips:
            try:
                bigip_connection(self, host)
            except InventoryError as error:
                problems += error.problems
        return problems

    def files(self) -> list[Problem]:
        """Files of the Ansible controller that are missing; those of another control host are seen there."""
        problems: list[Problem] = []
        if self.control_host != LOCALHOST and self.control_host not in self.hostvars:
            wanted = "a host of the inventory, or localhost"
            problems.append(Problem(ALL, "fabric_control_host", shown(self.control_host), wanted))
        if self.control_host != LOCALHOST and self.control.get("ansible_connection") != "local":
            return problems
        values = inventory.evaluated(self.control_host, self.control, ("kubeconfig", "calicoctl_path"), problems)
        for name, value in values.items():
            if value in (None, ""):
                continue
            if not isinstance(value, str):
                problems.append(Problem(self.control_host, name, shown(value), "the path of a file"))
            elif ("/" in value or name == "kubeconfig") and not Path(value).expanduser().is_file():
                wanted = "a file on the Ansible controller; there is no such file"
                problems.append(Problem(self.control_host, name, shown(value), wanted))
        return problems

    def misplaced(self) -> list[Problem]:
        """Variables that are read on the control host, or on BIG-IPs, and that are set on other hosts only."""
        control = inventory.unevaluated(self.control)
        units = set().union(*(inventory.unevaluated(self.of(host)) for host in self.bigips))
        problems = []
        for host in self.hostvars:
            if host == self.control_host:
                continue
            own = inventory.unevaluated(self.of(host))
            for name in own:
                if name in vocabulary.CONTROL_VARIABLES or name.startswith(cis.PREFIX):
                    if name not in control:
                        wanted = f"it set for all hosts or for {self.control_host}, where it is read"
                        problems.append(Problem(host, name, "set here", wanted))
                elif name in vocabulary.FABRIC_VARIABLES and host not in (*self.nodes, *self.bigips):
                    if self.bigips and name not in units:
                        wanted = "it set for all hosts: a fabric-wide variable of this host alone has no effect"
                        problems.append(Problem(host, name, "set here", wanted))
        for name in vocabulary.FABRIC_VARIABLES:
            if self.bigips and self.control_host not in self.bigips and name in control and name not in units:
                wanted = "it set for all hosts: a fabric-wide variable of this host alone has no effect"
                problems.append(Problem(self.control_host, name, "set here", wanted))
        return problems

    def roles(self) -> list[Problem]:
        """Misspelt variables of roles, which begin with the role's name."""
        names = {
            name for host in (self.control_host, *self.bigips[:1]) for name in inventory.unevaluated(self.of(host))
        }
        problems = []
        for folder in sorted(ROLES.iterdir()):
            given = {name for name in names if name.startswith(f"{folder.name}_")}
            options = _options(folder) if given else set()
            for name in sorted(given - options):
                close = get_close_matches(name, options - given, n=1, cutoff=_LIKENESS)
                if close:
                    wanted = f"{close[0]}, if that is what is meant"
                    problems.append(Problem(ALL, name, "an unknown variable", wanted))
        return problems

    def controller(self, fabric: Fabric | None) -> list[Problem]:
        """The controller's variables, if there is to be a controller."""
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


@cache
def _options(role: Path) -> set[str]:
    file = role / "meta" / "argument_specs.yml"
    specs = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    entries = (specs or {}).get("argument_specs") or {}
    return {name for entry in entries.values() for name in entry.get("options") or {}}
