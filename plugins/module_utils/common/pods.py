# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods: which must move before their node can leave the fabric, and which are ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def movable(pods: Iterable[Mapping[str, Any]], node: str) -> list[str]:
    """``namespace/name`` of a node's pods that have an address of the pools and could run elsewhere.

    A DaemonSet's pods could not, and pods in the host's network have the node's address.
    """
    return [
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in pods
        if pod["spec"].get("nodeName") == node and _moves(pod)
    ]


def controlled(pods: Iterable[Mapping[str, Any]]) -> set[str]:
    """``namespace/name`` of the pods that a controller creates again elsewhere."""
    return {
        f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        for pod in pods
        if any(owner.get("controller") for owner in pod["metadata"].get("ownerReferences") or ())
    }


def still_there(node: str, names: list[str]) -> str:
    """The problem of these pods, and the command that moves them."""
    some = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    return (
        f"{node} still has {len(names)} pod{'' if len(names) == 1 else 's'} that can run on other nodes ({some}), and "
        f"the BIG-IPs would lose them: kubectl drain {node} --ignore-daemonsets --delete-emptydir-data"
    )


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether the pod has the condition Ready."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def _moves(pod: Mapping[str, Any]) -> bool:
    owners = [owner.get("kind") for owner in pod["metadata"].get("ownerReferences") or ()]
    over = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
    return not (over or pod["spec"].get("hostNetwork") or "DaemonSet" in owners or "Node" in owners)
