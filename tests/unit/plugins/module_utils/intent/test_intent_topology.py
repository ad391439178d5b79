# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who peers with whom: from the inventory to both sides and to the proof."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import topology, topology_steps
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import calico_resources
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import datastore, preflight
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import inventory

NODES = ["k8s-master", "k8s-node1"]
REFLECTORS = {"kind": "reflectors", "reflectors": ["k8s-master"]}


def racks(**changes: Any) -> dict[str, dict[str, Any]]:
    """Two racks, each with a node and a BIG-IP."""
    hosts = inventory(topology={"kind": "racks"}, rack="r1")
    hosts["k8s-master"]["rack"], hosts["k8s-node1"]["rack"] = "r1", "r2"
    hosts["bigip2"] = {**hosts["bigip1"], "ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203", "rack": "r2"}
    for host, rack in changes.items():
        hosts[host.replace("_", "-")]["rack"] = rack
    return hosts


def of_racks() -> Fabric:
    return build(racks(), NODES, ["bigip1", "bigip2"])


def of_reflectors() -> Fabric:
    return build(inventory(topology=REFLECTORS), NODES, ["bigip1"])


def problems_of(hosts: dict[str, dict[str, Any]], bigips: list[str]) -> str:
    with pytest.raises(InventoryError) as raised:
        build(hosts, NODES, bigips)
    return str(raised.value)


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"kind": "star"}, ["topology.kind", "star", "one of global, racks, reflectors"]),
        ({"kind": "reflectors"}, ["topology.reflectors", "1 to 4 node names"]),
        ({"kind": "reflectors", "reflectors": ["nobody"]}, ["nobody", "a node of the group k8s_nodes"]),
        ({"kind": "reflectors", "reflectors": "k8s-master"}, ["topology.reflectors", "a list of nodes by name"]),
        ({"kind": "global", "reflectors": ["k8s-master"]}, ["topology.kind", "because topology.reflectors is set"]),
        ({**REFLECTORS, "cluster_id": "1.2.3"}, ["topology.cluster_id", "four octets"]),
        ({**REFLECTORS, "cluster_id": "1.2.3.256"}, ["topology.cluster_id", "four octets"]),
        ({**REFLECTORS, "cluster": "1.2.3.4"}, ["topology.cluster", "unknown key"]),
        ({"kind": "racks"}, ["k8s-master", "k8s-node1", "bigip1", "rack", "because topology.kind is racks"]),
        ("racks", ["topology", "an entry with kind, reflectors, cluster_id"]),
    ],
)
def test_what_is_wrong_is_named(wrong: Any, said: list[str]) -> None:
    told = problems_of(inventory(topology=wrong), ["bigip1"])
    assert all(words in told for words in said), told


def test_a_rack_without_a_bigip_and_a_bigip_without_a_rack() -> None:
    told = problems_of(racks(k8s_node1="r3"), ["bigip1", "bigip2"])
    assert "k8s-node1" in told and "r3" in told and "bigip2" in told


def test_reflectors_of_two_as() -> None:
    hosts = inventory(topology={"kind": "reflectors", "reflectors": NODES})
    hosts["k8s-node1"]["as_number"] = "64513"
    assert "reflectors serve one AS" in problems_of(hosts, ["bigip1"])


@pytest.mark.parametrize("built", [of_racks, of_reflectors])
def test_a_fabric_survives_its_dict(built: Any) -> None:
    assert Fabric.from_dict(built().as_dict()) == built()


def test_a_cluster_id_of_no_address() -> None:
    given = build(inventory(topology={**REFLECTORS, "cluster_id": "244.0.0.9"}), NODES, ["bigip1"])
    assert given.topology.cluster_id == "244.0.0.9"


def test_a_bigip_of_a_rack_has_the_nodes_of_the_rack() -> None:
    config = bgp_config(of_racks(), "bigip2")["config"]
    assert [neighbor["address"] for neighbor in config["neighbors"]] == ["172.16.40.198"]


def test_a_bigip_of_reflectors_is_ready_for_every_node() -> None:
    config = bgp_config(of_reflectors(), "bigip1")["config"]
    assert len(config["neighbors"]) == 2


@pytest.mark.parametrize("built", [of_racks, of_reflectors, lambda: build(inventory(), NODES, ["bigip1"])])
def test_the_rooms_agree(built: Any) -> None:
    """The fabric, the role's stages and the proof say the same of who peers with whom."""
    fabric = built()
    intent = fabric.as_dict()
    arranged = topology.topology_of(intent, min_reflectors=1)
    counted = {unit.name: len(fabric.sessions_of(unit)) for unit in fabric.bigips}
    assert topology.sessions_of_bigips(intent, arranged) == counted
    final = topology_steps.final_resources(intent, calico_resources(fabric), arranged)
    written = {item["metadata"]["name"]: item.get("spec", {}) for item in final if item["kind"].startswith("BGP")}
    assert written["default"]["nodeToNodeMeshEnabled"] is fabric.meshed
    seen = Observed(fabric, {})
    for unit in fabric.bigips:
        assert written[unit.peer_name].get("nodeSelector") == (
            None if datastore._scope(seen, unit) == "global" else datastore._scope(seen, unit).removeprefix("for ")
        )


def test_the_number_of_sessions_is_reported() -> None:
    assert preflight.notes(of_reflectors(), {}) == ["bigip1 gets 1 BGP sessions"]
    assert preflight.notes(of_racks(), {}) == ["bigip1 gets 1 BGP sessions", "bigip2 gets 1 BGP sessions"]


def test_reflectors_are_advised_above_a_hundred_nodes() -> None:
    hosts = inventory()
    names = [f"n{number}" for number in range(101)]
    for number, name in enumerate(names):
        hosts[name] = {"node_ip": f"172.16.41.{number + 1}", "as_number": "64512"}
    assert any("route reflectors" in note for note in preflight.notes(build(hosts, names, ["bigip1"]), {}))
    reflected = {**hosts, "bigip1": {**hosts["bigip1"], "topology": {"kind": "reflectors", "reflectors": names[:2]}}}
    assert preflight.notes(build(reflected, names, ["bigip1"]), {}) == ["bigip1 gets 2 BGP sessions"]
