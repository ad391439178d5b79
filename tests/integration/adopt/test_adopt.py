# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""adopt.yml on the running lab, where the reference network was configured manually with imish and calicoctl.

The inventory that it writes must be that of the reference network, and a run of site.yml with it must not change
anything. With the optional filters, it must be complete after a run: adopted again, no differences remain.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, play, shell, until

BY_HAND = [
    {
        "kind": "BGPPeer",
        "metadata": {"name": "bgppeer-global-f5-1"},
        "spec": {"peerIP": "172.16.40.202", "asNumber": 64512},
    },
    {
        "kind": "IPPool",
        "metadata": {"name": "default-ipv4-ippool"},
        "spec": {"cidr": "10.244.0.0/16", "ipipMode": "Never", "natOutgoing": True, "blockSize": 26},
    },
]
IMISH = (
    "router bgp 64512",
    "neighbor 172.16.40.198 remote-as 64512",
    "neighbor 172.16.40.199 remote-as 64512",
    "redistribute kernel",
)
VIPS = ("172.16.40.81", "172.16.99.99")
PARTS = ("--tags", "f5_routing,calico_bgp")


def put_back() -> None:
    subprocess.run([PROJECT / "lab/bin/lab", "reset"], check=True, capture_output=True, timeout=200)


@pytest.fixture(scope="module")
def by_hand():
    put_back()
    shell('rest net/route-domain/~Common~0 \'{"routingProtocol": ["BGP"]}\'')
    shell('rest net/self/~Common~int_self \'{"allowService": ["default", "tcp:179"]}\'')
    ask = "on bigip1 imish -e 'show ip bgp summary' | tr % :"
    until("imish", lambda: "daemon is not running" not in shell(ask), 30)
    shell("configure " + " ".join(f"'{line}'" for line in IMISH))
    shell("on bigip1 imish -e write")
    for vip in VIPS:
        shell(f"rest ltm/virtual-address/~Common~{vip} '{json.dumps({'routeAdvertisement': 'selective'})}'")
    documents = "\n---\n".join(json.dumps({"apiVersion": "projectcalico.org/v3", **item}) for item in BY_HAND)
    shell(f"echo '{documents}' | on k8s-master calicoctl --allow-version-mismatch apply -f -")
    yield
    put_back()


@pytest.fixture
def reach(tmp_path):
    """An inventory that describes how the lab is reached, but not its network."""
    place = tmp_path / "reach"
    shutil.copytree(PROJECT / "inventories/lab/group_vars", place / "group_vars")
    (place / "group_vars/all/network.yml").unlink()
    settings = place / "group_vars/all/reach.yml"
    settings.write_text(settings.read_text().replace("{{ inventory_dir }}/../..", str(PROJECT)))
    units = {"bigip1": {"ansible_host": "172.16.20.202"}}
    # Without an entry, localhost would not have these variables and would connect from outside the lab.
    hosts = {"hosts": {"localhost": {}}, "children": {"bigips": {"hosts": units}}}
    (place / "hosts.yml").write_text(json.dumps({"all": hosts}))
    return place


NO_CHANGES = "A run changes nothing in this network except the controller"


def adopt(reach, name):
    file = reach.parent / name
    done = play("playbooks/adopt.yml", "-e", f"adopt_inventory={file}", inventories=[reach])
    assert done.returncode == 0, done.stdout + done.stderr
    assert file.stat().st_mode & 0o077 == 0
    return file


def state() -> str:
    return shell("molecule/shared/state")


def test_a_network_that_was_configured_manually(by_hand, reach) -> None:
    before = state()
    file = adopt(reach, "fabric.yml")
    assert state() == before, "adopt.yml has written to a side"
    text = file.read_text()
    found = yaml.safe_load(text)["all"]
    lab = yaml.safe_load((PROJECT / "inventories/lab/hosts.yml").read_text())["all"]["children"]
    assert found["children"]["k8s_nodes"] == lab["k8s_nodes"]
    assert {**found["children"]["bigips"]["hosts"]["bigip1"], "route_domain": 0} == lab["bigips"]["hosts"]["bigip1"]
    assert [vip["address"] for vip in found["vars"]["advertised_vips"]] == list(VIPS)
    assert found["vars"]["pod_pools"][0]["cidr"] == "10.244.0.0/16"

    # Nothing differs: neither a dry run nor a run changes anything.
    assert found["vars"]["bgp_manage_policy"] is False and NO_CHANGES in text
    dry = play("playbooks/site.yml", "--check", "--diff", *PARTS, inventories=[reach, file])
    assert dry.returncode == 0 and not re.search(r"changed=[1-9]", dry.stdout), dry.stdout + dry.stderr
    run = play("playbooks/site.yml", *PARTS, inventories=[reach, file])
    assert run.returncode == 0 and not re.search(r"changed=[1-9]", run.stdout), run.stdout + run.stderr
    assert state() == before, "a run without changes has written"

    # Without that variable, the filters are missing, and the dry run of site.yml shows them.
    file.write_text(text.replace("bgp_manage_policy: false", "bgp_manage_policy: true"))
    dry = play("playbooks/site.yml", "--check", "--diff", *PARTS, inventories=[reach, file])
    assert dry.returncode == 0, dry.stdout + dry.stderr
    shown = [line[1:].strip() for line in dry.stdout.splitlines() if re.match(r"[+][ a-z]", line)]
    assert "neighbor calico-k8s prefix-list podroute-pods in" in shown
    assert "neighbor calico-k8s prefix-list podroute-vips out" in shown, shown
    assert not any("redistribute" in line for line in shown), "the redistribution was configured by others"

    # A run completes it; adopted again, the inventory is the same and no differences remain.
    run = play("playbooks/site.yml", *PARTS, inventories=[reach, file])
    assert run.returncode == 0, run.stdout + run.stderr
    again = adopt(reach, "again.yml")
    assert yaml.safe_load(again.read_text())["all"]["children"] == found["children"]
    managed = found["vars"].pop("bgp_manage_policy")
    assert managed is False and yaml.safe_load(again.read_text())["all"]["vars"] == found["vars"]
    assert NO_CHANGES in again.read_text()


def test_a_file_that_is_there_stays(reach, tmp_path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("mine")
    done = play("playbooks/adopt.yml", "-e", f"adopt_inventory={file}", inventories=[reach])
    assert done.returncode == 2 and "a file that does not exist" in " ".join((done.stdout + done.stderr).split())
    assert file.read_text() == "mine"
