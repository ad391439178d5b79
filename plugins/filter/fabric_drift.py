# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_drift
short_description: What of both sides is not as the inventory says
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Makes one report of the results of dry runs. What was not looked at, or could not be, is never "no drift".
positional: calico, controller
options:
  _input:
    description: Results of M(podroute.calico_f5.bigip_routing) in check mode, by inventory name.
    type: dict
    required: true
  calico:
    description: Result of M(podroute.calico_f5.calico_resources) in check mode.
    type: dict
    required: true
  controller:
    description: Results of M(podroute.calico_f5.k8s_objects) in check mode.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Nothing may have drifted
  ansible.builtin.assert:
    that: (dry | podroute.calico_f5.fabric_drift(calico, [objects])).code == 0
"""

RETURN = r"""
_value:
  description:
    - C(verdict); C(code) (0 no drift, 1 drift, 2 cannot tell); C(drift) with C(side), C(object) and C(is); C(unknown)
      with C(side) and C(why), and C(lines), the same for people.
  type: dict
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.run import drift


def fabric_drift(
    bigips: Mapping[str, Any], calico: Mapping[str, Any], controller: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The report, with its lines for people."""
    found = drift.report(bigips, calico, controller)
    return {**found, "lines": drift.lines(found)}


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_drift": fabric_drift}
