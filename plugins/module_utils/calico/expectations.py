# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions and routes that the nodes must have, from the fabric and from their current state. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology import Sessions, topology_of


def restart_peers(intent: t.Mapping[str, t.Any], min_reflectors: int = 2) -> dict[str, list[str]]:
    """Node -> addresses of its sessions in the final state, in the order of a rolling restart for another port.

    Of two nodes, the one with the greater address opens the connection (confd's bird.cfg.template, which compares the
    addresses as text), and does so at the new port from the moment of the change: so a node's sessions come back once
    it and all lower ones listen there.

    :param intent: the dict of the filter fabric_intent
    """
    sessions = Sessions(intent, topology_of(intent, min_reflectors))
    peers = sessions.explicit(sessions.final())
    addresses = {node["name"]: str(node["node_ip"]) for node in intent["nodes"]}
    return {name: peers[name] for name in sorted(peers, key=lambda name: addresses[name])}


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
