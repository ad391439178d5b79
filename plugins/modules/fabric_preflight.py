#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_preflight
short_description: Read both sides of a fabric and fail with every problem, before anything is written
version_added: "1.0.0"
description:
  - Checks the inventory, then reads all BIG-IPs, Calico and the cluster's nodes at the same time, and fails with one
    list of all problems. A problem that many hosts share is listed once.
  - It saves what it read in the run's working folder on the Ansible controller, for the steps that follow.
  - It writes nothing on the BIG-IPs and in the cluster.
options: {}
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.info
  - podroute.calico_f5.attributes.action
notes:
  - BIG-IPs are reached from the Ansible controller, with the variables C(ansible_host) and C(bigip_*) of each.
    Calico and the cluster are reached from the host of the task, with the variables C(kubeconfig), C(kube_context)
    and C(calicoctl_path).
seealso:
  - module: podroute.calico_f5.fabric_verify
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Read both sides and fail with every problem
  podroute.calico_f5.fabric_preflight:
  delegate_to: "{{ fabric_control_host | default('localhost') }}"
  run_once: true
"""

RETURN = r"""
notes:
  description: Notes that are not problems, one sentence each.
  type: list
  elements: str
  returned: success
problems:
  description: Every problem, one line each.
  type: list
  elements: str
  returned: failure
"""
