#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_drain
short_description: Take nodes or BIG-IPs out of service without packet loss, and back
version_added: "1.0.0"
description:
  - Private to the collection, and used by C(drain.yml) and C(undrain.yml). Its options may change in any release.
  - Runs on the Ansible controller. A drain is recorded in descriptions on the BIG-IP, so that a later run of
    C(site.yml) keeps it.
options:
  state:
    description:
      - V(drained) shuts the sessions of the hosts down. A BIG-IP first announces its VIPs with lower preference, until
        no node sends packets to it and its virtual servers receive none.
      - V(undrained) enables the sessions. A BIG-IP announces its VIPs as before once it has all sessions and pod
        routes.
    type: str
    choices: [drained, undrained]
    required: true
  hosts:
    description:
      - Nodes and BIG-IPs by inventory name, as a list or separated by commas.
    type: raw
    default: []
  in_run:
    description: Whether this is a part of a run of C(site.yml), which has the lock and the working folder.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for each step.
    type: float
    default: 120
  delay:
    description: Seconds between two reads.
    type: float
    default: 2
  quiet:
    description: Seconds for which a BIG-IP's virtual servers must not receive packets before its sessions are shut
      down.
    type: float
    default: 5
  node_sample:
    description: The largest number of nodes whose routes are read; V(0) reads all.
    type: int
    default: 200
  node_command:
    description: Command, as a list, that runs a shell on a node from the control host; C({node}) is its name.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.action
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Drain a node
  podroute.calico_f5.fabric_drain:
    state: drained
    hosts: k8s-node1
"""

RETURN = r"""
nodes:
  description: The given nodes.
  type: list
  elements: str
  returned: success
bigips:
  description: The given BIG-IPs.
  type: list
  elements: str
  returned: success
notes:
  description: What is left to do.
  type: list
  elements: str
  returned: success
"""
