# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of the catalogue is one root cause, two are two, and healthy networks have none."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.passed_over import passed_over
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Controller, servers
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import catalogue, healthy
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.catalogue import (
    BY_NAME,
    COMBINED,
    HEALTHY,
    SINGLE,
    Fault,
    Network,
)
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

DOCS = Path(__file__).resolve().parents[5] / "docs"


@pytest.mark.parametrize("fault", SINGLE, ids=[fault.name.replace(" ", "-") for fault in SINGLE])
def test_a_fault_is_reported_as_one_cause_with_its_consequences(fault: Fault) -> None:
    found = catalogue.judge([fault.name])
    (root,) = catalogue.causes(found)
    assert root["cause"].startswith(fault.cause)
    assert fault.hint in root["hint"]
    bad = [(one.group, one.subject) for one in found if not one.ok]
    assert fault.subject in bad
    assert [(one["group"], one["subject"]) for one in root["findings"]] == bad


@pytest.mark.parametrize("fault", SINGLE, ids=[fault.name.replace(" ", "-") for fault in SINGLE])
def test_an_ipv6_pool_changes_no_cause(fault: Fault) -> None:
    raw = observed()
    fault.inject(raw)
    six = {"kind": "IPPool", "metadata": {"name": "six"}, "spec": {"cidr": "fd00::/48", "vxlanMode": "Always"}}
    raw["calico"].get("resources", {}).get("IPPool", []).insert(0, six)
    found = catalogue.causes(checks.findings(fabric(**fault.network), summarised(raw), VIRTUAL_SERVERS))
    assert found == catalogue.causes(catalogue.judge([fault.name]))


@pytest.mark.parametrize("names", COMBINED, ids=[" and ".join(names).replace(" ", "-") for names in COMBINED])
def test_two_faults_are_two_causes(names: tuple[str, str]) -> None:
    found = catalogue.causes(catalogue.judge(names))
    told = {name for name in names for root in found if root["cause"].startswith(BY_NAME[name].cause)}
    assert told == set(names) and len(found) == 2, [root["cause"] for root in found]


@pytest.mark.parametrize("first", SINGLE, ids=[fault.name.replace(" ", "-") for fault in SINGLE])
def test_any_two_faults_are_reported_with_the_cause_of_at_least_one(first: Fault) -> None:
    networks: dict[str, Fabric] = {}
    for second in SINGLE[SINGLE.index(first) + 1 :]:
        raw = observed()
        try:
            first.inject(raw)
            second.inject(raw)
        except (LookupError, TypeError, ValueError):
            continue  # the first one leaves nothing for the second one to break
        key = str(second.network)
        if key not in networks:
            networks[key] = fabric(**first.network, **second.network)
        made = networks[key]
        found = [root["cause"] for root in catalogue.causes(checks.findings(made, summarised(raw), VIRTUAL_SERVERS))]
        assert any(cause.startswith(fault.cause) for cause in found for fault in (first, second)), (second, found)


@pytest.mark.parametrize("network", HEALTHY, ids=[network.name.replace(" ", "-") for network in HEALTHY])
def test_a_healthy_network_raises_nothing(network: Network) -> None:
    found = catalogue.judge_network(network)
    assert [one for one in found if not one.ok] == []
    assert len(found) > 10


def test_the_size_of_the_catalogue() -> None:
    assert len(SINGLE) >= 40 and len(COMBINED) >= 10 and len(HEALTHY) >= 8
    assert len({fault.name for fault in SINGLE}) == len(SINGLE)


def test_the_page_is_made_of_the_catalogue() -> None:
    assert (DOCS / "faults.md").read_text() == catalogue.page(), "run tools/fault_tables.py"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("the reference network", []),
        (
            "dual-stack Services and an IPv6 pool",
            [
                "IPv6 endpoints of Service default/nginx-deploy-svc: nginx-deploy-svc.vs has an IPv4 address",
                "IPPool six: IPv6",
            ],
        ),
        ("pools and nodes without pods", ["routes of IPPool spare: no node has a block of it"]),
        (
            "pools for load balancers, tunnels and NAT only",
            [
                f"IPPool {name}: pods do not get addresses from it"
                for name in ("balancers", "tunnels", "exempt", "retired")
            ],
        ),
    ],
)
def test_what_is_skipped_is_reported(name: str, said: list[str]) -> None:
    (network,) = (one for one in HEALTHY if one.name == name)
    fabric, raw, virtuals = network.make()
    assert list(passed_over(Observed(fabric, raw, servers(virtuals, Controller())))) == said


def units(sync: dict[str, str], deployments: list[str], only: str = "") -> list[Finding]:
    """Failed checks of the controller with two BIG-IPs, of which only the first has its virtual server."""
    made = healthy.built(healthy.inventory(2, 2))
    raw = healthy.report(made)
    virtuals = healthy.with_server(made, raw, deployments)
    raw["bigips"]["bigip1"]["virtual_servers"].pop()
    for name, state in sync.items():
        raw["bigips"][name]["failover"]["sync"] = state
    found = checks.findings(made, raw, virtuals, ["controller", "virtual_servers"], Controller(bigip=only))
    return [one for one in found if not one.ok]


ONE, TWO = "k8s-bigip-ctlr-deployment", "k8s-bigip-ctlr-deployment-bigip1"


def test_bigips_that_do_not_sync_have_a_controller_each() -> None:
    alone = {"bigip0": "Standalone", "bigip1": "Standalone"}
    found = units(alone, [ONE])
    assert [one.subject for one in found] == [
        f"kube-system/{TWO}",
        "bigip1: pool of nginx-deploy-svc.vs",
        "bigip1: nginx-deploy-svc.vs",
    ]
    assert [one.subject for one in units(alone, [ONE, TWO])] == [
        "bigip1: pool of nginx-deploy-svc.vs",
        "bigip1: nginx-deploy-svc.vs",
    ]


def test_a_controller_of_one_bigip_owes_the_others_nothing() -> None:
    assert units({"bigip0": "Standalone", "bigip1": "Standalone"}, [ONE], only="bigip0") == []


@pytest.mark.parametrize("only", ["", "bigip0"])
def test_a_sync_group_has_one_controller_and_every_unit_the_virtual_servers(only: str) -> None:
    found = units({"bigip0": "In Sync", "bigip1": "In Sync"}, [ONE], only)
    assert [one.subject for one in found] == ["bigip1: pool of nginx-deploy-svc.vs", "bigip1: nginx-deploy-svc.vs"]


def test_a_reflector_that_sets_itself_as_the_next_hop() -> None:
    (network,) = (one for one in HEALTHY if one.name == "route reflectors in another AS than the BIG-IP")
    made, raw, _servers = network.make()
    reflector = made.nodes[0].node_ip
    for route in raw["bigips"]["bigip0"]["routes"]:
        if route["code"] == "B":
            route["via"] = reflector
    (root,) = catalogue.causes(checks.findings(made, raw, (), ["sessions", "bigip_routes"]))
    assert root["cause"].startswith("wrong next hop: reflector node0 announces the blocks of other nodes")
    assert len(root["findings"]) == 3
