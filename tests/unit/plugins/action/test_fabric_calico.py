# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step of a run that configures Calico, with a calicoctl and a Kubernetes API of the tests."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.podroute.calico_f5.plugins.action import fabric_calico
from ansible_collections.podroute.calico_f5.plugins.action.fabric_calico import CHANGES, ActionModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import observe, password
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.folder import Folder
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.calico_observation import OBSERVED, TURN_SECRET
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, StepFailed
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.clusters import (
    NAMES,
    PEER,
    UNIT,
    Cluster,
    fabric,
)
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.conftest import Fake

DEFAULTS = {name: option.get("default") for name, option in ActionModule.SPEC["argument_spec"].items()}


class Step(ActionModule):
    """The action; its modules work on the cluster of the test, and each call is noted."""

    def __init__(self, cluster, folder, wanted, check_mode=False, **variables):
        self.cluster, self.folder, self.fabric, self.given = cluster, folder, wanted, variables
        self._task = SimpleNamespace(check_mode=check_mode, diff=True)
        self.variables = {"inventory_hostname": "localhost"}
        self.called, self.failing, self.sessions, self.printed, self.waited = [], {}, [], [], []
        self.display = SimpleNamespace(display=self.printed.append)

    def variable(self, name, default=None, host=None):
        value = self.given.get(name) if host in (None, "localhost", UNIT) else None
        return default if value in (None, "") else value

    def call(self, module, arguments, check_mode=None, here=False):
        self.called.append(module)
        if module in self.failing:
            return {"failed": True, "msg": self.failing[module]}
        given = {key: value for key, value in arguments.items() if key not in _CONNECTION and value is not None}
        return getattr(self, f"_{module}")(**given)

    def _calico_info(self, kinds, **options):
        return self.cluster.observe(kinds=kinds, **options)

    def _calico_resources(self, resources, **options):
        outcome = self.cluster.write(resources, **options)
        sides = {"before": outcome.before, "after": outcome.after, "objects": outcome.objects}
        return {"changed": outcome.changed, **sides}

    def _calico_bgp_password(self, **options):
        wanted = observe.password_wanted(options, observe.read_installation(self.cluster))
        password.write(wanted, password.plan(wanted, self.cluster), self.cluster)
        return {"changed": True}

    def _k8s_objects(self, **options):
        self.applied = options
        return {"changed": True}

    def _calico_bgp_status(self, **options):
        self.shell = {name: options[name] for name in ("exec", "node_command") if name in options}
        self.waited.append((options["nodes"], options["expect"], options.get("wait_for")))
        return {"changed": False, "nodes": {name: {"routes": [], "sessions": self.sessions} for name in NAMES}}

    def _calico_node_restart(self, peers, **options):
        self.restarted = list(peers)
        return {"changed": True}


_CONNECTION = ("kubeconfig", "context", "calicoctl_path", "allow_version_mismatch", "client_qps")


@pytest.fixture
def cluster(tmp_path):
    return Cluster(Fake(tmp_path))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work").mkdir()
    return Folder(tmp_path / "work")


def run(cluster, folder=None, wanted=None, options=None, **more):
    step = Step(cluster, folder, wanted or fabric(), **more)
    return step, step.step({**DEFAULTS, **(options or {})})


def test_it_converges_and_an_unchanged_run_calls_nothing(cluster, folder):
    step, result = run(cluster, folder)
    assert result["changed"] and cluster.fake.get("IPPool", "default-ipv4-ippool")["spec"]["vxlanMode"] == "Never"
    assert "vxlanMode" in folder.load(CHANGES)[0]["before"] and PEER in folder.load(CHANGES)[0]["after"]
    assert step.called.index("calico_bgp_status") < len(step.called) - 1 and step.called[-1] == "calico_info"
    assert step.printed == [f"Note: {UNIT}: {len(NAMES)} BGP sessions"]
    again, result = run(cluster, folder)
    assert result["changed"] is False and result["diff"] == [] and again.called == again.printed == []


def test_the_second_key_of_a_password_is_removed_after_the_turns_of_the_bigips(cluster, folder):
    secret = {"name": "podroute-bgp", "namespace": "kube-system"}
    folder.save(TURN_SECRET, secret)
    step, _result = run(cluster, folder)
    (definition,) = step.applied["definitions"]
    assert definition == {"apiVersion": "v1", "kind": "Secret", "metadata": secret}  # without data
    assert step.applied["field_manager"] == "podroute.calico_f5.turn"
    assert step.called.index("k8s_objects") > step.called.index("calico_resources")


@pytest.mark.parametrize("turned", [True, False])
def test_a_password_that_moves_to_its_own_key_resets_no_session(cluster, folder, turned):
    protected = {"wanted": fabric(bgp_password="canary"), "bgp_password": "canary"}
    run(cluster, **protected)
    peer = cluster.fake.get("BGPPeer", PEER)
    peer["spec"]["password"]["secretKeyRef"]["key"] = "password-next"
    cluster.fake.put(peer)
    if turned:
        folder.save(TURN_SECRET, {"name": "podroute-bgp", "namespace": "kube-system"})
    _step, result = run(cluster, folder, **protected)
    assert result["changed"] and any("changing password" in line for line in result["warnings"]) is not turned


def test_check_mode_predicts_what_a_run_reads_back(cluster, tmp_path, monkeypatch):
    """The diff of a run comes from what its writes read back, so that it can contradict the prediction."""
    _step, predicted = run(cluster, check_mode=True)
    read_back = Step._calico_resources

    def surprising(self, resources, **options):
        answer = read_back(self, resources, **options)
        for each in answer["after"]:
            if each["kind"] == "IPPool":
                each["spec"]["disabled"] = True
        return answer

    (tmp_path / "second").mkdir()
    second = Cluster(Fake(tmp_path / "second"))
    _step, done = run(cluster)
    assert predicted["diff"] == done["diff"] and len(done["diff"]) == 1
    monkeypatch.setattr(Step, "_calico_resources", surprising)
    _step, other = run(second)
    assert '"disabled": true' in other["diff"][0]["after"] and other["diff"] != predicted["diff"]


@pytest.mark.parametrize(
    ("variables", "passed"),
    [
        ({}, {"exec": True}),
        ({"node_command": ["ssh", "{node}", "sh"]}, {"node_command": ["ssh", "{node}", "sh"]}),
    ],
)
def test_kernel_routes_are_read_in_one_of_two_ways(cluster, variables, passed):
    """calico_bgp_status refuses both together."""
    step, _result = run(cluster, options={"exec": True}, **variables)
    assert step.waited[-1][1]["routes"] == "kernel" and step.shell == passed


def test_it_waits_for_sessions_and_routes_of_every_node(cluster):
    step, _result = run(cluster)
    ((nodes, network, wanted),) = step.waited[:1]
    assert nodes == NAMES and network["mesh"] and not network["outside_mesh"] and network["routes"] == "best"
    assert network["blocks"] == cluster.observe()["ipam"]["by_node"]
    assert all("172.16.40.202" in wanted["peers"][name] for name in NAMES)


def test_of_many_nodes_a_sample_and_all_reflectors_are_read(cluster):
    wanted = fabric(topology={"kind": "reflectors", "reflectors": NAMES[-2:]})
    step, _result = run(cluster, wanted=wanted, options={"node_sample": 1})
    read = {tuple(nodes) for nodes, _network, _wanted in step.waited}
    assert read == {(NAMES[0], *NAMES[-2:])} and "3 of 4 nodes" in step.printed[-1]
    sessions = next(wait["peers"] for _nodes, network, wait in step.waited if network["routes"] == "replaced")
    assert len(sessions[NAMES[-1]]) == len(NAMES) - 1, "a reflector reports its sessions with all"


def test_used_alone_it_reads_once(cluster):
    run(cluster)
    step, result = run(cluster)
    assert not result["changed"] and step.called == ["calico_info"]


def test_check_mode_predicts_and_writes_nothing(cluster, folder):
    step, predicted = run(cluster, folder, check_mode=True)
    assert predicted["changed"] and cluster.fake.names("BGPPeer") == [] and step.called == ["calico_info"]
    assert not folder.has(CHANGES)
    _step, result = run(cluster, folder)
    assert predicted["diff"] == result["diff"] and predicted["objects"] == result["objects"]


def test_what_changed_since_preflight_is_planned_anew(cluster, folder):
    folder.save(OBSERVED, cluster.observe(password={"state": "absent", "name": "podroute-bgp", "key": "password"}))
    own = {"kind": "BGPPeer", "metadata": {"name": "by-hand"}, "spec": {"peerIP": "172.16.40.202", "asNumber": 1}}
    cluster.fake.put(own)
    with pytest.raises(Refused, match="by-hand"):
        run(cluster, folder)
    assert cluster.fake.names("BGPPeer") == ["by-hand"], "nothing was written"


def test_without_sessions_the_encapsulation_stays(cluster):
    step = Step(cluster, None, fabric())
    answer = step._calico_bgp_status
    step._calico_bgp_status = lambda **given: (
        {"failed": True, "msg": "no session"} if "wait_for" in given else answer(**given)
    )
    with pytest.raises(StepFailed, match="no session") as failed:
        step.step(dict(DEFAULTS))
    assert failed.value.result["changed"] is True
    assert cluster.fake.names("BGPPeer") == [PEER]
    assert cluster.fake.get("IPPool", "default-ipv4-ippool")["spec"]["vxlanMode"] == "Always"


def test_an_unreadable_cluster_is_one_sentence(cluster):
    step = Step(cluster, None, fabric())
    step.failing = {"calico_info": "connection refused"}
    with pytest.raises(StepFailed, match="Calico cannot be read: connection refused"):
        step.step(dict(DEFAULTS))


def test_the_password_comes_changes_and_goes(cluster, monkeypatch):
    recorded = []
    monkeypatch.setattr(fabric_calico, "record_passwords", lambda _step, side, owners: recorded.append((side, owners)))
    secret = ("Secret", "kube-system", "podroute-bgp")
    protected = fabric(bgp_password="canary")
    step, result = run(cluster, wanted=protected, bgp_password="canary")
    assert secret in cluster.objects and "canary" not in str(result)
    assert step.called.index("calico_bgp_password") < step.called.index("calico_resources"), "before its peers"
    assert not run(cluster, wanted=protected, bgp_password="canary")[1]["changed"]
    _step, result = run(cluster, wanted=fabric(bgp_password="other"), bgp_password="other")
    assert [item["action"] for item in result["password"]] == ["update"]
    step, result = run(cluster)
    assert cluster.objects == {} and result["changed"], "without bgp_password nothing of it is left"
    lost = ("calico", ["Secret kube-system/podroute-bgp"])
    assert recorded == [("calico", []), lost, lost], "a rollback cannot restore what was changed or removed"
    last = max(place for place, name in enumerate(step.called) if name == "calico_resources")
    assert step.called.index("calico_bgp_password") > last, "after its peers"


def test_a_changed_listen_port_restarts_every_node_and_leaves_no_mark(cluster):
    run(cluster)
    with pytest.raises(Refused, match="listenPort"):
        run(cluster, options={"listen_port": 1790})
    step, result = run(cluster, options={"listen_port": 1790, "rolling_restart": True})
    assert result["changed"] and step.restarted == NAMES
    configuration = cluster.fake.get("BGPConfiguration", "default")
    assert configuration["spec"]["listenPort"] == 1790 and not configuration["metadata"].get("annotations")


def test_an_interrupted_restart_is_finished_by_the_next_run(cluster):
    run(cluster)
    asked = {"listen_port": 1790, "rolling_restart": True}
    step = Step(cluster, None, fabric())
    step.failing = {"calico_node_restart": "n2 did not come back"}
    with pytest.raises(StepFailed, match="n2 did not come back"):
        step.step({**DEFAULTS, **asked})
    with pytest.raises(Refused, match="calico_bgp_rolling_restart"):
        run(cluster)
    step, _result = run(cluster, options=asked)
    assert step.restarted == NAMES and not run(cluster)[1]["changed"]


def test_a_down_session_of_others_stops_a_restart_before_any_write(cluster):
    run(cluster)
    asked = {"listen_port": 1790, "rolling_restart": True}
    step = Step(cluster, None, fabric())
    step.sessions = [{"peer_ip": "192.0.2.1", "state": "Active"}]
    with pytest.raises(Refused, match=r"192\.0\.2\.1"):
        step.step({**DEFAULTS, **asked})
    assert "listenPort" not in cluster.fake.get("BGPConfiguration", "default")["spec"]
    step.step({**DEFAULTS, **asked, "restart_ignore_down_peers": True})
    assert step.restarted == NAMES
