#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_report
short_description: Show a proof, write it to files, and fail if it is none
version_added: "0.1.0"
description:
  - Shows findings as a table, a line for each that holds and the whole story of each that does not.
  - Fails when one finding failed, or when there is none at all.
  - In check mode it judges nothing, writes no file, and says what is not true now.
options:
  findings:
    description: What P(podroute.calico_f5.fabric_findings#filter) gave.
    type: list
    elements: dict
    required: true
  most:
    description: How many findings that hold are shown for each capability.
    type: int
    default: 6
  json:
    description: File on the Ansible controller for the report as JSON, in the form of C(docs/report.schema.json).
    type: path
  junit:
    description: File on the Ansible controller for the report as JUnit XML.
    type: path
  markdown:
    description: File on the Ansible controller for the report as Markdown.
    type: path
  html:
    description:
      - File on the Ansible controller for the report as one HTML page that needs nothing else, for screen and print.
    type: path
  fabric:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter), for the drawing in O(html).
    type: dict
  blocks:
    description: The address blocks of each node, by its name, for the drawing.
    type: dict
    default: {}
  failover:
    description: The failover state of each BIG-IP, by its name, for the drawing.
    type: dict
    default: {}
  times:
    description: Moments by what happened then, ISO 8601 in UTC, for O(html) and O(json).
    type: dict
    default: {}
  changes:
    description:
      - What was changed, for O(html), O(json) and O(markdown). Each has C(title) and C(text), a unified diff.
      - P(podroute.calico_f5.fabric_changes#filter) makes it of registered results.
    type: list
    elements: dict
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
notes:
  - A report says how a network is built. Files are readable for their owner only.
seealso:
  - plugin: podroute.calico_f5.fabric_findings
    plugin_type: filter
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Everything must be true
  podroute.calico_f5.fabric_report:
    findings: "{{ fabric | podroute.calico_f5.fabric_findings(observed) }}"
    junit: proof.xml
"""

RETURN = r"""
proven:
  description: Whether everything holds.
  type: bool
  returned: always
verdict:
  description: The same in a sentence.
  type: str
  returned: always
checks:
  description: Number of findings.
  type: int
  returned: always
failed_checks:
  description: Number of findings that failed.
  type: int
  returned: always
"""
