# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts are drained: the record is kept on the BIG-IP itself, in the descriptions of the fabric's neighbors and
peer groups, where engineers see it and later runs find it.

``podroute: k8s-node1, drained`` on a neighbor is a drained node, ``podroute: this BIG-IP, drained`` on a peer group is
a drained BIG-IP.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DRAINING = "draining"  # a BIG-IP announces its VIPs with lower preference; its sessions are established
DRAINED = "drained"  # the sessions are shut down
UNIT = "this BIG-IP"
SHUT_DOWN = "shut down (drained)"  # what verification reports of a session
LONGEST = 80  # characters that imish accepts in a description

# Nodes prefer 100, what a BGP speaker gives a route by default (RFC 4271 leaves it open; BIRD and ZebOS have 100).
LOCAL_PREFERENCE = 10
METRIC = 1000  # lower is preferred, and none counts as 0
PREPENDED = 3


@dataclass(frozen=True)
class Drains:
    """The record of one BIG-IP.

    :ivar unit: stage of the BIG-IP itself: empty, ``draining`` or ``drained``
    :ivar nodes: addresses of the neighbors that are drained
    """

    unit: str = ""
    nodes: frozenset[str] = frozenset()

    def has(self, address: str) -> bool:
        """Whether the session with this neighbor is shut down."""
        return self.unit == DRAINED or address in self.nodes


def stage(description: str | None, mark: str) -> str:
    """The stage in a description of the fabric; empty if there is none, or if it is not the fabric's."""
    if not (description or "").startswith(mark):
        return ""
    words = str(description).removeprefix(mark).split(", ")[1:]
    return next((word for word in words if word in (DRAINING, DRAINED)), "")


def described(description: str, wanted: str) -> str:
    """A neighbor's description with the stage; a name that is too long is cut."""
    return f"{description[: LONGEST - len(wanted) - 2]}, {wanted}"


def group_description(mark: str, wanted: str, rest: str = "") -> str:
    """The description of the peer groups of a BIG-IP in this stage. ``rest``: further text to include."""
    return mark + ", ".join(part for part in (UNIT, wanted, rest) if part)


def recorded(
    groups: Iterable[tuple[str, str | None]], neighbors: Iterable[tuple[str, str | None]], mark: str
) -> Drains:
    """The record of one BIG-IP.

    :param groups: name and description of each peer group
    :param neighbors: address and description of each neighbor
    :param mark: the beginning of the fabric's descriptions
    """
    stages = {stage(text, mark) for _name, text in groups}
    unit = next((one for one in (DRAINED, DRAINING) if one in stages), "")
    return Drains(unit, frozenset(address for address, text in neighbors if stage(text, mark) == DRAINED))


def less_preferred(as_number: int | None, internal: bool) -> dict[str, str | int]:
    """The ``set`` clauses by which every kind of neighbor prefers another BIG-IP.

    Internal neighbors compare the local preference, external ones the path and the metric. An own AS number in the path
    would make internal neighbors refuse the route, so it is prepended only where there are none.

    :param internal: whether any neighbor is in the AS of the BIG-IP
    """
    path = {} if internal else {"as_path_prepend": " ".join([str(as_number)] * PREPENDED)}
    return {"local_preference": LOCAL_PREFERENCE, "metric": METRIC, **path}
