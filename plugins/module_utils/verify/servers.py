# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual servers that the inventory asks the controller for, as far as verification needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import CONFIGMAP, default_partition
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Vip


@dataclass(frozen=True)
class Server:
    """One virtual server and the Kubernetes Service behind it.

    :ivar http: whether a plain HTTP request must be answered. One that selects by host name answers only requests for
        that name, which probes do not send
    """

    name: str
    namespace: str
    partition: str
    address: str
    port: int
    service: str
    http: bool
    route_advertisement: str

    @property
    def url(self) -> str:
        return f"http://{self.address}/" if self.port == 80 else f"http://{self.address}:{self.port}/"

    @property
    def destination(self) -> str:
        return f"{self.address}:{self.port}"

    @property
    def vip(self) -> Vip | None:
        """The address as a VIP of the fabric, if it is to be announced."""
        if self.route_advertisement == "disabled":
            return None
        return Vip(self.address, self.partition, self.route_advertisement)


def servers(raw: Iterable[Mapping[str, Any]], partition: str, mode: str = CONFIGMAP) -> list[Server]:
    """The inventory's ``virtual_servers``, as the role bigip_ctlr documents them.

    :param partition: the controller's, from which that of those follows that name none
    :param mode: the controller's: configmap, as3 or crd
    """
    return [
        Server(
            name=str(entry["name"]),
            namespace=str(entry.get("namespace") or "default"),
            partition=str(
                entry.get("partition") or default_partition(partition, mode, str(entry.get("namespace") or "default"))
            ),
            address=str(entry["address"]).partition("%")[0],
            port=int(entry.get("port") or 80),
            service=str(entry["service"]),
            http=str(entry.get("protocol") or "http") == "http" and not entry.get("host"),
            route_advertisement=str(entry.get("route_advertisement") or "disabled"),
        )
        for entry in raw
    ]
