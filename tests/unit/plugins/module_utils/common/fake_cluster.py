# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An API server on localhost that keeps objects as they are applied, as far as the tests need one."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

CORE = {"ConfigMap": "configmaps", "Secret": "secrets", "Service": "services", "Pod": "pods"}


class FakeCluster:
    """``objects`` by path; ``requests`` as (method, path, query); ``kinds`` that a group serves, by API version."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.logs: dict[str, str] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.kinds: dict[str, dict[str, str]] = {}
        self.rejects: dict[str, tuple[int, str]] = {}  # path -> status and message
        self.budget: dict[str, int] = {}  # path of a pod -> how many evictions are refused first
        self.page = 500
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer is one packet

            def handle_one(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                url = urlsplit(self.path)
                query = {key: value[0] for key, value in parse_qs(url.query).items()}
                status, answer = fake.answer(self.command, url.path, query, body)
                data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PATCH = do_DELETE = do_POST = handle_one

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def kubeconfig(self) -> dict[str, Any]:
        server = f"http://127.0.0.1:{self.server.server_port}"
        return {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "c", "user": {"token": "t0ken"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        }  # fmt: skip

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def writes(self) -> list[tuple[str, str]]:
        """The requests that changed something, or would have without a dry run."""
        return [(method, path) for method, path, _query in self.requests if method != "GET"]

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        self.requests.append((method, path, query))
        if path in self.rejects and method != "GET":
            status, message = self.rejects[path]
            return status, {"kind": "Status", "message": message}
        version = path.removeprefix("/apis/").removeprefix("/api/")
        if method == "GET" and version in self.kinds:
            kinds = self.kinds[version].items()
            return 200, {"resources": [{"name": name, "kind": kind, "namespaced": True} for kind, name in kinds]}
        if path.endswith("/log"):
            return (200, self.logs[path]) if path in self.logs else (404, {"message": "no such pod"})
        if method == "PATCH" and "fieldManager" not in query:
            self.objects[path] = _merged(self.objects[path], body)
            return 200, self.objects[path]
        if method == "PATCH":
            return 200, self.apply(path, query, body)
        if method == "POST" and path.endswith("/eviction"):
            pod = path.removesuffix("/eviction")
            if self.budget.get(pod, 0):
                self.budget[pod] -= 1
                return 429, {"message": "it would violate the pod's disruption budget"}
            return (201, {}) if self.objects.pop(pod, None) else (404, {"message": "not found"})
        if method == "DELETE":
            dry = bool(body and body.get("dryRun"))
            found = self.objects.get(path) if dry else self.objects.pop(path, None)
            return (200, found) if found else (404, {"message": "not found"})
        if path in self.objects:
            return 200, self.objects[path]
        name = path.rsplit("/", 1)[1]
        if name not in {*CORE.values(), "deployments", "serviceaccounts", "rolebindings", "roles", "clusterroles",
                        "clusterrolebindings", "endpoints", "endpointslices", "nodes",
                        *(plural for kinds in self.kinds.values() for plural in kinds.values())}:  # fmt: skip
            return 404, {"message": "the server could not find the requested resource"}
        return 200, self.listed(path, name, query)

    def listed(self, path: str, plural: str, query: dict[str, str]) -> dict[str, Any]:
        root = path.removesuffix(f"/{plural}")
        wanted = [part.partition("=") for part in query.get("labelSelector", "").split(",") if part]
        found = [
            item
            for place, item in sorted(self.objects.items())
            if place.startswith(root) and place.split("/")[-2] == plural
            and all((item["metadata"].get("labels") or {}).get(key) == value if equals
                    else key in (item["metadata"].get("labels") or {}) for key, equals, value in wanted)
        ]  # fmt: skip
        begin = int(query.get("continue") or 0)
        more = str(begin + self.page) if len(found) > begin + self.page else ""
        return {"metadata": {"continue": more}, "items": found[begin : begin + self.page]}

    def apply(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """Stores what was sent, as one manager's; what the server would default is left out."""
        old = self.objects.get(path, {"metadata": {"uid": f"uid-{len(self.objects)}"}})
        stored = {**old, **{key: value for key, value in body.items() if key != "metadata"}}
        stored["metadata"] = {**old["metadata"], **body["metadata"], "resourceVersion": str(len(self.requests)),
                              "managedFields": [{"manager": query["fieldManager"], "operation": "Apply",
                                                 "fieldsV1": _fields(body)}]}  # fmt: skip
        if body["kind"] == "CustomResourceDefinition" and "dryRun" not in query:
            spec = body["spec"]
            version = f"{spec['group']}/{spec['versions'][0]['name']}"
            self.kinds.setdefault(version, {})[spec["names"]["kind"]] = spec["names"]["plural"]
        if "dryRun" not in query:
            self.objects[path] = stored
        return stored


def _merged(old: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """A JSON merge patch (RFC 7386)."""
    merged = {**old}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key) or {}, value) if isinstance(value, dict) else value
    return merged


def _fields(body: Any) -> dict[str, Any]:
    hidden = ("apiVersion", "kind", "name", "namespace")
    return {f"f:{key}": _fields(value) if isinstance(value, dict) else {} for key, value in body.items()
            if key not in hidden}  # fmt: skip
