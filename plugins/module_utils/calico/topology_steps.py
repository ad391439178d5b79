# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps from the current topology of a cluster to the wanted one. Pure.

Each stage leaves every node with a path, and the next one begins once the sessions of the stage are established.
Measured with Calico v3.28: a node that gets a routeReflectorClusterID leaves the mesh at once, and its sessions as a
reflector replace those within about two seconds; therefore reflectors are added one by one.
"""

from __future__ import annotations

import copy
import dataclasses
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology import Sessions, Topology, Wanted
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import DEFAULT, Names

Resource = dict[str, t.Any]

REFLECTOR_LABEL, RACK_LABEL = "route-reflector", "rack"
REFLECTOR_SELECTOR = f"{REFLECTOR_LABEL} == 'true'"


@dataclasses.dataclass(frozen=True)
class Stage:
    """One step of a change: what to write, which dangerous changes it contains, and the sessions that must be
    established after it.

    ``gone`` are objects to delete. ``replaces_mesh`` requires a check before the stage: every node must know every
    block from a peer outside the mesh.
    """

    name: str
    resources: tuple[Resource, ...]
    sessions: Wanted
    allow: tuple[str, ...] = ()
    gone: tuple[Resource, ...] = ()
    replaces_mesh: bool = False


def stages(
    intent: t.Mapping[str, t.Any],
    base: t.Sequence[Resource],
    topology: Topology,
    cluster: t.Mapping[str, t.Mapping[str, t.Any]],
    mesh_is_on: bool = True,
) -> list[Stage]:
    """The steps from the current state of the cluster to ``topology``.

    ``base`` are the fabric's resources for the global topology (`intent.desired_calico`), ``cluster`` is
    ``nodes`` of calico_info. Steps that have been done already are harmless: they find nothing to change.
    """
    sessions = Sessions(intent, topology)
    were = tuple(name for name, node in sorted(cluster.items()) if node.get("route_reflector_cluster_id"))
    everywhere = [_unscoped(item) for item in base if item["kind"] != "BGPConfiguration"]
    if topology.kind == "reflectors":
        return _to_reflectors(intent, base, topology, sessions, everywhere, were, mesh_is_on)
    leaving = _from_reflectors(intent, base, sessions, everywhere, were) if were else []
    if intent["mesh"] or not mesh_is_on:
        return [*leaving, Stage("peers", final_resources(intent, base, topology), sessions.mesh_and_bigips())]
    peers = [item for item in final_resources(intent, base, topology) if item["kind"] != "BGPConfiguration"]
    return [
        *leaving,
        Stage("peers, beside the mesh", joined(peers, _configuration(base, True)), sessions.mesh_and_bigips()),
        _mesh_off(base, sessions.mesh_and_bigips()),
    ]


def final_resources(
    intent: t.Mapping[str, t.Any], base: t.Sequence[Resource], topology: Topology
) -> tuple[Resource, ...]:
    """Every resource of the topology when all stages are done."""
    arranged = [_scoped(_unscoped(item), intent, topology) for item in base if item["kind"] != "BGPConfiguration"]
    if topology.kind != "reflectors":
        return joined(arranged, _rack_labels(topology), _configuration(base))
    arranged = [item for item in arranged if item["metadata"]["name"] != _own_routes_filter(intent)]
    serving = [_cluster(name, topology.cluster_id) for name in topology.reflectors]
    return joined(arranged, _own(intent, topology), serving, _configuration(base, mesh=False))


def retired_reflectors(topology: Topology, cluster: t.Mapping[str, t.Mapping[str, t.Any]]) -> tuple[Resource, ...]:
    """The changes of nodes that are route reflectors but should not be."""
    serving = topology.reflectors if topology.kind == "reflectors" else ()
    names = [name for name, node in sorted(cluster.items()) if node.get("route_reflector_cluster_id")]
    changes = ((_cluster(name, None), _label(name, None)) for name in names if name not in serving)
    return joined(each for pair in changes for each in pair)


def _own(intent: t.Mapping[str, t.Any], topology: Topology) -> list[Resource]:
    return [_reflect_filter(intent), *(_label(name) for name in topology.reflectors), _reflector_peer(intent)]


def _to_reflectors(
    intent: t.Mapping[str, t.Any],
    base: t.Sequence[Resource],
    topology: Topology,
    sessions: Sessions,
    everywhere: t.Sequence[Resource],
    were: t.Sequence[str],
    mesh_is_on: bool,
) -> list[Stage]:
    found: list[Stage] = []
    if mesh_is_on:
        # The mesh and the earlier sessions stay until the last reflector has taken over.
        beside = joined(everywhere, _own(intent, topology))
        found.append(Stage("reflector peers, beside the mesh", beside, sessions.bigips_everywhere()))
        for count, name in enumerate(topology.reflectors, 1):
            done = {*were, *topology.reflectors[:count]}
            found.append(
                Stage(f"{name} becomes a reflector", (_cluster(name, topology.cluster_id),), sessions.with_all(done))
            )
        found.append(_mesh_off(base, sessions.with_all(topology.reflectors)))
    final = final_resources(intent, base, topology)
    found.append(Stage("BIG-IPs peer with the reflectors only", final, sessions.reflectors_and_bigips(), ("mesh_off",)))
    retired = [name for name in were if name not in topology.reflectors]
    if retired:
        plain = [change for name in retired for change in (_cluster(name, None), _label(name, None))]
        found.append(Stage("former reflectors become plain nodes", joined(plain), sessions.reflectors_and_bigips()))
    return found


def _mesh_off(base: t.Sequence[Resource], sessions: Wanted) -> Stage:
    changed = tuple(_configuration(base, mesh=False))
    return Stage(
        "mesh off, now that other sessions carry its routes", changed, sessions, ("mesh_off",), replaces_mesh=True
    )


def _from_reflectors(
    intent: t.Mapping[str, t.Any],
    base: t.Sequence[Resource],
    sessions: Sessions,
    everywhere: t.Sequence[Resource],
    were: t.Sequence[str],
) -> list[Stage]:
    """The reverse order, each step undone."""
    found = [
        Stage("BIG-IPs peer with every node", tuple(everywhere), sessions.bigips_everywhere()),
        Stage("mesh on, beside the reflectors", tuple(_configuration(base, mesh=True)), sessions.mesh_without(were)),
    ]
    left = list(were)
    for name in were:
        left.remove(name)
        found.append(Stage(f"{name} joins the mesh again", (_cluster(name, None),), sessions.with_all(left)))
    found.append(
        Stage(
            "reflector peers removed",
            joined(_label(name, None) for name in were),
            sessions.mesh_without(()),
            # Before fabrics had names, these objects had those of the default one.
            gone=tuple(
                _object(kind, name)
                for each in dict.fromkeys((_names(intent), Names()))
                for kind, name in (("BGPPeer", each.reflector_peer), ("BGPFilter", each.reflect_filter))
            ),
        )
    )
    return found


def _scoped(item: Resource, intent: t.Mapping[str, t.Any], topology: Topology) -> Resource:
    """A BIG-IP's peer, limited to its nodes; other resources unchanged."""
    unit = next((each for each in intent["bigips"] if each["peer_name"] == item["metadata"]["name"]), None)
    if item["kind"] != "BGPPeer" or unit is None:
        return item
    selector = None
    if topology.kind == "reflectors":
        selector = REFLECTOR_SELECTOR
    elif topology.kind == "racks":
        selector = f"{RACK_LABEL} == '{topology.served[unit['name']]}'"
    spec = {**item["spec"], "nodeSelector": selector}
    own_routes = _own_routes_filter(intent)
    if topology.kind == "reflectors" and own_routes in (spec.get("filters") or ()):
        # A reflector in another AS than the BIG-IP announces the blocks of all nodes, each with its node as next hop.
        spec["filters"] = [name for name in spec["filters"] if name != own_routes]
        spec["keepOriginalNextHop"] = True
    return {**item, "spec": spec}


def _own_routes_filter(intent: t.Mapping[str, t.Any]) -> str:
    return _names(intent).own_routes_filter


def _names(intent: t.Mapping[str, t.Any]) -> Names:
    return Names(intent.get("name") or DEFAULT)


def _unscoped(item: Resource) -> Resource:
    if item["kind"] != "BGPPeer":
        return item
    return {**item, "spec": {**item["spec"], "nodeSelector": None}}


def _configuration(base: t.Sequence[Resource], mesh: bool | None = None) -> list[Resource]:
    found = [copy.deepcopy(item) for item in base if item["kind"] == "BGPConfiguration"]
    for item in found:
        if mesh is not None and item["metadata"]["name"] == "default":
            item["spec"]["nodeToNodeMeshEnabled"] = mesh
    return found


def _rack_labels(topology: Topology) -> list[Resource]:
    if topology.kind != "racks":
        return []
    return [_object("Node", name, {"labels": {RACK_LABEL: rack}}) for name, rack in sorted(topology.racks.items())]


def joined(*parts: t.Iterable[Resource]) -> tuple[Resource, ...]:
    """All resources, with those for the same object merged: a node may get a label and an AS number."""
    found: dict[tuple[str, str], Resource] = {}
    for item in (each for part in parts for each in part):
        key = (item["kind"], item["metadata"]["name"])
        # A null means here that the key is to be removed, so it must survive the merge.
        found[key] = _join(found[key], item) if key in found else item
    return tuple(found.values())


def _join(one: Resource, two: Resource) -> Resource:
    joined = copy.deepcopy(one)
    for key, value in two.items():
        if isinstance(value, dict) and isinstance(joined.get(key), dict):
            joined[key] = _join(joined[key], value)
        else:
            joined[key] = copy.deepcopy(value)
    return joined


def _label(name: str, value: str | None = "true") -> Resource:
    return _object("Node", name, {"labels": {REFLECTOR_LABEL: value}})


def _cluster(name: str, cluster_id: str | None) -> Resource:
    return {**_object("Node", name), "spec": {"bgp": {"routeReflectorClusterID": cluster_id}}}


def _reflector_peer(intent: t.Mapping[str, t.Any]) -> Resource:
    names = _names(intent)
    spec = {"nodeSelector": "all()", "peerSelector": REFLECTOR_SELECTOR, "filters": [names.reflect_filter]}
    return {**_object("BGPPeer", names.reflector_peer), "spec": spec}


def _reflect_filter(intent: t.Mapping[str, t.Any]) -> Resource:
    """Calico exports only its own blocks and pools: without this a reflector does not pass on the VIPs."""
    rules = [
        {"action": "Accept", "matchOperator": "In", "cidr": cidr, "source": "RemotePeers"}
        for cidr in (*intent["vip_ranges"], *intent.get("announced_ranges", ()))
    ]
    return {**_object("BGPFilter", _names(intent).reflect_filter), "spec": {"exportV4": rules}}


def _object(kind: str, name: str, metadata: t.Mapping[str, t.Any] | None = None) -> Resource:
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": kind,
        "metadata": {"name": name, **copy.deepcopy(dict(metadata or {}))},
    }


def described(found: t.Sequence[Stage]) -> list[dict[str, t.Any]]:
    """The stages as plain data, with ``required``, sessions that must be established before a stage replaces the mesh,
    and ``wait``, those after it. A stage before one with ``required`` has no ``wait``: that would check less.
    """
    result = []
    for place, stage in enumerate(found):
        before, after = found[max(0, place - 1)], found[place + 1 : place + 2]
        result.append(
            {
                "name": stage.name,
                "resources": list(stage.resources),
                "gone": list(stage.gone),
                "allow": list(stage.allow),
                "required": before.sessions if stage.replaces_mesh else None,
                "wait": None if after and after[0].replaces_mesh else stage.sessions,
            }
        )
    return result
