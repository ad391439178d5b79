# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the cluster must have for the virtual servers to work: Services, their ports, their ready pods. Pure.

Services are core/v1 objects, slices are EndpointSlices of discovery.k8s.io/v1, both as the API returns them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings, VirtualServer
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Problem, shown

Object = Mapping[str, Any]
Member = tuple[str, int]  # address and port of a pod

SERVICE_NAME = "kubernetes.io/service-name"  # label of a slice


def by_name(objects: Iterable[Object]) -> dict[tuple[str, str], Object]:
    """(namespace, name) -> object."""
    return {(item["metadata"].get("namespace", ""), item["metadata"]["name"]): item for item in objects}


def slices_of(slices: Iterable[Object], namespace: str, service: str, address: str) -> list[Object]:
    """The EndpointSlices of a Service in the address family of a virtual server.

    A dual-stack Service has slices of both families; pods of the other family are not members of the pool.

    :param address: the virtual server's, without route domain
    """
    try:
        family = f"IPv{ipaddress.ip_address(address).version}"
    except ValueError:
        return []  # reported with the settings
    return [
        item
        for item in slices
        if item["metadata"].get("namespace", "") == namespace
        and (item["metadata"].get("labels") or {}).get(SERVICE_NAME) == service
        and item.get("addressType", "IPv4") == family
    ]


def ready_endpoints(slices: Iterable[Object]) -> Iterator[tuple[str, Object, list[Object]]]:
    """Address, endpoint and ports of each pod that is ready. A missing condition counts as ready."""
    for item in slices:
        for endpoint in item.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                for address in endpoint.get("addresses") or ():
                    yield address, endpoint, item.get("ports") or []


def cluster_problems(
    settings: Settings, services: Iterable[Object], slices: Iterable[Object], host: str
) -> list[Problem]:
    """Every virtual server whose Service the controller cannot use."""
    service_of, slices = by_name(services), list(slices)
    problems = []
    for index, virtual in enumerate(settings.virtual_servers):
        service = service_of.get((virtual.namespace, virtual.service))
        found = slices_of(slices, virtual.namespace, virtual.service, virtual.ip)
        field, value, expected = _problem(virtual, settings, service, found)
        if field:
            problems.append(Problem(host, f"virtual_servers[{index}].{field}", shown(value), expected))
    return problems


def _problem(
    virtual: VirtualServer, settings: Settings, service: Object | None, slices: list[Object]
) -> tuple[str, object, str]:
    where = f"{virtual.namespace}/{virtual.service}"
    if service is None:
        return "service", virtual.service, f"an existing Service; {where} does not exist"
    ports = service["spec"].get("ports") or []
    if virtual.service_port not in [port["port"] for port in ports]:
        had = ", ".join(str(port["port"]) for port in ports) or "none"
        return "service_port", virtual.service_port, f"a port of the Service {where}, which has {had}"
    if settings.pool_member_type == "nodeport":
        kind = service["spec"].get("type", "ClusterIP")
        ok = kind in ("NodePort", "LoadBalancer")
        return ("", None, "") if ok else ("service", virtual.service, f"a Service of type NodePort; {where} is {kind}")
    nodeless = [address for address, endpoint, _ports in ready_endpoints(slices) if not endpoint.get("nodeName")]
    if nodeless:
        return (
            "service",
            virtual.service,
            f"a Service whose endpoints all have a node name: {', '.join(nodeless)} of {where} have none, which is "
            "common for manually created Endpoints and crashes the controller",
        )
    if not members(virtual, service, slices):
        return (
            "service",
            virtual.service,
            f"a Service with endpoints: no ready pod is behind {where} ({_selector(service)})",
        )
    return "", None, ""


def members(virtual: VirtualServer, service: Object, slices: Iterable[Object]) -> set[Member]:
    """Addresses and ports of the ready pods behind the Service port of the virtual server.

    :param slices: those of the Service, from ``slices_of``
    """
    names = {port.get("name") or "" for port in service["spec"].get("ports") or []
             if port["port"] == virtual.service_port}  # fmt: skip
    return {
        (address, port["port"])
        for address, _endpoint, ports in ready_endpoints(slices)
        for port in ports
        if (port.get("name") or "") in names
    }


def _selector(service: Object) -> str:
    selector = service["spec"].get("selector") or {}
    return "selector " + ", ".join(f"{k}={v}" for k, v in selector.items()) if selector else "it has no selector"
