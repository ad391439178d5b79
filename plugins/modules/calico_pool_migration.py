#!/usr/bin/python
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_pool_migration
short_description: Move all pods from one IPPool to another
version_added: "1.0.0"
description:
  - Changes the network or block size of a pool, which cannot be changed in place. It creates a new pool like the old
    one, disables the old one (its pods keep working), restarts the workloads in batches so that their pods take
    addresses of the new pool, waits until no address of the old one is in use, and deletes it.
  - Every step can be seen in the cluster. An interrupted or failed run is resumed by running it again.
  - Pools of the Tigera operator are refused; they change through its C(Installation).
options:
  source:
    description: Name of the pool to migrate from.
    type: str
    required: true
  target:
    description: Name of the pool to migrate to. It is created like O(source) if it does not exist.
    type: str
    required: true
  cidr:
    description:
      - Network of O(target). It must not overlap any pool, not even O(source). For the same network with another block
        size, migrate twice, using another network in between.
    type: str
    required: true
  block_size:
    description: Prefix length of the blocks of O(target); Calico's default if not set.
    type: int
  batch_size:
    description: How many workloads restart at the same time.
    type: int
    default: 1
  delete_bare_pods:
    description: Delete pods that no workload would create again. Otherwise the run is refused if there are such pods.
    type: bool
    default: false
  step_timeout:
    description: Timeout in seconds for each batch of workloads, and for the release of the last addresses.
    type: int
    default: 300
requirements:
  - calicoctl of the cluster's release (v3.28 or later) on the host that the task runs on
  - Python library kubernetes
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
seealso:
  - module: podroute.calico_f5.calico_resources
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Migrate to smaller blocks in another network
  podroute.calico_f5.calico_pool_migration:
    source: default-ipv4-ippool
    target: pods-28
    cidr: 10.245.0.0/16
    block_size: 28
"""

RETURN = r"""
steps:
  description: The steps that were done, in check mode the planned ones, in order.
  type: list
  elements: str
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, kube
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.options import (
    connection_of,
    connection_options,
    fail,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.pool_migration.run import Migration, Stuck


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            "source": {"type": "str", "required": True},
            "target": {"type": "str", "required": True},
            "cidr": {"type": "str", "required": True},
            "block_size": {"type": "int"},
            "batch_size": {"type": "int", "default": 1},
            "delete_bare_pods": {"type": "bool", "default": False},
            "step_timeout": {"type": "int", "default": 300},
            **connection_options(),
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params
    if params["datastore_type"] != "kubernetes":
        module.fail_json(msg="workloads are restarted through the Kubernetes API, but datastore_type is etcdv3")
    if params["source"] == params["target"]:
        module.fail_json(msg=f"source and target are both {params['source']}; a pool cannot move to itself")
    if kube.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kube.IMPORT_ERROR))
    steps = []
    try:
        with (
            Calicoctl(connection_of(module)) as client,
            kube.Kubernetes(params["kubeconfig"], params["context"], params["timeout"]) as api,
        ):
            changed = Migration(
                client,
                api,
                source=params["source"],
                target=params["target"],
                cidr=params["cidr"],
                block_size=params["block_size"],
                batch_size=max(1, params["batch_size"]),
                delete_bare_pods=params["delete_bare_pods"],
                timeout=params["step_timeout"],
                check_mode=module.check_mode,
                steps=steps,
            ).run()
    except apply.Refused as problem:
        module.fail_json(
            msg="Nothing was written. " + "; ".join(problem.problems) if not steps else str(problem),
            error="refused_locally",
            problems=problem.problems,
            steps=steps,
            changed=bool(steps),
        )
    except Stuck as problem:
        module.fail_json(msg=str(problem), error="stuck", steps=steps, changed=bool(steps))
    except apply.Unfinished as problem:
        fail(module, problem.error, steps=steps, changed=bool(steps) or problem.outcome.changed)
    except CalicoError as problem:
        fail(module, problem, steps=steps, changed=bool(steps))
    else:
        module.exit_json(changed=changed, steps=steps)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
