# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons of ended sessions, in lines as bgpd of FRR logs them."""

from __future__ import annotations

from bigip.imish.resets import Resets
from bigip.imish.vty import Message

NODE = "172.16.40.198"


def down(at: float, cause: str) -> Message:
    return Message(at, f"%ADJCHANGE: neighbor {NODE}(k8s-node1) in vrf default Down {cause}")


def test_a_session_that_ended_has_its_cause() -> None:
    resets = Resets()
    resets.read([down(1.0, "NSF peer closed the session")])
    last = resets.last(NODE)
    assert last and (last.at, last.cause) == (1.0, "Peer closed the session")


def test_a_connection_during_the_configuration_of_a_neighbor_is_no_reset() -> None:
    resets = Resets()
    resets.read([down(1.0, "No AFI/SAFI activated for peer")])
    assert resets.last(NODE) is None
