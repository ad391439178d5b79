# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which failover is possible without packet loss, and when it is complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.drain import failover
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.pairs import Raw, fabric, pair

VIPS = ["172.16.40.81/32", "172.16.99.99/32"]
ACTIVE, STANDBY = {"traffic-group-1": "active"}, {"traffic-group-1": "standby"}


def network(active: str = "bigip1") -> Raw:
    """A pair whose standby unit has no kernel routes."""
    states = {name: ACTIVE if name == active else STANDBY for name in ("bigip1", "bigip2")}
    raw = pair(**states)
    for name, unit in raw["bigips"].items():
        if name != active:
            unit["routes"] = [route for route in unit["routes"] if route["code"] != "K"]
    return raw


def plan(raw: Raw, name: str = "", fabric_: Fabric | None = None) -> failover.Plan:
    return failover.plan(Observed(fabric_ or fabric(), raw), name)


@pytest.mark.parametrize("name", ["", "bigip1"])
def test_the_active_unit_hands_over_to_the_other(name: str) -> None:
    assert plan(network(), name) == failover.Plan("bigip1", "bigip2", VIPS, [])


def test_a_unit_that_is_standby_has_nothing_to_do() -> None:
    assert plan(network(), "bigip2") == failover.Plan()


def lose_session(raw: Raw) -> None:
    raw["bigips"]["bigip2"]["neighbors"][0]["state"] = "Active"


def lose_route(raw: Raw) -> None:
    raw["bigips"]["bigip2"]["routes"] = []


def drained(raw: Raw) -> None:
    group = raw["bigips"]["bigip2"]["config"]["config"]["peer_groups"][0]
    group["description"] = "podroute: this BIG-IP, drained"


def pending(raw: Raw) -> None:
    for unit in raw["bigips"].values():
        unit["failover"]["sync"] = "Changes Pending"


def unread(raw: Raw) -> None:
    raw["bigips"]["bigip2"] = {"failed": True, "msg": "no answer"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lose_session, "bigip2 cannot take over: it has no established session with pod routes with k8s-master"),
        (lose_route, "bigip2 cannot take over"),
        (drained, "bigip2 is drained: undrain it first"),
        (pending, "config sync is not complete (Changes Pending)"),
        (unread, "bigip2 cannot be read: no answer"),
    ],
)
def test_a_failover_that_would_lose_packets_is_refused(change: Callable[[Raw], None], problem: str) -> None:
    raw = network()
    change(raw)
    assert any(one.startswith(problem) for one in plan(raw).problems), plan(raw).problems


@pytest.mark.parametrize(
    ("options", "name", "problem"),
    [
        ({"mode": "independent"}, "", "bigip_mode is independent; failover needs two BIG-IPs in a device group"),
        ({"mode": None}, "", "bigip_mode is not set"),
        ({}, "bigip9", "failover: bigip9 is not a BIG-IP of the inventory; expected one of bigip1, bigip2"),
    ],
)
def test_what_cannot_fail_over(options: dict[str, Any], name: str, problem: str) -> None:
    assert plan(network(), name, fabric(**options)).problems[0].startswith(problem)


def test_a_failover_is_complete_when_the_other_unit_announces_all() -> None:
    planned = plan(network())

    def missing(raw: Raw) -> list[str]:
        seen = Observed(fabric(), raw)
        return failover.not_taken(seen, planned, seen.fabric.bigip("bigip2"))

    assert missing(network()) == [
        *(f"bigip2 does not announce {vip}" for vip in VIPS),
        *(f"bigip1 still announces {vip}" for vip in VIPS),
        "bigip1 is still active",
    ]
    assert missing(network("bigip2")) == []
    gone = network("bigip2")
    unread(gone)
    assert missing(gone) == ["bigip2 cannot be read: no answer"]
