# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One observation of the cluster: everything that preflight, snapshot, planning and verification need, as plain JSON.

Everything is read in parallel: the resources by one process of calicoctl, the rest by one request each to the
Kubernetes API. Of a Node only the metadata is read, because kubelet's status is most of the object and Calico keeps
everything needed here in annotations.
"""

from __future__ import annotations

import json
import typing as t
from concurrent import futures

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import cluster_facts
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import API_VERSION
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Resource
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.password import Wanted
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.password import plan as plan_password
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.plan import Cluster
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import ODD_FORM, odd_form

CALICO_NODE = "k8s-app=calico-node"  # the label of calico-node's DaemonSet and pods
Resources = list[Resource]  # in classes that have a method of that name
KINDS = ("BGPConfiguration", "BGPFilter", "BGPPeer", "IPPool")


class Api(t.Protocol):
    """The part of ``kube.Kubernetes`` that is used."""

    def list(self, api_version: str, kind: str, *, labels: str = ..., metadata_only: bool = ...) -> Resources:
        pass

    def custom(self, plural: str) -> Resources:
        pass

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = ...) -> Resource | None:
        pass


def read(
    client: Calicoctl,
    api: Api | None,
    kinds: t.Sequence[str] = KINDS,
    nodes: bool = True,
    ipam: bool = True,
    installation: bool = True,
    password: t.Mapping[str, t.Any] | None = None,
) -> dict[str, t.Any]:
    """The observation. Without ``api``, nodes are read with calicoctl, and IPAM and installation are not read.

    Keys: ``resources`` by kind, ``versions``, and, if requested, ``nodes``, ``mesh``, ``pool_owners``,
    ``ipam``, ``installation`` and ``password`` (see the module calico_info).

    :param password: options of the module calico_bgp_password; what it would do is part of the observation

    :raises CalicoError: something could not be read
    """
    wanted = list(dict.fromkeys([*kinds, *(["BGPConfiguration"] if nodes else [])]))
    if nodes and api is None and "Node" not in wanted:
        wanted.append("Node")
    with futures.ThreadPoolExecutor(max_workers=8) as pool:
        jobs: dict[str, futures.Future[t.Any]] = {
            "resources": pool.submit(client.read, wanted),
            "versions": pool.submit(client.versions),
        }
        if api is not None:
            jobs |= {"nodes": pool.submit(api.list, "v1", "Node", metadata_only=True)} if nodes else {}
            if ipam:
                jobs["affinities"] = pool.submit(api.custom, "blockaffinities")
                jobs["blocks"] = pool.submit(api.custom, "ipamblocks")
            if installation:
                jobs["installation"] = pool.submit(read_installation, api)
                if password is not None:
                    jobs["password"] = pool.submit(_password, api, password, jobs["installation"])
        got = {name: job.result() for name, job in jobs.items()}
    try:
        return _result(got, kinds, nodes)
    except ODD_FORM as error:
        raise CalicoError("output", odd_form("what was read", error)) from None


def _result(got: dict[str, t.Any], kinds: t.Sequence[str], nodes: bool) -> dict[str, t.Any]:
    read_kinds = got["resources"]
    result: dict[str, t.Any] = {
        "versions": got["versions"],
        "resources": {kind: list(Cluster(read_kinds[kind]).of(kind).values()) for kind in kinds},
    }
    if nodes:
        default = next((item for item in read_kinds["BGPConfiguration"] if item["metadata"]["name"] == "default"), None)
        metadata = got.get("nodes")
        resources = read_kinds["Node"] if metadata is None else [node_of(item) for item in metadata]
        result["nodes"] = cluster_facts.nodes(resources, default)
        for item in metadata or ():
            backend = _annotations(item).get(FLANNEL_BACKEND)
            result["nodes"][item["metadata"]["name"]]["flannel_backend"] = backend
        result["cluster_as_number"] = ((default or {}).get("spec") or {}).get("asNumber")
        result["mesh"] = cluster_facts.mesh_is_on(default)
    if "IPPool" in kinds:
        result["pool_owners"] = cluster_facts.pool_owners(read_kinds["IPPool"])
    if "blocks" in got:
        affinities = cluster_facts.affinities(got["affinities"])
        result["ipam"] = {
            "blocks": cluster_facts.blocks(got["blocks"]),
            "affinities": affinities,
            "by_node": cluster_facts.by_node(affinities),
        }
    result |= {name: got[name] for name in ("installation", "password") if name in got}
    return result


FLANNEL_BACKEND = "flannel.alpha.coreos.com/backend-type"
_BGP_ANNOTATIONS = {
    "projectcalico.org/IPv4Address": "ipv4Address",
    "projectcalico.org/IPv6Address": "ipv6Address",
    "projectcalico.org/ASNumber": "asNumber",
    "projectcalico.org/RouteReflectorClusterID": "routeReflectorClusterID",
}


def node_of(item: Resource) -> Resource:
    """Calico's Node from the metadata of a Kubernetes Node, built as in libcalico-go.

    Labels set by calicoctl are in an annotation; labels of Kubernetes take precedence.
    """
    metadata, annotations = item["metadata"], _annotations(item)
    try:
        own = json.loads(annotations.get("projectcalico.org/labels") or "{}")
    except ValueError:
        own = {}
    bgp = {field: annotations[name] for name, field in _BGP_ANNOTATIONS.items() if annotations.get(name)}
    return {
        "apiVersion": API_VERSION,
        "kind": "Node",
        "metadata": {"name": metadata["name"], "labels": {**own, **(metadata.get("labels") or {})}},
        "spec": {"bgp": bgp} if bgp else {},
    }


def _annotations(item: Resource) -> dict[str, str]:
    return item["metadata"].get("annotations") or {}


def read_installation(api: Api) -> dict[str, t.Any]:
    """How Calico was installed. What the user may not read is None: it improves messages and decides nothing."""
    found = cluster_facts.installation(_allowed(lambda: api.list("apps/v1", "DaemonSet", labels=CALICO_NODE)) or [])
    reference = found.pop("backend_in")
    if reference:
        settings = _allowed(lambda: api.get("v1", "ConfigMap", reference["name"], found["namespace"]))
        data = (settings or {}).get("data") or {}
        found["backend"] = data.get(reference["key"])
    operator = _allowed(lambda: api.get("operator.tigera.io/v1", "Installation", "default")) or {}
    found["operator_bgp"] = ((operator.get("spec") or {}).get("calicoNetwork") or {}).get("bgp")
    return found


def _password(
    api: t.Any, options: t.Mapping[str, t.Any], installed: futures.Future[dict[str, t.Any]]
) -> list[dict[str, str]]:
    wanted = password_wanted(options, installed.result())
    if wanted.value is None:  # without a password, the right to read Secrets is not needed
        return _allowed(lambda: plan_password(wanted, api)) or []
    return plan_password(wanted, api)


def password_wanted(options: t.Mapping[str, t.Any], found: t.Mapping[str, t.Any]) -> Wanted:
    """The wanted objects of calico_bgp_password, with namespace and identity of calico-node as installed."""
    namespace = options.get("namespace") or found["namespace"]
    account = {"kind": "ServiceAccount", "name": found["service_account"], "namespace": namespace}
    value = None if options.get("state") == "absent" else options.get("password")
    return Wanted(options["name"], options["key"], namespace, options.get("subject") or account, value)


def _allowed(ask: t.Callable[[], t.Any]) -> t.Any:
    try:
        return ask()
    except CalicoError as problem:
        if problem.code not in ("unauthorised", "not_installed"):
            raise
        return None


def resources(observation: t.Mapping[str, t.Any]) -> list[Resource]:
    """Every resource of an observation, with Nodes built from ``nodes``."""
    found = [item for kind in observation["resources"].values() for item in kind if item["kind"] != "Node"]
    for name, node in (observation.get("nodes") or {}).items():
        bgp = {
            "ipv4Address": f"{node['address']}/{node['prefix_length']}" if node["address"] else None,
            "asNumber": node["as_number"] if node["own_as_number"] else None,
            "routeReflectorClusterID": node["route_reflector_cluster_id"],
        }
        bgp = {key: value for key, value in bgp.items() if value}
        found.append(
            {
                "apiVersion": API_VERSION,
                "kind": "Node",
                "metadata": {"name": name, "labels": node["labels"]},
                "spec": {"bgp": bgp} if bgp else {},
            }
        )
    return found


class Recorded:
    """An observation in place of a ``Calicoctl``, for planning. It has every kind of ``KINDS`` and the nodes."""

    def __init__(self, observation: t.Mapping[str, t.Any]) -> None:
        self._by_kind: dict[str, list[Resource]] = {"Node": [], **{kind: [] for kind in observation["resources"]}}
        for item in resources(observation):
            self._by_kind[item["kind"]].append(item)
        version = (observation.get("versions") or {}).get("cluster")
        self._by_kind["ClusterInformation"] = [
            {"kind": "ClusterInformation", "metadata": {"name": "default"}, "spec": {"calicoVersion": version}}
        ]

    def list(self, kind: str) -> Resources:
        """The resources of one kind."""
        return self._by_kind[kind]

    def read(self, kinds: t.Sequence[str]) -> dict[str, Resources]:
        """The resources of several kinds."""
        return {kind: self._by_kind[kind] for kind in kinds}
