# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Check mode, diff mode and the like, for every module. Each module states C(support) itself."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
  platform:
    description: Target OS or families that can be operated against.
"""

    # A step of a run: implemented by the action plugin of the same name; the module is its documentation.
    ACTION = r"""
options: {}
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the
      controller.
    support: full
  platform:
    support: full
    platforms: posix
"""

    # A module that predicts its change, shows it, and makes none when there is nothing to change.
    FULL = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
"""

    # A module that only reads.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module does not change anything.
  diff_mode:
    support: N/A
    details:
      - This module does not change anything.
  idempotent:
    support: full
    details:
      - This module does not change anything.
"""

    # Not plain BIGIP: Ansible would take attributes.bigip for the file bigip.py beside this one.
    ACTIONGROUP_BIGIP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/podroute.calico_f5.bigip) in C(module_defaults) to set the connection options once.
    support: full
    membership:
      - podroute.calico_f5.bigip
  platform:
    support: full
    platforms: BIG-IP
"""
