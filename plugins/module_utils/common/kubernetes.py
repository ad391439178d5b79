# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access to the Kubernetes API: read, server-side apply and delete objects as plain dictionaries, scripts in pods.

The Python library ``kubernetes`` reads the kubeconfig and authenticates. Requests use its connection pool directly: no
model classes, no discovery of the whole API, and the same code for every release of the library.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

try:
    from kubernetes import client as k8s_client
    from kubernetes import config as k8s_config
    from kubernetes.stream import stream as k8s_stream
    from urllib3.exceptions import HTTPError
    from yaml import YAMLError
except ImportError as problem:
    IMPORT_ERROR: ImportError | None = problem
else:
    IMPORT_ERROR = None

Object = dict[str, Any]

FIELD_MANAGER = "podroute.calico_f5"
APPLY = "application/apply-patch+yaml"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
PAGE = 500  # objects per response

# (API version, kind) -> (name in paths, whether it is namespaced). Other kinds are looked up in the API.
_RBAC = "rbac.authorization.k8s.io/v1"
_KINDS = {
    ("v1", "ConfigMap"): ("configmaps", True),
    ("v1", "Endpoints"): ("endpoints", True),
    ("v1", "Namespace"): ("namespaces", False),
    ("v1", "Node"): ("nodes", False),
    ("v1", "Pod"): ("pods", True),
    ("v1", "Secret"): ("secrets", True),
    ("v1", "Service"): ("services", True),
    ("v1", "ServiceAccount"): ("serviceaccounts", True),
    ("apps/v1", "DaemonSet"): ("daemonsets", True),
    ("apps/v1", "Deployment"): ("deployments", True),
    ("apps/v1", "ReplicaSet"): ("replicasets", True),
    ("apps/v1", "StatefulSet"): ("statefulsets", True),
    ("discovery.k8s.io/v1", "EndpointSlice"): ("endpointslices", True),
    (_RBAC, "ClusterRole"): ("clusterroles", False),
    (_RBAC, "ClusterRoleBinding"): ("clusterrolebindings", False),
    (_RBAC, "Role"): ("roles", True),
    (_RBAC, "RoleBinding"): ("rolebindings", True),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): ("customresourcedefinitions", False),
}
_CODES = {
    400: "validation",
    401: "unauthorised",
    403: "unauthorised",
    404: "not_found",
    409: "exists",
    415: "validation",
    422: "validation",
    429: "unreachable",
    503: "unreachable",
    504: "unreachable",
}
_HINTS = {
    "kubeconfig": "set the variable kubeconfig to the path of a kubeconfig file",
    "tls": "check the CA and the server in the file that the variable kubeconfig names",
    "refused": "check that the API server runs and the server in the file that the variable kubeconfig names",
    "timeout": "check the route to the API server in the file that the variable kubeconfig names",
    "unreachable": "check the route to the API server in the file that the variable kubeconfig names, and its health",
    "unauthorised": "check the user in the file that the variable kubeconfig names, and its rights (RBAC)",
    "not_installed": "install the definition of this kind, or check that this is the right cluster",
    "library": "install the Python library kubernetes for the interpreter that Ansible uses",
}


class KubernetesError(Exception):
    """A request that failed. The text is one sentence.

    ``code`` is one of kubeconfig, tls, refused, timeout, unreachable, unauthorised, not_found, not_installed, exists,
    validation, library, unknown; ``what`` the request; ``detail`` the message of the server or the library.
    """

    def __init__(self, code: str, detail: str, what: str = "") -> None:
        self.code, self.detail, self.what = code, " ".join(detail.split())[:500], what
        hint = f"; {_HINTS[code]}" if code in _HINTS else ""
        super().__init__(f"{what + ': ' if what else ''}{self.detail}{hint}")


def kubeconfig_path(given: str | None) -> str | None:
    """The kubeconfig to use: the one given, or kubectl's default if that exists.

    :raises KubernetesError: the given file does not exist
    """
    if given:
        path = os.path.expanduser(given)
        if not os.path.isfile(path):
            raise KubernetesError("kubeconfig", f"{path}: no such file or directory")
        return path
    default = os.path.expanduser("~/.kube/config")
    return default if os.path.isfile(default) else None


class Cluster:
    """A connection to the API server; a context manager.

    :param kubeconfig: path of a file, its content, or None for ``~/.kube/config``, then the pod's service account
    :param context: the context of the kubeconfig; None for the current one
    :param timeout: seconds for each request
    :raises KubernetesError: there is no usable configuration
    """

    def __init__(
        self, kubeconfig: str | Mapping[str, Any] | None = None, context: str | None = None, timeout: float = 30.0
    ) -> None:
        if IMPORT_ERROR is not None:
            raise self.failure("library", f"the Python library kubernetes is missing ({IMPORT_ERROR})")
        self.timeout = timeout
        self._served: dict[str, dict[str, tuple[str, bool]]] = {}
        self._api = self._connect(kubeconfig, context)

    def _connect(self, kubeconfig: str | Mapping[str, Any] | None, context: str | None) -> Any:
        path = None
        try:
            if isinstance(kubeconfig, Mapping):
                path = "the content of kubeconfig"
                return k8s_config.new_client_from_config_dict(dict(kubeconfig), context=context)
            path = kubeconfig_path(kubeconfig)
            if path:
                return k8s_config.new_client_from_config(config_file=path, context=context)
            configuration = k8s_client.Configuration()
            k8s_config.load_incluster_config(client_configuration=configuration)
            return k8s_client.ApiClient(configuration)
        except KubernetesError as error:
            raise self.failure(error.code, error.detail) from None
        except k8s_config.ConfigException as error:
            raise self.failure("kubeconfig", f"{path or 'in-cluster configuration'}: {error}") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, YAMLError) as error:
            raise self.failure("kubeconfig", f"{path} is not a valid kubeconfig: {error}") from None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self._api.close()

    def failure(self, code: str, detail: str, what: str = "") -> Exception:
        """The exception to raise. Subclasses may override it."""
        return KubernetesError(code, detail, what)

    # ---- requests ----------------------------------------------------------------------------------

    def request(
        self,
        what: str,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Any:
        """The response to one request: decoded JSON, or text if ``accept`` is not JSON.

        :param what: a description of the request, for messages
        :param query: parameters; None values are left out
        """
        configuration = self._api.configuration
        headers = {"Accept": accept, "User-Agent": FIELD_MANAGER}
        for setting in configuration.auth_settings().values():
            if setting.get("value"):
                headers[setting["key"]] = setting["value"]
        if body is not None:
            headers["Content-Type"] = content_type
        given = [(key, value) for key, value in (query or {}).items() if value is not None]
        url = f"{configuration.host}{path}" + (f"?{urlencode(given)}" if given else "")
        try:
            answer = self._api.rest_client.pool_manager.request(
                method,
                url,
                body=None if body is None else json.dumps(body),
                headers=headers,
                timeout=self.timeout,
                retries=False,
            )
        except (HTTPError, OSError) as error:
            raise self.network_failure(what, error) from None
        if not 200 <= answer.status <= 299:
            raise self.status_failure(answer.status, _reason(answer), what)
        if "json" not in accept:
            return answer.data.decode("utf-8", "replace")
        try:
            return json.loads(answer.data)
        except ValueError:
            detail = _NOT_THE_API if _is_html(answer) else f"the response of {url} is not JSON"
            raise self.failure("unknown", detail, what) from None

    def status_failure(self, status: int, detail: str, what: str) -> Exception:
        """The exception for an HTTP status that is not success."""
        return self.failure(_CODES.get(status, "unknown"), f"{detail} (HTTP status {status})", what)

    def network_failure(self, what: str, error: Exception) -> Exception:
        """The exception for a request without a response."""
        detail = " ".join(str(error).split())
        low = detail.lower()
        if "certificate" in low or "ssl" in low:
            code = "tls"
        elif "refused" in low:
            code = "refused"
        elif "timed out" in low or "timeout" in low:
            code = "timeout"
        else:
            code = "unreachable"
        return self.failure(code, f"{self._api.configuration.host}: {detail[:300]}", what)

    def path(self, api_version: str, kind: str, namespace: str | None = None, name: str | None = None) -> str:
        """The path of an object, or of all objects of a kind. :raises KubernetesError: the API has no such kind"""
        plural, namespaced = self._resource(api_version, kind)
        parts = [_root(api_version)]
        if namespaced and namespace:
            parts += ["namespaces", quote(namespace, safe="")]
        elif namespaced and name:
            parts += ["namespaces", "default"]
        return "/".join([*parts, plural, *([quote(name, safe="")] if name else [])])

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the API has this kind; cached until ``forget``."""
        return kind in self._kinds(api_version)

    def forget(self) -> None:
        """Discard cached kinds, after custom resource definitions were applied."""
        self._served.clear()

    def _resource(self, api_version: str, kind: str) -> tuple[str, bool]:
        known = _KINDS.get((api_version, kind))
        if known:
            return known
        found = self._kinds(api_version).get(kind)
        if not found:
            raise self.failure("not_installed", f"the API server has no kind {kind} in {api_version}", f"find {kind}")
        return found

    def _kinds(self, api_version: str) -> dict[str, tuple[str, bool]]:
        if api_version not in self._served:
            try:
                answer = self.request(f"list kinds of {api_version}", "GET", _root(api_version))
                resources = answer.get("resources") or []
            except Exception as error:
                if getattr(error, "code", None) != "not_found":
                    raise
                resources = []
            self._served[api_version] = {
                item["kind"]: (item["name"], bool(item.get("namespaced")))
                for item in resources
                if "/" not in item["name"]
            }
        return self._served[api_version]

    # ---- objects -----------------------------------------------------------------------------------

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """One object, or None if it does not exist."""
        try:
            return self.request(_words("get", kind, namespace, name), "GET",
                                self.path(api_version, kind, namespace, name))  # fmt: skip
        except Exception as error:
            if getattr(error, "code", None) != "not_found":
                raise
            return None

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        labels: str | Iterable[str] | None = None,
        fields: str | None = None,
        metadata_only: bool = False,
    ) -> list[Object]:
        """Every object of a kind, page by page, each with ``apiVersion`` and ``kind``.

        :param namespace: None for all namespaces
        :param labels: label selector; all requirements of a list must be met
        :param fields: field selector
        :param metadata_only: without ``spec``, ``status`` and ``data``
        :raises KubernetesError: with code not_installed when the API has no such kind
        """
        selector = labels if labels is None or isinstance(labels, str) else ",".join(labels)
        query = {"labelSelector": selector or None, "fieldSelector": fields, "limit": PAGE, "continue": None}
        path, items = self.path(api_version, kind, namespace), []
        accept = METADATA_ONLY if metadata_only else "application/json"
        while True:
            try:
                page = self.request(_words("list", kind, namespace), "GET", path, query, accept=accept)
            except Exception as error:
                if getattr(error, "code", None) != "not_found":
                    raise
                raise self.failure("not_installed", f"the API server has no kind {kind} in {api_version}",
                                   _words("list", kind, namespace)) from None  # fmt: skip
            items += [{**item, "apiVersion": api_version, "kind": kind} for item in page.get("items") or []]
            query["continue"] = (page.get("metadata") or {}).get("continue") or None
            if not query["continue"]:
                return items

    def apply(
        self, definition: Object, manager: str = FIELD_MANAGER, force: bool = True, dry_run: bool = False
    ) -> Object:
        """Server-side apply of one object; returns the object as stored by the server, or as it would be stored.

        :param manager: the field manager; fields that it set earlier and no longer sends are removed
        :param force: take over fields that another manager has set; otherwise that is a conflict (code exists)
        """
        metadata = definition["metadata"]
        kind, namespace, name = definition["kind"], metadata.get("namespace"), metadata["name"]
        query = {"fieldManager": manager, "force": str(force).lower(), "dryRun": "All" if dry_run else None}
        path = self.path(definition["apiVersion"], kind, namespace, name)
        return self.request(_words("apply", kind, namespace, name), "PATCH", path, query, definition, APPLY)

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        dry_run: bool = False,
        wait: float = 0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> bool:
        """Delete one object with all that it owns; returns whether it existed.

        :param wait: seconds to wait until it and its dependents are gone; 0 does not wait
        :raises KubernetesError: with code timeout if it still exists then
        """
        what = _words("delete", kind, namespace, name)
        policy = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Foreground" if wait else "Background",
            **({"dryRun": ["All"]} if dry_run else {}),
        }
        try:
            self.request(what, "DELETE", self.path(api_version, kind, namespace, name), body=policy)
        except Exception as error:
            if getattr(error, "code", None) != "not_found":
                raise
            return False
        deadline = time.monotonic() + wait
        while wait and not dry_run and self.get(api_version, kind, name, namespace) is not None:
            if time.monotonic() >= deadline:
                raise self.failure("unknown", f"it still exists after {wait:g} seconds", what)
            sleep(0.5)
        return True

    def log(self, namespace: str, pod: str, previous: bool = False, lines: int = 2000) -> str:
        """The last lines of a pod's log; with ``previous``, of the container before its last restart."""
        path = f"{self.path('v1', 'Pod', namespace, pod)}/log"
        query = {"tailLines": lines, "previous": "true" if previous else None}
        return self.request(_words("read the log of", "Pod", namespace, pod), "GET", path, query, accept="*/*")

    def exec_script(self, namespace: str, pod: str, script: str, timeout: float, container: str | None = None) -> str:
        """What a shell script prints in a container of a pod, the first one by default.

        A stream occupies its connection, so every call has its own client.
        """
        api = k8s_client.ApiClient(self._api.configuration)
        try:
            channel = k8s_stream(
                k8s_client.CoreV1Api(api).connect_get_namespaced_pod_exec,
                pod,
                namespace,
                container=container,
                command=["sh", "-c", script],
                stdin=False,
                stdout=True,
                stderr=False,
                tty=False,
                _preload_content=False,
                _request_timeout=timeout,
            )
            try:
                channel.run_forever(timeout=timeout)
                if channel.is_open():
                    raise self.failure("timeout", f"no reply within {timeout:g} s", f"exec {namespace}/{pod}")
                return channel.read_stdout() or ""
            finally:
                channel.close()
        except k8s_client.ApiException as problem:
            raise self.status_failure(problem.status, str(problem.reason), f"exec {namespace}/{pod}") from None
        except (HTTPError, OSError) as problem:
            raise self.network_failure(f"exec {namespace}/{pod}", problem) from None
        finally:
            api.close()


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _words(verb: str, kind: str, namespace: str | None, name: str | None = None) -> str:
    """A request as messages describe it: ``get ConfigMap default/x``."""
    where = "/".join(part for part in (namespace, name) if part)
    return f"{verb} {kind} {where}".rstrip()


_NOT_THE_API = (
    "the response is an HTML page, so a proxy or another service answers there; check the server of the kubeconfig "
    "(variable kubeconfig) and HTTPS_PROXY"
)


def _is_html(answer: Any) -> bool:
    return bool(answer.data[:200].lstrip().startswith(b"<"))


def _reason(answer: Any) -> str:
    """The message of the API's Status object, or the text of the response."""
    if _is_html(answer):
        return _NOT_THE_API
    text = answer.data.decode("utf-8", "replace")
    try:
        message = json.loads(text).get("message")
    except (AttributeError, ValueError):
        message = None
    return str(message or text or answer.reason).rstrip(".")
