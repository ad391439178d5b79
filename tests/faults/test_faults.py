# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of faults.yml, injected into the running lab, is reported by verify.yml as the cause.

Needs the lab (make lab-up). Leaves it in the verified state.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, play, shell, until
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import catalogue

ROUNDS: dict[str, dict[str, Any]] = {
    entry["round"]: entry for entry in yaml.safe_load(Path(__file__).with_name("faults.yml").read_text())
}
CASES = [(name, fault) for name, entry in ROUNDS.items() for fault in entry["faults"]]
# Groups that can report a fault of the network; pings and requests would only take time.
GROUPS = ["pools", "peers", "bigip_config", "sessions", "bigip_routes", "node_routes", "bird"]
# Faults injected through imish are not saved.
UNSAVED = "the running configuration would be lost at a restart"
NODES = ("k8s-master", "k8s-node1")


def established() -> int:
    summary = shell("on bigip1 imish -e 'show ip bgp neighbors' || true")
    return summary.count("BGP state = Established")


def bird(node: str, words: str) -> str:
    return shell(f"on {node} birdc -s /var/run/calico/bird.ctl {words} || true")


def come_back() -> None:
    """BIRD waits a minute or more after an error; a restart of the protocol connects immediately."""
    for node in NODES:
        until(f"BIRD on {node}", lambda node=node: "Global_172_16_40_202" in bird(node, "show protocols"))
        if "Established" not in bird(node, "show protocols Global_172_16_40_202"):
            bird(node, "restart Global_172_16_40_202")
    until("both sessions Established", lambda: established() == len(NODES))


@pytest.fixture(scope="module")
def proven():
    """The lab, with everything in place."""
    if play("playbooks/verify.yml", "-e", "fabric_verify_timeout=5").returncode:
        done = play("playbooks/site.yml")
        assert not done.returncode, done.stdout + done.stderr
    yield
    done = play("playbooks/site.yml")
    assert not done.returncode, done.stdout + done.stderr
    said = drift()
    assert said.returncode == 0, said.stdout + said.stderr


def drift(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The exit code of tools/drift in the lab: 0 (no drift), 1 (drift) or 2 (unknown)."""
    command = [PROJECT / "lab/bin/ctl", PROJECT / "tools" / "drift", "-i", "inventories/lab", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=400, check=False)


@pytest.fixture(scope="module", params=ROUNDS, ids=[name.replace(" ", "-") for name in ROUNDS])
def findings(request, proven, tmp_path_factory):
    """A round, and the findings of verify.yml while all its faults are present."""
    entry = ROUNDS[request.param]
    report = tmp_path_factory.mktemp("report") / "report.json"
    options = {"fabric_verify_timeout": 0, "fabric_verify_report_json": str(report),
               "fabric_verify_groups": GROUPS}  # fmt: skip
    try:
        for fault in entry["faults"]:
            for command in fault["inject"]:
                shell(command)
        settle(entry)
        arguments = [word.format(project=PROJECT) for word in entry.get("arguments", ())]
        done = play("playbooks/verify.yml", *arguments, "-e", json.dumps(options))
        assert done.returncode == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        causes = json.loads(report.read_text())["causes"]
        if "drift" in entry:
            # Without the removed node: it would be refused, not compared.
            said = drift(*(arguments if entry["drift"] == 2 else ()))
            assert said.returncode == entry["drift"], said.stdout + said.stderr
        yield entry, causes
    finally:
        # A fault that was not injected cannot be removed; the healthy state is checked below.
        for command in entry["heal"]:
            shell(f"{command} || true")
        come_back()


def settle(entry: dict[str, Any]) -> None:
    """Faults take time to become visible: confd polls, BIRD reconnects, the kernel is updated."""
    words = [fault["wait"] for fault in entry["faults"] if "wait" in fault]
    for word in words:
        until(word, lambda word=word: word in bird("k8s-node1", "show protocols"), 30)
    if entry["round"] == "filtered on the way":
        come_back()
        time.sleep(6)  # FRR applies a changed filter to redistributed routes 5 s later
        until("the VIP is gone", lambda: "172.16.99.99" not in shell("on k8s-node1 ip route"), 60)
    elif not words:
        time.sleep(5)


def test_every_fault_of_the_round_is_a_root_cause_with_its_check_and_there_is_no_other(findings) -> None:
    entry, causes = findings
    wrong, told = [], []
    for fault in entry["faults"]:
        group, subject, cause = fault["finding"]
        said = [
            one for one in causes if {"group": group, "subject": subject} in one["findings"] and cause in one["cause"]
        ]
        told += said
        if len(said) != 1 or not said[0]["hint"]:
            wrong.append(fault["name"])
    others = [one["cause"] for one in causes if one not in told and UNSAVED not in one["cause"]]
    assert not wrong and not others, f"{wrong} {others}\n{json.dumps(causes, indent=1)}"


def test_the_faults_are_those_of_the_catalogue() -> None:
    assert len(CASES) >= 15
    assert {fault["name"] for _round, fault in CASES} <= set(catalogue.BY_NAME)
