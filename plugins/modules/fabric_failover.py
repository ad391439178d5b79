#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_failover
short_description: Fail over from one BIG-IP of a pair to the other
version_added: "1.0.0"
description:
  - Private to the collection, and used by C(failover.yml). Its options may change in any release.
  - Runs on the Ansible controller. The failover is refused unless config sync is complete and the other BIG-IP has all
    sessions and pod routes. Afterwards it waits until the other BIG-IP announces the same VIPs.
options:
  unit:
    description: The BIG-IP that becomes standby, by inventory name. If not set, the active one.
    type: str
    default: ""
  in_run:
    description: Whether this is a part of a run of C(site.yml), which has the lock and the working folder.
    type: bool
    default: false
  timeout:
    description: Seconds to wait until the other BIG-IP announces the VIPs.
    type: float
    default: 60
  delay:
    description: Seconds between two reads.
    type: float
    default: 1
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
- name: Make bigip1 the standby unit
  podroute.calico_f5.fabric_failover:
    unit: bigip1
"""

RETURN = r"""
standby:
  description: The BIG-IP that became standby; empty if it was already.
  type: str
  returned: success
active:
  description: The BIG-IP that took over.
  type: str
  returned: success
"""
