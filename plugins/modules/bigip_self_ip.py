#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_self_ip
short_description: Port lockdown of a BIG-IP's self IP
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Adds services that a self IP accepts, such as BGP, or removes them. A self IP that allows all is not changed when
    services are added; C(default) in a list is kept.
  - Only incoming connections are filtered. A BGP session opened by the BIG-IP is established even if BGP is not
    allowed, but fails once the other side has to open it.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.bigip.save
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.actiongroup_bigip
options:
  address:
    description: Address of the self IP. Set this or O(name).
    type: str
  name:
    description: Name of the self IP.
    type: str
  partition:
    description: Partition of the self IP, for O(name).
    type: str
    default: Common
  route_domain:
    description: Route domain of the self IP, for O(address).
    type: int
    default: 0
  allow_service:
    description:
      - Services, each V(all), V(default), V(none), or protocol and port such as V(tcp:179).
      - BFD needs V(udp:3784), or V(udp:4784) over several hops.
    type: list
    elements: str
    default: [tcp:179]
  state:
    description:
      - V(present) adds the services, V(absent) removes them, V(exact) allows exactly these.
    type: str
    choices: [present, absent, exact]
    default: present
"""

EXAMPLES = r"""
- name: Allow nodes to open BGP sessions
  podroute.calico_f5.bigip_self_ip:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    address: 172.16.40.202
    allow_service: [tcp:179]
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
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import self_ip
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import change, connection_spec


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_spec(),
            "address": {"type": "str"},
            "name": {"type": "str"},
            "partition": {"type": "str", "default": "Common"},
            "route_domain": {"type": "int", "default": 0},
            "allow_service": {"type": "list", "elements": "str", "default": ["tcp:179"]},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
            "save": {"type": "bool", "default": True},
        },
        "mutually_exclusive": [["address", "name"]],
        "required_one_of": [["address", "name"]],
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params
    change(
        module,
        read=lambda bigip: self_ip.find(
            self_ip.read(bigip), params["address"], params["name"], params["partition"], params["route_domain"]
        ),
        plan=lambda item: self_ip.plan(item, params["allow_service"], params["state"]),
        facts=self_ip.facts,
    )


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
