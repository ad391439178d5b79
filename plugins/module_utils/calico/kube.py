# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge to the Kubernetes API, for what calicoctl cannot do: CalicoNodeStatus, IPAM blocks, exec.

One client a run, on the Python library ``kubernetes``. Every call has a timeout of its own.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import find_kubeconfig
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError

try:
    from kubernetes import client as k8s_client
    from kubernetes import config as k8s_config
    from kubernetes.stream import stream as k8s_stream
    from urllib3.exceptions import HTTPError
except ImportError as problem:
    IMPORT_ERROR: ImportError | None = problem
else:
    IMPORT_ERROR = None

GROUP, VERSION = "crd.projectcalico.org", "v1"
PAGE = 500


class Kubernetes:
    """A connection to the API server. ``timeout`` in seconds holds for each request."""

    def __init__(self, kubeconfig: str | None, context: str | None, timeout: float = 30.0) -> None:
        if IMPORT_ERROR is not None:
            raise CalicoError("unknown", f"the Python library kubernetes is missing: {IMPORT_ERROR}")
        self._timeout = timeout
        path = find_kubeconfig(kubeconfig)
        try:
            if path:
                self._api = k8s_config.new_client_from_config(config_file=path, context=context)
            else:
                configuration = k8s_client.Configuration()
                k8s_config.load_incluster_config(client_configuration=configuration)
                self._api = k8s_client.ApiClient(configuration)
        except k8s_config.ConfigException as problem:
            raise CalicoError("kubeconfig", f"{path or 'in-cluster'}: {problem}") from None
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise CalicoError("kubeconfig", f"{path}: is no kubeconfig: {problem}") from None
        self._core = k8s_client.CoreV1Api(self._api)
        self._custom = k8s_client.CustomObjectsApi(self._api)
        self._apps = k8s_client.AppsV1Api(self._api)

    def __enter__(self) -> Kubernetes:
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        self._api.close()

    def _call(self, what: str, function: t.Callable[..., t.Any], *arguments: t.Any, **options: t.Any) -> t.Any:
        try:
            return function(*arguments, _request_timeout=self._timeout, **options)
        except k8s_client.ApiException as problem:
            raise _error(what, problem) from None
        except (HTTPError, OSError) as problem:
            raise _network_error(what, problem) from None

    def custom(self, plural: str) -> list[dict[str, t.Any]]:
        """Every object of a kind of crd.projectcalico.org, page by page; labels and spec as stored."""
        items: list[dict[str, t.Any]] = []
        more = ""
        while True:
            options = {"_continue": more} if more else {}
            page = self._call(
                f"list {plural}", self._custom.list_cluster_custom_object, GROUP, VERSION, plural, limit=PAGE, **options
            )
            items += page.get("items") or []
            more = (page.get("metadata") or {}).get("continue") or ""
            if not more:
                return items

    def create_custom(self, plural: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Makes one object and gives it as the server stored it."""
        return self._call(
            f"create {plural}", self._custom.create_cluster_custom_object, GROUP, VERSION, plural, body
        )

    def delete_custom(self, plural: str, name: str) -> None:
        """Removes one object; one that is gone already is no error."""
        try:
            self._call(f"delete {plural}", self._custom.delete_cluster_custom_object, GROUP, VERSION, plural, name)
        except CalicoError as problem:
            if problem.code != "not_found":
                raise

    def node_names(self) -> list[str]:
        """The cluster's nodes, sorted."""
        answer = self._call("list nodes", self._core.list_node, _preload_content=True)
        return sorted(item.metadata.name for item in answer.items)

    def calico_node_pods(self) -> dict[str, tuple[str, str]]:
        """Node -> (namespace, name) of its running calico-node pod."""
        answer = self._call(
            "list pods", self._core.list_pod_for_all_namespaces, label_selector="k8s-app=calico-node"
        )
        return {
            pod.spec.node_name: (pod.metadata.namespace, pod.metadata.name)
            for pod in answer.items
            if pod.spec.node_name and pod.status.phase == "Running"
        }

    def _plain(self, what: str, function: t.Callable[..., t.Any], *arguments: t.Any) -> t.Any:
        """The answer as the API's own JSON."""
        return self._api.sanitize_for_serialization(self._call(what, function, *arguments))

    def pods(self) -> list[dict[str, t.Any]]:
        """Every pod."""
        return self._plain("list pods", self._core.list_pod_for_all_namespaces)["items"]

    def calico_pods(self) -> list[dict[str, t.Any]]:
        """The calico-node pods, in any phase."""
        answer = self._call("list pods", self._core.list_pod_for_all_namespaces, label_selector="k8s-app=calico-node")
        return self._api.sanitize_for_serialization(answer)["items"]

    def replica_sets(self) -> list[dict[str, t.Any]]:
        """Every ReplicaSet: what stands between a Deployment and its pods."""
        return self._plain("list replicasets", self._apps.list_replica_set_for_all_namespaces)["items"]

    def workload(self, kind: str, namespace: str, name: str) -> dict[str, t.Any]:
        """A Deployment, StatefulSet or DaemonSet."""
        read = getattr(self._apps, f"read_namespaced_{_SNAKE[kind]}")
        return self._plain(f"get {kind} {namespace}/{name}", read, name, namespace)

    def patch_workload(self, kind: str, namespace: str, name: str, patch: t.Mapping[str, t.Any]) -> None:
        """Changes the keys given of a Deployment, StatefulSet or DaemonSet."""
        change = getattr(self._apps, f"patch_namespaced_{_SNAKE[kind]}")
        self._call(f"patch {kind} {namespace}/{name}", change, name, namespace, patch)

    def delete_pod(self, namespace: str, name: str) -> None:
        """Removes a pod; one that is gone already is no error."""
        try:
            self._call(f"delete pod {namespace}/{name}", self._core.delete_namespaced_pod, name, namespace)
        except CalicoError as problem:
            if problem.code != "not_found":
                raise

    def exec_script(self, namespace: str, pod: str, script: str, timeout: float) -> str:
        """What a shell script prints in the pod's container calico-node.

        A stream takes its connection for itself, so every call has a client of its own.
        """
        api = k8s_client.ApiClient(self._api.configuration)
        try:
            channel = k8s_stream(
                k8s_client.CoreV1Api(api).connect_get_namespaced_pod_exec,
                pod, namespace, container="calico-node", command=["sh", "-c", script],
                stdin=False, stdout=True, stderr=False, tty=False,
                _preload_content=False, _request_timeout=timeout,
            )
            try:
                channel.run_forever(timeout=timeout)
                if channel.is_open():
                    raise CalicoError("timeout", f"no answer within {timeout:g} s", f"exec {namespace}/{pod}")
                return channel.read_stdout() or ""
            finally:
                channel.close()
        except k8s_client.ApiException as problem:
            raise _error(f"exec {namespace}/{pod}", problem) from None
        except (HTTPError, OSError) as problem:
            raise _network_error(f"exec {namespace}/{pod}", problem) from None
        finally:
            api.close()


_SNAKE = {"Deployment": "deployment", "StatefulSet": "stateful_set", "DaemonSet": "daemon_set"}
_CODES = {
    400: "validation",
    401: "unauthorised",
    403: "unauthorised",
    404: "not_found",
    409: "exists",
    422: "validation",
    429: "unreachable",
    503: "unreachable",
    504: "unreachable",
}


def _error(what: str, problem: t.Any) -> CalicoError:
    code = _CODES.get(problem.status, "unknown")
    if problem.status == 404 and what.startswith("list"):
        code = "not_installed"
    said = " ".join(str(problem.body or problem.reason or problem).split())
    return CalicoError(code, f"{problem.status}: {said[:300]}", what)


def _network_error(what: str, problem: Exception) -> CalicoError:
    said = " ".join(str(problem).split())
    low = said.lower()
    if "certificate" in low or "ssl" in low:
        code = "tls"
    elif "refused" in low:
        code = "refused"
    elif "timed out" in low or "timeout" in low:
        code = "timeout"
    else:
        code = "unreachable"
    return CalicoError(code, said[:300], what)
