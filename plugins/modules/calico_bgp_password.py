#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_bgp_password
short_description: Store the password of BGP sessions where calico-node may read it
version_added: "1.0.0"
description:
  - Manages a Secret with the password, and a Role and a RoleBinding that allow calico-node to read this Secret only.
    A C(BGPPeer) refers to the Secret by C(spec.password.secretKeyRef).
  - Objects of the same name that this collection did not create are neither changed nor removed.
options:
  state:
    description: Whether the three objects exist.
    type: str
    choices: [present, absent]
    default: present
  password:
    description: The password. Required with O(state=present).
    type: str
  name:
    description: Name of the Secret, the Role and the RoleBinding.
    type: str
    default: podroute-bgp
  key:
    description: Key of the Secret under which the password is stored.
    type: str
    default: password
  namespace:
    description:
      - Namespace of calico-node. By default it is read from the DaemonSet with the label C(k8s-app=calico-node);
        C(kube-system) if there is none.
    type: str
  subject:
    description:
      - The identity of calico-node, as a subject of a RoleBinding. By default the ServiceAccount of its DaemonSet.
    type: dict
requirements:
  - Python library kubernetes
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.calico.kubernetes_only
  - podroute.calico_f5.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: The content is secret.
  idempotent:
    support: full
seealso:
  - module: podroute.calico_f5.calico_resources
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Store the password of the BGP sessions
  podroute.calico_f5.calico_bgp_password:
    password: "{{ bgp_password | default('not-a-real-one') }}"

- name: Remove it
  podroute.calico_f5.calico_bgp_password:
    state: absent
"""

RETURN = r"""
objects:
  description:
    - For each object its C(kind), C(name), C(namespace) and C(action), one of V(create), V(update), V(delete) and
      V(none).
  type: list
  elements: dict
  returned: always
namespace:
  description: The namespace of the objects.
  type: str
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import kube, observe, password
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.options import connection_options, fail


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "password": {"type": "str", "no_log": True},
            "name": {"type": "str", "default": "podroute-bgp"},
            "key": {"type": "str", "default": "password", "no_log": False},
            "namespace": {"type": "str"},
            "subject": {"type": "dict"},
            **connection_options(),
        },
        "required_if": [("state", "present", ["password"])],
        "supports_check_mode": True,
    }


def run(module):
    """Compare the three objects with the options, and write what differs."""
    params = module.params
    if kube.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kube.IMPORT_ERROR))
    try:
        with kube.Kubernetes(params["kubeconfig"], params["context"], params["timeout"]) as api:
            found = observe.password_wanted(params, observe.read_installation(api))
            planned = password.plan(found, api)
            problems = password.problems(planned)
            if problems:
                module.fail_json(msg="Nothing was changed. " + "; ".join(problems), objects=planned)
            changed = any(item["action"] != "none" for item in planned)
            if changed and not module.check_mode:
                password.write(found, planned, api)
    except CalicoError as problem:
        fail(module, problem)
    else:
        module.exit_json(changed=changed, objects=planned, namespace=found.namespace)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
