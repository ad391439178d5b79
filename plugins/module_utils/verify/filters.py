# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of both sides compared with the inventory: Calico's BGPFilters and the BGPPeers that use them, and
the prefix lists and route maps of the BIG-IPs. A difference is a root cause of missing or unwanted routes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import desired_calico
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import policy
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Cause, Finding, judged
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed

PEERS = "peers"

# Fields of a BGPFilter rule: matches, and changes to routes (since v3.32).
_MATCHES = ("matchOperator", "cidr", "prefixLength", "source", "interface", "peerType", "communities", "asPathPrefix",
            "priority", "operations")  # fmt: skip
_AGAIN = "run site.yml with --tags calico_bgp"


def calico(seen: Observed) -> Iterator[Finding]:
    """Each BGPFilter as wanted, and used by each BIG-IP's BGPPeer."""
    if seen.calico.error:
        return  # the BGPPeers could not be read, which is already reported
    existing = {kind: seen.calico.specs(kind) for kind in ("BGPPeer", "BGPFilter")}
    # Reflectors announce the routes of all nodes.
    unused = seen.fabric.names.own_routes_filter if seen.fabric.topology.kind == "reflectors" else ""
    for item in desired_calico.calico_resources(seen.fabric):
        kind, name, spec = item["kind"], item["metadata"]["name"], item["spec"]
        if name == unused:
            continue
        held = existing.get(kind, {}).get(name)
        if kind == "BGPFilter":
            expected, observed = _rules(spec), _rules(held) if held is not None else "no such BGPFilter"
            cause = (
                f"BGPFilter {name} does not exist" if held is None else f"the rules of BGPFilter {name} were changed"
            )
            hint = f"calicoctl get bgpfilter {name} -o yaml; {_AGAIN}"
            yield judged(PEERS, f"BGPFilter {name}", expected, observed, observed == expected, cause, hint)
        elif kind == "BGPPeer" and held is not None and spec.get("filters"):
            wanted = [one for one in spec["filters"] if one != unused]
            missing = [one for one in wanted if one not in (held.get("filters") or ())]
            yield judged(
                PEERS,
                f"filters of BGPPeer {name}",
                ", ".join(wanted),
                ", ".join(held.get("filters") or ()) or "no filters",
                not missing,
                f"BGPPeer {name} does not use BGPFilter {', '.join(missing)}: nodes accept or announce other routes",
                f"calicoctl get bgppeer {name} -o yaml; {_AGAIN}",
            )


@lru_cache(maxsize=1)  # evaluated for every missing route
def lost(seen: Observed) -> tuple[Cause, ...]:
    """Differences in Calico's filters, as root causes."""
    return tuple(Cause(one.cause, one.hint) for one in calico(seen) if not one.ok)


@lru_cache(maxsize=16)
def changed(seen: Observed, unit: BigIp) -> tuple[Cause, ...]:
    """Differences in the filters of a BIG-IP, as root causes."""
    view = seen.bigip(unit)
    if view.error or view.running_as is None:
        return ()
    # A neighbor with another AS cannot be in the peer group with the filters: the AS is the cause.
    strange = tuple(f" of {node.name}" for node in seen.fabric.neighbors_of(unit) if view.remote_differs(node))
    return tuple(
        Cause(
            f"filter: {name} of {unit.name} is missing or was changed",
            f"imish: show running-config | include {name.split()[1]}; run site.yml with --tags f5_routing",
        )
        for name in policy.changed(seen.fabric, unit, view)
        if not strange or not name.endswith(strange)
    )


def changed_lists(seen: Observed, unit: BigIp, *names: str) -> list[Cause]:
    """Differences in these lists and maps of a BIG-IP, and in their use."""
    return [cause for cause in changed(seen, unit) if cause.cause.split()[2] in names]


def _rules(spec: Mapping[str, Any]) -> str:
    """The IPv4 rules of a BGPFilter as text: direction, action and match."""
    found = []
    for field, direction in (("importV4", "import"), ("exportV4", "export")):
        for rule in spec.get(field) or ():
            match = " ".join(str(rule[key]) for key in _MATCHES if rule.get(key))
            found.append(f"{direction} {rule.get('action')} {match or 'all'}")
    return ", ".join(found) or "no rules"
