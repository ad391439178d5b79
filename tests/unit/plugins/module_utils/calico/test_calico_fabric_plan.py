# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for a fabric, and what others set up and it must not touch."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import fabric_plan
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.clusters import (
    NAMES,
    PEER,
    Cluster,
    fabric,
)

MANAGED = {"app.kubernetes.io/managed-by": "podroute.calico_f5", "app.kubernetes.io/part-of": "podroute"}
REFLECTORS = {"kind": "reflectors", "reflectors": ["n1", "n2"]}


@pytest.fixture
def cluster(fake):
    return Cluster(fake)


def plan(cluster, wanted=None, **options):
    return fabric_plan.make(wanted or fabric(), cluster.observe(), fabric_plan.Options(**options))


def problems(cluster, wanted=None, **options):
    return plan(cluster, wanted, **options).problems


def carry_out(cluster, wanted):
    """Every stage and the pools; then what is left to do."""
    made = plan(cluster, wanted)
    assert made.problems == []
    for stage in made.stages:
        cluster.write(stage["resources"], allow=stage["allow"], replace_owned=True, fabrics=made.fabrics)
        cluster.write(stage["gone"], state="deleted")
    cluster.write(made.pools, fabrics=made.fabrics)
    cluster.write(made.resources, state="pruned", prune=("BGPPeer", "BGPFilter"), fabrics=made.fabrics)
    return plan(cluster, wanted)


def test_what_is_done_leaves_nothing_to_do(cluster):
    first = plan(cluster)
    kinds = {item["kind"]: item["result"] for item in first.objects}
    assert kinds == dict.fromkeys(("BGPFilter", "BGPConfiguration", "BGPPeer", "IPPool"), "planned")
    assert '"vxlanMode": "Always"' in first.diff["before"] and '"vxlanMode": "Never"' in first.diff["after"]
    left = carry_out(cluster, fabric())
    assert not left.has_work and left.objects == [] and left.diff == {"before": "", "after": ""}


@pytest.mark.parametrize("topology", [REFLECTORS, None])
def test_a_prediction_names_every_object_that_the_stages_change(cluster, topology):
    carry_out(cluster, fabric(**({} if topology else {"topology": REFLECTORS})))
    wanted = fabric(**({"topology": topology} if topology else {}))
    before = cluster.observe()
    predicted = {(item["kind"], item["name"]) for item in plan(cluster, wanted).objects}
    assert not carry_out(cluster, wanted).has_work
    after = cluster.observe()
    assert {("Node", name) for name in NAMES if before["nodes"][name] != after["nodes"][name]} <= predicted
    assert {name for kind, name in predicted if kind == "Node"} == {"n1", "n2"}


def test_all_problems_in_one_list(cluster):
    found = problems(cluster, fabric({"n1": {"node_ip": "172.16.40.99"}}, bgp_address="172.16.41.202"))
    assert any("calico-node uses 172.16.40.11" in line for line in found)
    assert sum("is not in the subnet of BIG-IP 172.16.41.202" in line for line in found) == len(NAMES)


def test_an_unfinished_restart_is_named_until_it_is_allowed(cluster):
    marked = {"name": "default", "annotations": {"podroute.calico-f5/restart": "needed"}}
    cluster.fake.put({"kind": "BGPConfiguration", "metadata": marked})
    assert problems(cluster) == [fabric_plan.UNFINISHED_RESTART]
    assert plan(cluster, rolling_restart=True).has_work


def test_a_changed_listen_port_needs_a_restart(cluster):
    carry_out(cluster, fabric())
    assert any("listenPort" in line for line in problems(cluster, listen_port=1790))
    made = plan(cluster, listen_port=1790, rolling_restart=True)
    assert made.problems == [] and made.restart_due and [item["name"] for item in made.objects] == ["default"]


# ---- what others set up ------------------------------------------------------------------------------


def own_reflectors(cluster, mesh=False):
    """Two reflectors and their peer, as the documentation of Calico sets them up."""
    for name in ("n3", "n4"):
        node = cluster.fake.get("Node", name)
        node["metadata"]["labels"] = {"route-reflector": "true"}
        node["spec"]["bgp"]["routeReflectorClusterID"] = "244.0.0.9"
        cluster.fake.put(node)
    cluster.fake.put(
        {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"nodeToNodeMeshEnabled": mesh}},
        {
            "kind": "BGPPeer",
            "metadata": {"name": "peer-with-route-reflectors"},
            "spec": {"nodeSelector": "all()", "peerSelector": "route-reflector == 'true'"},
        },
    )


@pytest.mark.parametrize("topology", [None, REFLECTORS])
def test_reflectors_of_others_are_refused_with_the_line_that_describes_them(cluster, topology):
    own_reflectors(cluster)
    found = problems(cluster, fabric(**({"topology": topology} if topology else {})))
    line = "topology: {kind: reflectors, reflectors: [n3, n4], cluster_id: 244.0.0.9}"
    assert any("already has route reflectors: n3, n4" in text and line in text for text in found)
    assert any("BGPPeer peer-with-route-reflectors" in text and "calicoctl label bgppeer" in text for text in found)


def test_described_reflectors_are_taken_over_once_their_peer_is_handed_over(cluster):
    own_reflectors(cluster)
    described = fabric(topology={"kind": "reflectors", "reflectors": ["n3", "n4"], "cluster_id": "244.0.0.9"})
    (only,) = problems(cluster, described)
    assert "BGPPeer peer-with-route-reflectors" in only
    peer = cluster.fake.get("BGPPeer", "peer-with-route-reflectors")
    peer["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "podroute.calico_f5"}
    cluster.fake.put(peer)
    assert not carry_out(cluster, described).has_work
    assert cluster.fake.names("BGPPeer") == [PEER, "podroute-reflectors"]


def unmarked(cluster):
    """The objects of the fabric as earlier releases left them: the mark names no fabric."""
    for kind in ("BGPPeer", "BGPFilter"):
        for name in cluster.fake.names(kind):
            item = cluster.fake.get(kind, name)
            del item["metadata"]["labels"]["app.kubernetes.io/part-of"]
            cluster.fake.put(item)


@pytest.mark.parametrize("topology", [{}, {"topology": REFLECTORS}])
def test_objects_with_the_former_mark_are_taken_over_without_a_session_reset(cluster, topology):
    carry_out(cluster, fabric(**topology))
    before = cluster.observe()["resources"]
    unmarked(cluster)
    made = plan(cluster, fabric(**topology))
    assert made.problems == [] and made.outcome.resets == [] and made.has_work
    assert not carry_out(cluster, fabric(**topology)).has_work
    assert cluster.observe()["resources"] == before


def test_a_former_peer_that_is_not_wanted_any_more_is_removed(cluster):
    carry_out(cluster, fabric())
    stray = {**cluster.fake.get("BGPPeer", PEER), "metadata": {"name": "bigip0", "labels": MANAGED}}
    stray["spec"] = {**stray["spec"], "peerIP": "172.16.40.201"}
    cluster.fake.put(stray)
    unmarked(cluster)
    carry_out(cluster, fabric())
    assert cluster.fake.names("BGPPeer") == [PEER]


def test_reflector_objects_with_the_former_names_are_taken_over_without_a_session_reset(cluster):
    carry_out(cluster, fabric(topology=REFLECTORS))
    unmarked(cluster)
    named = fabric(topology=REFLECTORS, fabric_name="east")
    made = plan(cluster, named)
    assert made.problems == [] and made.outcome.resets == []
    assert all(stage["resources"] for stage in made.stages)
    assert not carry_out(cluster, named).has_work
    assert cluster.fake.names("BGPPeer") == [PEER, "east-reflectors"]
    assert cluster.fake.names("BGPFilter") == ["east-reflect-vips", "east-vips-only"]


# ---- two inventories, one cluster ----------------------------------------------------------------------

EAST = {"fabric_name": "east", "bgp_address": "172.16.40.203", "bgp_peer_name": "bgppeer-east"}


def objects(cluster, without=""):
    """Peers and filters, without those that use the name of one fabric."""
    found = cluster.observe()["resources"]
    items = [item for kind in ("BGPPeer", "BGPFilter") for item in found[kind]]
    return [item for item in items if not without or f"part-of': '{without}'" not in str(item)]


def test_two_inventories_change_nothing_of_each_other(cluster):
    carry_out(cluster, fabric(vip_ranges=["172.16.40.80/31"]))
    ours = objects(cluster)
    assert not carry_out(cluster, fabric(**EAST)).has_work
    assert objects(cluster, "east") == ours
    carry_out(cluster, fabric(**EAST, vip_ranges=["172.16.50.0/24"], bgp_restart_time=60))
    assert objects(cluster, "east") == ours
    east = objects(cluster, "podroute")
    assert not plan(cluster, fabric(vip_ranges=["172.16.40.80/31"])).has_work
    carry_out(cluster, fabric(vip_ranges=["172.16.60.0/24"], as_number="65001"))
    assert objects(cluster, "podroute") == east and len(east) == 2


@pytest.mark.parametrize("filters", [{}, {"bgp_manage_policy": False}])
def test_a_second_inventory_leaves_what_has_the_former_mark_of_the_first(cluster, filters):
    carry_out(cluster, fabric(**filters))
    unmarked(cluster)
    ours = objects(cluster)
    carry_out(cluster, fabric(**EAST))
    assert objects(cluster, "east") == ours
    assert not carry_out(cluster, fabric(**filters)).has_work


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"bgp_peer_name": PEER}, f"BGPPeer {PEER} belongs to the fabric podroute: set fabric_name: podroute if"),
        ({"bgp_address": "172.16.40.202"}, "a BIG-IP belongs to one inventory of a cluster"),
        ({"node_mesh": False}, "the node-to-node mesh is on, and the fabric podroute has nodes in this cluster too"),
        ({"topology": REFLECTORS}, "the node-to-node mesh is on, and the fabric podroute"),
    ],
    ids=["peer", "address", "mesh", "reflectors"],
)
def test_what_two_inventories_of_one_cluster_cannot_both_have_is_refused(cluster, changes, says):
    carry_out(cluster, fabric())
    found = problems(cluster, fabric(**EAST | changes))
    assert any(says in line for line in found), found


@pytest.mark.parametrize("topology", [{}, {"topology": REFLECTORS}, {"node_mesh": False}])
def test_the_route_reflectors_of_another_fabric_stay(cluster, topology):
    carry_out(cluster, fabric(topology=REFLECTORS))
    found = problems(cluster, fabric(**EAST, **topology))
    assert any("has the route reflectors of the fabric podroute: n1, n2" in line for line in found)


def test_a_mesh_that_others_switched_off_stays_off(cluster):
    off = {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"nodeToNodeMeshEnabled": False}}
    cluster.fake.put(off)
    assert any("set node_mesh: false" in line for line in problems(cluster))
    assert problems(cluster, fabric(node_mesh=False)) == []


def test_labels_of_others(cluster):
    node = cluster.fake.get("Node", "n4")
    node["metadata"]["labels"] = {"route-reflector": "true", "rack": "east"}
    cluster.fake.put(node)
    assert problems(cluster) == []
    (only,) = problems(cluster, fabric(topology=REFLECTORS))
    assert only.startswith("n4 has label route-reflector=true")
    racks = fabric({name: {"rack": "west"} for name in NAMES}, topology={"kind": "racks"}, rack="west")
    (only,) = problems(cluster, racks)
    assert only.startswith("n4 has label rack=east, but rack is west")


@pytest.mark.parametrize("address", ["172.16.40.202", "172.16.40.202:179"])
@pytest.mark.parametrize("scope", [{}, {"node": "n1"}, {"nodeSelector": "has(rack)"}])
def test_a_second_peer_for_a_bigip_in_any_scope_and_spelling(cluster, address, scope):
    peer = {"kind": "BGPPeer", "metadata": {"name": "by-hand"}, "spec": {"peerIP": address, "asNumber": 64512, **scope}}
    cluster.fake.put(peer)
    (only,) = problems(cluster)
    assert "set bgp_peer_name of bigip1 to by-hand" in only
    limited = [f"is limited ({key}: {value}), unlike the topology" for key, value in scope.items()]
    found = problems(cluster, fabric(bgp_peer_name="by-hand"))
    assert len(found) == len(limited) and all(text in line for text, line in zip(limited, found, strict=True))


SELECTS = {"nodeSelector": "route-reflector == 'true'"}
SECRET = {"password": {"secretKeyRef": {"name": "mine", "key": "k"}}}


@pytest.mark.parametrize(
    ("spec", "says", "variables"),
    [
        ({"peerIP": "172.16.40.9", "asNumber": 65009}, "is for 172.16.40.9, not for bigip1 (172.16.40.202): set", {}),
        ({"peerSelector": "has(x)", "asNumber": None}, "is for peerSelector has(x), not for bigip1", {}),
        ({"asNumber": 65009}, 'has AS 65009, but as_number of bigip1 is 64512: correct the inventory, or the peer', {}),
        ({"asNumber": "0.64512"}, None, {}),
        ({"nodeSelector": "zone == 'a'"}, "is limited (nodeSelector: zone == 'a')", {}),
        ({"nodeSelector": "all()"}, None, {}),
        (SELECTS, None, {"topology": REFLECTORS}),
        ({"filters": ["theirs"]}, "(theirs) in the place of podroute-vips-only: remove them (calicoctl patch", {}),
        ({"filters": ["theirs"]}, None, {"bgp_manage_policy": False}),
        (SECRET, "has a password (Secret mine), and the inventory has none: set bgp_password", {}),
        (SECRET, None, {"bgp_password": "x"}),
        ({**SELECTS, "nextHopMode": "Keep"}, "has nextHopMode Keep", {"topology": REFLECTORS, "as_number": "65001"}),
        ({"sourceAddress": "None", "numAllowedLocalASNumbers": 2, "maxRestartTime": "1m0s"}, None, {}),
    ],
)  # fmt: skip
def test_a_peer_of_others_with_the_name_of_the_bigips_is_taken_over_or_refused(cluster, spec, says, variables):
    number = int(variables.get("as_number", 64512))
    default = {"asNumber": number} if "peerSelector" in spec else {"asNumber": number, "peerIP": "172.16.40.202"}
    whole = {key: value for key, value in {**default, **spec}.items() if value is not None}
    cluster.fake.put(
        *({"kind": "BGPFilter", "metadata": {"name": name}, "spec": {}} for name in spec.get("filters", ()))
    )
    cluster.fake.put({"kind": "BGPPeer", "metadata": {"name": PEER}, "spec": whole})
    wanted = fabric(**variables)
    made = plan(cluster, wanted)
    if says:
        assert made.problems and says in made.problems[0]
        return
    assert made.problems == [] and (not made.objects or PEER in str(made.notes) or spec.get("filters"))
    if "bgp_password" not in variables:
        assert not carry_out(cluster, wanted).has_work
        after = cluster.fake.get("BGPPeer", PEER)
        kept = {
            key: whole[key] for key in ("sourceAddress", "numAllowedLocalASNumbers", "maxRestartTime") if key in whole
        }
        assert {**after["spec"], **kept} == after["spec"] and "labels" not in after["metadata"]


def test_the_secret_of_the_fabric_leaves_a_peer_that_was_taken_over(cluster):
    """It has no mark, so that its other keys stay."""
    theirs = {"peerIP": "172.16.40.202", "asNumber": 64512, "sourceAddress": "None"}
    cluster.fake.put({"kind": "BGPPeer", "metadata": {"name": PEER}, "spec": theirs})
    wanted = plan(cluster, fabric(bgp_password="x"))
    cluster.write(wanted.resources, fabrics=wanted.fabrics)
    assert cluster.fake.get("BGPPeer", PEER)["spec"]["password"]["secretKeyRef"]["name"] == "podroute-bgp"
    without = plan(cluster, fabric())
    assert without.problems == []
    cluster.write(without.resources, fabrics=without.fabrics)
    spec = cluster.fake.get("BGPPeer", PEER)["spec"]
    assert "password" not in spec and spec["sourceAddress"] == "None"


@pytest.mark.parametrize(
    ("labels", "selecting", "variables", "says"),
    [
        ({"n1": "1"}, None, {"topology": REFLECTORS}, "n1 has label route-reflector=1, which a route reflector"),
        ({"n1": "true", "n2": "true"}, "route-reflector == 'true'", {"topology": REFLECTORS}, None),
        ({"n1": "true"}, "route-reflector == 'true'", {"topology": REFLECTORS}, "would set this label on n2: set it"),
        ({}, "has(route-reflector)", {}, None),
        ({}, "my.route-reflector == 'x' || kind == 'route-reflector'", {"topology": REFLECTORS}, None),
    ],
)
@pytest.mark.parametrize("kind", ["BGPPeer", "IPPool"])
def test_labels_that_others_select_by_are_not_set(cluster, kind, labels, selecting, variables, says):
    for name, value in labels.items():
        cluster.fake.put(
            {**cluster.fake.get("Node", name), "metadata": {"name": name, "labels": {"route-reflector": value}}}
        )
    if selecting:
        spec = {"peerIP": "10.9.9.9", "asNumber": 65000} if kind == "BGPPeer" else {"cidr": "10.60.0.0/16"}
        cluster.fake.put({"kind": kind, "metadata": {"name": "theirs"}, "spec": {**spec, "nodeSelector": selecting}})
    found = problems(cluster, fabric(**variables))
    assert len(found) == (1 if says else 0) and all(says in line for line in found), found


def test_peers_by_address_between_nodes_and_reflectors_open_the_same_sessions(cluster):
    own_reflectors(cluster)
    spec = {"node": "n1", "peerIP": "172.16.40.13", "asNumber": 64512}
    cluster.fake.put({"kind": "BGPPeer", "metadata": {"name": "n1-n3"}, "spec": spec})
    described = fabric(topology={"kind": "reflectors", "reflectors": ["n3", "n4"], "cluster_id": "244.0.0.9"})
    assert ["peer-with-route-reflectors" in line or "BGPPeer n1-n3 connects" in line
            for line in problems(cluster, described)] == [True, True]  # fmt: skip


def test_another_inventory_of_the_same_name_removes_nothing(cluster):
    carry_out(cluster, fabric())
    other = fabric(bgp_address="172.16.40.203", bgp_peer_name="bgppeer-other")
    (only,) = problems(cluster, other)
    assert f"({PEER} with 172.16.40.202), none of them for a BIG-IP of the inventory: set another fabric_name" in only
    for moved in ({"bgp_address": "172.16.40.203"}, {"bgp_peer_name": "renamed"}):
        assert problems(cluster, fabric(**moved)) == []


def test_a_secret_that_a_peer_of_others_uses_is_not_removed(cluster):
    carry_out(cluster, fabric())
    spec = {"peerIP": "10.9.9.9", "asNumber": 65000, "password": {"secretKeyRef": {"name": "podroute-bgp", "key": "k"}}}
    cluster.fake.put({"kind": "BGPPeer", "metadata": {"name": "theirs"}, "spec": spec})
    for action, count in (("delete", 1), ("none", 0)):
        seen = {**cluster.observe(), "password": [{"kind": "Secret", "name": "podroute-bgp", "action": action}]}
        found = fabric_plan.make(fabric(), seen).problems
        assert len(found) == count and all("used by BGPPeer theirs" in line for line in found)


def test_a_pool_that_is_not_announced_is_refused(cluster):
    pool = cluster.fake.get("IPPool", "default-ipv4-ippool")
    cluster.fake.put({**pool, "spec": {**pool["spec"], "disableBGPExport": True}})
    (only,) = problems(cluster)
    assert only.startswith("IPPool default-ipv4-ippool has disableBGPExport: true") and "remove the pool" in only


def test_what_is_changed_because_the_inventory_names_it_is_said_beforehand(cluster):
    (note,) = plan(cluster).notes
    assert note == "Calico: the inventory names what exists and is changed: IPPool default-ipv4-ippool"
    carry_out(cluster, fabric())
    assert plan(cluster).notes == []


def test_a_filter_of_the_same_name_is_not_overwritten(cluster):
    cluster.fake.put({"kind": "BGPFilter", "metadata": {"name": "podroute-vips-only"}, "spec": {}})
    (only,) = problems(cluster)
    assert only.startswith("BGPFilter podroute-vips-only exists and was not created by this collection")


@pytest.mark.parametrize(
    ("installation", "says"),
    [
        ({"backend": "vxlan", "namespace": "kube-system"}, "CALICO_NETWORKING_BACKEND is vxlan"),
        ({"backend": "none", "namespace": "kube-system"}, "CALICO_NETWORKING_BACKEND is none"),
        ({"backend": "bird", "operator_bgp": "Disabled"}, "BGP is disabled by the Tigera operator"),
        ({"backend": "bird", "operator_bgp": "Enabled"}, None),
        ({"backend": None, "operator_bgp": None}, None),
    ],
)
def test_a_cluster_without_bgp(cluster, installation, says):
    seen = {**cluster.observe(), "installation": installation}
    found = fabric_plan.make(fabric(), seen).problems
    assert [says in line for line in found] == ([True] if says else [])


def test_reflectors_in_another_as_announce_all_blocks_with_their_own_next_hop(cluster):
    carry_out(cluster, fabric(as_number="65001"))
    assert "podroute-own-routes-only" in cluster.fake.get("BGPPeer", PEER)["spec"]["filters"]
    assert not carry_out(cluster, fabric(as_number="65001", topology=REFLECTORS)).has_work
    spec = cluster.fake.get("BGPPeer", PEER)["spec"]
    assert spec["filters"] == ["podroute-vips-only"] and spec["keepOriginalNextHop"] is True
    assert "podroute-own-routes-only" not in cluster.fake.names("BGPFilter")
    assert not carry_out(cluster, fabric(as_number="65001")).has_work
    assert "keepOriginalNextHop" not in cluster.fake.get("BGPPeer", PEER)["spec"]
