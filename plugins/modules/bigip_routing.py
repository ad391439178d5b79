#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bigip_routing
short_description: Configure all BGP-related settings of a BIG-IP in one session
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Reads a BIG-IP once, compares it with the options, and writes only what differs. The order is partitions,
    the routing protocol of a route domain, the port lockdown of the BGP self IP, BGP itself, and the route
    advertisement of virtual addresses. Nothing is written if nothing differs.
  - After the writes everything is read again. If it is not as planned, the previous configuration is restored and the
    task fails with the cause.
  - Units in O(config), O(prefix_lists) and O(route_maps) are configured exactly as given, unless
    O(state=merged). Other units are not changed, and neither are lines that this module does not support.
extends_documentation_fragment:
  - podroute.calico_f5.bigip
  - podroute.calico_f5.bgp
  - podroute.calico_f5.routing
  - podroute.calico_f5.routing.parts
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.actiongroup_bigip
options:
  route_domain:
    description: Number of the route domain that BGP runs in.
    type: int
    default: 0
  self_ip:
    description: The self IP for BGP.
    type: dict
    suboptions:
      address:
        description: Its address. Set this or O(self_ip.name).
        type: str
      name:
        description: Its name.
        type: str
      partition:
        description: Its partition, for O(self_ip.name).
        type: str
        default: Common
      allow_service:
        description: Services that it must allow, added to those that it already allows. V(all) already allows them.
        type: list
        elements: str
        default: [tcp:179]
  virtual_addresses:
    description: Virtual addresses, which must exist, and how they are advertised.
    type: list
    elements: dict
    default: []
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
  state:
    description:
      - V(merged) adds and changes units, and removes nothing.
      - V(replaced) makes each given unit (a setting, a neighbor, a peer group, a list, a map) exactly as given.
    type: str
    choices: [merged, replaced]
    default: replaced
  owner:
    description:
      - Neighbors whose description begins with this text and that are not in O(config.neighbors) are removed. Without
        this option, none is removed. Neighbors with another description, or none, are never removed.
    type: str
  max_removals:
    description:
      - The share of the neighbors of O(owner) that may be removed in one run. One of several may always be removed.
    type: float
    default: 0.34
"""

EXAMPLES = r"""
- name: Peer with two Kubernetes nodes and announce two VIP ranges
  podroute.calico_f5.bigip_routing:
    server: 172.16.20.202
    user: admin
    password: "{{ bigip_password }}"
    ca_path: /etc/ssl/bigip-ca.pem
    self_ip:
      address: 172.16.40.202
    config:
      as_number: "64512"
      router_id: 172.16.40.202
      peer_groups:
        - name: calico-k8s
          prefix_list:
            in: podroute-pods
          maximum_prefix:
            limit: 1000
      neighbors:
        - address: 172.16.40.199
          remote_as: "64512"
          peer_group: calico-k8s
          description: "podroute: k8s-master"
        - address: 172.16.40.198
          remote_as: "64512"
          peer_group: calico-k8s
          description: "podroute: k8s-node1"
      redistribute:
        - protocol: kernel
          route_map: podroute-vips
    prefix_lists:
      - name: podroute-pods
        entries:
          - {seq: 5, action: permit, prefix: 10.244.0.0/16, le: 26}
      - name: podroute-vips
        entries:
          - {seq: 5, action: permit, prefix: 172.16.40.80/31, le: 32}
          - {seq: 10, action: permit, prefix: 172.16.99.0/24, le: 32}
    route_maps:
      - name: podroute-vips
        entries:
          - seq: 10
            action: permit
            match:
              ip_address_prefix_list: podroute-vips
    owner: "podroute:"
    virtual_addresses:
      - address: 172.16.40.81
        route_advertisement: selective
"""

RETURN = r"""
before:
  description: The state before. Passwords are masked.
  returned: success
  type: dict
  contains: &state
    route_domain:
      description: The route domain, with its C(routing_protocol).
      type: dict
      returned: success
    self_ip:
      description: The self IP, with C(allow_service).
      type: dict
      returned: success
    partitions:
      description: The requested partitions that exist.
      type: list
      elements: dict
      returned: success
    virtual_addresses:
      description: The requested virtual addresses.
      type: list
      elements: dict
      returned: success
    config:
      description: BGP, in the form of O(config).
      type: dict
      returned: when O(config) or a list was set
    prefix_lists:
      description: Prefix-lists, in the form of O(prefix_lists).
      type: list
      elements: dict
      returned: when O(config) or a list was set
    route_maps:
      description: Route-maps, in the form of O(route_maps).
      type: list
      elements: dict
      returned: when O(config) or a list was set
    access_lists:
      description: Access-lists, in the form of O(access_lists).
      type: list
      elements: dict
      returned: when O(config) or a list was set
    unmanaged:
      description: Lines that this module does not support, each with C(block) and C(text). They are not changed.
      type: list
      elements: dict
      returned: when O(config) or a list was set
after:
  description: The state after, read after the writes; in check mode, the predicted state.
  returned: success
  type: dict
  contains: *state
commands:
  description: The lines that were sent to imish. Passwords are masked.
  returned: success
  type: list
  elements: str
  sample: ["router bgp 64512", " neighbor 172.16.40.199 remote-as 64512", "exit"]
operations:
  description: The writes over iControl REST, each with C(method), C(path) and C(body).
  returned: success
  type: list
  elements: dict
resets:
  description: Neighbors whose session the change reset, with the reason.
  returned: success
  type: dict
saved:
  description: Whether the configuration was written to disk.
  returned: success
  type: bool
problems:
  description: Every reason why the configuration cannot be applied.
  returned: when the task fails before the first write
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp, routing
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.module import connection_spec, in_session
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.spec import (
    bgp_spec,
    change_spec,
    parts_spec,
    virtual_address_spec,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge


def options():
    """The keyword arguments of AnsibleModule."""
    return {"argument_spec": argument_spec(), "supports_check_mode": True}


def argument_spec():
    """The options of this module, those of the connection and of BGP included."""
    return {
        **connection_spec(),
        **bgp_spec(),
        **change_spec(),
        **parts_spec(),
        "route_domain": {"type": "int", "default": 0},
        "self_ip": {
            "type": "dict",
            "mutually_exclusive": [["address", "name"]],
            "required_one_of": [["address", "name"]],
            "options": {
                "address": {"type": "str"},
                "name": {"type": "str"},
                "partition": {"type": "str", "default": "Common"},
                "allow_service": {"type": "list", "elements": "str", "default": ["tcp:179"]},
            },
        },
        "virtual_addresses": {**virtual_address_spec(), "default": []},
        "state": {"type": "str", "default": "replaced", "choices": ["merged", "replaced"]},
        "owner": {"type": "str"},
        "max_removals": {"type": "float", "default": 0.34},
    }


def desired(params):
    """The wanted configuration. Raises InvalidConfig."""
    given = {key: params[key] for key in ("config", "prefix_lists", "route_maps", "access_lists")}
    wish = None
    if any(value is not None for value in given.values()):
        purge = Purge(params["owner"], params["max_removals"]) if params["owner"] else None
        wish = bgp.Wish(build(**given), params["state"], params["allow_as_change"], purge)
    return routing.Desired(
        params["route_domain"],
        params["routing_protocols"],
        params["self_ip"],
        params["partitions"],
        wish,
        params["virtual_addresses"],
        params["save_when"],
    )


def run(module):
    """Run the module."""

    def work(bigip):
        wanted = desired(module.params)
        reading = routing.read(bigip, wanted, tidy=not module.check_mode)
        planned = routing.plan(reading, wanted)
        outcome = routing.Outcome(planned) if module.check_mode else routing.write(bigip, planned)
        for text in outcome.warnings:
            module.warn(text)
        return outcome.result()

    in_session(module, work)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
