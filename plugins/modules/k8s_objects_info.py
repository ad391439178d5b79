#!/usr/bin/python
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_objects_info
short_description: Read Kubernetes objects of several kinds, and logs of pods, in one session
version_added: "1.0.0"
description:
  - Reads any number of lists of objects in one session. A kind that the API server does not have returns an empty list.
options:
  queries:
    description: The lists to read.
    type: list
    elements: dict
    default: []
    suboptions:
      api_version:
        description: API version of the kind.
        type: str
        default: v1
      kind:
        description: Kind of the objects.
        type: str
        required: true
      name:
        description: Name of one object. Its namespace must be set too if the kind is namespaced.
        type: str
      namespace:
        description: The namespace; all namespaces when not set.
        type: str
      label_selectors:
        description: Requirements on labels, all of which must be met.
        type: list
        elements: str
        default: []
      metadata_only:
        description: Whether objects are returned without C(spec), C(status) and C(data).
        type: bool
        default: false
  logs:
    description: The logs to read. A log that does not exist is an empty string.
    type: list
    elements: dict
    default: []
    suboptions:
      namespace:
        description: Namespace of the pod.
        type: str
        required: true
      pod:
        description: Name of the pod.
        type: str
        required: true
      previous:
        description: Whether to read the log of the container before its last restart.
        type: bool
        default: false
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.info
  - podroute.calico_f5.kubernetes
attributes:
  platform:
    support: full
    platforms: Kubernetes
author: podroute contributors (@podroute)
seealso:
  - module: podroute.calico_f5.k8s_objects
"""

EXAMPLES = r"""
- name: Read a Deployment and all EndpointSlices
  podroute.calico_f5.k8s_objects_info:
    queries:
      - api_version: apps/v1
        kind: Deployment
        namespace: kube-system
        name: k8s-bigip-ctlr-deployment
      - api_version: discovery.k8s.io/v1
        kind: EndpointSlice
"""

RETURN = r"""
results:
  description: The result of each query, in the order given.
  returned: success
  type: list
  elements: dict
  contains:
    api_found:
      description: Whether the API server has the kind.
      type: bool
    resources:
      description: The objects.
      type: list
      elements: dict
logs:
  description: The text of each log, in the order given.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import KubernetesError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_options import (
    connect,
    connection_options,
)


def options():
    query = {
        "api_version": {"type": "str", "default": "v1"},
        "kind": {"type": "str", "required": True},
        "name": {"type": "str"},
        "namespace": {"type": "str"},
        "label_selectors": {"type": "list", "elements": "str", "default": []},
        "metadata_only": {"type": "bool", "default": False},
    }
    log = {
        "namespace": {"type": "str", "required": True},
        "pod": {"type": "str", "required": True},
        "previous": {"type": "bool", "default": False},
    }
    return {
        "argument_spec": {
            **connection_options(),
            "queries": {"type": "list", "elements": "dict", "default": [], "options": query},
            "logs": {"type": "list", "elements": "dict", "default": [], "options": log},
        },
        "supports_check_mode": True,
    }


def run(module):
    try:
        with connect(module) as cluster:
            results = [_read(cluster, query) for query in module.params["queries"]]
            logs = [_log(cluster, log) for log in module.params["logs"]]
    except KubernetesError as problem:
        module.fail_json(msg=str(problem), error=problem.code)
    else:
        module.exit_json(results=results, logs=logs)


def _read(cluster, query):
    where = query["api_version"], query["kind"]
    try:
        if query["name"]:
            found = cluster.get(*where, query["name"], query["namespace"])
            return {"api_found": True, "resources": [found] if found else []}
        items = cluster.list(*where, query["namespace"], query["label_selectors"], metadata_only=query["metadata_only"])
    except KubernetesError as problem:
        if problem.code != "not_installed":
            raise
        return {"api_found": False, "resources": []}
    return {"api_found": True, "resources": items}


def _log(cluster, log):
    try:
        return cluster.log(log["namespace"], log["pod"], log["previous"])
    except KubernetesError as problem:
        if problem.code not in ("not_found", "validation"):  # no such pod; no such container yet
            raise
        return ""


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
