# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fabric_adopt
short_description: The inventory of a network that is there already
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Makes an inventory of what was read of BIG-IPs and of a cluster, whoever configured them. It holds no secret.
  - What the inventory has no words for is left out. A dry run of the roles with the new inventory shows it.
positional: calico
options:
  _input:
    description:
      - Each BIG-IP by its inventory name, with C(info), the result of M(podroute.calico_f5.bigip_bgp_info), and
        C(known), what is known of it before - C(ansible_host), C(route_domain), C(bgp_address), C(as_number).
    type: dict
    required: true
  calico:
    description: Result of M(podroute.calico_f5.calico_info).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Make an inventory of what is there
  ansible.builtin.set_fact:
    adopted: "{{ {'bigip1': {'known': {'ansible_host': '172.16.20.202'}, 'info': info}}
                 | podroute.calico_f5.fabric_adopt(cluster) }}"
"""

RETURN = r"""
_value:
  description:
    - C(inventory), as a dictionary, and C(intent), the fabric that it describes (none where there are problems);
      C(secrets), variables that must be set besides; C(problems), what keeps it from being whole; and C(notes), what
      was left out or should be looked at.
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.adopt.inventory import adopt


def fabric_adopt(units: Mapping[str, Mapping[str, Any]], calico: Mapping[str, Any]) -> dict[str, Any]:
    """The inventory, and what must be said of it."""
    return dict(vars(adopt(units, calico)))


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"fabric_adopt": fabric_adopt}
