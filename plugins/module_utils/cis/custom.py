# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual server of the inventory as a custom resource for the controller's CRD mode. Pure.

Format: docs/config_examples/customResourceDefinitions/customresourcedefinitions.yml of k8s-bigip-ctlr. Http becomes a
VirtualServer, tcp and udp a TransportServer. The controller converts them to an AS3 declaration.
"""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import labels
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Monitor, Settings, VirtualServer

API = "cis.f5.com/v1"
TYPE_LABEL = {"f5cr": "true"}  # the label that the controller watches
# The BIG-IP's values of route advertisement, and AS3's.
ADVERTISEMENT = {"enabled": "enable", "disabled": "disable"}


def custom_resource(virtual: VirtualServer, settings: Settings) -> dict[str, Any]:
    """The VirtualServer or TransportServer of one virtual server."""
    address, _percent, domain = virtual.address.partition("%")
    spec: dict[str, Any] = {
        "virtualServerAddress": address,
        "snat": "auto",
        "persistenceProfile": "none",  # as in the other modes; AS3's own default is a cookie or the source
        # The definition does not allow this part to be added or removed later, so it is always present.
        "serviceAddress": [service_address(virtual)],
        "bigipRouteDomain": int(domain or 0),  # the server's default, for check mode before the definition exists
    }
    if virtual.partition:
        spec["partition"] = virtual.partition
    if virtual.host:
        spec["host"] = virtual.host
    if virtual.protocol == "http":
        kind = "VirtualServer"
        spec |= {"virtualServerHTTPPort": virtual.port, "pools": [_pool(virtual)]}
    else:
        kind = "TransportServer"
        spec |= {
            "virtualServerPort": virtual.port,
            "type": virtual.protocol,
            "mode": "standard",
            "pool": _pool(virtual),
        }
    return {
        "apiVersion": API,
        "kind": kind,
        "metadata": {
            "name": virtual.name,
            "namespace": virtual.namespace,
            "labels": TYPE_LABEL | labels(settings),
        },
        "spec": spec,
    }


def service_address(virtual: VirtualServer) -> dict[str, Any]:
    """The virtual address, with every property that a declaration would otherwise set to its default."""
    return {
        "arpEnabled": True,
        "icmpEcho": "enable",
        "routeAdvertisement": advertisement(virtual),
    }


def advertisement(virtual: VirtualServer) -> str:
    """Route advertisement as a value of AS3. A declaration always has one; its default is not to advertise."""
    wanted = virtual.route_advertisement or "disabled"
    return ADVERTISEMENT.get(wanted, wanted)


def _pool(virtual: VirtualServer) -> dict[str, Any]:
    pool: dict[str, Any] = {
        # Without separate names, virtual servers of the same Service share a pool and all monitors.
        "name": "pool_" + re.sub(r"[^A-Za-z0-9]", "_", f"{virtual.namespace}_{virtual.name}"),
        "service": virtual.service,
        "servicePort": virtual.service_port,
        "loadBalancingMethod": virtual.balance,
    }
    if virtual.monitor:
        pool["monitor"] = _monitor(virtual.monitor)
    return pool


def _monitor(monitor: Monitor) -> dict[str, Any]:
    given = {key: text for key in ("send", "recv") if (text := getattr(monitor, key))}
    return {"type": monitor.type, "interval": monitor.interval, "timeout": monitor.timeout, **given}
