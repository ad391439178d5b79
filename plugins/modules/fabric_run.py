#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_run
short_description: Begin and end a run of site.yml, and roll it back
version_added: "1.0.0"
description:
  - Private to the collection, and used by its playbooks. Its options may change in any release.
  - Locks the fabric for one run, records snapshots of both sides before the first write, and rolls both sides back if a
    role of the run failed.
  - Runs on the Ansible controller. It reads the variables C(fabric_run_dir), C(fabric_name), C(fabric_control_host),
    C(fabric_lease_namespace), C(fabric_rollback_enabled), C(fabric_rollback_keep) and C(fabric_rollback_run).
options:
  state:
    description:
      - V(begun) refuses a partial inventory and a second run, and creates the working folder.
      - V(recorded) takes the lock and saves the snapshots before the run.
      - V(failed) records why a role failed. Later roles of the run are then left out.
      - V(applied) saves the snapshots after the writes.
      - V(finished) ends the run, or rolls it back if a role failed.
      - V(rolled_back) rolls back an earlier run.
    type: str
    choices: [begun, recorded, failed, applied, finished, rolled_back]
    required: true
  role:
    description: The role that failed, for O(state=failed).
    type: str
    default: ""
  cause:
    description: Its message, for O(state=failed).
    type: str
    default: ""
  run:
    description:
      - The run to roll back, for O(state=rolled_back). The last run whose changes are in effect when empty.
    type: str
    default: ""
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
seealso:
  - module: podroute.calico_f5.bigip_snapshot
  - module: podroute.calico_f5.calico_snapshot
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Roll back the last run
  podroute.calico_f5.fabric_run:
    state: rolled_back
"""

RETURN = r"""
run:
  description: Name of the run's record.
  type: str
  returned: when O(state) is recorded, finished or rolled_back
result:
  description: V(verified) or V(applied) for a successful run, otherwise one line per side.
  type: raw
  returned: when O(state) is finished or rolled_back
"""
