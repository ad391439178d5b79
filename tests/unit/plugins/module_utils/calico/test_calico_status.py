# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import os

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    expectations,
    oneshot,
    status,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError


class FakeApi:
    """Nodes that answer a CalicoNodeStatus at the next list, as calico-node does; ``silent`` ones never do."""

    def __init__(self, silent=(), fail_create=None, fail_delete=()):
        self.objects, self.silent = {}, set(silent)
        self.most, self.made, self.fail_create, self.fail_delete = 0, [], fail_create, set(fail_delete)

    def custom(self, _plural):
        for item in self.objects.values():
            if item["spec"].get("node") not in self.silent and "status" not in item:
                item["status"] = {
                    "agent": {"birdV4": {"state": "Ready", "routerID": "1.1.1.1"}},
                    "bgp": {"peersV4": [{"peerIP": "10.0.0.9", "state": "Established", "type": "NodeMesh"}]},
                }
                item["metadata"].pop("labels", None)  # so does Calico's own write
        return list(self.objects.values())

    def create_custom(self, _plural, body):
        if body["spec"]["node"] == self.fail_create:
            raise CalicoError("unauthorised", "forbidden")
        self.made.append(body["spec"]["node"])
        self.objects[body["metadata"]["name"]] = body
        self.most = max(self.most, len(self.objects))
        return body

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
    return oneshot.OneShot(api, sleep=clock.sleep, clock=clock, **options)


def test_batches_are_bounded_and_cleaned_up():
    api = FakeApi(silent=["n7"])
    nodes = [f"n{number}" for number in range(25)]
    reports = shot(api, batch=10).ask(nodes)
    assert list(reports) == nodes and api.made == nodes
    assert reports["n7"] is None and reports["n8"]["agent"]["state"] == "Ready"
    assert api.most == 10 and api.objects == {}


def test_what_was_made_goes_also_after_an_error():
    api = FakeApi(fail_create="n2")
    with pytest.raises(CalicoError, match="forbidden"):
        shot(api).ask(["n0", "n1", "n2"])
    assert api.objects == {}
    api = FakeApi()
    api.custom = lambda _plural: (none for none in ()).throw(KeyboardInterrupt) if api.objects else []
    with pytest.raises(KeyboardInterrupt):
        shot(api).ask(["n0"])
    assert api.objects == {}


def test_one_delete_that_fails_does_not_keep_the_others():
    api = FakeApi()
    asked = shot(api, run_id="00000000")
    first = f"{oneshot.PREFIX}.{oneshot._host()}.{os.getpid()}.00000000.0"
    api.fail_delete = {first}
    with pytest.raises(CalicoError, match="gone"):
        asked.ask(["n0", "n1"])
    assert list(api.objects) == [first]


def test_leftovers():
    api = FakeApi()
    now = datetime.datetime.now(datetime.timezone.utc)

    def put(name, minutes=0):
        made = (now - datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        api.objects[name] = {"metadata": {"name": name, "creationTimestamp": made}, "spec": {"node": "n"}}

    here = oneshot._host()
    put(f"{oneshot.PREFIX}.{here}.4194999.aaaaaaaa.0")  # our host, a process that is gone
    put(f"{oneshot.PREFIX}.00000000.1.aaaaaaaa.0", minutes=11)  # another host, and old
    put(f"{oneshot.PREFIX}.00000000.1.bbbbbbbb.0", minutes=1)  # another host, at work
    put(f"{oneshot.PREFIX}.{here}.{os.getpid()}.cccccccc.0")  # at work
    put("by-hand", minutes=999)
    shot(api).clear_leftovers()
    assert sorted(api.objects) == sorted(
        ["by-hand", f"{oneshot.PREFIX}.00000000.1.bbbbbbbb.0", f"{oneshot.PREFIX}.{here}.{os.getpid()}.cccccccc.0"]
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


def test_waiting_looks_only_at_those_behind():
    clock, looks = Clock(), []

    def look(nodes):
        looks.append(list(nodes))
        up = {"a": 0, "b": 3}
        return {node: state(sessions=[session("10.0.0.1")] if len(looks) > up[node] else []) for node in nodes}

    expected = status.Expected(peers={"a": ["10.0.0.1"], "b": ["10.0.0.1"]})
    states, lacks = status.wait(look, ["a", "b"], expected, 60, 2, clock.sleep, clock)
    assert lacks == [] and looks == [["a", "b"], ["b"], ["b"], ["b"]] and states["b"]["sessions"]
    never, lacks = status.wait(
        lambda nodes: {node: state() for node in nodes},
        ["a"],
        status.Expected(peers={"a": ["10.0.0.1"]}),
        10,
        2,
        clock.sleep,
        clock,
    )
    assert lacks == ["a: no session with 10.0.0.1 is configured"]


def test_nothing_to_look_at_is_not_healthy():
    assert status.healthy({}) == ["there is no node to look at"]
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
    both = status.combine(report, told, True)
    assert both["sessions"][0]["last_error"] == "Socket: Connection refused"
    assert both["graceful_restart_wait"] is True and both["error"] is None
    alone = status.combine(None, told, False)
    assert alone["sessions"][0]["state"] == "Active" and alone["agent"]["state"] == "Ready"
    zeroed = status.combine({**report, "sessions": []}, told, True)
    assert zeroed["sessions"], "without bird6 Calico reports zeroes: BIRD's own words count"
    nobody = status.combine(None, ValueError("ssh: no route"), True)
    assert "no CalicoNodeStatus report" in nobody["error"] and "ssh: no route" in nobody["error"]
    assert (
        set(both)
        == set(nobody)
        == {"agent", "sessions", "routes", "kernel_routes", "bird", "graceful_restart_wait", "error"}
    )


INTENT = {
    "nodes": [
        {"name": "m", "node_ip": "172.16.40.199", "as_number": 64512},
        {"name": "n", "node_ip": "172.16.40.198", "as_number": 64512},
    ],
    "bigips": [{"name": "b", "bgp_address": "172.16.40.202"}],
    "mesh": True,
}


def test_expectations_of_the_scenario():
    assert expectations.expectations(INTENT, {"m": ["10.244.0.0/26"], "n": ["10.244.1.0/26", "10.244.1.64/26"]}) == {
        "peers": {"m": ["172.16.40.198", "172.16.40.202"], "n": ["172.16.40.199", "172.16.40.202"]},
        "routes": {"m": ["10.244.1.0/26", "10.244.1.64/26"], "n": ["10.244.0.0/26"]},
        "kernel_routes": {"m": ["10.244.1.0/26", "10.244.1.64/26"], "n": ["10.244.0.0/26"]},
    }
