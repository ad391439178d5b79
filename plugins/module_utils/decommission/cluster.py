# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts can be decommissioned without packet loss, and which of Calico's objects are removed with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import (
    fabric_of,
    former_names,
    is_managed,
    is_part_of,
    secret_of,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.pods import movable, still_there
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric

EVERYTHING = "all"

Resource = Mapping[str, Any]


@dataclass
class Plan:
    """The hosts to decommission, and Calico's objects to delete: peers before the filters that they use.

    :ivar nodes: BGP addresses of the nodes, by name
    :ivar units: names of the BIG-IPs
    :ivar everything: whether the whole fabric is decommissioned
    :ivar resources: Calico's objects to delete
    :ivar keeps_secret: whether a peer of others uses the Secret of the fabric's password
    :ivar problems: what must be done first, one sentence each; if there are any, nothing may be changed
    :ivar notes: what remains, and what is left to do
    """

    nodes: dict[str, str] = field(default_factory=dict)
    units: list[str] = field(default_factory=list)
    everything: bool = False
    resources: list[dict[str, Any]] = field(default_factory=list)
    keeps_secret: bool = False
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan(
    fabric: Fabric,
    names: Sequence[str],
    calico: Mapping[str, Any],
    pods: Iterable[Mapping[str, Any]] = (),
    states: Mapping[str, str] | None = None,
) -> Plan:
    """How these hosts are decommissioned.

    :param names: nodes and BIG-IPs by inventory name, or ``all`` alone
    :param calico: result of calico_info
    :param pods: pods of the Kubernetes API that are on the nodes; others are ignored
    :param states: failover state of each BIG-IP
    """
    found = Plan(everything=list(names) == [EVERYTHING])
    addresses = {node.name: node.node_ip for node in fabric.nodes}
    units = [unit.name for unit in fabric.bigips]
    for name in names if not found.everything else ():
        if name in addresses:
            found.nodes[name] = addresses[name]
        elif name in units:
            found.units.append(name)
        else:
            found.problems.append(
                f"decommission: {name} is neither a node ({', '.join(addresses)}) nor a BIG-IP ({', '.join(units)}) of "
                "the inventory"
            )
    if found.everything:
        found.units = units
    elif not names:
        found.problems.append("decommission is not set; expected names of nodes or BIG-IPs of the inventory, or all")
    _nodes(found, fabric, list(pods))
    _units(found, fabric, states or {})
    _calico(found, fabric, calico)
    return found


def _nodes(found: Plan, fabric: Fabric, pods: Sequence[Mapping[str, Any]]) -> None:
    for name in found.nodes:
        if fabric.topology.kind == "reflectors" and name in fabric.topology.reflectors:
            found.problems.append(
                f"{name} is a route reflector: set another one in topology.reflectors and run site.yml first"
            )
        left = movable(pods, name)
        if left:
            found.problems.append(still_there(name, left))
        else:
            found.notes.append(f"{name}: after this run, kubectl delete node {name}, and remove it from the inventory")
    if found.nodes and len(found.nodes) == len(fabric.nodes):
        found.problems.append("these are all nodes of the fabric: use decommission=all")


def _units(found: Plan, fabric: Fabric, states: Mapping[str, str]) -> None:
    stay = [unit.name for unit in fabric.bigips if unit.name not in found.units]
    if found.units and not stay and not found.everything:
        found.problems.append("these are all BIG-IPs of the fabric: use decommission=all")
    for name in found.units if stay else ():
        rack = fabric.bigip(name).rack
        heirs = [other for other in stay if fabric.bigip(other).rack == rack]
        if not heirs:
            found.notes.append(f"rack {rack} has no other BIG-IP: its nodes lose the VIPs")
        elif states.get(name) == "ACTIVE" and any(states.get(other) == "STANDBY" for other in heirs):
            found.problems.append(
                f"{name} is the active unit and {', '.join(heirs)} would not take over its VIPs: tmsh run sys failover "
                "standby on it first"
            )
        found.notes.append(f"{name}: after this run, remove it from the inventory")


def _calico(found: Plan, fabric: Fabric, calico: Mapping[str, Any]) -> None:
    resources: Mapping[str, Sequence[Resource]] = calico.get("resources") or {}
    if found.units and "BGPPeer" not in resources:
        found.problems.append(f"Calico could not be read: {calico.get('msg') or 'nothing was returned'}")
        return
    # With managed policy nodes accept no pod routes from a BIG-IP: without the mesh, sessions of others carry them.
    carries_pods = fabric.topology.kind == "reflectors" or not fabric.manage_policy
    if found.everything and not fabric.meshed and carries_pods:
        found.problems.append(
            "pods reach each other through the sessions to be removed: run site.yml with topology {kind: global} and "
            "node_mesh true first"
        )
    addresses = [unit.bgp_address for unit in fabric.bigips]
    names = (fabric.names.fabric, *former_names(addresses, resources["BGPPeer"]))
    leaving = {fabric.bigip(name).bgp_address: name for name in found.units}
    gone = set()
    for peer in resources.get("BGPPeer") or ():
        name, unit = peer["metadata"]["name"], leaving.get(peer["spec"].get("peerIP", "").partition(":")[0])
        if unit and is_managed(peer) and not is_part_of(peer, names):
            found.notes.append(f"BGPPeer {name} for {unit} belongs to the fabric {fabric_of(peer)}; it is kept")
        elif unit and not is_managed(peer):
            found.problems.append(
                f"BGPPeer {name} for {unit} was not created by this collection; delete it first: calicoctl delete "
                f"bgppeer {name}"
            )
        elif unit:
            found.resources.append(_named(peer))
            gone.add(name)
    if not found.everything:
        return
    secret = fabric.names.password_secret
    users = [peer["metadata"]["name"] for peer in resources["BGPPeer"]
             if peer["metadata"]["name"] not in gone and secret_of(peer) == secret]  # fmt: skip
    if users:
        found.keeps_secret = True
        found.notes.append(f"Secret {secret} is used by BGPPeer {', '.join(users)}; it is kept")
    used = {
        name
        for peer in resources["BGPPeer"]
        if peer["metadata"]["name"] not in gone
        for name in peer["spec"].get("filters") or ()
    }
    fabric_filters = (fabric.names.vips_filter, fabric.names.own_routes_filter)
    for item in resources.get("BGPFilter") or ():
        name = item["metadata"]["name"]
        if not is_part_of(item, names) or name not in fabric_filters:
            continue
        if name in used:
            found.notes.append(f"BGPFilter {name} is used by a BGPPeer that is not managed by this fabric; it is kept")
        else:
            found.resources.append(_named(item))
    found.notes.append("pools (without encapsulation) and BGPConfiguration (mesh on) are kept: pods need them")


def _named(resource: Resource) -> dict[str, Any]:
    return {
        "apiVersion": "projectcalico.org/v3",
        "kind": resource["kind"],
        "metadata": {"name": resource["metadata"]["name"]},
    }
