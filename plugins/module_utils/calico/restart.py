# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts calico-node on the nodes, a few at a time, and continues only once their sessions are established again.

BIRD reads listenPort and bindMode only when it starts.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import status
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import on_nodes
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.pods import is_ready

_DONE = "podroute-restarted"


class Stuck(Exception):
    """A batch did not recover; the nodes after it were not restarted."""


class Restarter(t.Protocol):
    """A way to restart calico-node. ``begin`` may raise ``Stuck``; ``lacks`` lists what has not started yet."""

    def begin(self, nodes: t.Sequence[str]) -> None:
        pass

    def lacks(self, nodes: t.Sequence[str]) -> list[str]:
        pass


class PodApi(t.Protocol):
    """The part of ``kube.Kubernetes`` that is used."""

    def calico_pods(self) -> list[dict[str, t.Any]]:
        pass

    def delete_pod(self, namespace: str, name: str) -> None:
        pass


@dataclasses.dataclass
class ByPods:
    """Deletes the calico-node pods; their DaemonSet creates them again, under the operator as well."""

    api: PodApi
    old: set[str] = dataclasses.field(default_factory=set)

    def begin(self, nodes: t.Sequence[str]) -> None:
        pods = [pod for pod in self.api.calico_pods() if pod["spec"].get("nodeName") in nodes]
        without = sorted(set(nodes) - {pod["spec"]["nodeName"] for pod in pods})
        if without:
            raise Stuck(
                f"{', '.join(without)}: no calico-node pod to restart; set a restart script if it does not run in a pod"
            )
        self.old |= {pod["metadata"]["uid"] for pod in pods}
        for pod in pods:
            self.api.delete_pod(pod["metadata"]["namespace"], pod["metadata"]["name"])

    def lacks(self, nodes: t.Sequence[str]) -> list[str]:
        fresh = {
            pod["spec"].get("nodeName"): pod for pod in self.api.calico_pods() if pod["metadata"]["uid"] not in self.old
        }
        found = []
        for node in nodes:
            if node not in fresh:
                found.append(f"{node}: no new calico-node pod yet")
            elif not is_ready(fresh[node]):
                found.append(f"{node}: calico-node pod {fresh[node]['metadata']['name']} is not ready")
        return found


@dataclasses.dataclass
class ByScript:
    """Runs a shell script on all nodes of a batch in parallel: for a calico-node that does not run in a pod."""

    command: t.Sequence[str]
    script: str
    timeout: float

    def begin(self, nodes: t.Sequence[str]) -> None:
        text = f"set -e\n{self.script}\necho {_DONE}\n"
        outputs = on_nodes.everywhere(
            nodes, lambda node: on_nodes.run(self.command, node, text, self.timeout, _DONE), len(nodes)
        )
        failed = [
            f"{node}: {_why(output)}" for node, output in zip(nodes, outputs, strict=True) if not _succeeded(output)
        ]
        if failed:
            raise Stuck("; ".join(failed))

    def lacks(self, nodes: t.Sequence[str]) -> list[str]:
        return []  # the script ends when it has restarted; sessions are checked afterwards


def _succeeded(output: str | Exception) -> bool:
    return isinstance(output, str) and output.rstrip().endswith(_DONE)


def _why(output: str | Exception) -> str:
    if isinstance(output, Exception):
        return str(output)
    return f"the script did not reach its end: {(output.strip().splitlines() or ['no output'])[-1][:200]}"


@dataclasses.dataclass
class Rolling:
    """``peers`` is node -> addresses that must be Established after its restart; ``timeout`` a batch's
    seconds. ``restarted`` are the nodes whose restart has begun, successful or not."""

    restarter: Restarter
    look: t.Callable[[t.Sequence[str]], dict[str, t.Any]]
    peers: t.Mapping[str, t.Sequence[str]]
    batch_size: int = 1
    timeout: float = 300.0
    poll: float = 2.0
    sleep: t.Callable[[float], None] = time.sleep
    clock: t.Callable[[], float] = time.monotonic
    restarted: list[str] = dataclasses.field(default_factory=list)

    def run(self) -> None:
        """All batches, and then one check of every node. Raises ``Stuck`` at the first batch that does not recover."""
        for batch in self.batches():
            self.restarted += batch
            self.restarter.begin(batch)
            self._until_back(batch)
        self._until_established(list(self.peers), self.clock() + self.timeout)

    def batches(self) -> list[list[str]]:
        """The nodes, in the order in which they restart."""
        nodes = list(self.peers)
        return [nodes[start : start + self.batch_size] for start in range(0, len(nodes), self.batch_size)]

    def _until_back(self, batch: t.Sequence[str]) -> None:
        deadline = self.clock() + self.timeout
        self._until(lambda: self.restarter.lacks(batch), deadline)
        self._until_established(batch, deadline)

    def _until_established(self, nodes: t.Sequence[str], deadline: float) -> None:
        expected = status.Expected(peers=self.peers)
        behind = list(nodes)

        def lacks() -> list[str]:
            states = self.look(behind)
            found = {node: status.missing(node, states[node], expected) for node in behind}
            behind[:] = [node for node in behind if found[node]]
            return [sentence for node in behind for sentence in found[node]]

        self._until(lacks, deadline)

    def _until(self, lacks: t.Callable[[], list[str]], deadline: float) -> None:
        while True:
            try:
                missing = lacks()
            except CalicoError as problem:
                # A node that restarts may be the one through which the API server is reached.
                if not problem.retryable and problem.code != "timeout":
                    raise
                missing = [str(problem)]
            if not missing:
                return
            if self.clock() >= deadline:
                raise Stuck(f"after {self.timeout:g} s: {'; '.join(missing)}")
            self.sleep(self.poll)
