# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""calico_resources against a real API server with the real calicoctl."""

from __future__ import annotations

import json

PEER = {
    "kind": "BGPPeer",
    "metadata": {"name": "bgppeer-global-f5-1"},
    "spec": {"peerIP": "172.16.40.202", "asNumber": "64512"},
}
POOL = {
    "kind": "IPPool",
    "metadata": {"name": "default-ipv4-ippool"},
    "spec": {"cidr": "10.244.0.0/16", "ipipMode": "Never", "vxlanMode": "Never", "natOutgoing": True, "blockSize": 26},
}


def spec_of(api, kind, name):
    return json.loads(api.ctl("get", kind, name, "-o", "json"))["spec"]


def test_the_scenario_is_made_once(clean, run_module):
    check = run_module("calico_resources", check=True, resources=[PEER, POOL])
    assert check.result["changed"] and [item["result"] for item in check.result["objects"]] == ["planned"] * 2
    assert json.loads(clean.ctl("get", "bgppeer", "-o", "json"))["items"] == []

    with clean.counted() as counts:
        first = run_module("calico_resources", resources=[PEER, POOL])
    assert first.result["changed"] and {item["result"] for item in first.result["objects"]} == {"created"}
    assert counts[("create", "bgppeers")] == counts[("create", "ippools")] == 1
    assert check.result["diff"]["before"] == first.result["diff"]["before"]
    assert spec_of(clean, "bgppeer", "bgppeer-global-f5-1") == {"peerIP": "172.16.40.202", "asNumber": 64512}

    with clean.counted() as counts:
        second = run_module("calico_resources", resources=[PEER, POOL])
    assert not second.result["changed"]
    assert {verb for verb, _resource in counts} == {"list"}
    assert second.result["diff"]["before"] == second.result["diff"]["after"]


def test_an_encapsulated_pool_changes_in_place(clean, run_module):
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
    done = run_module("calico_resources", resources=[POOL])
    assert [item["result"] for item in done.result["objects"]] == ["updated"]
    spec = spec_of(clean, "ippool", "default-ipv4-ippool")
    assert spec["vxlanMode"] == "Never" and spec["natOutgoing"] is True
    labels = json.loads(clean.ctl("get", "ippool", "default-ipv4-ippool", "-o", "json"))["metadata"].get("labels")
    assert not labels, "an existing pool is not labelled"
    assert not run_module("calico_resources", resources=[POOL]).result["changed"]


def test_a_thousand_peers_cost_one_list_and_no_write(clean, run_module):
    peers = [
        {
            "kind": "BGPPeer",
            "metadata": {"name": f"peer-{number:04}"},
            "spec": {
                "node": f"node-{number:04}",
                "peerIP": f"10.{number // 250}.{number % 250}.1",
                "asNumber": "65001",
            },
        }
        for number in range(1000)
    ]
    assert run_module("calico_resources", resources=peers, client_qps=1000).result["changed"]

    with clean.counted() as counts:
        again = run_module("calico_resources", resources=peers)
    assert not again.result["changed"]
    assert set(counts) == {("list", "bgppeers")}
    assert counts[("list", "bgppeers")] <= 2, "one list; the API server pages it by 500"

    peers[500]["spec"]["asNumber"] = "65002"
    with clean.counted() as counts:
        one = run_module("calico_resources", resources=peers)
    assert [item["name"] for item in one.result["objects"] if item["result"] == "updated"] == ["peer-0500"]
    writes = {key: count for key, count in counts.items() if key[0] not in ("list", "get")}
    assert writes[("update", "bgppeers")] == 1
    assert sum(count for (verb, _resource), count in writes.items() if verb != "create") == 1


def test_a_node_keeps_its_address(clean, run_module):
    clean.request(
        "POST",
        "/api/v1/nodes",
        {"metadata": {"name": "k8s-node1", "annotations": {"projectcalico.org/IPv4Address": "172.16.40.198/24"}}},
    )
    want = {
        "kind": "Node",
        "metadata": {"name": "k8s-node1", "labels": {"rack": "r1"}},
        "spec": {"bgp": {"asNumber": "64513"}},
    }
    assert run_module("calico_resources", resources=[want]).result["changed"]
    node = clean.request("GET", "/api/v1/nodes/k8s-node1")
    assert node["metadata"]["annotations"]["projectcalico.org/IPv4Address"] == "172.16.40.198/24"
    assert node["metadata"]["annotations"]["projectcalico.org/ASNumber"] == "64513"
    assert not run_module("calico_resources", resources=[want]).result["changed"]


def test_only_labelled_objects_are_pruned(clean, run_module):
    clean.ctl(
        "apply",
        "-f",
        "-",
        stdin=json.dumps(
            {
                "apiVersion": "projectcalico.org/v3",
                "kind": "BGPPeer",
                "metadata": {"name": "by-hand"},
                "spec": {"peerIP": "172.16.40.210", "asNumber": 64512},
            }
        ),
    )
    other = {"kind": "BGPPeer", "metadata": {"name": "other"}, "spec": {"peerIP": "172.16.40.203", "asNumber": 64512}}
    run_module("calico_resources", resources=[PEER, other])
    done = run_module("calico_resources", resources=[PEER], prune=["bgppeers"])
    assert {item["name"]: item["result"] for item in done.result["objects"]} == {
        "other": "deleted",
        "bgppeer-global-f5-1": "unchanged",
    }
    names = [item["metadata"]["name"] for item in json.loads(clean.ctl("get", "bgppeer", "-o", "json"))["items"]]
    assert names == ["bgppeer-global-f5-1", "by-hand"]


def test_block_size_is_refused_with_the_steps(clean, run_module):
    run_module("calico_resources", resources=[POOL])
    small = {**POOL, "spec": {**POOL["spec"], "blockSize": 28}}
    refused = run_module("calico_resources", resources=[small])
    assert refused.result["failed"] and refused.result["error"] == "refused_locally"
    assert "Migrate: 1." in refused.result["msg"]
    assert spec_of(clean, "ippool", "default-ipv4-ippool")["blockSize"] == 26


def test_a_conflict_is_planned_again(clean, run_module, tmp_path):
    """A concurrent writer: the first write conflicts with a newer object, the second is made from a fresh read."""
    run_module("calico_resources", resources=[PEER])
    wrapper = tmp_path / "calicoctl"
    marker = tmp_path / "done"
    rival = json.dumps({"spec": {"maxRestartTime": "1m0s"}})
    wrapper.write_text(
        f'#!/bin/sh\nif [ "$1" = apply ] && ! [ -e {marker} ]; then touch {marker}; '
        f"{clean.calicoctl} patch bgppeer bgppeer-global-f5-1 -p '{rival}' --allow-version-mismatch "
        f'--config="$(echo "$*" | sed \'s/.*--config=\\([^ ]*\\).*/\\1/\')" >/dev/null; fi\n'
        f'exec {clean.calicoctl} "$@"\n'
    )
    wrapper.chmod(0o755)
    want = {**PEER, "spec": {**PEER["spec"], "keepOriginalNextHop": True}}
    done = run_module("calico_resources", resources=[want], calicoctl_path=str(wrapper))
    assert done.code == 0 and marker.exists(), done.output
    spec = spec_of(clean, "bgppeer", "bgppeer-global-f5-1")
    assert spec["keepOriginalNextHop"] is True and spec["maxRestartTime"] == "1m0s", "no change is lost"


def test_rejected_credentials_have_a_distinct_error(clean, run_module, tmp_path):
    config = json.loads(clean.kubeconfig.read_text())
    config["users"][0]["user"]["token"] = "wrong"
    bad = tmp_path / "kubeconfig"
    bad.write_text(json.dumps(config))
    done = run_module("calico_resources", resources=[PEER], kubeconfig=str(bad), retries=0)
    assert done.result["error"] == "unauthorised", done.output
    config["users"][0]["user"]["token"] = "x"
    del config["clusters"][0]["cluster"]["certificate-authority"]
    bad.write_text(json.dumps(config))
    assert run_module("calico_resources", resources=[PEER], kubeconfig=str(bad), retries=0).result["error"] == "tls"
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    bad.write_text(json.dumps(config))
    assert run_module("calico_resources", resources=[PEER], kubeconfig=str(bad), retries=0).result["error"] == "refused"


def test_an_empty_etcd_datastore(api, run_module):
    etcd = {"datastore_type": "etcdv3", "etcd_endpoints": [api.etcd_url], "kubeconfig": None}
    first = run_module("calico_resources", resources=[PEER], **etcd)
    assert first.result["changed"], first.output
    assert not run_module("calico_resources", resources=[PEER], **etcd).result["changed"]
    gone = {"kind": "BGPPeer", "metadata": {"name": "bgppeer-global-f5-1"}}
    assert run_module("calico_resources", resources=[gone], state="deleted", **etcd).result["changed"]
    assert not run_module("calico_resources", resources=[gone], state="deleted", **etcd).result["changed"]
