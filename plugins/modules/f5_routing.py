#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: f5_routing
short_description: Configure a BIG-IP for the fabric that the inventory describes
version_added: "1.0.0"
description:
  - The step of the role C(f5_routing). Runs on a BIG-IP of the inventory, with connection C(local), and connects to it
    with the variables C(ansible_host), C(bigip_port), C(bigip_user), C(bigip_password), C(bigip_login_provider),
    C(bigip_validate_certs), C(bigip_ca_path) and C(bigip_timeout).
  - Plans from the observation of the same run's preflight. If nothing differs, it makes no request at all. Without a
    preflight it reads the BIG-IP itself.
  - Writes in one transaction, as M(podroute.calico_f5.bigip_routing) does. After a write everything is read again; if
    something is not as planned, the previous configuration is restored and the task fails with the cause.
options:
  intent:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter). Defaults to that of the inventory.
    type: dict
  bgp_password:
    description: TCP MD5 password of the sessions.
    type: str
  allow_service:
    description: Services that the BGP self IP must allow, added to those that it already allows.
    type: list
    elements: str
    default: [tcp:179]
  purge:
    description: Whether neighbors that the collection created and that are no longer in the inventory are removed.
    type: bool
    default: true
  max_removals:
    description: The share of those neighbors that may be removed in one run. One of several may always be removed.
    type: float
    default: 0.34
  config_sync:
    description: Whether a device group without automatic sync is synchronized after its last BIG-IP was changed.
    type: bool
    default: true
  wait_timeout:
    description: Seconds in which sessions that a change reset must be established again, before the next BIG-IP.
    type: float
    default: 120
extends_documentation_fragment:
  - podroute.calico_f5.routing
  - podroute.calico_f5.routing.parts
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
  - podroute.calico_f5.attributes.action
author: podroute contributors (@podroute)
seealso:
  - module: podroute.calico_f5.bigip_routing
"""

EXAMPLES = r"""
- name: Configure BGP of this BIG-IP for the fabric
  podroute.calico_f5.f5_routing:
    bgp_password: "{{ bgp_password | default(omit) }}"
"""

RETURN = r"""
commands:
  description: The lines that were sent to imish. Passwords are masked.
  returned: success
  type: list
  elements: str
operations:
  description: The writes over iControl REST, each with C(method), C(path) and C(body).
  returned: success
  type: list
  elements: dict
resets:
  description: Neighbors whose session the change resets, with the reason.
  returned: success
  type: dict
drained:
  description: Hosts that are recorded as drained on the BIG-IP, by inventory name. The plan keeps them so.
  returned: success
  type: list
  elements: str
saved:
  description: Whether the configuration was written to disk.
  returned: success
  type: bool
problems:
  description: Every reason why the configuration cannot be applied.
  returned: when the task fails before the first write
  type: list
  elements: str
"""
