# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign configuration in the cluster that a run would change or conflict with: problems, each with the options. Pure.

A Node and the BGPConfiguration carry no mark of ownership. Reflectors, labels of racks and a disabled mesh count as
set up by this collection if its marked BGPPeer that goes with them exists.
"""

from __future__ import annotations

import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology import Topology
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology_steps import (
    RACK_LABEL,
    REFLECTOR_LABEL,
    Resource,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import bgp_backend
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import LABEL, OWNER, is_managed
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import Names

Observation = t.Mapping[str, t.Any]


def problems(fabric: Fabric, topology: Topology, resources: t.Sequence[Resource], seen: Observation) -> list[str]:
    """One sentence for each object that the run must not change, or cannot work with.

    :param resources: what the run would write
    :param seen: the observation
    """
    peers = {item["metadata"]["name"]: item for item in _of(seen, "BGPPeer")}
    return [
        *_without_bgp(seen.get("installation") or {}),
        *_reflectors(fabric.names, topology, peers, seen),
        *_mesh(fabric, peers, seen),
        *_labels(topology, peers, seen),
        *_names(fabric, resources, seen),
        *_second_peers(fabric, seen),
    ]


def _without_bgp(installation: Observation) -> t.Iterator[str]:
    if found := bgp_backend.disabled(installation):
        yield ": ".join(found)


def _reflectors(names: Names, topology: Topology, peers: Observation, seen: Observation) -> t.Iterator[str]:
    there = {
        name: node["route_reflector_cluster_id"]
        for name, node in sorted((seen.get("nodes") or {}).items())
        if node.get("route_reflector_cluster_id")
    }
    if not there or any(is_managed(peer) and peer["spec"].get("peerSelector") for peer in peers.values()):
        return
    described = topology.kind == "reflectors" and set(there.values()) == {topology.cluster_id}
    if not described or set(there) != set(topology.reflectors):
        cluster_ids = sorted(set(there.values()))
        line = f"topology: {{kind: reflectors, reflectors: [{', '.join(there)}], cluster_id: {cluster_ids[0]}}}"
        mesh = "on" if seen.get("mesh", True) else "off"
        yield (
            f"the cluster already has route reflectors: {', '.join(there)} (routeReflectorClusterID "
            f"{', '.join(cluster_ids)}, mesh {mesh}); describe them in the inventory ({line}), or remove them first"
        )
    for name, peer in peers.items():
        if peer["spec"].get("peerSelector") and not is_managed(peer):
            yield (
                f"BGPPeer {name} connects the nodes with the route reflectors and was not created by this collection, "
                f"whose BGPPeer {names.reflector_peer} would open the same sessions a second time; hand it over "
                f"(calicoctl label bgppeer {name} {LABEL}={OWNER}), and the run replaces it, or delete it"
            )


def _mesh(fabric: Fabric, peers: Observation, seen: Observation) -> t.Iterator[str]:
    if fabric.meshed and not seen.get("mesh", True) and not any(map(is_managed, peers.values())):
        yield (
            "the node-to-node mesh is off in BGPConfiguration default: set node_mesh: false in the inventory to leave "
            "it off, or switch it on (calicoctl patch bgpconfiguration default -p "
            '\'{"spec": {"nodeToNodeMeshEnabled": true}}\')'
        )


def _labels(topology: Topology, peers: Observation, seen: Observation) -> t.Iterator[str]:
    managed = [peer["spec"] for peer in peers.values() if is_managed(peer)]
    if topology.kind == "reflectors":
        for name, node in sorted((seen.get("nodes") or {}).items()):
            has = _labels_of(seen, name).get(REFLECTOR_LABEL)
            if has == "true" and name not in topology.reflectors and not node.get("route_reflector_cluster_id"):
                yield (
                    f"{name} has label {REFLECTOR_LABEL}=true but is not in topology.reflectors, so the nodes would "
                    f"peer with it: remove the label, or add the node"
                )
    elif topology.kind == "racks" and not any(RACK_LABEL in str(spec.get("nodeSelector")) for spec in managed):
        for name, rack in sorted(topology.racks.items()):
            has = _labels_of(seen, name).get(RACK_LABEL)
            if has not in (None, rack):
                yield (
                    f"{name} has label {RACK_LABEL}={has}, but rack is {rack} in the inventory: correct the inventory, "
                    "or remove the label"
                )


def _names(fabric: Fabric, resources: t.Iterable[Resource], seen: Observation) -> t.Iterator[str]:
    """Objects with a name of this collection that exist without its mark."""
    chosen_by_user = {unit.peer_name for unit in fabric.bigips}
    for item in resources:
        kind, name = item["kind"], item["metadata"]["name"]
        if kind not in ("BGPFilter", "BGPPeer") or name in chosen_by_user:
            continue
        have = next((each for each in _of(seen, kind) if each["metadata"]["name"] == name), None)
        if have is not None and not is_managed(have):
            yield (
                f"{kind} {name} exists and was not created by this collection, which uses this name: delete or "
                f"rename it (calicoctl delete {kind.lower()} {name})"
            )


def second_peers(fabric: Fabric, seen: Observation) -> list[Resource]:
    """BGPPeers of others with the address of a BIG-IP, in any scope and spelling."""
    addresses = {unit.bgp_address for unit in fabric.bigips}
    names = {unit.peer_name for unit in fabric.bigips}
    return [
        peer
        for peer in _of(seen, "BGPPeer")
        if _address(peer) in addresses and peer["metadata"]["name"] not in names and not is_managed(peer)
    ]


def _second_peers(fabric: Fabric, seen: Observation) -> t.Iterator[str]:
    units = {unit.bgp_address: unit.name for unit in fabric.bigips}
    for peer in second_peers(fabric, seen):
        name, address = peer["metadata"]["name"], _address(peer)
        yield (
            f"BGPPeer {name} already has a session with {address}, and Calico uses only one of two peers for the same "
            f"address: set bgp_peer_name of {units[address]} to {name}, or delete it (calicoctl delete bgppeer {name})"
        )


def _address(peer: Resource) -> str:
    return str(peer["spec"].get("peerIP") or "").partition(":")[0]


def _of(seen: Observation, kind: str) -> t.Sequence[Resource]:
    return (seen.get("resources") or {}).get(kind) or ()


def _labels_of(seen: Observation, node: str) -> t.Mapping[str, str]:
    return ((seen.get("nodes") or {}).get(node) or {}).get("labels") or {}
