# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_findings
short_description: What must be true of the fabric, held against what was read
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Gives one finding for everything that was looked at. A finding that failed names the likely cause and what to look
    at next.
  - What was not read fails. A capability for which there was nothing to look at fails as well.
positional: observed
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
  observed:
    description:
      - What was read. C(bigips) has the result of M(podroute.calico_f5.bigip_bgp_info) by inventory name, C(calico)
        that of M(podroute.calico_f5.calico_info), C(status) that of M(podroute.calico_f5.calico_bgp_status), C(probes)
        that of M(podroute.calico_f5.fabric_probe).
      - C(controller) has results of M(kubernetes.core.k8s_info), as C(deployments), C(pods) and C(endpoints)
        (EndpointSlices).
    type: dict
    required: true
  virtual_servers:
    description: The inventory's variable of that name.
    type: list
    elements: dict
    default: []
  capabilities:
    description: Numbers of the capabilities to look at, from 1 to 10. All of them by default.
    type: list
    elements: int
  partition:
    description: The controller's partition. Virtual servers that name none are in it, or in one called after it.
    type: str
    default: k8s
  mode:
    description:
      - The controller's mode, C(configmap), C(as3) or C(crd).
      - With C(as3) the virtual servers of each namespace have a partition of their own.
    type: str
    default: configmap
"""

EXAMPLES = r"""
- name: Nothing may be amiss with the sessions
  ansible.builtin.assert:
    that: findings | rejectattr("ok") | length == 0
  vars:
    fabric: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"
    findings: "{{ fabric | podroute.calico_f5.fabric_findings(observed, capabilities=[4]) }}"
"""

RETURN = r"""
_value:
  description:
    - Findings with C(capability), C(subject), C(expected), C(observed), C(ok), C(cause) and C(hint).
  type: list
  elements: dict
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import CAPABILITIES
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.prove import findings


def fabric_findings(
    intent: Mapping[str, Any],
    observed: Mapping[str, Any],
    virtual_servers: Sequence[Mapping[str, Any]] = (),
    capabilities: Iterable[int] | None = None,
    partition: str = "k8s",
    mode: str = "configmap",
) -> list[dict[str, Any]]:
    """The findings. :raises AnsibleFilterError: the input is no fabric, or there is no such capability"""
    wanted = tuple(CAPABILITIES) if capabilities is None else [int(number) for number in capabilities]
    try:
        proof = findings(Fabric.from_dict(intent), observed, virtual_servers, wanted, partition, mode)
    except (KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"fabric_findings: {error}") from error
    return [finding.as_dict() for finding in proof]


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_findings": fabric_findings}
