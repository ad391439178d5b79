# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the peering of a cluster was, kept as plain data, and the plan that leads back to it.

A snapshot has what the role calico_bgp writes: peers, filters, the BGP configuration, pools, and of a Node the AS
number, the reflector's cluster and the labels that steer sessions. None of them holds a secret.
"""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.kinds import KINDS
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import (
    Key,
    Resource,
    effective,
    key_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology_steps import (
    RACK_LABEL,
    REFLECTOR_LABEL,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import is_managed
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import three_way

SCHEMA = 1
WRITTEN = ("BGPFilter", "Node", "IPPool", "BGPConfiguration", "BGPPeer")
_LABELS = (REFLECTOR_LABEL, RACK_LABEL)
_NODE_KEYS = ("asNumber", "routeReflectorClusterID")


def take(client: Calicoctl) -> dict[str, t.Any]:
    """One list of each kind. Writes nothing."""
    cluster = plan.Cluster(resource for kind in WRITTEN for resource in client.list(kind))
    return {"schema": SCHEMA, "resources": _kept(cluster)}


def _kept(cluster: plan.Cluster) -> list[Resource]:
    return [_ours(cluster.clean[key]) for key in sorted(cluster.clean) if key.kind in WRITTEN]


def _ours(resource: Resource) -> Resource:
    """Of a Node only what the collection ever writes; anything else whole."""
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
class WayBack(apply.Request):
    """A request that leads back. ``before`` and ``left`` are snapshots; ``left`` is None when a run was cut off."""

    before: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    left: t.Mapping[str, t.Any] | None = None

    def plan(self, desired: t.Sequence[Resource], cluster: plan.Cluster) -> plan.Plan:
        """The plan; ``desired`` is not looked at."""
        want, gone, _theirs = self.ways(cluster)
        writes = plan.make(want, cluster, "merged", "")
        deletes = plan.make(gone, cluster, "deleted", "")
        return plan.Plan((*writes.writes, *deletes.deletes), writes.unchanged)

    def ways(self, cluster: plan.Cluster) -> tuple[list[Resource], list[Resource], list[str]]:
        """What to write, what to delete, and what others changed since."""
        was = {key_of(item): item for item in self.before["resources"]}
        run = None if self.left is None else {key_of(item): item for item in self.left["resources"]}
        now = {key_of(item): item for item in _kept(cluster)}
        want: list[Resource] = []
        gone: list[Resource] = []
        theirs: list[str] = []
        for key in sorted({*was, *now, *(run or {})}):
            had, left, have = was.get(key), (now if run is None else run).get(key), now.get(key)
            if had is None and have is not None:
                if not _made_here(have, left) or (run is not None and left is not None and not _same(left, have)):
                    theirs.append(f"{key}: it is there now")
                else:
                    gone.append(have)
            elif had is not None and have is None:
                if left is None and key.kind != "Node":
                    want.append(had)
                else:
                    theirs.append(f"{key}: it is gone")
            elif had is not None and have is not None:
                changed = _back(key, had, left or have, have, theirs)
                if changed:
                    want.append(changed)
        return want, gone, theirs


def _made_here(have: Resource, left: Resource | None) -> bool:
    """Whether a run of the collection made an object: it is marked, or of the one kind that never is."""
    if is_managed(have):
        return True
    return left is not None and have["kind"] == "BGPConfiguration"


def _same(one: Resource, two: Resource) -> bool:
    return effective(one)["spec"] == effective(two)["spec"]


def _back(key: Key, had: Resource, left: Resource, have: Resource, theirs: list[str]) -> Resource | None:
    """The keys of one object that go back, as a resource to merge; null takes a key away."""
    found: Resource = {**_identity(key), "spec": {}}
    if key.kind == "Node":
        sides = [item["spec"].get("bgp") or {} for item in (had, left, have)]
        labels = [item["metadata"].get("labels") or {} for item in (had, left, have)]
        way, marks = three_way.keys(*sides), three_way.keys(*labels)
        if way.back:
            found["spec"] = {"bgp": {name: sides[0].get(name) for name in way.back}}
        if marks.back:
            found["metadata"]["labels"] = {name: labels[0].get(name) for name in marks.back}
        theirs += [f"{key}: {name}" for name in (*way.theirs, *marks.theirs)]
        return found if way.back or marks.back else None
    way = three_way.keys(*(effective(item)["spec"] for item in (had, left, have)))
    theirs += [f"{key}: {name}" for name in way.theirs]
    found["spec"] = {name: copy.deepcopy(had["spec"].get(name)) for name in way.back}
    return found if way.back else None


def _identity(key: Key) -> Resource:
    return {"apiVersion": "projectcalico.org/v3", "kind": key.kind, "metadata": {"name": key.name}}


def request(before: t.Mapping[str, t.Any], left: t.Mapping[str, t.Any] | None) -> WayBack:
    """The request for ``apply.run``. :raises apply.Refused: not a snapshot"""
    for snapshot in filter(None, (before, left)):
        if snapshot.get("schema") != SCHEMA or not isinstance(snapshot.get("resources"), list):
            raise apply.Refused(["snapshot: not one that this release of the collection took"])
    return WayBack(
        resources=(),
        prune=tuple(sorted(WRITTEN, key=lambda kind: KINDS[kind].order)),
        allow=frozenset(("mesh_off", "listen_change")),
        max_prune=10**6,
        before=before,
        left=left or None,
    )


def restore(
    client: Calicoctl, wanted: WayBack, check_mode: bool = False
) -> tuple[apply.Outcome, list[str]]:
    """Go back, read again and prove it; the second value is what others changed since."""
    theirs = wanted.ways(plan.Cluster(resource for kind in WRITTEN for resource in client.list(kind)))[2]
    return apply.run(client, wanted, check_mode), theirs
