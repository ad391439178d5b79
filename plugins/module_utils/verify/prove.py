# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof: every capability's checks over one observation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import (
    controller,
    datastore,
    nodes,
    reach,
    routing,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import CAPABILITIES, Finding, nothing
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Server, servers


def findings(
    fabric: Fabric,
    raw: Mapping[str, Any],
    virtual_servers: Sequence[Mapping[str, Any]] = (),
    capabilities: Iterable[int] = tuple(CAPABILITIES),
    partition: str = "k8s",
    mode: str = "configmap",
) -> list[Finding]:
    """Every check of the capabilities asked for, in their order.

    :param raw: the observation, see ``Observed``
    :param virtual_servers: the inventory's list of that name
    :param partition: the controller's partition
    :param mode: the controller's mode: configmap, as3 or crd
    :raises ValueError: a capability that there is not
    """
    wanted = sorted(set(capabilities))
    unknown = [number for number in wanted if number not in CAPABILITIES]
    if unknown:
        raise ValueError(f"there is no capability {unknown[0]}; they go from 1 to {max(CAPABILITIES)}")
    expected = servers(virtual_servers, partition, mode)
    announced = {vip.address: vip for vip in (*(server.vip for server in expected), *fabric.vips) if vip}
    seen = Observed(replace(fabric, vips=tuple(announced.values())), raw)
    proof: list[Finding] = []
    for number in wanted:
        proof += list(_checks(number, seen, expected)) or [nothing(number)]
    return proof


def _checks(number: int, seen: Observed, expected: Sequence[Server]) -> Iterator[Finding]:
    match number:
        case 1:
            return chain(datastore.pools(seen), datastore.mesh(seen), nodes.mesh_sessions(seen), nodes.pod_routes(seen))
        case 2:
            return chain(datastore.peers(seen), nodes.peer_sessions(seen))
        case 3:
            return routing.configuration(seen)
        case 4:
            return routing.sessions(seen)
        case 5:
            checks = (routing.pod_blocks, routing.vip_routes, routing.strays, routing.stale_blocks)
            return chain.from_iterable(check(seen) for check in checks)
        case 6:
            return chain(nodes.vips(seen), nodes.leaks(seen))
        case 7:
            return chain(reach.probes(seen, expected), reach.pods(seen))
        case 8:
            return chain(controller.deployment(seen), controller.members(seen, expected))
        case 9:
            return controller.virtual_servers(seen, expected)
        case _:
            return nodes.bird(seen)
