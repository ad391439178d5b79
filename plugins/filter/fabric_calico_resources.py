# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_calico_resources
short_description: The fabric's Calico resources without the pools
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - BGPFilters, AS numbers of Nodes that differ from the cluster's, BGPConfiguration C(default) and one global BGPPeer
    for each BIG-IP, in the order in which they are to be written.
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Peer every node with the BIG-IPs
  podroute.calico_f5.calico_resources:
    resources: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) | podroute.calico_f5.fabric_calico_resources }}"
    state: merged
"""

RETURN = r"""
_value:
  description: Resources of C(projectcalico.org/v3).
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import calico_resources
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric


def fabric_calico_resources(intent: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The resources. :raises AnsibleFilterError: the input is no fabric"""
    try:
        return calico_resources(Fabric.from_dict(intent))
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"fabric_calico_resources: the input is no fabric ({error})") from error


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_calico_resources": fabric_calico_resources}
