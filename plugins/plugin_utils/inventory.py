# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fabric out of Ansible's ``hostvars``: every variable evaluated once, every problem told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError, Problem
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import vocabulary
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric

_NODE = vocabulary.NODE_VARIABLES
_BIGIP = vocabulary.BIGIP_VARIABLES + vocabulary.FABRIC_VARIABLES


def read_fabric(
    hostvars: Mapping[str, Any],
    groups: Mapping[str, Iterable[str]],
    nodes: str = "k8s_nodes",
    bigips: str = "bigips",
) -> Fabric:
    """The fabric that the inventory describes. :raises InventoryError: with every problem of the inventory

    :param nodes: the group of Kubernetes nodes
    :param bigips: the group of BIG-IPs
    """
    node_names, bigip_names = ([str(name) for name in groups.get(group, ())] for group in (nodes, bigips))
    problems: list[Problem] = []
    hosts: dict[str, dict[str, Any]] = {}
    names: dict[str, list[str]] = {}
    for wanted, members in ((_BIGIP, bigip_names), (_NODE, node_names)):
        for host in members:
            variables = hostvars[host]
            names[host] = [str(name) for name in variables]
            hosts.setdefault(host, {}).update(_evaluated(host, variables, wanted, problems))
    if node_names and not bigip_names:
        hosts[node_names[0]].update(_evaluated(node_names[0], hostvars[node_names[0]], _BIGIP, problems))
    try:
        fabric = build(hosts, node_names, bigip_names, names)
    except InventoryError as error:
        # A variable that could not be evaluated is known to be set: what evaluation said is the whole of it.
        broken = {(problem.host, problem.variable) for problem in problems}
        rest = [problem for problem in error.problems if (problem.host, problem.variable) not in broken]
        raise InventoryError([*problems, *rest]) from None
    if problems:
        raise InventoryError(problems)
    return fabric


def _evaluated(
    host: str, variables: Mapping[str, Any], wanted: Iterable[str], problems: list[Problem]
) -> dict[str, Any]:
    """The variables of one host that are set, templates filled in."""
    values = {}
    for name in wanted:
        if name not in variables:
            continue
        try:
            values[name] = plain(variables[name])
        except Exception as error:  # whatever a template or lookup of the user's raises
            problems.append(Problem(host, name, "a template that fails", f"one that evaluates ({_first_line(error)})"))
    return values


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
