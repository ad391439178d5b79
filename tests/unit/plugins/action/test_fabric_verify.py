# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.podroute.calico_f5.plugins.action.fabric_verify import ActionModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder
from ansible_collections.podroute.calico_f5.plugins.module_utils.run.process import process_id
from ansible_collections.podroute.calico_f5.tests.unit.plugins.action.steps import NODES, Bench
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    PODS,
    VIRTUAL_SERVERS,
    observed,
    summarised,
)

SCHEMA = json.loads((Path(__file__).resolve().parents[4] / "docs/report.schema.json").read_text())


def pod(node: str, ip: str) -> dict[str, Any]:
    return {
        "metadata": {"name": f"busybox-{node}", "namespace": "default"},
        "spec": {"nodeName": node},
        "status": {"podIP": ip, "conditions": [{"type": "Ready", "status": "True"}]},
    }


class Live:
    """A fabric as its modules report it; tests change ``raw``."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.raw = bench, observed()
        bench.answers = {
            "bigip_bgp_info": lambda _arguments: self.raw["bigips"]["bigip1"],
            "calico_info": lambda _arguments: self.raw["calico"],
            "calico_bgp_status": self._status,
            "fabric_probe": lambda _arguments: self.raw["probes"],
            "k8s_objects_info": self._objects,
        }

    def _status(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if self.raw["status"].get("failed"):
            return self.raw["status"]
        nodes = summarised(self.raw)["status"]["nodes"]
        return {"nodes": {name: nodes[name] for name in arguments["nodes"]}}

    def _objects(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        controller = self.raw["controller"]
        pods = [{"resources": [pod(node, ip) for node, ip in PODS.items()]}, controller["pods"]]
        results = []
        for query in arguments["queries"]:
            if query["kind"] == "Pod":
                results.append(pods.pop(0))
            elif query["kind"] == "EndpointSlice":
                results.append(controller["endpoints"])
            else:
                held = controller["deployments"]["resources"]
                results.append({"resources": [one for one in held if one["metadata"]["name"] == query["name"]]})
        return {"results": results}

    def verify(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        options = {"timeout": 0, "delay": 0.01, "virtual_servers": VIRTUAL_SERVERS, **options}
        return self.bench.run(ActionModule, check_mode, **options)

    @property
    def printed(self) -> str:
        return self.bench.printed


@pytest.fixture
def live(bench: Bench) -> Live:
    return Live(bench)


def lose_session(raw: dict[str, Any]) -> None:
    raw["bigips"]["bigip1"]["config"]["config"]["neighbors"][1]["remote_as"] = "64999"
    raw["bigips"]["bigip1"]["neighbors"][1].update(state="Active", accepted_prefixes=0)


def test_a_good_fabric_passes_with_one_read_of_everything(live: Live, tmp_path: Path) -> None:
    files = {kind: f"{tmp_path}/report.{kind}" for kind in ("json", "junit", "markdown", "html")}
    result = live.verify(**files)
    assert (result["passed"], result["failed_checks"], result["changed"]) == (True, 0, False), live.printed
    assert re.search(r"^PASSED: \d+ checks in 10 groups$", live.printed, re.MULTILINE)
    assert live.bench.called() == sorted(live.bench.answers)
    assert all(Path(path).stat().st_mode & 0o077 == 0 for path in files.values())
    report = json.loads(Path(files["json"]).read_text())
    jsonschema.validate(report, SCHEMA)
    assert (report["schema"], report["passed"], report["failed"]) == (1, True, 0) and "sampled" not in report
    page = Path(files["html"]).read_text()
    assert ">172.16.40.80</text>" in page and ">AS 64512, active</text>" in page
    assert "canary" not in live.printed + page + json.dumps(report)


def test_the_whole_takes_no_longer_than_its_parts(live: Live) -> None:
    """Everything is read at the same time."""

    def slow(answer: Any) -> Any:
        def wait(arguments: Mapping[str, Any]) -> dict[str, Any]:
            time.sleep(0.3)
            return answer(arguments)

        return wait

    for name in ("bigip_bgp_info", "calico_bgp_status", "fabric_probe"):
        live.bench.answers[name] = slow(live.bench.answers[name])
    began = time.monotonic()
    assert live.verify(timeout=60)["passed"]
    assert time.monotonic() - began < 0.8


def test_a_failure_names_session_and_cause(live: Live) -> None:
    lose_session(live.raw)
    result = live.verify()
    assert result["failed"] and result["passed"] is False
    assert result["msg"].startswith("FAILED: ")
    cause = "AS mismatch on the BIG-IP's side: neighbor 172.16.40.198 has remote-as 64999"
    assert f"- bigip1, bigip1 - k8s-node1: {cause}" in result["msg"]
    assert cause in " ".join(live.printed.split())


def test_a_refused_login_is_not_repeated(live: Live) -> None:
    live.raw["bigips"]["bigip1"] = {"failed": True, "msg": "bigip1: 401 Authentication failed", "login_refused": True}
    result = live.verify(timeout=0.5)
    assert "401 Authentication failed" in result["msg"]
    calls = live.bench.called()
    assert calls.count("bigip_bgp_info") == 1 < calls.count("fabric_probe")


def test_only_what_failed_is_read_again(live: Live) -> None:
    live.raw["status"]["nodes"]["k8s-node1"]["agent"]["state"] = "NotReady"
    original = live.bench.answers["calico_bgp_status"]
    asked = []

    def recover(arguments: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(arguments["nodes"])
        if len(asked) == 3:
            live.raw["status"]["nodes"]["k8s-node1"]["agent"]["state"] = "Ready"
        return original(arguments)

    live.bench.answers["calico_bgp_status"] = recover
    assert live.verify(timeout=60)["passed"]
    assert asked == [list(NODES), ["k8s-node1"], ["k8s-node1"]]
    calls = live.bench.called()
    assert calls.count("bigip_bgp_info") == calls.count("fabric_probe") == 1


def test_reads_end_at_the_deadline(live: Live) -> None:
    lose_session(live.raw)
    began = time.monotonic()
    assert live.verify(timeout=0.3, delay=0.05)["failed"]
    assert time.monotonic() - began < 2
    assert live.bench.called().count("bigip_bgp_info") > 2


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("bigip_bgp_info", "the BIG-IP could not be read: connection refused"),
        ("calico_info", "connection refused"),
        ("calico_bgp_status", "the status of the nodes could not be read: connection refused"),
        ("fabric_probe", "connection refused"),
        ("k8s_objects_info", "connection refused"),
    ],
)
def test_what_cannot_be_read_is_a_failure_with_its_reason(live: Live, module: str, part: str) -> None:
    live.bench.answers[module] = {"failed": True, "msg": "connection refused"}
    result = live.verify()
    assert result["failed"] and part in " ".join(live.printed.split())


def test_without_virtual_servers_there_is_no_controller_to_check(live: Live) -> None:
    assert live.verify(virtual_servers=[])["passed"], live.printed
    assert "Not checked, because the inventory has none: controller, virtual_servers." in live.printed


def test_a_controller_without_virtual_servers_is_checked(live: Live) -> None:
    live.bench.shared["bigip_ctlr_partition"] = "k8s"
    live.raw["controller"]["deployments"]["resources"][0]["status"]["readyReplicas"] = 0
    assert live.verify(virtual_servers=[])["failed"]
    assert "kube-system/k8s-bigip-ctlr-deployment" in live.printed
    assert "Not checked, because the inventory has none: virtual_servers." in live.printed


def test_the_controller_of_a_named_fabric_has_its_name(live: Live) -> None:
    live.bench.shared["fabric_name"] = "east"
    assert live.verify(groups=["controller"])["failed"]
    assert "Deployment kube-system/k8s-bigip-ctlr-deployment-east does not exist" in " ".join(live.printed.split())


def test_a_controller_that_is_removed_is_not_checked(live: Live) -> None:
    live.bench.shared["bigip_ctlr_state"] = "absent"
    live.raw["controller"] = {name: {"resources": []} for name in live.raw["controller"]}
    live.raw["bigips"]["bigip1"]["virtual_servers"] = []
    assert live.verify()["passed"], live.printed
    assert "Not checked, because the inventory has none: controller, virtual_servers." in live.printed


def test_the_problems_of_the_inventory_are_returned_as_a_list(live: Live) -> None:
    live.bench.hosts["k8s-node1"]["node_ip"] = "nowhere"
    result = live.verify()
    assert result["failed"] and not result["changed"]
    assert [problem.partition(" is ")[0] for problem in result["problems"]] == ["k8s-node1: node_ip"]


def test_a_group_that_is_asked_for_and_has_no_checks_fails(live: Live) -> None:
    result = live.verify(virtual_servers=[], groups=["pools", "virtual_servers"])
    assert result["failed"] and "no checks" in live.printed


def test_only_what_the_groups_need_is_read(live: Live) -> None:
    assert live.verify(groups=["sessions"])["passed"]
    assert live.bench.called() == ["bigip_bgp_info", "calico_info"]


def test_an_unknown_group_is_refused(live: Live) -> None:
    with pytest.raises(Exception, match="groups"):
        live.verify(groups=["4"])


def test_a_sample_of_the_nodes_is_named_in_the_report(live: Live, tmp_path: Path) -> None:
    assert live.verify(node_sample=1, json=f"{tmp_path}/report.json")["passed"], live.printed
    asked = [arguments["nodes"] for name, arguments in live.bench.calls if name == "calico_bgp_status"]
    assert [len(nodes) for nodes in asked] == [1]
    assert "Nodes read: 1 of 2 (fabric_verify_node_sample)." in live.printed
    report = json.loads((tmp_path / "report.json").read_text())
    jsonschema.validate(report, SCHEMA)
    assert report["sampled"] == {"nodes": 1, "of": 2}


def test_check_mode_judges_nothing(live: Live, tmp_path: Path) -> None:
    live.raw["bigips"]["bigip1"]["config"] = {"enabled": False, "config": None, "saved": None}
    result = live.verify(check_mode=True, timeout=60, json=f"{tmp_path}/report.json")
    assert "failed" not in result and result["passed"] is False
    assert "Check mode: nothing was changed, so failed checks are not errors." in live.printed
    assert "PASSED" not in live.printed and not (tmp_path / "report.json").exists()
    assert live.bench.called().count("bigip_bgp_info") == 1


def test_in_a_run_the_observation_and_the_changes_of_its_folder_are_used(live: Live, tmp_path: Path) -> None:
    run = folder.begin(Path(live.bench.shared["fabric_run_dir"]), process_id(os.getppid()))
    run.save("observed-calico", live.raw["calico"])
    run.save("changes-bigip1", [{"title": "imish", "before": "", "after": "router bgp 64512\n"}])
    run.save("step-calico_bgp-localhost", {"changed": False})
    assert live.verify(json=f"{tmp_path}/report.json")["passed"]
    assert "calico_info" not in live.bench.called()
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["changes"] == [{"title": "bigip1: imish", "text": "@@ -0,0 +1 @@\n+router bgp 64512"}]
    assert run.load("verify")["passed"]
    run.save("step-calico_bgp-localhost", {"changed": True})
    live.verify()
    assert "calico_info" in live.bench.called()


def test_a_report_that_cannot_be_written(live: Live) -> None:
    result = live.verify(json="/proc/nowhere/report.json")
    assert result["failed"] and "/proc/nowhere/report.json: the report cannot be written" in result["msg"]


def test_an_inventory_without_bigips_is_refused(live: Live) -> None:
    del live.bench.hosts["bigip1"]
    result = live.verify()
    assert result["failed"] and "expected at least one BIG-IP" in result["msg"] and live.bench.calls == []


def test_every_bigip_is_read_with_its_own_connection(live: Live) -> None:
    live.bench.hosts["bigip2"] = {"ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203", "as_number": "64512"}
    result = live.verify()
    servers = {arguments["server"] for name, arguments in live.bench.calls if name == "bigip_bgp_info"}
    assert servers == {"172.16.20.202", "172.16.20.203"}
    # Both answers are bigip1's, so bigip2's self IP and sessions are missing.
    assert result["failed"] and "no self IP of bigip2 has the address 172.16.40.203" in live.printed
    assert "no self IP of bigip1" not in live.printed


@pytest.mark.parametrize(("held", "seconds"), [(90, 90), (9, 9), (None, 9)])
def test_the_longest_loss_counts_the_hold_time_of_the_sessions_that_are_up(live: Live, held: int, seconds: int) -> None:
    """Other timers apply only to sessions that are established later."""
    live.bench.shared["bgp_timers"] = {"keepalive": 3, "holdtime": 9}
    for neighbor in live.raw["bigips"]["bigip1"]["neighbors"]:
        neighbor["hold_time"] = held
    live.verify()
    assert f"a node or BIG-IP loses power or its link: {seconds} s;" in live.printed
