# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving pods from one pool to another: the remaining steps, from the current state of the cluster. Pure.

A pool's network and block size never change in place. The procedure is Calico's: create a new pool,
disable the old one, restart the workloads so that their pods take new addresses, and delete the old one once
none of its addresses is in use. Every step can be seen in the cluster, so an interrupted migration resumes from its
state.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

Resource = dict[str, t.Any]

# On a workload's pod template: the migration that restarted it, so that the same one does not restart it twice.
MARK = "podroute.calico-f5/migrated-to"
RESTARTABLE = ("Deployment", "StatefulSet", "DaemonSet")
_INHERITED = (
    "ipipMode",
    "vxlanMode",
    "natOutgoing",
    "nodeSelector",
    "allowedUses",
    "disableBGPExport",
    "assignmentMode",
)


@dataclasses.dataclass(frozen=True, order=True)
class Workload:
    """An object that owns pods and can be restarted."""

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def new_pool(old: Resource, name: str, cidr: str, block_size: int | None) -> Resource:
    """The target pool: a copy of the old one except for its name, network and block size."""
    spec = {key: old["spec"][key] for key in _INHERITED if key in old["spec"]}
    spec["cidr"] = cidr
    if block_size is not None:
        spec["blockSize"] = block_size
    return {"apiVersion": "projectcalico.org/v3", "kind": "IPPool", "metadata": {"name": name}, "spec": spec}


def pods_in(pods: t.Iterable[Resource], cidr: str) -> list[Resource]:
    """The running pods with an address of the network; pods in the host's network have none."""
    network = ipaddress.ip_network(cidr)
    found = []
    for pod in pods:
        status, spec = pod.get("status") or {}, pod.get("spec") or {}
        address = status.get("podIP")
        if spec.get("hostNetwork") or not address or status.get("phase") in ("Succeeded", "Failed"):
            continue
        if ipaddress.ip_address(address) in network:
            found.append(pod)
    return found


def owner(pod: Resource, replica_sets: t.Mapping[tuple[str, str], Resource]) -> Workload | None:
    """The workload that creates the pod again, or None."""
    namespace = pod["metadata"]["namespace"]
    reference = _controller(pod)
    if reference and reference["kind"] == "ReplicaSet":
        reference = _controller(replica_sets.get((namespace, reference["name"]), {}))
    if reference and reference["kind"] in RESTARTABLE:
        return Workload(namespace, reference["kind"], reference["name"])
    return None


def _controller(resource: t.Mapping[str, t.Any]) -> t.Mapping[str, t.Any] | None:
    references = (resource.get("metadata") or {}).get("ownerReferences") or ()
    return next((reference for reference in references if reference.get("controller")), None)


def sort_pods(
    pods: t.Iterable[Resource], replica_sets: t.Iterable[Resource]
) -> tuple[dict[Workload, list[str]], list[str]]:
    """Pods by the workload that owns them, and the names of those without one, which would not be created again."""
    by_key = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in replica_sets}
    owned: dict[Workload, list[str]] = {}
    alone: list[str] = []
    for pod in pods:
        name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        workload = owner(pod, by_key)
        if workload is None:
            alone.append(name)
        else:
            owned.setdefault(workload, []).append(name)
    return {workload: sorted(owned[workload]) for workload in sorted(owned)}, sorted(alone)


def is_marked(workload: Resource, target: str) -> bool:
    """Whether this migration has restarted the workload already."""
    return (_template(workload).get("annotations") or {}).get(MARK) == target


def restart_patch(target: str) -> Resource:
    """The patch that restarts a workload, once for each migration."""
    return {"spec": {"template": {"metadata": {"annotations": {MARK: target}}}}}


def never_restarts(workload: Resource) -> bool:
    """Whether a changed template alone does not create new pods."""
    strategy = ((workload.get("spec") or {}).get("updateStrategy") or {}).get("type")
    return strategy == "OnDelete"


def has_rolled_out(kind: str, workload: Resource) -> bool:
    """Whether all pods of the workload are new and available."""
    spec, status = workload.get("spec") or {}, workload.get("status") or {}
    if (status.get("observedGeneration") or 0) < (workload["metadata"].get("generation") or 0):
        return False
    if kind == "DaemonSet":
        wanted = status.get("desiredNumberScheduled") or 0
        new, ready, total = status.get("updatedNumberScheduled"), status.get("numberAvailable"), wanted
    else:
        wanted = 1 if spec.get("replicas") is None else spec["replicas"]
        new, total = status.get("updatedReplicas"), status.get("replicas") or 0
        ready = status.get("availableReplicas") if kind == "Deployment" else status.get("readyReplicas")
    return (new or 0) >= wanted and (ready or 0) >= wanted and total <= wanted


def _template(workload: Resource) -> t.Mapping[str, t.Any]:
    return ((workload.get("spec") or {}).get("template") or {}).get("metadata") or {}


def in_use(blocks: t.Iterable[t.Mapping[str, t.Any]], cidr: str) -> dict[str, int]:
    """Block -> addresses in use, of the blocks inside the network (``cluster_facts.blocks``)."""
    network = ipaddress.IPv4Network(cidr)
    return {
        block["cidr"]: block["allocated"]
        for block in blocks
        if block["allocated"] and ipaddress.IPv4Network(block["cidr"]).subnet_of(network)
    }
