# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether one unit of a pair can hand its traffic groups to the other without packet loss, and whether it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ansible_collections.podroute.calico_f5.plugins.module_utils.drain.plan import announced, not_back
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import modes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed


@dataclass
class Plan:
    """A failover.

    :ivar unit: the BIG-IP that becomes standby; empty if it already is
    :ivar heir: the BIG-IP that takes over
    :ivar prefixes: prefixes that the unit announces, and that the heir must announce afterwards
    :ivar problems: what must be done first, one sentence each
    """

    unit: str = ""
    heir: str = ""
    prefixes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def plan(seen: Observed, name: str) -> Plan:
    """The plan to fail over from a BIG-IP to its peer.

    :param seen: the BIG-IPs with configuration, neighbors, routes and failover state, and Calico's blocks
    :param name: the BIG-IP that becomes standby; empty: the active one
    """
    found = Plan()
    found.problems = list(_problems(seen, name))
    if found.problems:
        return found
    active = [unit for unit in seen.fabric.bigips if seen.bigip(unit).active]
    if not name and len(active) != 1:
        found.problems.append(
            f"failover is not set, and {len(active)} BIG-IPs are active; expected the name of the one that becomes "
            "standby"
        )
        return found
    unit = seen.fabric.bigip(name) if name else active[0]
    if unit not in active:
        return found
    heir = next(one for one in seen.fabric.bigips if one is not unit)
    found.unit, found.heir, found.prefixes = unit.name, heir.name, announced(seen, unit)
    if seen.drains(heir).unit:
        found.problems.append(f"{heir.name} is drained: undrain it first (undrain.yml -e drain={heir.name})")
    elif missing := not_back(seen, heir):
        found.problems.append(
            f"{heir.name} cannot take over: it has no established session with pod routes with {', '.join(missing)}"
        )
    return found


def _problems(seen: Observed, name: str) -> Iterator[str]:
    fabric = seen.fabric
    names = [unit.name for unit in fabric.bigips]
    if not fabric.synchronized or len(names) != 2:
        yield f"bigip_mode is {fabric.mode or 'not set'}; failover needs two BIG-IPs in a device group (docs/pairs.md)"
    if name and name not in names:
        yield f"failover: {name} is not a BIG-IP of the inventory; expected one of {', '.join(names)}"
    unread = [unit for unit in fabric.bigips if seen.bigip(unit).error]
    yield from (f"{unit.name} cannot be read: {seen.bigip(unit).error}" for unit in unread)
    if not unread:
        yield from (one.cause for one in modes.findings(seen) if not one.ok)


def not_taken(seen: Observed, planned: Plan, heir: BigIp) -> list[str]:
    """What the heir does not announce yet, and what the other unit still announces."""
    unit = seen.fabric.bigip(planned.unit)
    for one in (unit, heir):
        if seen.bigip(one).error:
            return [f"{one.name} cannot be read: {seen.bigip(one).error}"]
    there, left = announced(seen, heir), announced(seen, unit)
    found = [f"{heir.name} does not announce {prefix}" for prefix in planned.prefixes if prefix not in there]
    found += [f"{unit.name} still announces {prefix}" for prefix in left]
    return found + ([f"{unit.name} is still active"] if seen.bigip(unit).active else [])
