# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the cluster must have for the virtual servers to work: Services, their ports, their endpoints. Pure.

The lists are core/v1 objects as the API gives them. The controller reads Endpoints, not EndpointSlices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import Settings, VirtualServer
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import Problem, shown

Object = Mapping[str, Any]
Member = tuple[str, int]  # address and port of a pod


def by_name(objects: Iterable[Object]) -> dict[tuple[str, str], Object]:
    """(namespace, name) → object."""
    return {(item["metadata"].get("namespace", ""), item["metadata"]["name"]): item for item in objects}


def cluster_problems(
    settings: Settings, services: Iterable[Object], endpoints: Iterable[Object], host: str
) -> list[Problem]:
    """Every virtual server whose Service the controller cannot serve."""
    service_of, endpoints_of = by_name(services), by_name(endpoints)
    problems = []
    for index, virtual in enumerate(settings.virtual_servers):
        key = (virtual.namespace, virtual.service)
        field, value, expected = _problem(virtual, settings, service_of.get(key), endpoints_of.get(key))
        if field:
            problems.append(Problem(host, f"virtual_servers[{index}].{field}", shown(value), expected))
    return problems


def _problem(
    virtual: VirtualServer, settings: Settings, service: Object | None, endpoints: Object | None
) -> tuple[str, object, str]:
    where = f"{virtual.namespace}/{virtual.service}"
    if service is None:
        return "service", virtual.service, f"a Service that exists; there is no {where}"
    ports = service["spec"].get("ports") or []
    if virtual.service_port not in [port["port"] for port in ports]:
        had = ", ".join(str(port["port"]) for port in ports) or "none"
        return "service_port", virtual.service_port, f"a port of the Service {where}, which has {had}"
    if settings.pool_member_type == "nodeport":
        kind = service["spec"].get("type", "ClusterIP")
        ok = kind in ("NodePort", "LoadBalancer")
        return ("", None, "") if ok else ("service", virtual.service, f"a Service of type NodePort; {where} is {kind}")
    lost = [address["ip"] for subset in _subsets(endpoints) for address in subset.get("addresses") or []
            if not address.get("nodeName")]  # fmt: skip
    if lost:
        return (
            "service",
            virtual.service,
            f"a Service whose Endpoints all name their node: {', '.join(lost)} of {where} do not, as hand-made "
            "Endpoints do, and the controller crashes on them",
        )
    if not members(virtual, service, endpoints):
        return (
            "service",
            virtual.service,
            f"a Service with endpoints: no ready pod is behind {where} ({_selector(service)})",
        )
    return "", None, ""


def members(virtual: VirtualServer, service: Object, endpoints: Object | None) -> set[Member]:
    """The pods' addresses and ports behind the Service port of the virtual server, as the controller finds them."""
    names = {port.get("name") for port in service["spec"].get("ports") or [] if port["port"] == virtual.service_port}
    return {
        (address["ip"], port["port"])
        for subset in _subsets(endpoints)
        for port in subset.get("ports") or []
        if port.get("name") in names
        for address in subset.get("addresses") or []
    }


def _subsets(endpoints: Object | None) -> list[Object]:
    return list((endpoints or {}).get("subsets") or [])


def _selector(service: Object) -> str:
    selector = service["spec"].get("selector") or {}
    return "selector " + ", ".join(f"{k}={v}" for k, v in selector.items()) if selector else "it has no selector"
