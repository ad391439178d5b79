# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml, started on a lab in the initial state and killed at a random moment: the next run completes it, and nothing
of the killed run is left on the device, in the cluster or on the controller.

Ten moments, spread over the duration of a whole run, drawn again every time. Needs the lab (make lab-up).
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.sessions import digest
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, kill, play, shell

MOMENTS = 10
PROGRAM = Path(sys.executable).with_name("ansible-playbook")
SITE = [PROJECT / "lab/bin/ctl", PROGRAM, "-i", "inventories/lab", "playbooks/site.yml"]
CONTROLLER = "172.16.20.10"  # as the BIG-IP sees it
FILES = "on bigip1 find /tmp /var/tmp /var/config/rest -type f -not -path '*/frr/*'"  # FRR has files of its own there


class Runs:
    """Runs of site.yml, with records in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.state, self.log = folder / "podroute", folder / "killed.log"
        self.environment = {"XDG_STATE_HOME": str(folder)}
        self.length = 0.0  # of a whole run from the initial state, in seconds
        self.files: set[str] = set()  # on the BIG-IP after a whole run

    def site(self, *arguments: str) -> str:
        """The output of a run that must succeed."""
        done = play("playbooks/site.yml", *arguments, environment=self.environment)
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout

    def killed_after(self, seconds: float) -> str:
        """Start site.yml and kill it with all its processes; returns the last task begun, empty if it had ended."""
        with self.log.open("wb") as output:
            process = subprocess.Popen(SITE, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT,
                                       env={**os.environ, **self.environment})  # fmt: skip
            try:
                process.wait(timeout=seconds)
                return ""
            except subprocess.TimeoutExpired:
                kill(process)
        begun = [line for line in self.log.read_text(errors="replace").splitlines() if line.startswith("TASK [")]
        return begun[-1] if begun else "before its first task"

    def unrecorded(self) -> set[str]:
        """Tokens that the killed run had not recorded: the device issued them in the moment of the kill."""
        recorded = "".join(file.read_text() for file in self.state.glob("work/*/sessions"))
        return {token for token in tokens() if digest(token) not in recorded}

    def leftovers(self) -> list[str]:
        """What is left on the BIG-IP, in the cluster and on the controller, except for tokens."""
        left = [f"file {name}" for name in set(shell(FILES).splitlines()) - self.files]
        left += shell("on k8s-master kubectl get caliconodestatuses.crd.projectcalico.org -o name").splitlines()
        lease = json.loads(shell("on k8s-master kubectl get lease -n kube-system podroute-calico-f5 -o json"))
        left += [f"Lease of {holder}" for holder in [lease["spec"].get("holderIdentity")] if holder]
        left += [f"folder {path}" for path in self.state.glob("work/*")]
        return left + [f"lock {path}" for path in self.state.glob("*/lock") if path.read_text()]


def tokens() -> set[str]:
    """The login tokens that the Ansible controller has on the BIG-IP."""
    items = json.loads(shell("rest ../shared/authz/tokens"))["items"]
    return {item["token"] for item in items if item["address"] == CONTROLLER}


def reset() -> None:
    done = subprocess.run([PROJECT / "lab/bin/lab", "reset"], capture_output=True, text=True, timeout=200, check=False)
    assert not done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Runs:
    found = Runs(tmp_path_factory.mktemp("state"))
    reset()
    begin = time.monotonic()
    found.site()
    found.length = time.monotonic() - begin
    found.files = set(shell(FILES).splitlines())
    assert not found.leftovers() and not tokens()
    return found


@pytest.mark.parametrize("number", range(MOMENTS))
def test_the_next_run_completes_what_was_killed(number: int, runs: Runs) -> None:
    reset()
    moment = runs.length * (number + random.random()) / MOMENTS
    while not (place := runs.killed_after(moment)):
        # The run was faster this time.
        reset()
        moment *= 0.9
    place = f"killed after {moment:.1f} s of {runs.length:.0f}, in {place}"
    print(place)
    unrecorded = runs.unrecorded()
    assert "PASSED" in runs.site(), place
    assert not runs.leftovers(), place
    assert tokens() <= unrecorded, place
    again = runs.site("--check", "--diff", "--skip-tags", "fabric_verify")
    assert not re.search(r"changed=[1-9]", again), f"{place}\n{again}"
