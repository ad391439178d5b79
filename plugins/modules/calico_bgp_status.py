#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_bgp_status
short_description: Read the BGP sessions and routes of all nodes without a shell on them
version_added: "1.0.0"
description:
  - Asks each node for one report through a one-shot C(CalicoNodeStatus). Creating, reading and deleting these objects
    overlaps, a limited number at a time. They are always deleted, and so are leftovers of a killed run.
  - With O(node_command) or O(exec) each node also runs one shell script, which reads the kernel's routes, BIRD's
    configuration and BIRD's output. Only this shows the last error of a session and whether BIRD waits for graceful
    restart. It replaces a C(CalicoNodeStatus) report that is missing or has no sessions.
  - With O(expect) mesh sessions and pod routes are compared here and returned as counts and deviations, so that the
    result grows with the number of nodes and not with its square.
  - With O(wait_for) the module reads until the expected state is reached, or fails with what is missing.
options:
  nodes:
    description:
      - Names of the nodes to read; all nodes of the cluster when not set.
    type: list
    elements: str
  source:
    description:
      - V(api) reads C(CalicoNodeStatus) from the Kubernetes API.
      - V(shell) uses only O(node_command) or O(exec), for instance where Calico keeps its resources in etcd. With
        O(node_command) it needs O(nodes).
      - V(socket) asks BIRD's socket on the host of the task itself. O(nodes) must then contain only the name of that
        host.
    type: str
    choices: [api, shell, socket]
    default: api
  node_command:
    description:
      - Command, as a list, that runs a shell on a node from the host of the task. C(sh -s) is appended, and C({node})
        is replaced by the node's name.
    type: list
    elements: str
    default: []
  exec:
    description:
      - Run the script in the calico-node pods, if Calico runs in pods.
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
      - Number of nodes that O(node_command) or O(exec) runs on at the same time.
    type: int
    default: 10
  batch_size:
    description:
      - Maximum of pending C(CalicoNodeStatus) objects. Calico recommends at most 10.
    type: int
    default: 10
  report_timeout:
    description:
      - Seconds without any further report after which the remaining nodes count as not responding, and the timeout of a
        shell on a node.
    type: int
    default: 15
  wait_for:
    description:
      - What to wait for, besides O(expect). Without it the module reads once.
    type: dict
    suboptions:
      peers:
        description: Node to addresses of peers with which its sessions must be Established.
        type: dict
        default: {}
      routes:
        description: Node to networks to which BIRD must have a best route.
        type: dict
        default: {}
      replacements:
        description: Node to networks that BIRD must have learned from a session outside the mesh.
        type: dict
        default: {}
      kernel_routes:
        description: Node to networks that BIRD must have installed in the kernel. Needs O(node_command) or O(exec).
        type: dict
        default: {}
      timeout:
        description: Seconds after which the module fails. A restarted BIRD delays its routes for up to 240 seconds.
        type: int
        default: 300
      interval:
        description: Seconds between two reads.
        type: int
        default: 2
  expect:
    description:
      - The cluster that every node is compared with. The result then has C(mesh) and C(pod_routes) instead of the
        mesh's sessions and the routes to pods.
    type: dict
    suboptions:
      nodes:
        description: BGP address of every node of the cluster, by name, including nodes that are not read.
        type: dict
        required: true
      blocks:
        description:
          - Networks of each node's pods, by node. Every other node must have a route to them through that node.
        type: dict
        default: {}
      mesh:
        description: Whether every node must have an Established session with every other node.
        type: bool
        default: true
      outside_mesh:
        description: Nodes that have no sessions of the mesh, such as route reflectors.
        type: list
        elements: str
        default: []
      routes:
        description:
          - The criterion for routes to another node's pods.
          - V(owner) is a route via the node of the pods, in the kernel if a shell reads it, otherwise BIRD's best
            route.
          - V(best) is BIRD's best route, V(kernel) a route of BIRD in the kernel, which needs O(node_command) or
            O(exec), and V(replaced) a route that BIRD learned from a session outside the mesh. Their gateway does not
            matter.
        type: str
        choices: [owner, best, kernel, replaced]
        default: owner
requirements:
  - Python library kubernetes, unless O(source=shell) with O(node_command), or O(source=socket)
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.calico.kubernetes_only
  - podroute.calico_f5.attributes
attributes:
  check_mode:
    support: full
    details: The module makes no lasting change. In check mode it reads once and does not fail if something is missing.
  diff_mode:
    support: none
  idempotent:
    support: full
notes:
  - The user of the kubeconfig needs get, list, create and delete on C(caliconodestatuses) of
    C(crd.projectcalico.org), and list on nodes.
seealso:
  - module: podroute.calico_f5.calico_info
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Read sessions and routes of all nodes
  podroute.calico_f5.calico_bgp_status:
  register: bgp

- name: Wait for the sessions of both nodes with each other and with the BIG-IP
  podroute.calico_f5.calico_bgp_status:
    wait_for:
      peers:
        k8s-master: [172.16.40.198, 172.16.40.202]
        k8s-node1: [172.16.40.199, 172.16.40.202]
      timeout: 60

- name: Also read kernel routes and BIRD's output, through a command that reaches the nodes
  podroute.calico_f5.calico_bgp_status:
    node_command: [on-node, "{node}"]
  register: bgp

- name: Read counts and deviations of a full mesh
  podroute.calico_f5.calico_bgp_status:
    expect:
      nodes: {k8s-master: 172.16.40.199, k8s-node1: 172.16.40.198}
      blocks: {k8s-master: [10.244.235.192/26], k8s-node1: [10.244.36.64/26]}
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
          C(last_error), which only a shell on the node can read.
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
      description:
        - C(protocols) as BIRD shows them and C(config) as confd rendered it. None without a shell.
        - With O(expect) the protocols are left out, and the configuration has the number of peers of each kind.
      type: dict
    graceful_restart_wait:
      description: Whether BIRD delays kernel routes. Only a shell on the node can read it; false without one.
      type: bool
    mesh:
      description: Mesh sessions, C(expected), C(established) and the first C(down) ones. Only with O(expect).
      type: dict
    pod_routes:
      description:
        - Routes to other nodes' pods, C(expected), C(present) and the first C(missing) ones. Only with O(expect).
      type: dict
    error:
      description: What could not be read from this node, and why.
      type: str
ready:
  description:
    - Whether the state in O(wait_for) and O(expect) is reached; without them, whether BIRD is ready on every node.
  type: bool
  returned: always
missing:
  description: What is missing, one sentence each.
  type: list
  elements: str
  returned: always
"""

import functools

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    kube,
    node_shell,
    node_status_api,
    status,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import options as calico_options
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.common import on_nodes

_TOLD = 10  # maximum of sentences in a message; the result has all
_BY_NODE = ("peers", "routes", "replacements", "kernel_routes")


def options():
    """The keyword arguments of AnsibleModule."""
    by_node = {"type": "dict", "default": {}}
    return {
        "argument_spec": {
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
            "expect": {
                "type": "dict",
                "options": {
                    "nodes": {"type": "dict", "required": True},
                    "blocks": by_node,
                    "mesh": {"type": "bool", "default": True},
                    "outside_mesh": {"type": "list", "elements": "str", "default": []},
                    "routes": {"type": "str", "choices": list(status.PODS_ARE), "default": "owner"},
                },
            },
            **calico_options.connection_options(),
        },
        "supports_check_mode": True,
    }


def run(module):
    """Do the module's work; ends with exit_json or fail_json."""
    try:
        result = _read(module)
    except CalicoError as problem:
        calico_options.fail(module, problem)
    else:
        module.exit_json(**result)


def main():
    module = AnsibleModule(**options())
    calico_options.fail_when_stopped(module)
    run(module)


def _read(module):
    params = module.params
    if params["exec"] and params["node_command"]:
        module.fail_json(msg="exec = true and node_command are mutually exclusive")
    if params["source"] == "shell" and not params["exec"] and not (params["node_command"] and params["nodes"]):
        module.fail_json(msg="source = shell needs exec: true, or node_command together with nodes")
    if params["source"] == "socket" and len(params["nodes"] or ()) != 1:
        module.fail_json(msg="source = socket reads the host of the task: nodes must contain only its name")
    needs_api = params["source"] == "api" or params["exec"] or not params["nodes"]
    if not needs_api:
        return _observe(module, None, params["nodes"])
    if kube.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kube.IMPORT_ERROR))
    with kube.Kubernetes(params["kubeconfig"], params["context"], params["timeout"]) as api:
        return _observe(module, api, params["nodes"] or api.node_names())


def _observe(module, api, nodes):
    params = module.params
    ask_api = None
    if params["source"] == "api":
        ask_api = node_status_api.OneShot(api, max(1, params["batch_size"]), params["report_timeout"]).ask
    expect, wanted = params["expect"], params["wait_for"]
    peers = wanted["peers"] if wanted else {}
    digest = status.Network(**expect, peers=peers).summary if expect else status.whole
    look = functools.partial(status.observe, ask_api=ask_api, ask_shell=_shell(params, api), digest=digest)
    pods_are = status.PODS_ARE[expect["routes"]] if expect else ""
    if not wanted:
        states = look(nodes)
        lacks = status.healthy(states)
        if expect:
            expected = status.Expected(pods_are=pods_are)
            lacks += [line for node in nodes for line in status.missing(node, states[node], expected)]
        return {"changed": False, "nodes": states, "ready": not lacks, "missing": lacks}
    for what in _BY_NODE:
        for node, items in wanted[what].items():
            if not isinstance(items, list):
                module.fail_json(msg=f"wait_for.{what}.{node} = {items!r} is not a list")
    expected = status.Expected(**{what: wanted[what] for what in _BY_NODE}, pods_are=pods_are)
    unknown = sorted(set(expected.nodes) - set(nodes))
    if unknown:
        module.fail_json(msg=f"wait_for has {', '.join(unknown)}, which are not among the nodes {', '.join(nodes)}")
    if not expected.nodes and not expect:
        module.fail_json(msg="wait_for is empty; set one of its options, or the option expect")
    timeout = 0 if module.check_mode else wanted["timeout"]
    states, lacks = status.wait(look, nodes, expected, timeout, max(1, wanted["interval"]))
    result = {"changed": False, "nodes": states, "ready": not lacks, "missing": lacks}
    if lacks and not module.check_mode:
        told = [*lacks[:_TOLD], *([f"and {len(lacks) - _TOLD} more"] if len(lacks) > _TOLD else [])]
        module.fail_json(msg=f"expected state not reached within {wanted['timeout']} s: " + "; ".join(told), **result)
    return result


def _shell(params, api):
    """A function that runs the script on nodes, or None if there is no way to run it."""
    seconds = params["report_timeout"]
    text = node_shell.script(node_shell.SECTIONS, params["bird_socket"], params["bird_config"])
    if params["source"] == "socket":

        def ask(_node):
            return node_shell.run_here(params["bird_socket"], params["bird_config"], seconds)
    elif params["node_command"]:

        def ask(node):
            return node_shell.run(params["node_command"], node, text, seconds)
    elif params["exec"]:
        pods = api.calico_node_pods()

        def ask(node):
            if node not in pods:
                raise ValueError("no running calico-node pod on this node")
            return api.exec_script(*pods[node], text, seconds, "calico-node")
    else:
        return None

    def everywhere(nodes, digest):
        answers = on_nodes.everywhere(
            nodes, lambda node: digest(node, node_shell.observe(ask(node))), params["concurrency"]
        )
        return dict(zip(nodes, answers, strict=True))

    return everywhere


if __name__ == "__main__":
    main()
