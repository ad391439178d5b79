# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A BIG-IP's snapshot, and the way back to it, against the simulator."""

from __future__ import annotations

import json

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError, Unfit

ADDRESS = {"address": "172.16.40.202"}
VIPS = [{"address": "172.16.40.81"}]
HAND_MADE = """
router bgp 64512
 neighbor 172.16.40.9 remote-as 64999
 neighbor 172.16.40.9 description a router of others
"""


def take(unit):
    with unit.session() as bigip:
        return snapshot.take(bigip, 0, ADDRESS, VIPS)


def restore(unit, before, left=None, check=False, **more):
    unit.simulator.forget_calls()
    with unit.session() as bigip:
        way = snapshot.Restore(bigip, before, left, sleep=unit.slept.append, **more)
        way.read()
        if not check:
            way.write()
        return way.result()


def test_taking_one_writes_nothing(unit, fabric):
    unit.routing(fabric)
    unit.simulator.forget_calls()
    kept = take(unit)
    assert [call for call in unit.calls() if call.split()[0] in ("PATCH", "PUT", "upload", "remove")] == []
    assert kept["self_ip"]["allow_service"] == ["tcp:179"]
    assert "router bgp 64512" in kept["running_config"]


@pytest.mark.parametrize("prepared", ["", HAND_MADE])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_run_and_the_way_back_leave_what_was(unit, fabric, prepared, recorded):
    if prepared:
        unit.configure(prepared)
    before = take(unit)
    assert unit.routing(fabric)["changed"]
    left = take(unit)
    assert before != left
    assert restore(unit, before, left if recorded else None)["changed"]
    assert take(unit) == before
    if prepared:
        assert "a router of others" in unit.startup() and "podroute" not in unit.startup()
    again = restore(unit, before, left)
    assert not again["changed"] and again["theirs"] == []
    assert not any(call.startswith(("PATCH", "upload")) for call in unit.calls())


def test_check_mode_plans_and_writes_nothing(unit, fabric):
    before = take(unit)
    unit.routing(fabric)
    left = take(unit)
    assert restore(unit, before, left, check=True)["changed"]
    assert take(unit) == left


def test_what_others_did_since_stays_and_is_named(unit, fabric):
    unit.configure(HAND_MADE)
    before = take(unit)
    unit.routing(fabric)
    left = take(unit)
    unit.imish(
        "configure terminal",
        "router bgp 64512",
        "neighbor 172.16.40.77 remote-as 64777",
        "neighbor 172.16.40.199 description theirs now",
        "end",
    )
    told = restore(unit, before, left)
    assert "neighbor 172.16.40.77" in told["theirs"] and "neighbor 172.16.40.199" in told["theirs"]
    running = unit.running()
    assert "neighbor 172.16.40.77 remote-as 64777" in running and "theirs now" in running
    assert "172.16.40.198" not in running


def test_a_password_is_in_no_snapshot_and_stays_on_the_neighbor(unit, fabric):
    unit.configure(HAND_MADE + " neighbor 172.16.40.9 password Canary-77\n")
    before = take(unit)
    assert "Canary-77" not in json.dumps(before)
    unit.routing(fabric)
    left = take(unit)
    assert restore(unit, before, left)["lost"] == []
    assert "neighbor 172.16.40.9 password Canary-77" in unit.running()


def test_a_password_that_is_gone_is_named_or_given(unit, fabric):
    unit.configure(HAND_MADE + " neighbor 172.16.40.9 password Canary-77\n")
    before = take(unit)
    unit.imish("configure terminal", "router bgp 64512", "no neighbor 172.16.40.9", "end")
    told = restore(unit, before, check=True)
    assert told["lost"] and "172.16.40.9" in told["lost"][0]
    assert restore(unit, before, password="Canary-77")["lost"] == []
    assert "neighbor 172.16.40.9 password Canary-77" in unit.running()


def test_a_snapshot_of_something_else_is_refused(unit):
    with unit.session() as bigip, pytest.raises(Unfit):
        snapshot.Restore(bigip, {"schema": 99, "route_domain": 0})


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_way_back_that_is_cut_leaves_what_the_run_left(unit, fabric, when):
    unit.configure(HAND_MADE)
    before = take(unit)
    unit.routing(fabric)
    left = take(unit)
    unit.simulator.fault("drop", path="util/bash", body_contains="-f /var", when=when)
    with pytest.raises(BigIpError):
        restore(unit, before, left)
    assert take(unit) == left
