# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is accepted with a note, and what a large cluster needs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.notes import notes
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import (
    BIGIPS,
    fabric,
    inventory,
)

TWO = ["k8s-master", "k8s-node1"]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, None),
        ({"topology": {"kind": "reflectors", "reflectors": TWO}}, None),
        ({"topology": {"kind": "reflectors", "reflectors": TWO[:1]}}, "topology.reflectors has one node, k8s-master"),
        ({"topology": {"kind": "reflectors", "reflectors": TWO, "cluster_id": "0.0.0.0"}}, "cluster_id is 0.0.0.0"),
        (
            {"topology": {"kind": "reflectors", "reflectors": TWO, "cluster_id": "172.16.40.199"}},
            "cluster_id is 172.16.40.199, the address of k8s-master",
        ),
        ({"bgp_timers": {"keepalive": 1, "holdtime": 3}}, "bgp_timers.holdtime is 3"),
        ({"bgp_timers": {"keepalive": 3, "holdtime": 9}}, None),
        ({"bgp_timers": {"keepalive": 0, "holdtime": 0}}, None),
        ({"rack": "r1"}, "bigip1: rack is set and has no effect"),
        ({"bgp_multihop": 4}, "bgp_multihop is set and has no effect"),
        ({"bgp_multihop": 4, "as_number": "65001"}, None),
    ],
)
def test_notes(variables: dict[str, Any], words: str | None) -> None:
    found = notes(fabric(**variables))
    assert (len(found) == 1 and words in found[0]) if words else found == []


def cluster(count: int, **fabric_wide: Any) -> tuple[dict[str, dict[str, Any]], list[str]]:
    hosts = inventory(**fabric_wide)
    names = [f"n{number}" for number in range(count)]
    for number, name in enumerate(names):
        hosts[name] = {"node_ip": f"172.18.{number // 250}.{number % 250 + 1}", "as_number": "64512"}
    return hosts, names


REFLECTORS = {"kind": "reflectors", "reflectors": ["n0", "n1"]}


def test_reflectors_of_a_large_cluster_may_send_more_prefixes() -> None:
    hosts, names = cluster(1000, topology=REFLECTORS)
    assert build(hosts, names, BIGIPS).maximum_prefix == 2048, "twice 1024, all blocks that the pool has"
    hosts, names = cluster(300, topology=REFLECTORS)
    assert build(hosts, names, BIGIPS).maximum_prefix == 1200
    hosts, names = cluster(1000)
    assert build(hosts, names, BIGIPS).maximum_prefix == 1000


def test_a_limit_that_reflectors_exceed_is_refused() -> None:
    hosts, names = cluster(600, topology=REFLECTORS, bgp_maximum_prefix=1000)
    with pytest.raises(InventoryError, match="bgp_maximum_prefix is 1000; expected at least 1024: a reflector"):
        build(hosts, names, BIGIPS)
    hosts["bigip1"]["bgp_manage_policy"] = False
    build(hosts, names, BIGIPS)


def test_more_nodes_than_blocks() -> None:
    hosts, names = cluster(1025)
    with pytest.raises(InventoryError, match="1024 blocks; expected at least 1025 blocks, one per node"):
        build(hosts, names, BIGIPS)
