# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role f5_routing configures on one BIG-IP: from the fabric and the role's options to a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp, routing
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError, Unfit
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.observe import SCHEMA, Reading
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.spec import change_spec, parts_spec
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import shown
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step

OPTIONS: dict[str, Any] = {
    "intent": {"type": "dict"},
    "bgp_password": {"type": "str", "no_log": True},
    "allow_service": {"type": "list", "elements": "str", "default": ["tcp:179"]},
    **parts_spec(),
    **change_spec(),
    "purge": {"type": "bool", "default": True},
    "max_removals": {"type": "float", "default": 0.34},
    "config_sync": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 120},
}
# Options whose role variable has another name than f5_routing_OPTION.
_VARIABLES = {"routing_protocols": "f5_routing_protocols"}


def desired(fabric: Fabric, name: str, options: Mapping[str, Any]) -> routing.Desired:
    """The wanted configuration of one BIG-IP. :raises KeyError, InvalidConfig: the fabric has no such BIG-IP; it
    cannot be built

    :param options: as in ``OPTIONS``, without ``intent``
    """
    unit = fabric.bigip(name)
    password = options["bgp_password"] or None
    wanted = build(**bgp_config(fabric, name, password))
    purge = Purge(fabric.names.mark, options["max_removals"], options["purge"], of_fabric=True)
    return routing.Desired(
        unit.route_domain,
        options["routing_protocols"],
        {
            "name": unit.self_ip_name,
            "address": None if unit.self_ip_name else unit.bgp_address,
            "allow_service": options["allow_service"],
        },
        options["partitions"],
        bgp.Wish(wanted, "replaced", options["allow_as_change"], purge),
        fabric.as_dict()["vips"],
        options["save_when"],
        password,
    )


def from_observation(wanted: routing.Desired, result: Mapping[str, Any]) -> routing.Plan | None:
    """The plan from a result of bigip_bgp_info; None if that is not enough to plan from.

    :raises Unfit, InvalidConfig: with every reason why it cannot be done
    """
    seen = result.get("observation") or {}
    if seen.get("schema") != SCHEMA or seen.get("number") != wanted.route_domain or "running_config" not in seen:
        return None
    if not all(part in seen for part in wanted.parts - {"config"}):
        return None
    return routing.plan(Reading(seen), wanted)


def preview(step: Step, fabric: Fabric, name: str, result: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Why the role f5_routing could not configure a BIG-IP, with the role's variables of that host; otherwise what it
    keeps and what it takes over.

    :param result: of bigip_bgp_info
    """
    names = {option: _VARIABLES.get(option, f"f5_routing_{option}") for option in OPTIONS}
    try:
        given = {option: step.variable(variable, None, name) for option, variable in names.items()}
    except AnsibleError:
        return [], []  # a template that only the role's task can evaluate, such as one with hostvars; planned there
    given["bgp_password"] = given["bgp_password"] or step.variable("bgp_password", None, name)
    entries = [text for option, value in given.items() for text in _entries(option, names[option], value)]
    if entries:
        return entries, []
    checked = ArgumentSpecValidator(OPTIONS).validate({key: item for key, item in given.items() if item is not None})
    if checked.error_messages:
        return [f"f5_routing: {text}" for text in checked.error_messages], []
    options = checked.validated_parameters
    try:
        own = Fabric.from_dict(options["intent"]) if options["intent"] else fabric
        planned = from_observation(desired(own, name, options), result)
    except (InvalidConfig, Unfit) as problem:
        return list(problem.problems), []
    except BigIpError as problem:
        return [problem.message], []
    return [], routing.Outcome(planned).warnings if planned else []


def _entries(option: str, variable: str, value: Any) -> Iterator[str]:
    """Problems in the entries of a list of dicts, each with the index."""
    spec = OPTIONS[option].get("options")
    for index, entry in enumerate(value if spec and isinstance(value, list) else ()):
        if not isinstance(entry, Mapping):
            yield f"{variable}[{index}] is {shown(entry)}; expected an entry with {', '.join(spec)}"
            continue
        for text in ArgumentSpecValidator(spec).validate(dict(entry)).error_messages:
            yield f"{variable}[{index}]: {text}"
