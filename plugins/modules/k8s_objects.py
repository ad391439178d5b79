#!/usr/bin/python
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_objects
short_description: Apply or delete a list of Kubernetes objects in one session
version_added: "1.0.0"
description:
  - Applies all given objects by server-side apply, and removes fields that the same field manager had set before and
    no longer sends. With O(state=absent), deletes them.
  - Returns one diff for each object. Fields that the API server sets itself (status, resource version, managed fields)
    do not count as a change. Values of Secrets are never shown or logged.
  - Every object that the server rejects is reported, not only the first.
options:
  definitions:
    description: The objects, complete with C(apiVersion), C(kind) and C(metadata).
    type: list
    elements: dict
    required: true
  state:
    description: Whether the objects are applied as given, or deleted.
    type: str
    choices: [present, absent]
    default: present
  field_manager:
    description: The field manager that the API server records for the fields.
    type: str
    default: podroute.calico_f5
  force_conflicts:
    description:
      - Whether fields that another field manager has set are taken over. If not, an object with such a field is
        rejected with the name of that manager.
    type: bool
    default: true
  wait_timeout:
    description:
      - With O(state=absent), seconds to wait until each object, and all that it owns, is gone. 0 does not wait.
      - With custom resource definitions among the objects, the module always waits for their kinds.
    type: int
    default: 0
extends_documentation_fragment:
  - podroute.calico_f5.attributes
  - podroute.calico_f5.kubernetes
attributes:
  check_mode:
    support: full
    details: A dry run on the server. Objects whose kind is defined by another object of the list are predicted as new.
  diff_mode:
    support: full
    details: One diff for each object that differs.
  idempotent:
    support: full
  platform:
    support: full
    platforms: Kubernetes
author: podroute contributors (@podroute)
seealso:
  - module: podroute.calico_f5.k8s_objects_info
  - module: kubernetes.core.k8s
"""

EXAMPLES = r"""
- name: Create a service account and its rights
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
  returned: always
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
    action:
      description: One of V(create), V(update), V(delete) and V(none).
      type: str
    uid:
      description: The identity that the API server gave it. None for an object that is absent, or new in check mode.
      type: str
problems:
  description: The objects that the server rejected, and why.
  returned: failure
  type: list
  elements: str
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import KubernetesError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_changes import change, identity
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_options import (
    connect,
    connection_options,
)

DEFINITION = "CustomResourceDefinition"
PATIENCE = 30.0  # seconds until the API server serves a kind that was just defined


def options():
    return {
        "argument_spec": {
            **connection_options(),
            # A Secret may be among them: its values must not get into the log of the host.
            "definitions": {"type": "list", "elements": "dict", "required": True, "no_log": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "field_manager": {"type": "str", "default": "podroute.calico_f5"},
            "force_conflicts": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": 0},
        },
        "supports_check_mode": True,
    }


def run(module):
    definitions = module.params["definitions"]
    wrong = [problem for index, item in enumerate(definitions) for problem in _incomplete(index, item)]
    if wrong:
        module.fail_json(msg="; ".join(wrong), problems=wrong, invocation={})
    if not definitions:
        module.exit_json(changed=False, objects=[], diff=[])
    work = _delete if module.params["state"] == "absent" else _apply
    objects, diffs, problems = [], [], []
    try:
        with connect(module) as cluster:
            for definition in definitions:
                try:
                    before, after = work(module, cluster, definition)
                except KubernetesError as problem:
                    if problem.code in ("kubeconfig", "library", "refused", "timeout", "tls", "unreachable"):
                        raise
                    problems.append(str(problem))
                    continue
                entry = change(before, after)
                diffs += [entry] if entry else []
                found = ((after or before or {}).get("metadata") or {}).get("uid")
                objects.append({
                    "object": identity(definition),
                    "changed": entry is not None,
                    "action": _action(before, after) if entry else "none",
                    "uid": found if not module.check_mode or before else None,
                })  # fmt: skip
    except KubernetesError as problem:
        module.fail_json(msg=str(problem), changed=bool(diffs) and not module.check_mode, objects=objects, diff=diffs,
                         problems=[*problems, str(problem)], invocation={})  # fmt: skip
    result = {"changed": bool(diffs), "objects": objects, "diff": diffs, "invocation": {}}
    if problems:
        module.fail_json(msg="The API server rejected: " + "; ".join(problems), problems=problems, **result)
    module.exit_json(**result)


def _action(before, after):
    if not before:
        return "create"
    return "update" if after else "delete"


def _incomplete(index, definition):
    metadata = definition.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    for key, value in (("apiVersion", definition.get("apiVersion")), ("kind", definition.get("kind")),
                       ("metadata.name", name)):  # fmt: skip
        if not value:
            yield f"definitions[{index}].{key} is not set; every object needs one"


def _apply(module, cluster, definition):
    """The object before and after."""
    version, kind = definition["apiVersion"], definition["kind"]
    metadata = definition["metadata"]
    if module.check_mode and not cluster.serves(version, kind) and _defines(module.params["definitions"], definition):
        return None, definition
    before = cluster.get(version, kind, metadata["name"], metadata.get("namespace"))
    after = cluster.apply(
        definition, module.params["field_manager"], module.params["force_conflicts"], module.check_mode
    )
    if kind == DEFINITION and before is None and not module.check_mode:
        _wait_for(cluster, definition)
    return before, after


def _delete(module, cluster, definition):
    version, kind = definition["apiVersion"], definition["kind"]
    name, namespace = definition["metadata"]["name"], definition["metadata"].get("namespace")
    try:
        there = cluster.delete(version, kind, name, namespace, module.check_mode, module.params["wait_timeout"])
    except KubernetesError as problem:
        if problem.code != "not_installed":
            raise
        there = False  # without the kind there are no objects of it
    shown = {"apiVersion": version, "kind": kind, "metadata": {"name": name}}
    if namespace:
        shown["metadata"]["namespace"] = namespace
    return (shown if there else None), None


def _defines(definitions, wanted):
    """Whether another object of the list defines the kind of this one."""
    group, _slash, version = wanted["apiVersion"].partition("/")
    return any(
        item["kind"] == DEFINITION
        and item["spec"].get("group") == group
        and (item["spec"].get("names") or {}).get("kind") == wanted["kind"]
        and version in [one.get("name") for one in item["spec"].get("versions") or []]
        for item in definitions
    )


def _wait_for(cluster, definition):
    """Wait until the API server serves the kind that was just defined."""
    spec = definition["spec"]
    version = f"{spec['group']}/{next(one['name'] for one in spec['versions'] if one.get('served', True))}"
    deadline = time.monotonic() + PATIENCE
    while True:
        cluster.forget()
        if cluster.serves(version, spec["names"]["kind"]) or time.monotonic() >= deadline:
            return
        time.sleep(0.2)


def main():
    module = AnsibleModule(**options())
    # Not logged, but no filter on the result either: it would hide every name that occurs in the definitions.
    module.no_log_values = set()
    run(module)


if __name__ == "__main__":
    main()
