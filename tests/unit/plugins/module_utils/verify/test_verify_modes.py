# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several BIG-IPs: what they are against what ``bigip_mode`` says, and which unit owes what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks, modes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.preflight import notes, problems
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import VIRTUAL_SERVERS
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.pairs import (
    FIRST,
    SECOND,
    Raw,
    fabric,
    pair,
)


def causes(fabric_: Fabric, raw: Raw) -> list[str]:
    return [one.cause for one in modes.findings(Observed(fabric_, raw)) if not one.ok]


def test_a_pair_that_is_what_its_mode_says() -> None:
    found = list(modes.findings(Observed(fabric(), pair())))
    assert {one.group for one in found} == {"bigip_config"}
    assert all(one.ok for one in found), found
    assert problems(fabric(), pair()) == []
    assert not any("device group" in note for note in notes(fabric(), pair()))


def both(change: Callable[[Raw], None]) -> Raw:
    raw = pair()
    for unit in raw["bigips"].values():
        change(unit)
    return raw


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (pair("Standalone"), "bigip_mode is active_standby, but bigip1 is in no device group"),
        (pair("Changes Pending"), "config sync is not complete (Changes Pending): a sync from the other unit would"),
        (pair("Disconnected"), "config sync is not complete (Disconnected)"),
        (
            pair(bigip1={"traffic-group-1": "active"}, bigip2={"traffic-group-1": "active"}),
            "traffic-group-1 is active on 2 units at once",
        ),
        (
            pair(bigip1={"traffic-group-1": "standby"}, bigip2={"traffic-group-1": "standby"}),
            "no BIG-IP is active for traffic-group-1",
        ),
        (
            pair(
                bigip1={"traffic-group-1": "active", "traffic-group-2": "standby"},
                bigip2={"traffic-group-1": "standby", "traffic-group-2": "active"},
            ),
            "bigip_mode is active_standby, but both units are active",
        ),
        (both(lambda unit: unit["self_ips"].pop(1)), "172.16.40.201 is not a self IP of bigip1"),
        (
            both(lambda unit: unit["self_ips"][1].update(vlan="/Common/external")),
            "172.16.40.201 is not the floating self IP of traffic-group-1 towards the nodes",
        ),
        (
            both(lambda unit: unit["virtual_addresses"][0].update(traffic_group="/Common/traffic-group-2")),
            "172.16.40.81 would be announced with the next hop of traffic-group-1",
        ),
    ],
)
def test_what_does_not_fit_the_mode_is_found_and_stops_a_run(raw: Raw, cause: str) -> None:
    assert any(one.startswith(cause) for one in causes(fabric(), raw)), causes(fabric(), raw)
    assert any(one.startswith(f"all: {cause}") for one in problems(fabric(), raw))


def test_two_active_units() -> None:
    fabric_ = fabric("active_active", traffic_groups=[FIRST, SECOND])
    raw = pair(
        bigip1={"traffic-group-1": "active", "traffic-group-2": "standby"},
        bigip2={"traffic-group-1": "standby", "traffic-group-2": "active"},
    )
    assert causes(fabric_, raw)[0].startswith("172.16.99.99 would be announced with the next hop of traffic-group-2")
    for unit in raw["bigips"].values():
        unit["virtual_addresses"][1]["traffic_group"] = "/Common/traffic-group-2"
    assert causes(fabric_, raw) == []
    routes = [one.subject for one in checks.findings(fabric_, raw, groups=["bigip_routes"]) if "VIP" in one.subject]
    assert routes == ["bigip1: VIP 172.16.40.81", "bigip2: VIP 172.16.99.99"]


def test_independent_units() -> None:
    fabric_ = fabric("independent")
    assert (
        causes(fabric_, pair("Standalone", bigip1={}, bigip2={}))
        == [
            "bigip_mode is independent, but 172.16.40.81 is in a traffic group that is standby here",
            "bigip_mode is independent, but 172.16.99.99 is in a traffic group that is standby here",
        ]
        * 2
    )
    assert causes(fabric_, pair())[0] == "bigip_mode is independent, but bigip1 is in a device group (In Sync)"
    alone = pair("Standalone", bigip1={"traffic-group-1": "active"}, bigip2={"traffic-group-1": "active"})
    assert causes(fabric_, alone) == []
    servers = checks.findings(fabric_, alone, VIRTUAL_SERVERS, ["virtual_servers"])
    assert {one.subject.partition(":")[0] for one in servers} == {"bigip1", "bigip2"}


@pytest.mark.parametrize("mode", ["active_standby", None])
def test_virtual_servers_are_proven_on_the_unit_that_serves_them(mode: str | None) -> None:
    raw = pair("Changes Pending")
    raw["bigips"]["bigip2"]["virtual_servers"] = []  # the controller writes to the other unit
    found = checks.findings(fabric(mode), raw, VIRTUAL_SERVERS, ["virtual_servers", "controller"])
    assert not [one for one in found if not one.ok]
    assert not any(one.subject.startswith("bigip2") for one in found)


def test_units_of_different_versions_cannot_sync() -> None:
    raw = pair()
    raw["bigips"]["bigip2"]["preflight"]["version"] = "17.1.0"
    assert "all: the BIG-IPs run different versions (bigip1 16.1.4, bigip2 17.1.0); config sync needs the same one" in (
        problems(fabric(), raw)
    )


def test_a_device_group_without_a_mode_is_a_note() -> None:
    said = [note for note in notes(fabric(None), pair()) if "set bigip_mode" in note]
    assert len(said) == 1 and causes(fabric(None), pair("Changes Pending")) == []


def test_the_standby_unit_comes_first() -> None:
    def order(raw: Raw) -> list[str]:
        seen = Observed(fabric(), raw)
        return modes.order(seen.bigip(unit) for unit in seen.fabric.bigips)

    standby, active = {"traffic-group-1": "standby"}, {"traffic-group-1": "active"}
    assert order(pair()) == ["bigip2", "bigip1"]
    assert order(pair(bigip1=standby, bigip2=active)) == ["bigip1", "bigip2"]
    assert order(pair(bigip1=active, bigip2=active)) == ["bigip1", "bigip2"]
    assert order(pair(bigip1={**active, "traffic-group-2": "active"}, bigip2=active)) == ["bigip2", "bigip1"]
