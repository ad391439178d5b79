# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server-side apply of Kubernetes objects changed, from kubernetes.core.k8s' own before and after. Pure.

The server writes some fields by itself (status, resourceVersion, managedFields …). They move while nothing that
anybody asked for does, so they neither make a change nor appear in a diff.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SERVER_METADATA = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
HIDDEN = "(hidden)"
# kubernetes.core of a kind that the server does not know; the second where its cache says that there is one.
UNKNOWN_KIND = ("Failed to find exact match", "404 page not found")


def identity(definition: dict[str, Any]) -> str:
    """`Deployment kube-system/k8s-bigip-ctlr-deployment`, as a person names an object."""
    metadata = definition.get("metadata") or {}
    namespace = metadata.get("namespace")
    return f"{definition.get('kind')} {namespace + '/' if namespace else ''}{metadata.get('name')}"


def meaningful(part: dict[str, Any] | None, kind: str) -> dict[str, Any]:
    """One side of a diff without what the server writes by itself, and with a Secret's values hidden."""
    kept = {key: value for key, value in (part or {}).items() if key != "status"}
    if isinstance(kept.get("metadata"), dict):
        metadata = {key: value for key, value in kept["metadata"].items() if key not in SERVER_METADATA}
        kept["metadata"] = metadata
        if not metadata:
            del kept["metadata"]
    if kind == "Secret":
        kept |= {key: dict.fromkeys(kept[key], HIDDEN) for key in ("data", "stringData") if kept.get(key)}
    return kept


def report(
    definitions: list[dict[str, Any]], results: list[dict[str, Any]], absent: bool, foreseen: Iterable[str] = ()
) -> dict[str, Any]:
    """The result of the whole call: changed, one diff an object that differs, and each object's identity.

    ``results`` are kubernetes.core.k8s' own, in the order of ``definitions``, asked for with diff and
    ``continue_on_error``; an object that was refused has an ``error``. ``foreseen`` are API versions that a run would
    have defined before: their kinds may be unknown yet.
    """
    objects, diffs, problems = [], [], []
    for definition, result in zip(definitions, results, strict=True):
        name, kind = identity(definition), str(definition.get("kind"))
        if "error" in result and definition["apiVersion"] in foreseen and _is_unknown(result["error"]):
            result = {"changed": True, "diff": {"before": {}, "after": definition}}
        if "error" in result:
            problems.append(f"{name}: {_words(result['error'])}")
            continue
        if absent:
            changed = bool(result.get("changed"))
            before, after = {"kind": kind, "metadata": {"name": definition["metadata"]["name"]}}, {}
        else:
            sides = result.get("diff") or {}
            before, after = meaningful(sides.get("before"), kind), meaningful(sides.get("after"), kind)
            changed = bool(before or after)
        if changed:
            diffs.append({"before_header": name, "after_header": name, "before": before, "after": after})
        metadata = (result.get("result") or {}).get("metadata") or {}
        objects.append({"object": name, "changed": changed, "uid": metadata.get("uid")})
    outcome: dict[str, Any] = {"changed": bool(diffs), "objects": objects, "diff": diffs}
    if problems:
        outcome |= {"failed": True, "problems": problems, "msg": "Kubernetes refused: " + "; ".join(problems)}
    return outcome


def _is_unknown(error: dict[str, Any]) -> bool:
    return any(text in _words(error) for text in UNKNOWN_KIND)


def _words(error: dict[str, Any]) -> str:
    return str(error.get("msg") or error.get("reason") or error)
