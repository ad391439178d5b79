#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_bgp_info
short_description: Gather BGP configuration, neighbors and routes from a BIG-IP
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Gathers facts about a BIG-IP and its BGP in one session, without changing its configuration. A login, at most six
    reads and a logout.
  - Except in check mode, files that a killed run of this collection left in the upload folder are removed.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.actiongroup_bigip
  - podroute.calico_f5.attributes.info
options:
  gather_subset:
    description: What to gather.
    type: list
    elements: str
    choices: [device, route_domain, self_ips, static_routes, config, summary, neighbors, rib, routes,
              partitions, virtual_addresses, virtual_servers, traffic, failover, preflight, observation]
    default: [device, route_domain, config, summary, neighbors, rib, routes]
  route_domain:
    description: Number of the route domain.
    type: int
    default: 0
  ping:
    description: Addresses to ping from the BIG-IP, all in one call.
    type: list
    elements: str
    default: []
  ping_count:
    description: Number of packets for each address.
    type: int
    default: 3
  bgp_password:
    description:
      - With the subset V(observation), the TCP MD5 password that sessions should have. RV(observation) states which
        neighbors have it; without this option, none does.
    type: str
"""

EXAMPLES = r"""
- name: Gather sessions and routes, and ping a pod
  podroute.calico_f5.bigip_bgp_info:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    gather_subset: [summary, neighbors, routes]
    ping: [172.16.40.199]
"""

RETURN = r"""
device:
  description: C(hostname), C(version), C(platform).
  returned: when requested
  type: dict
route_domain:
  description: C(id), C(name), C(partition), C(routing_protocol), C(vlans).
  returned: when requested
  type: dict
self_ips:
  description: Each self IP with C(address), C(prefix_length), C(vlan), C(floating), C(traffic_group), C(allow_service).
  returned: when requested
  type: list
  elements: dict
static_routes:
  description: Each static route of TMOS with C(name), C(network), C(route_domain), C(gateway).
  returned: when requested
  type: list
  elements: dict
config:
  description: >-
    The BGP configuration, in the form of the options of M(podroute.calico_f5.bigip_bgp), with C(enabled),
    C(running_config) (as text, passwords masked) and C(saved).
  returned: when requested
  type: dict
summary:
  description: C(router_id), C(local_as), C(table_version), and C(neighbors).
  returned: when requested
  type: dict
neighbors:
  description: Each session in detail.
  returned: when requested
  type: list
  elements: dict
rib:
  description: C(table_version), C(router_id), and C(paths) of the BGP table.
  returned: when requested
  type: dict
routes:
  description: >-
    The routing table, each route with C(code), C(prefix), C(distance), C(metric), C(via), C(interface), C(age).
  returned: when requested
  type: list
  elements: dict
partitions:
  description: Each partition with C(name), C(route_domain) (the number of its default one), C(description).
  returned: when requested
  type: list
  elements: dict
virtual_addresses:
  description: Each virtual address with C(address), C(partition), C(route_advertisement), C(icmp_echo).
  returned: when requested
  type: list
  elements: dict
virtual_servers:
  description: >-
    Each virtual server with C(destination), C(route_domain), C(port), C(status), C(pool) and its members with their
    state.
  returned: when requested
  type: list
  elements: dict
traffic:
  description: Counters of each virtual server with C(name), C(connections), C(packets_in), on the client side.
  returned: when requested
  type: list
  elements: dict
failover:
  description: >-
    C(state) of this unit, C(sync) of its configuration, C(traffic_groups), its state for each, and C(device_groups) in
    which it fails over.
  returned: when requested
  type: dict
preflight:
  description: Whether imish can be used, and C(problems) that prevent it.
  returned: when requested
  type: dict
observation:
  description:
    - The state that M(podroute.calico_f5.bigip_routing) compares with, as plain data without passwords. The role
      C(f5_routing) plans from it.
  returned: when requested
  type: dict
ping:
  description: For each address C(sent) and C(received).
  returned: when O(ping) was given
  type: dict
  sample: {"172.16.40.199": {"sent": 3, "received": 3}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import info
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import connection_spec, in_session


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_spec(),
            "gather_subset": {
                "type": "list",
                "elements": "str",
                "choices": list(info.SUBSETS),
                "default": list(info.DEFAULT),
            },
            "route_domain": {"type": "int", "default": 0},
            "ping": {"type": "list", "elements": "str", "default": []},
            "ping_count": {"type": "int", "default": 3},
            "bgp_password": {"type": "str", "no_log": True},
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params

    def work(bigip):
        facts = info.gather(
            bigip,
            params["gather_subset"],
            params["route_domain"],
            params["ping"],
            params["ping_count"],
            params["bgp_password"],
            tidy=not module.check_mode,
        )
        return {"changed": False, **facts}

    in_session(module, work)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
