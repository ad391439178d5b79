# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks for the tests and the pictures of the report: what the modules would have read of them, judged by the real
checks and made into the real page.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.podroute.calico_f5.benchmarks.intent_and_proof import inventory, observation
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.changes import unified
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.prove import findings
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.page import as_html
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent.fabrics import fabric
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify.observations import (
    VIRTUAL_SERVERS,
    observed,
)

TIMES = {"looked at": "2026-11-23T06:00:04Z", "judged": "2026-11-23T06:00:09Z"}
WITHOUT_CONTROLLER = [1, 2, 3, 4, 5, 6, 10]

BEFORE = "router bgp 64512\n bgp router-id 172.16.40.202\n"
CHANGES = [
    {
        "title": "bigip1: imish",
        "text": unified(
            BEFORE,
            f"{BEFORE} neighbor 172.16.40.199 remote-as 64512\n neighbor 172.16.40.198 remote-as 64512\n"
            " redistribute kernel route-map podroute-vips\n",
        ),
    }
]


def reference() -> dict[str, Any]:
    """The arguments of ``as_html`` for the reference scenario: two nodes and one BIG-IP, all is well."""
    raw, unit = observed(), fabric()
    proof = [finding.as_dict() for finding in findings(unit, raw, VIRTUAL_SERVERS)]
    return {
        "findings": proof,
        "fabric": {**unit.as_dict(), "vips": [*unit.as_dict()["vips"], *VIRTUAL_SERVERS]},
        "blocks": raw["calico"]["ipam"]["by_node"],
        "times": TIMES,
        "changes": CHANGES,
    }


def generated(nodes: int, bigips: int = 1, standby: bool = False, down: tuple[int, ...] = ()) -> dict[str, Any]:
    """The same for a network of any size.

    :param standby: whether every BIG-IP but the first is a standby unit, which has no VIP routes
    :param down: nodes, by number, whose session with the last BIG-IP is down
    """
    hosts = inventory(nodes, bigips)
    names = [[name for name in hosts if name.startswith(kind)] for kind in ("node", "bigip")]
    unit, raw = build(hosts, *names), observation(hosts)
    for number, name in enumerate(names[1]):
        raw["bigips"][name]["failover"] = {"state": "STANDBY" if standby and number else "ACTIVE", "sync": "In Sync"}
        if standby and number:
            routes = raw["bigips"][name]["routes"]
            raw["bigips"][name]["routes"] = [route for route in routes if route["code"] != "K"]
    addresses = {hosts[f"node{number}"]["node_ip"] for number in down}
    for neighbor in raw["bigips"][names[1][-1]]["neighbors"]:
        if neighbor["address"] in addresses:
            neighbor.update(state="Active", notification="Hold Timer Expired")
    proof = [finding.as_dict() for finding in findings(unit, raw, capabilities=WITHOUT_CONTROLLER)]
    return {
        "findings": proof,
        "fabric": unit.as_dict(),
        "blocks": raw["calico"]["ipam"]["by_node"],
        "times": TIMES,
        "changes": [],
        "failover": {name: read["failover"]["state"] for name, read in raw["bigips"].items()} if standby else {},
    }


def page(arguments: dict[str, Any]) -> str:
    return as_html(**arguments)
