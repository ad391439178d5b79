#!/usr/bin/python
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: k8s_node_drain
short_description: Move the pods of a node to other nodes, and let it get pods again
version_added: "1.0.0"
description:
  - Cordons a node and evicts its pods, as C(kubectl drain --ignore-daemonsets --delete-emptydir-data) does. Pods of
    DaemonSets, and pods in the network of the node, stay.
  - A node that this module has cordoned gets an annotation. Only such a node is uncordoned with O(state=active), so a
    node that somebody else cordoned stays cordoned.
options:
  name:
    description: The node.
    type: str
    required: true
  state:
    description: Whether the node is without pods that can run elsewhere, or may get pods.
    type: str
    choices: [drained, active]
    default: drained
  wait_timeout:
    description:
      - Seconds until all pods must be gone. A pod whose PodDisruptionBudget does not allow its eviction is tried again
        until then.
    type: int
    default: 300
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
notes:
  - The user of the kubeconfig needs get and patch on nodes, list on pods, and create on C(pods/eviction).
  - If the eviction fails, the node stays cordoned.
author: podroute contributors (@podroute)
seealso:
  - module: kubernetes.core.k8s_drain
"""

EXAMPLES = r"""
- name: Move the pods of a node to other nodes
  podroute.calico_f5.k8s_node_drain:
    name: k8s-node1

- name: Let it get pods again
  podroute.calico_f5.k8s_node_drain:
    name: k8s-node1
    state: active
"""

RETURN = r"""
pods:
  description: The pods that were evicted, or would be in check mode, as C(namespace/name).
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import evict
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import KubernetesError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_options import (
    connect,
    connection_options,
)


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            **connection_options(),
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["drained", "active"], "default": "drained"},
            "wait_timeout": {"type": "int", "default": 300},
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    name, dry_run = module.params["name"], module.check_mode
    changed, pods = False, []
    try:
        with connect(module) as api:
            if module.params["state"] == "active":
                changed = evict.uncordon(api, name, dry_run)
            else:
                evict.require_controllers(api, name)
                changed = evict.cordon(api, name, dry_run)
                pods = evict.present(api, name) if dry_run else evict.evict(api, name, module.params["wait_timeout"])
    except (KubernetesError, evict.Stuck) as problem:
        left = f"; {name} stays cordoned (kubectl uncordon {name})" if changed and not dry_run else ""
        module.fail_json(msg=f"{problem}{left}", changed=changed and not dry_run)
    module.exit_json(changed=changed or bool(pods), pods=pods)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
