#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_info
short_description: Read Calico's resources, IPAM blocks, versions and pool owners
version_added: "1.0.0"
description:
  - Reads the requested kinds with one list call of C(calicoctl) each.
  - Returns which node owns which block of addresses, from the Kubernetes API.
  - Compares the nodes of an inventory with those of the cluster, all differences at once.
options:
  kinds:
    description:
      - Kinds to read, as named by C(calicoctl).
    type: list
    elements: str
    default: [Node, BGPConfiguration, BGPPeer, BGPFilter, IPPool]
  nodes:
    description:
      - Read the nodes. They are also read if V(Node) is among O(kinds), or if they are compared with the inventory.
    type: bool
    default: false
  ipam:
    description:
      - Read IPAM blocks and affinities too. Needs the Python library kubernetes, and O(datastore_type=kubernetes).
    type: bool
    default: false
  installation:
    description:
      - Read how calico-node was installed. Needs the same as O(ipam).
    type: bool
    default: false
  password:
    description:
      - Read what M(podroute.calico_f5.calico_bgp_password) would change with these options. Needs the same as
        O(ipam).
    type: dict
    suboptions:
      state:
        description: Whether the three objects exist.
        type: str
        choices: [present, absent]
        default: present
      password:
        description: The password.
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
        description: Namespace of calico-node; read from its DaemonSet by default.
        type: str
      subject:
        description: The identity of calico-node, as a subject of a RoleBinding.
        type: dict
  expected_nodes:
    description:
      - Nodes of the inventory, each with C(name), C(node_ip) (its BGP address) and C(as_number) (asplain or
        asdot). Other keys are ignored. RV(node_mismatches) then lists the differences of the cluster.
    type: list
    elements: dict
  expected_bigips:
    description:
      - BGP addresses of the BIG-IPs. RV(unreachable_nodes) then lists the nodes on other subnets.
    type: list
    elements: str
    default: []
  allow_as_change:
    description:
      - An AS number in the cluster that differs from the inventory is not a mismatch.
    type: bool
    default: false
requirements:
  - calicoctl of the cluster's release (v3.28 or later) on the host that the task runs on
  - Python library kubernetes, with O(ipam=true)
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.info
seealso:
  - module: podroute.calico_f5.calico_resources
  - module: podroute.calico_f5.calico_bgp_status
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Read the cluster
  podroute.calico_f5.calico_info:
  register: calico

- name: Read the peers only
  podroute.calico_f5.calico_info:
    kinds: [BGPPeer]

- name: Read the IPAM blocks of the nodes
  podroute.calico_f5.calico_info:
    kinds: []
    ipam: true

- name: Compare the inventory with the cluster
  podroute.calico_f5.calico_info:
    expected_nodes:
      - {name: k8s-master, node_ip: 172.16.40.199, as_number: "64512"}
      - {name: k8s-node1, node_ip: 172.16.40.198, as_number: "64512"}
  register: calico
  failed_when: calico.node_mismatches | length > 0
"""

RETURN = r"""
resources:
  description: Resources by kind, without fields that the server adds.
  type: dict
  returned: always
versions:
  description: Versions of C(client) and C(cluster), and C(cluster_type); each None if unknown.
  type: dict
  returned: always
nodes:
  description:
    - By node its BGP C(address) (None if it does not run BGP), C(prefix_length), C(as_number), C(own_as_number),
      C(route_reflector_cluster_id), C(labels), and C(flannel_backend) if the Kubernetes API was read.
  type: dict
  returned: when C(Node) is among O(kinds), or O(expected_nodes) or O(expected_bigips) is set
cluster_as_number:
  description: The AS number of BGPConfiguration C(default), None if not set.
  type: int
  returned: as RV(nodes)
mesh:
  description: Whether the node-to-node mesh is on.
  type: bool
  returned: as RV(nodes)
node_mismatches:
  description: Differences between inventory and cluster, one sentence each.
  type: list
  elements: str
  returned: when O(expected_nodes) is set
unreachable_nodes:
  description: Nodes whose pods a BIG-IP cannot reach without encapsulation, one sentence each.
  type: list
  elements: str
  returned: when O(expected_bigips) is set
pool_owners:
  description:
    - By pool V(operator) for the Tigera operator's, otherwise the value of its label managed-by or an empty string.
  type: dict
  returned: when C(IPPool) is among O(kinds)
installation:
  description:
    - How calico-node runs. C(daemon_set) (whether there is one), its C(namespace) and C(service_account), C(backend)
      (V(bird), V(vxlan), V(none), or None if unknown), and C(operator_bgp), the value of
      C(spec.calicoNetwork.bgp) of the Tigera operator's Installation, None without an operator.
  type: dict
  returned: with O(installation=true) or O(password)
password:
  description: The planned changes of M(podroute.calico_f5.calico_bgp_password), see its RV(ignore:objects).
  type: list
  elements: dict
  returned: with O(password)
ipam:
  description:
    - C(blocks) with C(cidr), C(node), C(size), C(allocated) and C(free); C(affinities) with C(node), C(cidr) and
      C(state); and C(by_node), the networks that each node owns and announces.
  type: dict
  returned: with O(ipam=true)
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    apply,
    cluster_facts,
    kube,
    observe,
    sources,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.options import (
    connection_of,
    connection_options,
    fail,
)


def options():
    """The keyword arguments of AnsibleModule."""
    password = {
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "password": {"type": "str", "no_log": True},
        "name": {"type": "str", "default": "podroute-bgp"},
        "key": {"type": "str", "default": "password", "no_log": False},
        "namespace": {"type": "str"},
        "subject": {"type": "dict"},
    }
    return {
        "argument_spec": {
            "kinds": {
                "type": "list",
                "elements": "str",
                "default": ["Node", "BGPConfiguration", "BGPPeer", "BGPFilter", "IPPool"],
            },
            "nodes": {"type": "bool", "default": False},
            "ipam": {"type": "bool", "default": False},
            "installation": {"type": "bool", "default": False},
            "password": {"type": "dict", "no_log": False, "options": password},
            "expected_nodes": {"type": "list", "elements": "dict"},
            "expected_bigips": {"type": "list", "elements": "str", "default": []},
            "allow_as_change": {"type": "bool", "default": False},
            **connection_options(),
        },
        "supports_check_mode": True,
    }


def run(module):
    """Read what the options select, and compare it with the inventory."""
    params = module.params
    expected, bigips = params["expected_nodes"], params["expected_bigips"]
    for number, node in enumerate(expected or (), 1):
        missing = [key for key in ("name", "node_ip", "as_number") if key not in node]
        if missing:
            module.fail_json(msg=f"expected_nodes: node {number} has no {', '.join(missing)}")
    try:
        kinds = sources.kinds(params["kinds"])
        nodes = params["nodes"] or expected is not None or bool(bigips) or "Node" in kinds
        with Calicoctl(connection_of(module)) as client:
            result = _read(module, client, kinds, nodes)
    except apply.Refused as problem:
        module.fail_json(msg=str(problem), error="refused_locally")
    except CalicoError as problem:
        fail(module, problem)
    if expected is not None:
        result["node_mismatches"] = cluster_facts.mismatches(expected, result, params["allow_as_change"])
    if bigips:
        result["unreachable_nodes"] = cluster_facts.unreachable_nodes(result["nodes"], bigips)
    module.exit_json(changed=False, **result)


def _read(module, client, kinds, nodes):
    params = module.params
    wanted = {key: params[key] for key in ("ipam", "installation", "password")}
    if not any(wanted.values()):
        return observe.read(client, None, kinds, nodes)
    if params["datastore_type"] != "kubernetes":
        names = ", ".join(key for key, value in wanted.items() if value)
        module.fail_json(msg=f"{names}: read from the Kubernetes API, and datastore_type is etcdv3")
    if kube.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kube.IMPORT_ERROR))
    wanted["installation"] = bool(params["installation"] or params["password"])
    with kube.Kubernetes(params["kubeconfig"], params["context"], params["timeout"]) as api:
        return observe.read(client, api, kinds, nodes, **wanted)


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
