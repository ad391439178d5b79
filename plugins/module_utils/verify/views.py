# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data read from both sides, with the names that the checks use.

The only place that depends on the results of the modules bigip_bgp_info, calico_info and calico_bgp_status. Nothing is
evaluated here. A failed read has only an ``error``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import drained
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Node

Raw = Mapping[str, Any]

ESTABLISHED = "Established"


def error_of(raw: Raw | None, what: str, key: str) -> str:
    """Why the data could not be read; empty if it was.

    :param key: a key of every successful result
    """
    if not raw:
        return f"{what} was not read"
    if not isinstance(raw, Mapping):
        return f"{what} could not be read"
    if raw.get("failed") or raw.get("unreachable") or key not in raw:
        return " ".join(str(raw.get("msg") or f"{what} could not be read").split())
    return ""


@lru_cache(maxsize=2**16)
def network(prefix: str) -> str:
    """A destination in a comparable form: ``172.16.40.81`` is ``172.16.40.81/32``. Other text is unchanged."""
    try:
        return str(IPv4Network(prefix, strict=False))
    except ValueError:
        return prefix


def domain_of(text: str, default: int | None = 0) -> int | None:
    """The route domain of ``10.0.0.1%52``; ``default`` if it names none."""
    domain = text.partition("%")[2].partition("/")[0]
    return int(domain) if domain.isdigit() else default


class BigIpView:
    """One BIG-IP, as bigip_bgp_info read it."""

    def __init__(self, name: str, raw: Raw | None) -> None:
        self.name = name
        self.raw: Raw = raw or {}
        self.error = error_of(raw, name, "config")

    @cached_property
    def config(self) -> Raw:
        """``router bgp`` of the running configuration, in the form of bigip_bgp's option; empty if it does not
        exist."""
        return self._configuration.get("config") or {}

    def section(self, name: str) -> list[Raw]:
        """``prefix_lists`` or ``route_maps`` of the running configuration."""
        return list(self._configuration.get(name) or ())

    @property
    def enabled(self) -> bool:
        """Whether dynamic routing is enabled in the route domain."""
        return bool(self._configuration.get("enabled"))

    @property
    def saved(self) -> bool | None:
        """Whether the startup configuration equals the running one; ``None`` if there is nothing to save."""
        return self._configuration.get("saved")

    @cached_property
    def running_as(self) -> int | None:
        number = self.config.get("as_number")
        return int(number) if number is not None else None

    @cached_property
    def groups(self) -> dict[str, Raw]:
        return {group["name"]: group for group in self.config.get("peer_groups") or ()}

    @cached_property
    def configured(self) -> dict[str, dict[str, Any]]:
        """Each configured neighbor by address, with the settings of its peer group."""
        return {
            neighbor["address"]: {**self.groups.get(neighbor.get("peer_group") or "", {}), **neighbor}
            for neighbor in self.config.get("neighbors") or ()
        }

    def remote_differs(self, node: Node) -> bool:
        """Whether the AS number of a node's neighbor differs from that of the node."""
        remote = (self.configured.get(node.node_ip) or {}).get("remote_as")
        return node.node_ip in self.configured and (remote is None or int(remote) != node.as_number)

    def drains(self, mark: str) -> drained.Drains:
        """The hosts recorded as drained in descriptions with this mark."""
        groups = ((name, group.get("description")) for name, group in self.groups.items())
        neighbors = ((one["address"], one.get("description")) for one in self.config.get("neighbors") or ())
        return drained.recorded(groups, neighbors, mark)

    @cached_property
    def neighbors(self) -> dict[str, Raw]:
        """Each session by the neighbor's address, as ``show ip bgp neighbors`` has it."""
        return {neighbor["address"]: neighbor for neighbor in self.raw.get("neighbors") or ()}

    @cached_property
    def routes(self) -> dict[str, list[Raw]]:
        """The route table by prefix."""
        table: dict[str, list[Raw]] = {}
        for route in self.raw.get("routes") or ():
            table.setdefault(network(route["prefix"]), []).append(route)
        return table

    @cached_property
    def connected(self) -> list[tuple[IPv4Network, str]]:
        """The IPv4 subnets that are directly connected to the BIG-IP."""
        return [
            (IPv4Network(prefix), str(route.get("interface")))
            for prefix, routes in self.routes.items()
            for route in routes
            if route.get("code") == "C" and ":" not in prefix
        ]

    @cached_property
    def redistributed(self) -> dict[str, str | None]:
        """The route-map by redistributed protocol."""
        return {item["protocol"]: item.get("route_map") for item in self.config.get("redistribute") or ()}

    @cached_property
    def active(self) -> bool:
        """Whether this unit is active for at least one traffic group. A standalone unit is active."""
        return str((self.raw.get("failover") or {}).get("state") or "active").lower() == "active"

    @cached_property
    def sync(self) -> str:
        """The config sync status as shown by the device; empty if unknown."""
        return str((self.raw.get("failover") or {}).get("sync") or "")

    @cached_property
    def traffic_groups(self) -> dict[str, str]:
        """The state of this unit for each floating traffic group, by its name without a folder."""
        return dict((self.raw.get("failover") or {}).get("traffic_groups") or {})

    def serves(self, address: str) -> bool:
        """Whether this unit serves a virtual address: it is active for its traffic group, or the address has none.

        Without the address, or if the groups were not read, the state of the unit decides.
        """
        held = self.virtual_addresses.get(address) or {}
        group = str(held.get("traffic_group") or "").rpartition("/")[2]
        if held and group in ("", "none", "traffic-group-local-only"):
            return "traffic_group" in held or self.active
        return self.traffic_groups[group] == "active" if group in self.traffic_groups else self.active

    @cached_property
    def self_ips(self) -> dict[str, Raw]:
        """The self IPs of the route domain that was read, by address."""
        domain = (self.raw.get("route_domain") or {}).get("id", 0)
        items = self.raw.get("self_ips") or ()
        return {str(item["address"]): item for item in items if item.get("route_domain", 0) == domain}

    def servers_on(self, address: str) -> list[Raw]:
        """The virtual servers on an address of the route domain that was read."""
        domain = (self.raw.get("route_domain") or {}).get("id", 0)
        found = (item for item in self.virtual_servers if item.get("destination") == address)
        return [item for item in found if self.domain_of(item) == domain]

    def domain_of(self, item: Raw) -> int:
        """The route domain of a virtual address or virtual server. The device omits it if it is the default of the
        partition."""
        shown = item.get("route_domain") or domain_of(str(item.get("address") or ""))
        return int(shown or self._default_domains.get(str(item.get("partition")), 0))

    @cached_property
    def _default_domains(self) -> dict[str, int]:
        return {str(item["name"]): int(item.get("route_domain") or 0) for item in self.raw.get("partitions") or ()}

    @cached_property
    def static_routes(self) -> list[Raw]:
        """The static routes of the route domain that was read."""
        domain = (self.raw.get("route_domain") or {}).get("id", 0)
        return [item for item in self.raw.get("static_routes") or () if item.get("route_domain", 0) == domain]

    @cached_property
    def virtual_addresses(self) -> dict[str, Raw]:
        """By address, those of the route domain that was read."""
        domain = (self.raw.get("route_domain") or {}).get("id", 0)
        items = self.raw.get("virtual_addresses") or ()
        return {str(item["address"]).partition("%")[0]: item for item in items if self.domain_of(item) == domain}

    @cached_property
    def virtual_servers(self) -> list[Raw]:
        return list(self.raw.get("virtual_servers") or ())

    @cached_property
    def pings(self) -> dict[str, Raw]:
        return dict(self.raw.get("ping") or {})

    @property
    def _configuration(self) -> Raw:
        return self.raw.get("config") or {}


class NodeView:
    """One node, as calico_bgp_status read it."""

    def __init__(self, name: str, raw: Raw | None, source: Raw | None) -> None:
        self.name = name
        self.raw: Raw = raw or {}
        self.source_error = self.error = error_of(source, "the status of the nodes", "nodes")
        if not self.error and not raw:
            self.error = f"no status of {name} was reported"
        elif not self.error and self.partial and not self.raw.get("sessions") and self.agent == "unknown":
            self.error = self.partial

    @property
    def mesh(self) -> Raw | None:
        """Mesh sessions: ``{expected, established, down}``."""
        return self.raw.get("mesh")

    @property
    def pod_routes(self) -> Raw | None:
        """Routes to the pods of other nodes, through those nodes: ``{expected, present, missing}``."""
        return self.raw.get("pod_routes")

    @property
    def has_sessions(self) -> bool:
        """Whether any source reported sessions of this node."""
        mesh = self.mesh or {}
        down = mesh.get("down") or ()
        reported = mesh.get("established") or any(row["state"] != "no session" for row in down)
        return bool(self.raw.get("sessions") or reported)

    @property
    def partial(self) -> str:
        """Why a part of the node's state could not be read."""
        return str(self.raw.get("error") or "")

    @cached_property
    def sessions(self) -> dict[str, Raw]:
        """Each session by the peer's address."""
        return {session["peer_ip"]: session for session in self.raw.get("sessions") or ()}

    @cached_property
    def kernel(self) -> dict[str, list[Raw]]:
        """Routes that BIRD has in the kernel, by destination: ``{gateway, dev}``.

        The kernel's own routes if a command on the node read them, otherwise those that BIRD exported.
        """
        table: dict[str, list[Raw]] = {}
        for route in self._kernel_routes():
            table.setdefault(network(route["dst"]), []).append(route)
        return table

    @property
    def kernel_seen(self) -> bool:
        """Whether ``kernel`` was read from the kernel, not from BIRD."""
        return self.raw.get("kernel_routes") is not None

    @cached_property
    def learned(self) -> dict[str, set[str]]:
        """Destinations by the peer from which they were learned."""
        table: dict[str, set[str]] = {}
        for route in self.raw.get("routes") or ():
            if route.get("peer_ip"):
                table.setdefault(route["peer_ip"], set()).add(network(route["destination"]))
        return table

    def routes_to(self, prefix: str) -> list[Raw]:
        """Routes to a destination that BIRD has learned."""
        return [route for route in self.raw.get("routes") or () if network(route["destination"]) == prefix]

    @property
    def waiting(self) -> bool:
        """Whether BIRD delays routes after a restart until every peer is Established (graceful restart)."""
        return bool(self.raw.get("graceful_restart_wait"))

    @property
    def agent(self) -> str:
        """State of BIRD: Ready or NotReady."""
        return str((self.raw.get("agent") or {}).get("state") or "unknown")

    @property
    def bird(self) -> Raw | None:
        return self.raw.get("bird")

    def _kernel_routes(self) -> Iterable[Raw]:
        if self.kernel_seen:
            return [route for route in self.raw["kernel_routes"] if route.get("protocol", "bird") == "bird"]
        return [
            {"dst": route["destination"], "gateway": route.get("gateway"), "dev": route.get("interface")}
            for route in self.raw.get("routes") or ()
            if route.get("type") == "FIB" and route.get("learned_from") not in ("Direct", "Kernel", "Static")
        ]


class CalicoView:
    """The datastore, as calico_info read it."""

    def __init__(self, raw: Raw | None) -> None:
        self.raw: Raw = raw or {}
        self.error = error_of(raw, "Calico's datastore", "resources")

    def specs(self, kind: str) -> dict[str, Raw]:
        """The spec by name of every resource of a kind."""
        return {name: item.get("spec") or {} for (one, name), item in self._by_name.items() if one == kind}

    @cached_property
    def blocks(self) -> dict[str, list[str]]:
        """The IPv4 blocks by the node that holds and announces them."""
        by_node = (self.raw.get("ipam") or {}).get("by_node") or {}
        return {node: sorted(network(block) for block in held if ":" not in block) for node, held in by_node.items()}

    @cached_property
    def nodes(self) -> dict[str, Raw]:
        """The BGP settings of each node in Calico: ``{address, as_number}``."""
        return dict(self.raw.get("nodes") or {})

    @property
    def installation(self) -> Raw:
        """How Calico was installed, see calico_info; empty if that was not read."""
        return self.raw.get("installation") or {}

    @property
    def namespace(self) -> str:
        """The namespace of calico-node."""
        return str(self.installation.get("namespace") or "kube-system")

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Raw]:
        lists = (self.raw.get("resources") or {}).values()
        return {(item["kind"], item["metadata"]["name"]): item for items in lists for item in items}
