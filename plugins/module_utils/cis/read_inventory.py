# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's settings from inventory variables, with all problems of names, types and values at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_settings import settings_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.check_virtuals import virtual_problems
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import (
    COMPUTED,
    Settings,
    default_insecure,
    wanted,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import ALL, Problem, shown
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.variables import Variables

PREFIX = "bigip_ctlr_"
VARIABLES = tuple(PREFIX + item.name for item in fields(Settings) if item.name not in COMPUTED) + (
    "bigip_ctlr_state",
    "bigip_ctlr_bigip",
    "bigip_ctlr_bigip_address",
    "bigip_ctlr_bigip_port",
    "bigip_validate_certs",
)

_TEXT = re.compile(r"(?s).+")
_ENTRY = (
    "name", "namespace", "service", "service_port", "address", "port", "protocol", "balance", "partition", "host",
    "route_advertisement", "monitor",
)  # fmt: skip
_MONITOR = ("type", "interval", "timeout", "send", "recv")
_ADVERTISEMENTS = ("disabled", "enabled", "selective", "any", "all", "always")
_INDEX = re.compile(r"virtual_servers\[(\d+)\]")


def is_used(variables: Mapping[str, Any]) -> bool:
    """Whether the inventory configures a controller: it has virtual servers, or a variable of the role."""
    return wanted(variables)


def problems_of(values: Mapping[str, Any], fabric: Fabric | None) -> list[Problem]:
    """Every problem of the controller's variables.

    :param values: the evaluated variables of ``VARIABLES`` and ``virtual_servers`` that are set
    :param fabric: the fabric, ``None`` if it could not be read: then addresses are not checked against its ranges
    """
    problems: list[Problem] = []
    variables = Variables(ALL, values, problems)
    if variables.choice("bigip_ctlr_state", ("present", "absent"), "present") == "absent":
        return problems
    given = _settings(variables)
    name = "bigip_ctlr_virtual_servers" if variables.is_set("bigip_ctlr_virtual_servers") else "virtual_servers"
    entries = [_virtual(entry) for entry in variables.entries(name, _ENTRY, False)]
    whole = [index for index, entry in enumerate(entries) if entry]
    if fabric and fabric.bigips:
        given["route_domain"] = fabric.bigips[0].route_domain
    settings = Settings.read({**given, "virtual_servers": [entries[index] for index in whole]})
    networks: dict[str, Any] = {}
    if fabric:
        networks = {
            "vip_ranges": fabric.vip_ranges,
            "pods": [pool.cidr for pool in fabric.pools],
            "services": fabric.service_cidrs,
        }
    reported = {problem.variable for problem in problems}
    found = [*settings_problems(settings, ALL), *virtual_problems(settings, networks, ALL)]
    for problem in found:
        variable = _INDEX.sub(lambda match: f"{name}[{whole[int(match[1])]}]", problem.variable)
        if variable not in reported:
            problems.append(Problem(problem.host, variable, problem.value, problem.expected))
    only = values.get("bigip_ctlr_bigip")
    if fabric and only not in (None, "", *(unit.name for unit in fabric.bigips)):
        problems.append(Problem(ALL, "bigip_ctlr_bigip", shown(only), "a host of the group bigips"))
    if fabric:
        problems += _advertised_twice(settings, fabric, whole, name)
    return problems


def _settings(variables: Variables) -> dict[str, Any]:
    """The settings that have a valid type, and defaults for the others."""
    given: dict[str, Any] = {}
    for item in fields(Settings):
        name = PREFIX + item.name
        if item.name in ("virtual_servers", *COMPUTED) or not variables.is_set(name):
            continue
        kind = str(item.type)
        if kind == "bool":
            value: Any = variables.boolean(name, False)
        elif kind == "int":
            value = variables.integer(name, 0, 2**31 - 1)
        elif kind.startswith("Mapping"):
            value = variables.kind(name, Mapping, "a dictionary")
        elif kind == "tuple[str, ...]":
            value = variables.names(name, "a list of names")
        elif kind.startswith("tuple"):
            value = variables.kind(name, list, "a list")
        else:
            value = variables.text(name, _TEXT, "a string, in quotes if it looks like a number")
        if value is not None:
            given[item.name] = value
    given.setdefault("insecure", default_insecure(given.get("mode"), variables.values.get("bigip_validate_certs")))
    given.setdefault("bigip_url", "https://bigip.invalid")  # derived from ansible_host, which is checked separately
    return given


def _virtual(entry: Variables) -> dict[str, Any] | None:
    """One virtual server, or None after a problem in it."""
    before = len(entry.problems)
    found: dict[str, Any] = {
        key: entry.text(key, _TEXT, wanted)
        for key, wanted in (
            ("name", "the name of the virtual server"),
            ("service", "the name of a Service"),
            ("address", "the address of the virtual server"),
        )
    }
    for key in ("service_port", "port"):
        found[key] = entry.integer(key, 1, 65535)
    for key in ("namespace", "protocol", "balance", "partition", "host"):
        if entry.is_set(key):
            found[key] = entry.text(key, _TEXT, "a string")
    if entry.is_set("route_advertisement"):
        found["route_advertisement"] = entry.choice("route_advertisement", _ADVERTISEMENTS, "")
    monitor = entry.entry("monitor", _MONITOR)
    if monitor:
        found["monitor"] = {
            key: monitor.integer(key, 1, 86400, "seconds")
            if key in ("interval", "timeout")
            else monitor.text(key, _TEXT, "a string")
            for key in _MONITOR
            if monitor.is_set(key)
        }
    return found if len(entry.problems) == before else None


def _advertised_twice(settings: Settings, fabric: Fabric, whole: list[int], name: str) -> list[Problem]:
    """A virtual address is in one partition only: that of the virtual server, or that of advertised_vips."""
    partitions = {vip.address: vip.partition for vip in fabric.vips}
    problems = []
    for index, virtual in zip(whole, settings.virtual_servers, strict=True):
        owner = partitions.get(virtual.address.partition("%")[0])
        if owner and owner != settings.partition_of(virtual):
            wanted = (
                f"an address that is not in advertised_vips: there it is in partition {owner}, and a BIG-IP has each "
                f"address only once; the controller creates it in {settings.partition_of(virtual)}"
            )
            problems.append(Problem(ALL, f"{name}[{index}].address", shown(virtual.address), wanted))
    return problems
