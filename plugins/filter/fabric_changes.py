# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_changes
short_description: What tasks changed, as text for a report
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Makes unified diffs of the results of tasks. What did not change is left out.
options:
  _input:
    description: A registered result, or a list of them, by the name of the side that it is of.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what was changed
  podroute.calico_f5.fabric_report:
    findings: "{{ findings }}"
    html: proof.html
    changes: "{{ {'bigip1': routing, 'Calico': [peers, pools]} | podroute.calico_f5.fabric_changes }}"
"""

RETURN = r"""
_value:
  description: A list of changes, each with C(title) and C(text), a unified diff.
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.changes import changes


def fabric_changes(sides: Mapping[str, Any]) -> list[dict[str, str]]:
    """The changes of each side."""
    return changes(sides)


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_changes": fabric_changes}
