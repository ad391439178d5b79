# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module of the BIG-IP and the step f5_routing against every pair of answers to the open questions about the
device (docs/device-unknowns.md).

In each: the first run converges, the second writes nothing, a change of one value resets no session that it need not,
a run that fails puts everything back, and `deleted` and a rollback leave what was there before. The table of the
combinations is printed at the end. The module's own tests and those of f5_routing and fabric_decommission, which were
written for the usual answers, run too (spread_personalities.py).
"""

from __future__ import annotations

import copy
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp, routing
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp, Endpoint
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.imish import Imish
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import Config
from ansible_collections.podroute.calico_f5.plugins.modules import bigip_routing
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step
from ansible_collections.podroute.calico_f5.tests.unit.plugins.action import test_f5_routing as f5_routing
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit
from bigip.personality import CHOICES, Personality, choose
from bigip.testing import Simulator, simulator
from spread_personalities import COMBINATIONS, SWITCHES, described

ROOT = Path(__file__).parents[3]
NODES = ("172.16.40.198", "172.16.40.199")
WANTED: dict[str, Any] = {
    "self_ip": {"address": "172.16.40.202"},
    "owner": "podroute:",
    "virtual_addresses": [{"address": "172.16.40.81", "route_advertisement": "selective"}],
    "config": {
        "as_number": "64512", "router_id": "172.16.40.202",
        "peer_groups": [{"name": "calico-k8s", "prefix_list": {"in": "podroute-pods"},
                         "maximum_prefix": {"limit": 1000}}],
        "neighbors": [
            *({"address": node, "remote_as": "64512", "peer_group": "calico-k8s", "password": "Canary-7f3a",
               "description": f"podroute: node{number}"} for number, node in enumerate(NODES)),
            {"address": "172.16.40.77", "remote_as": "65001", "description": "podroute: reflector",
             "capability_graceful_restart": False, "timers": {"keepalive": 30, "holdtime": 60}},
            {"address": "fd00::198", "remote_as": "64512", "description": "podroute: node1 IPv6"},
        ],
        "redistribute": [{"protocol": "kernel", "route_map": "podroute-vips"}],
        "address_family_ipv6": {"neighbors": [
            {"address": "fd00::198", "activate": True, "prefix_list": {"in": "podroute-pods6"}}]},
    },
    "prefix_lists": [
        {"name": "podroute-pods", "entries": [{"seq": 5, "action": "permit", "prefix": "10.244.0.0/16", "le": 26}]},
        {"name": "podroute-pods6", "afi": "ipv6",
         "entries": [{"seq": 5, "action": "permit", "prefix": "fd00:244::/48", "le": 122}]},
        {"name": "podroute-vips", "entries": [{"seq": 5, "action": "permit", "prefix": "172.16.40.81/32"}]},
    ],
    "route_maps": [{"name": "podroute-vips", "entries": [
        {"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": "podroute-vips"}}]}],
}  # fmt: skip


@dataclass
class Device:
    """A simulated BIG-IP, and runs of bigip_routing against it."""

    bigip: Simulator
    personality: Personality
    slept: list[float] = field(default_factory=list)

    def session(self) -> BigIp:
        return BigIp(
            Endpoint(
                server=self.bigip.host,
                port=self.bigip.port,
                ca_path=self.bigip.ca,
                user=self.bigip.user,
                password=self.bigip.password,
            ),
            sleep=self.slept.append,
        )

    def run(self, options: dict[str, Any]) -> dict[str, Any]:
        validated = ArgumentSpecValidator(bigip_routing.argument_spec()).validate(
            {"server": "x", "user": "x", "password": "x", **options}
        )
        assert not validated.error_messages, validated.error_messages
        self.bigip.forget_calls()
        with self.session() as session:
            desired = bigip_routing.desired(validated.validated_parameters)
            planned = routing.plan(routing.read(session, desired, tidy=True), desired)
            return routing.write(session, planned, sleep=self.slept.append).result()

    def delete(self) -> bgp.Change:
        """What bigip_bgp with `state: deleted` does."""
        with self.session() as session:
            imish = Imish(session)
            have, running = bgp.read(imish)
            change = bgp.prepare(have, bgp.Wish(Config(), "deleted"), running)
            bgp.apply(imish, change)
            return change

    def module(self, name: str, /, check: bool = False, **options: Any) -> dict[str, Any]:
        """The result of a module of the collection; it must not fail."""
        place = {"server": self.bigip.host, "server_port": self.bigip.port, "ca_path": self.bigip.ca}
        login = {"user": self.bigip.user, "password": self.bigip.password}
        result = local_module.execute(name, {**place, **login, **options}, check, True)
        assert not result.get("failed"), (name, result)
        return result

    def twice(self, name: str, /, **options: Any) -> dict[str, Any]:
        """A module predicts, changes once, and then writes nothing. The result of the change."""
        assert self.module(name, check=True, **options)["changed"], name
        first = self.module(name, **options)
        assert first["changed"], name
        before = self.running()
        self.bigip.forget_calls()
        again = self.module(name, **options)
        assert not again["changed"], (name, again)
        assert not any(call.startswith(("PATCH", "PUT", "DELETE")) or "uploads" in call for call in self.bigip.writes())
        assert self.running() == before
        return first

    def running(self) -> str:
        return self.bigip.device.routing.imish.command(["imish", "-r", "0", "-e", "show running-config"])


@pytest.fixture(params=COMBINATIONS, ids=described)
def device(request: pytest.FixtureRequest) -> Iterator[Device]:
    personality = choose(request.param)
    with simulator(personality=personality) as bigip:
        yield Device(bigip, personality)


def test_every_pair_of_answers_occurs() -> None:
    for (a, values), (b, others) in itertools.combinations(SWITCHES.items(), 2):
        for value, other in itertools.product(values, others):
            assert any(each[a] == value and each[b] == other for each in COMBINATIONS), (a, value, b, other)
    assert len(COMBINATIONS) <= 20


def wanted(personality: Personality) -> dict[str, Any]:
    """What is asked for: a hold time that this device refuses cannot be (U4)."""
    options = copy.deepcopy(WANTED)
    if personality.timers == "refused":
        options["config"]["neighbors"][2]["timers"] = {"keepalive": 30, "holdtime": 90}
    return options


def changed_description(options: dict[str, Any]) -> dict[str, Any]:
    options = copy.deepcopy(options)
    options["config"]["neighbors"][0]["description"] = "podroute: renamed"
    return options


def test_converges_and_restores(device: Device) -> None:
    options = wanted(device.personality)
    first = device.run(options)
    assert first["changed"]
    assert "Canary-7f3a" not in str(first)
    running = device.running()
    second = device.run(options)
    assert (second["changed"], second["commands"], second["operations"]) == (False, [], [])
    assert not any(call.startswith(("PATCH", "PUT")) or "uploads" in call for call in device.bigip.writes())
    assert device.running() == running

    renamed = device.run(changed_description(options))
    assert renamed["changed"] and renamed["resets"] == {}
    device.run(options)
    assert device.running() == running

    device.bigip.inject("POST", "imish", {"line": "neighbor 172.16.40.50 description", "reply": "% Bad description"})
    more = copy.deepcopy(options)
    more["config"]["neighbors"].append(
        {"address": "172.16.40.50", "remote_as": "64512", "peer_group": "calico-k8s", "description": "podroute: new"}
    )
    with pytest.raises(BigIpError, match="Bad description"):
        device.run(more)
    assert device.running() == running
    device.bigip.inject("DELETE", "imish")

    device.delete()
    assert "router bgp" not in device.running()


def test_every_module_changes_once_and_takes_back(device: Device) -> None:
    """Each module with a prediction, a change and a run without one; then a snapshot is restored, and all deleted."""
    lists = {key: WANTED[key] for key in ("prefix_lists", "route_maps")}
    config = wanted(device.personality)["config"]
    device.twice("bigip_partition", name="k8s")
    device.twice("bigip_route_domain", id=0, routing_protocol=["BGP", "BFD"])
    device.twice("bigip_self_ip", address="172.16.40.202", allow_service=["tcp:179", "udp:3784"])
    device.twice("bigip_virtual_address", virtual_addresses=WANTED["virtual_addresses"])
    empty = device.running()

    device.twice("bigip_bgp", state="merged", config=config, **lists)
    fewer = {**config, "neighbors": config["neighbors"][1:]}
    assert device.module("bigip_bgp", state="replaced", config={**config, "max_paths": {"ebgp": 4}}, **lists)["changed"]
    changed = device.twice("bigip_bgp", state="overridden", config=fewer, **lists)
    assert set(changed["resets"]) <= {NODES[0]}, "only the session that goes away"
    facts = device.module("bigip_bgp_info", gather_subset=["config", "summary", "neighbors", "routes"])
    # One that is not active in IPv4 may be missing in the summary, but is among the neighbors (U8).
    assert [each["address"] for each in facts["neighbors"]] == ["172.16.40.77", NODES[1], "fd00::198"]
    shown = device.module("bigip_imish_command", commands=["show running-config | include router-id"])
    assert "bgp router-id 172.16.40.202" in str(shown["stdout"])

    running = device.running()
    kept = device.module("bigip_snapshot", self_ip={"address": "172.16.40.202"})["snapshot"]
    assert "Canary-7f3a" not in str(kept)
    more = {"address": "172.16.40.50", "remote_as": "65002", "description": "podroute: new"}
    assert device.module("bigip_bgp", state="merged", config={"as_number": "64512", "neighbors": [more]})["changed"]
    restored = device.module("bigip_snapshot", state="restored", snapshot=kept)
    assert restored["changed"] and not restored["conflicts"] and not restored["not_restored"]
    assert device.running() == running

    device.twice("bigip_bgp", state="deleted")
    device.twice("bigip_bgp", state="deleted", **lists)
    assert [line.rstrip() for line in device.running().splitlines()] == [line.rstrip() for line in empty.splitlines()]
    device.twice("bigip_partition", name="k8s", state="absent")


@pytest.mark.parametrize("combination", COMBINATIONS, ids=described)
def test_the_step_f5_routing(combination: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a run: observed by preflight, written, observed again; then a node more and a node fewer."""
    personality = choose(combination)
    monkeypatch.setattr(Step, "process", f5_routing.PROCESS)
    with simulator(f5_routing.device("172.16.40.202"), hostname="bigip1.example", personality=personality) as bigip:
        site = f5_routing.Site({"bigip1": Unit(bigip)}, tmp_path / "runs")
        device = Device(bigip, personality)
        site.begin()
        first = site.run()
        assert first["changed"] and not first.get("failed"), first
        running = device.running()
        site.begin()
        again = site.run()
        assert not again["changed"] and site.calls() == [], again
        site.nodes["k8s-node9"] = "172.16.40.210"
        site.begin()
        more = site.run()
        assert more["changed"] and more["resets"] == {}, more
        del site.nodes["k8s-node9"]
        site.begin()
        fewer = site.run(max_removals=1.0)
        assert fewer["changed"] and set(fewer["resets"]) <= {"172.16.40.210"}, fewer
        assert device.running() == running
        assert bigip.inject("GET", "tokens")["admin"] == 0


SUITES = (
    "module_utils/bigip",
    "module_utils/decommission",
    "module_utils/drain",
    "action/test_f5_routing.py",
)
# They list the calls of a run on a device with the usual answers.
OF_THE_USUAL_DEVICE = (
    "action/test_f5_routing.py::test_the_calls_of_a_whole_run",
    "module_utils/bigip/test_routing.py::test_the_first_run_reads_writes_proves_and_saves",
)


def test_suites_that_were_written_for_the_usual_answers() -> None:
    """Of the modules, f5_routing and fabric_decommission; the last one against every combination."""
    unit = "tests/unit/plugins/"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "spread_personalities", *(unit + each for each in SUITES)]
    command += [f"--deselect={unit}{each}" for each in OF_THE_USUAL_DEVICE]
    command += [f"--thorough={unit}module_utils/decommission"]
    places = [ROOT / "lab", Path(__file__).parent]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed > 25 * len(COMBINATIONS)


@pytest.fixture(scope="module", autouse=True)
def table(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print the combinations that were run, one line each."""
    before = request.session.testsfailed
    yield
    failed = request.session.testsfailed - before
    names = list(SWITCHES)
    rows = [[f"{number}", *(each[name] for name in names)] for number, each in enumerate(COMBINATIONS, 1)]
    widths = [max(len(row[column]) for row in [["#", *names], *rows]) for column in range(len(names) + 1)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [["#", *names], *rows]
    ]
    total = f"{len(rows)} combinations hold every pair of answers; {failed} tests failed"
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print("", *lines, total, sep="\n")


def test_a_line_that_the_output_breaks_is_refused_with_the_line_and_nothing_is_left() -> None:
    """A description beyond 80 columns: what cannot be read back is reported, never taken for something else."""
    personality = choose({"output": "wrapped"})
    with simulator(personality=personality) as bigip:
        device = Device(bigip, personality)
        device.run(WANTED)
        running = device.running()
        long = copy.deepcopy(WANTED)
        long["config"]["neighbors"][0]["description"] = f"podroute: {'x' * 70}"
        with pytest.raises(BigIpError, match="description"):
            device.run(long)
        assert device.running() == running


@pytest.mark.parametrize("answers", [{}, {"graceful_restart": "on", "reply": "late"}, {"output": "padded"}])
def test_a_rewritten_line_is_reported_and_nothing_is_left(answers: dict[str, str]) -> None:
    """U6: the error names the line and what the device made of it."""
    personality = choose({"policy_lines": "normalised", **answers})
    with simulator(personality=personality) as bigip:
        device = Device(bigip, personality)
        with pytest.raises(BigIpError, match="podroute-pods seq 5 permit 10.244.0.0/16.*ge 17 le 26"):
            device.run(WANTED)
        assert "router bgp" not in device.running()
        assert "prefix-list" not in device.running()


@pytest.mark.parametrize("name", ["bigip_bgp", "bigip_routing"])
def test_modules_wait_for_daemons_that_are_only_starting(name: str) -> None:
    """As after BGP was enabled by another task: imi answers at once, its daemons do later."""
    late = choose({"reply": "late"})
    config = {"as_number": "64512", "neighbors": [{"address": NODES[0], "remote_as": "64512"}]}
    with simulator(personality=late) as bigip:
        device = Device(bigip, late)
        device.module("bigip_route_domain", id=0, routing_protocol=["BGP"])
        more = {"self_ip": WANTED["self_ip"]} if name == "bigip_routing" else {"state": "merged"}
        device.module(name, config=config, **more)
        assert "neighbor 172.16.40.198" in device.running()


@pytest.mark.parametrize("form", CHOICES["hidden_password"])
def test_a_hidden_password_is_left_alone(form: str) -> None:
    """U5: whatever the device shows in place of a password is neither compared nor retyped."""
    personality = choose({"hidden_password": form})
    with simulator(personality=personality) as bigip:
        device = Device(bigip, personality)
        device.run(WANTED)
        lines = ("configure terminal", "service password-encryption", "end")
        bigip.device.routing.imish.command(["imish", "-r", "0", *(w for line in lines for w in ("-e", line))])
        running = device.running()
        assert f"password {form} " in running and "Canary-7f3a" not in running
        again = device.run(WANTED)
        assert (again["commands"], again["resets"]) == ([], {})
        assert device.running() == running
