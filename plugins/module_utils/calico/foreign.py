# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign configuration in the cluster that a run would change or conflict with: problems, each with the options. Pure.

A Node and the BGPConfiguration carry no mark of ownership. Reflectors, labels of racks and a disabled mesh count as
set up by this fabric if its marked BGPPeer that goes with them exists. Another fabric of the same cluster is one of the
others.
"""

from __future__ import annotations

import itertools
import re
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import named_peers
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology import Topology
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology_steps import (
    RACK_LABEL,
    REFLECTOR_LABEL,
    Resource,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import bgp_backend
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import (
    LABEL,
    OWNER,
    fabric_of,
    former_names,
    is_managed,
    is_part_of,
    marked_fabric,
    peer_address,
    secret_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import Names

Observation = t.Mapping[str, t.Any]


def fabrics(fabric: Fabric, seen: Observation) -> tuple[str, ...]:
    """The fabric's name, and those that its objects had before they were marked with it."""
    addresses = [unit.bgp_address for unit in fabric.bigips]
    return (fabric.names.fabric, *former_names(addresses, _of(seen, "BGPPeer")))


def owned(names: t.Sequence[str], seen: Observation) -> list[Resource]:
    """The peers and filters of the fabric."""
    return [item for kind in ("BGPPeer", "BGPFilter") for item in _of(seen, kind) if is_part_of(item, names)]


def problems(
    fabric: Fabric, names: t.Sequence[str], topology: Topology, resources: t.Sequence[Resource], seen: Observation
) -> list[str]:
    """One sentence for each object that the run must not change, or cannot work with.

    :param names: from ``fabrics``
    :param resources: what the run would write
    :param seen: the observation
    """
    peers = {item["metadata"]["name"]: item for item in _of(seen, "BGPPeer")}
    ours = {name: peer for name, peer in peers.items() if is_part_of(peer, names)}
    return [
        *_without_bgp(seen.get("installation") or {}),
        *_reflectors(fabric.names, topology, peers, ours, seen),
        *_mesh(fabric, peers, ours, seen),
        *_labels(topology, ours, seen),
        *_selected(resources, names, seen),
        *_names(fabric, names, resources, seen),
        *_second_peers(fabric, names, seen),
        *_peers_of_other_bigips(fabric, ours),
        *named_peers.problems(fabric, resources, seen),
        *_pools(fabric, seen),
        *_secret(fabric, names, seen),
    ]


def _without_bgp(installation: Observation) -> t.Iterator[str]:
    if found := bgp_backend.disabled(installation):
        yield ": ".join(found)


def _reflectors(
    names: Names, topology: Topology, peers: Observation, ours: Observation, seen: Observation
) -> t.Iterator[str]:
    there = {
        name: node["route_reflector_cluster_id"]
        for name, node in sorted((seen.get("nodes") or {}).items())
        if node.get("route_reflector_cluster_id")
    }
    if not there or any(peer["spec"].get("peerSelector") for peer in ours.values()):
        return
    addresses = {seen["nodes"][name]["address"] for name in there}
    connecting = [
        peer for peer in peers.values() if peer["spec"].get("peerSelector") or peer_address(peer) in addresses
    ]
    other = next((fabric_of(peer) for peer in connecting if is_managed(peer)), "")
    if other:
        yield (
            f"the cluster has the route reflectors of the fabric {other}: {', '.join(there)}; nodes with route "
            f"reflectors belong to one fabric: add the BIG-IPs to its inventory"
        )
        return
    described = topology.kind == "reflectors" and set(there.values()) == {topology.cluster_id}
    if not described or set(there) != set(topology.reflectors):
        cluster_ids = sorted(set(there.values()))
        line = f"topology: {{kind: reflectors, reflectors: [{', '.join(there)}], cluster_id: {cluster_ids[0]}}}"
        mesh = "on" if seen.get("mesh", True) else "off"
        yield (
            f"the cluster already has route reflectors: {', '.join(there)} (routeReflectorClusterID "
            f"{', '.join(cluster_ids)}, mesh {mesh}); describe them in the inventory ({line}), or remove them first"
            + ("; they need one cluster ID for that" if len(cluster_ids) > 1 else "")
            + ("; one alone needs calico_bgp_min_reflectors: 1 too" if len(there) == 1 else "")
        )
    for name in (peer["metadata"]["name"] for peer in connecting):
        yield (
            f"BGPPeer {name} connects the nodes with the route reflectors and was not created by this collection, "
            f"whose BGPPeer {names.reflector_peer} would open the same sessions a second time; hand it over "
            f"(calicoctl label bgppeer {name} {LABEL}={OWNER}), and the run replaces it, or delete it"
        )


def _mesh(fabric: Fabric, peers: Observation, ours: Observation, seen: Observation) -> t.Iterator[str]:
    mesh = seen.get("mesh", True)
    reflected = any(node.get("route_reflector_cluster_id") for node in (seen.get("nodes") or {}).values())
    others = sorted({marked_fabric(peer) for name, peer in peers.items() if name not in ours and is_managed(peer)})
    if others and fabric.meshed != mesh:
        yield (
            f"the node-to-node mesh is {'on' if mesh else 'off'}, and the fabric {', '.join(others)} has nodes in this "
            f"cluster too: describe the same mesh in both inventories (node_mesh, topology); to change it, remove the "
            "peers of one of them first (decommission.yml)"
        )
    elif fabric.meshed and not mesh and not ours and not reflected:
        yield (
            "the node-to-node mesh is off in BGPConfiguration default: set node_mesh: false in the inventory to leave "
            "it off, or switch it on (calicoctl patch bgpconfiguration default -p "
            '\'{"spec": {"nodeToNodeMeshEnabled": true}}\')'
        )


def _labels(topology: Topology, ours: Observation, seen: Observation) -> t.Iterator[str]:
    managed = [peer["spec"] for peer in ours.values()]
    if topology.kind == "reflectors":
        for name, node in sorted((seen.get("nodes") or {}).items()):
            has = _labels_of(seen, name).get(REFLECTOR_LABEL)
            if has == "true" and name not in topology.reflectors and not node.get("route_reflector_cluster_id"):
                yield (
                    f"{name} has label {REFLECTOR_LABEL}=true but is not in topology.reflectors, so the nodes would "
                    f"peer with it: remove the label, or add the node"
                )
            elif has not in (None, "true") and name in topology.reflectors:
                yield (
                    f"{name} has label {REFLECTOR_LABEL}={has}, which a route reflector of this fabric needs as true: "
                    f"remove it (calicoctl label nodes {name} {REFLECTOR_LABEL} --remove)"
                )
    elif topology.kind == "racks" and not any(RACK_LABEL in str(spec.get("nodeSelector")) for spec in managed):
        for name, rack in sorted(topology.racks.items()):
            has = _labels_of(seen, name).get(RACK_LABEL)
            if has not in (None, rack):
                yield (
                    f"{name} has label {RACK_LABEL}={has}, but rack is {rack} in the inventory: correct the inventory, "
                    "or remove the label"
                )


def _selected(resources: t.Sequence[Resource], names: t.Sequence[str], seen: Observation) -> t.Iterator[str]:
    """Labels that a run would set on nodes, and that others select by: their objects would apply to more nodes."""
    found: dict[tuple[str, str, str], list[str]] = {}
    written = {(item["kind"], item["metadata"]["name"]) for item in resources}
    others = [
        (kind, item["metadata"]["name"], item["spec"])
        for kind in ("BGPPeer", "IPPool")
        for item in _of(seen, kind)
        if (kind, item["metadata"]["name"]) not in written and not is_part_of(item, names)
    ]
    for item in (item for item in resources if item["kind"] == "Node"):
        node = item["metadata"]["name"]
        there = _labels_of(seen, node)
        new = [key for key, value in (item["metadata"].get("labels") or {}).items() if there.get(key) != value]
        for key, (kind, name, spec) in itertools.product(new, others):
            if _selects(spec, key):
                found.setdefault((key, kind, name), []).append(node)
    for (key, kind, name), nodes in found.items():
        yield (
            f"{kind} {name} selects nodes by label {key} and was not created by this collection, which would set this "
            f"label on {', '.join(nodes)}: set it yourself if the object shall apply to them (calicoctl label nodes "
            f"{nodes[0]} {key}=VALUE), or use another label in the selector"
        )


def _selects(spec: Observation, key: str) -> bool:
    selectors = (str(spec.get(field) or "") for field in ("nodeSelector", "peerSelector"))
    return any(re.search(rf"(?<![\w./'\"-]){re.escape(key)}(?![\w./'\"-])", text) for text in selectors)


def _names(
    fabric: Fabric, names: t.Sequence[str], resources: t.Iterable[Resource], seen: Observation
) -> t.Iterator[str]:
    """Objects with a name of this collection that exist without its mark; all that belong to another fabric."""
    chosen_by_user = {unit.peer_name: unit.name for unit in fabric.bigips}
    for item in resources:
        kind, name = item["kind"], item["metadata"]["name"]
        if kind not in ("BGPFilter", "BGPPeer"):
            continue
        have = next((each for each in _of(seen, kind) if each["metadata"]["name"] == name), None)
        if have is None or is_part_of(have, names):
            continue
        if is_managed(have):
            other = fabric_of(have)
            choices = [f"set fabric_name: {other} if this is the same network"] if other else []
            if name in chosen_by_user:
                choices.append(f"set another bgp_peer_name for {chosen_by_user[name]}")
            yield f"{kind} {name} belongs to {f'the fabric {other}' if other else 'another fabric'}: " + (
                ", or ".join(choices)
            )
        elif name not in chosen_by_user:
            yield (
                f"{kind} {name} exists and was not created by this collection, which uses this name: delete or "
                f"rename it (calicoctl delete {kind.lower()} {name})"
            )


def second_peers(fabric: Fabric, names: t.Sequence[str], seen: Observation) -> list[Resource]:
    """BGPPeers of others with the address of a BIG-IP, in any scope and spelling."""
    addresses = {unit.bgp_address for unit in fabric.bigips}
    named = {unit.peer_name for unit in fabric.bigips}
    return [
        peer
        for peer in _of(seen, "BGPPeer")
        if peer_address(peer) in addresses and peer["metadata"]["name"] not in named and not is_part_of(peer, names)
    ]


def _second_peers(fabric: Fabric, names: t.Sequence[str], seen: Observation) -> t.Iterator[str]:
    units = {unit.bgp_address: unit.name for unit in fabric.bigips}
    for peer in second_peers(fabric, names, seen):
        name, address = peer["metadata"]["name"], peer_address(peer)
        if is_managed(peer):
            yield (
                f"BGPPeer {name} of the fabric {fabric_of(peer)} has a session with {address} already: a BIG-IP "
                "belongs to one inventory of a cluster"
            )
            continue
        yield (
            f"BGPPeer {name} already has a session with {address}, and Calico uses only one of two peers for the same "
            f"address: set bgp_peer_name of {units[address]} to {name}, or delete it (calicoctl delete bgppeer {name})"
        )


def _peers_of_other_bigips(fabric: Fabric, ours: Observation) -> t.Iterator[str]:
    """If none of the fabric's peers is wanted, they are more likely those of another inventory of the same name."""
    to_bigips = {name: peer_address(peer) for name, peer in ours.items() if peer_address(peer)}
    addresses = {unit.bgp_address for unit in fabric.bigips}
    wanted = {unit.peer_name for unit in fabric.bigips}
    if to_bigips and not wanted & set(to_bigips) and not addresses & set(to_bigips.values()):
        shown = ", ".join(f"{name} with {address}" for name, address in to_bigips.items())
        yield (
            f"the cluster has peers of the fabric {fabric.names.fabric} ({shown}), none of them for a BIG-IP of the "
            "inventory: set another fabric_name if they belong to another inventory, or delete them (calicoctl delete "
            f"bgppeer {' '.join(to_bigips)})"
        )


def _secret(fabric: Fabric, names: t.Sequence[str], seen: Observation) -> t.Iterator[str]:
    """A Secret that is no longer wanted but that peers of others use."""
    secret = fabric.names.password_secret
    leaves = any(item["action"] == "delete" and item["kind"] == "Secret" for item in seen.get("password") or ())
    named = {unit.peer_name for unit in fabric.bigips}
    users = [
        peer["metadata"]["name"]
        for peer in _of(seen, "BGPPeer")
        if leaves
        and secret_of(peer) == secret
        and not is_part_of(peer, names)
        and peer["metadata"]["name"] not in named
    ]
    if users:
        yield (
            f"Secret {secret} is no longer wanted, but used by BGPPeer {', '.join(users)}, not created by this "
            "collection: keep bgp_password, or let that peer use another Secret"
        )


def _pools(fabric: Fabric, seen: Observation) -> t.Iterator[str]:
    pools = {item["metadata"]["name"]: item["spec"] for item in _of(seen, "IPPool")}
    for pool in fabric.pools:
        if (pools.get(pool.name) or {}).get("disableBGPExport"):
            yield (
                f"IPPool {pool.name} has disableBGPExport: true, so nodes do not announce its blocks: remove the pool "
                f"from pod_pools, or allow it (calicoctl patch ippool {pool.name} -p "
                '\'{"spec": {"disableBGPExport": false}}\')'
            )


def _of(seen: Observation, kind: str) -> t.Sequence[Resource]:
    return (seen.get("resources") or {}).get(kind) or ()


def _labels_of(seen: Observation, node: str) -> t.Mapping[str, str]:
    return ((seen.get("nodes") or {}).get(node) or {}).get("labels") or {}
