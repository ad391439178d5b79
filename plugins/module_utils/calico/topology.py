# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who peers with whom: every node with the BIG-IPs, racks with their own, or route reflectors. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

KINDS = ("global", "racks", "reflectors")
CLUSTER_ID = "244.0.0.1"
MESH_LIMIT = 100  # nodes; beyond it Calico's documentation recommends reflectors


@dataclasses.dataclass(frozen=True)
class Topology:
    """``reflectors`` are nodes by name; ``racks`` gives a node's rack, ``served`` the rack of a BIG-IP."""

    kind: str = "global"
    reflectors: tuple[str, ...] = ()
    cluster_id: str = CLUSTER_ID
    racks: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    served: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    def peers_with(self, node: str, bigip: str) -> bool:
        """Whether this node has a session with this BIG-IP."""
        if self.kind == "reflectors":
            return node in self.reflectors
        if self.kind == "racks":
            return self.racks.get(node) == self.served.get(bigip)
        return True


def topology_of(intent: t.Mapping[str, t.Any], min_reflectors: int = 2) -> Topology:
    """The topology of a fabric.

    ``topology`` of the fabric has ``kind`` and, for reflectors, ``reflectors`` and ``cluster_id``; ``rack`` of a
    node and of a BIG-IP assigns it to a rack. Raises ``ValueError`` with every problem, one per line.
    """
    given = intent.get("topology") or {}
    names = [node["name"] for node in intent["nodes"]]
    found = Topology(
        kind=given.get("kind") or "global",
        reflectors=tuple(given.get("reflectors") or ()),
        cluster_id=given.get("cluster_id") or CLUSTER_ID,
        racks={node["name"]: node["rack"] for node in intent["nodes"] if node.get("rack")},
        served={unit["name"]: unit["rack"] for unit in intent["bigips"] if unit.get("rack")},
    )
    problems = []
    if found.kind not in KINDS:
        problems.append(f"topology.kind = {found.kind}: use one of {', '.join(KINDS)}")
    if found.kind == "reflectors":
        problems += _reflector_problems(intent, found, names, min_reflectors)
    if found.kind == "racks":
        problems += [f"{name}: rack is not set, but the topology is racks" for name in names if name not in found.racks]
        problems += [
            f"{unit['name']}: rack = {found.served.get(unit['name'])} is not the rack of any node"
            for unit in intent["bigips"]
            if found.served.get(unit["name"]) not in found.racks.values()
        ]
    if problems:
        raise ValueError("\n".join(problems))
    return found


def _reflector_problems(
    intent: t.Mapping[str, t.Any], found: Topology, names: t.Sequence[str], fewest: int
) -> t.Iterator[str]:
    for name in found.reflectors:
        if name not in names:
            yield f"topology.reflectors: {name} is not a node of the inventory"
    if not fewest <= len(set(found.reflectors)) <= 4:
        yield f"topology.reflectors = {list(found.reflectors)}: name {fewest} to 4 nodes"
    if len({node["as_number"] for node in intent["nodes"]}) > 1:
        yield "topology = reflectors: reflectors serve one AS, and as_number differs between the nodes"


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Sessions that must be established, in O(N).

    ``peers`` is node -> addresses. Each node of ``mesh`` has, beside these, a session with every other node of it.
    """

    peers: t.Mapping[str, t.Sequence[str]]
    mesh: frozenset[str] = frozenset()


class Sessions:
    """The sessions that must be established."""

    def __init__(self, intent: t.Mapping[str, t.Any], topology: Topology) -> None:
        self._addresses = {node["name"]: node["node_ip"] for node in intent["nodes"]}
        self._bigips = {unit["name"]: unit["bgp_address"] for unit in intent["bigips"]}
        self._topology = topology
        self._mesh = bool(intent["mesh"])

    def _others(self, name: str, among: t.Iterable[str]) -> list[str]:
        return [self._addresses[other] for other in among if other != name and other in self._addresses]

    def bigips_everywhere(self) -> Wanted:
        return Wanted({name: list(self._bigips.values()) for name in self._addresses})

    def mesh_without(self, without: t.Collection[str]) -> Wanted:
        return Wanted({}, frozenset(name for name in self._addresses if name not in without))

    def with_all(self, reflectors: t.Collection[str]) -> Wanted:
        """Every node with every reflector, and so every reflector with every node."""
        return Wanted(
            {
                name: self._others(name, self._addresses if name in reflectors else sorted(reflectors))
                for name in self._addresses
            }
        )

    def reflectors_and_bigips(self) -> Wanted:
        return self._with_bigips(self.with_all(self._topology.reflectors))

    def mesh_and_bigips(self) -> Wanted:
        return self._with_bigips(self.mesh_without(() if self._mesh else self._addresses))

    def final(self) -> Wanted:
        """The sessions in the final state."""
        return self.reflectors_and_bigips() if self._topology.kind == "reflectors" else self.mesh_and_bigips()

    def _with_bigips(self, wanted: Wanted) -> Wanted:
        peers = {
            name: [
                *wanted.peers.get(name, ()),
                *(address for unit, address in self._bigips.items() if self._topology.peers_with(name, unit)),
            ]
            for name in self._addresses
        }
        return Wanted(peers, wanted.mesh)

    def explicit(self, wanted: Wanted) -> dict[str, list[str]]:
        """Every session by node, including the mesh: quadratic in the number of nodes."""
        return {
            name: self._others(name, (other for other in self._addresses if other in wanted.mesh))
            * (name in wanted.mesh)
            + list(wanted.peers.get(name, ()))
            for name in self._addresses
        }


def sessions_of_bigips(intent: t.Mapping[str, t.Any], topology: Topology) -> dict[str, int]:
    """The number of sessions of each BIG-IP."""
    return {
        unit["name"]: sum(topology.peers_with(node["name"], unit["name"]) for node in intent["nodes"])
        for unit in intent["bigips"]
    }


def advice(intent: t.Mapping[str, t.Any], topology: Topology) -> list[str]:
    """Recommendations about the size of the topology, one sentence each."""
    sentences = [f"{name}: {count} BGP sessions" for name, count in sessions_of_bigips(intent, topology).items()]
    count = len(intent["nodes"])
    if topology.kind != "reflectors" and intent["mesh"] and count > MESH_LIMIT:
        sentences.append(
            f"{count} nodes make {count * (count - 1) // 2} sessions in the mesh: above {MESH_LIMIT} nodes use 2 to "
            "4 route reflectors (topology kind reflectors)"
        )
    return sentences
