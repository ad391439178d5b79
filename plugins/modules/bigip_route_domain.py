#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_route_domain
short_description: Routing protocols of a BIG-IP's route domain
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Adds routing protocols to those that a route domain runs, or removes some. Others are kept, unless O(state=exact).
  - The route domain is identified by its number, not by its name.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.bigip.save
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.actiongroup_bigip
options:
  id:
    description: Number of the route domain.
    type: int
    default: 0
  routing_protocol:
    description: Routing protocols.
    type: list
    elements: str
    required: true
    choices: [BFD, BGP, IS-IS, OSPFv2, OSPFv3, PIM, RIP, RIPng]
  state:
    description:
      - V(present) adds the protocols, V(absent) removes them, V(exact) makes the route domain run exactly these.
    type: str
    choices: [present, absent, exact]
    default: present
"""

EXAMPLES = r"""
- name: Add BGP and BFD to route domain 0
  podroute.calico_f5.bigip_route_domain:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    id: 0
    routing_protocol: [BGP, BFD]
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
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import route_domain
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import change, connection_spec


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_spec(),
            "id": {"type": "int", "default": 0},
            "routing_protocol": {
                "type": "list",
                "elements": "str",
                "required": True,
                "choices": list(route_domain.PROTOCOLS),
            },
            "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
            "save": {"type": "bool", "default": True},
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params
    change(
        module,
        read=lambda bigip: route_domain.read(bigip, params["id"]),
        plan=lambda item: route_domain.plan(item, params["routing_protocol"], params["state"]),
        facts=route_domain.facts,
    )


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
