# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a check, and the data that it may use."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Key, Resource
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.plan import Change, Cluster, Plan


@dataclasses.dataclass(frozen=True, order=True)
class Problem:
    """One problem: the field, its value, and what is expected."""

    subject: str
    field: str
    value: str
    right: str

    def __str__(self) -> str:
        place = f": {self.field} = {self.value}" if self.field else ""
        return f"{self.subject}{place}: {self.right}"


class Report:
    """Collects problems of one resource at a time."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, subject: t.Any, field: str, value: t.Any, right: str) -> None:
        shown = value if isinstance(value, str) else repr(value)
        self.problems.append(Problem(str(subject), field, shown, right))


@dataclasses.dataclass(frozen=True)
class Context:
    """The data that the checks of one run may use.

    ``final`` holds every resource as it would be after the write. ``vip_ranges`` are the networks that the
    BIG-IP announces. ``allow`` names dangerous changes that the user allowed.
    """

    plan: Plan
    cluster: Cluster
    final: t.Mapping[Key, Resource]
    version: tuple[int, int] | None
    vip_ranges: tuple[str, ...] = ()
    allow: frozenset[str] = frozenset()

    def of(self, kind: str) -> dict[Key, Resource]:
        """Every resource of a kind as it would be after the write."""
        return {key: self.final[key] for key in sorted(self.final) if key.kind == kind}

    def written(self, kind: str) -> t.Iterator[tuple[Change, Resource]]:
        """The changes that write a resource of a kind, with the result."""
        for change in self.plan.writes:
            if change.key.kind == kind and change.after is not None:
                yield change, change.after


def final_state(plan: Plan, cluster: Cluster) -> dict[Key, Resource]:
    """The resources as they would be after the plan."""
    final = dict(cluster.clean)
    for change in plan.changes:
        if change.after is None:
            final.pop(change.key, None)
        else:
            final[change.key] = change.after
    return final


def as_list(value: t.Any) -> list[t.Any]:
    """The value if it is a list; user input may be anything."""
    return value if isinstance(value, list) else []
