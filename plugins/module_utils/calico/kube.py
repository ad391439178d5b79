# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the Kubernetes API for what calicoctl cannot do: CalicoNodeStatus, IPAM blocks, workloads."""

from __future__ import annotations

import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import (
    IMPORT_ERROR,
    METADATA_ONLY,
    Cluster,
)

__all__ = ["IMPORT_ERROR", "Kubernetes"]

API = "crd.projectcalico.org/v1"
# Since v3.32 Calico can be installed with these as CRDs, then without crd.projectcalico.org.
NATIVE_API = "projectcalico.org/v3"
CALICO_NODE = "k8s-app=calico-node"
Object = dict[str, t.Any]


class Kubernetes(Cluster):
    """A connection to the API server. Failures are ``CalicoError``; a request that times out has code timeout."""

    calico_api = API  # of this cluster, as far as is known

    def failure(self, code: str, detail: str, what: str = "") -> Exception:
        return CalicoError("unknown" if code == "library" else code, detail, what)

    def _custom(self, plural: str, name: str = "") -> str:
        return "/".join(part for part in (f"/apis/{self.calico_api}", plural, name) if part)

    def custom(self, plural: str, metadata_only: bool = False, cached: bool = False) -> list[Object]:
        """Every object of a kind that calicoctl does not show, page by page; labels and spec as stored.

        ``cached``: from the API server's memory, so the last change may be missing; otherwise it reads and decodes
        every object in etcd, also where only metadata are wanted.
        """
        accept = METADATA_ONLY if metadata_only else "application/json"
        items: list[Object] = []
        query: dict[str, t.Any] = {"limit": 500, "continue": None} if not cached else {"resourceVersion": "0"}
        while True:
            try:
                page = self.request(f"list {plural}", "GET", self._custom(plural), query, accept=accept)
            except CalicoError as problem:
                if problem.code != "not_found":
                    raise
                if self.calico_api != API:
                    raise CalicoError("not_installed", problem.detail, problem.command) from None
                self.calico_api = NATIVE_API
                continue
            items += page.get("items") or []
            query["continue"] = (page.get("metadata") or {}).get("continue") or None
            if not query["continue"]:
                return items

    def get_cached(self, plural: str, name: str) -> Object | None:
        """One object from the API server's memory, or None if it is not there; the last change may be missing."""
        try:
            return self.request(f"get {plural}", "GET", self._custom(plural, name), {"resourceVersion": "0"})
        except CalicoError as problem:
            if problem.code != "not_found":
                raise
            return None

    def create_custom(self, plural: str, body: t.Mapping[str, t.Any]) -> Object:
        """Create one object and return it as the server stored it."""
        return self.request(
            f"create {plural}", "POST", self._custom(plural), body={**body, "apiVersion": self.calico_api}
        )

    def delete_custom(self, plural: str, name: str) -> None:
        """Delete one object; one that is already gone is not an error."""
        try:
            self.request(f"delete {plural}", "DELETE", self._custom(plural, name))
        except CalicoError as problem:
            if problem.code != "not_found":
                raise

    def node_names(self) -> list[str]:
        """The cluster's nodes, sorted."""
        return sorted(item["metadata"]["name"] for item in self.list("v1", "Node", metadata_only=True))

    def calico_node_pods(self) -> dict[str, tuple[str, str]]:
        """Node -> (namespace, name) of its running calico-node pod."""
        return {
            pod["spec"]["nodeName"]: (pod["metadata"]["namespace"], pod["metadata"]["name"])
            for pod in self.calico_pods()
            if pod["spec"].get("nodeName") and (pod.get("status") or {}).get("phase") == "Running"
        }

    def pods(self) -> list[Object]:
        """Every pod."""
        return self.list("v1", "Pod")

    def calico_pods(self) -> list[Object]:
        """The calico-node pods, in any phase."""
        return self.list("v1", "Pod", labels=CALICO_NODE)

    def replica_sets(self) -> list[Object]:
        """Every ReplicaSet: it owns pods, and a Deployment owns it."""
        return self.list("apps/v1", "ReplicaSet")

    def workload(self, kind: str, namespace: str, name: str) -> Object:
        """A Deployment, StatefulSet or DaemonSet."""
        return self.request(f"get {kind} {namespace}/{name}", "GET", self.path("apps/v1", kind, namespace, name))

    def patch_workload(self, kind: str, namespace: str, name: str, patch: t.Mapping[str, t.Any]) -> None:
        """Change the given keys of a Deployment, StatefulSet or DaemonSet."""
        path = self.path("apps/v1", kind, namespace, name)
        self.request(f"patch {kind} {namespace}/{name}", "PATCH", path, body=patch,
                     content_type="application/strategic-merge-patch+json")  # fmt: skip

    def delete_pod(self, namespace: str, name: str) -> None:
        """Delete a pod; one that is already gone is not an error."""
        self.delete("v1", "Pod", name, namespace)
