# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import restart
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError

PEERS = {f"n{number}": ["10.0.0.9"] for number in range(1, 6)}


class Cluster:
    """A DaemonSet that creates deleted pods again after two reads, and sessions that are established two reads later.

    ``broken`` nodes get a pod that never is ready, ``silent`` ones one whose session never comes back.
    """

    def __init__(self, nodes=PEERS, broken=(), silent=()):
        self.broken, self.silent, self.trouble = set(broken), set(silent), []
        self.made = {node: 0 for node in nodes}
        self.wait = {node: 0 for node in nodes}
        self.log, self.most = [], 0

    def calico_pods(self):
        return [self.pod(node) for node in self.made if not self.later(node)]

    def pod(self, node):
        ready = "False" if node in self.broken and self.made[node] else "True"
        name = f"calico-node-{node}-{self.made[node]}"
        return {
            "metadata": {"namespace": "kube-system", "name": name, "uid": name},
            "spec": {"nodeName": node},
            "status": {"conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": ready}]},
        }

    def later(self, node):
        self.wait[node] = max(0, self.wait[node] - 1)
        return self.wait[node] > 2

    def delete_pod(self, namespace, name):
        assert namespace == "kube-system"
        node = name.split("-")[2]
        self.log.append(f"restart {node}")
        self.made[node] += 1
        self.wait[node] = 5
        self.most = max(self.most, sum(1 for left in self.wait.values() if left))

    def look(self, nodes):
        if self.trouble:
            raise self.trouble.pop()
        self.log.append("look at " + " ".join(nodes))
        return {node: self.state(node) for node in nodes}

    def state(self, node):
        down = self.later(node) or self.wait[node] or (node in self.silent and self.made[node])
        session = {"peer_ip": "10.0.0.9", "state": "Connect" if down else "Established", "since": "1", "last_error": ""}
        return {"sessions": [session], "routes": [], "kernel_routes": None, "error": None}


def rolling(cluster, restarter=None, **options):
    now = [0.0]

    def sleep(seconds):
        now[0] += seconds

    way = restarter or restart.ByPods(cluster)
    return restart.Rolling(way, cluster.look, PEERS, timeout=30, sleep=sleep, clock=lambda: now[0], **options)


def test_batch_after_batch_and_a_last_look_at_all():
    cluster = Cluster()
    job = rolling(cluster, batch_size=2)
    job.run()
    assert job.restarted == list(PEERS)
    assert set(cluster.made.values()) == {1}, "each node once"
    assert cluster.most == 2, "never more than batch_size without their sessions"
    assert cluster.log[-1] == "look at n1 n2 n3 n4 n5"


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        (Cluster(broken=["n3"]), "n3: calico-node pod calico-node-n3-1 is not ready"),
        (Cluster(silent=["n3"]), "n3: the session with 10.0.0.9 is Connect"),
    ],
)
def test_what_does_not_come_back_stops_the_rest(cluster, said):
    job = rolling(cluster, batch_size=2)
    with pytest.raises(restart.Stuck, match="after 30 s: ") as stuck:
        job.run()
    assert said in str(stuck.value)
    assert job.restarted == ["n1", "n2", "n3", "n4"]
    assert cluster.made["n5"] == 0


def test_a_node_without_a_pod_stops_its_batch_untouched():
    cluster = Cluster(nodes=["n1", "n3"])
    job = rolling(cluster, batch_size=2)
    with pytest.raises(restart.Stuck, match="n2: no calico-node pod to restart"):
        job.run()
    assert cluster.log == []


def test_an_api_server_that_is_away_for_a_moment_is_waited_for():
    cluster = Cluster()
    cluster.trouble = [CalicoError("refused", "connection refused"), CalicoError("timeout", "")]
    rolling(cluster).run()
    cluster.trouble = [CalicoError("unauthorised", "forbidden")]
    with pytest.raises(CalicoError, match="forbidden"):
        rolling(cluster).run()


def on_node(tmp_path, text):
    """A command that runs what follows it as if it were on the node named first."""
    program = tmp_path / "on-node"
    program.write_text(f'#!/bin/sh\nnode=$1; shift; export node\n{text}\nexec "$@"\n')
    program.chmod(0o755)
    return [str(program), "{node}"]


def test_a_script_restarts_a_calico_node_outside_pods(tmp_path):
    cluster = Cluster()
    script = restart.ByScript(on_node(tmp_path, ""), f"echo $node >>{tmp_path}/restarts", 5)
    rolling(cluster, script, batch_size=2).run()
    assert sorted((tmp_path / "restarts").read_text().split()) == list(PEERS)


@pytest.mark.parametrize(
    ("way", "script", "said"),
    [
        ('test "$node" = n2 && exit 255', "true", "n2: .*no output"),
        ("", 'test "$node" != n2 || { echo no such service >&2; exit 3; }', "n2: .*no such service .exit code 3"),
        ("", 'test "$node" != n2 || { echo half; exit 0; }', "n2: the script did not reach its end: half"),
        ('test "$node" = n2 && sleep 9', "true", "n2: .*no reply within 1 s"),
    ],
)
def test_a_script_that_fails_names_its_node(tmp_path, way, script, said):
    job = rolling(Cluster(), restart.ByScript(on_node(tmp_path, way), script, 1), batch_size=2)
    with pytest.raises(restart.Stuck, match=said):
        job.run()
    assert job.restarted == ["n1", "n2"]
