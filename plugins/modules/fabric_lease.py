#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fabric_lease
short_description: Read, write or delete the Lease of a run of site.yml
version_added: "1.0.0"
description:
  - Private to the collection, and used by its playbooks. Its options may change in any release.
  - A C(Lease) of C(coordination.k8s.io) prevents two runs on different machines from changing a fabric at the same
    time.
  - Writing fails if the Lease was changed since it was read.
options:
  state:
    description: V(read) returns the Lease, V(written) creates or replaces it, V(absent) deletes it.
    type: str
    choices: [read, written, absent]
    default: read
  name:
    description: Name of the Lease.
    type: str
    required: true
  namespace:
    description: Namespace of the Lease.
    type: str
    default: kube-system
  spec:
    description: The Lease's specification.
    type: dict
  resource_version:
    description: The RV(resource_version) that the Lease must have now. Empty to create it.
    type: str
    default: ""
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.kubernetes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    support: full
    platforms: Kubernetes
seealso:
  - module: podroute.calico_f5.fabric_run
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Read the Lease
  podroute.calico_f5.fabric_lease:
    name: podroute-calico-f5
"""

RETURN = r"""
spec:
  description: The Lease's specification, null if there is no Lease.
  type: dict
  returned: success
resource_version:
  description: The Lease's version, empty if there is no Lease.
  type: str
  returned: success
error:
  description: The kind of failure, such as V(unauthorised), or V(exists) if the Lease was changed since it was read.
  type: str
  returned: failure
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import KubernetesError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_options import (
    connect,
    connection_options,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import MARK

API = "/apis/coordination.k8s.io/v1/namespaces"


def options():
    return {
        "argument_spec": {
            "state": {"type": "str", "choices": ["read", "written", "absent"], "default": "read"},
            "name": {"type": "str", "required": True},
            "namespace": {"type": "str", "default": "kube-system"},
            "spec": {"type": "dict"},
            "resource_version": {"type": "str", "default": ""},
            **connection_options(),
        },
        "required_if": [["state", "written", ["spec"]]],
        "supports_check_mode": True,
    }


def run(module):
    params = module.params
    try:
        with connect(module) as cluster:
            there = _read(cluster, params)
            if params["state"] == "read":
                module.exit_json(**_shown(there))
            if params["state"] == "absent":
                if there and not module.check_mode:
                    cluster.request("delete Lease", "DELETE", _path(params, params["name"]))
                module.exit_json(changed=bool(there), **_shown(None))
            if module.check_mode:
                module.exit_json(changed=True, spec=params["spec"], resource_version=params["resource_version"])
            stored = _write(cluster, params)
    except KubernetesError as problem:
        module.fail_json(msg=str(problem), error=problem.code)
    else:
        module.exit_json(changed=True, **_shown(stored))


def _read(cluster, params):
    try:
        return cluster.request("get Lease", "GET", _path(params, params["name"]))
    except KubernetesError as problem:
        if problem.code != "not_found":
            raise
        return None


def _write(cluster, params):
    metadata = {"name": params["name"], "namespace": params["namespace"], "labels": dict(MARK)}
    body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": params["spec"]}
    if not params["resource_version"]:
        return cluster.request("create Lease", "POST", _path(params), body=body)
    metadata["resourceVersion"] = params["resource_version"]
    return cluster.request("replace Lease", "PUT", _path(params, params["name"]), body=body)


def _path(params, name=""):
    return f"{API}/{params['namespace']}/leases" + (f"/{name}" if name else "")


def _shown(lease):
    if lease is None:
        return {"spec": None, "resource_version": ""}
    return {"spec": lease.get("spec") or {}, "resource_version": lease["metadata"]["resourceVersion"]}


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
