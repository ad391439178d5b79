# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which BGP sessions a plan resets, reported before it is applied.

Source: measured with BIRD 1.6.8 under Calico v3.28: adding peers, filters, pools or service ranges resets
nothing; the fields below reset the sessions named.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Resource, effective
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.plan import Change, Plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.validate_bgp import scope_of

PEER_FIELDS = (
    "peerIP",
    "peerSelector",
    "asNumber",
    "localASNumber",
    "maxRestartTime",
    "sourceAddress",
    "password",
    "ttlSecurity",
    "numAllowedLocalASNumbers",
    "keepaliveTime",
)
_MESH_FIELDS = ("nodeMeshPassword", "nodeMeshMaxRestartTime")


def resets(plan: Plan) -> list[str]:
    """One sentence for each change that takes sessions down, even briefly."""
    created = [change.after["spec"] for change in plan.changes if change.action == "create" and change.after]
    return [sentence for change in plan.changes if not _renamed(change, created) for sentence in _of(change)]


def peer_fields(before: Resource, after: Resource) -> list[str]:
    """The fields in which two BGPPeers differ, and whose change resets their sessions."""
    return _differing(effective(before)["spec"], effective(after)["spec"], PEER_FIELDS)


def _renamed(change: Change, created: t.Iterable[Resource]) -> bool:
    """Whether a BGPPeer is deleted after another one with the same sessions is created."""
    if change.key.kind != "BGPPeer" or change.action != "delete" or change.before is None:
        return False
    was = change.before["spec"]
    return any(scope_of(was) == scope_of(spec) and not _differing(was, spec, PEER_FIELDS) for spec in created)


def _of(change: Change) -> t.Iterator[str]:
    if change.key.kind == "BGPPeer" and change.before is not None:
        yield from _peer(change, change.before)
    elif change.key.kind == "Node" and change.before is not None and change.after is not None:
        yield from _node(change, change.before, change.after)
    elif change.key.kind == "BGPConfiguration" and change.after is not None:
        yield from _configuration(change, change.after)


def _peer(change: Change, before: Resource) -> t.Iterator[str]:
    was = effective(before)["spec"]
    sessions = f"the sessions of {scope_of(was)} with {was.get('peerIP') or was.get('peerSelector')}"
    if change.after is None:
        yield f"{change.key}: deleting it ends {sessions}"
        return
    fields = peer_fields(before, change.after)
    if fields:
        yield f"{change.key}: changing {', '.join(fields)} resets {sessions}"
    if scope_of(was) != scope_of(change.after["spec"]):
        yield f"{change.key}: changing the scope ends {sessions} on nodes that leave it"


def _node(change: Change, before: Resource, after: Resource) -> t.Iterator[str]:
    was, will = (side["spec"].get("bgp") or {} for side in (before, after))
    fields = _differing(was, will, ("asNumber", "ipv4Address", "ipv6Address"))
    if fields:
        yield f"{change.key}: changing {', '.join(fields)} resets every BGP session of this node"
    if was.get("routeReflectorClusterID") != will.get("routeReflectorClusterID"):
        yield f"{change.key}: changing routeReflectorClusterID moves this node out of or into the mesh at once"


def _configuration(change: Change, after: Resource) -> t.Iterator[str]:
    empty = {"kind": "BGPConfiguration", "metadata": {"name": change.key.name}, "spec": {}}
    was, will = effective(change.before or empty)["spec"], effective(after)["spec"]
    if was.get("asNumber") != will.get("asNumber"):
        yield f"{change.key}: changing asNumber resets every BGP session of nodes without an AS number of their own"
    if was.get("nodeToNodeMeshEnabled") and not will.get("nodeToNodeMeshEnabled"):
        yield f"{change.key}: switching the mesh off ends every mesh session between nodes"
    fields = _differing(was, will, _MESH_FIELDS)
    if fields:
        yield f"{change.key}: changing {', '.join(fields)} resets every mesh session"
    fields = _differing(was, will, ("listenPort", "bindMode"))
    if fields:
        yield f"{change.key}: changing {', '.join(fields)} needs a restart of calico-node on every node"


def _differing(was: t.Mapping[str, t.Any], will: t.Mapping[str, t.Any], fields: t.Iterable[str]) -> list[str]:
    return [field for field in fields if was.get(field) != will.get(field)]
