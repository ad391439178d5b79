# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A drained host: its sessions must be shut down, and nothing is expected through them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import DRAINED, DRAINING
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.passed_over import passed_over
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Controller, servers
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import healthy
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.faults import bgp, lose_session
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.healthy import Made, Raw
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import observed
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.test_verify_checks import prove

NODE = "172.16.40.198"


def drained(shut: bool = True):
    """The observation after ``drain.yml -e drain=k8s-node1``."""
    raw = observed()
    lose_session(raw)
    for neighbor in bgp(raw)["neighbors"]:
        if neighbor["address"] == NODE:
            neighbor |= {"description": "podroute: k8s-node1, drained", "shutdown": shut}
    for probe in raw["probes"]["probes"]:
        probe["ok"] = probe["ok"] and probe.get("node") != "k8s-node1"
    for pod in raw["probes"]["pods"]:
        if pod["node"] == "k8s-node1":
            raw["bigips"]["bigip1"]["ping"].pop(pod["ip"], None)
    return raw


def test_a_drained_node_passes_and_is_shown():
    found = prove(drained())
    assert [one for one in found if not one.ok] == []
    shown = next(one for one in found if one.subject == "bigip1 - k8s-node1")
    assert shown.observed == "shut down (drained)"


def test_a_drained_node_whose_session_is_not_shut_down_fails():
    bad = [one for one in prove(drained(shut=False)) if not one.ok]
    assert [one.subject for one in bad] == ["bigip1 - k8s-node1"]
    assert "k8s-node1 is recorded as drained" in bad[0].cause and "undrain.yml" in bad[0].hint


def test_without_the_record_the_same_session_is_a_failure():
    raw = drained()
    for neighbor in bgp(raw)["neighbors"]:
        neighbor["description"] = neighbor.get("description", "").removesuffix(", drained")
    bad = [one for one in prove(raw) if not one.ok]
    assert any(one.group == "sessions" and "shut down" in one.cause for one in bad)


# ---- a drained BIG-IP ------------------------------------------------------------------------------

INTERNAL = {"local_preference": 10, "metric": 1000}
EXTERNAL = {**INTERNAL, "as_path_prepend": "64513 64513 64513"}


def drained_unit(stage: str = DRAINED, clauses: Mapping[str, Any] | None = None, as_number: str = "64512") -> Made:
    """The second of two independent BIG-IPs in a stage of a drain, and the route-map of its VIPs as it was read."""
    hosts = healthy.inventory(3, 2)
    hosts["bigip1"]["as_number"] = as_number
    made = healthy.built(hosts)
    raw = healthy.report(made)
    servers = healthy.with_server(made, raw, ["k8s-bigip-ctlr-deployment", "k8s-bigip-ctlr-deployment-bigip1"])
    unit = raw["bigips"]["bigip1"] = copy.deepcopy(raw["bigips"]["bigip1"])
    for group in unit["config"]["config"]["peer_groups"] if stage else ():
        group["description"] = f"podroute: this BIG-IP, {stage}"
    (entry,) = unit["config"]["route_maps"][0]["entries"]
    entry["set"] = dict(INTERNAL if clauses is None else clauses)
    if stage == DRAINED:
        for neighbor in unit["config"]["config"]["neighbors"]:
            neighbor["shutdown"] = True
        for session in unit["neighbors"]:
            session["state"] = "Idle"
        # Without a route to the pods, monitors mark all members down, and the virtual address is not advertised.
        unit["routes"] = [route for route in unit["routes"] if route["code"] not in "BK"]
        unit["ping"] = {}
        for member in server_of(unit)["members"]:
            member["state"] = "down"
    for node in raw["status"]["nodes"].values():
        node["kernel_routes"] = [one for one in node["kernel_routes"] if one["gateway"] != "172.16.40.11"]
    return made, raw, servers


def server_of(unit: Raw) -> Raw:
    return next(one for one in unit["virtual_servers"] if one["destination"] == "172.16.40.80")


def bad_of(made: Made) -> list[Finding]:
    return [one for one in checks.findings(*made) if not one.ok]


@pytest.mark.parametrize("stage", [DRAINING, DRAINED])
@pytest.mark.parametrize(("as_number", "clauses"), [("64512", INTERNAL), ("64513", EXTERNAL)])
def test_a_drained_bigip_passes(stage: str, as_number: str, clauses: Mapping[str, Any]) -> None:
    made = drained_unit(stage, clauses, as_number)
    assert bad_of(made) == []
    fabric, raw, servers_ = made
    said = list(passed_over(Observed(fabric, raw, servers(servers_, Controller()))))
    assert [one for one in said if "bigip1" in one] == (
        ["kernel routes of VIPs, pod routes and the availability of virtual servers on bigip1: it is drained"]
        if stage == DRAINED
        else []
    )


@pytest.mark.parametrize(
    ("stage", "clauses"),
    [
        ("", INTERNAL),  # nothing recorded, and yet less preferred
        (DRAINING, {}),
        (DRAINED, {}),
        (DRAINED, {**INTERNAL, "local_preference": 100}),
        (DRAINED, EXTERNAL),  # nodes of the same AS would refuse the path
        (DRAINED, {**INTERNAL, "community": "64512:1"}),
    ],
)
def test_another_preference_than_the_record_has_fails(stage: str, clauses: Mapping[str, Any]) -> None:
    bad = bad_of(drained_unit(stage, clauses))
    assert [one.subject for one in bad] == ["bigip1"]
    assert bad[0].cause.startswith("filter: route-map podroute-vips is missing or was changed")


def test_what_a_bigip_lacks_while_it_drains_is_a_failure() -> None:
    fabric, raw, virtuals = drained_unit(DRAINING)
    unit = raw["bigips"]["bigip1"]
    unit["routes"] = [route for route in unit["routes"] if route["code"] != "K"]
    for member in server_of(unit)["members"]:
        member["state"] = "down"
    groups = {one.group for one in bad_of((fabric, raw, virtuals))}
    assert groups == {"bigip_routes", "virtual_servers"}


@pytest.mark.parametrize(
    ("change", "observed_text"),
    [({"enabled": False}, "disabled"), ({"destination": "172.16.40.79"}, "no virtual server 172.16.40.80:80")],
)
def test_a_virtual_server_of_a_drained_bigip_still_has_to_exist(change: Raw, observed_text: str) -> None:
    made = drained_unit()
    server_of(made[1]["bigips"]["bigip1"]).update(change)
    found = [one for one in bad_of(made) if one.group == "virtual_servers"]
    assert [one.subject for one in found] == ["bigip1: nginx-deploy-svc.vs"] and observed_text in found[0].observed
