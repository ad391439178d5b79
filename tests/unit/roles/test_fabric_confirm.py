# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role fabric_rollback as site.yml uses it, against a simulated BIG-IP and a fake calicoctl.

The plays are those of site.yml without the cluster's own roles: keep, write the BIG-IP, a step that fails, finish.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.conftest import Fake

NAME = "podroute.calico_f5.fabric_rollback"


def part(moment, **variables):
    task = {"name": moment, "ansible.builtin.include_role": {"name": NAME, "tasks_from": moment}}
    return {**task, "vars": variables} if variables else task


FAILS = {
    "name": "The proof does not come",
    "block": [{"name": "Wait", "ansible.builtin.fail": {"msg": "no session with k8s-node1"}}],
    "rescue": [
        {
            "name": "As step.yml does",
            "ansible.builtin.set_fact": {"fabric_rollback_broken": ["the proof: no session with k8s-node1"]},
            "delegate_to": "localhost",
            "delegate_facts": True,
        }
    ],
}


class Bench:
    def __init__(self, place: Path, unit: Unit, fake: Fake) -> None:
        self.place, self.unit, self.fake = place, unit, fake

    def play(self, *tasks, variables=(), arguments=()):
        """ansible-playbook over these tasks."""
        simulated = self.unit.simulator
        hosts = {
            "all": {
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": sys.executable,
                    "bigip_password": simulated.password,
                    "bigip_ca_path": simulated.ca,
                    "bigip_port": simulated.port,
                    "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16"}],
                    "vip_ranges": ["172.16.40.80/31"],
                    "advertised_vips": [{"address": "172.16.40.81"}],
                    "calicoctl_path": str(self.fake.program),
                    "kubeconfig": str(self.fake.kubeconfig),
                    "fabric_rollback_folder": str(self.place / "runs"),
                    **dict(variables),
                },
                "hosts": {"localhost": {}},
                "children": {
                    "k8s_nodes": {"hosts": {"n1": {"node_ip": "172.16.40.199", "as_number": "64512"}}},
                    "bigips": {
                        "hosts": {
                            "bigip1": {
                                "ansible_host": simulated.host,
                                "bgp_address": "172.16.40.202",
                                "as_number": "64512",
                            }
                        }
                    },
                },
            }
        }
        (self.place / "hosts.yml").write_text(yaml.safe_dump(hosts))
        play = {"hosts": "bigips", "gather_facts": False, "any_errors_fatal": True, "tasks": list(tasks)}
        (self.place / "play.yml").write_text(yaml.safe_dump([play]))
        return subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), "-i", "hosts.yml", "play.yml", *arguments],
            cwd=self.place,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
            env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(p for p in sys.path if p)},
        )

    def journals(self):
        return [
            [json.loads(line)["state"] for line in path.read_text().splitlines()]
            for path in sorted((self.place / "runs").glob("*/journal.jsonl"))
        ]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    fake = Fake(tmp_path)
    monkeypatch.setenv("PODROUTE_FAKE_STATE", str(fake.path))
    with simulator() as device:
        unit = Unit(device)
        unit.configure("router bgp 64512\n neighbor 172.16.40.9 remote-as 64999\n")
        yield Bench(tmp_path, unit, fake)


BOTH = "f5_routing,calico_bgp"
WRITE = part("step", fabric_rollback_role="f5_routing")


def test_a_run_that_does_not_come_true_goes_back_and_says_why(bench):
    before = bench.unit.running()
    done = bench.play(part("keep"), WRITE, part("left"), FAILS, part("finish"))
    told = done.stdout + done.stderr
    assert done.returncode == 2, told
    assert "no session with k8s-node1" in told and "bigip1 went back to what was there before" in told
    assert sorted(bench.unit.running().splitlines()) == sorted(before.splitlines())
    assert bench.journals() == [["started", "writing", "going back", "rolled back"]]
    kept = "".join(path.read_text() for path in (bench.place / "runs").rglob("*") if path.is_file())
    assert bench.unit.simulator.password not in kept + told


def test_a_role_that_fails_is_the_cause_and_nothing_is_written_after_it(bench):
    wrong = dict(variables={"f5_routing_protocols": ["nonsense"]})
    done = bench.play(part("keep"), WRITE, WRITE, part("left"), part("finish"), **wrong)
    told = done.stdout + done.stderr
    assert done.returncode == 2, told
    assert "f5_routing on bigip1" in told and "bigip1 is as it was before" in told
    assert bench.journals() == [["started", "writing", "going back", "rolled back"]]


def test_a_run_that_stands_can_be_taken_back_later(bench):
    before = bench.unit.running()
    done = bench.play(part("keep"), WRITE, part("left"), part("finish"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert bench.unit.running() != before
    assert bench.journals() == [["started", "writing", "written"]]
    done = bench.play(part("rollback"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(bench.unit.running().splitlines()) == sorted(before.splitlines())
    done = bench.play(part("rollback"))
    assert done.returncode == 2 and "has no run that wrote something and still stands" in done.stdout + done.stderr


def test_check_mode_and_the_switch_leave_no_record(bench):
    for more in ({"arguments": ["--check"]}, {"variables": {"fabric_rollback_enabled": False}}):
        done = bench.play(part("keep"), WRITE, part("left"), part("finish"), **more)
        assert done.returncode == 0, done.stdout + done.stderr
        assert bench.journals() == []


def test_switched_off_a_failure_is_one_at_once(bench):
    off = {"fabric_rollback_enabled": False, "f5_routing_protocols": ["nonsense"]}
    done = bench.play(part("keep"), WRITE, part("finish"), variables=off)
    told = done.stdout + done.stderr
    assert done.returncode == 2 and "nonsense" in told and bench.journals() == []


def test_after_an_interruption_the_next_run_says_what_stands_and_goes_on(bench):
    before = bench.unit.running()
    assert bench.play(part("keep"), WRITE).returncode == 0
    done = bench.play(part("keep"), WRITE, part("left"), FAILS, part("finish"))
    told = done.stdout + done.stderr
    assert "it had begun to write: f5_routing on bigip1" in told
    assert sorted(bench.unit.running().splitlines()) == sorted(before.splitlines()), told


@pytest.mark.parametrize(("tags", "wrong"), [("f5_routing", False), ("f5_routing", True), (BOTH, True)])
def test_parts_of_the_site_leave_their_snapshot_or_go_back(bench, tags, wrong):
    """With Calico, what fails is a play after the one that wrote: the fake cluster has no nodes."""
    before = bench.unit.running()
    refused = wrong and tags == "f5_routing"
    bench.play(variables={"f5_routing_protocols": ["nonsense"]} if refused else {})  # writes the inventory
    site = Path(__file__).parents[3] / "playbooks/site.yml"
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "hosts.yml", site, "--tags", tags,
         "--skip-tags", "fabric_preflight"],
        cwd=bench.place, capture_output=True, text=True, timeout=280, check=False,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(p for p in sys.path if p)},
    )
    told = done.stdout + done.stderr
    assert done.returncode == (2 if wrong else 0), told
    assert (sorted(bench.unit.running().splitlines()) == sorted(before.splitlines())) is wrong
    writing = ["writing"] * len(tags.split(","))
    states = ["started", *writing, *(["going back", "rolled back"] if wrong else ["written"])]
    assert bench.journals() == [states], told


def test_drift_writes_nothing_names_what_differs_and_what_it_cannot_tell(bench):
    bench.play()  # writes the inventory
    bench.unit.simulator.forget_calls()
    bench.fake.forget_calls()
    tool = Path(__file__).parents[3] / "tools/drift"
    paths = {"ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(p for p in sys.path if p), "KUBECONFIG": "/nonexistent"}
    done = subprocess.run(
        [tool, "-i", "hosts.yml"],
        cwd=bench.place, capture_output=True, text=True, timeout=280, check=False,
        env={**os.environ, **paths, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    told = done.stdout + done.stderr
    assert done.returncode == 2, told
    assert "bigip1: net/route-domain" in told or "bigip1: router bgp 64512" in told, told
    assert "controller: cannot tell" in told, told
    assert not [call for call in bench.unit.calls() if call.startswith(("PATCH", "PUT", "upload", "imish -f"))]
    assert not {"apply", "delete", "patch node", "create"} & set(bench.fake.commands)
