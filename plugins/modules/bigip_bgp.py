#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_bgp
short_description: Resource module for BGP on a BIG-IP (ZebOS, imish)
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Reads the running configuration of a route domain, compares it as a model (not as text), and sends only the lines
    that are needed for the wanted state. Defaults that ZebOS prints, the order of lines, abbreviations and C(/Common/)
    in front of names make no difference.
  - A change is applied in one run of imish. A line of its output that begins with C(%) is a failure. The running
    configuration is read again and compared with the planned one; on a difference the previous one is restored and
    the task fails.
  - Lines that this module does not support are not changed, except by O(state=deleted) of the whole router, and are
    shown as C(unmanaged).
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.bgp
  - podroute.calico_f5.routing
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.actiongroup_bigip
options:
  server:
    description:
      - Address or name of the BIG-IP's management interface. Not needed for O(state=rendered) and O(state=parsed).
      - If not set, the environment variable E(F5_SERVER) is used.
    required: false
  user:
    description:
      - Name of the user. imish needs bash, so it must be an Administrator or Resource Administrator with the advanced
        shell. Not needed for O(state=rendered) and O(state=parsed).
      - If not set, the environment variable E(F5_USER) is used.
    required: false
  password:
    description:
      - Password of the user. It is sent once, to get a token; the token is deleted at the end of the task. Not needed
        for O(state=rendered) and O(state=parsed).
      - If not set, the environment variable E(F5_PASSWORD) is used.
    required: false
  route_domain:
    description: Number of the route domain. It must run BGP (see M(podroute.calico_f5.bigip_route_domain)).
    type: int
    default: 0
  state:
    description:
      - V(merged) adds and changes the given units, and removes nothing.
      - V(replaced) makes each given unit exactly as given. Units are each setting of the router, each network,
        aggregate and redistributed protocol, each neighbor, peer group, list and map.
      - V(overridden) makes the whole configuration exactly as given; other neighbors, peer groups and routes are
        removed. Prefix-lists, route-maps and access-lists are included if the option for them is set.
      - V(deleted) removes the given units, and without any the whole C(router bgp).
      - V(gathered) only reads.
      - V(rendered) returns the lines for O(config), V(parsed) parses O(running_config), both without a device.
    type: str
    choices: [merged, replaced, overridden, deleted, gathered, rendered, parsed]
    default: merged
  running_config:
    description: A running configuration, for O(state=parsed).
    type: str
  save_when:
    description:
      - V(changed) writes the running configuration to disk when it was changed, or differs from the startup one.
      - V(never) does not save; a restart then loses the changes of this task.
seealso:
  - module: podroute.calico_f5.bigip_routing
  - module: podroute.calico_f5.bigip_bgp_info
"""

EXAMPLES = r"""
- name: Add a neighbor
  podroute.calico_f5.bigip_bgp:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    state: merged
    config:
      as_number: "64512"
      neighbors:
        - address: 172.16.40.199
          remote_as: "64512"
          description: k8s-master

- name: Replace one neighbor, and leave the others unchanged
  podroute.calico_f5.bigip_bgp:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    state: replaced
    config:
      neighbors:
        - address: 172.16.40.199
          remote_as: "64512"

- name: Remove a neighbor
  podroute.calico_f5.bigip_bgp:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    state: deleted
    config:
      neighbors:
        - address: 172.16.40.199

- name: Show the lines of a configuration
  podroute.calico_f5.bigip_bgp:
    state: rendered
    config:
      as_number: "64512"
      neighbors:
        - address: 172.16.40.199
          remote_as: "64512"

- name: Read a saved configuration
  podroute.calico_f5.bigip_bgp:
    state: parsed
    running_config: |
      router bgp 64512
       neighbor 172.16.40.199 remote-as 64512
      !
"""

RETURN = r"""
before:
  description: The configuration before, in the form of the options. Passwords are masked.
  returned: when O(state) is merged, replaced, overridden or deleted
  type: dict
  contains: &state
    config:
      description: BGP, in the form of O(config); null without C(router bgp).
      type: dict
      returned: success
    prefix_lists:
      description: Prefix-lists, in the form of O(prefix_lists).
      type: list
      elements: dict
      returned: success
    route_maps:
      description: Route-maps, in the form of O(route_maps).
      type: list
      elements: dict
      returned: success
    access_lists:
      description: Access-lists, in the form of O(access_lists).
      type: list
      elements: dict
      returned: success
    unmanaged:
      description: Lines that this module does not support, each with C(block), C(text), and C(line) where
        a text was read and not changed. They are not changed.
      type: list
      elements: dict
      returned: success
after:
  description: The configuration after; in check mode, the predicted one.
  returned: when O(state) is merged, replaced, overridden or deleted
  type: dict
  contains: *state
commands:
  description: The lines that were sent to imish. Passwords are masked.
  returned: when O(state) is merged, replaced, overridden or deleted
  type: list
  elements: str
  sample: ["router bgp 64512", " neighbor 172.16.40.199 remote-as 64512", "exit"]
resets:
  description: Neighbors whose session the change reset, with the reason.
  returned: when O(state) is merged, replaced, overridden or deleted
  type: dict
saved:
  description: Whether the configuration was written to disk.
  returned: when O(state) is merged, replaced, overridden or deleted
  type: bool
gathered:
  description: The configuration of the device.
  returned: when O(state=gathered)
  type: dict
  contains: *state
parsed:
  description: The configuration in O(running_config).
  returned: when O(state=parsed)
  type: dict
  contains: *state
rendered:
  description: The lines for the options.
  returned: when O(state=rendered)
  type: list
  elements: str
problems:
  description: Every reason why the configuration cannot be applied.
  returned: when the task fails before the first write
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import (
    connection_spec,
    in_session,
    offline,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.resource import BgpResource
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.spec import bgp_spec, change_spec
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.check import check
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import render
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.secrets import mask
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.states import combine

OFFLINE = ("rendered", "parsed")


def options():
    """The keyword arguments of AnsibleModule."""
    needs = [
        [state, ["server", "user", "password"]] for state in ("merged", "replaced", "overridden", "deleted", "gathered")
    ]
    return {
        "argument_spec": argument_spec(),
        "required_if": [["state", *need] for need in needs]
        + [
            ["state", "parsed", ["running_config"]],
            ["state", "rendered", ["config"]],
            ["state", "overridden", ["config"]],
        ],
        "supports_check_mode": True,
    }


def argument_spec():
    """The options of this module, those of the connection and of BGP included."""
    spec = connection_spec()
    for key in ("server", "user", "password"):
        spec[key]["required"] = False
    return {
        **spec,
        **bgp_spec(),
        **change_spec(),
        "route_domain": {"type": "int", "default": 0},
        "state": {
            "type": "str",
            "default": "merged",
            "choices": ["merged", "replaced", "overridden", "deleted", "gathered", *OFFLINE],
        },
        "running_config": {"type": "str"},
    }


def wanted(params):
    """The configuration described by the parameters. Raises InvalidConfig."""
    return build(**{key: params[key] for key in ("config", "prefix_lists", "route_maps", "access_lists")})


def rendered(params):
    """The lines for a device without configuration."""
    have, want = bgp.Config(), wanted(params)
    target = combine(have, want, "merged")
    check(have, target, references=False)
    return {"changed": False, "rendered": [mask(line) for line in render(target)]}


def run(module):
    """Run the module."""
    params = module.params
    if params["state"] == "parsed":
        offline(module, lambda: {"changed": False, "parsed": bgp.shown(parse(params["running_config"]))})
    if params["state"] == "rendered":
        offline(module, lambda: rendered(params))

    def work(bigip):
        resource = BgpResource(bigip, params["route_domain"], params["save_when"])
        if params["state"] == "gathered":
            return {"changed": False, "gathered": resource.gather()}
        wish = bgp.Wish(wanted(params), params["state"], params["allow_as_change"])
        resource.prepare(wish, tidy=not module.check_mode)
        if not module.check_mode:
            resource.write()
        for text in resource.change.warnings:
            module.warn(text)
        return resource.result(module.check_mode)

    in_session(module, work)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
