# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a pool migration step by step, for the module calico_pool_migration."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from functools import partial

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, cluster_facts
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Resource, from_cluster
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.pool_migration import plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.pool_migration.plan import Workload


class Stuck(Exception):
    """The migration cannot continue. No data is lost: the old pool still exists, and the next run resumes here."""


class Api(t.Protocol):
    """The part of ``kube.Kubernetes`` that is used."""

    def custom(self, plural: str) -> list[Resource]:
        pass

    def pods(self) -> list[Resource]:
        pass

    def replica_sets(self) -> list[Resource]:
        pass

    def workload(self, kind: str, namespace: str, name: str) -> Resource:
        pass

    def patch_workload(self, kind: str, namespace: str, name: str, patch: Resource) -> None:
        pass

    def delete_pod(self, namespace: str, name: str) -> None:
        pass


@dataclasses.dataclass
class Migration:
    """From the pool ``source`` to the pool ``target``; ``batch_size`` workloads restart in parallel."""

    client: Calicoctl
    api: Api
    source: str
    target: str
    cidr: str
    block_size: int | None = None
    batch_size: int = 1
    delete_bare_pods: bool = False
    timeout: float = 300.0
    poll: float = 1.0
    check_mode: bool = False
    sleep: t.Callable[[float], None] = time.sleep
    clock: t.Callable[[], float] = time.monotonic
    steps: list[str] = dataclasses.field(default_factory=list)

    def run(self) -> bool:
        """Does the remaining steps; returns whether there were any.

        Raises ``apply.Refused`` before the first write, and ``Stuck`` if it cannot continue.
        """
        pools = {item["metadata"]["name"]: from_cluster(item) for item in self.client.list("IPPool")}
        if self.source not in pools:
            return self._finished(pools)
        old = pools[self.source]
        self._check(old)
        self._write(plan.new_pool(old, self.target, self.cidr, self.block_size), f"create pool {self.target}")
        self._write(_disabled(old), f"disable pool {self.source}")
        self._restart_workloads(old["spec"]["cidr"])
        if not self.check_mode:
            self._wait_until_unused(old["spec"]["cidr"])
        gone = apply.Request((_named(old),), "deleted")
        if self._apply(gone).changed:
            self.steps.append(f"delete pool {self.source}")
        return bool(self.steps)

    def _finished(self, pools: t.Mapping[str, Resource]) -> bool:
        if self.target in pools and pools[self.target]["spec"].get("cidr") == self.cidr:
            return False
        there = ", ".join(sorted(pools)) or "none"
        raise apply.Refused([f"pool {self.source} to migrate from does not exist (pools: {there})"])

    def _check(self, old: Resource) -> None:
        """Everything that would block a later step, checked before the first write."""
        problems = []
        owned, alone = self._pods(old["spec"]["cidr"])
        if alone and not self.delete_bare_pods:
            problems.append(
                f"{', '.join(alone)} belong to no Deployment, StatefulSet or DaemonSet, so nothing would create them "
                "again: move them manually, or set delete_bare_pods"
            )
        for workload in owned:
            if plan.never_restarts(self._get(workload)):
                problems.append(f"{workload} has the update strategy OnDelete and would not restart by itself")
        for resource in (plan.new_pool(old, self.target, self.cidr, self.block_size), _disabled(old)):
            try:
                self._apply(apply.Request((resource,)), check=True)
            except apply.Refused as refused:
                problems += refused.problems
        if problems:
            raise apply.Refused(problems)

    def _apply(self, request: apply.Request, check: bool = False) -> apply.Outcome:
        if self.check_mode and request.state == "deleted":
            # Its addresses are in use until the workloads have moved; that is checked when they have.
            there = {item["metadata"]["name"] for item in self.client.list("IPPool")}
            planned = [{"kind": "IPPool", "name": self.source, "result": "planned"}] if self.source in there else []
            return apply.Outcome([], [], planned, [])
        return apply.run(self.client, request, check or self.check_mode)

    def _write(self, resource: Resource, step: str) -> None:
        if self._apply(apply.Request((resource,))).changed:
            self.steps.append(step)

    def _pods(self, cidr: str) -> tuple[dict[Workload, list[str]], list[str]]:
        return plan.sort_pods(plan.pods_in(self.api.pods(), cidr), self.api.replica_sets())

    def _get(self, workload: Workload) -> Resource:
        return self.api.workload(workload.kind, workload.namespace, workload.name)

    def _restart_workloads(self, cidr: str) -> None:
        owned, alone = self._pods(cidr)
        workloads = list(owned)
        for start in range(0, len(workloads), self.batch_size):
            batch = workloads[start : start + self.batch_size]
            for workload in batch:
                if plan.is_marked(self._get(workload), self.target):
                    continue  # an earlier run restarted it; only wait for it
                self.steps.append(f"restart {workload}")
                if not self.check_mode:
                    patch = plan.restart_patch(self.target)
                    self.api.patch_workload(workload.kind, workload.namespace, workload.name, patch)
            if not self.check_mode:
                self._until(partial(self._moving, batch, cidr))
        for name in alone:
            self.steps.append(f"delete pod {name}")
            if not self.check_mode:
                self.api.delete_pod(*name.split("/"))

    def _moving(self, batch: t.Sequence[Workload], cidr: str) -> str:
        """What is still missing, as text; empty once the batch has moved."""
        behind = [str(each) for each in batch if not plan.has_rolled_out(each.kind, self._get(each))]
        if behind:
            return f"{', '.join(behind)} have not rolled out"
        owned, _alone = self._pods(cidr)
        left = [name for workload in batch for name in owned.get(workload, ())]
        return f"{', '.join(left)} still have addresses of {cidr}" if left else ""

    def _wait_until_unused(self, cidr: str) -> None:
        def left() -> str:
            used = plan.in_use(cluster_facts.blocks(self.api.custom("ipamblocks")), cidr)
            return ", ".join(f"{count} addresses of block {block} are in use" for block, count in sorted(used.items()))

        self._until(left)

    def _until(self, missing: t.Callable[[], str]) -> None:
        deadline = self.clock() + self.timeout
        while True:
            lacks = missing()
            if not lacks:
                return
            if self.clock() >= deadline:
                raise Stuck(f"after {self.timeout:g} s {lacks}; no data is lost; fix the cause and run again to resume")
            self.sleep(self.poll)


def _named(pool: Resource) -> Resource:
    return {"kind": "IPPool", "metadata": {"name": pool["metadata"]["name"]}}


def _disabled(pool: Resource) -> Resource:
    return {**_named(pool), "spec": {"disabled": True}}
