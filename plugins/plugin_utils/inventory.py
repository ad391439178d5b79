# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fabric from Ansible's ``hostvars``: every variable evaluated once, all problems reported together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible import __version__
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.plain import plain
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import (
    UNSET,
    InventoryError,
    Problem,
    shown,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import secrets, vocabulary
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from jinja2 import Environment, meta

RETURNS_TEMPLATES = tuple(map(int, __version__.split(".")[:2])) < (2, 19)
_NODE = vocabulary.NODE_VARIABLES
_OF_BIGIPS_ONLY = ("route_domain", "router_id", "self_ip_name", "bgp_peer_name")
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
    node_names, bigip_names = members(groups, nodes), members(groups, bigips)
    variables = {host: hostvars[host] for host in (*bigip_names, *node_names)}
    problems: list[Problem] = []
    hosts: dict[str, dict[str, Any]] = {}
    names = {host: [str(name) for name in variables[host]] for host in variables}
    for wanted, group in ((_BIGIP, bigip_names), (_NODE, node_names)):
        for host in group:
            hosts.setdefault(host, {}).update(evaluated(host, variables[host], wanted, problems))
    if node_names and not bigip_names:
        hosts[node_names[0]].update(evaluated(node_names[0], variables[node_names[0]], _BIGIP, problems))
    misplaced = _misplaced(variables, node_names, bigip_names)
    try:
        fabric = build(hosts, node_names, bigip_names, names)
    except InventoryError as error:
        # A variable that could not be evaluated, or that is set elsewhere, is not missing: only the cause is reported.
        broken = {(problem.host, problem.variable) for problem in problems}
        elsewhere = {problem.variable for problem in misplaced}
        rest = [
            problem
            for problem in error.problems
            if (problem.host, problem.variable) not in broken
            and not (problem.variable in elsewhere and problem.value == UNSET)
        ]
        raise InventoryError([*problems, *misplaced, *rest], error.partial, error.whole and not problems) from None
    if problems or misplaced:
        raise InventoryError([*problems, *misplaced], fabric, not problems)
    return fabric


def members(groups: Mapping[str, Iterable[str]], group: str) -> list[str]:
    """The hosts of a group; none if there is no such group."""
    return [str(name) for name in groups.get(group, ())]


def evaluated(
    host: str, variables: Mapping[str, Any], wanted: Iterable[str], problems: list[Problem]
) -> dict[str, Any]:
    """The evaluated variables of one host that are set; a template that fails is a problem."""
    values = {}
    for name in wanted:
        if name not in variables:
            continue
        try:
            value = plain(variables[name])
            _check_filled_in(variables, name, value)
            values[name] = value
        except Exception as error:  # any exception of the user's template or lookup
            reason = "not shown" if name in secrets.NAMES else _first_line(error)
            problems.append(Problem(host, name, "a template that fails", f"one that evaluates ({reason})"))
    return values


def _check_filled_in(variables: Mapping[str, Any], name: str, value: Any) -> None:
    """ansible-core before 2.19 returns a template with an undefined variable unchanged. :raises ValueError: for such a
    template"""
    raw = unevaluated(variables).get(name)
    if not RETURNS_TEMPLATES or getattr(raw, "__UNSAFE__", False):
        return
    for template in _same_templates(plain(raw), value):
        unknown = sorted(meta.find_undeclared_variables(Environment().parse(template)) - set(variables))
        raise ValueError(", ".join(f"'{each}' is undefined" for each in unknown) or f"{template!r} fails")


def _same_templates(raw: Any, value: Any) -> Iterator[str]:
    """The templates in a variable that were not evaluated."""
    if isinstance(value, dict) and isinstance(raw, dict):
        for key, each in value.items():
            yield from _same_templates(raw.get(key), each)
    elif isinstance(value, list) and isinstance(raw, list):
        for one, each in zip(raw, value, strict=False):
            yield from _same_templates(one, each)
    elif isinstance(value, str) and value == raw and ("{{" in value or "{%" in value):
        yield value


def differs(own: Mapping[str, Any], reference: Mapping[str, Any], name: str) -> bool:
    """Whether a variable is not set in ``reference``, or is written otherwise there.

    Vaulted values are compared as they are written: they may not be readable here.
    """
    if name not in reference:
        return True
    ours, theirs = (getattr(one[name], "_ciphertext", one[name]) for one in (own, reference))
    return ours is not theirs and ours != theirs


def _misplaced(variables: Mapping[str, Any], nodes: Iterable[str], bigips: list[str]) -> list[Problem]:
    """Fabric-wide variables that are set on nodes but not, or differently, on BIG-IPs: they have no effect there."""
    if not bigips:
        return []
    problems = []
    reference = unevaluated(variables[bigips[0]])
    for host in nodes:
        own = unevaluated(variables[host])
        for name in vocabulary.FABRIC_VARIABLES + vocabulary.CONNECTION_VARIABLES:
            if name in own and host not in bigips and differs(own, reference, name):
                value = "set here" if name in secrets.NAMES or "password" in name else f"{shown(own[name])} here"
                wanted = "it set for all hosts: a fabric-wide variable set on nodes only has no effect"
                problems.append(Problem(host, name, value, wanted))
        for name in _OF_BIGIPS_ONLY:
            if name in own and not any(name in unevaluated(variables[unit]) for unit in bigips):
                problems.append(Problem(host, name, "set here", "it set for a BIG-IP: on a node it has no effect"))
    return problems


def unevaluated(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """The variables of a host without evaluating templates."""
    return getattr(variables, "_vars", variables)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", maxsplit=1)[0]
