# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role calico_bgp against a real API server, as far as possible without nodes: everything before the waits."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import threading
import urllib.error

import pytest
import yaml

INVENTORY = {
    "all": {
        "vars": {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "pod_pools": [
                {"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16", "block_size": 26, "nat_outgoing": True}
            ],
            "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
            "bigip_password": "unused",
        },
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
                        "bgp_peer_name": "bgppeer-global-f5-1",
                    }
                }
            },
        },
    }
}
PLAY = [{"hosts": "localhost", "gather_facts": False, "roles": ["podroute.calico_f5.calico_bgp"]}]


ADDRESSES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}


class Responder:
    """Answers each CalicoNodeStatus as calico-node would, with Established sessions to the other nodes and to
    ``bigips``; a node that is ``alone`` has sessions with the BIG-IPs only."""

    PATH = "/apis/crd.projectcalico.org/v1/caliconodestatuses"

    def __init__(self, api, bigips=("172.16.40.202",)):
        self.api, self.bigips, self.alone, self.stop = api, bigips, lambda node: False, threading.Event()
        self.thread = threading.Thread(target=self.answer)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_exception):
        self.stop.set()
        self.thread.join()

    def answer(self):
        while not self.stop.wait(0.1):
            for item in self.api.request("GET", self.PATH)["items"]:
                node = item["spec"]["node"]
                if "status" in item:
                    continue
                others = [] if self.alone(node) else [each for name, each in ADDRESSES.items() if name != node]
                peers = [*others, *self.bigips]
                up = [{"peerIP": peer, "state": "Established", "type": "NodeMesh", "since": "1"} for peer in peers]
                counts = {"numberEstablishedV4": len(up), "numberNotEstablishedV4": 0}
                counts |= {"numberEstablishedV6": 0, "numberNotEstablishedV6": 0}
                item["status"] = {"agent": {"birdV4": {"state": "Ready"}}, "bgp": {**counts, "peersV4": up}}
                try:
                    self.api.request("PUT", f"{self.PATH}/{item['metadata']['name']}", item)
                except urllib.error.HTTPError as problem:
                    if problem.code != 404:  # the module has already deleted it
                        raise


@pytest.fixture
def play(clean, tmp_path):
    """Runs the role; returns the exit code and the output."""
    for name, address in (("k8s-master", "172.16.40.199/24"), ("k8s-node1", "172.16.40.198/24")):
        clean.request(
            "POST",
            "/api/v1/nodes",
            {"metadata": {"name": name, "annotations": {"projectcalico.org/IPv4Address": address}}},
        )
    clean.ctl(
        "apply",
        "-f",
        "-",
        stdin=json.dumps(
            {
                "apiVersion": "projectcalico.org/v3",
                "kind": "IPPool",
                "metadata": {"name": "default-ipv4-ippool"},
                "spec": {"cidr": "10.244.0.0/16", "vxlanMode": "Always", "blockSize": 26},
            }
        ),
    )

    def run(*arguments, inventory=None, **variables):
        (tmp_path / "inventory.yml").write_text(yaml.safe_dump(inventory or INVENTORY))
        (tmp_path / "play.yml").write_text(yaml.safe_dump(PLAY))
        extra = {
            "kubeconfig": str(clean.kubeconfig),
            "calicoctl_path": clean.calicoctl,
            "calicoctl_allow_version_mismatch": True,
            "calico_bgp_wait_timeout": 1,
            **variables,
        }
        import ansible_collections.podroute.calico_f5 as me

        path = pathlib.Path(list(me.__path__)[0]).parents[2]
        done = subprocess.run(
            [
                str(pathlib.Path(sys.executable).with_name("ansible-playbook")),
                "-i",
                str(tmp_path / "inventory.yml"),
                str(tmp_path / "play.yml"),
                "-e",
                json.dumps(extra),
                *arguments,
            ],
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": str(path),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_LOCALHOST_WARNING": "False",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        output = done.stdout + done.stderr
        assert "Traceback" not in output, output
        return done.returncode, output

    return run


def names(api, kind):
    return [item["metadata"]["name"] for item in json.loads(api.ctl("get", kind, "-o", "json"))["items"]]


def vxlan_mode(api):
    return json.loads(api.ctl("get", "ippool", "default-ipv4-ippool", "-o", "json"))["spec"]["vxlanMode"]


def test_check_mode_shows_peers_and_pools_and_writes_nothing(play, clean):
    code, output = play("--check", "--diff")
    assert code == 0, output
    assert "changed=1" in output, output
    assert '+    "peerIP": "172.16.40.202"' in output, output
    assert '-    "vxlanMode": "Always"' in output and '+    "vxlanMode": "Never"' in output, output
    assert names(clean, "bgppeer") == [] and vxlan_mode(clean) == "Always"


def test_without_sessions_the_pool_stays_encapsulated(play, clean):
    """Make before break: the peers are written, their sessions are not established, encapsulation stays."""
    with Responder(clean, bigips=()):
        code, output = play()
    assert code == 2, output
    for node in ADDRESSES:
        assert f"{node}: no session with 172.16.40.202 is configured" in output, output
    assert names(clean, "bgppeer") == ["bgppeer-global-f5-1"]
    assert vxlan_mode(clean) == "Always"


def test_another_node_address_is_refused_before_any_write(play, clean):
    wrong = json.loads(json.dumps(INVENTORY))
    wrong["all"]["children"]["k8s_nodes"]["hosts"]["k8s-node1"]["node_ip"] = "172.16.40.197"
    code, output = play(inventory=wrong)
    assert code == 2
    assert "calico-node uses 172.16.40.198" in output, output
    assert names(clean, "bgppeer") == []


def test_another_block_size_is_refused_before_any_write(play, clean):
    wrong = json.loads(json.dumps(INVENTORY))
    wrong["all"]["vars"]["pod_pools"][0]["block_size"] = 28
    code, output = play(inventory=wrong)
    assert code == 2
    assert "Migrate: 1." in output, output
    assert names(clean, "bgppeer") == []


def listen_port(api):
    found = json.loads(api.ctl("get", "bgpconfiguration", "default", "-o", "json"))
    return found["spec"].get("listenPort"), found["metadata"].get("annotations") or {}


MARK = "podroute.calico-f5/restart"


def test_a_rolling_restart_is_shown_carried_out_and_resumed(play, clean, tmp_path):
    """The nodes have no calico-node: a responder of the test replies for them, and a script restarts them."""
    log = tmp_path / "restarts"
    on_node = tmp_path / "on-node"
    on_node.write_text('#!/bin/sh\nnode=$1; shift; export node; exec "$@"\n')
    on_node.chmod(0o755)
    asked = {
        "calico_bgp_listen_port": 1790,
        "calico_bgp_rolling_restart": True,
        "node_command": [str(on_node), "{node}"],
        "calico_bgp_restart_script": f"echo $node >>{log}",
    }
    with Responder(clean) as responder:
        code, output = play("--check", "--diff", **asked)
        assert code == 0, output
        assert '"listenPort": 1790' in output and "calico-node on every node" in output, output
        assert names(clean, "bgppeer") == [] and not log.exists()

        # The sessions of the second node are not re-established after its restart. Nodes restart in the order of
        # addresses.
        responder.alone = lambda node: node == "k8s-master" and log.exists() and node in log.read_text()
        code, output = play(**asked)
        assert code == 2, output
        assert "k8s-master: no session with 172.16.40.198 is configured" in output, output
        assert log.read_text().split() == ["k8s-node1", "k8s-master"]
        assert listen_port(clean) == (1790, {MARK: "needed"}), "the next run resumes the restart"

        log.unlink()
        responder.alone = lambda node: False
        code, output = play(**asked)
        assert code == 0, output
        assert log.read_text().split() == ["k8s-node1", "k8s-master"], "one after the other"
        assert listen_port(clean) == (1790, {})

        code, output = play()
        assert code == 0 and "changed=0" in output, output
        assert listen_port(clean) == (1790, {}), "a port that the inventory does not set is unchanged"
