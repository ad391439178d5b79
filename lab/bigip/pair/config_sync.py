# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the configuration that config sync transfers. Pure.

Local to each unit stay the routing configuration (ZebOS), route domains, VLANs, self IPs that do not float, database
variables and licences.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bigip import errors
from bigip.config import factory
from bigip.config.store import Entry, Store

COLLECTIONS = ("ltm/", "auth/", "sys/application/", "sys/file/")
SINGLY = ("sys/folder", "net/self", "net/route", "cm/traffic-group")
OWN = ("generation", "creationTime", "lastModifiedTime", "vsIndex")
LOCAL_GROUP = "/Common/traffic-group-local-only"


def _carried(path: str) -> bool:
    return path.startswith(COLLECTIONS) or path in SINGLY


def _local(entry: Entry) -> bool:
    return entry.kind.path == "net/self" and entry.get("trafficGroup") == LOCAL_GROUP


def carried(store: Store) -> dict[str, list[dict[str, Any]]]:
    """The shared configuration, in the form in which it lies on disk."""
    return {
        path: factory.dump_entries({name: entry for name, entry in tree.items() if not _local(entry)})
        for path, tree in store.trees.items()
        if _carried(path)
    }


def digest(store: Store) -> str:
    """Equal on units with equal shared configuration."""
    text = json.dumps(_sorted(carried(store)), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sorted(value: Any) -> Any:
    """Without what each unit counts and times itself, and with the objects of a collection by name."""
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in value.items() if key not in OWN}
    if isinstance(value, list) and all(isinstance(item, dict) and "fields" in item for item in value):
        return sorted((_sorted(item) for item in value), key=lambda item: item["name"])
    return value


def take(store: Store, received: Mapping[str, list[dict[str, Any]]]) -> None:
    """Replace the shared configuration. Raises RestError, and changes nothing, where a local object is missing."""
    with store.atomic():
        for path, items in received.items():
            if path in store.kinds and _carried(path):
                kept = {name: entry for name, entry in store.trees[path].items() if _local(entry)}
                store.trees[path] = kept | factory.load_entries(store.kinds[path], items)
        for self_ip in store.objects("net/self"):
            vlan = str(self_ip.get("vlan"))
            if store.get("net/vlan", vlan) is None and store.get("net/tunnels/tunnel", vlan) is None:
                raise errors.not_found("VLAN", vlan)
        domains = {domain.get("id") for domain in store.objects("net/route-domain")}
        for partition in store.objects("auth/partition"):
            number = partition.get("defaultRouteDomain", 0)
            if number not in domains:
                raise errors.refused("01070977", f"The requested route domain ({number}) was not found.", 404)
        store.generation += 1
