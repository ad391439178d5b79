# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All check groups over one observation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import ODD_FORM
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import controller as cis
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import (
    datastore,
    filters,
    modes,
    nodes,
    reach,
    routing,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import (
    GROUPS,
    Finding,
    nothing,
    unjudged,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Controller, Server, servers


def findings(
    fabric: Fabric,
    raw: Mapping[str, Any],
    virtual_servers: Sequence[Mapping[str, Any]] = (),
    groups: Iterable[str] = tuple(GROUPS),
    controller: Controller | None = None,
) -> list[Finding]:
    """The findings of the given check groups, in the order of ``GROUPS``.

    :param raw: the observation, see ``Observed``
    :param virtual_servers: the inventory's list of that name
    :param controller: the controller; None for its defaults
    :raises ValueError: an unknown check group
    """
    asked = set(groups)
    unknown = sorted(asked - set(GROUPS))
    if unknown:
        raise ValueError(f"'{unknown[0]}' is not a check group; the groups are {', '.join(GROUPS)}")
    controller = controller or Controller()
    expected = servers(virtual_servers, controller)
    domains = {None, *(unit.route_domain for unit in fabric.bigips)}
    own = (server.vip for server in expected if server.domain in domains)
    announced = {vip.address: vip for vip in (*own, *fabric.vips) if vip}
    seen = Observed(replace(fabric, vips=tuple(announced.values())), raw, expected)
    found: list[Finding] = []
    for group in GROUPS:
        if group in asked:
            judged = [one for check in _checks(group, seen, expected, controller) for one in _guarded(group, check)]
            found += judged or [nothing(group)]
    return found


def _guarded(group: str, check: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of a check. A check that raises an error has failed; the others continue."""
    try:
        yield from check
    except ODD_FORM as error:
        yield unjudged(group, error)


def _checks(
    group: str, seen: Observed, expected: Sequence[Server], controller: Controller
) -> tuple[Iterator[Finding], ...]:
    match group:
        case "pools":
            return (
                datastore.backend(seen),
                datastore.pools(seen),
                datastore.mesh(seen),
                nodes.mesh_sessions(seen),
                nodes.pod_routes(seen),
            )
        case "peers":
            return datastore.peers(seen), filters.calico(seen), datastore.rivals(seen), nodes.peer_sessions(seen)
        case "bigip_config":
            return routing.configuration(seen), modes.findings(seen)
        case "sessions":
            return routing.sessions(seen), routing.drained_sessions(seen)
        case "bigip_routes":
            return (
                routing.pod_blocks(seen),
                routing.nodes_without_blocks(seen),
                routing.vip_routes(seen),
                routing.strays(seen),
                routing.stale_blocks(seen),
            )
        case "node_routes":
            return nodes.vips(seen), nodes.leaks(seen)
        case "reachability":
            return reach.probes(seen, expected), reach.pods(seen)
        case "controller":
            return cis.deployments(seen, controller), cis.members(seen, controller)
        case "virtual_servers":
            return (cis.virtual_servers(seen, controller),)
        case _:
            return (nodes.bird(seen),)
