# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: calico_topology
short_description: The steps from what a cluster is to the peering that it should have
version_added: "0.1.0"
author: podroute contributors (@podroute)
description:
  - Says what to write in Calico, in which steps, and which sessions and routes must stand after each of them, for
    peering of all nodes, of racks, or of route reflectors with the BIG-IPs.
positional: resources, cluster, states, min_reflectors, listen
options:
  _input:
    description: The fabric, from P(podroute.calico_f5.fabric_intent#filter).
    type: dict
    required: true
  resources:
    description: Its resources, from P(podroute.calico_f5.fabric_calico_resources#filter).
    type: list
    elements: dict
    required: true
  cluster:
    description: What the module M(podroute.calico_f5.calico_info) returned, with IPAM.
    type: dict
    required: true
  states:
    description: The C(nodes) that M(podroute.calico_f5.calico_bgp_status) returned before the first step.
    type: dict
    default: {}
  min_reflectors:
    description: How many route reflectors there must be.
    type: int
    default: 2
  listen:
    description:
      - C(listenPort) and C(bindMode) that the BGPConfiguration is to have. They are in C(resources) and in no stage,
        for they take a restart of calico-node.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: What would be done, step by step
  ansible.builtin.debug:
    msg: "{{ topology.stages | map(attribute='name') }}"
  vars:
    fabric: "{{ hostvars | podroute.calico_f5.fabric_intent(groups) }}"
    resources: "{{ fabric | podroute.calico_f5.fabric_calico_resources }}"
    topology: "{{ fabric | podroute.calico_f5.calico_topology(resources, cluster) }}"
"""

RETURN = r"""
_value:
  description:
    - C(stages), each with C(name), C(resources), C(gone) (to delete), C(allow), C(proof) (what must stand before) and
      C(wait) (what must stand after); and C(at_once), all stages as one.
    - C(resources), all of them when all is done; C(expected), the C(peers), C(routes) and C(kernel_routes) of each node
      then; C(restart_due), whether BIRD is to listen elsewhere; C(restart_pending), whether an earlier run changed that
      and did not restart every node; C(held_back), sessions of others for which a restarted BIRD would wait; and
      C(advice), sentences for people.
  type: dict
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    expectations,
    listen_port,
    topology,
    topology_steps,
)


def calico_topology(
    intent: Mapping[str, Any],
    resources: Sequence[Mapping[str, Any]],
    cluster: Mapping[str, Any],
    states: Mapping[str, Any] | None = None,
    min_reflectors: int = 2,
    listen: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Stages and what they lead to. :raises AnsibleFilterError: no such topology, or the input is no fabric"""
    try:
        wanted = topology.topology_of(intent, min_reflectors)
        blocks = cluster["ipam"]["by_node"]
        configurations = (cluster.get("resources") or {}).get("BGPConfiguration") or []
        resources = listen_port.kept(resources, configurations)
        found = topology_steps.stages(intent, resources, wanted, cluster["nodes"], cluster["mesh"])
        final = list(topology_steps.final_resources(intent, resources, wanted))
        expected = expectations.expectations(intent, blocks, min_reflectors)
        return {
            "at_once": topology_steps.at_once(found, final),
            "stages": topology_steps.described(
                found, expectations.others_blocks(intent, blocks), expectations.known_vips(intent, states or {})
            ),
            "resources": listen_port.asked(final, listen or {}),
            "expected": expected,
            "restart_due": listen_port.restart_is_due(configurations, listen or {}),
            "restart_pending": listen_port.restart_is_pending(configurations),
            "held_back": listen_port.held_back(states or {}, expected["peers"]),
            "advice": topology.advice(intent, wanted),
        }
    except ValueError as error:
        raise AnsibleFilterError(f"calico_topology: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise AnsibleFilterError(f"calico_topology: the input is no fabric, or no cluster ({error})") from error


class FilterModule:
    """The filter, as Ansible looks for it."""

    def filters(self) -> dict[str, Any]:
        return {"calico_topology": calico_topology}
