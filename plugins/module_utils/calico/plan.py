# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes that bring the cluster to the wanted state: compare, merge, order. No I/O."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import KINDS
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import (
    NODE_KEYS,
    Key,
    Resource,
    effective,
    from_cluster,
    key_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import (
    FABRIC_LABEL,
    LABEL,
    is_part_of,
    mark_of,
    owner_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import shown

STATES = ("merged", "replaced", "overridden", "deleted", "pruned")


@dataclasses.dataclass(frozen=True)
class Change:
    """One object that differs.

    ``action`` is create, update, patch (Node) or delete. ``payload`` is the input of calicoctl: a whole
    resource, or for a patch the changed keys. ``before`` and ``after`` are for display.
    """

    key: Key
    action: str
    before: Resource | None
    after: Resource | None
    payload: Resource | None = None

    @property
    def order(self) -> tuple[int, Key]:
        return KINDS[self.key.kind].order, self.key

    @property
    def differences(self) -> list[str]:
        """The changed keys, each with its present and its new value; empty for an object that is created or deleted."""
        if self.before is None or self.after is None:
            return []
        return list(_differences(effective(self.before), effective(self.after)))


@dataclasses.dataclass(frozen=True)
class Plan:
    """Every difference, in the order of writing, and the keys that are already in the wanted state."""

    changes: tuple[Change, ...]
    unchanged: tuple[Key, ...]

    @property
    def writes(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action != "delete")

    @property
    def deletes(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action == "delete")


def _differences(have: t.Any, want: t.Any, path: str = "") -> t.Iterator[str]:
    for key in sorted({*have, *want}):
        where, old, new = f"{path}{key}", have.get(key), want.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _differences(old, new, f"{where}.")
        elif old != new:
            yield f"{where} is {shown(old)}, expected {shown(new)}"


class Cluster:
    """The listed resources by key; raw as read, clean on request."""

    def __init__(self, raw: t.Iterable[Resource] = ()) -> None:
        self.raw: dict[Key, Resource] = {}
        self.clean: dict[Key, Resource] = {}
        for resource in raw:
            cleaned = from_cluster(resource)
            self.raw[key_of(cleaned)] = resource
            self.clean[key_of(cleaned)] = cleaned

    def of(self, kind: str) -> dict[Key, Resource]:
        """The clean resources of one kind, sorted by name."""
        return {key: self.clean[key] for key in sorted(self.clean) if key.kind == kind}


def make(
    desired: t.Sequence[Resource],
    cluster: Cluster,
    state: str,
    owner: str,
    prune: t.Collection[str] = (),
    replace_owned: bool = False,
    fabrics: t.Sequence[str] = (),
    exact: bool = False,
) -> Plan:
    """The plan for ``desired`` against ``cluster``.

    ``merged`` changes only the given keys, ``replaced`` the whole spec of the objects given,
    ``overridden`` does the same and prunes the given kinds, ``deleted`` removes the objects given, and
    ``pruned`` only prunes.
    ``prune`` names further kinds to prune. Pruning removes an object only if it carries ``owner`` in the
    label ``app.kubernetes.io/managed-by`` and is not among ``desired``. ``replace_owned`` replaces objects that
    carry it in state merged too. With ``fabrics`` only objects of these fabrics count as owned; those among
    ``desired`` get the label of the first one. With ``exact`` a key with Calico's default differs from a missing one.
    """
    changes: list[Change] = []
    unchanged: list[Key] = []
    for resource in desired if state != "pruned" else ():
        key = key_of(resource)
        have = cluster.clean.get(key)
        if state == "deleted":
            change = Change(key, "delete", have, None) if have is not None else None
        else:
            ours = have is not None and is_part_of(have, fabrics, owner)
            whole = state != "merged" or (replace_owned and ours)
            mark = mark_of(owner, fabrics[0] if fabrics else "")
            change = _write(resource, have, cluster.raw.get(key), whole, mark, ours, exact)
        if change:
            changes.append(change)
        else:
            unchanged.append(key)
    wanted = {key_of(resource) for resource in desired}
    kinds = set(prune)
    if state == "overridden":
        kinds |= {key.kind for key in wanted}
    strays = [
        Change(key, "delete", have, None)
        for key, have in cluster.clean.items()
        if key.kind in kinds and key not in wanted and is_part_of(have, fabrics, owner) and key.kind != "Node"
    ]
    writes = sorted((change for change in changes if change.action != "delete"), key=lambda change: change.order)
    deletes = [change for change in changes if change.action == "delete"] + strays
    deletes.sort(key=lambda change: (-KINDS[change.key.kind].order, change.key))
    return Plan(tuple(writes + deletes), tuple(sorted(unchanged)))


def _write(
    want: Resource,
    have: Resource | None,
    raw: Resource | None,
    whole: bool,
    mark: dict[str, str],
    ours: bool,
    exact: bool,
) -> Change | None:
    key = key_of(want)
    if have is None:
        after = drop_nulls(want)
        if mark and KINDS[key.kind].ownable:
            # Only created objects are marked.
            after["metadata"]["labels"] = {**mark, **after["metadata"].get("labels", {})}
        return Change(key, "create", None, after, after)
    owner = mark.get(LABEL)
    if owner and owner_of(have) != owner and (want["metadata"].get("labels") or {}).get(LABEL) == owner:
        want = copy.deepcopy(want)
        del want["metadata"]["labels"][LABEL]  # it existed before: changed, never marked
    after = merge(have, want)
    if ours and FABRIC_LABEL in mark:
        after["metadata"]["labels"][FABRIC_LABEL] = mark[FABRIC_LABEL]
    if whole and key.kind != "Node":
        # Labels and annotations are merged in every state: others set their own.
        after["spec"] = drop_nulls(want["spec"])
        keep_immutable(key.kind, have, after)
    if after == have if exact else effective(after) == effective(have):
        return None
    if key.kind == "Node":
        return Change(key, "patch", have, after, node_patch(have, want))
    payload = copy.deepcopy(after)
    version = ((raw or {}).get("metadata") or {}).get("resourceVersion")
    if version:
        # A write by others since the read makes this a conflict, and after a conflict the plan is made again.
        payload["metadata"]["resourceVersion"] = version
    return Change(key, "update", have, after, payload)


def keep_immutable(kind: str, have: Resource, after: Resource) -> None:
    """A pool's block size cannot change: if a replacement leaves it out, it is kept."""
    if kind == "IPPool" and "blockSize" not in after["spec"] and "blockSize" in have["spec"]:
        after["spec"]["blockSize"] = have["spec"]["blockSize"]


def merge(have: t.Any, want: t.Any) -> t.Any:
    """``have`` with the keys of ``want``: mappings are merged, lists replaced, null removes."""
    if not isinstance(have, dict) or not isinstance(want, dict):
        return drop_nulls(want)
    result = copy.deepcopy(have)
    for key, value in want.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def drop_nulls(value: t.Any) -> t.Any:
    """A copy without the keys whose value is null."""
    if isinstance(value, dict):
        return {key: drop_nulls(item) for key, item in value.items() if item is not None}
    return copy.deepcopy(value)


def node_patch(have: Resource, want: Resource) -> Resource:
    """The strategic merge patch with only the keys of a Node that differ.

    ``apply`` on a Node replaces its whole BGP spec, and a node without an address is removed from every
    mesh; a patch of single keys cannot cause that.
    """
    patch: Resource = {}
    given = (side["spec"].get("bgp") for side in (want, have))
    want_bgp, have_bgp = (bgp if isinstance(bgp, dict) else {} for bgp in given)
    bgp = {key: want_bgp[key] for key in NODE_KEYS if key in want_bgp and want_bgp[key] != have_bgp.get(key)}
    if bgp:
        patch["spec"] = {"bgp": bgp}
    have_labels = have["metadata"].get("labels", {})
    labels = {key: value for key, value in want["metadata"].get("labels", {}).items() if value != have_labels.get(key)}
    if labels:
        patch["metadata"] = {"labels": labels}
    return patch
