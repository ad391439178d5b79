# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of an earlier run that are no longer wanted, in the cluster and on the BIG-IP. Pure.

Kubernetes objects are identified by the role's labels, and partitions by those objects. A mode that uses AS3 keeps
its objects in folders of the partition, and AS3 remembers them: the cccl agent cannot take over existing objects, while
AS3 replaces the whole content of a partition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import as3
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.as3 import APPLICATION, POOL, TENANT
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import AS3, CONFIGMAP, CRD, Settings

Object = Mapping[str, Any]
Place = tuple[str, str, int]  # partition, address and port of a virtual server


def stale(existing: Iterable[Object], wanted: Iterable[Object]) -> list[dict[str, Any]]:
    """The existing objects that are no longer wanted, as references for removal."""
    keep = {_reference(item) for item in wanted}
    return [_naming(item) for item in existing if _reference(item) not in keep]


def unlabelled(services: Iterable[Object], wanted: Iterable[Object], partitions: Iterable[str]) -> list[dict[str, Any]]:
    """Services whose AS3 labels are no longer wanted, without labels: server-side apply removes what the same manager
    had set. Only labels with a partition of the role are managed.
    """
    keep, ours = {_reference(item) for item in wanted if item["kind"] == "Service"}, set(partitions)
    return [
        _naming({"apiVersion": "v1", "kind": "Service", "metadata": item["metadata"]})
        for item in services
        if {TENANT, APPLICATION, POOL} <= set(item["metadata"].get("labels") or {})
        and item["metadata"]["labels"][TENANT] in ours
        and ("Service", item["metadata"]["namespace"], item["metadata"]["name"]) not in keep
    ]


def mode_of(item: Object) -> str | None:
    """The mode of a managed object with virtual servers; None for all other objects."""
    labels = item["metadata"].get("labels") or {}
    if item["kind"] in ("VirtualServer", "TransportServer"):
        return CRD
    if item["kind"] != "ConfigMap" or "f5type" not in labels:
        return None
    return AS3 if labels.get("as3") == "true" else CONFIGMAP


def partitions_of(existing: Iterable[Object], settings: Settings) -> dict[str, set[str]]:
    """Mode → the partitions of the BIG-IP that the existing objects use."""
    found: dict[str, set[str]] = {}
    for item in existing:
        mode = mode_of(item)
        if mode:
            found.setdefault(mode, set()).update(_partitions(mode, item, settings))
    return found


def left_partitions(existing: Iterable[Object], settings: Settings) -> list[str]:
    """Partitions to empty before the controller starts in its new mode; the controller itself updates the others."""
    before = partitions_of(existing, settings)
    wanted = {settings.partition} | {settings.partition_of(virtual) for virtual in settings.virtual_servers}
    left = {name for names in before.values() for name in names} - wanted
    if settings.mode == CONFIGMAP:
        left |= before.get(CRD, set()) | before.get(AS3, set())
    return sorted(left)


def all_partitions(existing: Iterable[Object], settings: Settings) -> list[str]:
    """Every partition that the controller uses or used."""
    before = partitions_of(existing, settings)
    wanted = {settings.partition} | {settings.partition_of(virtual) for virtual in settings.virtual_servers}
    return sorted(wanted | {name for names in before.values() for name in names})


def foreign_content(
    settings: Settings, existing: Iterable[Object], bigips: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str, list[str]]]:
    """BIG-IP, partition and virtual addresses of others in it: a controller removes what it did not create.

    A partition that no existing object of the controller names is not the controller's yet.

    :param bigips: inventory name -> ``virtual_addresses`` as `bigip_bgp_info` returns them
    """
    existing = list(existing)
    used = {name for names in partitions_of(existing, settings).values() for name in names}
    used |= {name for name in settings.domains() if any(f"--bigip-partition={name}'" in str(item) for item in existing)}
    own = {virtual.ip for virtual in settings.virtual_servers}
    for bigip, held in bigips.items():
        for partition in sorted(set(settings.domains()) - used):
            addresses = [str(item["address"]) for item in held.get("virtual_addresses") or ()
                         if item["partition"] == partition and item["address"] not in own]  # fmt: skip
            if addresses:
                yield bigip, partition, addresses


def places(existing: Iterable[Object], settings: Settings) -> list[Place]:
    """Where the virtual servers of the existing objects are on the BIG-IP."""
    return sorted({place for item in existing for place in _places(item, settings)})


def _places(item: Object, settings: Settings) -> Iterator[Place]:
    mode = mode_of(item)
    try:
        if mode == CRD:
            spec = item["spec"]
            port = spec.get("virtualServerHTTPPort") or spec.get("virtualServerPort")
            yield spec.get("partition") or settings.partition, spec["virtualServerAddress"], port
        elif mode == CONFIGMAP:
            frontend = json.loads(item["data"]["data"])["virtualServer"]["frontend"]
            address = frontend["virtualAddress"]
            yield frontend["partition"], address["bindAddr"].partition("%")[0], address["port"]
        elif mode == AS3:
            yield from as3.places(json.loads(item["data"]["template"])["declaration"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return  # edited manually: not usable


def _partitions(mode: str, item: Object, settings: Settings) -> set[str]:
    try:
        if mode == CRD:
            return {(item.get("spec") or {}).get("partition") or settings.partition}
        if mode == CONFIGMAP:
            return {json.loads(item["data"]["data"])["virtualServer"]["frontend"]["partition"]}
        declaration = json.loads(item["data"]["template"])["declaration"]
        return {name for name, part in declaration.items() if isinstance(part, dict) and part.get("class") == "Tenant"}
    except (KeyError, TypeError, ValueError):
        return set()  # edited manually: no partition in it


def _reference(item: Object) -> tuple[str, str, str]:
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _naming(item: Object) -> dict[str, Any]:
    metadata = {key: item["metadata"][key] for key in ("namespace", "name") if item["metadata"].get(key)}
    return {"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": metadata}
