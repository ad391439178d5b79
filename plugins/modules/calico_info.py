#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_info
short_description: Read Calico's resources, IPAM blocks, versions and who owns the pools
version_added: "0.1.0"
description:
  - Reads the kinds asked for with one list call of C(calicoctl) each.
  - Tells which node holds which block of addresses, from the Kubernetes API.
  - Compares the nodes of an inventory with those of the cluster, all differences at once.
options:
  kinds:
    description:
      - Kinds to read, as C(calicoctl) names them.
    type: list
    elements: str
    default: [Node, BGPConfiguration, BGPPeer, BGPFilter, IPPool]
  ipam:
    description:
      - Read IPAM blocks and affinities too. Needs the Python library kubernetes, and O(datastore_type=kubernetes).
    type: bool
    default: false
  expected_nodes:
    description:
      - Nodes as the inventory knows them, each with C(name), C(node_ip) (its BGP address) and C(as_number) (asplain or
        asdot). Other keys are passed over. RV(node_mismatches) then says where the cluster differs.
    type: list
    elements: dict
  expected_bigips:
    description:
      - Addresses with which the BIG-IPs speak BGP. RV(unreachable_nodes) then names the nodes on other subnets.
    type: list
    elements: str
    default: []
  allow_as_change:
    description:
      - An AS number that is set in the cluster to something else than in the inventory is no difference.
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
- name: What the cluster has
  podroute.calico_f5.calico_info:
  register: calico

- name: Only the peers
  podroute.calico_f5.calico_info:
    kinds: [BGPPeer]

- name: Which node holds which block
  podroute.calico_f5.calico_info:
    kinds: []
    ipam: true

- name: Does the inventory agree with the cluster
  podroute.calico_f5.calico_info:
    expected_nodes:
      - {name: k8s-master, node_ip: 172.16.40.199, as_number: "64512"}
      - {name: k8s-node1, node_ip: 172.16.40.198, as_number: "64512"}
  register: calico
  failed_when: calico.node_mismatches | length > 0
"""

RETURN = r"""
resources:
  description: Resources by kind, without what the server adds for itself.
  type: dict
  returned: always
versions:
  description: Versions of C(client) and C(cluster), and C(cluster_type); each None where it is not known.
  type: dict
  returned: always
nodes:
  description:
    - By node its BGP C(address) (None when it takes no part), C(prefix_length), C(as_number), C(own_as_number),
      C(route_reflector_cluster_id) and C(labels).
  type: dict
  returned: when C(Node) is among O(kinds), or O(expected_nodes) or O(expected_bigips) is given
mesh:
  description: Whether the node-to-node mesh is on.
  type: bool
  returned: as RV(nodes)
node_mismatches:
  description: Where inventory and cluster differ, one sentence each.
  type: list
  elements: str
  returned: when O(expected_nodes) is given
unreachable_nodes:
  description: Nodes whose pods a BIG-IP cannot reach without encapsulation, one sentence each.
  type: list
  elements: str
  returned: when O(expected_bigips) is given
pool_owners:
  description:
    - By pool V(operator) for the Tigera operator's, otherwise the value of its label managed-by or an empty text.
  type: dict
  returned: when C(IPPool) is among O(kinds)
ipam:
  description:
    - C(blocks) with C(cidr), C(node), C(size), C(allocated) and C(free); C(affinities) with C(node), C(cidr) and
      C(state); and C(by_node), the networks that each node holds and announces.
  type: dict
  returned: with O(ipam=true)
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    apply,
    cluster_facts,
    kube,
    options,
    sources,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.plan import Cluster


def main():
    module = AnsibleModule(
        argument_spec={
            "kinds": {
                "type": "list",
                "elements": "str",
                "default": ["Node", "BGPConfiguration", "BGPPeer", "BGPFilter", "IPPool"],
            },
            "ipam": {"type": "bool", "default": False},
            "expected_nodes": {"type": "list", "elements": "dict"},
            "expected_bigips": {"type": "list", "elements": "str", "default": []},
            "allow_as_change": {"type": "bool", "default": False},
            **options.connection_options(),
        },
        supports_check_mode=True,
    )
    try:
        kinds = sources.kinds(module.params["kinds"])
        result = _calico(module, kinds)
        if module.params["ipam"]:
            result["ipam"] = _ipam(module)
    except apply.Refused as problem:
        module.fail_json(msg=str(problem), error="refused_locally")
    except CalicoError as problem:
        options.fail(module, problem)
    else:
        module.exit_json(changed=False, **result)


def _calico(module, kinds):
    expected = module.params["expected_nodes"]
    for number, node in enumerate(expected or (), 1):
        missing = [key for key in ("name", "node_ip", "as_number") if key not in node]
        if missing:
            module.fail_json(msg=f"expected_nodes: node {number} has no {', '.join(missing)}")
    needed = list(kinds)
    bigips = module.params["expected_bigips"]
    if expected is not None or bigips or "Node" in kinds:
        needed += [kind for kind in ("Node", "BGPConfiguration") if kind not in kinds]
    with Calicoctl(options.connection_of(module)) as client:
        read = {kind: client.list(kind) for kind in needed}
        versions = client.versions()
    result = {
        "versions": versions,
        "resources": {kind: list(Cluster(read[kind]).of(kind).values()) for kind in kinds},
    }
    if "Node" in read:
        default = next((item for item in read["BGPConfiguration"] if item["metadata"]["name"] == "default"), None)
        result["nodes"] = cluster_facts.nodes(read["Node"], default)
        result["mesh"] = cluster_facts.mesh_is_on(default)
        if expected is not None:
            is_set = bool(((default or {}).get("spec") or {}).get("asNumber"))
            result["node_mismatches"] = cluster_facts.differences(
                expected, result["nodes"], is_set, module.params["allow_as_change"]
            )
        if bigips:
            result["unreachable_nodes"] = cluster_facts.unreachable_nodes(result["nodes"], bigips)
    if "IPPool" in kinds:
        result["pool_owners"] = cluster_facts.pool_owners(read["IPPool"])
    return result


def _ipam(module):
    params = module.params
    if params["datastore_type"] != "kubernetes":
        module.fail_json(msg="ipam = true reads the Kubernetes API, and datastore_type is etcdv3")
    if kube.IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=str(kube.IMPORT_ERROR))
    with kube.Kubernetes(params["kubeconfig"], params["context"], params["timeout"]) as api:
        affinities = cluster_facts.affinities(api.custom("blockaffinities"))
        blocks = cluster_facts.blocks(api.custom("ipamblocks"))
    return {"blocks": blocks, "affinities": affinities, "by_node": cluster_facts.by_node(affinities)}


if __name__ == "__main__":
    main()
