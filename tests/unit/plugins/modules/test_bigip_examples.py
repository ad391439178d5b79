# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the bigip modules as they stand, run by ansible-playbook against the simulator.

Only the place of the BIG-IP differs: the examples say 172.16.20.202 and a CA file under /etc; a copy of the task
gets the simulator's. Everything else is what the documentation shows.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator

MODULES = sorted(file.stem for file in (Path(__file__).parents[4] / "plugins" / "modules").glob("bigip_*.py"))
# bigip_snapshot goes back to what it has just kept.
READERS = ("bigip_bgp_info", "bigip_imish_command", "bigip_snapshot")
# Which examples are run again; of the others the last one. bigip_snapshot's second needs what the first registers.
AGAIN = {"bigip_bgp": slice(2, 3), "bigip_snapshot": slice(None)}
HERE = "ansible_collections.podroute.calico_f5"


@pytest.fixture
def unit():
    with simulator() as device:
        yield Unit(device)


@pytest.fixture
def play(unit, tmp_path):
    """Run tasks; gives the result of each, and everything that was printed."""

    def run(tasks, *arguments):
        place = {"server": unit.simulator.host, "server_port": unit.simulator.port, "ca_path": unit.simulator.ca}
        for task in tasks:
            options = task[next(key for key in task if key.startswith("podroute."))]
            if "server" in options:
                options |= place
        play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
        (tmp_path / "vars.json").write_text(json.dumps({"bigip_password": unit.simulator.password}))
        program = Path(sys.executable).with_name("ansible-playbook")
        done = subprocess.run(
            [program, "-i", "localhost,", "-e", f"@{tmp_path}/vars.json", tmp_path / "play.yml", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(p for p in sys.path if p),
                "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default" if arguments else "ansible.posix.json",
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
                "ANSIBLE_DEPRECATION_WARNINGS": "false",
            },
        )
        assert done.returncode == 0, done.stdout + done.stderr
        if arguments:
            return done.stdout + done.stderr
        (played,) = json.loads(done.stdout[done.stdout.index("{") :])["plays"]
        return [task["hosts"]["localhost"] for task in played["tasks"]]

    return run


def examples(module):
    return yaml.safe_load(importlib.import_module(f"{HERE}.plugins.modules.{module}").EXAMPLES)


def prepare(unit, module):
    """What an example takes for granted."""
    if module in ("bigip_bgp", *READERS):
        unit.enable("BGP")
    if module == "bigip_imish_command":
        unit.configure("router bgp 64512")


@pytest.mark.parametrize("module", MODULES)
def test_examples_do_what_they_say_and_the_second_time_nothing(unit, play, module):
    prepare(unit, module)
    first = play(examples(module))
    names = [task["name"] for task in examples(module)]
    changed = [name for name, result in zip(names, first, strict=True) if result["changed"]]
    offline = [name for name in names if name.startswith(("Show the lines", "Read a saved"))]
    if module in READERS:
        assert changed == []
    else:
        assert set(changed) <= set(names) - set(offline) and changed
    assert unit.tokens()["admin"] == 0
    again = play(examples(module)[AGAIN.get(module, slice(-1, None))])
    assert again and not any(result["changed"] for result in again)


def test_a_check_run_says_what_the_run_does(unit, play):
    (predicted,) = play([task | {"check_mode": True} for task in examples("bigip_routing")])
    (did,) = play(examples("bigip_routing"))
    assert predicted["commands"] == did["commands"] and predicted["operations"] == did["operations"]
    assert predicted["changed"] and did["changed"]


def test_no_secret_is_printed_at_any_verbosity(unit, play):
    (task,) = examples("bigip_routing")
    for neighbor in task["podroute.calico_f5.bigip_routing"]["config"]["neighbors"]:
        neighbor["password"] = "SessionCanary7"
    printed = play([task], "-vvvv", "--diff")
    assert "podroute: k8s-node1" in printed
    assert unit.simulator.password not in printed
    assert "SessionCanary7" not in printed
    assert unit.running().count("SessionCanary7") == 2


def test_a_failed_write_has_changed_something_only_if_it_could_not_be_taken_back(unit, play):
    unit.enable()
    unit.configure("router bgp 64512\n neighbor 10.0.0.9 remote-as 64512\n")
    neighbors = [
        {"address": f"10.0.0.{last}", "remote_as": "64512", "description": f"node-{last}"} for last in (1, 2)
    ]
    task = {
        "name": "Two neighbors, of which the device refuses one",
        "podroute.calico_f5.bigip_bgp": {
            "server": "",
            "user": "admin",
            "password": "{{ bigip_password }}",
            "config": {"as_number": "64512", "neighbors": neighbors},
        },
        "ignore_errors": True,
    }
    no = "% Invalid input detected at '^' marker."
    unit.simulator.inject("POST", "imish", {"line": "node-2", "reply": no})
    (taken_back,) = play([task])
    assert taken_back["failed"] and "The former configuration was put back" in taken_back["msg"]
    assert taken_back["changed"] is False
    assert "10.0.0.1" not in unit.running()

    unit.simulator.inject("POST", "imish", {"line": "no neighbor", "reply": no})
    (left,) = play([task])
    assert left["failed"] and "could NOT be put back" in left["msg"]
    assert left["changed"] is True
    assert "10.0.0.1" in unit.running()
