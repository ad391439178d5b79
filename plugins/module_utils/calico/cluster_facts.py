# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the cluster: owners of blocks and pools, nodes, installation, mismatches with the inventory. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Resource
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import OPERATOR, owner_of
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import named

DEFAULT_AS = 64512


def blocks(resources: t.Iterable[Resource]) -> list[dict[str, t.Any]]:
    """IPAMBlocks as cidr, node (None for a block without an owner), size, allocated and free addresses."""
    found = []
    for item in resources:
        spec = item.get("spec") or {}
        if spec.get("deleted"):
            continue
        slots = spec.get("allocations") or []
        free = spec.get("unallocated") or []
        found.append(
            {
                "cidr": spec.get("cidr"),
                "node": _host(spec.get("affinity")),
                "size": len(slots),
                "allocated": len(slots) - len(free),
                "free": len(free),
            }
        )
    return sorted(found, key=lambda block: str(block["cidr"]))


def affinities(resources: t.Iterable[Resource]) -> list[dict[str, t.Any]]:
    """BlockAffinities as node, cidr and state (confirmed, pending, pendingDeletion), without deleted ones."""
    found = []
    for item in resources:
        spec = item.get("spec") or {}
        if str(spec.get("deleted")).lower() == "true":
            continue
        found.append({"node": spec.get("node"), "cidr": spec.get("cidr"), "state": spec.get("state")})
    return sorted(found, key=lambda affinity: (str(affinity["node"]), str(affinity["cidr"])))


def by_node(found: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, list[str]]:
    """Node -> networks whose affinity is confirmed: what the node announces by BGP."""
    nodes: dict[str, list[str]] = {}
    for affinity in found:
        if affinity["node"] and affinity["state"] == "confirmed":
            nodes.setdefault(affinity["node"], []).append(affinity["cidr"])
    return nodes


def _host(affinity: t.Any) -> str | None:
    text = str(affinity or "")
    return text[len("host:") :] if text.startswith("host:") else None


def pool_owners(pools: t.Iterable[Resource]) -> dict[str, str]:
    """Pool name -> its manager: ``operator``, the value of the label managed-by, or an empty string."""
    owners = {}
    for pool in pools:
        owner = owner_of(pool)
        owners[pool["metadata"]["name"]] = "operator" if owner == OPERATOR else owner
    return owners


def installation(daemon_sets: t.Iterable[Resource]) -> dict[str, t.Any]:
    """Where calico-node runs: ``namespace``, ``service_account``, ``backend`` (bird, vxlan or none) and
    ``backend_in``, the key of a ConfigMap that has the backend. Without a DaemonSet everything is Calico's default.
    """
    found: dict[str, t.Any] = {
        "daemon_set": False,
        "namespace": "kube-system",
        "service_account": "calico-node",
        "backend": None,
        "backend_in": None,
    }
    for item in daemon_sets:
        pod = ((item.get("spec") or {}).get("template") or {}).get("spec") or {}
        found |= {"daemon_set": True, "namespace": item["metadata"]["namespace"]}
        found["service_account"] = pod.get("serviceAccountName") or found["service_account"]
        for variable in (each for container in pod.get("containers") or () for each in container.get("env") or ()):
            if variable.get("name") == "CALICO_NETWORKING_BACKEND":
                found["backend"] = variable.get("value")
                found["backend_in"] = (variable.get("valueFrom") or {}).get("configMapKeyRef")
        break
    return found


def nodes(resources: t.Iterable[Resource], configuration: Resource | None) -> dict[str, dict[str, t.Any]]:
    """Node -> address and prefix length that it uses for BGP, its AS number, and whether that is set on the Node.

    ``address`` is None for a node that does not run BGP.
    """
    cluster_as = ((configuration or {}).get("spec") or {}).get("asNumber") or DEFAULT_AS
    found = {}
    for node in resources:
        bgp = (node.get("spec") or {}).get("bgp") or {}
        address, _slash, length = str(bgp.get("ipv4Address") or "").partition("/")
        found[node["metadata"]["name"]] = {
            "address": address or None,
            "prefix_length": int(length) if length.isdigit() else None,
            "as_number": as_number.read(bgp.get("asNumber") or cluster_as),
            "own_as_number": bool(bgp.get("asNumber")),
            "route_reflector_cluster_id": bgp.get("routeReflectorClusterID"),
            "labels": (node.get("metadata") or {}).get("labels") or {},
        }
    return found


def mesh_is_on(configuration: Resource | None) -> bool:
    """Whether the node-to-node mesh is on; the default is on."""
    return ((configuration or {}).get("spec") or {}).get("nodeToNodeMeshEnabled") is not False


def mismatches(
    expected: t.Sequence[t.Mapping[str, t.Any]], observation: t.Mapping[str, t.Any], allow_as_change: bool = False
) -> list[str]:
    """Where the inventory's nodes and the cluster's differ, one sentence each.

    An AS number that is set nowhere in the cluster is not a mismatch, because this collection sets it.

    :param observation: ``nodes`` and ``cluster_as_number`` as ``observe.read`` returns them
    :param allow_as_change: a different AS number in the cluster is not a mismatch either
    """
    found, cluster_as = observation["nodes"], observation["cluster_as_number"]
    sentences = []
    wanted = {str(node["name"]): node for node in expected}
    for name in sorted(set(wanted) - set(found)):
        sentences.append(
            f"{name}: node_ip {wanted[name]['node_ip']} is in the inventory, but the cluster has no node of this name "
            f"(it has {named(sorted(found), 5) or 'none'})"
        )
    for name in sorted(set(found) - set(wanted)):
        sentences.append(
            f"{name}: the cluster has this node (address {found[name]['address']}), but the inventory does not, and "
            "the BIG-IP would reject its sessions: add it to group k8s_nodes"
        )
    for name in sorted(set(wanted) & set(found)):
        want, have = wanted[name], found[name]
        if have["address"] is None:
            sentences.append(f"{name}: has no BGP address (spec.bgp.ipv4Address); check that calico-node runs there")
        elif str(want["node_ip"]) != have["address"]:
            sentences.append(
                f"{name}: node_ip is {want['node_ip']}, but calico-node uses {have['address']}; correct the inventory, "
                "or the autodetection of calico-node (IP_AUTODETECTION_METHOD)"
            )
        try:
            asked = as_number.read(want["as_number"])
        except ValueError as problem:
            sentences.append(f"{name}: as_number: {problem}")
            continue
        if asked != have["as_number"] and (have["own_as_number"] or cluster_as) and not allow_as_change:
            place = "its Node" if have["own_as_number"] else "BGPConfiguration default"
            sentences.append(
                f"{name}: as_number is {asked}, but {place} has {have['as_number']}; changing it resets every session "
                "of the node: set calico_bgp_allow_as_change: true to allow it"
            )
    return sentences


def unreachable_nodes(found: t.Mapping[str, t.Mapping[str, t.Any]], bigips: t.Sequence[str]) -> list[str]:
    """Nodes whose pods a BIG-IP cannot reach without encapsulation, one sentence each.

    Without encapsulation a packet for a pod goes to the pod's node directly on the link layer. Across subnets
    there is a router in between, which has no route to the pods.
    """
    sentences = []
    for name, node in sorted(found.items()):
        if not node["address"] or node["prefix_length"] is None:
            continue
        subnet = ipaddress.ip_network(f"{node['address']}/{node['prefix_length']}", strict=False)
        for bigip in bigips:
            if ipaddress.ip_address(bigip) not in subnet:
                sentences.append(
                    f"{name} ({subnet}) is not in the subnet of BIG-IP {bigip}: without encapsulation the router "
                    "between them needs routes to the pods. If it has them, set bgp_multihop (for eBGP) or "
                    "calico_bgp_routed_underlay; "
                    "CrossSubnet does not help, because the BIG-IP supports neither IPIP nor Calico's VXLAN"
                )
    return sentences
