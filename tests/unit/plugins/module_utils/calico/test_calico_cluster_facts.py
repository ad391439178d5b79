# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import cluster_facts


def kube_node(name, address=None, asn=None):
    bgp = {key: value for key, value in (("ipv4Address", address), ("asNumber", asn)) if value}
    return {"metadata": {"name": name}, "spec": {"bgp": bgp} if bgp else {}}


def test_nodes_and_mismatches():
    items = [kube_node("a", "10.0.0.1/24"), kube_node("b", "10.0.0.2/24", 65001), kube_node("c")]
    found = cluster_facts.nodes(items, None)
    assert found["a"]["as_number"] == 64512 and found["b"]["as_number"] == 65001 and found["c"]["address"] is None

    def differ(*nodes, is_set=False):
        expected = [dict(zip(("name", "node_ip", "as_number"), node, strict=True)) for node in nodes]
        return cluster_facts.mismatches(expected, {"nodes": found, "cluster_as_number": 64512 if is_set else None})

    assert len(differ(("a", "10.0.0.1", "64512"), ("b", "10.0.0.2", "65001"))) == 1, "c is not in the inventory"
    told = differ(("a", "10.0.0.9", "65009"), ("b", "10.0.0.2", "64512"), ("c", "10.0.0.3", "64512"), ("d", "x", "1"))
    assert [sentence.split(":")[0] for sentence in told] == ["d", "a", "b", "c"]
    assert "its Node has 65001" in told[2]
    assert "BGPConfiguration default has 64512" in differ(("a", "10.0.0.1", "65009"), is_set=True)[-1]


def test_blocks_and_owners():
    blocks = cluster_facts.blocks(
        [
            {
                "spec": {
                    "cidr": "10.244.0.0/30",
                    "affinity": "host:n",
                    "allocations": [0, None, None, 1],
                    "unallocated": [1, 2],
                }
            },
            {"spec": {"cidr": "10.244.0.4/30", "deleted": True}},
        ]
    )
    assert blocks == [{"cidr": "10.244.0.0/30", "node": "n", "size": 4, "allocated": 2, "free": 2}]
    affinities = cluster_facts.affinities(
        [
            {"spec": {"cidr": "a", "node": "n", "state": "confirmed", "deleted": "false"}},
            {"spec": {"cidr": "b", "node": "n", "state": "pending"}},
            {"spec": {"cidr": "c", "node": "n", "state": "confirmed", "deleted": "true"}},
        ]
    )
    assert cluster_facts.by_node(affinities) == {"n": ["a"]}
    label = "app.kubernetes.io/managed-by"
    assert cluster_facts.pool_owners(
        [
            {"metadata": {"name": "x", "labels": {label: "tigera-operator"}}},
            {"metadata": {"name": "y"}},
            {"metadata": {"name": "z", "labels": {label: "me"}}},
        ]
    ) == {"x": "operator", "y": "", "z": "me"}


def daemon_set(**variable):
    containers = [{"env": [{"name": "CALICO_NETWORKING_BACKEND", **variable}]}]
    pod = {"serviceAccountName": "calico-node", "containers": containers}
    return {"metadata": {"namespace": "calico-system", "name": "calico-node"}, "spec": {"template": {"spec": pod}}}


def test_where_calico_node_runs():
    assert cluster_facts.installation([])["namespace"] == "kube-system"
    found = cluster_facts.installation([daemon_set(value="vxlan")])
    assert (found["namespace"], found["backend"]) == ("calico-system", "vxlan")
    reference = {"name": "calico-config", "key": "calico_backend"}
    found = cluster_facts.installation([daemon_set(valueFrom={"configMapKeyRef": reference})])
    assert found["backend"] is None and found["backend_in"] == reference
