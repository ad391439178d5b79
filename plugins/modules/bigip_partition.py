#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_partition
short_description: A BIG-IP's partition
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Creates, changes or removes a partition, such as the one for the objects of k8s-bigip-ctlr.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.bigip.save
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.actiongroup_bigip
options:
  name:
    description: Name of the partition.
    type: str
    required: true
  route_domain:
    description: Number of its default route domain. If not set, a new partition gets 0 and an existing one is not
      changed.
    type: int
  description:
    description: Its description. Not changed if not set.
    type: str
  state:
    description: Whether it must exist. A partition with objects can only be removed with O(purge).
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - With O(state=absent), removes the partition with everything in it. What AS3 declared there is removed through
        AS3 first.
      - Intended for a partition that a program manages, such as k8s-bigip-ctlr. Removed objects are not restored on
        failure.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Create the controller's partition
  podroute.calico_f5.bigip_partition:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    name: k8s

- name: Remove it with everything in it
  podroute.calico_f5.bigip_partition:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    name: k8s
    state: absent
    purge: true
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
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import partition
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import change, connection_spec, in_session
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.operations import SAVE
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.purge import purge


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_spec(),
            "name": {"type": "str", "required": True},
            "route_domain": {"type": "int"},
            "description": {"type": "str"},
            "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
            "purge": {"type": "bool", "default": False},
            "save": {"type": "bool", "default": True},
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params
    name = params["name"]

    def facts(items):
        return next((partition.facts(item) for item in items if item.get("name") == name), {})

    def removed(bigip):
        before = facts(partition.read(bigip))
        done = [item.shown() for item in purge(bigip, name, dry=module.check_mode)]
        if done and not module.check_mode and params["save"]:
            SAVE.send(bigip)
        result = {"changed": bool(done), "before": before, "after": {}, "operations": done}
        if done:
            # Objects removed with it are in the diff, one line per object.
            result["diff"] = {"before": {**before, "contents": [item["path"] for item in done[:-1]]}, "after": {}}
        return result

    if params["state"] == "absent" and params["purge"]:
        in_session(module, removed)
        return
    change(
        module,
        read=partition.read,
        plan=lambda items: partition.plan(items, name, params["state"], params["route_domain"], params["description"]),
        facts=facts,
    )


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
