# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, topology, topology_steps
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.expectations import known_vips, restart_peers

NAMES = ["n1", "n2", "n3", "n4"]
BIGIP = "10.0.0.202"


def intent(mesh=True, kind=None, reflectors=(), racks=False):
    nodes = [{"name": name, "node_ip": f"10.0.0.{number}", "as_number": 64512} for number, name in enumerate(NAMES, 1)]
    units = [{"name": "b1", "bgp_address": BIGIP, "peer_name": "to-b1"}]
    if racks:
        units.append({"name": "b2", "bgp_address": "10.0.0.203", "peer_name": "to-b2"})
        for number, node in enumerate(nodes):
            node["rack"] = f"r{number // 2 + 1}"
        for number, unit in enumerate(units, 1):
            unit["rack"] = f"r{number}"
    found = {"nodes": nodes, "bigips": units, "mesh": mesh, "vip_ranges": ["172.16.99.0/24"]}
    return {**found, "topology": {"kind": kind, "reflectors": list(reflectors)}} if kind else found


def base(fabric):
    owned = {"labels": {"app.kubernetes.io/managed-by": "podroute.calico_f5"}}
    return [
        {"kind": "BGPFilter", "metadata": {"name": "vips", **owned}, "spec": {"importV4": [{"action": "Reject"}]}},
        {
            "kind": "BGPConfiguration",
            "metadata": {"name": "default"},
            "spec": {"nodeToNodeMeshEnabled": fabric["mesh"], "asNumber": 64512},
        },
        *(
            {
                "kind": "BGPPeer",
                "metadata": {"name": unit["peer_name"], **owned},
                "spec": {"peerIP": unit["bgp_address"], "asNumber": 64512, "filters": ["vips"]},
            }
            for unit in fabric["bigips"]
        ),
    ]


def cluster_of(fake):
    """What calico_info says of the fake datastore."""
    nodes = {
        name: {"route_reflector_cluster_id": item["spec"]["bgp"].get("routeReflectorClusterID")}
        for name, item in fake.state["resources"]["Node"].items()
    }
    default = fake.state["resources"].get("BGPConfiguration", {}).get("default", {"spec": {}})
    return {"nodes": nodes, "mesh": default["spec"].get("nodeToNodeMeshEnabled", True)}


@pytest.fixture
def cluster(fake):
    for number, name in enumerate(NAMES, 1):
        fake.put({"kind": "Node", "metadata": {"name": name}, "spec": {"bgp": {"ipv4Address": f"10.0.0.{number}/24"}}})
    return fake


def write(fake, resources, allow=(), state="merged", check=False):
    request = apply.Request(
        tuple(json.loads(json.dumps(resources))),
        state,
        "podroute.calico_f5",
        replace_owned=True,
        allow=frozenset(allow),
    )
    with fake.in_process() as client:
        return apply.run(client, request, check)


def stages(fabric, cluster):
    found = topology_steps.stages(fabric, base(fabric), topology.topology_of(fabric), cluster["nodes"], cluster["mesh"])
    return topology_steps.described(found)


def carry_out(fake, fabric):
    """Carry out every stage; the names of those that changed something."""
    told = []
    for stage in stages(fabric, cluster_of(fake)):
        changed = write(fake, stage["resources"], stage["allow"]).changed if stage["resources"] else False
        if stage["gone"]:
            changed = write(fake, stage["gone"], state="deleted").changed or changed
        if changed:
            told.append(stage["name"])
    return told


def test_the_global_topology_is_one_stage(cluster):
    fabric = intent()
    assert carry_out(cluster, fabric) == ["peers"]
    assert carry_out(cluster, fabric) == []
    assert "nodeSelector" not in cluster.get("BGPPeer", "to-b1")["spec"]


def test_to_reflectors_and_back(cluster):
    carry_out(cluster, intent())
    fabric = intent(kind="reflectors", reflectors=["n1", "n2"])
    assert carry_out(cluster, fabric) == [
        "reflector peers, beside the mesh",
        "n1 becomes a reflector",
        "n2 becomes a reflector",
        "mesh off, now that other sessions carry its routes",
        "BIG-IPs peer with the reflectors only",
    ]
    assert carry_out(cluster, fabric) == [], "done is done"
    assert cluster.get("BGPPeer", "to-b1")["spec"]["nodeSelector"] == "route-reflector == 'true'"
    assert cluster.get("BGPConfiguration", "default")["spec"]["nodeToNodeMeshEnabled"] is False
    assert cluster.get("Node", "n2")["metadata"]["labels"] == {"route-reflector": "true"}
    assert cluster.get("Node", "n2")["spec"]["bgp"]["ipv4Address"] == "10.0.0.2/24"

    assert carry_out(cluster, intent()) == [
        "BIG-IPs peer with every node",
        "mesh on, beside the reflectors",
        "n1 joins the mesh again",
        "n2 joins the mesh again",
        "reflector peers removed",
    ]
    assert carry_out(cluster, intent()) == []
    assert cluster.names("BGPPeer") == ["to-b1"] and cluster.names("BGPFilter") == ["vips"]
    assert cluster.get("Node", "n1")["spec"]["bgp"] == {"ipv4Address": "10.0.0.1/24"}


@pytest.mark.parametrize("done", range(5))
def test_an_interrupted_change_goes_on_where_it_was(cluster, done):
    carry_out(cluster, intent())
    fabric = intent(kind="reflectors", reflectors=["n1", "n2"])
    for stage in stages(fabric, cluster_of(cluster))[:done]:
        write(cluster, stage["resources"], stage["allow"])
    carry_out(cluster, fabric)
    assert cluster.get("BGPConfiguration", "default")["spec"]["nodeToNodeMeshEnabled"] is False
    assert carry_out(cluster, fabric) == []


def test_the_mesh_goes_last_and_only_with_a_proof():
    fabric = intent(kind="reflectors", reflectors=["n1", "n2"])
    nodes = {name: {} for name in NAMES}
    found = stages(fabric, {"nodes": nodes, "mesh": True})
    by_name = {stage["name"]: stage for stage in found}
    off = by_name["mesh off, now that other sessions carry its routes"]
    assert off["allow"] == ["mesh_off"] and off["required"].peers["n4"] == ["10.0.0.1", "10.0.0.2"]
    assert [stage["name"] for stage in found if stage["required"]] == [off["name"]]
    assert all(not stage["allow"] for stage in found[: found.index(off)])
    assert [stage["name"] for stage in found if not stage["wait"]] == ["n2 becomes a reflector"], "the proof has it"
    first = by_name["n1 becomes a reflector"]["wait"]
    assert first.peers["n4"] == ["10.0.0.1"] and first.peers["n1"] == ["10.0.0.2", "10.0.0.3", "10.0.0.4"]
    last = found[-1]["wait"]
    assert BIGIP in last.peers["n1"] and BIGIP not in last.peers["n4"] and not last.mesh


def test_sessions_of_a_mesh_are_its_members():
    fabric = intent()
    (stage,) = stages(fabric, {"nodes": {}, "mesh": True})
    assert stage["wait"] == topology.Wanted({name: [BIGIP] for name in NAMES}, frozenset(NAMES))
    back = stages(fabric, {"nodes": {"n1": {"route_reflector_cluster_id": "244.0.0.1"}}, "mesh": False})
    beside = next(stage for stage in back if stage["name"] == "mesh on, beside the reflectors")
    assert beside["wait"].mesh == {"n2", "n3", "n4"}


def test_racks(cluster):
    fabric = intent(kind="racks", racks=True)
    assert carry_out(cluster, fabric) == ["peers"]
    assert cluster.get("BGPPeer", "to-b2")["spec"]["nodeSelector"] == "rack == 'r2'"
    assert cluster.get("Node", "n4")["metadata"]["labels"] == {"rack": "r2"}
    peers = restart_peers(fabric)
    assert peers["n1"] == ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.202"] and "10.0.0.203" in peers["n4"]
    assert topology.sessions_of_bigips(fabric, topology.topology_of(fabric)) == {"b1": 2, "b2": 2}


def test_sessions_come_in_the_order_of_a_rolling_restart():
    """As confd compares addresses: as text."""
    fabric = intent()
    for node, address in zip(fabric["nodes"], ["10.0.0.9", "10.0.0.10", "10.0.0.2", "10.0.0.30"], strict=True):
        node["node_ip"] = address
    assert list(restart_peers(fabric)) == ["n2", "n3", "n4", "n1"]


def test_without_a_mesh_the_peers_come_first(cluster):
    fabric = intent(mesh=False)
    assert carry_out(cluster, fabric) == [
        "peers, beside the mesh",
        "mesh off, now that other sessions carry its routes",
    ]
    assert carry_out(cluster, fabric) == []


@pytest.mark.parametrize(
    ("fabric", "says"),
    [
        (intent(kind="star"), "use one of global, racks, reflectors"),
        (intent(kind="reflectors", reflectors=["n1"]), "name 2 to 4 nodes"),
        (intent(kind="reflectors", reflectors=["n1", "n9"]), "n9 is not a node"),
        (intent(kind="racks"), "n1: rack is not set"),
    ],
)
def test_topologies_that_cannot_be(fabric, says):
    with pytest.raises(ValueError, match=says):
        topology.topology_of(fabric)


def test_a_lone_reflector_must_be_meant():
    fabric = intent(kind="reflectors", reflectors=["n1"])
    assert topology.topology_of(fabric, 1).reflectors == ("n1",)


def test_vips_that_are_known_must_stay():
    def route(net, source="BGPPeer", kind="FIB"):
        return {"destination": net, "learned_from": source, "type": kind}

    states = {
        "n1": {"routes": [route("172.16.99.99/32"), route("172.16.99.98/32", kind="RIB"), route("10.1.0.0/16")]},
        "n2": {"routes": [route("172.16.99.97/32", "NodeMesh")]},
    }
    fabric = intent()
    assert known_vips(fabric, states) == ["172.16.99.99/32"]


def test_advice_above_a_hundred_nodes():
    fabric = intent()
    fabric["nodes"] = [{"name": f"n{n}", "node_ip": f"10.1.{n // 250}.{n % 250}", "as_number": 1} for n in range(101)]
    told = topology.advice(fabric, topology.topology_of(fabric))
    assert told[0] == "b1: 101 BGP sessions" and "5050 sessions in the mesh" in told[1]
