# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another AS number for a drained node: which nodes need it, and what it writes on a BIG-IP."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.drain import turn
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.drain.test_plan import (
    NODES,
    Unit,
    fabric,
    info_of,
    simulator,
)

ADDRESS = NODES["k8s-node1"]


def numbered(network, number, name="k8s-node1"):
    """The fabric with another AS number of one node."""
    nodes = tuple(replace(node, as_number=number) if node.name == name else node for node in network.nodes)
    return replace(network, nodes=nodes)


def cluster(**numbers):
    return {name: {"as_number": numbers.get(name.replace("-", "_"), 64512)} for name in NODES}


@pytest.mark.parametrize(
    ("unit", "held", "nodes"),
    [
        (info_of(), cluster(), ["k8s-node1"]),
        (info_of(), cluster(k8s_node1=64600), []),
        (info_of(), {"k8s-master": {"as_number": 64512}}, []),  # a node that the cluster does not have
        (info_of(shut=[ADDRESS], record=None), cluster(), []),
        ({"config": {"config": {}}}, cluster(), []),  # nothing is configured yet
    ],
    ids=["differs", "equal", "missing", "drained", "no neighbor"],
)
def test_only_a_node_with_sessions_to_lose_needs_a_turn(unit, held, nodes):
    network = numbered(fabric(), 64600)
    assert turn.nodes(Observed(network, {"bigips": {"bigip1": unit}}), held) == nodes


@pytest.fixture(params=["64512", "64513"], ids=["internal", "external"])
def unit(request):
    with simulator() as device:
        one = Unit(device, fabric(as_number=request.param))
        assert one.site()
        one.to(nodes=frozenset([ADDRESS]))
        yield one


@pytest.mark.parametrize("number", [64600, 4200000000])
def test_a_drained_neighbor_gets_the_number_and_a_run_of_the_site_has_nothing_left(unit, number):
    unit.fabric = numbered(unit.fabric, number)
    node = unit.fabric.nodes[1]
    device = unit.device
    options = turn.neighbor(unit.fabric, unit.bigip, unit.read(), node)
    arguments = {"server": device.host, "server_port": device.port, "ca_path": device.ca, "user": device.user,
                 "password": device.password, **options}  # fmt: skip
    answer = local_module.execute("bigip_bgp", arguments)
    assert not answer.get("failed"), answer
    assert f" neighbor {ADDRESS} remote-as {number}" in answer["commands"]
    assert NODES["k8s-master"] not in " ".join(answer["commands"])
    seen = next(item for item in unit.read()["config"]["neighbors"] if item["address"] == ADDRESS)
    assert seen["shutdown"] and seen["description"] == "podroute: k8s-node1, drained"
    assert unit.site() == []
    unit.to(nodes=frozenset())
    assert unit.site() == []


def test_a_bigip_without_the_neighbor_is_not_changed():
    network = fabric()
    read = {"config": {"as_number": "64512", "neighbors": []}}
    assert turn.neighbor(network, network.bigips[0], read, network.nodes[1]) == {}
