# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_intent
short_description: The fabric that the inventory describes
version_added: "1.0.0"
author: podroute contributors (@podroute)
description:
  - Reads the variables of all Kubernetes nodes and BIG-IPs once and returns the fabric as one dictionary.
  - Checks everything first. If anything is wrong, it fails with every problem at once, each with host, variable, value
    and what is expected.
positional: groups
options:
  _input:
    description: The variable C(hostvars).
    type: dict
    required: true
  groups:
    description: The variable C(groups).
    type: dict
    required: true
  nodes:
    description: Name of the inventory group of Kubernetes nodes.
    type: str
    default: k8s_nodes
  bigips:
    description: Name of the inventory group of BIG-IPs.
    type: str
    default: bigips
"""

EXAMPLES = r"""
- name: Read the fabric
  ansible.builtin.set_fact:
    my_fabric: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"
"""

RETURN = r"""
_value:
  description:
    - The fabric, with C(nodes), C(bigips), C(pools), C(vip_ranges), C(vips), C(mesh), C(topology), C(timers),
      C(graceful_restart), C(restart_time), C(peer_group), C(maximum_prefix), C(manage_policy), C(service_cidrs),
      C(cluster_as), C(password_secret), C(name), C(announced_ranges) and C(multihop).
    - It never contains a password.
  type: dict
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory import read_fabric


def fabric_intent(
    hostvars: Mapping[str, Any],
    groups: Mapping[str, Iterable[str]],
    nodes: str = "k8s_nodes",
    bigips: str = "bigips",
) -> dict[str, Any]:
    """The fabric as a dict. :raises AnsibleFilterError: with every problem of the inventory"""
    try:
        return read_fabric(hostvars, groups, nodes, bigips).as_dict()
    except InventoryError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter, in the form that Ansible expects."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_intent": fabric_intent}
