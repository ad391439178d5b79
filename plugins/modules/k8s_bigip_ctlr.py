#!/usr/bin/python
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_bigip_ctlr
short_description: Run k8s-bigip-ctlr in the cluster, a step of role bigip_ctlr
version_added: "1.0.0"
description:
  - The steps of the role P(podroute.calico_f5.bigip_ctlr#role), which documents their variables.
  - Without virtual servers and without a variable of the role in the inventory, no step does anything.
options:
  step:
    description:
      - V(preflight) reads the cluster and reports everything that prevents the controller from working.
      - V(apply) writes what differs from the inventory. It plans from what V(preflight) read in the same run, and makes
        no request if nothing differs.
      - V(verify) waits until the controller's pods are ready and the BIG-IP has every virtual server, and reports the
        cause if they do not within C(bigip_ctlr_timeout).
    type: str
    choices: [preflight, apply, verify]
    default: apply
  existed:
    description:
      - With O(step=verify), what O(step=apply) returned as C(existed). Of these virtual servers, those that are not
        wanted must be gone from the BIG-IP.
    type: list
    elements: list
    default: []
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.action
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Apply the controller and its virtual servers
  podroute.calico_f5.k8s_bigip_ctlr:
    step: apply
"""

RETURN = r"""
wanted:
  description: Whether the inventory configures a controller, or its removal.
  returned: success
  type: bool
verify:
  description: Whether the rollout is still to be verified, with O(step=apply).
  returned: success
  type: bool
existed:
  description: Partition, address and port of each virtual server that existed before, with O(step=apply).
  returned: success
  type: list
  elements: list
objects:
  description: The Kubernetes objects that were written, as RV(podroute.calico_f5.k8s_objects#module:objects).
  returned: success
  type: list
  elements: dict
operations:
  description: The writes to BIG-IPs over iControl REST, each with C(method), C(path) and C(body).
  returned: success
  type: list
  elements: dict
problems:
  description: What prevents the controller from working, one sentence each.
  returned: when nothing was changed because of them
  type: list
  elements: str
causes:
  description: Why the rollout failed, one sentence each.
  returned: when O(step=verify) fails
  type: list
  elements: str
"""
