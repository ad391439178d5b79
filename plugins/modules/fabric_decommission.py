#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_decommission
short_description: Remove nodes, BIG-IPs or the whole fabric from BGP
version_added: "1.0.0"
description:
  - Private to the collection, and used by C(decommission.yml). Its options may change in any release.
  - Runs on the Ansible controller. Objects without the fabric's mark are never removed.
options:
  state:
    description:
      - V(planned) reads both sides, and fails with everything that must be done first.
      - V(removed) removes what was planned in the same run. The cluster comes first, then one BIG-IP after the other.
    type: str
    choices: [planned, removed]
    required: true
  hosts:
    description:
      - Nodes and BIG-IPs by inventory name, as a list or separated by commas, or V(all).
    type: raw
    default: []
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.action
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Plan the removal of a node
  podroute.calico_f5.fabric_decommission:
    state: planned
    hosts: k8s-node1
"""

RETURN = r"""
everything:
  description: Whether the whole fabric is removed.
  type: bool
  returned: when O(state=planned)
nodes:
  description: BGP addresses of the nodes to remove, by name.
  type: dict
  returned: when O(state=planned)
units:
  description: Names of the BIG-IPs to remove.
  type: list
  elements: str
  returned: when O(state=planned)
resources:
  description: Calico's objects to delete.
  type: list
  elements: dict
  returned: when O(state=planned)
notes:
  description: What remains, and what is left to do.
  type: list
  elements: str
  returned: success
"""
