# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of a fabric's objects on both sides. They begin with the fabric's name, so that two fabrics can share a
BIG-IP and foreign objects are never changed.
"""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT = "podroute"
DEFAULT_PEER_GROUP = "calico-k8s"

LONGEST = 20  # imish accepts descriptions of 80 characters: the mark leaves room for the name of a node
LONGEST_DESCRIPTION = 80


@dataclass(frozen=True)
class Names:
    """The names of one fabric.

    :ivar fabric: the inventory's ``fabric_name``
    """

    fabric: str = DEFAULT

    @property
    def mark(self) -> str:
        """The beginning of the description of every neighbor of this fabric."""
        return f"{self.fabric}: "

    def description(self, node: str) -> str:
        return (self.mark + node)[:LONGEST_DESCRIPTION]

    @property
    def peer_group(self) -> str:
        """The default of ``bgp_peer_group``."""
        return DEFAULT_PEER_GROUP if self.fabric == DEFAULT else f"{DEFAULT_PEER_GROUP}-{self.fabric}"

    @property
    def pods_list(self) -> str:
        return f"{self.fabric}-pods"

    @property
    def vips_list(self) -> str:
        return f"{self.fabric}-vips"

    @property
    def vips_map(self) -> str:
        return f"{self.fabric}-vips"

    @property
    def announced_map(self) -> str:
        """The outbound route map of a unit of a pair, which sets the next hop."""
        return f"{self.fabric}-announced"

    def group_list(self, traffic_group: str) -> str:
        """The prefix-list of the ranges of a traffic group. Names of fabrics have no underscore."""
        return f"{self.vips_list}_{traffic_group}"

    def owns_list(self, name: str) -> bool:
        """Whether a prefix-list of a BIG-IP is the fabric's."""
        return name in (self.pods_list, self.vips_list) or name.startswith(self.group_list(""))

    @property
    def vips_filter(self) -> str:
        return f"{self.fabric}-vips-only"

    @property
    def own_routes_filter(self) -> str:
        return f"{self.fabric}-own-routes-only"

    @property
    def reflector_peer(self) -> str:
        """The BGPPeer of the sessions between nodes and route reflectors."""
        return f"{self.fabric}-reflectors"

    @property
    def reflect_filter(self) -> str:
        return f"{self.fabric}-reflect-vips"

    @property
    def password_secret(self) -> str:
        return f"{self.fabric}-bgp"
