# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a fabric to the wanted content of Calico's datastore, as projectcalico.org/v3 resources.

No resource has an owner field: the module calico_resources labels what it creates, and never existing objects.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Pool

API_VERSION = "projectcalico.org/v3"

# Calico's own AS number, unless a BGPConfiguration sets another; then the mesh is on too.
CALICO_AS = 64512

# BIRD's default graceful-restart time, which a BGPPeer need not repeat.
BIRD_RESTART_TIME = 120


def calico_resources(fabric: Fabric) -> list[dict[str, Any]]:
    """Everything except the pools, in the order of writing: filters before the peers that use them.

    The pools (``calico_pools``) are written last and separately, once the sessions are established.
    """
    filters = [_vips_filter(fabric)] if fabric.manage_policy else []
    if fabric.manage_policy and any(_external(fabric, unit) for unit in fabric.bigips):
        filters.append(_own_routes_filter(fabric))
    return [*filters, *_node_as_numbers(fabric), *_bgp_configuration(fabric), *_peers(fabric)]


def calico_pools(fabric: Fabric) -> list[dict[str, Any]]:
    """The pools without encapsulation, so that the BIG-IP reaches pods by plain routes."""
    return [_pool(pool) for pool in fabric.pools]


def _bgp_configuration(fabric: Fabric) -> list[dict[str, Any]]:
    """None if policy is not managed and Calico's defaults are wanted."""
    if not fabric.manage_policy and fabric.meshed and fabric.cluster_as == CALICO_AS:
        return []
    return [
        {
            "apiVersion": API_VERSION,
            "kind": "BGPConfiguration",
            "metadata": {"name": "default"},
            "spec": {"nodeToNodeMeshEnabled": fabric.mesh, "asNumber": fabric.cluster_as},
        }
    ]


def _node_as_numbers(fabric: Fabric) -> list[dict[str, Any]]:
    """The nodes whose AS is not the cluster's. Merged into the Node by name; the rest of the Node is not changed."""
    return [
        {
            "apiVersion": API_VERSION,
            "kind": "Node",
            "metadata": {"name": node.name},
            "spec": {"bgp": {"asNumber": node.as_number}},
        }
        for node in fabric.nodes
        if node.as_number != fabric.cluster_as
    ]


def _peers(fabric: Fabric) -> list[dict[str, Any]]:
    return [_peer(fabric, unit) for unit in fabric.bigips]


def _peer(fabric: Fabric, unit: BigIp) -> dict[str, Any]:
    """A global peer: every node peers with this BIG-IP."""
    spec: dict[str, Any] = {"peerIP": unit.bgp_address, "asNumber": unit.as_number}
    if fabric.manage_policy:
        names = fabric.names
        spec["filters"] = [names.vips_filter, *([names.own_routes_filter] if _external(fabric, unit) else [])]
    if fabric.restart_time != BIRD_RESTART_TIME:
        spec["maxRestartTime"] = f"{fabric.restart_time}s"
    if fabric.password_secret:
        secret = fabric.password_secret
        spec["password"] = {"secretKeyRef": {"name": secret.name, "key": secret.key}}
    return {
        "apiVersion": API_VERSION,
        "kind": "BGPPeer",
        "metadata": {"name": unit.peer_name},
        "spec": spec,
    }


def _vips_filter(fabric: Fabric) -> dict[str, Any]:
    """Nodes accept VIPs and announced ranges from a BIG-IP, and no other routes."""
    rules: list[dict[str, Any]] = [
        {"action": "Accept", "matchOperator": "In", "cidr": cidr}
        for cidr in (*fabric.vip_ranges, *fabric.announced_ranges)
    ]
    return _filter(fabric.names.vips_filter, {"importV4": [*rules, {"action": "Reject"}]})


def _own_routes_filter(fabric: Fabric) -> dict[str, Any]:
    """Over eBGP each node would announce every other node's blocks with itself as the next hop."""
    return _filter(fabric.names.own_routes_filter, {"exportV4": [{"action": "Reject", "source": "RemotePeers"}]})


def _filter(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "BGPFilter",
        "metadata": {"name": name},
        "spec": spec,
    }


def _pool(pool: Pool) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "IPPool",
        "metadata": {"name": pool.name},
        "spec": {
            "cidr": pool.cidr,
            "blockSize": pool.block_size,
            "ipipMode": "Never",
            "vxlanMode": "Never",
            "natOutgoing": pool.nat_outgoing,
        },
    }


def _external(fabric: Fabric, unit: BigIp) -> bool:
    return any(node.as_number != unit.as_number for node in fabric.neighbors_of(unit))
