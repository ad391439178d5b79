#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_calico
short_description: Peer Calico with the BIG-IPs, and switch encapsulation off
version_added: "1.0.0"
description:
  - The step of a run that configures Calico, used by the role C(calico_bgp).
  - Plans from this run's observation of the cluster; used alone, it reads the cluster itself. All problems are reported
    in one list, and nothing is written then. If nothing differs, the cluster is not contacted again.
  - Writes filters, AS numbers of nodes, the BGP configuration and peers in steps. After each step it waits until the
    sessions are established and every route is there. Encapsulation is switched off last.
  - Reaches the cluster through the inventory variables C(kubeconfig), C(kube_context), C(calicoctl_path),
    C(calicoctl_allow_version_mismatch), C(calicoctl_client_qps) and C(node_command).
options:
  intent:
    description:
      - The fabric as the filter P(podroute.calico_f5.fabric_intent#filter) returns it, instead of the inventory.
    type: dict
  min_reflectors:
    description: How many route reflectors the inventory must have in the topology V(reflectors).
    type: int
    default: 2
  prune:
    description: Remove BGPPeers and BGPFilters that this collection created and that are no longer wanted.
    type: bool
    default: true
  allow_as_change:
    description: Allow changes of AS numbers that are set in the cluster. Each resets all sessions of the node.
    type: bool
    default: false
  routed_underlay:
    description: The routers between nodes and BIG-IPs of different subnets have routes to the pods.
    type: bool
    default: false
  listen_port:
    description: The port on which BIRD listens; V(0) leaves it unchanged.
    type: int
    default: 0
  bind_mode:
    description: Whether BIRD listens on its node's address only; empty leaves it unchanged.
    type: str
    choices: ["", "None", NodeIP]
    default: ""
  rolling_restart:
    description: Allow changes of O(listen_port) and O(bind_mode), which need a restart of calico-node on every node.
    type: bool
    default: false
  restart_batch_size:
    description: How many nodes restart at the same time.
    type: int
    default: 1
  restart_script:
    description: A shell script that restarts calico-node on a node. Without it the calico-node pods are deleted.
    type: str
    default: ""
  restart_ignore_down_peers:
    description: Restart although sessions that this collection does not manage are down.
    type: bool
    default: false
  exec:
    description: Read the routes of the kernel through the calico-node pods.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait after each step until sessions are established and routes are present.
    type: int
    default: 300
  node_sample:
    description:
      - The largest number of nodes to read after each step. Of more nodes a sample is read, with all route reflectors,
        which report their sessions with every other node. V(0) reads all.
    type: int
    default: 50
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
attributes:
  platform:
    support: full
    platforms: posix
notes:
  - Runs on the Ansible controller. The modules that it uses run on the host of the task.
seealso:
  - module: podroute.calico_f5.calico_resources
  - module: podroute.calico_f5.calico_info
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Configure Calico
  podroute.calico_f5.fabric_calico:
    min_reflectors: 2
"""

RETURN = r"""
objects:
  description: Objects that differed, with C(kind), C(name), C(namespace), C(action) and C(result).
  type: list
  elements: dict
  returned: success
password:
  description: Objects of the password that differed, see M(podroute.calico_f5.calico_bgp_password).
  type: list
  elements: dict
  returned: success
advice:
  description: Recommendations about the size of the topology, one sentence each.
  type: list
  elements: str
  returned: success
problems:
  description: Why nothing was written, one sentence each.
  type: list
  elements: str
  returned: when the plan has problems
"""
