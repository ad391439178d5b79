# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The usual ways to do the same job, as their authors would write them, for comparison."""

from __future__ import annotations

from typing import Any

from benchmarks.network import AS_NUMBER, Network

PEER_ADDRESS = "10.64.255.253"  # different from the collection's, so that both can exist side by side
PEER = {
    "apiVersion": "crd.projectcalico.org/v1",
    "kind": "BGPPeer",
    "metadata": {"name": "usual-way-{{ item.name }}"},
    "spec": {"peerIP": PEER_ADDRESS, "asNumber": AS_NUMBER, "node": "{{ item.name }}"},
}
LINES = ["neighbor {0} remote-as " + str(AS_NUMBER)]


def empty() -> list[dict[str, Any]]:
    """A play that does nothing: the time of ansible-playbook itself for this inventory."""
    return [_play([{"name": "Do nothing", "ansible.builtin.meta": "noop"}])]


def loops(network: Network) -> list[dict[str, Any]]:
    """A task per side that loops over the nodes."""
    nodes = [{"name": name, "address": address} for name, address in network.nodes.items()]
    neighbor = _imish([line.format("{{ item.address }}") for line in LINES])
    return [
        _play(
            [
                _routing(),
                {"name": "Configure a neighbor per node", **neighbor, "loop": "{{ nodes }}"},
                {"name": "Create a peer per node", **_k8s(PEER), "loop": "{{ nodes }}"},
            ],
            nodes=nodes,
        )
    ]


def expert(network: Network) -> list[dict[str, Any]]:
    """One task with all lines, and one global BGPPeer."""
    lines = [line.format(address) for address in network.nodes.values() for line in LINES]
    peer = {**PEER, "metadata": {"name": "usual-way"}, "spec": {"peerIP": PEER_ADDRESS, "asNumber": AS_NUMBER}}
    return [
        _play(
            [
                _routing(),
                {"name": "Configure all neighbors", **_imish(lines)},
                {"name": "Create a global peer", **_k8s(peer)},
            ]
        )
    ]


def _play(tasks: list[dict[str, Any]], **variables: Any) -> dict[str, Any]:
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": variables, "tasks": tasks}


def _routing() -> dict[str, Any]:
    return {
        "name": "Enable BGP",
        "f5networks.f5_modules.bigip_routedomain": {
            "provider": "{{ provider }}",
            "name": "0",
            "routing_protocol": ["BGP"],
        },
    }


def _imish(lines: list[str]) -> dict[str, Any]:
    return {
        "f5networks.f5_modules.bigip_imish_config": {
            "provider": "{{ provider }}",
            "parents": f"router bgp {AS_NUMBER}",
            "lines": lines,
            "save_when": "changed",
        }
    }


def _k8s(definition: dict[str, Any]) -> dict[str, Any]:
    return {"kubernetes.core.k8s": {"kubeconfig": "{{ kubeconfig }}", "definition": definition}}
