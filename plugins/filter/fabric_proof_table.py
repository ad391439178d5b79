# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_proof_table
short_description: Findings as a table for people
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - A line for each capability with its checks below, the whole story of what failed, and a verdict as the last line.
positional: most
options:
  _input:
    description: Findings of P(podroute.calico_f5.fabric_findings#filter).
    type: list
    elements: dict
    required: true
  most:
    description: How many checks that hold are listed for each capability.
    type: int
    default: 6
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ findings | podroute.calico_f5.fabric_proof_table }}"
"""

RETURN = r"""
_value:
  description: Lines of text.
  type: list
  elements: str
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import table


def fabric_proof_table(findings: Iterable[Mapping[str, Any]], most: int = table.MOST_DETAILS) -> list[str]:
    """The table, line by line."""
    return table.lines(findings, int(most))


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_proof_table": fabric_proof_table}
