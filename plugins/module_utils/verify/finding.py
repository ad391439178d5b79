# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One thing that was looked at: what should be, what is, and, where they differ, why and what to try next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# What the fabric must be able to do, in the order in which one thing needs the other.
CAPABILITIES = {
    1: "Calico without encapsulation",
    2: "Every node peers with the BIG-IPs",
    3: "BIG-IP routing configured and saved",
    4: "Sessions, seen from the BIG-IPs",
    5: "Pod blocks and VIPs on the BIG-IPs",
    6: "VIPs on the nodes",
    7: "Reachability",
    8: "The controller",
    9: "Virtual servers",
    10: "BIRD's own view",
}

NOTHING = "nothing to verify"


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    :ivar capability: number of the row in ``CAPABILITIES``
    :ivar subject: what was looked at, in the inventory's names: ``bigip1 - k8s-node1``
    :ivar cause: the likely cause of a difference, in a person's words; empty when there is none
    :ivar hint: the next command or variable to look at
    """

    capability: int
    subject: str
    expected: str
    observed: str
    ok: bool
    cause: str = ""
    hint: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def judged(
    capability: int, subject: str, expected: str, observed: str, ok: bool, cause: str = "", hint: str = ""
) -> Finding:
    """A finding that carries cause and hint only if it failed."""
    return Finding(capability, subject, expected, observed, ok, "" if ok else cause, "" if ok else hint)


def unread(capability: int, subject: str, expected: str, error: str, hint: str) -> Finding:
    """A finding for what could not be looked at: never a pass."""
    return Finding(capability, subject, expected, "could not be read", False, error, hint)


def nothing(capability: int) -> Finding:
    """A capability without a subject. Proof of nothing is no proof."""
    return Finding(
        capability,
        CAPABILITIES[capability],
        "at least one thing to look at",
        NOTHING,
        False,
        "the inventory or the observation names no subject for this capability",
        "leave the capability out with fabric_verify_capabilities if the fabric is not meant to have it",
    )
