#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_journal
short_description: The records of runs, with snapshots and how far each came
version_added: "0.1.0"
description:
  - Keeps a folder for each run on the Ansible controller. Every line of its journal is on disk before what it announces
    is begun, so that the next run knows what stands after an interruption.
  - Touches no device, and never reports a change. Records are for their owner only, and hold no password.
options:
  folder:
    description: Where the runs of one fabric are recorded.
    type: path
    required: true
  state:
    description:
      - V(opened) begins a run, or goes on with one that was cut off while it wrote.
      - V(noted) adds a line, V(kept) writes snapshots, V(read) gives everything.
    type: str
    choices: [opened, noted, kept, read]
    required: true
  run:
    description: Name of the run. When empty, V(read) takes the last one that wrote something and still stands.
    type: str
    default: ""
  keep:
    description: How many runs are kept, for O(state=opened).
    type: int
    default: 10
  note:
    description: The state that the run is in from now on.
    type: str
    choices: [started, writing, written, proven, going back, rolled back, stuck]
  subject:
    description: Which side, such as V(bigip1).
    type: str
    default: ""
  text:
    description: Why.
    type: str
    default: ""
  snapshots:
    description: Snapshots by side.
    type: dict
    default: {}
  moment:
    description: Whether O(snapshots) are of before the run or of what it left.
    type: str
    choices: [before, left]
    default: before
  sides:
    description: Sides of which the snapshots are given, for O(state=read).
    type: list
    elements: str
    default: []
attributes:
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the
      controller.
    support: full
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
    support: full
seealso:
  - module: podroute.calico_f5.bigip_snapshot
  - module: podroute.calico_f5.calico_snapshot
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: What did the last run do?
  podroute.calico_f5.fabric_journal:
    folder: ~/.local/state/podroute/lab
    state: read
"""

RETURN = r"""
run:
  description: Name of the run.
  type: str
  returned: always
resumed:
  description: Whether the run goes on with one that was cut off.
  type: bool
  returned: when O(state=opened)
said:
  description: What stands, in a sentence.
  type: str
  returned: when O(state) is opened or read
before:
  description: Snapshots of before the run, by side; null where there is none.
  type: dict
  returned: when O(state=read)
left:
  description: Snapshots of what the run left, by side; null where it was cut off before.
  type: dict
  returned: when O(state=read)
lines:
  description: The journal, each line with C(time), C(state), C(subject) and C(text).
  type: list
  elements: dict
  returned: when O(state=read)
"""
