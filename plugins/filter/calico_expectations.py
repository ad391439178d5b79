# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: calico_expectations
short_description: Which BGP sessions and routes the nodes must have
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Says for each node with whom it must have a session, and to which networks a route. That is what the option
    O(podroute.calico_f5.calico_bgp_status#module:wait_for) takes.
positional: blocks
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
  blocks:
    description: By node the networks that it holds, from RV(podroute.calico_f5.calico_info#module:ipam).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Wait until every node has its sessions
  podroute.calico_f5.calico_bgp_status:
    wait_for:
      peers: "{{ (fabric | podroute.calico_f5.calico_expectations).peers }}"
  vars:
    fabric: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"
"""

RETURN = r"""
_value:
  description: C(peers), C(routes) and C(kernel_routes), each by node.
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.expectations import expectations


def calico_expectations(intent: Mapping[str, Any], blocks: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Sessions and routes by node. :raises AnsibleFilterError: the input is no fabric"""
    try:
        return expectations(intent, blocks or {})
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"calico_expectations: the input is no fabric ({error})") from error


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"calico_expectations": calico_expectations}
