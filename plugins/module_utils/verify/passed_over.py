# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What exists but is not checked, because it does not depend on this fabric: sentences for the report."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes, datastore
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed


def passed_over(seen: Observed) -> Iterator[str]:
    """What a drained BIG-IP lacks, IPv6 endpoints of Services, and pools that serve no pods or announce nothing."""
    for unit in seen.fabric.bigips:
        if seen.is_drained(unit):
            lacks = "kernel routes of VIPs, pod routes and the availability of virtual servers"
            yield f"{lacks} on {unit.name}: it is drained"
    slices = ((seen.controller or {}).get("endpoints") or {}).get("resources") or ()
    for server in seen.servers:
        labels = {"kubernetes.io/service-name": server.service}
        six = [
            one
            for one in slices
            if one["metadata"].get("namespace") == server.namespace
            and labels.items() <= (one["metadata"].get("labels") or {}).items()
            and one.get("addressType") == "IPv6"
        ]
        if six and ":" not in server.address:
            yield f"IPv6 endpoints of Service {server.namespace}/{server.service}: {server.name} has an IPv4 address"
    if seen.calico.error:
        return
    known = {pool.name: pool for pool in seen.fabric.pools}
    for name, spec in seen.calico.specs("IPPool").items():
        if ":" in str(spec.get("cidr")):
            yield f"IPPool {name}: IPv6"
        elif name not in known and not datastore.serves_pods(spec):
            yield f"IPPool {name}: pods do not get addresses from it"
    blocks = [block for held in seen.calico.blocks.values() for block in held]
    for name, pool in known.items():
        if blocks and not any(causes.inside(block, pool.network) for block in blocks):
            yield f"routes of IPPool {name}: no node has a block of it"
