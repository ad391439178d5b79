# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_calico_pools
short_description: The fabric's IPPools, without encapsulation
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - The pools as they are to be once the sessions stand, C(ipipMode) and C(vxlanMode) C(Never).
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Switch encapsulation off
  podroute.calico_f5.calico_resources:
    resources: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) | podroute.calico_f5.fabric_calico_pools }}"
    state: merged
"""

RETURN = r"""
_value:
  description: IPPools of C(projectcalico.org/v3).
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import calico_pools
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric


def fabric_calico_pools(intent: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The resources. :raises AnsibleFilterError: the input is no fabric"""
    try:
        return calico_pools(Fabric.from_dict(intent))
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"fabric_calico_pools: the input is no fabric ({error})") from error


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_calico_pools": fabric_calico_pools}
