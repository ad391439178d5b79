#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_drift
short_description: Report what differs from the inventory
version_added: "1.0.0"
description:
  - Private to the collection, and used by C(drift.yml). Its options may change in any release.
  - Combines what the roles f5_routing, calico_bgp and bigip_ctlr returned in check mode, and fails if there is a
    difference, or if a side could not be compared.
options:
  report:
    description: File on the Ansible controller for the report as JSON. None when not set.
    type: path
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.action
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Report drift
  podroute.calico_f5.fabric_drift:
    report: /var/lib/podroute/drift.json
"""

RETURN = r"""
verdict:
  description: V(no drift), V(drift) or V(unknown).
  type: str
  returned: always
code:
  description: 0, 1 or 2 in the order of RV(verdict).
  type: int
  returned: always
drift:
  description: Each difference with C(side), C(object) and C(difference).
  type: list
  elements: dict
  returned: always
drained:
  description: Hosts that are drained, by inventory name, which is not drift.
  type: list
  elements: str
  returned: always
unknown:
  description: Each side that could not be compared, with C(side) and C(reason).
  type: list
  elements: dict
  returned: always
schema:
  description: Version of this format.
  type: int
  returned: always
"""
