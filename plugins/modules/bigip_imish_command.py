#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_imish_command
short_description: Run show commands in a BIG-IP's routing shell (imish)
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Runs C(show) commands of imish in a route domain, over iControl REST.
  - The outputs of C(show ip bgp summary), C(show ip bgp neighbors), C(show ip bgp), C(show ip route) and
    C(show running-config) are also returned as data.
  - Can wait until the outputs meet conditions.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.actiongroup_bigip
  - podroute.calico_f5.attributes.info
requirements:
  - jmespath (for conditions on data)
options:
  commands:
    description: Commands that begin with C(show). A filter such as C(| include 10.1) may follow.
    type: list
    elements: str
    required: true
  route_domain:
    description: Number of the route domain.
    type: int
    default: 0
  wait_for:
    description:
      - Conditions that must all be met. C(N) is the position of a command, from 0.
      - On the text of an output, C(result[N] contains TEXT), C(result[N] not contains TEXT) or C(result[N] matches
        REGEX).
      - On its data, a L(JMESPath,https://jmespath.org/specification.html) expression with C(structured[N]) in it,
        such as V(length(structured[0].neighbors[?state == 'Established']\) == `2`), see RV(structured). It is met if it
        evaluates to C(true), and not by null, an empty list or any other value.
    type: list
    elements: str
    default: []
  retries:
    description: How often the commands are run again until the routing daemons answer and the conditions hold.
    type: int
    default: 10
  interval:
    description: Seconds between two tries.
    type: float
    default: 3.0
"""

EXAMPLES = r"""
- name: Wait until a drained unit has no established session
  podroute.calico_f5.bigip_imish_command:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    commands:
      - show ip bgp summary
    wait_for:
      - length(structured[0].neighbors[?state == 'Established']) == `0`
"""

RETURN = r"""
stdout:
  description: The output of each command.
  returned: success
  type: list
  elements: str
stdout_lines:
  description: The lines of each output.
  returned: success
  type: list
  elements: list
structured:
  description:
    - The data of each output; null for a command without a parser, such as one about a single prefix, and for filtered
      output.
  returned: success
  type: list
  elements: raw
failed_conditions:
  description: Conditions that were not satisfied.
  returned: when a condition was not satisfied
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import commands
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import connection_spec, in_session


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_spec(),
            "commands": {"type": "list", "elements": "str", "required": True},
            "route_domain": {"type": "int", "default": 0},
            "wait_for": {"type": "list", "elements": "str", "default": []},
            "retries": {"type": "int", "default": 10},
            "interval": {"type": "float", "default": 3.0},
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params

    def work(bigip):
        conditions = commands.conditions(params["wait_for"], len(params["commands"]))
        outputs, data, unmet = commands.run_until(
            bigip, params["route_domain"], params["commands"], conditions, params["retries"], params["interval"]
        )
        result = commands.result(outputs, data)
        if unmet:
            module.fail_json(
                msg="Conditional checks not satisfied: " + "; ".join(unmet), failed_conditions=unmet, **result
            )
        return {"changed": False, **result}

    in_session(module, work)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
