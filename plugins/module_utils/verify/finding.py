# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The result of one check: the expected and observed state, and if they differ, the likely cause and the next step."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import odd_form

# Check groups by name, in order of dependency.
GROUPS = {
    "pools": "Calico pools and pod routes without encapsulation",
    "peers": "Calico's BGP peers, and the nodes' sessions with the BIG-IPs",
    "bigip_config": "BGP configuration of the BIG-IPs, applied and saved",
    "sessions": "BGP sessions of the BIG-IPs",
    "bigip_routes": "Pod blocks and VIPs on the BIG-IPs",
    "node_routes": "VIP routes on the nodes",
    "reachability": "Pings and HTTP requests",
    "controller": "BIG-IP controller and pool members",
    "virtual_servers": "Virtual servers",
    "bird": "BIRD on the nodes",
}

NOTHING = "no checks"


class Cause(NamedTuple):
    """The likely cause of a failed check, and the next command or variable to look at.

    :ivar roots: the causes of this one; empty if it is a root cause itself. Several if several faults were found, each
        of which is sufficient
    """

    cause: str
    hint: str
    roots: tuple[Cause, ...] = ()

    @property
    def behind(self) -> tuple[Cause, ...]:
        """The root causes: those of this one, or itself."""
        return self.roots or (self,)

    def follows(self, *causes: Cause) -> Cause:
        """The same with the root causes of others added, each once."""
        return self._replace(roots=tuple(dict.fromkeys(root for cause in causes for root in cause.behind)))


NO_CAUSE = Cause("", "")


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    :ivar group: a name of ``GROUPS``
    :ivar subject: what was checked, in the inventory's names: ``bigip1 - k8s-node1``
    :ivar cause: the likely cause of a difference; empty if there is none
    :ivar hint: the next command or variable to look at
    :ivar roots: the root causes of the cause, see ``Cause``
    """

    group: str
    subject: str
    expected: str
    observed: str
    ok: bool
    cause: str = ""
    hint: str = ""
    roots: tuple[Cause, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "roots": [{"cause": root.cause, "hint": root.hint} for root in self.roots]}


def judged(
    group: str,
    subject: str,
    expected: str,
    observed: str,
    ok: bool,
    cause: str = "",
    hint: str = "",
    roots: tuple[Cause, ...] = (),
) -> Finding:
    """A finding; a passed one has no cause."""
    return Finding(group, subject, expected, observed, ok, *(NO_CAUSE if ok else (cause, hint, roots)))


def unread(group: str, subject: str, expected: str, cause: Cause) -> Finding:
    """A failed finding for what could not be read."""
    return Finding(group, subject, expected, "could not be read", False, *cause)


def unjudged(group: str, error: Exception) -> Finding:
    """A failed finding for a check that cannot evaluate the observation."""
    return Finding(
        group,
        GROUPS[group],
        "an observation that can be evaluated",
        "not evaluated",
        False,
        odd_form("what was read", error),
        "report this bug with the files of the run's folder",
    )


def nothing(group: str) -> Finding:
    """A check group without checks fails."""
    return Finding(
        group,
        GROUPS[group],
        "at least one check",
        NOTHING,
        False,
        f"neither the inventory nor the observation has anything to check in group {group}",
        f"remove {group} from fabric_verify_groups if this fabric does not have it",
    )
