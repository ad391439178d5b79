# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles fabric_preflight and fabric_verify, run by ansible-playbook with modules that give recorded results.

The collection of the test has the real roles, filters and playbooks, and under the names of the reading modules a
module that returns what a file says and writes down that it was called. So the tests see what a person sees, and how
often something is read.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
)

ROOT = Path(__file__).resolve().parents[3]

# The real arguments do not matter here: the stand-in takes whatever the role gives it.
STAND_IN = """#!/usr/bin/python
import json, pathlib
from ansible.module_utils.basic import AnsibleModule
NAME = {name!r}
def main():
    module = AnsibleModule(argument_spec={spec!r}, supports_check_mode=True)
    place = pathlib.Path({place!r})
    with (place / "calls").open("a") as calls:
        calls.write(NAME + "\\n")
    key = NAME + ("-" + module.params["kind"] if module.params.get("kind") else "")
    recorded = json.loads((place / "results.json").read_text())
    result = recorded.get(key, {{}})
    if result.get("failed"):
        module.fail_json(msg=result["msg"])
    module.exit_json(changed=False, **result)
main()
"""

BIGIP = {
    name: {"type": "raw", "no_log": name == "password"}
    for name in (
        "server server_port user password validate_certs ca_path gather_subset route_domain ping ping_count"
    ).split()
}
CALICO = {name: {"type": "raw"} for name in ("kubeconfig", "calicoctl_path", "ipam", "expected_nodes")}
STATUS = {name: {"type": "raw"} for name in ("kubeconfig", "calicoctl_path", "node_command", "exec")}
PROBE = {
    name: {"type": "raw"}
    for name in "kubeconfig vips urls pod_namespace pod_selector nodes node_command sample".split()
}
K8S = {name: {"type": "raw"} for name in ("kubeconfig", "api_version", "kind", "name", "namespace", "label_selectors")}

HOSTS = {
    "all": {
        "vars": {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "bigip_password": "canary",
            "fabric_verify_timeout": 1,
            "fabric_verify_delay": 1,
            "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16"}],
            "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
            "advertised_vips": [{"address": "172.16.40.81"}, {"address": "172.16.99.99"}],
            "virtual_servers": VIRTUAL_SERVERS,
        },
        "hosts": {"localhost": {}},
        "children": {
            "k8s_nodes": {
                "hosts": {
                    "k8s-master": {"node_ip": "172.16.40.199", "as_number": "64512"},
                    "k8s-node1": {"node_ip": "172.16.40.198", "as_number": "64512"},
                }
            },
            "bigips": {
                "hosts": {
                    "bigip1": {
                        "ansible_host": "172.16.20.202",
                        "bgp_address": "172.16.40.202",
                        "as_number": "64512",
                    }
                }
            },
        },
    }
}


class Bench:
    """A collection with stand-ins, an inventory, and ansible-playbook."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.hosts: dict[str, Any] = json.loads(json.dumps(HOSTS))
        self.raw = observed()
        ours = place / "ansible_collections/podroute/calico_f5"
        ours.mkdir(parents=True)
        for part in ("roles", "playbooks", "meta", "plugins/filter", "plugins/action", "plugins/module_utils",
                     "plugins/plugin_utils"):
            shutil.copytree(ROOT / part, ours / part, ignore=shutil.ignore_patterns("__pycache__"))
        (ours / "plugins/modules").mkdir()
        shutil.copy(ROOT / "plugins/modules/fabric_report.py", ours / "plugins/modules")
        self._stand_in(ours, "bigip_bgp_info", BIGIP)
        self._stand_in(ours, "calico_info", CALICO)
        self._stand_in(ours, "calico_bgp_status", STATUS)
        self._stand_in(ours, "fabric_probe", PROBE)
        (ours / "meta/runtime.yml").write_text(
            "requires_ansible: '>=2.19.0'\n"
            "action_groups: {bigip: [bigip_bgp_info], calico: [calico_info, calico_bgp_status]}\n"
        )
        theirs = place / "ansible_collections/kubernetes/core"
        (theirs / "plugins/modules").mkdir(parents=True)
        self._stand_in(theirs, "k8s_info", K8S)

    def _stand_in(self, collection: Path, name: str, spec: dict[str, Any]) -> None:
        text = STAND_IN.format(name=name, spec=spec, place=str(self.place))
        (collection / f"plugins/modules/{name}.py").write_text(text)

    def run(self, playbook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        controller = self.raw["controller"]
        results = {
            "bigip_bgp_info": self.raw["bigips"]["bigip1"],
            "calico_info": self.raw["calico"],
            "calico_bgp_status": self.raw["status"],
            "fabric_probe": self.raw["probes"],
            "k8s_info-Deployment": controller["deployments"],
            "k8s_info-Pod": controller["pods"],
            "k8s_info-EndpointSlice": controller["endpoints"],
        }
        (self.place / "results.json").write_text(json.dumps(results))
        (self.place / "hosts.json").write_text(json.dumps(self.hosts))
        program = Path(sys.executable).with_name("ansible-playbook")
        return subprocess.run(
            [str(program), "-i", str(self.place / "hosts.json"), f"podroute.calico_f5.{playbook}", *arguments],
            cwd=self.place,
            env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(self.place), "ANSIBLE_NOCOLOR": "1"}
            | {"ANSIBLE_INVENTORY_ENABLED": "yaml", "ANSIBLE_YAML_FILENAME_EXT": ".json"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def calls(self) -> list[str]:
        place = self.place / "calls"
        return place.read_text().split() if place.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_proof_of_a_fabric_that_is_well(bench: Bench, tmp_path: Path) -> None:
    kinds = ("json", "junit", "markdown", "html")
    changed = {"changes": {"bigip1": {"diff": {"before": "", "after": "router bgp 64512\n"}}}}
    values = {f"report_{kind}": f"{tmp_path}/report.{kind}" for kind in kinds} | changed
    values = {f"fabric_verify_{key}": value for key, value in values.items()}
    done = bench.run("verify", "-e", json.dumps(values))
    assert done.returncode == 0, done.stdout + done.stderr
    assert all((tmp_path / f"report.{kind}").stat().st_mode & 0o077 == 0 for kind in kinds)
    # The controller's VIP is drawn too, and what was changed is told.
    page = (tmp_path / "report.html").read_text()
    assert ">172.16.40.80</text>" in page and ">AS 64512, active</text>" in page
    assert '<span class="added">+router bgp 64512</span>' in page
    assert re.search(r"PROVEN: \d+ checks of 10 capabilities hold", done.stdout)
    assert "changed=0" in done.stdout
    assert "canary" not in done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["schema"], report["proven"], report["failed"]) == (1, True, 0)
    assert report["changes"] == [{"title": "bigip1", "text": "@@ -0,0 +1 @@\n+router bgp 64512"}]
    jsonschema.validate(report, json.loads((ROOT / "docs/report.schema.json").read_text()))
    # Everything is read once; the probes are asked for twice, for the pods and then for the packets.
    assert sorted(bench.calls()) == [
        "bigip_bgp_info",
        "calico_bgp_status",
        "calico_info",
        "fabric_probe",
        "fabric_probe",
        "k8s_info",
        "k8s_info",
        "k8s_info",
    ]


def test_a_failure_names_session_and_cause(bench: Bench) -> None:
    bench.raw["bigips"]["bigip1"]["config"]["config"]["neighbors"][1]["remote_as"] = "64999"
    bench.raw["bigips"]["bigip1"]["neighbors"][1].update(state="Active", accepted_prefixes=0)
    # As text, as everything comes that is given in this way.
    done = bench.run("verify", "-e", "fabric_verify_timeout=1 fabric_verify_delay=1")
    assert done.returncode == 2
    for part in (
        "bigip1 - k8s-node1",
        "AS mismatch on the BIG-IP's side: neighbor 172.16.40.198 has remote-as 64999",
        "FAILED: ",
    ):
        assert part in done.stdout + done.stderr


def test_what_cannot_be_read_is_a_failure_with_its_reason(bench: Bench) -> None:
    bench.raw["bigips"]["bigip1"] = {"failed": True, "msg": "172.16.20.202:443: connection refused"}
    done = bench.run("verify")
    assert done.returncode == 2
    assert "the BIG-IP could not be read: 172.16.20.202:443: connection refused" in done.stdout + done.stderr


def test_a_capability_without_a_subject_fails(bench: Bench) -> None:
    bench.hosts["all"]["vars"]["virtual_servers"] = []
    done = bench.run("verify")
    assert done.returncode == 2
    assert "nothing to verify" in done.stdout + done.stderr


def test_capabilities_can_be_left_out(bench: Bench) -> None:
    bench.hosts["all"]["vars"]["virtual_servers"] = []
    done = bench.run("verify", "-e", '{"fabric_verify_capabilities": [1, 2, 3, 4, 5, 6, 7, 10]}')
    assert done.returncode == 0, done.stdout + done.stderr
    assert "k8s_info" not in bench.calls()


def test_check_mode_judges_nothing_and_says_so(bench: Bench, tmp_path: Path) -> None:
    bench.raw["bigips"]["bigip1"]["config"] = {"enabled": False, "config": None, "saved": None}
    done = bench.run("verify", "--check", "-e", f"fabric_verify_report_json={tmp_path}/report.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Check mode: nothing was changed, so nothing is judged" in done.stdout
    assert "PROVEN" not in done.stdout
    assert not (tmp_path / "report.json").exists()


def test_an_inventory_without_bigips_is_no_success(bench: Bench) -> None:
    del bench.hosts["all"]["children"]["bigips"]
    done = bench.run("verify")
    assert done.returncode == 2
    assert "group bigips is empty; expected at least one BIG-IP" in done.stdout + done.stderr
    assert bench.calls() == []


def test_preflight_comes_with_every_tag_and_stops_everything(bench: Bench) -> None:
    bench.raw["bigips"]["bigip1"]["preflight"] = {"problems": ["bash is switched off"], "licence": False}
    bench.raw["bigips"]["bigip1"]["self_ips"] = []
    bench.raw["calico"]["node_mismatches"] = ["k8s-node1: node_ip = 172.16.40.198, but calico-node uses 10.0.0.1"]
    done = bench.run("site", "--tags", "fabric_verify")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2
    for part in (
        "Nothing was written. 4 things stand in the way",
        "bigip1: bash is switched off",
        "bigip1: its licence has no routing module",
        "bigip1: bgp_address 172.16.40.202 is no self IP in route domain 0; there are: none",
        "Calico: k8s-node1: node_ip = 172.16.40.198, but calico-node uses 10.0.0.1",
    ):
        assert part in said
    assert sorted(bench.calls()) == ["bigip_bgp_info", "calico_info", "k8s_info"]


def test_a_tag_runs_its_part_and_the_look_before_it(bench: Bench) -> None:
    done = bench.run("site", "--tags", "fabric_verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PROVEN" in done.stdout
    assert "bigip_routing" not in done.stdout
    assert bench.calls().count("bigip_bgp_info") == 2


def test_every_bigip_is_asked_with_its_own_login(bench: Bench) -> None:
    bigips = bench.hosts["all"]["children"]["bigips"]["hosts"]
    bigips["bigip2"] = {"ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203", "as_number": "64512"}
    done = bench.run("verify")
    # The stand-in shows the first unit twice, so the second one's self IP and sessions are not there.
    said = done.stdout + done.stderr
    assert done.returncode == 2
    assert "no self IP of bigip2 has the address 172.16.40.203" in said
    assert "no self IP of bigip1" not in said
