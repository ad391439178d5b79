# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""decommission.yml, run by ansible-playbook against the BIG-IP simulator, with modules that stand in for the cluster.

They give what a file says and write down what they were asked to remove, and in which order.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import FABRIC_WIDE, fabric

ROOT = Path(__file__).resolve().parents[3]
LABEL = {"labels": {"app.kubernetes.io/managed-by": "podroute.calico_f5"}}

STAND_IN = """#!/usr/bin/python
import json, pathlib
from ansible.module_utils.basic import AnsibleModule
def main():
    module = AnsibleModule(argument_spec={spec!r}, supports_check_mode=True)
    place, options = pathlib.Path({place!r}), module.params
    removed = options.get("definitions") or options.get("resources")
    if options.get("name") and options.get("state") == "absent":
        removed = [dict(kind=options["kind"], metadata=dict(name=options["name"]))]
    if removed:
        if not module.check_mode:
            with (place / "removed").open("a") as file:
                file.write("".join(item["kind"] + " " + item["metadata"]["name"] + "\\n" for item in removed))
        module.exit_json(changed=True, objects=[], diff=[])
    found = json.loads((place / "cluster.json").read_text())
    kind = options.get("kind")
    module.exit_json(changed=False, **({{"resources": found["objects"].get(kind, [])}} if kind else found["calico"]))
main()
"""
OPTIONS = {
    "calico_info": "kubeconfig calicoctl_path kinds",
    "calico_resources": "kubeconfig calicoctl_path resources state",
    "k8s_objects": "kubeconfig context definitions state",
    "k8s": "kubeconfig context state kind api_version namespace name delete_options wait wait_timeout",
    "k8s_log": "kubeconfig context api_version kind namespace name label_selectors tail_lines container since_seconds",
    "k8s_info": "kubeconfig context api_version kind name namespace label_selectors field_selectors",
}


def marked(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **LABEL}, **more}


CLUSTER = {
    "calico": {
        "resources": {
            "BGPPeer": [marked("BGPPeer", "bgppeer-global-bigip1", spec={"peerIP": "172.16.40.202"})],
            "BGPFilter": [marked("BGPFilter", "podroute-vips-only", spec={})],
        }
    },
    "objects": {
        "ConfigMap": [marked("ConfigMap", "nginx-deploy-svc.vs")],
        "Deployment": [marked("Deployment", "k8s-bigip-ctlr-deployment")],
        "Secret": [marked("Secret", "bigip-login", data={"password": "canary"})],
    },
}


class Site:
    """A fabric that was made on a simulated BIG-IP, and the playbook."""

    def __init__(self, place: Path, unit: Unit) -> None:
        self.place, self.unit = place, unit
        ours, theirs = (place / "ansible_collections" / name for name in ("podroute/calico_f5", "kubernetes/core"))
        for part in ("roles", "playbooks", "meta", "plugins"):
            shutil.copytree(ROOT / part, ours / part, ignore=shutil.ignore_patterns("__pycache__"))
        (ours / "plugins/action/k8s_objects.py").unlink()
        (theirs / "plugins/modules").mkdir(parents=True)
        for name, words in OPTIONS.items():
            spec = {word: {"type": "raw"} for word in words.split()}
            text = STAND_IN.format(spec=spec, place=str(place))
            owner = theirs if name in ("k8s", "k8s_info", "k8s_log") else ours
            (owner / f"plugins/modules/{name}.py").write_text(text)
        (theirs / "meta").mkdir()
        (theirs / "meta/runtime.yml").write_text("action_groups: {k8s: [k8s, k8s_info, k8s_log]}\n")
        self.cluster = json.loads(json.dumps(CLUSTER))
        device = unit.simulator
        hosts = {name: {"node_ip": address, "as_number": "64512"} for name, address in NODES.items()}
        bigip = {"ansible_host": device.host, "bgp_address": "172.16.40.202", "as_number": "64512"}
        reach = {"bigip_port": device.port, "bigip_password": device.password, "bigip_ca_path": str(device.ca)}
        self.inventory = {
            "all": {
                "hosts": {"localhost": {}},
                "vars": {**FABRIC_WIDE, **reach, "ansible_python_interpreter": sys.executable},
                "children": {"k8s_nodes": {"hosts": hosts}, "bigips": {"hosts": {"bigip1": bigip}}},
            }
        }
        self.before = self.objects()
        unit.routing(
            {
                **bgp_config(fabric(), "bigip1"),
                "self_ip": {"address": "172.16.40.202"},
                "owner": "podroute: ",
                "partitions": [{"name": "k8s"}],
                "virtual_addresses": [{"address": "172.16.40.81", "route_advertisement": "selective"}],
            }
        )

    def leave(self, who: str | None, *arguments: str) -> subprocess.CompletedProcess[str]:
        (self.place / "cluster.json").write_text(json.dumps(self.cluster))
        (self.place / "hosts.json").write_text(json.dumps(self.inventory))
        command = [Path(sys.executable).with_name("ansible-playbook"), "-i", self.place / "hosts.json"]
        command += ["podroute.calico_f5.decommission", *(["-e", f"decommission={who}"] if who else []), *arguments]
        settings = {"ANSIBLE_COLLECTIONS_PATH": str(self.place), "ANSIBLE_NOCOLOR": "1"}
        settings |= {"ANSIBLE_INVENTORY_ENABLED": "yaml", "ANSIBLE_YAML_FILENAME_EXT": ".json"}
        done = subprocess.run(command, cwd=self.place, capture_output=True, text=True, timeout=200, check=False,
                              env={**os.environ, **settings})  # fmt: skip
        assert "canary" not in done.stdout + done.stderr
        return done

    def removed(self) -> list[str]:
        place = self.place / "removed"
        return place.read_text().splitlines() if place.exists() else []

    def objects(self) -> dict[str, Any]:
        """Everything of the BIG-IP that is not imish's, without what it counts at each write."""
        kinds = ("auth/partition", "net/self", "net/route-domain", "ltm/virtual", "ltm/virtual-address", "ltm/pool")
        with self.unit.session() as bigip:
            read = {kind: bigip.get(f"/mgmt/tm/{kind}").get("items", []) for kind in kinds}
        counted = ("generation", "lastUpdateMicros")
        return {
            kind: [{key: value for key, value in item.items() if key not in counted} for item in items]
            for kind, items in read.items()
        }


NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}


@pytest.fixture
def site(tmp_path):
    with simulator() as device:
        yield Site(tmp_path, Unit(device))


def test_a_node_leaves(site) -> None:
    done = site.leave("k8s-node1")
    assert done.returncode == 0, done.stdout + done.stderr
    for text in (site.unit.running(), site.unit.startup()):
        assert "172.16.40.198" not in text and "neighbor 172.16.40.199 remote-as 64512" in text
    assert site.removed() == []
    assert "kubectl delete node k8s-node1" in done.stdout


def test_everything_leaves_in_order(site) -> None:
    before = site.unit.running()
    assert site.objects() != site.before
    dry = site.leave("all", "--check", "--diff")
    assert dry.returncode == 0, dry.stdout + dry.stderr
    assert "-router bgp 64512" in dry.stdout and "v2_on_file_diff" not in dry.stdout + dry.stderr
    assert site.unit.running() == before and site.removed() == []
    done = site.leave("all")
    assert done.returncode == 0, done.stdout + done.stderr
    # The controller before what it would see go, peers before their filters.
    assert site.removed() == [
        "Deployment k8s-bigip-ctlr-deployment",
        "ConfigMap nginx-deploy-svc.vs",
        "Secret bigip-login",
        "BGPPeer bgppeer-global-bigip1",
        "BGPFilter podroute-vips-only",
    ]
    assert site.objects() == site.before
    site.unit.enable("BGP")
    assert "router bgp" not in site.unit.running() and "podroute" not in site.unit.running()


def test_what_stands_in_the_way_stops_before_the_first_write(site) -> None:
    before = site.unit.running()
    site.cluster["objects"]["Pod"] = [
        {
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"nodeName": "k8s-node1"},
            "status": {"phase": "Running"},
        }
    ]
    done = site.leave("k8s-node1,bigip1,nobody")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 2 and "Nothing was written" in said
    for words in ("kubectl drain k8s-node1", "these are all BIG-IPs", "nobody is neither a node"):
        assert words in said
    assert site.unit.running() == before and site.removed() == []
