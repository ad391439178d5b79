# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Capacity: blocks of the pools for the nodes, and prefixes that one neighbor of a BIG-IP may send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import ALL, Problem, shown
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric, Pool

DEFAULT_MAXIMUM_PREFIX = 1000

# kubelet's default of --max-pods: the number of addresses that a node needs.
PODS_PER_NODE = 110


def problems(fabric: Fabric) -> Iterator[Problem]:
    """Pools with fewer blocks than nodes, and a maximum-prefix that normal operation exceeds."""
    if not fabric.nodes or not fabric.pools:
        return
    blocks = total_blocks(fabric.pools)
    if blocks < len(fabric.nodes):
        cidrs = ", ".join(f"{pool.cidr} with block_size {pool.block_size}" for pool in fabric.pools)
        wanted = f"at least {len(fabric.nodes)} blocks, one per node: a larger cidr or a larger block_size"
        yield Problem(ALL, "pod_pools", f"{cidrs}, {blocks} {'block' if blocks == 1 else 'blocks'}", wanted)
    needed = prefixes_of_neighbor(len(fabric.nodes), fabric.pools, fabric.topology.kind == "reflectors")
    if fabric.manage_policy and fabric.maximum_prefix and fabric.maximum_prefix < needed:
        reason = (
            "a reflector announces the blocks of all nodes"
            if fabric.topology.kind == "reflectors"
            else (f"a node with {PODS_PER_NODE} pods announces that many blocks")
        )
        wanted = f"at least {needed}: {reason}, and the BIG-IP closes the session at the limit"
        yield Problem(ALL, "bgp_maximum_prefix", shown(fabric.maximum_prefix), wanted)


def maximum_prefix(nodes: int, pools: Sequence[Pool], reflectors: bool) -> int:
    """The default of ``bgp_maximum_prefix``: 1000, or twice the prefixes of a reflector of a large cluster."""
    return max(DEFAULT_MAXIMUM_PREFIX, 2 * prefixes_of_neighbor(nodes, pools, reflectors))


def prefixes_of_neighbor(nodes: int, pools: Sequence[Pool], reflectors: bool) -> int:
    """The prefixes that one neighbor announces if every node runs the default number of pods."""
    if not pools:
        return 0
    per_node = ceil(PODS_PER_NODE / max(1 << (32 - pool.block_size) for pool in pools))
    return min(total_blocks(pools), per_node * (nodes if reflectors else 1))


def total_blocks(pools: Sequence[Pool]) -> int:
    return sum(2 ** max(pool.block_size - pool.network.prefixlen, 0) for pool in pools)
