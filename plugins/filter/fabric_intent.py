# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_intent
short_description: The fabric that the inventory describes
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Reads the variables of all Kubernetes nodes and BIG-IPs once and gives the fabric as one dictionary.
  - Checks everything first. If anything is wrong, it fails with every problem at once, naming host, variable, value
    and what would be right.
positional: groups
options:
  _input:
    description: The variable C(hostvars).
    type: dict
    required: true
  groups:
    description: The variable C(groups).
    type: dict
    required: true
  nodes:
    description: Name of the inventory group of Kubernetes nodes.
    type: str
    default: k8s_nodes
  bigips:
    description: Name of the inventory group of BIG-IPs.
    type: str
    default: bigips
"""

EXAMPLES = r"""
- name: Know the fabric
  ansible.builtin.set_fact:
    my_fabric: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"
"""

RETURN = r"""
_value:
  description:
    - The fabric, with C(nodes), C(bigips), C(pools), C(vip_ranges), C(vips), C(mesh), C(topology), C(timers),
      C(graceful_restart), C(restart_time), C(peer_group), C(maximum_prefix), C(plain), C(service_cidrs),
      C(cluster_as) and C(password_secret).
    - It never holds a password.
  type: dict
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import vocabulary
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.problem import InventoryError, Problem
from jinja2 import Undefined

_NODE = vocabulary.NODE_VARIABLES
_BIGIP = vocabulary.BIGIP_VARIABLES + vocabulary.FABRIC_VARIABLES


def fabric_intent(
    hostvars: Mapping[str, Any],
    groups: Mapping[str, Iterable[str]],
    nodes: str = "k8s_nodes",
    bigips: str = "bigips",
) -> dict[str, Any]:
    """The fabric as a dict. :raises AnsibleFilterError: with every problem of the inventory"""
    node_names, bigip_names = (list(groups.get(group, ())) for group in (nodes, bigips))
    problems: list[Problem] = []
    hosts: dict[str, dict[str, Any]] = {}
    names: dict[str, list[str]] = {}
    for wanted, members in ((_BIGIP, bigip_names), (_NODE, node_names)):
        for host in members:
            variables = hostvars[host]
            names[host] = list(variables)
            hosts.setdefault(host, {}).update(_evaluated(host, variables, wanted, problems))
    if node_names and not bigip_names:
        hosts[node_names[0]].update(_evaluated(node_names[0], hostvars[node_names[0]], _BIGIP, problems))
    try:
        fabric = build(hosts, node_names, bigip_names, names)
    except InventoryError as error:
        # A variable that could not be evaluated is known to be set: what evaluation said is the whole of it.
        broken = {(problem.host, problem.variable) for problem in problems}
        rest = [problem for problem in error.problems if (problem.host, problem.variable) not in broken]
        raise AnsibleFilterError(str(InventoryError([*problems, *rest]))) from None
    if problems:
        raise AnsibleFilterError(str(InventoryError(problems)))
    return fabric.as_dict()


def _evaluated(
    host: str, variables: Mapping[str, Any], wanted: Iterable[str], problems: list[Problem]
) -> dict[str, Any]:
    """The variables of one host that are set, templates filled in."""
    values = {}
    for name in wanted:
        if name not in variables:
            continue
        try:
            values[name] = _plain(variables[name])
        except Exception as error:  # whatever a template or lookup of the user's raises
            problems.append(Problem(host, name, "a template that fails", f"one that evaluates ({_first_line(error)})"))
    return values


def _plain(value: Any) -> Any:
    """Nested values too: they are evaluated when they are read, so read them here, where the host is known."""
    if isinstance(value, Undefined):
        str(value)  # raises what was undefined
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_intent": fabric_intent}
