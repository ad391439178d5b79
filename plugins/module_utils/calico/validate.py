# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of what calicoctl and the API accept although it is wrong; all problems at once.

calicoctl accepts an empty BGPPeer, two peers for one address, port 0, a missing AS number; the cluster then
fails silently. The result is checked (the objects as they would be after the write), so that a merge cannot
produce what a user may not write.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    schema,
    validate_bgp,
    validate_pool,
    values,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import KINDS
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import (
    NODE_KEYS,
    Key,
    Resource,
    key_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.problems import Context, Problem, Report
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def values_of(desired: t.Sequence[Resource], version: tuple[int, int] | None) -> list[Problem]:
    """Problems of the resources on their own: names, enumerations, numbers, fields that are too new."""
    report = Report()
    seen: set[Key] = set()
    for resource in desired:
        key, spec = key_of(resource), resource["spec"]
        if key in seen:
            report.add(key, "", "", "is listed twice; list each resource once")
        seen.add(key)
        if not _NAME.fullmatch(key.name) or len(key.name) > 253:
            report.add(key, "metadata.name", key.name, "use lower-case letters, digits, '-' and '.'")
        _words(report, key, spec)
        _numbers(report, key, spec)
        _gates(report, key, spec, version)
        if key.kind == "Node":
            _node(report, key, resource)
    return report.problems


def _words(report: Report, key: Key, spec: Resource) -> None:
    for path, words in schema.enums(key.kind).items():
        for _container, _key, value, place in schema.walk(spec, path):
            if value is None or value in words:
                continue
            hint = " (YAML reads a bare Off, No or On as a boolean: quote it)" if isinstance(value, bool) else ""
            report.add(key, f"spec.{place}", value, f"use one of {', '.join(words)}{hint}")


def _numbers(report: Report, key: Key, spec: Resource) -> None:
    checks: t.Sequence[tuple[t.Mapping[str, t.Sequence[str]], t.Callable[[t.Any], t.Any]]] = (
        (schema.AS_FIELDS, as_number.from_manifest),
        (schema.DURATION_FIELDS, values.duration),
        (schema.NETWORK_FIELDS, values.network),
    )
    for fields, check in checks:
        for path in fields.get(key.kind, ()):
            for _container, _key, value, place in schema.walk(spec, path):
                if value is None:
                    continue
                try:
                    check(value)
                except ValueError as problem:
                    report.add(key, f"spec.{place}", value, str(problem))


def _gates(report: Report, key: Key, spec: Resource, version: tuple[int, int] | None) -> None:
    if version is None:
        return
    runs = f"the cluster runs v{version[0]}.{version[1]}"
    since = KINDS[key.kind].since
    if since > version:
        report.add(key, "", "", f"this kind exists since Calico v{since[0]}.{since[1]}; {runs}")
    for path, since in schema.SINCE.get(key.kind, {}).items():
        if since <= version:
            continue
        for _container, _key, value, place in schema.walk(spec, path):
            if value is not None:
                report.add(key, f"spec.{place}", value, f"known since Calico v{since[0]}.{since[1]}; {runs}")


def _node(report: Report, key: Key, resource: Resource) -> None:
    spec = resource["spec"]
    bgp = spec.get("bgp") or {}
    if not isinstance(bgp, dict):
        report.add(key, "spec.bgp", bgp, f"is a mapping of {', '.join(NODE_KEYS)}")
        return
    for field in sorted(set(spec) - {"bgp"}):
        report.add(key, f"spec.{field}", spec[field], "calico-node writes this; of a Node only spec.bgp is managed")
    for field in sorted(set(bgp) - set(NODE_KEYS)):
        report.add(key, f"spec.bgp.{field}", bgp[field], f"not managed; managed are {', '.join(NODE_KEYS)}")
    if resource["metadata"].get("annotations"):
        report.add(key, "metadata.annotations", "…", "annotations of a Node are not managed; labels are")


def nodes(report: Report, context: Context) -> None:
    """Nodes can be changed, but neither created nor removed."""
    for change in context.plan.changes:
        if change.key.kind != "Node":
            continue
        if change.action == "create":
            known = ", ".join(key.name for key in context.cluster.of("Node")) or "none"
            report.add(change.key, "", "", f"is not a node of this cluster (nodes: {known}); kubelet creates Nodes")
        elif change.action == "delete":
            report.add(change.key, "", "", "is never deleted by this module: Kubernetes owns its nodes")


def result(context: Context) -> list[Problem]:
    """Problems of the objects as they would be, each in the context of the cluster."""
    report = Report()
    nodes(report, context)
    validate_bgp.peers(report, context)
    validate_bgp.filters(report, context)
    validate_bgp.configurations(report, context)
    validate_pool.pools(report, context)
    validate_pool.vip_ranges(report, context)
    return report.problems
