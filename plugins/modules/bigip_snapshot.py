#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_snapshot
short_description: Take a snapshot of a BIG-IP's BGP configuration, or restore it
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Reads what M(podroute.calico_f5.bigip_routing) writes, as plain data without any password, or restores it.
  - To restore, three states are compared value by value - before a run, as the run applied it, and now. What the run
    changed is restored. What others changed since is listed in RV(conflicts) and left unchanged.
  - The changes are applied in one run of imish, read again, and compared. What cannot be restored is listed in
    RV(not_restored).
  - Partitions, and objects that a controller created in them, are not part of it.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.actiongroup_bigip
options:
  state:
    description: V(gathered) only reads. V(restored) restores O(snapshot).
    type: str
    choices: [gathered, restored]
    default: gathered
  route_domain:
    description: Number of the route domain. A snapshot contains its own.
    type: int
    default: 0
  self_ip:
    description: The self IP that BGP uses, for O(state=gathered).
    type: dict
    suboptions:
      address:
        description: Its address.
        type: str
      name:
        description: Its name.
        type: str
      partition:
        description: Its partition, for O(self_ip.name).
        type: str
        default: Common
  virtual_addresses:
    description: Virtual addresses in the snapshot, each with C(address) and C(partition).
    type: list
    elements: dict
    default: []
  snapshot:
    description: The RV(snapshot) before the run.
    type: dict
  applied:
    description:
      - The RV(snapshot) after the run. Without it, everything that differs from O(snapshot) counts as changed by the
        run.
    type: dict
  mark:
    description:
      - How the descriptions of the fabric's neighbors and peer groups begin. Without O(applied), new ones that are
        described otherwise were created by others, and are left unchanged.
    type: str
    default: ""
  bgp_password:
    description: Password for neighbors that had one before and have none now. Snapshots contain no password.
    type: str
seealso:
  - module: podroute.calico_f5.calico_snapshot
  - module: podroute.calico_f5.bigip_routing
"""

EXAMPLES = r"""
- name: Take a snapshot
  podroute.calico_f5.bigip_snapshot:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    self_ip:
      address: 172.16.40.202
  register: before

- name: Restore it
  podroute.calico_f5.bigip_snapshot:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    state: restored
    snapshot: "{{ before.snapshot }}"
"""

RETURN = r"""
snapshot:
  description: The current state, without passwords.
  returned: when O(state=gathered)
  type: dict
commands:
  description: The lines that were sent to imish. Passwords are masked.
  returned: when O(state=restored)
  type: list
  elements: str
operations:
  description: The writes over iControl REST, each with C(method), C(path) and C(body).
  returned: when O(state=restored)
  type: list
  elements: dict
conflicts:
  description: What others changed since the run. It is left unchanged.
  returned: when O(state=restored)
  type: list
  elements: str
not_restored:
  description: What cannot be restored, and why.
  returned: when O(state=restored)
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import connection_spec, in_session


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_spec(),
            "state": {"type": "str", "default": "gathered", "choices": ["gathered", "restored"]},
            "route_domain": {"type": "int", "default": 0},
            "self_ip": {
                "type": "dict",
                "options": {
                    "address": {"type": "str"},
                    "name": {"type": "str"},
                    "partition": {"type": "str", "default": "Common"},
                },
            },
            "virtual_addresses": {"type": "list", "elements": "dict", "default": []},
            "snapshot": {"type": "dict"},
            "applied": {"type": "dict"},
            "mark": {"type": "str", "default": ""},
            "bgp_password": {"type": "str", "no_log": True},
        },
        "required_if": [["state", "restored", ["snapshot"]]],
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params

    def work(bigip):
        if params["state"] == "gathered":
            taken = snapshot.take(bigip, params["route_domain"], params["self_ip"], params["virtual_addresses"])
            return {"changed": False, "snapshot": taken}
        restore = snapshot.Restore(bigip, params["snapshot"], params["applied"], params["bgp_password"], params["mark"])
        restore.read()
        if not module.check_mode:
            restore.write()
        return restore.result()

    in_session(module, work)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
