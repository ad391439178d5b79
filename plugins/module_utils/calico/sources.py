# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources from files, and kinds by any of their names."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.apply import Refused
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import lookup

try:
    import yaml
except ImportError:
    yaml = None  # type: ignore[assignment]  # JSON needs no library


def kinds(names: t.Iterable[str]) -> tuple[str, ...]:
    """The kinds of these names. Raises ``Refused`` with every unknown name."""
    found, problems = [], []
    for name in names:
        try:
            found.append(lookup(name).name)
        except ValueError as problem:
            problems.append(str(problem))
    if problems:
        raise Refused(problems)
    return tuple(dict.fromkeys(found))


def load(paths: t.Iterable[str]) -> list[t.Any]:
    """Every resource of the files, in order. Raises ``Refused`` with every file that cannot be read."""
    resources: list[t.Any] = []
    problems: list[str] = []
    for path in paths:
        try:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
            found = [item for document in _documents(text) for item in _items(document)]
        except (OSError, ValueError) as problem:
            problems.append(f"{path}: {problem}")
            continue
        if not found:
            problems.append(f"{path}: contains no resource")
        resources += found
    if problems:
        raise Refused(problems)
    return resources


def _documents(text: str) -> list[t.Any]:
    try:
        return [json.loads(text)]
    except ValueError as problem:
        if yaml is None:
            raise ValueError(f"is not JSON ({problem}), and reading YAML needs the Python library PyYAML") from None
    try:
        return [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as problem:
        raise ValueError(f"is neither JSON nor YAML: {' '.join(str(problem).split())}") from None


def _items(document: t.Any) -> list[t.Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and str(document.get("kind", "")).endswith("List"):
        kind = document["kind"][:-4]
        items = document.get("items") or []
        # A list of calicoctl may omit the kind of its items; as its input, that makes it crash.
        return [{"kind": kind, **item} if isinstance(item, dict) and kind else item for item in items]
    return [document]
