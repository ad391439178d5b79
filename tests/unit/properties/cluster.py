# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster in memory: Calico's datastore with its rules, and the objects of the Kubernetes API that are read.

What calicoctl refuses, normalises and replaces was recorded (tests/fixtures/calico): an apply puts the whole spec, the
labels and the annotations in place of what was there, a resource version that is not the current one is a conflict, a
BGPFilter must exist before a BGPPeer names it, a pool's network and block size are immutable, pools do not overlap.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import observe
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl, Connection
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import lookup
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import canonical_spec

Resource = dict[str, Any]

_ONLY_OF_DEFAULT = {"nodeToNodeMeshEnabled", "asNumber", "serviceLoadBalancerIPs", "serviceExternalIPs",
                    "serviceClusterIPs", "nodeMeshPassword", "nodeMeshMaxRestartTime"}  # fmt: skip
_ANNOTATIONS = {
    "IPv4Address": "ipv4Address",
    "ASNumber": "asNumber",
    "RouteReflectorClusterID": "routeReflectorClusterID",
}
_POOL = {
    "blockSize": 26,
    "ipipMode": "Never",
    "vxlanMode": "Never",
    "nodeSelector": "all()",
    "allowedUses": ["Workload", "Tunnel"],
}


class Cluster:
    """The state, and both ways to it: ``calicoctl``, and ``api`` as ``calico.observe`` and the password's plan use it.

    :ivar resources: kind -> name -> resource
    :ivar objects: of Kubernetes: (kind, namespace, name) -> object
    :ivar blocks: node -> networks of its pods
    :ivar writes: how many objects were written or deleted
    """

    def __init__(self, addresses: Mapping[str, str], version: str = "v3.28.5") -> None:
        self.version, self.revision, self.writes = version, 0, 0
        self.resources: dict[str, dict[str, Resource]] = {}
        self.objects: dict[tuple[str, str | None, str], Resource] = {}
        self.blocks = {name: [f"10.244.{number}.0/26"] for number, name in enumerate(addresses)}
        self.calicoctl, self.api = _Calicoctl(self), _Api(self)
        for name, address in addresses.items():
            self.put("Node", name, {"bgp": {"ipv4Address": f"{address}/24"}})
        self.put("ClusterInformation", "default", {"calicoVersion": version})

    def put(self, kind: str, name: str, spec: Resource, **metadata: Any) -> Resource:
        """A resource as if it had always been there."""
        head = {"apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": {"name": name, **metadata}}
        return self.store({**head, "spec": spec})

    def observe(self, **options: Any) -> dict[str, Any]:
        """What calico_info returns."""
        return json.loads(json.dumps(observe.read(self.calicoctl, self.api, **options)))

    def dump(self) -> dict[str, Any]:
        """Every object of others with all that is theirs: "KIND NAME" -> object without its version."""
        found = {}
        for kind, items in self.resources.items():
            for name, item in items.items():
                kept = copy.deepcopy(item)
                del kept["metadata"]["resourceVersion"]
                found[f"{kind} {name}"] = kept
        found |= {f"{kind} {name}": copy.deepcopy(item) for (kind, _place, name), item in self.objects.items()}
        return dict(sorted(found.items()))

    def store(self, item: Resource) -> Resource:
        """Keep a resource in the server's form: canonical values, nothing that is empty, a new version."""
        self.revision += 1
        self.writes += 1
        spec = _without_empty(canonical_spec(item["kind"], item["spec"]))
        if item["kind"] == "IPPool":
            spec = {**_POOL, **spec}
        kept = {key: item["metadata"][key] for key in ("name", "labels", "annotations") if item["metadata"].get(key)}
        stored = copy.deepcopy({**item, "metadata": {**kept, "resourceVersion": str(self.revision)}, "spec": spec})
        self.resources.setdefault(item["kind"], {})[item["metadata"]["name"]] = stored
        return stored

    def refusal(self, item: Resource) -> str:
        """What calicoctl says of a resource that it does not take; empty for one that it takes."""
        kind, name, spec = item["kind"], item["metadata"]["name"], item["spec"]
        have = self.resources.get(kind, {}).get(name)
        given = item["metadata"].get("resourceVersion")
        if given and (have is None or given != have["metadata"]["resourceVersion"]):
            return f"update conflict: {kind}({name})"
        if kind == "Node":
            return f"operation Create is not supported on Node({name})"
        if kind == "BGPPeer":
            return self._refused_peer(spec)
        if kind == "BGPConfiguration" and name != "default" and _ONLY_OF_DEFAULT & set(spec):
            return f"error with field BGPConfiguration.Spec = '{name}' (on a non default BGP Configuration)"
        return self._refused_pool(name, spec, have) if kind == "IPPool" else ""

    def _refused_peer(self, spec: Resource) -> str:
        if spec.get("node") and spec.get("nodeSelector"):
            return "error with field Node = '' (Node field must be empty when NodeSelector is specified)"
        if spec.get("peerSelector") and (spec.get("peerIP") or spec.get("asNumber")):
            return (
                "error with field PeerIP = '' (PeerIP and ASNumber fields must be empty when PeerSelector is specified)"
            )
        there = self.resources.get("BGPFilter", {})
        return "" if all(name in there for name in spec.get("filters") or ()) else "BGPFilter(s) not found"

    def _refused_pool(self, name: str, spec: Resource, have: Resource | None) -> str:
        network = ip_network(spec["cidr"])
        for field, words in (("cidr", "CIDR"), ("blockSize", "BlockSize")):
            if have and spec.get(field, 26) != have["spec"][field]:
                return f"IPPool {words} cannot be modified"
        for other, there in self.resources.get("IPPool", {}).items():
            cidr = there["spec"]["cidr"]
            if other != name and ":" not in cidr and network.overlaps(ip_network(cidr)):
                return f"IPPool({name}) CIDR overlaps with IPPool({other}) CIDR {cidr}"
        return ""


class _Refused(Exception):
    def __init__(self, stderr: str, stdout: str = "") -> None:
        super().__init__(stderr)
        self.stdout, self.stderr = stdout, stderr


class _Calicoctl(Calicoctl):
    """The program, without a process."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(Connection(), sleep=lambda _seconds: None)
        self._cluster = cluster
        self._lock = threading.Lock()  # nodes are patched by several threads

    def __enter__(self) -> _Calicoctl:
        return self

    def run(self, *arguments: str, stdin: str = "") -> tuple[str, str, int]:
        words = [word for word in arguments if not word.startswith("--")]
        with self._lock:
            try:
                return getattr(self, f"_{words[0]}")(words, stdin), "", 0
            except _Refused as refused:
                return refused.stdout, refused.stderr, 1

    def _version(self, _words: list[str], _text: str) -> str:
        version = self._cluster.version
        return f"Client Version:    {version}\nCluster Version:   {version}\nCluster Type:      k8s,bgp\n"

    def _get(self, words: list[str], text: str) -> str:
        several = words[1] == "-f"
        kinds = [item["kind"] for item in json.loads(text)] if several else [lookup(words[1]).name]
        lists = [{"kind": f"{kind}List", "apiVersion": "projectcalico.org/v3", "items": self._items(kind)}
                 for kind in kinds]  # fmt: skip
        return json.dumps(lists if several else lists[0])

    def _items(self, kind: str) -> list[Resource]:
        return [item for _name, item in sorted(self._cluster.resources.get(kind, {}).items())]

    def _patch(self, words: list[str], _text: str) -> str:
        item = copy.deepcopy(self._cluster.resources["Node"].get(words[2]))
        if item is None:
            raise _Refused(f"Hit error: resource does not exist: Node({words[2]})\n")
        _merge(item, json.loads(words[words.index("-p") + 1]))
        self._cluster.store(item)
        return "Successfully patched 1 'Node' resource\n"

    def _delete(self, _words: list[str], text: str) -> str:
        resources = json.loads(text)
        for item in resources:
            gone = self._cluster.resources.get(item["kind"], {}).pop(item["metadata"]["name"], None)
            self._cluster.writes += gone is not None
        return f"Successfully deleted {len(resources)} resource(s)\n"

    def _apply(self, _words: list[str], text: str) -> str:
        resources, errors = json.loads(text), []
        for item in resources:
            error = self._cluster.refusal(item)
            if error:
                errors.append(error)
            else:
                self._cluster.store(item)
        if errors:
            done = len(resources) - len(errors)
            part = f"Partial success: applied the first {done} out of {len(resources)} resources:\n" if done else ""
            raise _Refused(f"Hit error(s): [{', '.join(errors)}]\n", part)
        return f"Successfully applied {len(resources)} resource(s)\n"


class _Api:
    """The Kubernetes API."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def list(self, _version: str, kind: str, labels: str = "", metadata_only: bool = False) -> list[Resource]:
        if kind != "Node":
            return []
        found = []
        for name, item in self._cluster.resources["Node"].items():
            bgp = item["spec"].get("bgp") or {}
            noted = {f"projectcalico.org/{key}": str(bgp[field]) for key, field in _ANNOTATIONS.items() if field in bgp}
            noted["projectcalico.org/labels"] = json.dumps(item["metadata"].get("labels") or {})
            found.append({"metadata": {"name": name, "annotations": noted}})
        return found

    def custom(self, plural: str) -> list[Resource]:
        if plural != "blockaffinities":
            return []
        return [{"spec": {"node": name, "cidr": cidr, "state": "confirmed"}}
                for name, held in self._cluster.blocks.items() for cidr in held]  # fmt: skip

    def get(self, _version: str, kind: str, name: str, namespace: str | None = None) -> Resource | None:
        return copy.deepcopy(self._cluster.objects.get((kind, namespace, name)))

    def apply(self, item: Resource) -> Resource:
        self._cluster.writes += 1
        place = item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]
        self._cluster.objects[place] = copy.deepcopy(item)
        return item

    def delete(self, _version: str, kind: str, name: str, namespace: str | None = None) -> bool:
        self._cluster.writes += 1
        return self._cluster.objects.pop((kind, namespace, name), None) is not None


def _merge(into: Resource, patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


def _without_empty(value: Any) -> Any:
    """The server leaves out what is false or empty; the mesh's switch is a pointer, so its false stays."""
    if not isinstance(value, dict):
        return value
    kept = {key: _without_empty(item) for key, item in value.items()}
    return {
        key: item
        for key, item in kept.items()
        if item is not None and item not in ("", {}, []) and (item is not False or key == "nodeToNodeMeshEnabled")
    }
