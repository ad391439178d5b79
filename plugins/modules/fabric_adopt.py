#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_adopt
short_description: Write the inventory of a network that was configured manually
version_added: "1.0.0"
description:
  - Private to the collection, and used by C(adopt.yml). Its options may change in any release.
  - Reads BIG-IPs and a cluster, and changes nothing on either side. No secret is written to the file.
options:
  state:
    description:
      - V(read) reads both sides and returns the inventory, or fails with every value that cannot be determined.
      - V(written) writes the file, with the changes that a run would make in comments.
    type: str
    choices: [read, written]
    required: true
  path:
    description: The file on the Ansible controller, which must not exist.
    type: path
    required: true
  adopted:
    description: The result of O(state=read).
    type: dict
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.action
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: none
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Read a network
  podroute.calico_f5.fabric_adopt:
    state: read
    path: fabric.yml
  register: adopt_found
"""

RETURN = r"""
inventory:
  description: The inventory, as in Ansible's YAML inventories.
  type: dict
  returned: when O(state=read)
intent:
  description: The fabric that it describes.
  type: dict
  returned: when O(state=read)
secrets:
  description: Variables that must be set, because their values are not read.
  type: list
  elements: str
  returned: when O(state=read)
notes:
  description: What was left out, or should be checked.
  type: list
  elements: str
  returned: when O(state=read)
path:
  description: The file.
  type: str
  returned: when O(state=written)
"""
