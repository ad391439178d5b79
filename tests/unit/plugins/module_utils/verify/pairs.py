# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pair of BIG-IPs: its fabric in each mode, and what was read of it."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import NODES, inventory
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import observed

Raw = dict[str, Any]
ADDRESSES = {"bigip1": "172.16.40.202", "bigip2": "172.16.40.203"}
FIRST = {"name": "traffic-group-1", "floating_address": "172.16.40.201"}
SECOND = {"name": "traffic-group-2", "floating_address": "172.16.40.204", "ranges": ["172.16.99.0/24"]}


def fabric(mode: str | None = "active_standby", **shared: Any) -> Fabric:
    shared.setdefault("traffic_groups", [FIRST] if mode == "active_standby" else [])
    hosts = inventory(bigip_mode=mode, **shared)
    hosts["bigip2"] = {**hosts["bigip1"], "ansible_host": "172.16.20.203", "bgp_address": ADDRESSES["bigip2"]}
    return build(hosts, NODES, list(ADDRESSES))


def pair(sync: str = "In Sync", **states: dict[str, str]) -> Raw:
    """Both units, with the states of their traffic groups; unset: bigip1 is active for the first."""
    raw = observed()
    states = states or {"bigip1": {"traffic-group-1": "active"}, "bigip2": {"traffic-group-1": "standby"}}
    for name, address in ADDRESSES.items():
        unit = raw["bigips"][name] = copy.deepcopy(raw["bigips"]["bigip1"])
        active = "active" in states[name].values()
        unit["failover"] = {"state": "ACTIVE" if active else "STANDBY", "sync": sync, "traffic_groups": states[name]}
        unit["preflight"] = {"version": "16.1.4", "licence": True, "problems": []}
        unit["self_ips"] = [
            {**unit["self_ips"][0], "address": address, "vlan": "/Common/int_vlan"},
            *(
                {
                    "name": group,
                    "address": floating,
                    "route_domain": 0,
                    "floating": True,
                    "vlan": "/Common/int_vlan",
                    "traffic_group": f"/Common/{group}",
                }
                for group, floating in (("traffic-group-1", "172.16.40.201"), ("traffic-group-2", "172.16.40.204"))
            ),
        ]
        for held in unit["virtual_addresses"]:
            held["traffic_group"] = "/Common/traffic-group-1"
    return raw
