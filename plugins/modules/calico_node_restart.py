#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_node_restart
short_description: Restart calico-node in batches of nodes, waiting for their sessions
version_added: "1.0.0"
description:
  - Restarts calico-node on the given nodes, O(batch_size) of them at a time. The next batch starts when the new
    calico-node is ready and the sessions of O(peers) are Established again; at the end all nodes are checked once more.
  - Where calico-node runs in pods they are deleted and their DaemonSet creates them again. Where it is a service of the
    node, O(script) restarts it.
  - BIRD reads C(listenPort) and C(bindMode) of a C(BGPConfiguration) only when it starts, so a change of them needs
    this restart. The module restarts whenever it is called.
options:
  peers:
    description:
      - Node to addresses of peers with which its sessions must be established after its restart. Its keys are the nodes
        that restart, in this order.
      - If the port of BIRD changes, the order has to be that of the nodes' addresses as text. Of two nodes, the one
        with the greater address opens the connection, immediately to the new port, so the lower one must listen there
        first.
    type: dict
    required: true
  batch_size:
    description: How many nodes restart at the same time.
    type: int
    default: 1
  script:
    description:
      - Text of a shell script that restarts calico-node on a node, run through O(node_command). It must end with exit
        code 0 when calico-node has been started again.
    type: str
  node_command:
    description:
      - Command, as a list, that runs a shell on a node from the host of the task. C(sh -s) is appended, and C({node})
        is replaced by the node's name. Only with O(script).
    type: list
    elements: str
    default: []
  step_timeout:
    description: Seconds within which the nodes of a batch must have their sessions again.
    type: int
    default: 300
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
  idempotent:
    support: none
    details: A restart is an action, not a state.
notes:
  - The user of the kubeconfig needs list and delete on pods of calico-node's namespace, unless there is O(script), and
    get, list, create and delete on C(caliconodestatuses) of C(crd.projectcalico.org).
seealso:
  - module: podroute.calico_f5.calico_bgp_status
  - module: podroute.calico_f5.calico_resources
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Restart one calico-node pod after the other
  podroute.calico_f5.calico_node_restart:
    peers:
      k8s-node1: [172.16.40.199, 172.16.40.202]
      k8s-master: [172.16.40.198, 172.16.40.202]

- name: Restart two nodes at a time, where calico-node is a service of the node
  podroute.calico_f5.calico_node_restart:
    peers:
      k8s-node1: [172.16.40.199, 172.16.40.202]
      k8s-master: [172.16.40.198, 172.16.40.202]
    batch_size: 2
    node_command: [on-node, "{node}"]
    script: systemctl restart calico-node
"""

RETURN = r"""
restarted:
  description: Nodes whose calico-node was restarted, or in check mode would be, in order.
  type: list
  elements: str
  returned: always
"""

import functools

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import kube, node_status_api, restart, status
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.options import (
    connection_options,
    fail,
    fail_when_stopped,
)


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            "peers": {"type": "dict", "required": True},
            "batch_size": {"type": "int", "default": 1},
            "script": {"type": "str"},
            "node_command": {"type": "list", "elements": "str", "default": []},
            "step_timeout": {"type": "int", "default": 300},
            **connection_options(),
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params
    problems = _problems(params)
    if problems:
        module.fail_json(msg="Nothing was restarted. " + "; ".join(problems), restarted=[])
    if module.check_mode:
        module.exit_json(changed=True, restarted=list(params["peers"]))
    if kube.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kube.IMPORT_ERROR))
    restarted = []
    try:
        with kube.Kubernetes(params["kubeconfig"], params["context"], params["timeout"]) as api:
            restart.Rolling(
                _restarter(params, api),
                functools.partial(status.observe, ask_api=node_status_api.OneShot(api).ask, ask_shell=None),
                params["peers"],
                batch_size=params["batch_size"],
                timeout=params["step_timeout"],
                restarted=restarted,
            ).run()
    except restart.Stuck as problem:
        left = [node for node in params["peers"] if node not in restarted]
        untouched = f"; not restarted: {', '.join(left)}" if left else ""
        module.fail_json(msg=f"{problem}{untouched}", error="stuck", restarted=restarted, changed=bool(restarted))
    except CalicoError as problem:
        fail(module, problem, restarted=restarted, changed=bool(restarted))
    module.exit_json(changed=True, restarted=restarted)


def _problems(params):
    """Problems of the options, one sentence each."""
    found = [
        f"peers.{node} = {addresses!r} is not a list of addresses"
        for node, addresses in params["peers"].items()
        if not isinstance(addresses, list) or not addresses
    ]
    if not params["peers"]:
        found.append("peers is empty: there is no node to restart, and no session to verify it with")
    for name in ("batch_size", "step_timeout"):
        if params[name] < 1:
            found.append(f"{name} = {params[name]} must be at least 1")
    if bool(params["script"]) != bool(params["node_command"]):
        found.append("script and node_command must be set together")
    return found


def _restarter(params, api):
    if params["script"]:
        return restart.ByScript(params["node_command"], params["script"], params["step_timeout"])
    return restart.ByPods(api)


def main():
    module = AnsibleModule(**options())
    fail_when_stopped(module)
    run(module)


if __name__ == "__main__":
    main()
