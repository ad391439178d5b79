# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster of a benchmark: a real kube-apiserver with N Node objects and Calico's records of their blocks.

No node runs. A process replaces calico-node in one respect: it answers CalicoNodeStatus objects.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import multiprocessing
import os
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.podroute.calico_f5.tests import datastore

from benchmarks.network import AS_NUMBER, BLOCK_SIZE, PODS, Network

CRD = "/apis/crd.projectcalico.org/v1"
CLIENTS = ("podroute.calico_f5", "Go-http-client", "OpenAPI-Generator")  # ours, calicoctl, the library kubernetes


class Cluster:
    """A running API server with the objects of a network."""

    def __init__(self, api: datastore.Api) -> None:
        self.api = api
        self._position = 0
        self.known: set[str] = set()

    def requests(self) -> int:
        """Requests of calicoctl and of Python programs since the last call."""
        time.sleep(0.3)  # the audit log is written after the answer
        with self.api.audit.open("rb") as log:
            log.seek(self._position)
            lines = log.read().splitlines()
            self._position = log.tell()
        agents = [json.loads(line).get("userAgent", "") for line in lines]
        return sum(agent.startswith(CLIENTS) for agent in agents)

    def cpu(self) -> float:
        """CPU seconds that the API server and etcd have used."""
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.api.processes]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")

    def add(self, network: Network) -> None:
        """Add nodes and blocks that the cluster does not have yet."""
        fresh = [name for name in network.nodes if name not in self.known]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda name: self._add(network, name), fresh))
        self.known.update(fresh)

    def _add(self, network: Network, name: str) -> None:
        address, block = network.nodes[name], network.blocks[name]
        annotations = {"projectcalico.org/IPv4Address": f"{address}/16"}
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
        node = {"name": name, "annotations": annotations, "labels": labels}
        self._post("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": node})
        key = block.replace(".", "-").replace("/", "-")
        affinity = {"cidr": block, "deleted": "false", "node": name, "state": "confirmed"}
        self._post(f"{CRD}/blockaffinities", _calico("BlockAffinity", f"{name}-{key}", affinity))
        free = {"allocations": [None] * 64, "attributes": [], "unallocated": list(range(64))}
        held = {"affinity": f"host:{name}", "cidr": block, "deleted": False, "strictAffinity": False}
        self._post(f"{CRD}/ipamblocks", _calico("IPAMBlock", key, {**held, **free}))

    def prepare(self) -> None:
        """The objects of a running Calico in addition to its nodes."""
        pool = {"cidr": str(PODS), "blockSize": BLOCK_SIZE, "ipipMode": "Never", "vxlanMode": "Never",
                "natOutgoing": True, "nodeSelector": "all()", "allowedUses": ["Workload", "Tunnel"]}  # fmt: skip
        self._post(f"{CRD}/ippools", _calico("IPPool", "default-ipv4-ippool", pool))
        self._post(f"{CRD}/bgpconfigurations", _calico("BGPConfiguration", "default", {"asNumber": AS_NUMBER}))
        self._post(f"{CRD}/clusterinformations", _calico("ClusterInformation", "default", {
            "calicoVersion": "v3.28.5", "clusterType": "k8s,bgp", "datastoreReady": True}))  # fmt: skip

    def reset(self, network: Network) -> None:
        """As at the start, with the nodes of the network."""
        for kind in self._kinds():
            self.api.request("DELETE", f"{CRD}/{kind}")
        self.api.request("DELETE", "/api/v1/nodes")
        self.known.clear()
        self.prepare()
        self.add(network)

    def state(self) -> dict[str, Any]:
        """Calico's objects, nodes and configuration maps, without what the API server adds."""
        found: dict[str, Any] = {}
        paths = ["/api/v1/nodes", "/api/v1/configmaps", *(f"{CRD}/{kind}" for kind in self._kinds())]
        for path in paths:
            for item in self.api.request("GET", path)["items"]:
                kept = {key: item["metadata"].get(key) for key in ("labels", "annotations", "finalizers")}
                name = f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}"
                found[f"{path.rpartition('/')[2]} {name}"] = [kept, item.get("spec"), item.get("data")]
        return found

    def _kinds(self) -> list[str]:
        """Calico's kinds that belong to the whole cluster."""
        return [kind["name"] for kind in self.api.request("GET", CRD)["resources"] if not kind["namespaced"]]

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self.api.request("POST", path, body)


def _calico(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "crd.projectcalico.org/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


@contextlib.contextmanager
def cluster(folder: Path, network: Network, answered: Network) -> Iterator[Cluster]:
    """The cluster of a network, removed at the end. ``answered``: the network whose nodes report their status."""
    with datastore.start(folder, audited=()) as api:
        made = Cluster(api)
        made.prepare()
        made.add(network)
        with answering(api, answered):
            yield made


@contextlib.contextmanager
def answering(api: datastore.Api, network: Network) -> Iterator[None]:
    """Every CalicoNodeStatus that is created gets the report of its node."""
    process = multiprocessing.Process(target=_answer, args=(api.url, str(api.folder / "apiserver.crt"), network),
                                      daemon=True)  # fmt: skip
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _answer(url: str, ca: str, network: Network) -> None:
    context = ssl.create_default_context(cafile=ca)
    headers = {"Authorization": f"Bearer {datastore.TOKEN}", "User-Agent": "benchmark"}
    restarted = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    where = urlsplit(url).netloc
    writer = http.client.HTTPSConnection(where, context=context)
    mesh, asked = True, 0.0
    while True:
        watch = http.client.HTTPSConnection(where, context=context)
        watch.request("GET", f"{CRD}/caliconodestatuses?watch=true", headers=headers)
        for line in watch.getresponse():
            event = json.loads(line)
            if "object" not in event:  # a Status: the server has just learned of the kind
                time.sleep(0.2)
                break
            item = event["object"]
            if event["type"] != "ADDED" or item.get("status") or item["spec"]["node"] not in network.nodes:
                continue
            if time.monotonic() > asked + 1:
                asked, mesh = time.monotonic(), _meshed(writer, headers)
            item["status"] = network.status(item["spec"]["node"], restarted, mesh)
            item["status"]["lastUpdated"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            # calico-node writes the whole object: the CRD has no status subresource in this release.
            writer.request("PUT", f"{CRD}/caliconodestatuses/{item['metadata']['name']}", json.dumps(item),
                           {**headers, "Content-Type": "application/json"})  # fmt: skip
            writer.getresponse().read()


def _meshed(connection: http.client.HTTPSConnection, headers: dict[str, str]) -> bool:
    """Whether the cluster's node-to-node mesh is on."""
    connection.request("GET", f"{CRD}/bgpconfigurations/default", headers=headers)
    return json.loads(connection.getresponse().read())["spec"].get("nodeToNodeMeshEnabled", True)
