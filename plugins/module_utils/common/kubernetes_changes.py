# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare Kubernetes objects: what a server-side apply changed, and whether one is needed at all. Pure.

The server sets some fields itself (status, resourceVersion, managedFields …). They change on their own, so they
neither count as a change nor appear in a diff.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

SERVER_METADATA = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
HIDDEN = "(hidden)"


def identity(definition: Mapping[str, Any]) -> str:
    """`Deployment kube-system/k8s-bigip-ctlr-deployment`, the name of an object in messages and diffs."""
    metadata = definition.get("metadata") or {}
    namespace = metadata.get("namespace")
    return f"{definition.get('kind')} {namespace + '/' if namespace else ''}{metadata.get('name')}"


def meaningful(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """An object without the fields that the server sets itself, and with a Secret's values hidden."""
    kept = {key: value for key, value in (stored or {}).items() if key != "status"}
    if isinstance(kept.get("metadata"), Mapping):
        kept["metadata"] = {key: value for key, value in kept["metadata"].items() if key not in SERVER_METADATA}
    if kept.get("kind") == "Secret":
        kept |= {key: dict.fromkeys(kept[key], HIDDEN) for key in ("data", "stringData") if kept.get(key)}
    return kept


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The differing parts of both sides, down to lists and values; equal keys are left out."""
    left: dict[str, Any] = {}
    right: dict[str, Any] = {}
    for key in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(key), after.get(key)
        if one == other and (key in before) == (key in after):
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            left[key], right[key] = differences(one, other)
            continue
        if key in before:
            left[key] = one
        if key in after:
            right[key] = other
    return left, right


def change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """One entry of a diff between two stored states of an object, or None without a relevant difference.

    A Secret that differs only in its values is reported as changed; the values stay hidden.
    """
    name = identity(after or before or {})
    if before is None or after is None:
        sides = meaningful(before), meaningful(after)
    else:
        sides = differences(meaningful(before), meaningful(after))
        if not any(sides) and before.get("kind") == "Secret" and before.get("data") != after.get("data"):
            keys = {*(before.get("data") or {}), *(after.get("data") or {})}
            other = [key for key in keys if (before.get("data") or {}).get(key) != (after.get("data") or {}).get(key)]
            sides = ({"data": dict.fromkeys(sorted(other), HIDDEN)},
                     {"data": dict.fromkeys(sorted(other), f"{HIDDEN}, changed")})  # fmt: skip
    if not any(sides):
        return None
    return {"before_header": name, "after_header": name, "before": sides[0], "after": sides[1]}


def in_effect(wanted: Mapping[str, Any], stored: Mapping[str, Any] | None, manager: str) -> bool:
    """Whether a server-side apply of ``wanted`` would certainly change nothing.

    True needs two things: every wanted value is stored, and every field that the manager owns is still wanted. Where
    this cannot be determined (a quantity in other units, a list with additional entries) it is False, and a dry run
    on the server decides.

    :param stored: the object with its ``managedFields``
    """
    if stored is None or not _within(wanted, stored):
        return False
    entries = [entry for entry in stored["metadata"].get("managedFields") or [] if entry.get("manager") == manager
               and entry.get("operation") == "Apply" and not entry.get("subresource")]  # fmt: skip
    return bool(entries) and all(_asked(entry.get("fieldsV1") or {}, wanted) for entry in entries)


def _within(wanted: Any, stored: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(stored, Mapping) and all(
            _within(value, stored.get(key))
            if value not in ({}, [], None)
            else stored.get(key) in ({}, [], None) or isinstance(value, Mapping)
            for key, value in wanted.items()
        )
    if isinstance(wanted, (list, tuple)):
        return (
            isinstance(stored, list)
            and len(wanted) == len(stored)
            and all(_within(one, other) for one, other in zip(wanted, stored, strict=True))
        )
    return wanted == stored and isinstance(wanted, bool) == isinstance(stored, bool)


def _asked(fields: Mapping[str, Any], wanted: Any) -> bool:
    """Whether each field of a ``fieldsV1`` tree is in the wanted value."""
    for key, below in fields.items():
        sort, _colon, name = key.partition(":")
        if sort == "f":
            if not isinstance(wanted, Mapping) or name not in wanted:
                return False
            found = wanted[name]
        elif sort == "k":
            keys = json.loads(name)
            items = wanted if isinstance(wanted, (list, tuple)) else ()
            found = next((item for item in items if isinstance(item, Mapping)
                          and all(item.get(key, value) == value for key, value in keys.items())), None)  # fmt: skip
            if found is None:
                return False
        elif sort == "v":
            if not isinstance(wanted, (list, tuple)) or json.loads(name) not in wanted:
                return False
            continue
        else:
            continue
        if below and not _asked(below, found):
            return False
    return True
