# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sessions and routes the nodes must have, from the fabric and from who holds which block. Pure."""

from __future__ import annotations

import typing as t


def expectations(
    intent: t.Mapping[str, t.Any], blocks: t.Mapping[str, t.Sequence[str]]
) -> dict[str, dict[str, list[str]]]:
    """What ``calico_bgp_status`` can wait for: ``peers``, ``routes`` and ``kernel_routes`` by node.

    ``intent`` is the dict of the filter fabric_intent, ``blocks`` node -> its networks (``ipam.by_node`` of
    calico_info). A node must have a session with every BIG-IP and, with the mesh, with every other node;
    and a route to each block of the others.
    """
    nodes = intent["nodes"]
    bigips = [unit["bgp_address"] for unit in intent["bigips"]]
    peers, routes = {}, {}
    for node in nodes:
        others = [other for other in nodes if other["name"] != node["name"]]
        mesh = [other["address"] for other in others] if intent["mesh"] else []
        peers[node["name"]] = mesh + bigips
        routes[node["name"]] = [cidr for other in others for cidr in blocks.get(other["name"], ())]
    return {"peers": peers, "routes": routes, "kernel_routes": {name: list(nets) for name, nets in routes.items()}}
