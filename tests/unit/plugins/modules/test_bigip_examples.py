# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documented examples of the bigip modules, run in this process against the simulator.

Only the place of the BIG-IP differs: the examples have 172.16.20.202 and a CA file under /etc.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator

MODULES = sorted(file.stem for file in (Path(__file__).parents[4] / "plugins" / "modules").glob("bigip_*.py"))
# bigip_snapshot restores what it has just read.
READERS = ("bigip_bgp_info", "bigip_imish_command", "bigip_snapshot")
# Which examples are run again; of the others the last one. bigip_snapshot's second needs what the first registers.
AGAIN = {"bigip_bgp": slice(2, 3), "bigip_snapshot": slice(None)}
HERE = "ansible_collections.podroute.calico_f5"


@pytest.fixture
def unit():
    with simulator() as device:
        yield Unit(device)


@pytest.fixture
def play(unit):
    """Run tasks; gives the result of each."""
    place = {"server": unit.simulator.host, "server_port": unit.simulator.port, "ca_path": unit.simulator.ca}

    def run(tasks, check=False):
        results, registered = [], {"bigip_password": unit.simulator.password}
        for task in tasks:
            name = next(key for key in task if key.startswith("podroute."))
            options = {key: filled(value, registered) for key, value in task[name].items()}
            options |= place if "server" in options else {}
            results.append(local_module.execute(name.rpartition(".")[2], options, check, True))
            if "register" in task:
                registered[task["register"]] = results[-1]
        return results

    return run


def filled(value, variables):
    """The value of an option; a template is a variable, or a key of one."""
    if not isinstance(value, str) or not value.startswith("{{"):
        return value
    first, *keys = value.strip("{ }").split(".")
    found = variables[first]
    for key in keys:
        found = found[key]
    return found


def examples(module):
    return yaml.safe_load(importlib.import_module(f"{HERE}.plugins.modules.{module}").EXAMPLES)


def prepare(unit, module):
    """What an example takes for granted."""
    if module in ("bigip_bgp", *READERS):
        unit.enable("BGP")
    if module == "bigip_imish_command":
        unit.configure("router bgp 64512")


@pytest.mark.parametrize("module", MODULES)
def test_examples_change_once_and_not_again(unit, play, module):
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


def test_a_check_run_predicts_the_run(unit, play):
    (predicted,) = play(examples("bigip_routing"), check=True)
    (did,) = play(examples("bigip_routing"))
    assert predicted["commands"] == did["commands"] and predicted["operations"] == did["operations"]
    assert predicted["changed"] and did["changed"]


def test_no_result_has_a_secret(unit, play):
    (task,) = examples("bigip_routing")
    for neighbor in task["podroute.calico_f5.bigip_routing"]["config"]["neighbors"]:
        neighbor["password"] = "SessionCanary7"
    results = [*play([task], check=True), *play([task]), *play(examples("bigip_bgp_info"))]
    assert "podroute: k8s-node1" in str(results)
    assert unit.simulator.password not in str(results)
    assert "SessionCanary7" not in str(results)
    assert unit.running().count("SessionCanary7") == 2


@pytest.mark.parametrize("module", MODULES)
def test_secret_options_are_marked_for_ansible(module):
    def secrets(spec):
        for name, option in spec.items():
            yield from secrets(option.get("options") or {})
            if name in ("password", "bgp_password"):
                yield name, option.get("no_log")

    spec = importlib.import_module(f"{HERE}.plugins.modules.{module}").options()["argument_spec"]
    found = list(secrets(spec))
    assert found and all(no_log is True for _name, no_log in found)


@pytest.mark.parametrize("module", MODULES)
def test_wrong_options_are_named(module):
    result = local_module.execute(module, {"timeout": "soon", "server": "x", "user": "x", "password": "x"})
    assert result["failed"] and "timeout" in result["msg"] or "missing required" in result["msg"]


def test_a_failed_write_has_changed_something_only_if_it_could_not_be_taken_back(unit, play):
    unit.enable()
    unit.configure("router bgp 64512\n neighbor 10.0.0.9 remote-as 64512\n")
    neighbors = [{"address": f"10.0.0.{last}", "remote_as": "64512", "description": f"node-{last}"} for last in (1, 2)]
    task = {
        "name": "Two neighbors, of which the device refuses one",
        "podroute.calico_f5.bigip_bgp": {
            "server": "",
            "user": "admin",
            "password": "{{ bigip_password }}",
            "config": {"as_number": "64512", "neighbors": neighbors},
        },
    }
    no = "% Invalid input detected at '^' marker."
    unit.simulator.inject("POST", "imish", {"line": "node-2", "reply": no})
    (taken_back,) = play([task])
    assert taken_back["failed"] and "The previous configuration was restored" in taken_back["msg"]
    assert taken_back["changed"] is False
    assert "10.0.0.1" not in unit.running()

    unit.simulator.inject("POST", "imish", {"line": "no neighbor", "reply": no})
    (left,) = play([task])
    assert left["failed"] and "could NOT be restored" in left["msg"]
    assert left["changed"] is True
    assert "10.0.0.1" in unit.running()
