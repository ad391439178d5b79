# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_leaving
short_description: What of a BIG-IP's BGP is the collection's, and goes
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Picks what the collection made out of a BIG-IP's BGP configuration, for M(podroute.calico_f5.bigip_bgp) with
    O(podroute.calico_f5.bigip_bgp#module:state=deleted). What others made is never in it.
positional: peer_group
options:
  _input:
    description: The C(config) that M(podroute.calico_f5.bigip_bgp_info) returned.
    type: dict
    required: true
  peer_group:
    description: The fabric's peer group, when everything goes.
    type: str
  nodes:
    description: BGP addresses of nodes by name, when only their neighbors go.
    type: dict
  fabric_name:
    description: The inventory's C(fabric_name), which the names of its lists, maps and descriptions begin with.
    type: str
    default: podroute
"""

EXAMPLES = r"""
- name: What goes with a node
  ansible.builtin.debug:
    msg: "{{ (info.config | podroute.calico_f5.fabric_leaving(nodes={'k8s-node1': '172.16.40.198'})).config }}"
"""

RETURN = r"""
_value:
  description:
    - C(anything), whether something goes; C(config), C(prefix_lists) and C(route_maps), options of
      M(podroute.calico_f5.bigip_bgp); C(whole), whether nothing of C(router bgp) is left; and C(notes), what stays.
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.decommission.unit import nodes_leave, unit_leaves
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.names import DEFAULT, Names


def fabric_leaving(
    read: Mapping[str, Any],
    peer_group: str | None = None,
    nodes: Mapping[str, str] | None = None,
    fabric_name: str = DEFAULT,
) -> dict[str, Any]:
    """What goes: the neighbors of ``nodes``, or else everything of ours."""
    names = Names(fabric_name)
    leaving = nodes_leave(read, nodes, names) if nodes else unit_leaves(read, peer_group or "", names)
    return {**vars(leaving), "anything": leaving.anything}


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_leaving": fabric_leaving}
