# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods that probes run in, through the Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import kubernetes
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.pods import is_ready


class ProbeError(ValueError):
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
        if is_ready(item) and node and ip:
            found.setdefault(node, Pod(item["metadata"]["name"], item["metadata"]["namespace"], node, ip))
    return [found[node] for node in sorted(found)]
