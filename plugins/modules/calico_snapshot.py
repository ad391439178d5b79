#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_snapshot
short_description: Keep a cluster's peering, and go back to it
version_added: "0.1.0"
description:
  - Reads BGPPeers, BGPFilters, BGPConfigurations and IPPools, and of each Node its AS number, its reflector's cluster
    and the labels that steer sessions; or makes them so again.
  - Going back compares three sides, key by key - what was before a run, what the run left, and what is there now.
    What the run changed goes back. What somebody else changed since is named in RV(theirs) and stays.
  - Objects that a run made are deleted after the others are written, and only when they carry the label of the
    collection; a C(BGPConfiguration), which is never marked, when the run made it. All is read again and compared.
  - Secrets, and who may read them, are not part of it.
options:
  state:
    description: V(gathered) only reads. V(restored) goes back to O(snapshot).
    type: str
    choices: [gathered, restored]
    default: gathered
  snapshot:
    description: What RV(snapshot) held before the run.
    type: dict
  left:
    description:
      - What RV(snapshot) held after the run. Without it, everything that differs from O(snapshot) counts as the run's.
    type: dict
requirements:
  - calicoctl of the cluster's release (v3.28 or later) on the host that the task runs on
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: podroute.calico_f5.bigip_snapshot
  - module: podroute.calico_f5.calico_resources
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Keep what is there
  podroute.calico_f5.calico_snapshot:
    kubeconfig: ~/.kube/config
  register: kept

- name: Go back to it
  podroute.calico_f5.calico_snapshot:
    kubeconfig: ~/.kube/config
    state: restored
    snapshot: "{{ kept.snapshot }}"
"""

RETURN = r"""
snapshot:
  description: What is there.
  returned: when O(state=gathered)
  type: dict
objects:
  description: What became of each object, as M(podroute.calico_f5.calico_resources) says it.
  returned: when O(state=restored)
  type: list
  elements: dict
resets:
  description: The BGP sessions that the way back reset, one sentence each.
  returned: when O(state=restored)
  type: list
  elements: str
theirs:
  description: What others changed since the run. It stays as it is.
  returned: when O(state=restored)
  type: list
  elements: str
problems:
  description: Every reason for a refusal before the first write.
  returned: when the way back is refused
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, options, snapshot
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError


def main():
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["gathered", "restored"], "default": "gathered"},
            "snapshot": {"type": "dict"},
            "left": {"type": "dict"},
            **options.connection_options(),
        },
        required_if=[["state", "restored", ["snapshot"]]],
        supports_check_mode=True,
    )
    params = module.params
    try:
        with Calicoctl(options.connection_of(module)) as client:
            if params["state"] == "gathered":
                module.exit_json(changed=False, snapshot=snapshot.take(client))
            wanted = snapshot.request(params["snapshot"], params["left"])
            outcome, theirs = snapshot.restore(client, wanted, module.check_mode)
    except apply.Refused as problem:
        module.fail_json(msg="Nothing was written. " + "; ".join(problem.problems), problems=problem.problems)
    except (apply.Unfinished, CalicoError) as problem:
        options.fail(module, getattr(problem, "error", problem))
    else:
        module.exit_json(
            changed=outcome.changed,
            objects=outcome.objects,
            resets=outcome.resets,
            theirs=theirs,
            diff={"before": apply.diff_text(outcome.before), "after": apply.diff_text(outcome.after)},
        )


if __name__ == "__main__":
    main()
