#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_verify
short_description: Verify a fabric from both sides, and report
version_added: "1.0.0"
description:
  - Reads the BIG-IPs, Calico, the nodes and the controller, and sends probes, all in parallel. The expected state
    follows from the inventory.
  - Reads again what a failed check depends on, until every check passes or O(timeout) expires.
  - Prints a table with one line per check that passed and all details of those that failed, with the likely cause.
    Fails if a check failed or a group has no checks.
  - Changes nothing. In check mode it reads once, does not fail, writes no file and prints the checks that fail now.
options:
  groups:
    description:
      - Check groups. By default all of them, but V(controller) and V(virtual_servers) only with virtual servers in the
        inventory, and V(node_routes) only with VIPs.
    type: list
    elements: str
    choices: [pools, peers, bigip_config, sessions, bigip_routes, node_routes, reachability, controller,
              virtual_servers, bird]
  virtual_servers:
    description: The inventory's variable of that name.
    type: list
    elements: dict
    default: []
  partition:
    description:
      - The controller's partition, by default that of the role C(bigip_ctlr) for this fabric. Virtual servers without a
        partition are in it, or in one derived from it.
    type: str
  mode:
    description: The controller's mode. With V(as3) the virtual servers of each namespace have their own partition.
    type: str
    choices: [configmap, as3, crd]
    default: configmap
  controller_namespace:
    description: Namespace of the controller.
    type: str
    default: kube-system
  controller_deployment:
    description: Name of the controller's Deployment, by default that of the role C(bigip_ctlr) for this fabric.
    type: str
  node_command:
    description:
      - Command, as a list, that runs a shell on a node from the host of the task. C(sh -s) is appended, and C({node})
        is replaced by the node's name. With it kernel routes and BIRD's settings are checked, and nodes send
        probes too.
    type: list
    elements: str
    default: []
  exec:
    description: Read the nodes through their calico-node pods instead.
    type: bool
    default: false
  node_sample:
    description:
      - The largest number of nodes to read. Of more nodes a sample is read, spread evenly; the report has its size.
      - V(0) reads all nodes.
    type: int
    default: 200
  probe_namespace:
    description: Namespace of the pods to probe from.
    type: str
    default: default
  probe_selector:
    description: Label selector of the pods to probe from. They need C(ping), and C(wget) or C(curl).
    type: str
    default: app=busybox
  probe_sample:
    description: The largest number of pods, and of nodes, to probe from.
    type: int
    default: 10
  timeout:
    description: Seconds until all checks must pass.
    type: float
    default: 120
  delay:
    description: Seconds between two reads.
    type: float
    default: 5
  max_details:
    description: Number of passed checks that are printed for each group.
    type: int
    default: 6
  json:
    description: File on the Ansible controller for the report as JSON, see C(docs/report.schema.json).
    type: path
  junit:
    description: File on the Ansible controller for the report as JUnit XML.
    type: path
  markdown:
    description: File on the Ansible controller for the report as Markdown.
    type: path
  html:
    description: File on the Ansible controller for the report as one self-contained HTML page.
    type: path
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.info
  - podroute.calico_f5.attributes.action
notes:
  - BIG-IPs are reached from the Ansible controller, with the variables C(ansible_host) and C(bigip_*) of each.
    Calico and the cluster are reached from the host of the task, with the variables C(kubeconfig), C(kube_context)
    and C(calicoctl_path).
  - A report describes the network. Files are readable for their owner only.
seealso:
  - module: podroute.calico_f5.fabric_preflight
  - module: podroute.calico_f5.calico_bgp_status
  - module: podroute.calico_f5.fabric_probe
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Verify the fabric
  podroute.calico_f5.fabric_verify:
    virtual_servers: "{{ virtual_servers | default([]) }}"
    junit: report.xml
  delegate_to: "{{ fabric_control_host | default('localhost') }}"
  run_once: true
"""

RETURN = r"""
passed:
  description: Whether all checks passed.
  type: bool
  returned: always
verdict:
  description: The result as a sentence.
  type: str
  returned: always
checks:
  description: Number of checks.
  type: int
  returned: always
failed_checks:
  description: Number of checks that failed.
  type: int
  returned: always
"""
