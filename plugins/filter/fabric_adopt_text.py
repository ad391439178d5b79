# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_adopt_text
short_description: An adopted inventory as the text of a file
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Writes the inventory as YAML, and above it what must be said of it.
positional: drift
options:
  _input:
    description: What P(podroute.calico_f5.fabric_adopt#filter) gave.
    type: dict
    required: true
  drift:
    description:
      - What P(podroute.calico_f5.fabric_drift#filter) gave for dry runs with this inventory, which is what the
        inventory has no words for.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Keep it
  ansible.builtin.copy:
    content: "{{ adopted | podroute.calico_f5.fabric_adopt_text(drift) }}"
    dest: inventory/fabric.yml
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The text.
  type: str
"""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml


def fabric_adopt_text(adopted: Mapping[str, Any], drift: Mapping[str, Any]) -> str:
    """The file."""
    rest = [f"{item['side']}: {item['object']}: {item['is']}" for item in drift["drift"]]
    unknown = [f"{item['side']}: cannot tell: {item['why']}" for item in drift["unknown"]]
    lines = [
        "---",
        *_comment(
            "The network as it was found, as the inventory of podroute.calico_f5. How it is reached (user and password "
            "of the BIG-IPs, kubeconfig) stays where it is: give both inventories. The controller was not looked at: "
            "describe it with virtual_servers and bigip_ctlr_*."
        ),
        *_told("Set these variables too; they are secrets, and so they are not here:", adopted["secrets"]),
        *_told("Look at this:", adopted["notes"]),
        *_told("This could not be compared:", unknown),
        *_told("A run would change this, for which the inventory has no words:", rest),
        *([] if rest or unknown else ["#", "# A run changes nothing of this network but the controller's part."]),
    ]
    # Flat where it is a leaf: a host is a line. Numbers of AS stay texts, for 65000.10 is no fraction.
    plain = json.loads(json.dumps(adopted["inventory"]))  # of Ansible's own kinds of dictionaries
    body = yaml.safe_dump(plain, sort_keys=False, default_flow_style=None, width=118)
    return "\n".join(lines) + "\n" + body


def _told(title: str, items: Iterable[str]) -> Iterator[str]:
    for number, item in enumerate(items):
        if not number:
            yield "#"
            yield f"# {title}"
        yield from _comment(f"- {item}", "  ")


def _comment(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), 118, initial_indent="# ", subsequent_indent=f"# {indent}", break_long_words=False
    )


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_adopt_text": fabric_adopt_text}
