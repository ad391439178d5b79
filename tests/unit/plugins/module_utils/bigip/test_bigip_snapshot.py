# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots of a BIG-IP and their restoration, against the simulator."""

from __future__ import annotations

import json

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import info, snapshot
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


def restore(unit, before, applied=None, check=False, **more):
    unit.simulator.forget_calls()
    with unit.session() as bigip:
        rollback = snapshot.Restore(bigip, before, applied, sleep=unit.slept.append, **more)
        rollback.read()
        if not check:
            rollback.write()
        return rollback.result()


def test_taking_a_snapshot_writes_nothing(unit, fabric):
    unit.routing(fabric)
    unit.simulator.forget_calls()
    kept = take(unit)
    assert [call for call in unit.calls() if call.split()[0] in ("PATCH", "PUT", "upload", "remove")] == []
    assert kept["self_ip"]["allow_service"] == ["tcp:179"]
    assert "router bgp 64512" in kept["running_config"]


def test_an_observation_gives_the_same_snapshot(unit, fabric):
    unit.configure(HAND_MADE)
    unit.routing(fabric)
    with unit.session() as bigip:
        read = info.gather(bigip, ["route_domain", "self_ips", "config", "virtual_addresses"], 0)
    assert snapshot.observed(read, 0, ADDRESS, VIPS) == take(unit)
    assert snapshot.observed({**read, "self_ips": []}, 0, ADDRESS, VIPS) is None
    del read["virtual_addresses"]
    assert snapshot.observed(read, 0, ADDRESS, VIPS) is None


@pytest.mark.parametrize("prepared", ["", HAND_MADE])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_rollback_restores_the_state_before_the_run(unit, fabric, prepared, recorded):
    if prepared:
        unit.configure(prepared)
    before = take(unit)
    assert unit.routing(fabric)["changed"]
    applied = take(unit)
    assert before != applied
    assert restore(unit, before, applied if recorded else None)["changed"]
    assert take(unit) == before
    if prepared:
        assert "a router of others" in unit.startup() and "podroute" not in unit.startup()
    again = restore(unit, before, applied)
    assert not again["changed"] and again["conflicts"] == []
    assert not any(call.startswith(("PATCH", "upload")) for call in unit.calls())


def test_check_mode_plans_and_writes_nothing(unit, fabric):
    before = take(unit)
    unit.routing(fabric)
    applied = take(unit)
    assert restore(unit, before, applied, check=True)["changed"]
    assert take(unit) == applied


def test_changes_of_others_stay_and_are_reported(unit, fabric):
    unit.configure(HAND_MADE)
    before = take(unit)
    unit.routing(fabric)
    applied = take(unit)
    unit.imish(
        "configure terminal",
        "router bgp 64512",
        "neighbor 172.16.40.77 remote-as 64777",
        "neighbor 172.16.40.199 description theirs now",
        "end",
    )
    told = restore(unit, before, applied)
    assert "neighbor 172.16.40.77" in told["conflicts"] and "neighbor 172.16.40.199" in told["conflicts"]
    running = unit.running()
    assert "neighbor 172.16.40.77 remote-as 64777" in running and "theirs now" in running
    assert "172.16.40.198" not in running


@pytest.mark.parametrize("prepared", ["", HAND_MADE])
def test_an_interrupted_run_takes_nothing_from_another_fabric(unit, fabric, prepared):
    if prepared:
        unit.configure(prepared)
    before = take(unit)
    unit.routing(fabric)
    unit.imish(
        "configure terminal",
        "router bgp 64512",
        "neighbor 172.16.40.77 remote-as 64777",
        "neighbor 172.16.40.77 description blue: node7",
        "end",
    )
    told = restore(unit, before, mark="podroute: ")
    assert told["conflicts"] == ["neighbor 172.16.40.77"]
    running = unit.running()
    assert "neighbor 172.16.40.77 description blue: node7" in running
    assert "podroute" not in running and "172.16.40.198" not in running
    assert not restore(unit, before, mark="podroute: ")["changed"]


def test_what_a_line_beyond_the_model_uses_by_now_stays(unit, fabric):
    unit.configure(HAND_MADE)
    before = take(unit)
    unit.routing(fabric)
    applied = take(unit)
    line = "neighbor 172.16.40.9 unsuppress-map podroute-vips"
    unit.imish("configure terminal", "router bgp 64512", line, "end")
    told = restore(unit, before, applied)
    assert "route-map podroute-vips: still used" in told["conflicts"]
    running = unit.running()
    assert line in running and "route-map podroute-vips permit 10" in running
    assert "ip prefix-list podroute-vips" in running and "172.16.40.198" not in running


def test_a_password_is_in_no_snapshot_and_stays_on_the_neighbor(unit, fabric):
    unit.configure(HAND_MADE + " neighbor 172.16.40.9 password Canary-77\n")
    before = take(unit)
    assert "Canary-77" not in json.dumps(before)
    unit.routing(fabric)
    applied = take(unit)
    assert restore(unit, before, applied)["not_restored"] == []
    assert "neighbor 172.16.40.9 password Canary-77" in unit.running()


def test_a_lost_password_is_reported_or_taken_from_the_inventory(unit, fabric):
    unit.configure(HAND_MADE + " neighbor 172.16.40.9 password Canary-77\n")
    before = take(unit)
    unit.imish("configure terminal", "router bgp 64512", "no neighbor 172.16.40.9", "end")
    told = restore(unit, before, check=True)
    assert told["not_restored"] and "172.16.40.9" in told["not_restored"][0]
    assert restore(unit, before, password="Canary-77")["not_restored"] == []
    assert "neighbor 172.16.40.9 password Canary-77" in unit.running()


def test_a_snapshot_of_something_else_is_refused(unit):
    with unit.session() as bigip, pytest.raises(Unfit):
        snapshot.Restore(bigip, {"schema": 99, "route_domain": 0})


def test_a_rollback_refuses_what_a_run_would_refuse(unit, fabric, monkeypatch):
    """The same check of lines beyond the model, on the commands of the rollback, before its first write."""
    before = take(unit)
    unit.routing(fabric)
    applied = take(unit)
    asked = []

    def refuse(_have, _target, commands):
        asked.extend(commands)
        return ["line 7 is not understood, and this change would remove it"]

    monkeypatch.setattr(snapshot.foreign, "problems", refuse)
    with pytest.raises(Unfit, match="line 7 is not understood"):
        restore(unit, before, applied)
    assert "no router bgp 64512" in [line.strip() for line in asked] and take(unit) == applied


def test_a_rollback_to_what_the_device_had_needs_no_permission(unit):
    """A route-map that does not exist, which a run would refuse to refer to."""
    unit.configure("router bgp 64512\nredistribute kernel route-map ABSENT")
    before = take(unit)
    unit.configure("router bgp 64512\nno redistribute kernel")
    assert "ABSENT" not in unit.running()
    restore(unit, before, take(unit))
    assert take(unit) == before


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupted_rollback_leaves_the_applied_state(unit, fabric, when):
    unit.configure(HAND_MADE)
    before = take(unit)
    unit.routing(fabric)
    applied = take(unit)
    unit.simulator.fault("drop", path="util/bash", body_contains="-f /var", when=when)
    with pytest.raises(BigIpError):
        restore(unit, before, applied)
    assert take(unit) == applied
