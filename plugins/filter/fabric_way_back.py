# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_way_back
short_description: What came of the way back, in words
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Says for each side whether it is as it was, what others changed since and was left alone, and what was lost.
options:
  _input:
    description:
      - Results of M(podroute.calico_f5.bigip_snapshot) by inventory name, and as C(calico) that of
        M(podroute.calico_f5.calico_snapshot).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say it
  ansible.builtin.debug:
    msg: "{{ {'bigip1': way} | podroute.calico_f5.fabric_way_back }}"
"""

RETURN = r"""
_value:
  description: Lines of text.
  type: str
"""

from collections.abc import Mapping
from typing import Any


def fabric_way_back(ways: Mapping[str, Mapping[str, Any]]) -> str:
    """One line for each side, and one for everything that is not as it was."""
    lines = []
    for side, way in sorted(ways.items()):
        if "conflicts" not in way:
            lines.append(f"{side} could NOT go back: {way.get('msg') or 'it was not reached'}")
            continue
        verb = "went back to what was there before" if way.get("changed") else "is as it was before"
        lines.append(f"{side} {verb}")
        lines += [f"{side}: left alone, for it was changed since by others: {item}" for item in way["conflicts"]]
        lines += [f"{side}: lost: {item}" for item in way.get("not_restored") or ()]
    return "\n".join(lines)


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_way_back": fabric_way_back}
