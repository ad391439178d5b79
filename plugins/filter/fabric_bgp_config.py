# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_bgp_config
short_description: One BIG-IP's BGP configuration, made of the fabric
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Gives what the options O(podroute.calico_f5.bigip_bgp#module:config), C(prefix_lists) and C(route_maps) take, with
    a neighbor for each Kubernetes node.
  - Inbound only the pod pools are let in; kernel routes are announced only inside the VIP ranges.
positional: bigip_name, password
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
  bigip_name:
    description: Inventory name of the BIG-IP.
    type: str
    required: true
  password:
    description: TCP MD5 password of the sessions. None or empty means sessions without a password.
    type: str
"""

EXAMPLES = r"""
- name: Configure BGP
  podroute.calico_f5.bigip_bgp:
    config: "{{ bgp.config }}"
    prefix_lists: "{{ bgp.prefix_lists }}"
    route_maps: "{{ bgp.route_maps }}"
  vars:
    fabric: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"
    bgp: "{{ fabric | podroute.calico_f5.fabric_bgp_config(inventory_hostname) }}"
"""

RETURN = r"""
_value:
  description: A dictionary with C(config), C(prefix_lists) and C(route_maps).
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric


def fabric_bgp_config(intent: Mapping[str, Any], bigip_name: str, password: str | None = None) -> dict[str, Any]:
    """The BGP configuration of one BIG-IP. :raises AnsibleFilterError: no such BIG-IP, or no fabric"""
    try:
        return bgp_config(Fabric.from_dict(intent), bigip_name, password or None)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"fabric_bgp_config: {error.args[0]}") from error


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_bgp_config": fabric_bgp_config}
