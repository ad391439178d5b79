# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All observations, with the fabric that they are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import drained
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import BigIpView, CalicoView, NodeView

if TYPE_CHECKING:
    from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Server


class Observed:
    """The observation: ``bigips`` by inventory name, ``calico``, ``status``, ``probes``, ``controller`` and ``sample``.

    Each is the result of a module; a missing one counts as not read. ``status`` is calico_bgp_status with its option
    ``expect``. ``sample`` names the nodes that were read, if not all.

    :ivar servers: the virtual servers of the inventory
    """

    def __init__(self, fabric: Fabric, raw: Mapping[str, Any], servers: Sequence[Server] = ()) -> None:
        self.fabric = fabric
        self.servers = servers
        self.raw = raw
        self.calico = CalicoView(raw.get("calico"))

    def bigip(self, unit: BigIp) -> BigIpView:
        return self._bigips[unit.name]

    def node(self, node: Node) -> NodeView:
        return self._nodes[node.name]

    @cached_property
    def sample(self) -> frozenset[str]:
        """Names of the nodes to read; all of them if ``sample`` of the observation is not set."""
        return frozenset(self.raw.get("sample") or (node.name for node in self.fabric.nodes))

    def is_sampled(self, node: Node) -> bool:
        return node.name in self.sample

    def nodes(self) -> Iterable[Node]:
        """The nodes to read."""
        return (node for node in self.fabric.nodes if node.name in self.sample)

    @property
    def probes(self) -> Mapping[str, Any] | None:
        return self.raw.get("probes")

    @property
    def controller(self) -> Mapping[str, Any] | None:
        return self.raw.get("controller")

    @cached_property
    def pods(self) -> dict[str, list[tuple[str, str]]]:
        """Name and address of known pods by node: probing pods and endpoints of Services."""
        found: dict[str, list[tuple[str, str]]] = {}
        for pod in (self.probes or {}).get("pods") or ():
            found.setdefault(pod["node"], []).append((pod["name"], pod["ip"]))
        slices = ((self.controller or {}).get("endpoints") or {}).get("resources") or ()
        own = {node.node_ip for node in self.fabric.nodes}
        for endpoint in (one for item in slices for one in item.get("endpoints") or ()):
            for address in endpoint.get("addresses") or ():
                # Pods in the host's network have the node's address.
                if endpoint.get("nodeName") and ":" not in address and address not in own:
                    name = (endpoint.get("targetRef") or {}).get("name") or "pod"
                    found.setdefault(endpoint["nodeName"], []).append((name, address))
        return found

    @cached_property
    def next_hops(self) -> dict[str, str]:
        """Valid next hops of VIP routes, with the BIG-IP that owns them: the BGP addresses of BIG-IPs that are not
        drained and, in an HA pair, the floating self IPs."""
        owners = {unit.bgp_address: unit.name for unit in self.fabric.bigips if not self.is_drained(unit)}
        for unit in self.fabric.bigips:
            for address, self_ip in self.bigip(unit).self_ips.items():
                if self_ip.get("floating"):
                    owners.setdefault(address, unit.name)
        return owners

    def subnet_of(self, unit: BigIp) -> IPv4Network | None:
        """The subnet of the BIG-IP's BGP address; ``None`` if its self IP was not read."""
        length = (self.bigip(unit).self_ips.get(unit.bgp_address) or {}).get("prefix_length")
        return None if length is None else IPv4Network(f"{unit.bgp_address}/{length}", strict=False)

    def pairs(self) -> Iterable[tuple[BigIp, Node]]:
        """Every session of the fabric that must be established: all except those of drained hosts."""
        return ((unit, node) for unit, node in self._sessions() if not self.drains(unit).has(node.node_ip))

    def drained_pairs(self) -> Iterable[tuple[BigIp, Node]]:
        """Every session that is shut down, because the node or the BIG-IP is drained."""
        return ((unit, node) for unit, node in self._sessions() if self.drains(unit).has(node.node_ip))

    def routed(self) -> Iterable[tuple[BigIp, Node]]:
        """The nodes whose pods each BIG-IP must reach, by a direct session or through a reflector."""
        return (
            (unit, node)
            for unit in self.fabric.bigips
            for node in self.fabric.neighbors_of(unit)
            if not self.drains(unit).has(node.node_ip)
        )

    def drains(self, unit: BigIp) -> drained.Drains:
        """The hosts recorded as drained on a BIG-IP."""
        return self._drains[unit.name]

    def is_drained(self, unit: BigIp) -> bool:
        """Whether all sessions of a BIG-IP are shut down: it has no routes to pods, and announces no VIP."""
        return self.drains(unit).unit == drained.DRAINED

    @cached_property
    def drained_nodes(self) -> frozenset[str]:
        """Names of the nodes that are drained on every BIG-IP that has them as neighbors."""
        left = {node.name for unit in self.fabric.bigips for node in self.fabric.neighbors_of(unit)
                if node.node_ip not in self.drains(unit).nodes}  # fmt: skip
        return frozenset(node.name for node in self.fabric.nodes) - left if self.fabric.bigips else frozenset()

    def is_announced(self, prefix: str) -> bool:
        """Whether a prefix is inside the ranges that a BIG-IP may announce."""
        try:
            return any(IPv4Network(prefix).subnet_of(one) for one in self._announced)
        except ValueError:
            return False

    @cached_property
    def _announced(self) -> list[IPv4Network]:
        return [IPv4Network(cidr) for cidr in (*self.fabric.vip_ranges, *self.fabric.announced_ranges)]

    def _sessions(self) -> Iterable[tuple[BigIp, Node]]:
        return ((unit, node) for unit in self.fabric.bigips for node in self.fabric.sessions_of(unit))

    @cached_property
    def _drains(self) -> dict[str, drained.Drains]:
        mark = self.fabric.names.mark
        return {unit.name: self.bigip(unit).drains(mark) for unit in self.fabric.bigips}

    @cached_property
    def _bigips(self) -> dict[str, BigIpView]:
        raw = self.raw.get("bigips") or {}
        return {unit.name: BigIpView(unit.name, raw.get(unit.name)) for unit in self.fabric.bigips}

    @cached_property
    def _nodes(self) -> dict[str, NodeView]:
        source = self.raw.get("status")
        nodes = (source or {}).get("nodes") or {}
        return {node.name: NodeView(node.name, nodes.get(node.name), source) for node in self.fabric.nodes}
