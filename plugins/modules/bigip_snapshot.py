#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_snapshot
short_description: Keep a BIG-IP's share in the fabric, and go back to it
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Reads what M(podroute.calico_f5.bigip_routing) writes, as plain data without any password, or makes it so again.
  - Going back compares three sides, value by value - what was before a run, what the run left, and what is there now.
    What the run changed goes back. What somebody else changed since is named in RV(theirs) and stays.
  - The way back is applied in one run of imish, read again, and compared. What cannot be restored is named in RV(lost).
  - Partitions are left alone, as are objects that a controller made in them.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.actiongroup_bigip
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: BIG-IP
options:
  state:
    description: V(gathered) only reads. V(restored) goes back to O(snapshot).
    type: str
    choices: [gathered, restored]
    default: gathered
  route_domain:
    description: Number of the route domain. A snapshot says its own.
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
    description: Virtual addresses of which the advertisement is kept, each with C(address) and C(partition).
    type: list
    elements: dict
    default: []
  snapshot:
    description: What RV(snapshot) held before the run.
    type: dict
  left:
    description:
      - What RV(snapshot) held after the run. Without it, everything that differs from O(snapshot) counts as the run's.
    type: dict
  session_password:
    description: Password for neighbors that had one before and have none now. Snapshots hold no password.
    type: str
seealso:
  - module: podroute.calico_f5.calico_snapshot
  - module: podroute.calico_f5.bigip_routing
"""

EXAMPLES = r"""
- name: Keep what is there
  podroute.calico_f5.bigip_snapshot:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    self_ip:
      address: 172.16.40.202
  register: kept

- name: Go back to it
  podroute.calico_f5.bigip_snapshot:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    state: restored
    snapshot: "{{ kept.snapshot }}"
"""

RETURN = r"""
snapshot:
  description: What is there, without passwords.
  returned: when O(state=gathered)
  type: dict
commands:
  description: The lines that were typed into imish. Passwords are masked.
  returned: when O(state=restored)
  type: list
  elements: str
operations:
  description: The writes over iControl REST, each with C(method), C(path) and C(body).
  returned: when O(state=restored)
  type: list
  elements: dict
theirs:
  description: What others changed since the run. It stays as it is.
  returned: when O(state=restored)
  type: list
  elements: str
lost:
  description: What cannot be restored, and why.
  returned: when O(state=restored)
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import connection_spec, run


def main():
    module = AnsibleModule(
        argument_spec={
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
            "left": {"type": "dict"},
            "session_password": {"type": "str", "no_log": True},
        },
        required_if=[["state", "restored", ["snapshot"]]],
        supports_check_mode=True,
    )
    options = module.params

    def work(bigip):
        if options["state"] == "gathered":
            taken = snapshot.take(bigip, options["route_domain"], options["self_ip"], options["virtual_addresses"])
            return {"changed": False, "snapshot": taken}
        way = snapshot.Restore(bigip, options["snapshot"], options["left"], options["session_password"])
        way.read()
        if not module.check_mode:
            way.write()
        return way.result()

    run(module, work)


if __name__ == "__main__":
    main()
