# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""site.yml with README's inventory and with each of inventories/examples, in the lab.

They use the lab's addresses or get them here; hosts that do not exist in the lab, settings for pairs and the session
password are left out. Nothing else is set except how the lab is
reached: no tag is skipped, and no group of the verification is left out.
"""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, play

LAB = Path("/var/lib/podroute-lab")
EXAMPLES = {path.stem: path for path in (PROJECT / "inventories/examples").glob("*.yml")}
# Host of an example → host of the lab. Others are not in the lab.
LAB_HOSTS = {"k8s-master": "k8s-master", "k8s-node1": "k8s-node1", "bigip1": "bigip1",
             "r1-node1": "k8s-master", "r1-node2": "k8s-node1"}  # fmt: skip
ADDRESSES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}


def in_the_lab(group: dict[str, t.Any]) -> dict[str, t.Any]:
    """A group with the hosts of the lab only, without empty groups below it."""
    found = dict(group)
    if "hosts" in group:
        found["hosts"] = {
            LAB_HOSTS.get(name, name): dict(settings or {}) for name, settings in group["hosts"].items()
            if name in LAB_HOSTS or name == "localhost"
        }  # fmt: skip
        for name, settings in found["hosts"].items():
            settings |= {"node_ip": ADDRESSES[name]} if name in ADDRESSES else {}
    children = {name: in_the_lab(child) for name, child in (group.get("children") or {}).items()}
    found["children"] = {name: child for name, child in children.items() if child.get("hosts") or child["children"]}
    return found


def readme() -> str:
    (text,) = re.findall(r"^```yaml\n(all:\n.*?)^```$", (PROJECT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return text


@pytest.fixture(autouse=True)
def initial_state() -> t.Iterator[None]:
    """The lab before the first run, and again after the test."""
    reset = [PROJECT / "lab/bin/lab", "reset"]
    subprocess.run(reset, check=True, capture_output=True, timeout=200)
    yield
    subprocess.run(reset, check=True, capture_output=True, timeout=200)


@pytest.mark.parametrize("name", ["README", "minimal", "ha-pair", "racks"])
def test_site_passes_with(name, tmp_path, monkeypatch):
    assert sorted(EXAMPLES) == ["ha-pair", "minimal", "racks"], "a new example needs a row here"
    password = (LAB / "secrets/bigip_password").read_text().strip()
    monkeypatch.setenv("BIGIP_PASSWORD", password)
    inventory = yaml.safe_load(readme() if name == "README" else EXAMPLES[name].read_text())
    for variable in ("bigip_mode", "traffic_groups", "bgp_password"):  # the lab has one BIG-IP; no password
        inventory["all"]["vars"].pop(variable, None)
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": in_the_lab(inventory["all"])}))
    reach = {"bigip_user": "admin", "bigip_ca_path": f"{LAB}/pki/bigip-ca.crt", "kubeconfig": f"{LAB}/kubeconfig",
             "calicoctl_path": f"{LAB}/bin/calicoctl", "vault_bigip_password": password}  # fmt: skip
    if name == "racks":  # the nodes of the lab are in another AS
        reach |= {"calico_bgp_allow_as_change": True, "f5_routing_allow_as_change": True}
    (tmp_path / "reach.yml").write_text(yaml.safe_dump(reach))
    done = play("playbooks/site.yml", "-e", f"@{tmp_path / 'reach.yml'}", inventories=[tmp_path / "hosts.yml"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED: " in done.stdout
