#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_snapshot
short_description: Take a snapshot of a cluster's BGP peering, or restore it
version_added: "1.0.0"
description:
  - Reads BGPPeers, BGPFilters, BGPConfigurations and IPPools, and of each Node its AS number, its reflector's cluster
    and the labels that select sessions; or restores them.
  - To restore, three states are compared key by key - before a run, as the run applied it, and now. What the run
    changed is restored. What others changed since is listed in RV(conflicts) and left unchanged.
  - Objects that a run created are deleted after the others are written, and only if they carry the label of the
    collection; a C(BGPConfiguration), which never carries it, if the run created it. Everything is read again and
    compared.
  - Secrets, and the rights to read them, are not part of it.
options:
  state:
    description: V(gathered) only reads. V(restored) restores O(snapshot).
    type: str
    choices: [gathered, restored]
    default: gathered
  snapshot:
    description: The RV(snapshot) before the run.
    type: dict
  applied:
    description:
      - The RV(snapshot) after the run. Without it, everything that differs from O(snapshot) counts as changed by the
        run.
    type: dict
  fabric:
    description: The fabric of the run. Without O(applied), objects marked as those of another one are left unchanged.
    type: str
    default: ""
requirements:
  - calicoctl of the cluster's release (v3.28 or later) on the host that the task runs on
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
seealso:
  - module: podroute.calico_f5.bigip_snapshot
  - module: podroute.calico_f5.calico_resources
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Take a snapshot
  podroute.calico_f5.calico_snapshot:
    kubeconfig: ~/.kube/config
  register: before

- name: Restore it
  podroute.calico_f5.calico_snapshot:
    kubeconfig: ~/.kube/config
    state: restored
    snapshot: "{{ before.snapshot }}"
"""

RETURN = r"""
snapshot:
  description: The current state.
  returned: when O(state=gathered)
  type: dict
objects:
  description: The result of each object, as M(podroute.calico_f5.calico_resources) returns it.
  returned: when O(state=restored)
  type: list
  elements: dict
resets:
  description: The BGP sessions that the rollback resets, one sentence each.
  returned: when O(state=restored)
  type: list
  elements: str
conflicts:
  description: What others changed since the run. It is left unchanged.
  returned: when O(state=restored)
  type: list
  elements: str
problems:
  description: Every reason for a refusal before the first write.
  returned: when the rollback is refused
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import options as connection
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError


def options():
    return {
        "argument_spec": {
            "state": {"type": "str", "choices": ["gathered", "restored"], "default": "gathered"},
            "snapshot": {"type": "dict"},
            "applied": {"type": "dict"},
            "fabric": {"type": "str", "default": ""},
            **connection.connection_options(),
        },
        "required_if": [["state", "restored", ["snapshot"]]],
        "supports_check_mode": True,
    }


def run(module):
    params = module.params
    try:
        with Calicoctl(connection.connection_of(module)) as client:
            if params["state"] == "gathered":
                module.exit_json(changed=False, snapshot=snapshot.take(client))
            wanted = snapshot.request(params["snapshot"], params["applied"], params["fabric"])
            outcome, conflicts = snapshot.restore(client, wanted, module.check_mode)
    except apply.Refused as problem:
        module.fail_json(msg="Nothing was changed. " + "; ".join(problem.problems), problems=problem.problems)
    except (apply.Unfinished, CalicoError) as problem:
        connection.fail(module, getattr(problem, "error", problem))
    else:
        module.exit_json(
            changed=outcome.changed,
            objects=outcome.objects,
            resets=outcome.resets,
            conflicts=conflicts,
            diff={"before": apply.diff_text(outcome.before), "after": apply.diff_text(outcome.after)},
        )


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
