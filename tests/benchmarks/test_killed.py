# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml against networks without BGP, killed with SIGKILL at ten moments: the next run completes it.

The API server and calicoctl are real, the BIG-IP is the simulator. After the next run nothing of a killed run is left:
no upload and no login token on the device, no one-shot object in the cluster, no lock. tests/faults/test_killed.py does
the same in the lab.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.sessions import digest
from ansible_collections.podroute.calico_f5.tests.live import kill

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP), str(TOP / "lab")]

from benchmarks.bench import PLAYBOOK, bench  # noqa: E402

MOMENTS = 10
STATUSES = "/apis/crd.projectcalico.org/v1/caliconodestatuses"


@pytest.fixture(scope="module")
def network():
    """Two nodes and a BIG-IP without BGP between them."""
    with bench(2) as there:
        yield there


def state(network) -> dict[str, str]:
    """All objects of both sides, without times."""
    objects = network.unit.state() | network.cluster.state()
    return {name: re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "…", json.dumps(value)) for name, value in objects.items()}


@pytest.fixture(scope="module")
def undisturbed(network):
    """The state before and after a run that nobody kills, and the duration of the run in seconds."""
    before = state(network)
    figure = network.site()
    after = state(network)
    network.site("--check", "--skip-tags", "fabric_verify")
    writes = [call for call in network.called if call.startswith(("PATCH", "PUT"))]
    recap = (network.folder / "run.log").read_text().rpartition("PLAY RECAP")[2]
    assert recap.count("changed=0") == recap.count("changed=") > 0 and not writes, recap
    return before, after, figure.wall


def killed_after(network, seconds: float) -> str:
    """Start site.yml and kill it with all its processes; returns the last task begun, empty if the run had ended."""
    command = [PLAYBOOK, "-i", network.folder / "hosts.json", TOP / "playbooks/site.yml"]
    log = network.folder / "killed.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=network.environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            process.wait(timeout=seconds)
            return ""
        except subprocess.TimeoutExpired:
            kill(process)
    begun = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("TASK [")]
    return begun[-1] if begun else "before its first task"


def unrecorded(network) -> set[str]:
    """Tokens that the killed run had not recorded: the device issued them in the moment of the kill."""
    work = Path(network.environment["XDG_STATE_HOME"], "podroute/work")
    recorded = "".join(file.read_text() for file in work.glob("*/sessions"))
    return {token for token in network.unit.tokens() if digest(token) not in recorded}


def reset(network) -> None:
    network.unit.reset()
    network.cluster.reset(network.network)


@pytest.mark.parametrize("number", range(MOMENTS))
def test_the_next_run_completes_what_was_killed(network, undisturbed, number):
    """Afterwards both sides are as after a run that nobody killed."""
    _before, after, length = undisturbed
    reset(network)
    moment = length * (number + random.random()) / MOMENTS
    while not (place := killed_after(network, moment)):
        # The run was faster this time.
        reset(network)
        moment *= 0.8
    print(f"killed after {moment:.1f} s of {length:.1f}, in {place}")
    time.sleep(0.2)  # operations that the simulator had begun
    unknown = unrecorded(network)
    network.site()
    assert network.unit.uploads() == []
    assert set(network.unit.tokens()) <= unknown, f"killed in {place}"
    assert network.cluster.api.request("GET", STATUSES)["items"] == []
    assert state(network) == after, f"killed in {place}"


def test_the_network_is_as_before_after_decommissioning(network, undisturbed):
    before, _after, _length = undisturbed
    network.play(TOP / "playbooks/decommission.yml", "-e", "decommission=all")
    assert state(network) == before
