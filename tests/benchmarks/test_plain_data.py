# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No code below the entry of an action or filter receives Ansible's types: lazy, tagged or templated.

Whole playbooks run at two nodes, and every call into module_utils is checked (watch/sitecustomize.py). Every action
and filter of the collection must have been run.
"""

from __future__ import annotations

import contextlib
import json
import runpy
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
WATCH = Path(__file__).with_name("watch")
sys.path[:0] = [str(TOP), str(TOP / "lab")]

from benchmarks.bench import bench  # noqa: E402

FILTER = [{"hosts": "localhost", "gather_facts": False, "tasks": [
    {"ansible.builtin.debug": {"msg": "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"}}]}]  # fmt: skip


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> list[str]:
    """The log of calls while every playbook ran."""
    folder = tmp_path_factory.mktemp("watch")
    log = folder / "log"
    log.touch()
    with bench(2) as there:
        there.environment |= {"WATCH_LOG": str(log), "PYTHONPATH": str(WATCH)}
        playbooks = TOP / "playbooks"
        there.site()
        there.play(playbooks / "drift.yml")
        there.play(playbooks / "adopt.yml", "-e", json.dumps({"adopt_inventory": str(folder / "adopted.yml")}))
        # Both are refused here: the node is not cordoned, and there is only one BIG-IP.
        for playbook, asked in (("drain.yml", "drain=node0001"), ("failover.yml", "failover=bigip1")):
            with contextlib.suppress(SystemExit):
                there.play(playbooks / playbook, "--check", "-e", asked)
        there.play(playbooks / "decommission.yml", "--check", "-e", "decommission=all")
        there.plays("filter", FILTER)()
    return log.read_text().splitlines()


def test_every_action_and_filter_was_run(lines):
    plugins = TOP / "plugins"
    all_of_them = {f"ran {path.relative_to(plugins)}" for kind in ("action", "filter")
                   for path in (plugins / kind).glob("[a-z]*.py")}  # fmt: skip
    assert all_of_them <= set(lines)


def test_no_type_of_ansibles_gets_below_the_entrance(lines):
    assert [line for line in lines if line.startswith("got ")] == []


def test_the_watch_sees_a_type_of_ansibles():
    """A test of the check: a subclass that pretends to be Ansible's, inside plain containers."""
    foreign = runpy.run_path(str(WATCH / "sitecustomize.py"))["foreign"]
    lazy = type("Lazy", (dict,), {"__module__": "ansible.example"})
    assert list(foreign({"a": [{"b": lazy()}]})) == ["ansible.example.Lazy"]
    assert list(foreign({"a": ["b", 1, None]})) == []
