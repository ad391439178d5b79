# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json
import os

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    expectations,
    node_shell,
    node_status_api,
    status,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError


class FakeApi:
    """Nodes that answer a CalicoNodeStatus at the next list, as calico-node does; ``silent`` ones never do."""

    def __init__(self, silent=(), fail_create=None, fail_delete=()):
        self.objects, self.silent = {}, set(silent)
        self.most, self.made, self.fail_create, self.fail_delete = 0, [], fail_create, set(fail_delete)
        self.read = []

    def custom(self, _plural, metadata_only=False, cached=False):
        for item in self.objects.values():
            if item["spec"].get("node") not in self.silent and "status" not in item:
                item["status"] = {
                    "agent": {"birdV4": {"state": "Ready", "routerID": "1.1.1.1"}},
                    "bgp": {"peersV4": [{"peerIP": "10.0.0.9", "state": "Established", "type": "NodeMesh"}]},
                }
                item["metadata"].pop("labels", None)  # so does Calico's own write
                item["metadata"]["resourceVersion"] = "2"
        return [{"metadata": item["metadata"]} if metadata_only else item for item in self.objects.values()]

    def get_cached(self, _plural, name):
        self.read.append(name)
        return self.objects.get(name)

    def create_custom(self, _plural, body):
        if body["spec"]["node"] == self.fail_create:
            raise CalicoError("unauthorised", "forbidden")
        self.made.append(body["spec"]["node"])
        self.objects[body["metadata"]["name"]] = {**body, "metadata": {**body["metadata"], "resourceVersion": "1"}}
        self.most = max(self.most, len(self.objects))
        return {**body, "metadata": {**body["metadata"], "resourceVersion": "1"}}

    def delete_custom(self, _plural, name):
        if name in self.fail_delete:
            raise CalicoError("unreachable", "gone")
        self.objects.pop(name, None)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def shot(api, **options):
    clock = Clock()
    return node_status_api.OneShot(api, sleep=clock.sleep, clock=clock, **options)


def test_objects_are_bounded_in_number_and_deleted():
    api = FakeApi(silent=["n7"])
    nodes = [f"n{number}" for number in range(25)]
    reports = shot(api, width=10).ask(nodes)
    assert list(reports) == nodes and sorted(api.made) == sorted(nodes)
    assert reports["n7"] is None and reports["n8"]["agent"]["state"] == "Ready"
    assert api.most == 10 and api.objects == {}
    assert len(api.read) == len(set(api.read)) == 24, "each report is read once, and what is not written is not read"


@pytest.mark.parametrize("earlier", [None, {"metadata": {"resourceVersion": "1"}}])
def test_a_report_that_an_api_server_has_not_yet_is_read_again(earlier):
    """Another API server answered the list than the read."""

    class Behind(FakeApi):
        def get_cached(self, plural, name):
            there = super().get_cached(plural, name)
            return earlier if self.read.count(name) == 1 else there

    api = Behind()
    assert shot(api).ask(["n0", "n1"])["n1"]["agent"]["state"] == "Ready"
    assert len(api.read) == 4 and api.objects == {}


def test_objects_are_deleted_after_an_error():
    api = FakeApi(fail_create="n2")
    with pytest.raises(CalicoError, match="forbidden"):
        shot(api).ask(["n0", "n1", "n2"])
    assert api.objects == {}
    api = FakeApi()
    api.custom = lambda _plural, **_more: (none for none in ()).throw(KeyboardInterrupt) if api.objects else []
    with pytest.raises(KeyboardInterrupt):
        shot(api).ask(["n0"])
    assert api.objects == {}


def test_a_failed_delete_does_not_stop_the_others():
    api = FakeApi()
    asked = shot(api, run_id="00000000")
    first = f"{node_status_api.PREFIX}.{node_status_api._host()}.{os.getpid()}.00000000.0"
    api.fail_delete = {first}
    with pytest.raises(CalicoError, match="gone"):
        asked.ask(["n0", "n1"])
    assert list(api.objects) == [first]


def test_leftovers_of_killed_runs_are_deleted():
    api = FakeApi()
    now = datetime.datetime.now(datetime.timezone.utc)

    def put(name, minutes=0):
        made = (now - datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        api.objects[name] = {"metadata": {"name": name, "creationTimestamp": made}, "spec": {"node": "n"}}

    here = node_status_api._host()
    put(f"{node_status_api.PREFIX}.{here}.4194999.aaaaaaaa.0")  # our host, a process that is gone
    put(f"{node_status_api.PREFIX}.00000000.1.aaaaaaaa.0", minutes=11)  # another host, and old
    put(f"{node_status_api.PREFIX}.00000000.1.bbbbbbbb.0", minutes=1)  # another host, at work
    put(f"{node_status_api.PREFIX}.{here}.{os.getpid()}.cccccccc.0")  # at work
    put("by-hand", minutes=999)
    shot(api).clear_leftovers()
    assert sorted(api.objects) == sorted(
        [
            "by-hand",
            f"{node_status_api.PREFIX}.00000000.1.bbbbbbbb.0",
            f"{node_status_api.PREFIX}.{here}.{os.getpid()}.cccccccc.0",
        ]
    )


def session(peer, state="Established", error=None):
    return {"peer_ip": peer, "type": "NodeMesh", "state": state, "since": "10:00:00", "last_error": error}


def state(**changes):
    return {
        "agent": {"state": "Ready", "router_id": "1.1.1.1"},
        "sessions": [],
        "routes": [],
        "kernel_routes": None,
        "bird": None,
        "graceful_restart_wait": False,
        "error": None,
        **changes,
    }


def test_what_is_missing_is_named():
    expected = status.Expected(
        peers={"n": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]},
        routes={"n": ["10.1.0.0/26"]},
        kernel_routes={"n": ["10.1.0.0/26"]},
    )
    have = state(
        sessions=[session("10.0.0.1"), session("10.0.0.2", "Active", "Socket: Connection refused")],
        kernel_routes=[{"dst": "10.1.0.0/26", "protocol": "kernel"}],
        graceful_restart_wait=True,
    )
    assert status.missing("n", have, expected) == [
        "n: the session with 10.0.0.2 is Active (Socket: Connection refused) since 10:00:00",
        "n: no session with 10.0.0.3 is configured",
        "n: BIRD has no route to 10.1.0.0/26",
        "n: the kernel has no route to 10.1.0.0/26 (BIRD waits for graceful restart to end)",
    ]
    assert "could not be read" in status.missing("n", state(), status.Expected(kernel_routes={"n": ["10.1.0.0/26"]}))[0]
    assert status.missing("n", have, status.Expected(peers={"n": ["10.0.0.1"]})) == []


def test_waiting_reads_only_nodes_that_lack_something():
    clock, looks = Clock(), []

    def look(nodes):
        looks.append(list(nodes))
        up = {"a": 0, "b": 3}
        return {node: state(sessions=[session("10.0.0.1")] if len(looks) > up[node] else []) for node in nodes}

    expected = status.Expected(peers={"a": ["10.0.0.1"], "b": ["10.0.0.1"]})
    states, lacks = status.wait(look, ["a", "b"], expected, 60, 2, clock.sleep, clock)
    assert lacks == [] and looks == [["a", "b"], ["b"], ["b"], ["b"]] and states["b"]["sessions"]
    _states, lacks = status.wait(
        lambda nodes: {node: state() for node in nodes},
        ["a"],
        status.Expected(peers={"a": ["10.0.0.1"]}),
        10,
        2,
        clock.sleep,
        clock,
    )
    assert lacks == ["a: no session with 10.0.0.1 is configured"]


def test_a_cluster_without_nodes_is_not_healthy():
    assert status.healthy({}) == ["there are no nodes"]
    assert status.healthy({"n": state()}) == []
    assert status.healthy({"n": state(agent={"state": "NotReady"}, error="why")}) == ["n: why", "n: BIRD is NotReady"]


def test_sources_are_combined():
    report = {
        "agent": {"state": "Ready", "router_id": "1.1.1.1"},
        "sessions": [session("10.0.0.1", "Active")],
        "routes": [],
    }
    told = (
        "#podroute-section protocols begin\n"
        "Mesh_10_0_0_1 BGP      master   start  10:00:00    Active        Socket: Connection refused\n"
        "kernel1  Kernel   master   wait   10:00:00\n#podroute-section protocols 0\n"
    )
    seen = node_shell.observe(told)
    both = status.combine(report, seen, True)
    assert both["sessions"][0]["last_error"] == "Socket: Connection refused"
    assert both["graceful_restart_wait"] is True and both["error"] is None
    alone = status.combine(None, seen, False)
    assert alone["sessions"][0]["state"] == "Active" and alone["agent"]["state"] == "Ready"
    zeroed = status.combine({**report, "sessions": []}, seen, True)
    assert zeroed["sessions"] and zeroed["error"] is None, "without bird6 the report is empty: BIRD's output counts"
    empty = status.combine({**report, "sessions": []}, None, True)
    assert empty["error"] == status.NO_SESSIONS
    nobody = status.combine(None, ValueError("ssh: no route"), True)
    assert "no CalicoNodeStatus report" in nobody["error"] and "ssh: no route" in nobody["error"]
    assert (
        set(both)
        == set(nobody)
        == {"agent", "sessions", "routes", "kernel_routes", "bird", "graceful_restart_wait", "error"}
    )


def mesh_of(size):
    addresses = {f"n{number}": f"10.0.{number // 250}.{number % 250 + 1}" for number in range(size)}
    blocks = {name: [f"10.244.{number}.0/26"] for number, name in enumerate(addresses)}
    return status.Network(addresses, blocks)


def route(network, gateway, source="NodeMesh"):
    return {
        "destination": network, "gateway": gateway, "interface": "eth0", "type": "FIB", "learned_from": source,
        "peer_ip": gateway,
    }  # fmt: skip


def facts_of(network, node):
    others = {name: address for name, address in network.nodes.items() if name != node}
    return {
        "sessions": [session(address) for address in others.values()] + [{**session("10.9.9.9"), "type": "GlobalPeer"}],
        "routes": [route(network.blocks[name][0], address) for name, address in others.items()]
        + [route("172.16.99.99/32", "10.9.9.9", "BGPPeer"), route(network.blocks[node][0], None, "Direct")],
    }


def test_a_mesh_is_summarised_as_counts_and_deviations():
    network = mesh_of(30)
    facts = facts_of(network, "n0")
    for number in range(12):
        facts["sessions"][number]["state"] = "Active"
    del facts["sessions"][20], facts["routes"][0]
    facts["routes"][0]["gateway"] = "10.0.0.30"  # through a node that does not hold the block
    state = status.combine({"agent": {"state": "Ready"}, **network.summary("n0", facts)}, None, True)
    assert (state["mesh"]["expected"], state["mesh"]["established"]) == (29, 16)
    assert len(state["mesh"]["down"]) == status.MAX_DETAILS
    assert state["mesh"]["down"][0] == {"peer_ip": "10.0.0.10", "state": "Active", "since": "10:00:00",
                                        "last_error": None}  # fmt: skip
    assert state["pod_routes"] == {"expected": 29, "present": 27, "missing": ["10.244.1.0/26", "10.244.2.0/26"]}
    assert [row["peer_ip"] for row in state["sessions"]] == ["10.9.9.9"]
    assert [row["destination"] for row in state["routes"]] == ["172.16.99.99/32"]
    lacks = status.missing("n0", state, status.Expected())
    assert lacks[0].startswith("n0: 16 of 29 mesh sessions are Established; not 10.0.0.10, ")
    assert lacks[1] == "n0: 27 of 29 pod routes are present; not 10.244.1.0/26, 10.244.2.0/26"


def test_which_routes_to_pods_count():
    """Before encapsulation is off, and across routers, the gateway is not the node that holds the block."""
    whole = mesh_of(3)
    facts = facts_of(whole, "n0")
    facts["routes"][0]["gateway"] = "10.0.9.9"
    facts["routes"].append({**route("10.244.2.0/26", "10.0.0.3", "BGPPeer"), "type": "RIB"})
    kernel = {**facts, "kernel_routes": [{"dst": "10.244.2.0/26", "gateway": "10.0.9.9", "protocol": "bird"}]}

    def missing(routes, seen=None):
        network = status.Network(whole.nodes, whole.blocks, routes=routes)
        state = status.combine(None, network.summary("n0", {"errors": [], "up": True, **(seen or facts)}), False)
        return status.missing("n0", state, status.Expected(pods_are=status.PODS_ARE[routes]))

    assert missing("best") == missing("best", kernel) == []
    assert missing("owner") == ["n0: 1 of 2 pod routes are present; not 10.244.1.0/26"]
    assert missing("replaced") == ["n0: 1 of 2 pod routes are learned outside the mesh; not 10.244.1.0/26"]
    assert missing("kernel", kernel) == ["n0: 1 of 2 pod routes are in the kernel; not 10.244.1.0/26"]
    assert missing("kernel")[0].startswith("n0: 0 of 2 pod routes are in the kernel")


def test_nodes_outside_the_mesh_have_sessions_of_their_own():
    whole = mesh_of(4)
    network = status.Network(whole.nodes, outside_mesh=["n3"], peers={"n0": ["10.0.0.4"]})
    inside = network.summary("n0", {"sessions": facts_of(whole, "n0")["sessions"]})
    assert inside["mesh"]["expected"] == 2
    assert [row["peer_ip"] for row in inside["sessions"]] == ["10.0.0.4", "10.9.9.9"], "what is asked for is kept"
    assert network.summary("n3", {"sessions": []})["mesh"] is None


def test_kernel_routes_decide_over_those_of_bird():
    network = mesh_of(3)
    kernel = [{"dst": "10.244.1.0/26", "gateway": "10.0.0.2", "dev": "eth0", "protocol": "bird"}]
    seen = network.summary("n0", {**facts_of(network, "n0"), "kernel_routes": kernel, "errors": [], "up": True})
    report = {"agent": {"state": "Ready"}, **network.summary("n0", facts_of(network, "n0"))}
    state = status.combine(report, seen, True)
    assert state["pod_routes"] == {"expected": 2, "present": 1, "missing": ["10.244.2.0/26"]}
    assert status.combine(report, None, True)["pod_routes"]["present"] == 2


def test_a_silent_node_delays_only_the_end():
    """Other nodes are asked meanwhile, and one deadline is common to all silent ones."""
    api = FakeApi(silent=[f"n{number}" for number in range(5)])
    clock = Clock()
    nodes = [f"n{number}" for number in range(40)]
    asked = node_status_api.OneShot(api, width=10, timeout=15, sleep=clock.sleep, clock=clock)
    reports = asked.ask(nodes)
    assert [node for node in nodes if reports[node] is None] == nodes[:5]
    assert clock.now < 16 and api.objects == {}


def test_the_result_of_a_mesh_grows_with_the_number_of_nodes():
    def size(count):
        network = mesh_of(count)
        return len(json.dumps({node: network.summary(node, facts_of(network, node)) for node in network.nodes}))

    assert size(200) < 2.2 * size(100)


INTENT = {
    "nodes": [
        {"name": "m", "node_ip": "172.16.40.199", "as_number": 64512},
        {"name": "n", "node_ip": "172.16.40.198", "as_number": 64512},
    ],
    "bigips": [{"name": "b", "bgp_address": "172.16.40.202"}],
    "mesh": True,
}


def test_sessions_of_the_scenario():
    peers = expectations.restart_peers(INTENT)
    assert peers == {"n": ["172.16.40.199", "172.16.40.202"], "m": ["172.16.40.198", "172.16.40.202"]}
    assert list(peers) == ["n", "m"]
