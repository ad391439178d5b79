# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import table
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.checks import findings
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)


def passed() -> list[dict]:
    return [finding.as_dict() for finding in findings(fabric(), summarised(observed()), VIRTUAL_SERVERS)]


def test_passed_checks_fit_on_a_screen() -> None:
    lines = table.lines(passed())
    assert len(lines) <= 60
    assert lines[0] == "ok    pools            Calico pools and pod routes without encapsulation (6 of 6)"
    assert lines[-1] == f"PASSED: {len(passed())} checks in 10 groups"
    assert max(map(len, lines)) <= 140


def test_passed_checks_beyond_the_first_few_are_counted() -> None:
    lines = table.lines(passed() * 100, max_details=2)
    assert lines[:4] == [
        "ok    pools            Calico pools and pod routes without encapsulation (600 of 600)",
        "          default-ipv4-ippool                   10.244.0.0/16, ipipMode Never, vxlanMode Never, natOutgoing "
        "true, blockSize 26",
        "          BGPConfiguration                      node-to-node mesh on, asNumber 64512",
        "          and 598 more",
    ]


def test_a_failed_check_has_all_details() -> None:
    raw = observed()
    raw["bigips"]["bigip1"]["self_ips"][0]["allow_service"] = []
    found = findings(fabric(), raw, VIRTUAL_SERVERS, ["bigip_config"])
    lines = table.lines([one.as_dict() for one in found], max_details=0)
    assert lines == [
        "1 cause of failed checks:",
        "   1  port lockdown: self IP int_self of bigip1 does not allow tcp:179, so nodes cannot open a session",
        "            next      tmsh list net self int_self allow-service; run site.yml with --tags f5_routing",
        "            fails     bigip_config: bigip1: port lockdown of 172.16.40.202",
        "",
        "FAIL  bigip_config     BGP configuration of the BIG-IPs, applied and saved (2 of 3)",
        "          and 2 more",
        "    FAIL  bigip1: port lockdown of 172.16.40.202",
        "            expected  tcp:179 allowed",
        "            observed  allow-service none",
        "            cause     1",
        "FAILED: 1 of 3 checks failed (groups: bigip_config)",
    ]


def test_a_cause_is_reported_once_however_many_checks_fail_because_of_it() -> None:
    raw = observed()
    raw["bigips"]["bigip1"] = {"failed": True, "msg": "172.16.20.202: timed out"}
    found = [one.as_dict() for one in findings(fabric(), summarised(raw), VIRTUAL_SERVERS)]
    lines = table.lines(found)
    assert len([line for line in lines if "could not be read: 172.16.20.202: timed out" in line]) == 1
    assert "            fails     sessions: bigip1 - k8s-master, bigip1 - k8s-node1" in lines
    assert len([line for line in lines if line == "            cause     1"]) == sum(not one["ok"] for one in found)


def test_causes_of_many_hosts_that_are_alike_are_one_with_their_number() -> None:
    check = {"group": "sessions", "expected": "up", "observed": "down", "ok": False, "hint": "look", "roots": []}
    many = [
        {**check, "subject": f"bigip1 - n{number}", "cause": f"the BIG-IP cannot ping n{number} at 10.0.0.{number}"}
        for number in range(1, 9)
    ]
    other = {**check, "subject": "bigip1 - n9", "cause": "the BIG-IP refuses n9"}
    lines = table.lines([*many, other], max_details=0)
    assert lines[:6] == [
        "2 causes of failed checks:",
        "   1  the BIG-IP cannot ping n1 at 10.0.0.1 (and 7 like it)",
        "            next      look",
        "            fails     sessions: bigip1 - n1, bigip1 - n2, bigip1 - n3 and 5 more",
        "   2  the BIG-IP refuses n9",
        "            next      look",
    ]
    assert [line.split()[-1] for line in lines if "  cause  " in line] == ["1"] * 8 + ["2"]
    assert "like it" not in "".join(table.lines([*many[:3], other]))


def test_no_checks_is_a_failure() -> None:
    assert table.lines([]) == ["FAILED: there are no checks"]
