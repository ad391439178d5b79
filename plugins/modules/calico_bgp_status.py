#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_bgp_status
short_description: Read the BGP sessions and routes of all nodes, without a shell on them
version_added: "0.1.0"
description:
  - Asks each node for one report through a one-shot C(CalicoNodeStatus), in bounded batches. The objects are
    deleted afterwards in any case, also those of a former run that was killed.
  - With O(node_command) or O(exec) each node is asked by one shell script as well - the kernel's routes, BIRD's
    configuration, and BIRD's own words, which hold the last error of a session and say whether BIRD still waits
    for graceful restart. Where there is no report of C(CalicoNodeStatus), they stand in for it.
  - With O(wait_for) it looks until everything expected is there, or fails and says what is missing.
options:
  nodes:
    description:
      - Names of the nodes; all nodes of the cluster when not set.
    type: list
    elements: str
  source:
    description:
      - V(api) reads C(CalicoNodeStatus) from the Kubernetes API.
      - V(shell) uses only O(node_command) or O(exec), for instance where Calico keeps its resources in etcd. With
        O(node_command) it needs O(nodes).
      - V(socket) asks BIRD's socket on the host of the task itself. O(nodes) is then the one name of that host.
    type: str
    choices: [api, shell, socket]
    default: api
  node_command:
    description:
      - Words of a command on the host of the task that runs a shell on a node, to be followed by C(sh -s). The text
        C({node}) is replaced by the node's name.
    type: list
    elements: str
    default: []
  exec:
    description:
      - Ask through the calico-node pods, where Calico runs in pods.
    type: bool
    default: false
  bird_socket:
    description:
      - BIRD's control socket on the nodes.
    type: str
    default: /var/run/calico/bird.ctl
  bird_config:
    description:
      - BIRD's configuration on the nodes.
    type: str
    default: /etc/calico/confd/config/bird.cfg
  concurrency:
    description:
      - How many nodes O(node_command) or O(exec) asks at the same time.
    type: int
    default: 10
  batch_size:
    description:
      - How many C(CalicoNodeStatus) objects exist at the same time. Calico advises at most 10.
    type: int
    default: 10
  report_timeout:
    description:
      - Seconds that one batch of reports, and one node's shell, may take.
    type: int
    default: 15
  wait_for:
    description:
      - What to wait for. Without it the module looks once.
    type: dict
    suboptions:
      peers:
        description: Node to addresses of peers, with which its sessions must be established.
        type: dict
        default: {}
      routes:
        description: Node to networks to which BIRD must have a best route.
        type: dict
        default: {}
      replacements:
        description: Node to networks that BIRD must know from another session than the mesh's.
        type: dict
        default: {}
      kernel_routes:
        description: Node to networks that BIRD must have put into the kernel. Needs O(node_command) or O(exec).
        type: dict
        default: {}
      timeout:
        description: Seconds after which the module fails. A restarted BIRD holds its routes back for up to 240.
        type: int
        default: 300
      interval:
        description: Seconds between two looks.
        type: int
        default: 2
requirements:
  - Python library kubernetes, unless O(source=shell) with O(node_command), or O(source=socket)
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.attributes
attributes:
  check_mode:
    support: full
    details: The module changes nothing that stays. In check mode it does not wait, and fails for nothing missing.
  diff_mode:
    support: none
  idempotent:
    support: full
notes:
  - Of the connection options only O(kubeconfig), O(context) and O(timeout) matter here. The module takes the others
    so that C(module_defaults) of the action group fit it.
  - The user of the kubeconfig needs get, list, create and delete on C(caliconodestatuses) of
    C(crd.projectcalico.org), and list on nodes.
seealso:
  - module: podroute.calico_f5.calico_info
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Sessions and routes of all nodes
  podroute.calico_f5.calico_bgp_status:
  register: bgp

- name: Wait until both nodes speak with each other and with the BIG-IP
  podroute.calico_f5.calico_bgp_status:
    wait_for:
      peers:
        k8s-master: [172.16.40.198, 172.16.40.202]
        k8s-node1: [172.16.40.199, 172.16.40.202]
      timeout: 60

- name: The kernel's routes and BIRD's words too, through a command that reaches the nodes
  podroute.calico_f5.calico_bgp_status:
    node_command: [on-node, "{node}"]
  register: bgp
"""

RETURN = r"""
nodes:
  description: State by node.
  type: dict
  returned: always
  contains:
    agent:
      description: C(state) of BIRD, V(Ready) or V(NotReady), and its C(router_id).
      type: dict
    sessions:
      description:
        - Sessions with C(peer_ip), C(type) (V(NodeMesh), V(NodePeer) or V(GlobalPeer)), C(state), C(since), and
          C(last_error), which only a shell on the node knows.
      type: list
      elements: dict
    routes:
      description:
        - BIRD's routes with C(destination), C(gateway), C(interface), C(type) (V(FIB) for the best one, otherwise
          V(RIB)), C(learned_from) and C(peer_ip).
      type: list
      elements: dict
    kernel_routes:
      description:
        - The kernel's IPv4 routes with C(dst), C(gateway), C(dev), C(protocol) and C(type). None without a shell.
      type: list
      elements: dict
    bird:
      description: C(protocols) as BIRD shows them and C(config) as confd rendered it. None without a shell.
      type: dict
    graceful_restart_wait:
      description: Whether BIRD still holds kernel routes back. Only a shell on the node can tell; false without one.
      type: bool
    error:
      description: Why something of this node could not be read.
      type: str
ready:
  description: Whether everything in O(wait_for) is there; without it, whether BIRD is ready on every node.
  type: bool
  returned: always
missing:
  description: What keeps it from being ready, one sentence each.
  type: list
  elements: str
  returned: always
"""

import functools
import signal

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import kube, oneshot, options, shell, status
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError

_BY_NODE = ("peers", "routes", "replacements", "kernel_routes")


def main():
    by_node = {"type": "dict", "default": {}}
    module = AnsibleModule(
        argument_spec={
            "nodes": {"type": "list", "elements": "str"},
            "source": {"type": "str", "choices": ["api", "shell", "socket"], "default": "api"},
            "node_command": {"type": "list", "elements": "str", "default": []},
            "exec": {"type": "bool", "default": False},
            "bird_socket": {"type": "str", "default": "/var/run/calico/bird.ctl"},
            "bird_config": {"type": "str", "default": "/etc/calico/confd/config/bird.cfg"},
            "concurrency": {"type": "int", "default": 10},
            "batch_size": {"type": "int", "default": 10},
            "report_timeout": {"type": "int", "default": 15},
            "wait_for": {
                "type": "dict",
                "options": {
                    "peers": by_node,
                    "routes": by_node,
                    "replacements": by_node,
                    "kernel_routes": by_node,
                    "timeout": {"type": "int", "default": 300},
                    "interval": {"type": "int", "default": 2},
                },
            },
            **options.connection_options(),
        },
        supports_check_mode=True,
    )
    # A task that is stopped must still clean up after itself.
    signal.signal(signal.SIGTERM, lambda *_: module.fail_json(msg="stopped by SIGTERM"))
    try:
        module.exit_json(**_run(module))
    except CalicoError as problem:
        options.fail(module, problem)


def _run(module):
    params = module.params
    if params["exec"] and params["node_command"]:
        module.fail_json(msg="exec = true and node_command are two ways to one shell; give one")
    if params["source"] == "shell" and not params["exec"] and not (params["node_command"] and params["nodes"]):
        module.fail_json(msg="source = shell needs exec: true, or node_command together with nodes")
    if params["source"] == "socket" and len(params["nodes"] or ()) != 1:
        module.fail_json(msg="source = socket asks the host of the task: give its one name in nodes")
    needs_api = params["source"] == "api" or params["exec"] or not params["nodes"]
    if not needs_api:
        return _look(module, None, params["nodes"])
    if kube.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kube.IMPORT_ERROR))
    with kube.Kubernetes(params["kubeconfig"], params["context"], params["timeout"]) as api:
        return _look(module, api, params["nodes"] or api.node_names())


def _look(module, api, nodes):
    params = module.params
    ask_api = None
    if params["source"] == "api":
        ask_api = oneshot.OneShot(api, max(1, params["batch_size"]), params["report_timeout"]).ask
    look = functools.partial(status.observe, ask_api=ask_api, ask_shell=_shell(params, api))
    wanted = params["wait_for"]
    if not wanted:
        states = look(nodes)
        lacks = status.healthy(states)
        return {"changed": False, "nodes": states, "ready": not lacks, "missing": lacks}
    for what in _BY_NODE:
        for node, items in wanted[what].items():
            if not isinstance(items, list):
                module.fail_json(msg=f"wait_for.{what}.{node} = {items!r} is no list")
    expected = status.Expected(**{what: wanted[what] for what in _BY_NODE})
    unknown = sorted(set(expected.nodes) - set(nodes))
    if unknown:
        module.fail_json(msg=f"wait_for names {', '.join(unknown)}, which are not among the nodes {', '.join(nodes)}")
    if not expected.nodes:
        module.fail_json(msg="wait_for names nothing to wait for")
    timeout = 0 if module.check_mode else wanted["timeout"]
    states, lacks = status.wait(look, nodes, expected, timeout, max(1, wanted["interval"]))
    result = {"changed": False, "nodes": states, "ready": not lacks, "missing": lacks}
    if lacks and not module.check_mode:
        module.fail_json(msg=f"after {wanted['timeout']} s still missing: " + "; ".join(lacks), **result)
    return result


def _shell(params, api):
    """How to ask a node's own shell, or None where there is no way."""
    seconds = params["report_timeout"]
    text = shell.script(shell.SECTIONS, params["bird_socket"], params["bird_config"])
    if params["source"] == "socket":
        def ask(node):
            return shell.run_here(params["bird_socket"], params["bird_config"], seconds)
    elif params["node_command"]:
        def ask(node):
            return shell.run(params["node_command"], node, text, seconds)
    elif params["exec"]:
        pods = api.calico_node_pods()

        def ask(node):
            if node not in pods:
                raise ValueError("no running calico-node pod on this node")
            return api.exec_script(*pods[node], text, seconds)
    else:
        return None
    return lambda nodes: shell.everywhere(nodes, ask, params["concurrency"])


if __name__ == "__main__":
    main()
