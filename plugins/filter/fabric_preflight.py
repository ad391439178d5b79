# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_preflight
short_description: What stands in the way of a fabric, before anything is written
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Holds what both sides show against the fabric, and gives every problem together.
positional: observed
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
  observed:
    description:
      - C(bigips) has the result of M(podroute.calico_f5.bigip_bgp_info) by inventory name, C(calico) that of
        M(podroute.calico_f5.calico_info) with O(podroute.calico_f5.calico_info#module:expected_nodes), and C(nodes)
        that of M(kubernetes.core.k8s_info) for the kind Node, from which the cluster's network model is read.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Nothing may stand in the way
  ansible.builtin.assert:
    that: found.problems | length == 0
    fail_msg: "{{ found.problems | join('\n') }}"
  vars:
    found: "{{ fabric | podroute.calico_f5.fabric_preflight(observed) }}"
"""

RETURN = r"""
_value:
  description: A dictionary with C(problems) and C(notes), lists of sentences.
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.preflight import notes, problems


def fabric_preflight(intent: Mapping[str, Any], observed: Mapping[str, Any]) -> dict[str, list[str]]:
    """Problems and notes. :raises AnsibleFilterError: the input is no fabric"""
    try:
        fabric = Fabric.from_dict(intent)
        return {"problems": problems(fabric, observed), "notes": notes(fabric, observed)}
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"fabric_preflight: {error}") from error


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_preflight": fabric_preflight}
