# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_decommission
short_description: How nodes, BIG-IPs or the whole fabric leave
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Says what of Calico goes, and what stands in the way of leaving without loss. It never names an object of others.
positional: names, calico
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
  names:
    description: Nodes and BIG-IPs by their inventory names, or V(all) alone.
    type: list
    elements: str
    required: true
  calico:
    description: Result of M(podroute.calico_f5.calico_info).
    type: dict
    required: true
  pods:
    description: Pods as the Kubernetes API has them.
    type: list
    elements: dict
    default: []
  states:
    description: Failover state of each BIG-IP by its inventory name.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: What would go with a BIG-IP
  ansible.builtin.debug:
    msg: "{{ (fabric | podroute.calico_f5.fabric_decommission(['bigip2'], cluster)).resources }}"
"""

RETURN = r"""
_value:
  description:
    - C(nodes), BGP addresses by name; C(units), BIG-IPs; C(everything); C(resources), Calico's objects to
      delete; C(problems), what must be done before; and C(notes), what stays and what is left to do.
  type: dict
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.decommission.cluster import plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric


def fabric_decommission(
    intent: Mapping[str, Any],
    names: Sequence[str],
    calico: Mapping[str, Any],
    pods: Sequence[Mapping[str, Any]] = (),
    states: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The plan. :raises AnsibleFilterError: the input is no fabric"""
    try:
        fabric = Fabric.from_dict(intent)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"fabric_decommission: the input is no fabric ({error})") from error
    return dict(vars(plan(fabric, names, calico, pods, states)))


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_decommission": fabric_decommission}
