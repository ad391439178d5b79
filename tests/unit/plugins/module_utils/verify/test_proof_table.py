# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import table
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.prove import findings
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
)


def proven() -> list[dict]:
    return [finding.as_dict() for finding in findings(fabric(), observed(), VIRTUAL_SERVERS)]


def test_a_screen_when_all_is_well() -> None:
    lines = table.lines(proven())
    assert len(lines) <= 60
    assert lines[0] == " 1  ok    Calico without encapsulation (6 of 6)"
    assert lines[-1] == f"PROVEN: {len(proven())} checks of 10 capabilities hold"
    assert max(map(len, lines)) <= 140


def test_what_holds_is_counted_beyond_the_first_few() -> None:
    lines = table.lines(proven() * 100, most=2)
    assert lines[:4] == [
        " 1  ok    Calico without encapsulation (600 of 600)",
        "          default-ipv4-ippool                   10.244.0.0/16, ipipMode Never, vxlanMode Never, natOutgoing "
        "true, blockSize 26",
        "          BGPConfiguration                      node-to-node mesh on, asNumber 64512",
        "          and 598 more like these",
    ]


def test_a_failure_is_told_whole() -> None:
    raw = observed()
    raw["bigips"]["bigip1"]["self_ips"][0]["allow_service"] = []
    lines = table.lines([one.as_dict() for one in findings(fabric(), raw, VIRTUAL_SERVERS, [3])], most=0)
    assert lines == [
        " 3  FAIL  BIG-IP routing configured and saved (2 of 3)",
        "          and 2 more like these",
        "    FAIL  bigip1: port lockdown of 172.16.40.202",
        "            expected  tcp:179 let in",
        "            observed  allow-service none",
        "            cause     port lockdown: nodes cannot open a session to the BIG-IP",
        "            next      tmsh list net self allow-service; run site.yml with --tags f5_routing",
        "FAILED: 1 of 3 checks do not hold (capabilities 3)",
    ]


def test_nothing_verified_is_a_failure() -> None:
    assert table.lines([]) == ["FAILED: nothing was verified"]
