# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml, started on a lab in the initial state and killed at a random moment: the next run completes it.

Ten moments, spread over the duration of a whole run, drawn again every time. Needs the lab (make lab-up).
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, kill, play

MOMENTS = 10
PROGRAM = Path(sys.executable).with_name("ansible-playbook")
SITE = [PROJECT / "lab/bin/ctl", PROGRAM, "-i", "inventories/lab", "playbooks/site.yml"]


def killed_after(seconds: float, log: Path) -> str:
    """Start site.yml and kill it with all its processes; returns the last task begun, empty if the run had ended."""
    with log.open("wb") as output:
        process = subprocess.Popen(SITE, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)
        try:
            process.wait(timeout=seconds)
            return ""
        except subprocess.TimeoutExpired:
            kill(process)
    begun = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("TASK [")]
    return begun[-1] if begun else "before its first task"


def reset() -> None:
    done = subprocess.run([PROJECT / "lab/bin/lab", "reset"], capture_output=True, text=True, timeout=200, check=False)
    assert not done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def length() -> float:
    """Duration of a whole run from the initial state, in seconds."""
    reset()
    begin = time.monotonic()
    done = play("playbooks/site.yml")
    assert not done.returncode, done.stdout + done.stderr
    return time.monotonic() - begin


@pytest.mark.parametrize("number", range(MOMENTS))
def test_the_next_run_completes_what_was_killed(number: int, length: float, tmp_path: Path) -> None:
    reset()
    moment = length * (number + random.random()) / MOMENTS
    while not (place := killed_after(moment, tmp_path / "killed.log")):
        # The run was faster this time.
        reset()
        moment *= 0.9
    print(f"killed after {moment:.1f} s of {length:.0f}, in {place}")
    done = play("playbooks/site.yml")
    assert not done.returncode, f"killed after {moment:.1f} s, in {place}\n{done.stdout}{done.stderr}"
    assert "PASSED" in done.stdout
    again = play("playbooks/site.yml", "--check", "--diff", "--skip-tags", "fabric_verify")
    assert not again.returncode, again.stdout + again.stderr
    assert not re.search(r"changed=[1-9]", again.stdout), f"killed in {place}\n{again.stdout}"
