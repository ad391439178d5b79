# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long packets may be lost, from the settings of an inventory."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import worst_case
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.pairs import fabric as pair


@pytest.mark.parametrize(
    ("settings", "lost", "ended"),
    [
        ({}, 90, 120),
        ({"bgp_timers": {"keepalive": 3, "holdtime": 9}}, 9, 120),
        ({"bgp_graceful_restart": False}, 90, 0),
        ({"bgp_restart_time": 30}, 90, 30),
        ({"bgp_timers": {"keepalive": 0, "holdtime": 0}}, -1, 120),
    ],
)
def test_the_settings_decide(settings, lost, ended):
    assert [one.seconds for one in worst_case.silences(fabric(**settings))] == [lost, ended]


def test_a_floating_self_ip_moves_before_the_hold_time_ends():
    found = worst_case.silences(pair())
    assert [(one.event, one.seconds) for one in found[:3]] == [
        ("a BIG-IP loses power", 4),
        ("the active BIG-IP loses its link on a VLAN without fail-safe", -1),
        ("a node loses power or its link", 90),
    ]
    assert "BIG-IP loses power or" in worst_case.silences(pair(traffic_groups=[]))[0].event


def test_a_session_keeps_its_hold_time_until_it_is_established_again():
    short = fabric(bgp_timers={"keepalive": 3, "holdtime": 9})
    first = worst_case.silences(short, held=90)[0]
    assert first.seconds == 90 and first.reason.endswith("keep their hold time; 9 s once they are established again")
    assert "link: 90 s;" in worst_case.sentence(short, held=90)
    assert worst_case.silences(short, held=6) == worst_case.silences(short)


def test_one_sentence_for_the_report():
    assert worst_case.sentence(fabric(bgp_timers={"keepalive": 3, "holdtime": 9})) == (
        "Longest packet loss with these settings: a node or BIG-IP loses power or its link: 9 s; "
        "BIRD or the BIG-IP's routing daemon stops and does not restart: 120 s."
    )


@pytest.mark.parametrize("name", ["bgp_bfd", "fall_over_bfd", "bfd"])
def test_bfd_is_refused_with_the_reason(name):
    with pytest.raises(InventoryError, match="BIRD in open-source Calico does not support it"):
        fabric(**{name: True})
