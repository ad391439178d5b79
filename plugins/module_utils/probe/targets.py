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

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import kubernetes

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


class Cluster(kubernetes.Cluster):
    """The Kubernetes API, for finding pods and running a script in them. Failures are ProbeError."""

    def failure(self, code: str, detail: str, what: str = "") -> Exception:
        return ProbeError(f"{what}: {detail}" if what else detail)

    def pods(self, namespace: str, selector: str) -> list[Pod]:
        """The pods with these labels, see ``one_per_node``."""
        return one_per_node(self.list("v1", "Pod", namespace, labels=selector))


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
