# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual servers of the inventory as AS3 declarations in ConfigMaps. Pure.

Formats: the AS3 schema reference, and the user guide of k8s-bigip-ctlr for AS3 ConfigMaps. The controller fills in the
members of each pool whose list of addresses is empty, from the one Service of the ConfigMap's namespace that has three
labels: tenant, application and pool. A ConfigMap replaces an earlier declaration of the same tenant, so all virtual
servers of a namespace are in one, and a tenant belongs to one namespace.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.custom import service_address
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.legacy import TYPE_LABEL, escaped
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import labels
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Monitor, Settings, VirtualServer

AS3_LABEL = {"as3": "true"}
# Labels by which the controller finds the Service of a pool.
TENANT, APPLICATION, POOL = (f"cis.f5.com/as3-{part}" for part in ("tenant", "app", "pool"))
SCHEMA_VERSION = "3.18.0"  # the oldest that the controller accepts; newer devices accept it too
SERVICE_CLASS = {"http": "Service_HTTP", "tcp": "Service_TCP", "udp": "Service_UDP"}
ADDRESSES = "Shared"  # the application whose objects all other tenants may use


def configmaps(settings: Settings) -> list[dict[str, Any]]:
    """One ConfigMap per namespace with virtual servers."""
    found = []
    for namespace in dict.fromkeys(virtual.namespace for virtual in settings.virtual_servers):
        declared = [virtual for virtual in settings.virtual_servers if virtual.namespace == namespace]
        template = {"class": "AS3", "declaration": _declaration(declared, settings)}
        metadata = {
            "name": f"{settings.deployment}-as3",
            "namespace": namespace,
            "labels": TYPE_LABEL | AS3_LABEL | labels(settings),
        }
        data = {"template": json.dumps(template, indent=2, sort_keys=True) + "\n"}
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    return found


def service_labels(settings: Settings) -> list[dict[str, Any]]:
    """The labels of the Services, for server-side apply: nothing else of a Service is changed."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": virtual.service,
                "namespace": virtual.namespace,
                "labels": {
                    TENANT: settings.partition_of(virtual),
                    APPLICATION: application_name(virtual),
                    POOL: pool_name(virtual),
                },
            },
        }
        for virtual in settings.virtual_servers
    ]


def places(declaration: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    """Tenant, address and port of each virtual server in a declaration made here."""
    for tenant, content in declaration.items():
        if not isinstance(content, dict) or content.get("class") != "Tenant":
            continue
        addresses = {
            f"/{tenant}/{ADDRESSES}/{name}": item["virtualAddress"].partition("%")[0]
            for name, item in content[ADDRESSES].items()
            if isinstance(item, dict)
        }
        for application in content.values():
            for item in application.values() if isinstance(application, dict) else ():
                if isinstance(item, dict) and item.get("class") in SERVICE_CLASS.values():
                    yield tenant, addresses[item["virtualAddresses"][0]["use"]], item["virtualPort"]


def application_name(virtual: VirtualServer) -> str:
    """The name in the form that AS3 requires: a letter, then letters, digits and underscores."""
    name = re.sub(r"[^A-Za-z0-9]", "_", virtual.name)
    return name if name[0].isalpha() else f"vs_{name}"


def pool_name(virtual: VirtualServer) -> str:
    return f"{application_name(virtual)}_pool"


def _declaration(virtuals: Iterable[VirtualServer], settings: Settings) -> dict[str, Any]:
    declaration: dict[str, Any] = {"class": "ADC", "schemaVersion": SCHEMA_VERSION, "id": settings.deployment}
    for virtual in virtuals:
        partition = settings.partition_of(virtual)
        tenant = declaration.setdefault(partition, {"class": "Tenant"})
        if settings.domains()[partition]:
            tenant["defaultRouteDomain"] = settings.domains()[partition]  # also of the pool members
        shared = tenant.setdefault(ADDRESSES, {"class": "Application", "template": "shared"})
        shared[_address_name(virtual)] = {
            "class": "Service_Address",
            "virtualAddress": virtual.address,
            **service_address(virtual),
        }
        tenant[application_name(virtual)] = _application(virtual, settings)
    return declaration


def _application(virtual: VirtualServer, settings: Settings) -> dict[str, Any]:
    name, pool = application_name(virtual), pool_name(virtual)
    address = f"/{settings.partition_of(virtual)}/{ADDRESSES}/{_address_name(virtual)}"
    application: dict[str, Any] = {
        "class": "Application",
        "template": "generic",
        name: {
            "class": SERVICE_CLASS[virtual.protocol],
            "virtualAddresses": [{"use": address}],
            "virtualPort": virtual.port,
            "pool": pool,
            "snat": "auto",
            "persistenceMethods": [],  # none, as in the other modes; AS3's own default is a cookie or the source
        },
        pool: {
            "class": "Pool",
            "loadBalancingMode": virtual.balance,
            # The controller rejects a declaration without shareNodes.
            "members": [{"servicePort": virtual.service_port, "serverAddresses": [], "shareNodes": False}],
        },
    }
    if virtual.monitor:
        monitor = f"{name}_monitor"
        application[monitor] = _monitor(virtual.monitor)
        application[pool]["monitors"] = [{"use": monitor}]
    return application


def _address_name(virtual: VirtualServer) -> str:
    return "address_" + re.sub(r"[^A-Za-z0-9]", "_", virtual.address)


def _monitor(monitor: Monitor) -> dict[str, Any]:
    made = {
        "class": "Monitor",
        "monitorType": monitor.type,
        "interval": monitor.interval,
        "timeout": monitor.timeout,
    }
    if monitor.send:
        made["send"] = escaped(monitor.send)
    if monitor.recv:
        made["receive"] = escaped(monitor.recv)
    return made
