# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories that the tests of intent and proof begin with: the reference scenario, and bent copies of it."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric

NODES = ["k8s-master", "k8s-node1"]
BIGIPS = ["bigip1"]

FABRIC_WIDE: dict[str, Any] = {
    "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16", "block_size": 26, "nat_outgoing": True}],
    "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
    "advertised_vips": [{"address": "172.16.40.81"}, {"address": "172.16.99.99"}],
    "service_cidrs": ["10.96.0.0/12"],
}


def inventory(bigip: dict[str, Any] | None = None, **fabric_wide: Any) -> dict[str, dict[str, Any]]:
    """The variables of the reference scenario, with some fabric-wide ones or the BIG-IP's replaced."""
    return {
        "k8s-master": {"node_ip": "172.16.40.199", "as_number": "64512"},
        "k8s-node1": {"node_ip": "172.16.40.198", "as_number": "64512"},
        "bigip1": {
            "ansible_host": "172.16.20.202",
            "bgp_address": "172.16.40.202",
            "as_number": "64512",
            **copy.deepcopy(FABRIC_WIDE),
            **fabric_wide,
            **(bigip or {}),
        },
    }


def fabric(bigip: dict[str, Any] | None = None, **fabric_wide: Any) -> Fabric:
    return build(inventory(bigip, **fabric_wide), NODES, BIGIPS)
