#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_virtual_address
short_description: Route advertisement of a BIG-IP's virtual addresses
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Sets for each virtual address when it is announced as a BGP route, and when it answers pings.
  - The virtual addresses must exist; they are created with their virtual servers. All are read in one call, and only
    those that differ are written.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.bigip.save
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.actiongroup_bigip
options:
  virtual_addresses:
    description: The virtual addresses.
    type: list
    elements: dict
    required: true
    suboptions:
      address:
        description: The address, with C(%) and the number of its route domain if it is not O(route_domain).
        type: str
        required: true
      partition:
        description: Its partition.
        type: str
        default: Common
      route_advertisement:
        description: When the address is announced as a route.
        type: str
        choices: [disabled, enabled, selective, any, all, always]
      icmp_echo:
        description: When it answers pings.
        type: str
        choices: [disabled, enabled, selective, any, all, always]
      arp:
        description: Whether it answers ARP.
        type: str
        choices: [enabled, disabled]
      availability:
        description: Which virtual servers must be available for the address to count as available.
        type: str
        choices: [none, any, all]
      traffic_group:
        description: Its traffic group.
        type: str
  route_domain:
    description: Route domain of addresses without one.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Announce two VIPs while they are available
  podroute.calico_f5.bigip_virtual_address:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    virtual_addresses:
      - address: 172.16.40.81
        route_advertisement: selective
      - address: 172.16.99.99
        route_advertisement: selective
        icmp_echo: selective
"""

RETURN = r"""
before:
  description: The state before.
  returned: success
  type: dict
after:
  description: The state after; in check mode, the predicted state.
  returned: success
  type: dict
operations:
  description: The writes over iControl REST, each with C(method), C(path) and C(body).
  returned: success
  type: list
  elements: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import virtual_address
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import change, connection_spec
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.spec import virtual_address_spec


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_spec(),
            "virtual_addresses": {**virtual_address_spec(), "required": True},
            "route_domain": {"type": "int", "default": 0},
            "save": {"type": "bool", "default": True},
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params
    wanted, domain = params["virtual_addresses"], params["route_domain"]
    change(
        module,
        read=virtual_address.read,
        plan=lambda items: virtual_address.plan(items, wanted, domain),
        facts=lambda items: virtual_address.chosen(items, wanted, domain),
    )


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
