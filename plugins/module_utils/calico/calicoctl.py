# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access to the cluster through calicoctl: one process per list and one per write.

calicoctl reads ``/etc/calico/calicoctl.cfg`` before its environment, and limits itself to five requests per
second. So each client writes a private configuration file (mode 0600, in a folder of its own that is removed
with it), raises the rate there, and passes an environment without any other setting of calicoctl.
"""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import typing as t
from concurrent import futures

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import errors
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import API_VERSION, KINDS
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import kubernetes

Resource = dict[str, t.Any]

# Prefixes of all environment variables that calicoctl reads. The rest of the environment is passed on:
# proxies and the credential plugins of a kubeconfig need it.
_OURS = ("CALICO_", "ETCD_", "K8S_", "KUBECONFIG", "DATASTORE_TYPE", "KUBERNETES_MASTER")


# Parallel processes of calicoctl that patch one node each. More are not faster: the API server's CPU is the limit.
PATCHES_AT_A_TIME = 16


@dataclasses.dataclass(frozen=True)
class Connection:
    """How to reach the datastore. ``timeout`` in seconds for each run, ``qps`` in requests per second."""

    program: str = "calicoctl"
    datastore: str = "kubernetes"
    kubeconfig: str | None = None
    context: str | None = None
    etcd_endpoints: str = ""
    etcd_username: str | None = None
    etcd_password: str | None = dataclasses.field(default=None, repr=False)
    etcd_ca: str | None = None
    etcd_cert: str | None = None
    etcd_key: str | None = None
    qps: int = 200
    timeout: float = 120.0
    retries: int = 3
    retry_delay: float = 1.0
    allow_version_mismatch: bool = False

    def spec(self) -> dict[str, t.Any]:
        """The spec of calicoctl's configuration file; it rejects unknown keys."""
        if self.datastore == "etcdv3":
            given: dict[str, t.Any] = {
                "datastoreType": "etcdv3",
                "etcdEndpoints": self.etcd_endpoints,
                "etcdUsername": self.etcd_username,
                "etcdPassword": self.etcd_password,
                "etcdCACertFile": self.etcd_ca,
                "etcdCertFile": self.etcd_cert,
                "etcdKeyFile": self.etcd_key,
            }
        else:
            given = {
                "datastoreType": "kubernetes",
                "kubeconfig": find_kubeconfig(self.kubeconfig),
                "k8sCurrentContext": self.context,
                "k8sClientQPS": self.qps,
            }
        return {key: value for key, value in given.items() if value is not None}


def find_kubeconfig(given: str | None) -> str | None:
    """The kubeconfig to use: the one given, or kubectl's default if that exists."""
    try:
        return kubernetes.kubeconfig_path(given)
    except kubernetes.KubernetesError as problem:
        raise CalicoError(problem.code, problem.detail) from None


class Calicoctl:
    """A program, a connection and a private folder. Use it as a context manager."""

    def __init__(self, connection: Connection, sleep: t.Callable[[float], None] = time.sleep) -> None:
        self.connection = connection
        self._sleep = sleep
        self._folder: str | None = None
        self._program = ""

    def __enter__(self) -> Calicoctl:
        found = shutil.which(os.path.expanduser(self.connection.program))
        if not found:
            raise CalicoError("no_binary", f"program {self.connection.program!r} is not on this host's PATH")
        self._program = found
        document = {
            "apiVersion": "projectcalico.org/v3",
            "kind": "CalicoAPIConfig",
            "metadata": {},
            "spec": self.connection.spec(),
        }
        self._folder = tempfile.mkdtemp(prefix="podroute-calicoctl-")  # mode 0700
        handle = os.open(self._config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(document, stream)
        return self

    def __exit__(self, *_exception: t.Any) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @property
    def _config(self) -> str:
        return os.path.join(self._folder or "", "calicoctl.cfg")

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
        rate = str(self.connection.qps)
        # Up to v3.31 only the first name works, from v3.32 on the others do.
        kept.update({"CALICO_K8SCLIENTQPS": rate, "CALICO_K8S_CLIENT_QPS": rate, "LC_ALL": "C"})
        return kept

    def run(self, *arguments: str, stdin: str = "") -> tuple[str, str, int]:
        """One run of the program: standard output, standard error, exit code.

        Raises ``CalicoError`` when the program cannot run or takes longer than the connection's timeout.
        """
        command = [self._program, *arguments]
        if arguments and arguments[0] != "version":
            command.append("--config=" + self._config)
            if self.connection.allow_version_mismatch:
                command.append("--allow-version-mismatch")
        elif arguments:
            command.append("--config=" + self._config)
        name = " ".join(("calicoctl", *arguments[:3]))
        try:
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment(),
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as problem:
            raise CalicoError("no_binary", f"{self._program}: {problem.strerror}", name) from None
        with process:
            try:
                stdout, stderr = process.communicate(stdin, timeout=self.connection.timeout)
            except subprocess.TimeoutExpired:
                raise CalicoError("timeout", f"no reply within {self.connection.timeout:g} s", name) from None
            finally:
                if process.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        return self._redact(stdout), self._redact(stderr), process.returncode

    def _redact(self, text: str) -> str:
        secret = self.connection.etcd_password
        return text.replace(secret, "********") if secret else text

    def checked(self, *arguments: str, stdin: str = "") -> str:
        """As ``run``, but a failure raises ``CalicoError``."""
        stdout, stderr, code = self.run(*arguments, stdin=stdin)
        if errors.failed(stdout, stderr, code):
            raise errors.classify(stdout, stderr, code, " ".join(("calicoctl", *arguments[:3])))
        return stdout

    def retrying(self, action: t.Callable[[], t.Any]) -> t.Any:
        """The result of ``action``, retried a limited number of times after a network error or a conflict."""
        for attempt in range(self.connection.retries + 1):
            try:
                return action()
            except CalicoError as problem:
                if not problem.retryable or attempt == self.connection.retries:
                    raise
            self._sleep(self.connection.retry_delay * 2**attempt)
        raise AssertionError("unreachable")

    def list(self, kind: str) -> builtins.list[Resource]:
        """Every resource of a kind, by one list call.

        A page of the API server holds 500 objects; calicoctl itself asks for the next.
        """
        arguments = ["get", kind.lower(), "-o", "json"]
        if KINDS[kind].namespaced:
            arguments.append("--all-namespaces")
        return self.retrying(lambda: items_of(self.checked(*arguments), kind))

    def read(self, kinds: t.Sequence[str]) -> dict[str, builtins.list[Resource]]:
        """Every resource of several kinds, by one run: a resource without a name is a list of its kind.

        A program without support for this is run once per kind, in parallel.
        """
        wanted = [{"apiVersion": API_VERSION, "kind": kind, "metadata": {}} for kind in kinds]
        if len(kinds) > 1 and not any(KINDS[kind].namespaced for kind in kinds):
            try:
                text = self.retrying(lambda: self.checked("get", "-f", "-", "-o", "json", stdin=json.dumps(wanted)))
                return lists_of(text, kinds)
            except CalicoError as problem:
                if problem.code not in ("validation", "output", "usage", "unknown", "not_found"):
                    raise
        with futures.ThreadPoolExecutor(max_workers=max(1, len(kinds))) as pool:
            return dict(zip(kinds, pool.map(self.list, kinds), strict=True))

    def apply(self, resources: t.Sequence[Resource]) -> None:
        """Writes the resources in one run. After an error, some may have been written."""
        self.checked("apply", "-f", "-", stdin=json.dumps(list(resources)))

    def patch_nodes(self, patches: t.Mapping[str, Resource]) -> None:
        """Changes the given keys of each node, a limited number of nodes in parallel.

        calicoctl patches one object per run, and an apply replaces a Node's whole BGP spec. All patches are tried;
        the first error is raised.
        """

        def patch(name: str) -> CalicoError | None:
            try:
                self.checked("patch", "node", name, "-p", json.dumps(patches[name], sort_keys=True))
            except CalicoError as problem:
                return problem
            return None

        with futures.ThreadPoolExecutor(max_workers=PATCHES_AT_A_TIME) as pool:
            problems = [problem for problem in pool.map(patch, patches) if problem]
        if problems:
            raise problems[0]

    def delete(self, resources: t.Sequence[Resource]) -> None:
        """Deletes the resources in one run; a missing one is not an error."""
        self.checked("delete", "--skip-not-exists", "-f", "-", stdin=json.dumps(list(resources)))

    def ipam_show(self) -> str:
        """The table of ``calicoctl ipam show``: pools and how many of their addresses are in use."""
        return self.retrying(lambda: self.checked("ipam", "show"))

    def versions(self) -> dict[str, str | None]:
        """Client version, cluster version and cluster type, each None where it is not known."""
        stdout, stderr, _code = self.run("version")
        found: dict[str, str | None] = {"client": None, "cluster": None, "cluster_type": None}
        for line in stdout.splitlines():
            label, _colon, value = line.partition(":")
            field = {"client version": "client", "cluster version": "cluster", "cluster type": "cluster_type"}.get(
                label.strip().lower()
            )
            if field:
                found[field] = value.strip() or None
        if found["client"] is None and "client version" not in stdout.lower():
            raise errors.classify(stdout, stderr, 1, "calicoctl version")
        return found


def lists_of(text: str, kinds: t.Sequence[str]) -> dict[str, list[Resource]]:
    """The resources by kind in what ``calicoctl get -f FILE -o json`` printed for unnamed resources."""
    try:
        documents = json.loads(text)
    except ValueError:
        documents = None
    documents = [documents] if isinstance(documents, dict) else documents
    found: dict[str, list[Resource]] = {}
    for document in documents if isinstance(documents, list) else []:
        if isinstance(document, dict) and str(document.get("kind")).endswith("List"):
            kind = document["kind"][: -len("List")]
            found[kind] = _items(document, kind, text)
    if set(found) != set(kinds):
        raise CalicoError("output", text[:200], "calicoctl get -f - -o json")
    return found


def items_of(text: str, kind: str) -> list[Resource]:
    """The resources in what ``calicoctl get KIND -o json`` printed."""
    try:
        return _items(json.loads(text), kind, text)
    except ValueError:
        raise CalicoError("output", text[:200], f"calicoctl get {kind.lower()} -o json") from None


def _items(document: t.Any, kind: str, text: str) -> list[Resource]:
    if isinstance(document, dict):
        items = document.get("items", [document] if "metadata" in document and "spec" in document else [])
    else:
        items = document
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise CalicoError("output", text[:200], f"calicoctl get {kind.lower()} -o json")
    # In some releases, the items of a list have no kind.
    return [{**item, "kind": item.get("kind") or kind} for item in items]
