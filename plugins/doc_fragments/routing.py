# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """How a change of BGP on a BIG-IP is limited and saved."""

    DOCUMENTATION = r"""
options:
  allow_as_change:
    description: Whether the AS number of C(router bgp) may be changed. That resets every session.
    type: bool
    default: false
  save_when:
    description:
      - V(changed) saves both stores (ZebOS and TMOS) if something was changed, or if the running and the startup
        configuration of ZebOS differ.
      - V(never) does not save; a restart then loses the changes of this task.
    type: str
    choices: [changed, always, never]
    default: changed
"""

    # What BGP needs beside it.
    PARTS = r"""
options:
  routing_protocols:
    description: Routing protocols that the route domain must run, added to those that it already runs.
    type: list
    elements: str
    choices: [BFD, BGP, IS-IS, OSPFv2, OSPFv3, PIM, RIP, RIPng]
    default: [BGP]
  partitions:
    description: Partitions that must exist.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the partition.
        type: str
        required: true
      route_domain:
        description: Its default route domain. Not changed if not set.
        type: int
      description:
        description: Its description. Not changed if not set.
        type: str
"""
