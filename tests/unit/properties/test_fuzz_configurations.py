# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value changed at random in a pair of configurations that this collection made.

On a BIG-IP it is a word or a line of what imish prints, in the cluster a value of a resource of Calico. Neither the
plans of both sides nor the verification end in a traceback, and where the value matters they do not pass.
"""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import fabric_plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.tests.unit.properties import networks
from ansible_collections.podroute.calico_f5.tests.unit.properties.mutation import (
    Mutation,
    Row,
    each,
    mutate,
    places,
    row_of,
)

CASES = 1200  # of each side
BIGIP, CALICO = ["bigip_config", "sessions"], ["pools", "peers"]


@cache
def fabric_of(kind: str) -> Fabric:
    return networks.fabric_of(networks.hosts(kind))


def verified(kind: str, groups: list[str], **parts: Any) -> set[str]:
    """The groups that fail over an observation with other parts."""
    findings = checks.findings(fabric_of(kind), {**networks.observation(kind), **parts}, groups=groups)
    return {one.group for one in findings if not one.ok}


# ---- BIG-IP ------------------------------------------------------------------------------------------

# Lines that are not of the fabric; of all others every word matters.
IDLE = re.compile(r"!.*|no service password-encryption|line .*| login|end||exit")
# Of the fabric, and yet without them the configuration is the same: the lines of a group imply that there is one, a
# map without a number has the first, and whether a device prints the capability is not known (docs/device-unknowns.md).
IMPLIED = re.compile(r" neighbor \S+ peer-group| neighbor \S+ capability graceful-restart|route-map \S+ permit 10")
UNMANAGED = re.compile(r" bgp graceful-restart restart-time 120")  # with bgp_manage_policy: false


def lines_differ(kind: str, unit: str, text: str) -> set[str]:
    """``plan`` if the role f5_routing would type something or refuse, and the groups of checks that fail."""
    try:
        change = bgp.prepare(parse(text), networks.wish(kind, unit))
        found = {"plan"} if change.plan.commands else set()
    except InvalidConfig:
        found = {"plan"}
    units = networks.observation(kind)["bigips"]
    bent = {**units[unit], "config": networks.observed_config(text)}
    return found | verified(kind, BIGIP, bigips={**units, unit: bent})


def bend_line(line: str, dice: random.Random) -> list[str]:
    """The line gone, doubled, without a word, with a letter or digit changed, or behind garbage."""
    words = line.split(" ")
    place = dice.randrange(len(words))
    match dice.randrange(6):
        case 0:
            return []
        case 1:
            return [line, line]
        case 2:
            return [" ".join([*words[:place], *words[place + 1 :]])]
        case 3 if line.strip():
            at = dice.choice([number for number, letter in enumerate(line) if letter != " "])
            letter = str((int(line[at]) + 1) % 10) if line[at].isdigit() else "q"
            return [line[:at] + letter + line[at + 1 :]]
        case 4:
            return [" ".join([*words[: place + 1], "x", *words[place + 1 :]])]
        case _:
            return ["% Ambiguous command \x1b[K\x00é", line]


def changes(kind: str, line: str, bent: list[str]) -> bool:
    """Whether the fabric is not what it was with these lines in place of the line."""
    if line.strip() in [one.strip() for one in bent] or (kind == "minimal" and UNMANAGED.fullmatch(line)):
        return False
    if " password " in line and any(len(one.split()) > len(line.split()) for one in bent):
        return False  # with a word more it is a password in the form of some release, which is not compared
    if line.startswith("ip ") and parse(line).prefix_lists == parse("\n".join(bent)).prefix_lists:
        return False  # 10.244.1.0/16 is 10.244.0.0/16
    return not (IDLE.fullmatch(line) or IMPLIED.fullmatch(line))


def test_a_random_change_of_a_bigip_is_planned_back_or_found() -> None:
    def case(dice: random.Random) -> bool:
        kind = dice.choice(list(networks.KINDS))
        unit = dice.choice([one.name for one in fabric_of(kind).bigips])
        good = networks.running_config(kind, unit).split("\n")
        number = dice.randrange(len(good))
        bent = bend_line(good[number], dice)
        text = "\n".join([*good[:number], *bent, *good[number + 1 :]])
        words = f"{kind} {unit}: {good[number]!r} -> {bent}"
        try:
            found = lines_differ(kind, unit, text)
        except Exception as problem:
            raise AssertionError(f"{words}: {type(problem).__name__}: {problem}") from problem
        assert found or not changes(kind, good[number], bent), words
        return bool(found)

    matter = each(CASES, case)
    assert sum(matter) > len(matter) / 4 or len(matter) == 1


# ---- Calico ------------------------------------------------------------------------------------------


def resources_differ(kind: str, resources: dict[str, Any]) -> set[str]:
    """``plan`` if the role calico_bgp would write something or refuse, and the groups of checks that fail.

    ``read`` if Calico's own tools could not give the resources, as a module reports it.
    """
    cluster = networks.cluster_of(kind)
    cluster.resources = resources
    try:
        seen = cluster.observe()
    except CalicoError:
        return {"read", "plan", *CALICO}
    plan = fabric_plan.make(fabric_of(kind), seen)
    return ({"plan"} if plan.problems or plan.objects else set()) | verified(kind, CALICO, calico=seen)


def default_of(*values: Any) -> Any:
    """The change matters unless the new value is what Calico takes for an unset one."""
    return lambda mutation: isinstance(mutation.new, str) and mutation.new not in ("", *values)


def other_default(mutation: Mutation) -> bool:
    """The cluster's AS number or mesh, where unset means Calico's own."""
    values = {"asNumber": 64512, "nodeToNodeMeshEnabled": True}
    default = values[mutation.path[-1]]
    if mutation.new and not isinstance(mutation.new, type(default)):
        return False
    return (mutation.new or default) != (mutation.old or default) if mutation.new is not False else True


def is_value(path: tuple[Any, ...]) -> bool:
    """Not what calicoctl itself puts around it; of a Node there are only annotations and labels of Kubernetes."""
    return bool({"spec", "labels"} & set(path)) and (path[0] != "Node" or len(path) > 4)


PLAN = ("plan",)
TABLE = [
    Row("ClusterInformation/**"),
    Row("BGPConfiguration/default/spec/*", PLAN, other_default),
    Row("BGPConfiguration/**"),
    Row("BGPFilter/*/spec/**", PLAN),
    Row("BGPFilter/*/metadata/labels/**", PLAN),
    Row("BGPPeer/*/metadata/labels/**"),
    Row("BGPPeer/*/spec/**", PLAN),
    Row("IPPool/*/spec", PLAN),
    Row("IPPool/*/spec/cidr", (*PLAN, "pools")),
    Row(
        "IPPool/*/spec/blockSize",
        (*PLAN, "pools"),
        lambda m: isinstance(m.new, int) and not isinstance(m.new, bool) and m.new,
    ),
    Row("IPPool/*/spec/ipipMode", (*PLAN, "pools"), default_of("Never"), more=("Always",)),
    Row("IPPool/*/spec/vxlanMode", (*PLAN, "pools"), default_of("Never"), more=("CrossSubnet",)),
    Row("IPPool/*/spec/natOutgoing", (*PLAN, "pools"), lambda m: not m.new),
    Row("Node/*/spec/bgp/*", PLAN),
    Row("Node/*/metadata/labels/route-reflector", PLAN),
    Row("Node/*/metadata/labels/rack", PLAN),
    Row("**"),
]


def test_a_random_change_of_calico_is_planned_back_or_found() -> None:
    def case(dice: random.Random) -> bool:
        kind = dice.choice(list(networks.KINDS))
        good = networks.cluster_of(kind).resources
        path = dice.choice([path for path in places(good) if is_value(path)])
        row = row_of(TABLE, path)
        mutation = mutate(good, path, dice, list(row.more))
        words = f"{kind}: {mutation.place} {mutation.old!r:.80} -> {mutation.new!r:.80}"
        try:
            found = resources_differ(kind, mutation.after)
        except Exception as problem:
            raise AssertionError(f"{words}: {type(problem).__name__}: {problem}") from problem
        wanted = set(row.found_by) if mutation.differs and row.matters(mutation) else set()
        assert wanted <= found, f"{words}: expected a finding of {wanted - found}; found {found}"
        return bool(wanted)

    matter = each(CASES, case)
    assert sum(matter) > len(matter) / 4 or len(matter) == 1


def test_all_is_well_before_the_change() -> None:
    for kind in networks.KINDS:
        assert resources_differ(kind, networks.cluster_of(kind).resources) == set(), kind
        for unit in fabric_of(kind).bigips:
            assert lines_differ(kind, unit.name, networks.running_config(kind, unit.name)) == set()
