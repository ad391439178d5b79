# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts can be decommissioned, and what is removed with them: never a foreign object."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.imish import Imish
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.info import read_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.decommission.cluster import plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.decommission.unit import (
    Removal,
    announced,
    of_fabric,
    of_nodes,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build as build_fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import Names
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric, inventory

NAMES = Names()
LABEL = {"labels": {"app.kubernetes.io/managed-by": "podroute.calico_f5"}}


def peer(name: str, address: str, ours: bool = True, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name, **(LABEL if ours else {})}
    return {"kind": "BGPPeer", "metadata": metadata, "spec": {"peerIP": address, **spec}}


def named_filter(name: str, ours: bool = True) -> dict[str, Any]:
    return {"kind": "BGPFilter", "metadata": {"name": name, **(LABEL if ours else {})}, "spec": {}}


def cluster(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resources": {kind: [item for item in resources if item["kind"] == kind] for kind in ("BGPPeer", "BGPFilter")}
    }


OURS = cluster(peer("bgppeer-global-bigip1", "172.16.40.202"), named_filter("podroute-vips-only"))


def pair() -> Fabric:
    two = {**inventory()["bigip1"], "ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203"}
    hosts = {**inventory(), "bigip2": two}
    return build_fabric(hosts, ["k8s-master", "k8s-node1"], ["bigip1", "bigip2"])


PAIR = cluster(
    peer("bgppeer-global-bigip1", "172.16.40.202", filters=["podroute-vips-only"]),
    peer("bgppeer-global-bigip2", "172.16.40.203", filters=["podroute-vips-only"]),
    named_filter("podroute-vips-only"),
)


def pod(name: str, node: str = "k8s-node1", owner: str = "ReplicaSet", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "ownerReferences": [{"kind": owner}]}
    return {"metadata": metadata, "spec": {"nodeName": node, **more}, "status": {"phase": "Running"}}


def test_a_node_is_decommissioned_when_its_pods_are_gone() -> None:
    pods = [
        pod("busybox", owner="DaemonSet"),
        pod("proxy", hostNetwork=True),
        pod("elsewhere", node="k8s-master"),
        {**pod("job"), "status": {"phase": "Succeeded"}},
    ]
    found = plan(fabric(), ["k8s-node1"], OURS, pods)
    assert (found.problems, found.nodes, found.units) == ([], {"k8s-node1": "172.16.40.198"}, [])
    assert found.resources == []
    found = plan(fabric(), ["k8s-node1"], OURS, [*pods, pod("web")])
    assert found.problems == [
        "k8s-node1 still has 1 pod that can run on other nodes (default/web), and the BIG-IPs would lose them: "
        "kubectl drain k8s-node1 --ignore-daemonsets --delete-emptydir-data"
    ]


def test_a_bigip_is_decommissioned_with_its_own_peer_only() -> None:
    found = plan(pair(), ["bigip2"], PAIR, states={"bigip1": "ACTIVE", "bigip2": "STANDBY"})
    assert found.problems == [] and found.units == ["bigip2"]
    assert [item["metadata"]["name"] for item in found.resources] == ["bgppeer-global-bigip2"]


def test_an_active_unit_fails_over_first() -> None:
    (problem,) = plan(pair(), ["bigip1"], PAIR, states={"bigip1": "ACTIVE", "bigip2": "STANDBY"}).problems
    assert problem.startswith("bigip1 is the active unit") and "tmsh run sys failover standby" in problem
    # Two units that are not a pair each announce their own.
    assert plan(pair(), ["bigip1"], PAIR, states={"bigip1": "ACTIVE", "bigip2": "ACTIVE"}).problems == []


def test_the_fabric_is_decommissioned_and_foreign_objects_stay() -> None:
    others = (peer("tor", "172.16.40.1", ours=False, filters=["podroute-vips-only"]), named_filter("core", ours=False))
    found = plan(fabric(), ["all"], OURS)
    assert found.problems == [] and found.everything and found.units == ["bigip1"]
    assert [item["metadata"]["name"] for item in found.resources] == [
        "bgppeer-global-bigip1",
        "podroute-vips-only",
    ]
    more = cluster(*OURS["resources"]["BGPPeer"], *OURS["resources"]["BGPFilter"], *others)
    found = plan(fabric(), ["all"], more)
    assert [item["metadata"]["name"] for item in found.resources] == ["bgppeer-global-bigip1"]
    assert any(
        "podroute-vips-only is used by a BGPPeer that is not managed by this fabric" in note for note in found.notes
    )


@pytest.mark.parametrize(
    ("names", "calico", "more", "words"),
    [
        ([], OURS, {}, "decommission is not set"),
        (["nobody"], OURS, {}, "nobody is neither a node (k8s-master, k8s-node1) nor a BIG-IP (bigip1)"),
        (["k8s-master", "k8s-node1"], OURS, {}, "these are all nodes"),
        (["bigip1"], OURS, {}, "these are all BIG-IPs"),
        (["all"], {"failed": True, "msg": "no rights"}, {}, "Calico could not be read: no rights"),
        (["all"], cluster(peer("by-hand", "172.16.40.202", ours=False)), {}, "calicoctl delete bgppeer by-hand"),
        (
            ["all"],
            OURS,
            {"node_mesh": False, "bgp_manage_policy": False},
            "pods reach each other through the sessions to be removed",
        ),
        (
            ["k8s-master"],
            OURS,
            {"topology": {"kind": "reflectors", "reflectors": ["k8s-master", "k8s-node1"]}},
            "k8s-master is a route reflector",
        ),
    ],
)
def test_problems_are_listed(names, calico, more, words) -> None:
    problems = plan(fabric(**more), names, calico).problems
    assert any(words in problem for problem in problems), problems


def test_a_secret_that_a_peer_of_others_uses_stays() -> None:
    reference = {"password": {"secretKeyRef": {"name": "podroute-bgp", "key": "password"}}}
    ours = peer("bgppeer-global-bigip1", "172.16.40.202", **reference)
    assert not plan(fabric(), ["all"], cluster(ours)).keeps_secret
    found = plan(fabric(), ["all"], cluster(ours, peer("tor", "172.16.40.1", ours=False, **reference)))
    assert found.keeps_secret and "Secret podroute-bgp is used by BGPPeer tor; it is kept" in found.notes


def test_a_mesh_that_is_off_with_sessions_of_others_instead_does_not_stop_a_decommission() -> None:
    assert plan(fabric(node_mesh=False), ["all"], OURS).problems == []


# ---- on the BIG-IP ---------------------------------------------------------------------------------

OTHERS = """
ip prefix-list CORE seq 5 permit 10.99.0.0/16
route-map CORE permit 10
match ip address prefix-list CORE
exit
router bgp 64512
neighbor 172.16.40.1 remote-as 65001
neighbor 172.16.40.1 description core router
neighbor 172.16.40.1 route-map CORE out
network 10.99.0.0/16
"""


@pytest.fixture
def unit():
    with simulator() as device:
        yield Unit(device)


def make(unit: Unit) -> None:
    """The configuration of the fabric, as the role makes it."""
    unit.routing({**bgp_config(fabric(), "bigip1"), "self_ip": {"address": "172.16.40.202"}, "owner": "podroute: "})


def remove(unit: Unit, removal: Any) -> None:
    """As the action does with bigip_bgp."""
    if removal.shared:
        write(unit, bgp.Wish(build(None, None, removal.shared), "replaced"))
    write(unit, bgp.Wish(build(removal.config, removal.prefix_lists or None, removal.route_maps or None), "deleted"))


def write(unit: Unit, wish: bgp.Wish) -> None:
    with unit.session() as bigip:
        imish = Imish(bigip, 0)
        have, running = bgp.read(imish)
        bgp.apply(imish, bgp.prepare(have, wish, running))


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip(" !") and not line.startswith("no service")]


def test_no_configuration_of_the_fabric_is_left(unit: Unit) -> None:
    unit.enable("BGP")
    before = lines(unit.running())
    make(unit)
    assert lines(unit.running()) != before
    removal = of_fabric(read_config(unit.running()), fabric())
    assert removal.whole and removal.notes == []
    remove(unit, removal)
    assert lines(unit.running()) == before
    again = of_fabric(read_config(unit.running()), fabric())
    assert again == Removal(notes=again.notes)


def test_foreign_configuration_is_left_unchanged(unit: Unit) -> None:
    unit.configure(OTHERS)
    before = lines(unit.running())
    make(unit)
    removal = of_fabric(read_config(unit.running()), fabric())
    assert not removal.whole
    assert removal.notes == ["neighbor 172.16.40.1 is not managed by this fabric; it is kept, and so is router bgp"]
    remove(unit, removal)
    # The router's own settings are everybody's: they stay with it.
    assert [line for line in lines(unit.running()) if "router-id" not in line] == before


@pytest.mark.parametrize(
    "line", ["max-paths ebgp 4", "timers bgp 10 30", "network 10.50.0.0/16", "distance bgp 20 200 200"]
)
def test_a_router_with_settings_of_others_stays(unit: Unit, line: str) -> None:
    unit.configure(f"router bgp 64512\n{line}")
    make(unit)
    removal = of_fabric(read_config(unit.running()), fabric())
    assert not removal.whole
    remove(unit, removal)
    assert f" {line}" in lines(unit.running())


def test_without_managed_policy_no_group_is_the_fabrics(unit: Unit) -> None:
    unit.configure("router bgp 64512\nneighbor calico-k8s peer-group")
    removal = of_fabric(read_config(unit.running()), fabric(bgp_manage_policy=False))
    assert removal == Removal(notes=removal.notes)


RHI = """
ip prefix-list RHI seq 5 deny 172.16.99.7/32
ip prefix-list RHI seq 10 permit 172.16.99.0/24 le 32
route-map RHI-OUT permit 10
match ip address prefix-list RHI
exit
"""


@pytest.mark.parametrize(
    ("redistribution", "stay"),
    [
        (f"{RHI}router bgp 64512\nredistribute kernel route-map RHI-OUT\n", {"172.16.99.99"}),
        ("router bgp 64512\nredistribute kernel\n", {"172.16.99.99", "172.16.99.7", "172.16.40.81"}),
        ("", set()),
    ],
    ids=["route-map", "everything", "none"],
)
def test_a_virtual_address_that_others_announce_stays_advertised(unit: Unit, redistribution, stay) -> None:
    unit.configure(OTHERS)
    if redistribution:
        unit.configure(redistribution)
    read = read_config(unit.running())
    removal = of_fabric(read, fabric())
    vips = {"172.16.99.99", "172.16.99.7", "172.16.40.81"}
    assert {vip for vip in vips if announced(read, removal, vip)} == stay


def test_lists_that_foreign_configuration_uses_stay(unit: Unit) -> None:
    make(unit)
    unit.configure("router bgp 64512\nneighbor 172.16.40.1 remote-as 65001\n"
                   "neighbor 172.16.40.1 prefix-list podroute-vips out")  # fmt: skip
    removal = of_fabric(read_config(unit.running()), fabric())
    assert "prefix-list podroute-vips is used by other configuration; it is kept" in removal.notes
    remove(unit, removal)
    left = unit.running()
    assert "ip prefix-list podroute-vips seq 5" in left and "podroute-pods" not in left and "route-map" not in left


OSPF = [{"block": "router ospf 1", "text": "redistribute bgp route-map podroute-vips", "line": 1}]
VRF = [{"block": "address-family ipv4 vrf red", "text": "neighbor 10.9.9.9 peer-group calico-k8s", "line": 1}]


def test_what_lines_beyond_the_model_use_stays(unit: Unit) -> None:
    make(unit)
    read = read_config(unit.running())
    removal = of_fabric({**read, "unmanaged": OSPF}, fabric())
    assert removal.route_maps == [] and [item["name"] for item in removal.prefix_lists] == ["podroute-pods"]
    assert "route-map podroute-vips is used by other configuration; it is kept" in removal.notes
    removal = of_fabric({**read, "unmanaged": VRF}, fabric())
    assert removal.config and "peer_groups" not in removal.config and not removal.whole


def test_objects_of_others_with_names_of_a_fabric_that_is_not_there_stay(unit: Unit) -> None:
    unit.configure(
        "ip prefix-list podroute-vips seq 5 permit 10.1.0.0/16\nroute-map podroute-vips permit 10\n"
        " match ip address prefix-list podroute-vips\nexit\nrouter bgp 64512\nneighbor calico-k8s peer-group"
    )
    removal = of_fabric(read_config(unit.running()), fabric())
    assert removal == Removal(notes=removal.notes)


def test_only_the_neighbor_of_a_node_is_removed(unit: Unit) -> None:
    make(unit)
    before = lines(unit.running())
    removal = of_nodes(read_config(unit.running()), NAMES, {"k8s-node1": "172.16.40.198", "gone": "172.16.40.197"})
    assert removal.notes == ["gone: the BIG-IP has no neighbor 172.16.40.197; nothing to remove"]
    remove(unit, removal)
    assert lines(unit.running()) == [line for line in before if "172.16.40.198" not in line]


def test_a_neighbor_without_the_mark_stays(unit: Unit) -> None:
    unit.configure("router bgp 64512\nneighbor 172.16.40.198 remote-as 64512")
    removal = of_nodes(read_config(unit.running()), NAMES, {"k8s-node1": "172.16.40.198"})
    assert removal == Removal(notes=removal.notes) and "not managed by this fabric" in removal.notes[0]


@pytest.mark.parametrize("order", [["blue", "podroute"], ["podroute", "blue"]])
def test_another_fabric_on_the_same_bigip_is_left_unchanged(unit: Unit, order) -> None:
    """Whichever fabric came first, whose route-map then serves both."""
    hosts = inventory(fabric_name="blue")
    hosts["k8s-master"]["node_ip"], hosts["k8s-node1"]["node_ip"] = "172.16.40.189", "172.16.40.188"
    fabrics = {"podroute": fabric(), "blue": build_fabric(hosts, ["k8s-master", "k8s-node1"], ["bigip1"])}
    states = []
    for name in order:
        wanted = {"self_ip": {"address": "172.16.40.202"}, "owner": fabrics[name].names.mark}
        unit.routing({**bgp_config(fabrics[name], "bigip1"), **wanted})
        states.append(lines(unit.running()))
    first, second = (fabrics[name] for name in order)
    removal = of_fabric(read_config("\n".join(states[0])), second)
    assert removal == Removal(notes=removal.notes)
    remove(unit, of_fabric(read_config(unit.running()), second))
    assert lines(unit.running()) == states[0]
    unit.routing({**bgp_config(second, "bigip1"), "self_ip": {"address": "172.16.40.202"}, "owner": second.names.mark})
    remove(unit, of_fabric(read_config(unit.running()), first))
    left = unit.running()
    assert f"redistribute kernel route-map {first.names.vips_map}" in left
    assert f"match ip address prefix-list {second.names.vips_list}" in left
    assert f"prefix-list {first.names.vips_list}" not in left and f"description {first.names.mark}" not in left
    assert f"description {second.names.mark}" in left
