# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual servers of the inventory for the controller, as far as verification needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import (
    CONFIGMAP,
    Settings,
    default_partition,
    sync_units,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Vip
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import Raw, domain_of


@dataclass(frozen=True)
class Controller:
    """The controller as the inventory describes it.

    :ivar partition: its partition, from which the default of virtual servers is derived
    :ivar mode: configmap, as3 or crd
    :ivar deployment: name of the Deployment; there are more without config sync, see ``cis.settings.sync_units``
    :ivar bigip: the only BIG-IP that it configures; empty for all of the inventory
    """

    partition: str = Settings.partition
    mode: str = CONFIGMAP
    namespace: str = Settings.namespace
    deployment: str = Settings.deployment
    bigip: str = ""

    def deployments(self, seen: Observed) -> dict[str, str]:
        """Name of each Deployment -> the BIG-IP that it connects to."""
        return {
            unit.deployment: unit.bigip
            for unit in sync_units(
                dict.fromkeys(self._names(seen), ""), _sync(seen), self.deployment, seen.fabric.synchronized
            )
        }

    def possible(self, fabric: Fabric) -> list[str]:
        """The names of all possible Deployments, for any config sync status."""
        names = [unit.name for unit in fabric.bigips if self.bigip in ("", unit.name)]
        alone = dict.fromkeys(names, "standalone")
        return [unit.deployment for unit in sync_units(alone, alone, self.deployment)]

    def units(self, seen: Observed) -> list[BigIp]:
        """The BIG-IPs with the virtual servers: those that a controller connects to, and their sync peers."""
        own, sync = self._names(seen), _sync(seen)
        shared = any(not _alone(sync[name]) for name in own)
        return [unit for unit in seen.fabric.bigips if unit.name in own or (shared and not _alone(sync[unit.name]))]

    def _names(self, seen: Observed) -> list[str]:
        return [unit.name for unit in seen.fabric.bigips if self.bigip in ("", unit.name)]


def _sync(seen: Observed) -> dict[str, str]:
    """Config sync status of each BIG-IP; empty if it was not read."""
    return {
        unit.name: str((seen.bigip(unit).raw.get("failover") or {}).get("sync") or "") for unit in seen.fabric.bigips
    }


def _alone(sync: str) -> bool:
    return sync.lower() == "standalone"


@dataclass(frozen=True)
class Server:
    """One virtual server and the Kubernetes Service behind it.

    :ivar address: without route domain
    :ivar domain: the route domain of the inventory, ``None`` for that of the BIG-IP's BGP
    :ivar http: whether a plain HTTP request must be answered. A virtual server that selects by host name answers only
        requests for that name, which probes do not send
    """

    name: str
    namespace: str
    partition: str
    address: str
    port: int
    service: str
    http: bool
    route_advertisement: str
    domain: int | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}/" if self.port == 80 else f"http://{self.address}:{self.port}/"

    @property
    def destination(self) -> str:
        """Address and port as the inventory has them."""
        return f"{self.address}{'' if self.domain is None else f'%{self.domain}'}:{self.port}"

    @property
    def vip(self) -> Vip | None:
        """The address as a VIP of the fabric, if it is to be announced."""
        if self.route_advertisement == "disabled":
            return None
        return Vip(self.address, self.partition, self.route_advertisement)


def servers(raw: Iterable[Mapping[str, Any]], controller: Controller) -> list[Server]:
    """The inventory's ``virtual_servers``, as documented by the role bigip_ctlr."""
    partition, mode = controller.partition, controller.mode
    return [
        Server(
            name=str(entry["name"]),
            namespace=str(entry.get("namespace") or "default"),
            partition=str(
                entry.get("partition") or default_partition(partition, mode, str(entry.get("namespace") or "default"))
            ),
            address=str(entry["address"]).partition("%")[0],
            domain=domain_of(str(entry["address"]), None),
            port=int(entry.get("port") or 80),
            service=str(entry["service"]),
            http=str(entry.get("protocol") or "http") == "http" and not entry.get("host"),
            route_advertisement=str(entry.get("route_advertisement") or "disabled"),
        )
        for entry in raw
    ]


def find(seen: Observed, unit: BigIp, server: Server) -> Raw | None:
    """The virtual server of a BIG-IP with that address, route domain and port, in the expected partition if there are
    several."""
    domain = unit.route_domain if server.domain is None else server.domain
    found = [one for one in located(seen, unit, server) if seen.bigip(unit).domain_of(one) == domain]
    found.sort(key=lambda one: one.get("partition") != server.partition)
    return found[0] if found else None


def located(seen: Observed, unit: BigIp, server: Server) -> list[Raw]:
    """The virtual servers of a BIG-IP with that address and port, in any route domain."""
    wanted = (server.address, server.port)
    return [one for one in seen.bigip(unit).virtual_servers if (one.get("destination"), one.get("port")) == wanted]
