#!/usr/bin/python

# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: calico_resources
short_description: Make Calico's resources as wanted, with one read and at most one write a run
version_added: "1.0.0"
description:
  - Reads every kind that is concerned with one list call of C(calicoctl), compares locally, and writes only
    what differs in one call. When nothing differs, nothing is written.
  - Compares as Calico means it. C(120s) equals C(2m0s), AS C("1.10") equals C(65546), and what a server fills in
    by itself is not a difference.
  - Checks what calicoctl and the API let through, all problems at once and before the first write - an empty
    peer, two peers for one address, a filter that is not there, overlapping pools, a field that the cluster's
    release does not know, VIPs inside a service range.
  - Objects that this module makes get the label C(app.kubernetes.io/managed-by), and with O(fabrics) the label
    C(app.kubernetes.io/part-of). Only objects with these labels are ever pruned. An object that was there before is
    changed when you name it, but never claimed; and neither is what every cluster has (C(BGPConfiguration),
    C(FelixConfiguration), C(KubeControllersConfiguration), C(Node)).
  - A C(Node) is only patched, and of it only C(metadata.labels) and the keys of C(spec.bgp) that you give.
  - The network and the block size of an C(IPPool) cannot change in place; the module then fails with the
    steps of the migration. Pools of the Tigera operator are left to its C(Installation).
options:
  resources:
    description:
      - Resources of C(projectcalico.org/v3), as C(calicoctl) takes them. C(apiVersion) may be left out.
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
      - V(merged) sets the keys that you give and leaves the others. Lists are replaced as a whole.
      - V(replaced) makes the whole C(spec) of the objects as given. Labels and annotations are merged in every state.
      - V(overridden) does as V(replaced), and prunes objects of the same kinds that O(owner) made earlier.
      - V(deleted) removes the objects given, whoever made them; their C(spec) does not matter.
      - V(pruned) writes none of the objects given. It only removes, of the kinds in O(prune), what O(owner) made and
        what is not among them.
    type: str
    choices: [merged, replaced, overridden, deleted, pruned]
    default: merged
  replace_owned:
    description:
      - In O(state=merged), make objects that carry the label of O(owner) exactly as given, as O(state=replaced) does.
        A key that you take out of your inventory then goes away, and objects of others keep what they have.
    type: bool
    default: false
  prune:
    description:
      - Kinds of which objects are removed that O(owner) made and that are not among the resources given, in any state.
    type: list
    elements: str
    default: []
  max_prune:
    description:
      - Refuse to prune more objects than this in one run. A list that came out empty by mistake does no harm then.
    type: int
    default: 10
  owner:
    description:
      - Value of the label C(app.kubernetes.io/managed-by) on objects that this module makes.
      - An empty string makes objects without the label; nothing can be pruned then.
    type: str
    default: podroute.calico_f5
  fabrics:
    description:
      - The fabric that the objects belong to. Its first name is the value of the label C(app.kubernetes.io/part-of) on
        objects that this module makes; objects of O(owner) with another value are not pruned.
      - Further names are those by which the fabric was known earlier. Objects of O(owner) that have no such label count
        as the fabric's if they use names of one of them, or of no fabric; those that are given get the label.
      - Without it, all objects of O(owner) are one fabric's.
    type: list
    elements: str
    default: []
  vip_ranges:
    description:
      - Networks of the virtual servers that the BIG-IP announces. They must lie outside of every pool and of every
        service range of a C(BGPConfiguration), for Calico would not program their routes.
    type: list
    elements: str
    default: []
  allow:
    description:
      - Dangerous changes that you ask for by name.
      - V(mesh_off) lets C(nodeToNodeMeshEnabled) become false. Look first that other sessions carry the routes.
      - V(listen_change) lets C(listenPort) and C(bindMode) change. Mesh sessions then stay down until calico-node
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
- name: A BIG-IP as a peer of every node
  podroute.calico_f5.calico_resources:
    kubeconfig: ~/.kube/config
    resources:
      - kind: BGPPeer
        metadata:
          name: bgppeer-global-f5-1
        spec:
          peerIP: 172.16.40.202
          asNumber: "64512"

- name: Pods without encapsulation
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

- name: Two nodes are route reflectors
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

- name: Exactly these peers, of those that we made
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

- name: A peer that is no longer wanted
  podroute.calico_f5.calico_resources:
    state: deleted
    resources:
      - kind: BGPPeer
        metadata:
          name: bgppeer-global-f5-2
"""

RETURN = r"""
before:
  description: The resources concerned as they were, without what the server adds for itself.
  type: list
  elements: dict
  returned: always
after:
  description: The same resources as they were read after the write; in check mode as they would be.
  type: list
  elements: dict
  returned: always
objects:
  description: What became of each object.
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
      description: Namespace, empty where the kind lives in none.
      type: str
    action:
      description: One of V(create), V(update), V(patch), V(delete) and V(none).
      type: str
    result:
      description:
        - V(created), V(updated), V(deleted) or V(unchanged); V(planned) in check mode; V(failed) where the cluster,
          read again, is not as wanted.
      type: str
resets:
  description: The BGP sessions that the changes reset, one sentence each.
  type: list
  elements: str
  returned: always
error:
  description:
    - What kind of failure it was. One of V(refused_locally), V(no_binary), V(kubeconfig), V(refused), V(unreachable),
      V(tls), V(unauthorised), V(version_mismatch), V(validation), V(conflict), V(exists), V(not_found), V(timeout),
      V(not_installed), V(crash), V(output) and V(unknown).
  type: str
  returned: failure
problems:
  description: Every reason for a refusal before the first write.
  type: list
  elements: str
  returned: when O(resources) are refused
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
    """The arguments of AnsibleModule."""
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
    """Do what the options ask for."""
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
