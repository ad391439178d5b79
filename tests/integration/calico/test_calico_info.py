# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""calico_info and calico_bgp_status against a real API server."""

from __future__ import annotations

import json

NODE = {"metadata": {"name": "k8s-node1", "annotations": {"projectcalico.org/IPv4Address": "172.16.40.198/24"}}}


def test_nodes_and_their_differences(clean, run_module):
    clean.request("POST", "/api/v1/nodes", NODE)
    clean.request("POST", "/api/v1/nodes", {"metadata": {"name": "k8s-node2"}})
    expected = [
        {"name": "k8s-node1", "node_ip": "172.16.40.197", "as_number": "64512"},
        {"name": "k8s-node9", "node_ip": "172.16.40.190", "as_number": "64512"},
    ]
    result = run_module("calico_info", expected_nodes=expected).result
    assert result["nodes"]["k8s-node1"]["address"] == "172.16.40.198"
    named = [sentence.split(":")[0] for sentence in result["node_mismatches"]]
    assert named == ["k8s-node9", "k8s-node2", "k8s-node1"]
    assert "calico-node uses 172.16.40.198" in result["node_mismatches"][2]


def test_blocks(clean, run_module):
    clean.request(
        "POST",
        "/apis/crd.projectcalico.org/v1/blockaffinities",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "BlockAffinity",
            "metadata": {"name": "k8s-node1-10-244-0-0"},
            "spec": {"cidr": "10.244.0.0/26", "deleted": "false", "node": "k8s-node1", "state": "confirmed"},
        },
    )
    result = run_module("calico_info", kinds=[], ipam=True).result
    assert result["ipam"]["by_node"] == {"k8s-node1": ["10.244.0.0/26"]}
    clean.request("DELETE", "/apis/crd.projectcalico.org/v1/blockaffinities")


def test_a_missing_report_is_reported_and_no_object_is_left(clean, run_module):
    clean.request("POST", "/api/v1/nodes", NODE)
    dead = "podroute-bgp-status.00000000.1.00000000.0"
    mine = {
        "apiVersion": "crd.projectcalico.org/v1",
        "kind": "CalicoNodeStatus",
        "spec": {"node": "k8s-node1", "classes": ["BGP"], "updatePeriodSeconds": 0},
    }
    for name in (dead, "by-hand"):
        clean.request("POST", "/apis/crd.projectcalico.org/v1/caliconodestatuses", {**mine, "metadata": {"name": name}})
    result = run_module("calico_bgp_status", report_timeout=1).result
    assert result["ready"] is False
    assert "no CalicoNodeStatus report" in result["nodes"]["k8s-node1"]["error"]
    left = clean.request("GET", "/apis/crd.projectcalico.org/v1/caliconodestatuses")["items"]
    assert {item["metadata"]["name"] for item in left} == {dead, "by-hand"}, (
        "a recent object of another host is not removed"
    )


def test_waiting_names_what_is_missing(clean, run_module):
    clean.request("POST", "/api/v1/nodes", NODE)
    wait = {"peers": {"k8s-node1": ["172.16.40.202"]}, "timeout": 1, "interval": 1}
    failed = run_module("calico_bgp_status", report_timeout=1, wait_for=wait)
    assert failed.code == 1
    assert "k8s-node1: no session with 172.16.40.202 is configured" in failed.result["missing"]
    looked = run_module("calico_bgp_status", report_timeout=1, wait_for=wait, check=True)
    assert looked.code == 0 and looked.result["ready"] is False


def test_killed_runs_leave_nothing(clean, run_module, api):
    """An object of a process on this host that has ended is removed by the next run."""
    import hashlib
    import socket

    clean.request("POST", "/api/v1/nodes", NODE)
    host = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
    name = f"podroute-bgp-status.{host}.4194999.00000000.0"
    clean.request(
        "POST",
        "/apis/crd.projectcalico.org/v1/caliconodestatuses",
        {
            "apiVersion": "crd.projectcalico.org/v1",
            "kind": "CalicoNodeStatus",
            "metadata": {"name": name},
            "spec": {"node": "k8s-node1", "classes": ["BGP"], "updatePeriodSeconds": 0},
        },
    )
    run_module("calico_bgp_status", report_timeout=1)
    assert json.dumps(clean.request("GET", "/apis/crd.projectcalico.org/v1/caliconodestatuses")["items"]) == "[]"
