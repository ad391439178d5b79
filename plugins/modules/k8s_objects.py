#!/usr/bin/python
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This is documentation only: the work is done by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_objects
short_description: Apply a list of Kubernetes objects in one call
version_added: "0.1.0"
description:
  - Applies all given objects by server-side apply in one run of M(kubernetes.core.k8s), and removes fields that
    the same field manager had set before and no longer sends.
  - Reports one diff an object. What the API server writes by itself (status, resource version, managed fields) is no
    change. Values of Secrets are never shown nor logged.
  - Every object that the server refuses is reported, not only the first.
options:
  definitions:
    description: The objects, complete with C(apiVersion), C(kind) and C(metadata).
    type: list
    elements: dict
    required: true
  state:
    description: Whether the objects shall be there, as given, or be gone.
    type: str
    choices: [present, absent]
    default: present
  field_manager:
    description: The name under which the API server remembers who set the fields.
    type: str
    default: podroute.calico_f5
  defined_before:
    description:
      - API versions, such as C(cis.f5.com/v1), whose kinds a run has defined before it comes to this task. In check
        mode nothing has, so objects of theirs that the server does not know yet are predicted as new.
    type: list
    elements: str
    default: []
  kubeconfig:
    description: Path of a kubeconfig file, or its content as a dictionary. Without it, as M(kubernetes.core.k8s) does.
    type: raw
  context:
    description: The context of the kubeconfig.
    type: str
requirements:
  - kubernetes (Python) >= 24.2.0
extends_documentation_fragment:
  - podroute.calico_f5.attributes
attributes:
  check_mode:
    support: full
    details: A dry run on the server.
  diff_mode:
    support: full
    details: One diff an object that differs.
  idempotent:
    support: full
  platform:
    support: full
    platforms: Kubernetes
author: podroute contributors (@podroute)
seealso:
  - module: kubernetes.core.k8s
"""

EXAMPLES = r"""
- name: A service account and its rights
  podroute.calico_f5.k8s_objects:
    definitions:
      - apiVersion: v1
        kind: ServiceAccount
        metadata: {name: bigip-ctlr, namespace: kube-system}
      - apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: bigip-ctlr}
        rules:
          - apiGroups: [""]
            resources: [nodes]
            verbs: [get, list, watch]
"""

RETURN = r"""
objects:
  description: Every object, in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: Kind, namespace and name.
      type: str
      sample: Deployment kube-system/k8s-bigip-ctlr-deployment
    changed:
      description: Whether it differed.
      type: bool
    uid:
      description: The identity that the API server gave it.
      type: str
problems:
  description: What the server refused, and why.
  returned: failure
  type: list
  elements: str
"""
