# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of the BIG-IPs, units of which none is active, and a controller that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

Raw = dict[str, Any]


def failed(raw: Raw) -> list[Finding]:
    return [one for one in checks.findings(fabric(), summarised(raw), VIRTUAL_SERVERS) if not one.ok]


def unit(raw: Raw) -> Raw:
    return raw["bigips"]["bigip1"]


def behind_others(raw: Raw) -> None:
    """Another redistribution was there first: the fabric's ranges leave by a filter of its neighbors."""
    config = unit(raw)["config"]
    config["config"]["redistribute"] = [{"protocol": "kernel", "route_map": "RHI-OUT"}]
    config["config"]["peer_groups"][0]["prefix_list"]["out"] = "podroute-vips"
    config["route_maps"] = [{"name": "RHI-OUT", "entries": [{"seq": 10, "action": "permit", "match": {}}]}]


def shared_map(raw: Raw) -> None:
    """Another fabric has an entry in the map."""
    entry = {"seq": 20, "action": "permit", "match": {"ip_address_prefix_list": "blue-vips"}}
    unit(raw)["config"]["route_maps"][0]["entries"].append(entry)


def other_lists(raw: Raw) -> None:
    unit(raw)["config"]["prefix_lists"].append({"name": "podroute-vips", "afi": "ipv6", "entries": []})


@pytest.mark.parametrize("change", [behind_others, shared_map, other_lists])
def test_configuration_of_others_is_not_a_fault(change: Callable[[Raw], None]) -> None:
    raw = observed()
    change(raw)
    assert failed(raw) == []


def lost_list(raw: Raw) -> None:
    del unit(raw)["config"]["prefix_lists"][0]


def denied_range(raw: Raw) -> None:
    unit(raw)["config"]["prefix_lists"][1]["entries"][0]["action"] = "deny"


def lost_entry(raw: Raw) -> None:
    unit(raw)["config"]["route_maps"][0]["entries"] = []


def lost_map(raw: Raw) -> None:
    unit(raw)["config"]["route_maps"] = []


def own_filter(raw: Raw) -> None:
    unit(raw)["config"]["config"]["neighbors"][1]["prefix_list"] = {"in": "anything"}


def behind_others_unfiltered(raw: Raw) -> None:
    behind_others(raw)
    del unit(raw)["config"]["config"]["peer_groups"][0]["prefix_list"]["out"]


def standby(raw: Raw) -> None:
    unit(raw)["failover"]["state"] = "FORCED OFFLINE"


def no_controller(raw: Raw) -> None:
    raw["controller"]["deployments"]["resources"] = []


def without_spec(raw: Raw) -> None:
    raw["calico"]["resources"]["BGPPeer"][0]["spec"] = [None]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lost_list, "filter: prefix-list podroute-pods is missing or was changed"),
        (denied_range, "filter: prefix-list podroute-vips is missing or was changed"),
        (lost_entry, "filter: route-map podroute-vips is missing or was changed"),
        (lost_map, "filter: route-map podroute-vips is missing or was changed"),
        (own_filter, "filter: prefix-list podroute-pods in of k8s-node1 is missing or was changed"),
        (behind_others_unfiltered, "filter: redistribute kernel without route-map podroute-vips"),
        (standby, "no BIG-IP is active: a unit that is standby or offline does not announce VIPs"),
        (
            no_controller,
            "there is no controller for bigip1: Deployment kube-system/k8s-bigip-ctlr-deployment does not exist or has "
            "another name",
        ),
        (without_spec, "what was read has an unexpected form (AttributeError: 'list' object has no attribute 'get')"),
    ],
)
def test_the_fault_is_found_with_its_cause(change: Callable[[Raw], None], cause: str) -> None:
    raw = observed()
    change(raw)
    assert cause in [one.cause for one in failed(raw)]
