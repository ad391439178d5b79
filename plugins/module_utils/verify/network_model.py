# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network model of a cluster, and how a BIG-IP reaches its pods. See docs/models.md.

Determined from flannel's and Calico's annotations of the Nodes, and from Calico's pools.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

FLANNEL_BACKEND = "flannel.alpha.coreos.com/backend-type"
CALICO_ADDRESS = "projectcalico.org/IPv4Address"
_MODES = {"ipipMode": "IPIP", "vxlanMode": "VXLAN"}


class Model(NamedTuple):
    """A network model: its name, whether BGP with the BIG-IP works with it, and advice."""

    name: str
    fits: bool
    advice: str


_OVERLAY = (
    "the BIG-IP reaches pods by joining the overlay, a VXLAN tunnel whose FDB and ARP entries k8s-bigip-ctlr "
    "maintains, and nodes do not learn VIP routes; for BGP the cluster needs Calico's own network"
)
_HOST_GW = (
    "the BIG-IP reaches pods by static routes, one per node, which suits small clusters in one subnet; for BGP the "
    "cluster needs Calico's own network"
)
_ENCAPSULATED = "BGP fits: encapsulation of the pools is switched off once the sessions are established"
_PLAIN = "BGP fits: nodes already route without encapsulation"


def traces(nodes: Iterable[Mapping[str, Any]]) -> tuple[set[str], bool]:
    """flannel's backends, and whether Calico runs, by the annotations of Node objects of the Kubernetes API."""
    annotations = [(node.get("metadata") or {}).get("annotations") or {} for node in nodes]
    backends = {str(one[FLANNEL_BACKEND]) for one in annotations if one.get(FLANNEL_BACKEND)}
    return backends, any(CALICO_ADDRESS in one for one in annotations)


def detect(flannel: Iterable[str], calico: bool, pools: Iterable[Mapping[str, Any]]) -> Model | None:
    """The model, or None if neither flannel nor Calico is found.

    :param flannel: backends of flannel used by nodes
    :param calico: whether Calico has set an address on a node
    :param pools: specs of Calico's IPPools
    """
    backends = sorted({backend.lower() for backend in flannel})
    pools = list(pools)
    if backends:
        return _flannel(backends, bool(pools) or calico)
    if not calico:
        return None
    used = [pool for pool in pools if not pool.get("disabled")]
    names = [name for key, name in _MODES.items() if any((pool.get(key) or "Never") != "Never" for pool in used)]
    if names:
        return Model(f"Calico with {' and '.join(names)}", True, _ENCAPSULATED)
    return Model("Calico without encapsulation", True, _PLAIN)


def _flannel(backends: list[str], with_calico: bool) -> Model:
    backend = " and ".join({"vxlan": "VXLAN"}.get(one, one) for one in backends)
    advice = _HOST_GW if backends == ["host-gw"] else _OVERLAY
    return Model(f"Canal (flannel {backend})" if with_calico else f"flannel {backend}", False, advice)
