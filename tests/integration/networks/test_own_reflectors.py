# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster with manually configured route reflectors: refused, adopted, and taken over after the hand-over."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, play, shell, until

REFLECTORS = ["k8s-master"]  # with two nodes there can be only one
CLUSTER_ID = "244.0.0.9"
BY_HAND = [
    {
        "kind": "BGPPeer",
        "metadata": {"name": "peer-with-route-reflectors"},
        "spec": {"nodeSelector": "all()", "peerSelector": "route-reflector == 'true'"},
    },
    {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"nodeToNodeMeshEnabled": False}},
]
GROUPS = ["pools", "peers", "bigip_config", "sessions", "bigip_routes", "node_routes"]


def reset() -> None:
    subprocess.run([PROJECT / "lab/bin/lab", "reset"], check=True, capture_output=True, timeout=200)


@pytest.fixture(scope="module")
def reflectors(tmp_path_factory):
    reset()
    patch = json.dumps({"spec": {"bgp": {"routeReflectorClusterID": CLUSTER_ID}}})
    for node in REFLECTORS:
        shell(f"on k8s-master calicoctl --allow-version-mismatch patch node {node} -p '{patch}'")
    shell(f"on k8s-master kubectl label nodes {' '.join(REFLECTORS)} route-reflector=true --overwrite")
    documents = "\n---\n".join(json.dumps({"apiVersion": "projectcalico.org/v3", **item}) for item in BY_HAND)
    file = tmp_path_factory.mktemp("by-hand") / "resources.yml"
    file.write_text(documents)
    shell(f"on k8s-master calicoctl --allow-version-mismatch apply -f - < {file}")
    until("the session of the reflectors", session, 300)
    yield
    reset()


def session() -> float:
    """When the session of the reflector with its client was established, in seconds of the day; 0 if it is not."""
    shown = shell("on k8s-master birdc -s /var/run/calico/bird.ctl show protocols")
    found = re.search(r"^Node_172_16_40_198 +BGP .* up +(\d+):(\d+):(\d+) +Established", shown, re.MULTILINE)
    return sum(int(part) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True)) if found else 0


def test_reflectors_of_others_are_refused_adopted_and_taken_over(reflectors, tmp_path) -> None:
    before = shell("molecule/shared/state")
    plain = {"virtual_servers": [], "fabric_verify_groups": GROUPS, "calico_bgp_min_reflectors": 1}

    refused = play("playbooks/site.yml", "-e", json.dumps(plain))
    text = " ".join((refused.stdout + refused.stderr).split())
    assert refused.returncode and "Nothing was changed" in text, text
    assert f"the cluster already has route reflectors: {', '.join(REFLECTORS)}" in text, text
    line = f"topology: {{kind: reflectors, reflectors: [{', '.join(REFLECTORS)}], cluster_id: {CLUSTER_ID}}}"
    hand_over = "calicoctl label bgppeer peer-with-route-reflectors app.kubernetes.io/managed-by=podroute.calico_f5"
    assert line in text and hand_over in text, text
    assert shell("molecule/shared/state") == before

    described = yaml.safe_load(adopted(tmp_path))["all"]["vars"]["topology"]
    assert described == {"kind": "reflectors", "reflectors": REFLECTORS, "cluster_id": CLUSTER_ID}
    assert shell("molecule/shared/state") == before

    shell(f"on k8s-master {hand_over.replace('calicoctl', 'calicoctl --allow-version-mismatch')}")
    was = session()
    done = play("playbooks/site.yml", "-e", json.dumps({**plain, "topology": described}))
    assert not done.returncode and "PASSED" in done.stdout, done.stdout + done.stderr
    assert abs(session() - was) <= 2, "the session of the reflector was reset"  # BIRD's times are 1 s apart at times


def adopted(folder) -> str:
    """The inventory that adopt.yml writes, given only how the lab is reached."""
    place = folder / "reach"
    shutil.copytree(PROJECT / "inventories/lab/group_vars", place / "group_vars")
    (place / "group_vars/all/network.yml").unlink()
    settings = place / "group_vars/all/reach.yml"
    settings.write_text(settings.read_text().replace("{{ inventory_dir }}/../..", str(PROJECT)))
    unit = {
        "ansible_host": "172.16.20.202",
        "bgp_address": "172.16.40.202",
        "as_number": "64512",
        "vip_ranges": ["172.16.99.0/24"],
    }
    hosts = {"hosts": {"localhost": {}}, "children": {"bigips": {"hosts": {"bigip1": unit}}}}
    (place / "hosts.yml").write_text(json.dumps({"all": hosts}))
    file = folder / "fabric.yml"
    done = play("playbooks/adopt.yml", "-e", f"adopt_inventory={file}", inventories=[place])
    assert not done.returncode, done.stdout + done.stderr
    return file.read_text()
