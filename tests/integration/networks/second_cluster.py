# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster ``east`` beside the lab's own: a real API server, two nodes that run BIRD, and no kubelet.

    second_cluster.py FOLDER     in the network of the controller host (lab/bin/ctl); ends when its stdin is closed

BGP of its nodes is real: BIRD of lab hosts ``east1`` and ``east2``. This program replaces calico-node in one
respect: it answers each CalicoNodeStatus with the state of BIRD on that node.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ansible_collections.podroute.calico_f5.tests import datastore
from ansible_collections.podroute.calico_f5.tests.live import shell

AS_NUMBER = 64612
NODES = {"east1": ("172.16.40.61", "10.250.0.0/26"), "east2": ("172.16.40.62", "10.250.0.64/26")}
PODS = "10.250.0.0/16"
CRD = "/apis/crd.projectcalico.org/v1"
_TYPES = {"mesh": "NodeMesh", "bigip": "GlobalPeer"}


def bird_configuration(name: str, bigip: str, bigip_as: int) -> str:
    """The BIRD configuration of a node as rendered by Calico, reduced to sessions and routes."""
    address, block = NODES[name]
    sessions = [("bigip", bigip, bigip_as, "export where source = RTS_STATIC;")]
    sessions += [("mesh", other, AS_NUMBER, "export where source = RTS_STATIC;")
                 for peer, (other, _block) in NODES.items() if peer != name]  # fmt: skip
    protocols = "".join(
        f"""
        protocol bgp {kind} {{ local as {AS_NUMBER}; neighbor {peer} as {number}; import all; {export} next hop self;
          multihop; graceful restart; connect delay time 1; connect retry time 2; error wait time 1,2; }}"""
        for kind, peer, number, export in sessions
    )
    return f"""
        router id {address};
        protocol device {{ scan time 5; }}
        protocol direct {{ interface "eth0"; }}
        protocol static {{ route {block} blackhole; }}
        protocol kernel {{ import none; export all; }}
        {protocols}\n"""


def objects() -> list[tuple[str, dict[str, Any]]]:
    """Path and body of what a running Calico has, in the order of creation."""
    found: list[tuple[str, dict[str, Any]]] = []
    for name, (address, block) in NODES.items():
        metadata = {"name": name, "annotations": {"projectcalico.org/IPv4Address": f"{address}/24"},
                    "labels": {"kubernetes.io/hostname": name}}  # fmt: skip
        found.append(("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata}))
        key = block.replace(".", "-").replace("/", "-")
        affinity = {"cidr": block, "deleted": "false", "node": name, "state": "confirmed"}
        found.append(_calico("BlockAffinity", "blockaffinities", f"{name}-{key}", affinity))
        held = {"affinity": f"host:{name}", "cidr": block, "deleted": False, "strictAffinity": False,
                "allocations": [None] * 64, "attributes": [], "unallocated": list(range(64))}  # fmt: skip
        found.append(_calico("IPAMBlock", "ipamblocks", key, held))
    pool = {"cidr": PODS, "blockSize": 26, "ipipMode": "Never", "vxlanMode": "Never", "natOutgoing": True,
            "nodeSelector": "all()", "allowedUses": ["Workload", "Tunnel"]}  # fmt: skip
    information = {"calicoVersion": "v3.28.5", "clusterType": "k8s,bgp", "datastoreReady": True}
    return [
        *found,
        _calico("IPPool", "ippools", "east-pods", pool),
        _calico("BGPConfiguration", "bgpconfigurations", "default", {"asNumber": AS_NUMBER}),
        _calico("ClusterInformation", "clusterinformations", "default", information),
    ]


def _calico(kind: str, plural: str, name: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    body = {"apiVersion": "crd.projectcalico.org/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    return f"{CRD}/{plural}", body


def status(name: str) -> dict[str, Any]:
    """``status`` of a node's CalicoNodeStatus, from its BIRD."""
    details = shell(f"on {name} birdc -s /run/bird.ctl show protocols all")
    routes = shell(f"on {name} birdc -s /run/bird.ctl show route")
    peers = []
    for part in re.split(r"\n(?=\w)", details):
        kind, peer, state = part.split(" ")[0], re.search(r"Neighbor address: *(\S+)", part), "BGP state: *(\\S+)"
        if peer and kind in _TYPES:
            told = re.search(state, part)
            peers.append({"peerIP": peer[1], "type": _TYPES[kind], "since": "00:00:01",
                          "state": told[1] if told else "Idle"})  # fmt: skip
    of = {kind: next((each["peerIP"] for each in peers if each["type"] == _TYPES[kind]), "") for kind in _TYPES}
    found = [
        {"destination": route, "gateway": gateway, "interface": port, "type": "FIB",
         "learnedFrom": {"sourceType": "NodeMesh" if kind == "mesh" else "BGPPeer", "peerIP": of.get(kind, "")}}
        for route, gateway, port, kind in re.findall(r"^(\S+)\s+via (\S+) on (\S+) \[(\w+)", routes, re.MULTILINE)
    ]  # fmt: skip
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    agent = {"state": "Ready", "routerID": NODES[name][0], "lastBootTime": began, "lastReconfigurationTime": began}
    up = sum(each["state"] == "Established" for each in peers)
    return {
        "agent": {"birdV4": agent, "birdV6": agent},
        "bgp": {"numberEstablishedV4": up, "numberNotEstablishedV4": len(peers) - up, "numberEstablishedV6": 0,
                "numberNotEstablishedV6": 0, "peersV4": peers},
        "routes": {"routesV4": found},
        "lastUpdated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }  # fmt: skip


def answer(api: datastore.Api) -> None:
    """Fill in every CalicoNodeStatus without a report, in an endless loop."""
    while True:
        with contextlib.suppress(OSError):  # it was deleted meanwhile, or the server is about to end
            for item in api.request("GET", f"{CRD}/caliconodestatuses")["items"]:
                if not item.get("status") and item["spec"]["node"] in NODES:
                    item["status"] = status(item["spec"]["node"])
                    api.request("PUT", f"{CRD}/caliconodestatuses/{item['metadata']['name']}", item)
        time.sleep(0.2)


def main() -> None:
    with datastore.start(Path(sys.argv[1])) as api:
        for path, body in objects():
            api.request("POST", path, body)
        threading.Thread(target=answer, args=(api,), daemon=True).start()
        print(json.dumps({"kubeconfig": str(api.kubeconfig), "calicoctl": api.calicoctl}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
