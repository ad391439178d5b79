# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sessions and routes the nodes must have, from the fabric and from who holds which block. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology import expected_peers, topology_of


def expectations(
    intent: t.Mapping[str, t.Any], blocks: t.Mapping[str, t.Sequence[str]], min_reflectors: int = 2
) -> dict[str, dict[str, list[str]]]:
    """What ``calico_bgp_status`` can wait for: ``peers``, ``routes`` and ``kernel_routes`` by node.

    ``intent`` is the dict of the filter fabric_intent, ``blocks`` node -> its networks (``ipam.by_node`` of
    calico_info). A node must have the sessions of its topology, and a route to each block of the others.

    ``peers`` is in the order in which a rolling restart must go when BIRD's port changes. Of two nodes the one with
    the greater address dials the other (confd's bird.cfg.template, which compares the addresses as text), and does so
    at the new port from the moment of the change: so a node's sessions come back once it and all lower ones listen
    there.
    """
    routes = others_blocks(intent, blocks)
    peers = expected_peers(intent, topology_of(intent, min_reflectors))
    addresses = {node["name"]: str(node["node_ip"]) for node in intent["nodes"]}
    return {
        "peers": {name: peers[name] for name in sorted(peers, key=lambda name: addresses[name])},
        "routes": routes,
        "kernel_routes": {name: list(networks) for name, networks in routes.items()},
    }


def others_blocks(intent: t.Mapping[str, t.Any], blocks: t.Mapping[str, t.Sequence[str]]) -> dict[str, list[str]]:
    """By node the blocks of all other nodes."""
    names = [node["name"] for node in intent["nodes"]]
    return {name: [cidr for other in names if other != name for cidr in blocks.get(other, ())] for name in names}


def known_vips(intent: t.Mapping[str, t.Any], states: t.Mapping[str, t.Mapping[str, t.Any]]) -> list[str]:
    """The VIP routes that any node has now: each node must keep those it has through every step.

    ``states`` is ``nodes`` of calico_bgp_status. Most nodes have the same routes, so each destination is compared once.
    """
    ranges = [ipaddress.IPv4Network(cidr) for cidr in (*intent["vip_ranges"], *intent.get("announced_ranges", ()))]
    learned = {
        route["destination"]
        for state in states.values()
        for route in state["routes"]
        if route["type"] == "FIB" and route["learned_from"] == "BGPPeer"
    }
    networks = [ipaddress.IPv4Network(destination) for destination in learned if ":" not in destination]
    return sorted(str(network) for network in networks if any(network.subnet_of(each) for each in ranges))
