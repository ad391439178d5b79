#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_resources
short_description: Manage Calico resources (BGPPeer, BGPFilter, IPPool and others) with calicoctl
version_added: "1.0.0"
description:
  - Reads each kind involved with one list call of C(calicoctl), compares locally, and writes only what differs
    in one call. Nothing is written if nothing differs.
  - Compares by meaning. C(120s) equals C(2m0s), AS C("1.10") equals C(65546), and fields that the server fills in
    are not differences.
  - Checks what calicoctl and the API accept although it is wrong, all problems at once and before the first
    write - an empty peer, two peers for one address, a missing filter, overlapping pools, a field that the
    cluster's release does not support, VIPs inside a service range.
  - Objects that this module makes get the label C(app.kubernetes.io/managed-by), and with O(fabrics) the label
    C(app.kubernetes.io/part-of). Only objects with these labels are ever pruned. An object that was there before is
    changed when you name it, but never claimed; and neither is what every cluster has (C(BGPConfiguration),
    C(FelixConfiguration), C(KubeControllersConfiguration), C(Node)).
  - A C(Node) is only patched, and only its C(metadata.labels) and the given keys of C(spec.bgp).
  - The network and the block size of an C(IPPool) cannot change in place; the module then fails with the
    steps of the migration. Pools of the Tigera operator are not changed; use its C(Installation).
options:
  resources:
    description:
      - Resources of C(projectcalico.org/v3), as for C(calicoctl). C(apiVersion) may be left out.
      - Write AS numbers as strings, and quote selectors. In O(state=merged) a key with the value V(null) is removed.
    type: list
    elements: dict
    default: []
  src:
    description:
      - Files on the host that the task runs on, each with one or more YAML or JSON documents. A document is a
        resource, a list of resources, or a C(<Kind>List).
      - Their resources are added to O(resources).
    type: list
    elements: path
    default: []
  state:
    description:
      - V(merged) sets the given keys and keeps the others. Lists are replaced as a whole.
      - V(replaced) replaces the whole C(spec) of the given objects. Labels and annotations are merged in every state.
      - V(overridden) does the same as V(replaced), and prunes objects of the same kinds that O(owner) created earlier.
      - V(deleted) removes the given objects, with or without the label; their C(spec) is ignored.
      - V(pruned) does not write the given objects. It only removes objects of the kinds in O(prune) that O(owner)
        created and that are not among them.
    type: str
    choices: [merged, replaced, overridden, deleted, pruned]
    default: merged
  replace_owned:
    description:
      - In O(state=merged), make objects that carry the label of O(owner) exactly as given, as O(state=replaced) does.
        A key that is removed from the inventory is then removed here too, and objects of others keep theirs.
    type: bool
    default: false
  prune:
    description:
      - Kinds to prune in any state. Objects that O(owner) created and that are not among the given resources are
        removed.
    type: list
    elements: str
    default: []
  max_prune:
    description:
      - Refuse to prune more objects than this in one run. This limits the damage of a list that is empty by mistake.
    type: int
    default: 10
  owner:
    description:
      - Value of the label C(app.kubernetes.io/managed-by) on objects that this module creates.
      - With an empty string objects are created without the label; nothing can be pruned then.
    type: str
    default: podroute.calico_f5
  fabrics:
    description:
      - The fabric that the objects belong to. Its first name is the value of the label C(app.kubernetes.io/part-of) on
        objects that this module creates; objects of O(owner) with another value are not pruned.
      - Further names are those by which the fabric was known earlier. Objects of O(owner) that have no such label count
        as the fabric's if they use names of one of them, or of no fabric; those that are given get the label.
      - Without it, all objects of O(owner) are one fabric's.
    type: list
    elements: str
    default: []
  vip_ranges:
    description:
      - Networks of the virtual servers that the BIG-IP announces. They must be outside every pool and every service
        range of a C(BGPConfiguration), because Calico would not program their routes.
    type: list
    elements: str
    default: []
  allow:
    description:
      - Dangerous changes to allow.
      - V(mesh_off) allows C(nodeToNodeMeshEnabled) to become false. Verify first that other sessions carry the routes.
      - V(listen_change) allows C(listenPort) and C(bindMode) to change. Mesh sessions then stay down until calico-node
        has been restarted on every node.
    type: list
    elements: str
    choices: [mesh_off, listen_change]
    default: []
requirements:
  - calicoctl of the cluster's release (v3.28 or later) on the host that the task runs on
  - Python library PyYAML, to read YAML from O(src)
extends_documentation_fragment:
  - podroute.calico_f5.calico
  - podroute.calico_f5.calico.action_group
  - podroute.calico_f5.attributes
  - podroute.calico_f5.attributes.full
seealso:
  - module: podroute.calico_f5.calico_info
  - module: podroute.calico_f5.calico_bgp_status
author:
  - podroute contributors (@podroute)
"""

EXAMPLES = r"""
- name: Add a BIG-IP as a peer of every node
  podroute.calico_f5.calico_resources:
    kubeconfig: ~/.kube/config
    resources:
      - kind: BGPPeer
        metadata:
          name: bgppeer-global-f5-1
        spec:
          peerIP: 172.16.40.202
          asNumber: "64512"

- name: Switch encapsulation of a pool off
  podroute.calico_f5.calico_resources:
    vip_ranges:
      - 172.16.40.80/31
    resources:
      - kind: IPPool
        metadata:
          name: default-ipv4-ippool
        spec:
          cidr: 10.244.0.0/16
          ipipMode: Never
          vxlanMode: Never
          natOutgoing: true
          blockSize: 26

- name: Make a node a route reflector
  podroute.calico_f5.calico_resources:
    resources:
      - kind: Node
        metadata:
          name: k8s-master
          labels:
            route-reflector: "true"
        spec:
          bgp:
            routeReflectorClusterID: 244.0.0.1

- name: Replace all peers and filters that the module created
  podroute.calico_f5.calico_resources:
    state: overridden
    resources:
      - kind: BGPFilter
        metadata:
          name: own-routes-only
        spec:
          exportV4:
            - action: Reject
              source: RemotePeers
      - kind: BGPPeer
        metadata:
          name: bgppeer-global-f5-2
        spec:
          peerIP: 172.16.40.203
          asNumber: "65001"
          filters:
            - own-routes-only

- name: Remove a peer
  podroute.calico_f5.calico_resources:
    state: deleted
    resources:
      - kind: BGPPeer
        metadata:
          name: bgppeer-global-f5-2
"""

RETURN = r"""
before:
  description: The resources before, without fields that the server adds.
  type: list
  elements: dict
  returned: always
after:
  description: The resources read after the write; in check mode, the predicted ones.
  type: list
  elements: dict
  returned: always
objects:
  description: The result of each object.
  type: list
  elements: dict
  returned: always
  contains:
    kind:
      description: Kind of the object.
      type: str
    name:
      description: Name of the object.
      type: str
    namespace:
      description: Namespace; empty if the kind is not namespaced.
      type: str
    action:
      description: One of V(create), V(update), V(patch), V(delete) and V(none).
      type: str
    result:
      description:
        - V(created), V(updated), V(deleted) or V(unchanged); V(planned) in check mode; V(failed) if the object is not
          as wanted when read again.
      type: str
    differences:
      description: The keys that differ, each with its value in the cluster and the wanted one.
      type: list
      elements: str
resets:
  description: The BGP sessions that the changes reset, one sentence each.
  type: list
  elements: str
  returned: always
error:
  description:
    - The kind of failure. One of V(refused_locally), V(no_binary), V(kubeconfig), V(refused), V(unreachable),
      V(tls), V(unauthorised), V(version_mismatch), V(validation), V(conflict), V(exists), V(not_found), V(timeout),
      V(not_installed), V(crash), V(output) and V(unknown).
  type: str
  returned: failure
problems:
  description: Every reason for a refusal before the first write.
  type: list
  elements: str
  returned: when O(resources) are rejected
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, sources
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.calicoctl import Calicoctl
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.options import (
    connection_of,
    connection_options,
    fail,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.plan import STATES


def options():
    """The keyword arguments of AnsibleModule."""
    return {
        "argument_spec": {
            "resources": {"type": "list", "elements": "dict", "default": []},
            "src": {"type": "list", "elements": "path", "default": []},
            "state": {"type": "str", "choices": list(STATES), "default": "merged"},
            "replace_owned": {"type": "bool", "default": False},
            "prune": {"type": "list", "elements": "str", "default": []},
            "max_prune": {"type": "int", "default": 10},
            "owner": {"type": "str", "default": "podroute.calico_f5"},
            "fabrics": {"type": "list", "elements": "str", "default": []},
            "vip_ranges": {"type": "list", "elements": "str", "default": []},
            "allow": {"type": "list", "elements": "str", "choices": ["mesh_off", "listen_change"], "default": []},
            **connection_options(),
        },
        "supports_check_mode": True,
    }


def run(module):
    """Run the module."""
    params = module.params
    try:
        request = apply.Request(
            resources=tuple(params["resources"]) + tuple(sources.load(params["src"])),
            state=params["state"],
            owner=params["owner"],
            fabrics=tuple(params["fabrics"]),
            replace_owned=params["replace_owned"],
            prune=sources.kinds(params["prune"]),
            vip_ranges=tuple(params["vip_ranges"]),
            allow=frozenset(params["allow"]),
            max_prune=params["max_prune"],
        )
        with Calicoctl(connection_of(module)) as client:
            outcome = apply.run(client, request, module.check_mode)
    except apply.Refused as problem:
        module.fail_json(
            msg="Nothing was written. " + "; ".join(problem.problems),
            error="refused_locally",
            problems=problem.problems,
        )
    except apply.Unfinished as problem:
        fail(module, problem.error, **_result(problem.outcome))
    except CalicoError as problem:
        fail(module, problem)
    else:
        for sentence in outcome.resets:
            module.warn(sentence)
        module.exit_json(**_result(outcome))


def _result(outcome):
    return {
        "changed": outcome.changed,
        "before": outcome.before,
        "after": outcome.after,
        "objects": outcome.objects,
        "resets": outcome.resets,
        "diff": {"before": apply.diff_text(outcome.before), "after": apply.diff_text(outcome.after)},
    }


def main():
    run(AnsibleModule(**options()))


if __name__ == "__main__":
    main()
