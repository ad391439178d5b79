# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The turn of one drained host: what is due, what is written where, and what the run's folder knows afterwards."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.podroute.calico_f5.plugins.action.fabric_turn import ActionModule
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.calico_observation import TURN_SECRET
from ansible_collections.podroute.calico_f5.tests.unit.plugins.action.test_fabric_drain import (
    NODES,
    Network,
    begin_run,
)

BIGIPS = {"bigip1": "172.16.40.202", "bigip2": "172.16.40.203"}
KEY = {"name": "podroute-bgp", "key": "password"}


def peer(name, number="64512", **more):
    labels = {"app.kubernetes.io/managed-by": "podroute.calico_f5", "app.kubernetes.io/part-of": "podroute"}
    spec = {"peerIP": BIGIPS[name], "asNumber": number, "filters": ["podroute-vips-only"], **more}
    return {"kind": "BGPPeer", "metadata": {"name": f"bgppeer-global-{name}", "labels": labels}, "spec": spec}


def secret(action):
    objects = [{"kind": kind, "name": "podroute-bgp", "namespace": "calico-system", "action": action}
               for kind in ("Secret", "Role", "RoleBinding")]  # fmt: skip
    return objects[:1] + [{**item, "action": "none" if action == "update" else action} for item in objects[1:]]


class Site(Network):
    """Both sides of a fabric, as modules of this test see and change them."""

    def __init__(self, bench) -> None:
        super().__init__(bench)
        self.calico = {
            "nodes": {name: {"as_number": 64512} for name in NODES},
            "resources": {kind: [] for kind in ("BGPConfiguration", "BGPFilter", "IPPool")}
            | {"BGPPeer": [peer(name) for name in BIGIPS]},
            "password": [],
        }
        self.written: list[tuple[str, dict]] = []
        bench.answers["calico_info"] = lambda _arguments: self.calico
        for module in ("calico_resources", "k8s_objects", "calico_bgp_password", "k8s_node_drain"):
            bench.answers[module] = self.changes(module)

    def changes(self, module):
        def changed(arguments):
            self.written.append((module, dict(arguments)))
            return {"changed": True, "pods": ["default/web"]}

        return changed

    def modules(self):
        return [name for name, _arguments in self.written]


@pytest.fixture
def site(bench, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    there = Site(bench)
    there.folder = begin_run(bench)
    return there


def turn(bench, state, host="", **more):
    return bench.run(ActionModule, state=state, host=host, **more)


# ---- nodes -----------------------------------------------------------------------------------------


def test_nodes_with_another_number_are_due_in_the_order_of_the_inventory(bench, site):
    assert turn(bench, "planned")["nodes"] == []
    bench.hosts["k8s-node1"]["as_number"] = bench.hosts["k8s-master"]["as_number"] = "64600"
    site.folder.remove()
    begin_run(bench)
    assert turn(bench, "planned")["nodes"] == ["k8s-master", "k8s-node1"]


@pytest.mark.parametrize("tags", [{"ansible_run_tags": ["f5_routing"]}, {"ansible_skip_tags": ["f5_routing"]}])
def test_no_node_has_a_turn_where_a_side_is_left_out(bench, site, tags):
    bench.hosts["k8s-node1"]["as_number"] = "64600"
    bench.hosts["localhost"] |= tags
    assert turn(bench, "planned")["nodes"] == []


def test_a_node_gets_its_number_on_every_bigip_and_then_in_calico(bench, site):
    bench.hosts["k8s-node1"]["as_number"] = "64600"
    assert turn(bench, "changed", "k8s-node1")["changed"]
    for name in BIGIPS:
        numbers = {one["address"]: one.get("remote_as") for one in site.bigips[name]["config"]["neighbors"]}
        assert numbers == {NODES["k8s-node1"]: "64600", NODES["k8s-master"]: None}
        assert site.folder.load(f"step-f5_routing-{name}") == {"changed": True}
    ((module, arguments),) = site.written
    assert module == "calico_resources" and arguments["resources"][0]["spec"] == {"bgp": {"asNumber": 64600}}
    assert site.folder.load("step-calico_bgp-localhost") == {"changed": True}
    names = [name for name, _arguments in bench.calls]
    assert names.index("calico_resources") > max(at for at, name in enumerate(names) if name == "bigip_bgp")


def test_pods_are_evicted_with_the_connection_of_the_inventory(bench, site):
    bench.shared |= {"kubeconfig": "/etc/kubeconfig", "kube_context": "lab"}
    assert turn(bench, "evicted", "k8s-node1", timeout=9)["pods"] == ["default/web"]
    assert turn(bench, "released", "k8s-node1")["changed"]
    first, second = (arguments for _module, arguments in site.written)
    assert first["kubeconfig"] == "/etc/kubeconfig" and first["context"] == "lab" and first["wait_timeout"] == 9
    assert (first["state"], second["state"]) == ("drained", "active")


def test_without_a_preflight_of_its_run_nothing_is_written(bench, site):
    site.folder.remove()
    begin_run(bench, passed=False)
    for state in ("evicted", "changed", "released"):
        assert "preflight failed" in turn(bench, state, "k8s-node1")["msg"]
    assert site.written == [] and site.log == []


def test_a_failure_of_a_module_is_named(bench, site):
    bench.answers["k8s_node_drain"] = {"failed": True, "msg": "no controller would create default/bare"}
    failed = turn(bench, "evicted", "k8s-node1")
    assert failed["failed"] and failed["msg"] == "k8s_node_drain: no controller would create default/bare"


# ---- BIG-IPs ---------------------------------------------------------------------------------------


def test_another_number_of_a_bigip_is_written_to_its_peer_only(bench, site):
    bench.hosts["bigip2"]["as_number"] = "64601"
    assert turn(bench, "planned", "bigip1")["resets"] == []
    assert turn(bench, "planned", "bigip2")["resets"] == ["asNumber"]
    assert turn(bench, "changed", "bigip2")["changed"]
    ((module, arguments),) = site.written
    assert module == "calico_resources"
    names = [(item["kind"], item["metadata"]["name"]) for item in arguments["resources"]]
    assert names[-1] == ("BGPPeer", "bgppeer-global-bigip2")
    assert {kind for kind, _name in names[:-1]} == {"BGPFilter"}
    spec = arguments["resources"][-1]["spec"]
    assert spec["asNumber"] == 64601 and "podroute-own-routes-only" in spec["filters"] and "nodeSelector" not in spec


def test_a_new_password_has_a_key_of_its_own_until_every_bigip_has_it(bench, site):
    bench.shared["bgp_password"] = "correct-horse"
    site.calico["password"] = secret("update")
    site.calico["resources"]["BGPPeer"] = [peer(name, password={"secretKeyRef": KEY}) for name in BIGIPS]
    assert turn(bench, "planned", "bigip1")["resets"] == ["password"]
    assert turn(bench, "changed", "bigip1")["changed"]
    (_objects, kept), (_resources, given) = site.written
    assert site.modules() == ["k8s_objects", "calico_resources"]
    assert kept["field_manager"] == "podroute.calico_f5.turn"  # the key of the other manager stays
    (definition,) = kept["definitions"]
    assert definition["metadata"] == {"name": "podroute-bgp", "namespace": "calico-system"}
    assert definition["data"] == {"password-next": base64.b64encode(b"correct-horse").decode()}
    reference = given["resources"][-1]["spec"]["password"]["secretKeyRef"]
    assert reference == {"name": "podroute-bgp", "key": "password-next"}
    assert site.folder.load(TURN_SECRET) == definition["metadata"]


def test_a_first_password_needs_no_second_key(bench, site):
    bench.shared["bgp_password"] = "correct-horse"
    site.calico["password"] = secret("create")
    assert turn(bench, "planned", "bigip1")["resets"] == ["password"]
    assert turn(bench, "changed", "bigip1")["changed"]
    assert site.modules() == ["calico_bgp_password", "calico_resources"]
    assert site.written[1][1]["resources"][-1]["spec"]["password"]["secretKeyRef"] == KEY


def test_a_password_that_is_no_longer_wanted_leaves_the_peer(bench, site):
    site.calico["resources"]["BGPPeer"] = [peer(name, password={"secretKeyRef": KEY}) for name in BIGIPS]
    assert turn(bench, "planned", "bigip1")["resets"] == ["password"]
    assert turn(bench, "changed", "bigip1")["changed"]
    assert site.modules() == ["calico_resources"]
    assert site.written[0][1]["resources"][-1]["spec"]["password"] is None


def test_keys_of_a_peer_that_others_created_stay(bench, site):
    foreign = peer("bigip1", ttlSecurity=1)
    foreign["metadata"]["labels"] = {}
    site.calico["resources"]["BGPPeer"] = [foreign, peer("bigip2", ttlSecurity=1)]
    assert turn(bench, "planned", "bigip1")["resets"] == []
    assert turn(bench, "planned", "bigip2")["resets"] == ["ttlSecurity"]


@pytest.mark.parametrize("tags", [["f5_routing"], ["fabric_verify"]])
def test_calico_is_left_out_where_its_role_is(bench, site, tags):
    bench.hosts["bigip2"]["as_number"] = "64601"
    bench.hosts["localhost"]["ansible_run_tags"] = tags
    assert turn(bench, "planned", "bigip2")["resets"] == []
    assert not turn(bench, "changed", "bigip2")["changed"] and site.written == []


def test_a_bigip_without_a_peer_yet_has_no_session_to_lose(bench, site):
    site.calico["resources"]["BGPPeer"] = []
    assert turn(bench, "planned", "bigip1")["resets"] == []
    assert not turn(bench, "changed", "bigip1")["changed"]
