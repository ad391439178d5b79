# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of Calico resources that calicoctl supports: names, scope, and the order of writing.

Source: Calico v3.28 to v3.31, ``calicoctl/calicoctl/resourcemgr`` and ``libcalico-go/lib/apis``.
"""

from __future__ import annotations

import dataclasses
import typing as t

API_VERSION = "projectcalico.org/v3"


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind.

    ``order`` sorts writes: what others refer to comes first (a BGPFilter must exist before the
    BGPPeer that names it). Deletes run in reverse. ``ownable`` is false for objects that every cluster has and
    that others configure too: they are never marked, and so never pruned.
    """

    name: str
    order: int
    namespaced: bool = False
    aliases: tuple[str, ...] = ()
    since: tuple[int, int] = (3, 0)
    ownable: bool = True

    @property
    def plural(self) -> str:
        low = self.name.lower()
        return low[:-1] + "ies" if low.endswith("y") else low + "s"


_ALL = (
    Kind("ClusterInformation", 0, aliases=("clusterinfo", "clusterinfos"), ownable=False),
    Kind("Tier", 10, since=(3, 29)),
    Kind("BGPFilter", 20),
    Kind("IPReservation", 25),
    Kind("Node", 30, aliases=("no",), ownable=False),
    Kind("IPPool", 40, aliases=("ipp", "pool", "pools")),
    Kind("BGPConfiguration", 50, aliases=("bgpconfig", "bgpconfigs"), ownable=False),
    Kind("BGPPeer", 60, aliases=("bgpp", "bgpps", "bp")),
    Kind("FelixConfiguration", 70, aliases=("felixconfig", "felixconfigs"), ownable=False),
    Kind("KubeControllersConfiguration", 70, aliases=("kcc", "kubecontrollersconfig"), ownable=False),
    Kind("GlobalNetworkSet", 80),
    Kind("NetworkSet", 80, namespaced=True),
    Kind("Profile", 80, aliases=("pro",)),
    Kind("HostEndpoint", 85, aliases=("hep", "heps")),
    Kind("GlobalNetworkPolicy", 90, aliases=("gnp", "gnps")),
    Kind("NetworkPolicy", 90, namespaced=True, aliases=("np", "policy", "policies")),
    Kind("StagedGlobalNetworkPolicy", 90, since=(3, 30), aliases=("sgnp",)),
    Kind("StagedNetworkPolicy", 90, namespaced=True, since=(3, 30), aliases=("snp",)),
    Kind("StagedKubernetesNetworkPolicy", 90, namespaced=True, since=(3, 30), aliases=("sknp",)),
    Kind("WorkloadEndpoint", 95, namespaced=True, aliases=("wep", "weps")),
)
KINDS: t.Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
_BY_ALIAS = {alias: kind for kind in _ALL for alias in (kind.name.lower(), kind.plural, *kind.aliases)}

# Kinds of the same API group that exist in Kubernetes but that no version of calicoctl accepts.
NOT_FOR_CALICOCTL = {
    "caliconodestatus": "CalicoNodeStatus is read by the module calico_bgp_status",
    "blockaffinity": "block affinities are read by the module calico_info",
    "ipamblock": "IPAM blocks are read by the module calico_info",
    "ipamconfig": "IPAM settings are changed with 'calicoctl ipam configure'",
    "ipamhandle": "IPAM handles belong to Calico's own IPAM",
}


def lookup(text: t.Any) -> Kind:
    """The kind for a name such as ``BGPPeer``, ``bgppeers`` or ``bgpp``.

    Raises ``ValueError`` that lists the known kinds.
    """
    word = str(text or "").strip().lower()
    if word in _BY_ALIAS:
        return _BY_ALIAS[word]
    if word in NOT_FOR_CALICOCTL:
        raise ValueError(f"calicoctl does not manage {text}: {NOT_FOR_CALICOCTL[word]}")
    raise ValueError(f"{text!r} is not a kind of {API_VERSION}; use one of {', '.join(sorted(KINDS))}")
