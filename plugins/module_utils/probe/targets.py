# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods and nodes that probes run on: pods through the Kubernetes API, nodes through a command that reaches them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

try:
    from kubernetes import client, config
    from kubernetes.stream import stream
    from urllib3.exceptions import HTTPError
except ImportError as problem:
    IMPORT_ERROR: ImportError | None = problem
else:
    IMPORT_ERROR = None

Item = TypeVar("Item")


class ProbeError(Exception):
    """A probe could not run. The text is one sentence."""


@dataclass(frozen=True)
class Pod:
    """A pod to probe from. ``ip`` is its address in the pod network."""

    name: str
    namespace: str
    node: str
    ip: str


class Cluster:
    """The Kubernetes API, for finding pods and running a script in them.

    :param timeout: timeout of one call in seconds
    :raises ProbeError: no usable kubeconfig
    """

    def __init__(self, kubeconfig: str | None, context: str | None, timeout: float) -> None:
        self._timeout = timeout
        try:
            self._api = config.new_client_from_config(config_file=kubeconfig, context=context)
        except (config.ConfigException, OSError, ValueError, KeyError, TypeError) as problem:
            raise ProbeError(f"kubeconfig {kubeconfig or 'of the user'}: {problem}") from None

    def close(self) -> None:
        self._api.close()

    def pods(self, namespace: str, selector: str) -> list[Pod]:
        """The pods with these labels, see ``one_per_node``."""
        try:
            answer = client.CoreV1Api(self._api).list_namespaced_pod(
                namespace, label_selector=selector, _request_timeout=self._timeout
            )
        except (client.ApiException, HTTPError, OSError) as problem:
            raise ProbeError(f"list pods {selector} in {namespace}: {_words(problem)}") from None
        return one_per_node(self._api.sanitize_for_serialization(answer)["items"])

    def run(self, pod: Pod, script: str, timeout: float) -> str:
        """What a shell script prints in a pod's first container. A stream occupies its client, so each call has its
        own.

        :raises ProbeError: the API refused, or the script did not end in time
        """
        api = client.ApiClient(self._api.configuration)
        try:
            channel = stream(
                client.CoreV1Api(api).connect_get_namespaced_pod_exec,
                pod.name,
                pod.namespace,
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
                    raise ProbeError(f"exec in {pod.name}: timed out after {timeout:g} s")
                return channel.read_stdout() or ""
            finally:
                channel.close()
        except (client.ApiException, HTTPError, OSError) as problem:
            raise ProbeError(f"exec in {pod.name}: {_words(problem)}") from None
        finally:
            api.close()


def one_per_node(pods: Iterable[Mapping[str, Any]]) -> list[Pod]:
    """The pods that are ready and have an address, on each node the first by name. Sorted by node."""
    found: dict[str, Pod] = {}
    for item in sorted(pods, key=lambda one: one["metadata"]["name"]):
        node, ip = (item.get("spec") or {}).get("nodeName"), (item.get("status") or {}).get("podIP")
        if _ready(item) and node and ip:
            found.setdefault(node, Pod(item["metadata"]["name"], item["metadata"]["namespace"], node, ip))
    return [found[node] for node in sorted(found)]


def on_node(command: Sequence[str], node: str, script: str, timeout: float) -> str:
    """What a shell script prints on a node, through ``command`` with ``{node}`` filled in and ``sh -s`` behind it.

    :raises ProbeError: the command does not exist, fails or does not end in time
    """
    words = [word.replace("{node}", node) for word in command] + ["sh", "-s"]
    try:
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            words, input=script, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProbeError(f"{words[0]}: timed out after {timeout:g} s") from None
    except OSError as problem:
        raise ProbeError(f"{words[0]}: {problem.strerror}") from None
    if done.returncode and not done.stdout:
        printed = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise ProbeError(f"{words[0]}: {printed[-1]}")
    return done.stdout


def everywhere(targets: Sequence[Item], ask: Callable[[Item], str], concurrency: int) -> list[str | ProbeError]:
    """The result of ``ask`` for each target, at most ``concurrency`` at a time; for a failed one its error."""

    def one(target: Item) -> str | ProbeError:
        try:
            return ask(target)
        except ProbeError as problem:
            return problem

    with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
        return list(pool.map(one, targets))


def _ready(item: Mapping[str, Any]) -> bool:
    conditions = (item.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _words(problem: Exception) -> str:
    """An API error in one line: its status and message, not its headers."""
    body = getattr(problem, "body", None) or getattr(problem, "reason", None) or problem
    if isinstance(body, Mapping):
        body = body.get("message", body)
    text = " ".join(str(body).split())
    status = getattr(problem, "status", None)
    return f"{status}: {text[:300]}" if status else text[:300]
