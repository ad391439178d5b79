# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark at two nodes: whole runs of site.yml, and how often they call. No times: those are for make bench."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP), str(TOP / "lab")]

from benchmarks.bench import bench  # noqa: E402
from benchmarks.network import AS_NUMBER  # noqa: E402

LOGIN, LOGOUT = "POST /mgmt/shared/authn/login", "DELETE /mgmt/shared/authz/tokens"


@pytest.fixture(scope="module")
def network():
    """Two nodes and a BIG-IP, configured by a first run."""
    with bench(2) as there:
        first = there.site()
        assert first.calls and first.requests
        yield there


def sessions(calls: list[str]) -> list[list[str]]:
    """The calls of each session, between its login and its end."""
    found: list[list[str]] = []
    for call in calls:
        if call == LOGIN:
            found.append([])
        elif not call.startswith(LOGOUT):
            found[-1].append(call)
    return found


def test_an_unchanged_run_makes_few_calls_and_no_write(network):
    figure = network.site()
    made = sessions(network.called)
    assert 1 <= len(made) <= 3
    assert max(len(session) for session in made) <= 6, made
    writes = [call for call in network.called if call.startswith(("PATCH", "PUT", "DELETE"))]
    assert len(writes) == len(made), "the end of each session is the only write"
    assert 0 < figure.requests <= 40


def test_check_mode_makes_no_write(network):
    network.site("--check", "--diff")
    writes = [call for call in network.called if call.startswith(("PATCH", "PUT", "DELETE"))]
    assert len(writes) == len(sessions(network.called)) > 0


def test_a_node_gets_another_as_number_while_it_is_drained(network):
    """Without pods on nodes nothing is evicted, and the stand-ins report that every session is established."""
    other, name = network.folder / "other.json", next(iter(network.network.nodes))
    asked = ("-i", str(other), "-e", '{"calico_bgp_drain": true, "calico_bgp_allow_as_change": true}')
    steps = [
        "Move the pods of the node to other nodes",
        "Drain the node",
        "Change the AS number of the node on both sides",
        "Take the node back into service",
        "Let the node get pods again",
        "Configure the BIG-IPs, one at a time",
    ]

    def run(number):
        other.write_text(json.dumps({"all": {"hosts": {name: {"as_number": number}}}}))
        network.site(*asked)
        return (network.folder / "run.log").read_text()

    pod = {"metadata": {"name": "bare", "namespace": "default"},
           "spec": {"nodeName": name, "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
                    "containers": [{"name": "bare", "image": "bare"}]}}  # fmt: skip
    network.cluster.api.request("POST", "/api/v1/namespaces/default/pods", pod)
    with pytest.raises(SystemExit) as failed:
        run("64999")
    reason = " ".join(str(failed.value).split())
    assert f"{name}: no controller would create default/bare on another node" in reason
    assert "Calico: already in the state before the run" in reason and "bigip1: already in the state" in reason
    network.cluster.api.request("DELETE", "/api/v1/namespaces/default/pods/bare")

    for number in ("64999", str(AS_NUMBER)):
        log = run(number)
        assert sorted(steps, key=log.index) == steps
        node = network.cluster.api.request("GET", f"/api/v1/nodes/{name}")
        assert node["metadata"]["annotations"]["projectcalico.org/ASNumber"] == number
        assert not node["spec"].get("unschedulable")
