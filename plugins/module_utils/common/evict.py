# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Move the pods of a node to other nodes, as kubectl drain does, and let the node get new ones again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from .kubernetes import Cluster
from .pods import controlled, movable

# The node was cordoned by a run: only then the run uncordons it.
CORDONED = "podroute.calico-f5/cordoned"
MERGE = "application/merge-patch+json"
_NOT_YET = "unreachable"  # among others HTTP status 429: a PodDisruptionBudget does not allow it yet


class Stuck(Exception):
    """The pods cannot be moved. The text is one sentence."""


def cordon(api: Cluster, node: str, dry_run: bool = False) -> bool:
    """Keep new pods away from a node; whether that was a change.

    :raises KubernetesError: the node does not exist, or the user may not change it
    """
    if _node(api, node)["spec"].get("unschedulable"):
        return False
    if not dry_run:
        _patch(api, "cordon", node, {"metadata": {"annotations": {CORDONED: "true"}}, "spec": {"unschedulable": True}})
    return True


def uncordon(api: Cluster, node: str, dry_run: bool = False) -> bool:
    """Let a node that ``cordon`` has changed get new pods again; whether that was a change."""
    if CORDONED not in (_node(api, node)["metadata"].get("annotations") or {}):
        return False
    if not dry_run:
        _patch(api, "uncordon", node, {"metadata": {"annotations": {CORDONED: None}}, "spec": {"unschedulable": None}})
    return True


def present(api: Cluster, node: str) -> list[str]:
    """``namespace/name`` of the pods that can run on other nodes."""
    return movable(api.list("v1", "Pod", fields=f"spec.nodeName={node}"), node)


def require_controllers(api: Cluster, node: str) -> None:
    """Return if every pod would be created again elsewhere. :raises Stuck: some would be lost"""
    pods = api.list("v1", "Pod", fields=f"spec.nodeName={node}")
    alone = [name for name in movable(pods, node) if name not in controlled(pods)]
    if alone:
        raise Stuck(
            f"{node}: no controller would create {', '.join(alone[:4])}{', …' if len(alone) > 4 else ''} on another "
            "node: give such a pod a Deployment, or delete it"
        )


def evict(
    api: Cluster,
    node: str,
    timeout: float,
    delay: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> list[str]:
    """Evict the pods that can run on other nodes, and wait until they are gone; returns their names.

    PodDisruptionBudgets are respected: a pod that may not be evicted yet is tried again.

    :param timeout: seconds until all must be gone
    :raises Stuck: a pod is still there after the timeout
    :raises KubernetesError: the user may not read or evict pods
    """
    deadline = clock() + timeout
    names = left = present(api, node)
    asked: set[str] = set()
    while left:
        refused = {name: _evict(api, name) for name in left if name not in asked}
        asked |= {name for name, reason in refused.items() if not reason}
        left = present(api, node)
        if left and clock() >= deadline:
            reasons = sorted({reason for reason in refused.values() if reason})
            because = f" ({'; '.join(reasons[:2])})" if reasons else ""
            raise Stuck(f"{node}: after {timeout:g} s, pods are still there: {', '.join(left[:4])}{because}")
        if left:
            sleep(delay)
    return names


def _evict(api: Cluster, pod: str) -> str:
    """Ask for the eviction of ``namespace/name``; returns why it is not allowed yet, or nothing."""
    namespace, _slash, name = pod.partition("/")
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"namespace": namespace, "name": name}}
    path = f"{api.path('v1', 'Pod', namespace, name)}/eviction"
    try:
        api.request(f"evict Pod {pod}", "POST", path, body=body)
    except Exception as problem:
        code = getattr(problem, "code", None)
        if code == _NOT_YET:
            return str(getattr(problem, "detail", problem))
        if code != "not_found":
            raise
    return ""


def _node(api: Cluster, name: str) -> Mapping[str, Any]:
    found = api.get("v1", "Node", name)
    if found is None:
        raise Stuck(f"the cluster has no node {name}")
    return found


def _patch(api: Cluster, verb: str, node: str, body: Mapping[str, Any]) -> None:
    api.request(f"{verb} Node {node}", "PATCH", api.path("v1", "Node", None, node), body=body, content_type=MERGE)
