# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot of a cluster's peering as plain data, and the plan that restores it.

A snapshot has what the role calico_bgp writes: peers, filters, the BGP configuration, pools, and of a Node the AS
number, the reflector's cluster and the labels that steer sessions. It contains no secret.
"""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, observe, plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import KINDS
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import (
    Key,
    Resource,
    effective,
    key_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.plan import Cluster, Plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology_steps import (
    RACK_LABEL,
    REFLECTOR_LABEL,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import three_way
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import fabric_of, is_managed

SCHEMA = 1
WRITTEN = ("BGPFilter", "Node", "IPPool", "BGPConfiguration", "BGPPeer")
_LABELS = (REFLECTOR_LABEL, RACK_LABEL)
_NODE_KEYS = ("asNumber", "routeReflectorClusterID")


def take(client: Calicoctl) -> dict[str, t.Any]:
    """The snapshot now. Writes nothing."""
    return {"schema": SCHEMA, "resources": _kept(_read(client))}


def _read(client: Calicoctl) -> plan.Cluster:
    return plan.Cluster(resource for resources in client.read(WRITTEN).values() for resource in resources)


def observed(observation: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """The snapshot in a result of calico_info; None if a kind or the nodes were not read."""
    read_kinds = observation.get("resources") or {}
    if "nodes" not in observation or not all(kind in read_kinds for kind in WRITTEN if kind != "Node"):
        return None
    return {"schema": SCHEMA, "resources": _kept(plan.Cluster(observe.resources(observation)))}


def _kept(cluster: plan.Cluster) -> list[Resource]:
    return [_relevant(cluster.clean[key]) for key in sorted(cluster.clean) if key.kind in WRITTEN]


def _relevant(resource: Resource) -> Resource:
    """Of a Node, only what the collection writes; any other object as a whole."""
    if resource["kind"] != "Node":
        return resource
    labels, bgp = resource["metadata"].get("labels") or {}, resource["spec"].get("bgp") or {}
    return {
        **resource,
        "metadata": {
            "name": resource["metadata"]["name"],
            "labels": {key: labels[key] for key in _LABELS if key in labels},
        },
        "spec": {"bgp": {key: bgp[key] for key in _NODE_KEYS if key in bgp}},
    }


@dataclasses.dataclass(frozen=True)
class Rollback(apply.Request):
    """A request that restores ``before``. ``applied`` is the snapshot after the run, None for an interrupted run."""

    before: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    applied: t.Mapping[str, t.Any] | None = None
    fabric: str = ""

    def plan(self, desired: t.Sequence[Resource], cluster: Cluster) -> Plan:
        """The plan; ``desired`` is ignored."""
        want, gone, _conflicts = self.parts(cluster)
        writes = plan.make(want, cluster, "merged", "", exact=True)
        deletes = plan.make(gone, cluster, "deleted", "")
        return plan.Plan((*writes.writes, *deletes.deletes), writes.unchanged)

    def parts(self, cluster: Cluster) -> tuple[list[Resource], list[Resource], list[str]]:
        """What to write, what to delete, and what others changed since the run."""
        was = {key_of(item): item for item in self.before["resources"]}
        run = None if self.applied is None else {key_of(item): item for item in self.applied["resources"]}
        now = {key_of(item): item for item in _kept(cluster)}
        if run is None:
            # Whatever another fabric's run changed since is not known to be this run's.
            for key in [key for side in (was, now) for key, item in side.items() if self._of_another_fabric(item)]:
                was.pop(key, None)
                now.pop(key, None)
        want: list[Resource] = []
        gone: list[Resource] = []
        conflicts: list[str] = []
        for key in sorted({*was, *now, *(run or {})}):
            had, applied, have = was.get(key), (now if run is None else run).get(key), now.get(key)
            if had is None and have is not None:
                touched = [] if run is None or applied is None else _differing(applied, have)
                if touched:
                    conflicts.append(f"{key}: created by the run, then changed ({', '.join(touched)})")
                elif not _created_by_run(have, applied):
                    conflicts.append(f"{key}: it exists now")
                else:
                    gone.append(have)
            elif had is not None and have is None:
                if applied is None and key.kind != "Node":
                    want.append(had)
                else:
                    conflicts.append(f"{key}: it was deleted")
            elif had is not None and have is not None:
                changed = _restored(key, had, applied or have, have, conflicts)
                if changed:
                    want.append(changed)
        gone = _without_used_filters(gone, want, now, conflicts)
        return want, gone, conflicts

    def _of_another_fabric(self, item: Resource) -> bool:
        return bool(self.fabric) and is_managed(item) and fabric_of(item) not in ("", self.fabric)


def _created_by_run(have: Resource, applied: Resource | None) -> bool:
    """Whether a run created the object: it has the mark, or is of the kind that never has it."""
    if is_managed(have):
        return True
    return applied is not None and have["kind"] == "BGPConfiguration"


def _differing(one: Resource, two: Resource) -> list[str]:
    """The keys of ``spec`` that differ."""
    left, right = effective(one)["spec"], effective(two)["spec"]
    return sorted(key for key in {*left, *right} if left.get(key) != right.get(key))


def _without_used_filters(
    gone: t.Sequence[Resource], want: t.Sequence[Resource], now: t.Mapping[Key, Resource], conflicts: list[str]
) -> list[Resource]:
    """What to delete, without the filters of peers that stay: without a filter, a session is unfiltered."""
    deleted = {key_of(item) for item in gone}
    restored = {key_of(item): item["spec"] for item in want}
    users: dict[str, str] = {}
    for key, peer in now.items():
        if key.kind == "BGPPeer" and key not in deleted:
            spec = {**peer["spec"], **restored.get(key, {})}
            users |= {name: key.name for name in spec.get("filters") or ()}
    kept = {key for key in deleted if key.kind == "BGPFilter" and key.name in users}
    conflicts += [f"{key}: BGPPeer {users[key.name]} uses it" for key in sorted(kept)]
    return [item for item in gone if key_of(item) not in kept]


def _restored(key: Key, had: Resource, applied: Resource, have: Resource, conflicts: list[str]) -> Resource | None:
    """The keys of one object to restore, as a resource to merge; null removes a key."""
    found: Resource = {**_identity(key), "spec": {}}
    if key.kind == "Node":
        sides = [item["spec"].get("bgp") or {} for item in (had, applied, have)]
        labels = [item["metadata"].get("labels") or {} for item in (had, applied, have)]
        fields, marks = three_way.keys(*sides), three_way.keys(*labels)
        if fields.restore:
            found["spec"] = {"bgp": {name: sides[0].get(name) for name in fields.restore}}
        if marks.restore:
            found["metadata"]["labels"] = {name: labels[0].get(name) for name in marks.restore}
        conflicts += [f"{key}: {name}" for name in (*fields.conflicts, *marks.conflicts)]
        return found if fields.restore or marks.restore else None
    sides = [
        item["spec"] if key.kind == "BGPConfiguration" else effective(item)["spec"] for item in (had, applied, have)
    ]
    fields = three_way.keys(*sides)
    conflicts += [f"{key}: {name}" for name in fields.conflicts]
    found["spec"] = {name: copy.deepcopy(had["spec"].get(name)) for name in fields.restore}
    return found if fields.restore else None


def _identity(key: Key) -> Resource:
    return {"apiVersion": "projectcalico.org/v3", "kind": key.kind, "metadata": {"name": key.name}}


def request(before: t.Mapping[str, t.Any], applied: t.Mapping[str, t.Any] | None, fabric: str = "") -> Rollback:
    """The request for ``apply.run``. :raises apply.Refused: not a snapshot

    :param fabric: whose run it was; without ``applied``, the objects of other fabrics are left unchanged
    """
    for snapshot in filter(None, (before, applied)):
        if snapshot.get("schema") != SCHEMA or not isinstance(snapshot.get("resources"), list):
            raise apply.Refused(["snapshot: not a snapshot taken by this release of the collection"])
    return Rollback(
        resources=(),
        prune=tuple(sorted(WRITTEN, key=lambda kind: KINDS[kind].order)),
        allow=frozenset(("mesh_off", "listen_change")),
        max_prune=10**6,
        before=before,
        applied=applied or None,
        fabric=fabric,
    )


def restore(client: Calicoctl, wanted: Rollback, check_mode: bool = False) -> tuple[apply.Outcome, list[str]]:
    """Restore, read again and compare; the second value is what others changed since the run."""
    conflicts = wanted.parts(_read(client))[2]
    return apply.run(client, wanted, check_mode), conflicts
