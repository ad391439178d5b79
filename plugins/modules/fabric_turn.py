#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_turn
short_description: Change one drained host on both sides, in a run of site.yml
version_added: "1.0.0"
description:
  - Private to the collection, and used by the roles C(calico_bgp) and C(f5_routing). Its options may change in any
    release.
  - Runs on the Ansible controller. A node gets its AS number on every BIG-IP and in Calico; the BGPPeer of a BIG-IP
    gets the AS number and the password that the BIG-IP has.
options:
  state:
    description:
      - V(planned) reads what is due, for one BIG-IP or, without O(host), for all nodes.
      - V(evicted) cordons a node and evicts its pods, V(released) reverses the cordon.
      - V(changed) writes the change of a node or a BIG-IP, whose sessions must be shut down.
    type: str
    choices: [planned, evicted, changed, released]
    required: true
  host:
    description: The node or the BIG-IP, by inventory name.
    type: str
    default: ""
  timeout:
    description: Seconds in which the pods of a node must be gone.
    type: int
    default: 300
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.action
attributes:
  check_mode:
    support: partial
    details: Only O(state=planned) is used in check mode.
  diff_mode:
    support: none
  idempotent:
    support: full
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Find the nodes whose sessions the changes reset
  podroute.calico_f5.fabric_turn:
    state: planned
"""

RETURN = r"""
nodes:
  description: The nodes whose sessions the changes reset.
  type: list
  elements: str
  returned: with O(state=planned) and without O(host)
resets:
  description: The fields of the BIG-IP's BGPPeer whose change resets its sessions.
  type: list
  elements: str
  returned: with O(state=planned) and O(host)
pods:
  description: The pods that were evicted, as C(namespace/name).
  type: list
  elements: str
  returned: with O(state=evicted)
"""
