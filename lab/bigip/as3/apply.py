# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply one tenant: objects of its declaration are created and changed, objects no longer in it are deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bigip.as3.schema import TENANT_META
from bigip.as3.translate import Wanted, objects
from bigip.config.store import Store
from bigip.naming import COMMON, split_port

# In the order of deletion; creation is in reverse.
MANAGED = (
    "ltm/virtual",
    "ltm/policy",
    "ltm/virtual-address",
    "ltm/pool",
    "ltm/node",
    "ltm/data-group/internal",
    "ltm/rule",
    "ltm/monitor/http",
    "ltm/monitor/https",
    "ltm/monitor/tcp",
    "ltm/monitor/tcp-half-open",
    "ltm/monitor/udp",
    "ltm/monitor/icmp",
    "ltm/monitor/gateway-icmp",
)

MARK = "as3"  # metadata of a node in /Common that a declaration made


def tenant(store: Store, name: str, document: Mapping[str, Any]) -> bool:
    """True when something was changed. Raises RestError, and nothing of the tenant is then changed.

    A tenant without applications is removed with its partition.
    """
    with store.atomic():
        before = store.generation
        empty = not any(word not in TENANT_META for word in document)
        partition = store.get("auth/partition", name)
        if empty:
            if partition is not None and name != "Common":
                _clear(store, name, [])
                store.delete(partition)
            return store.generation != before
        domain = int(document.get("defaultRouteDomain") or 0)
        if partition is None:
            store.create(store.kinds["auth/partition"], {"name": name, "defaultRouteDomain": domain})
        elif "defaultRouteDomain" in document and partition.get("defaultRouteDomain") != domain:
            store.modify(partition, {"defaultRouteDomain": domain})
        wanted = objects(name, document)
        _unlink(store, name, wanted)
        wanted = [_named(store, item) for item in wanted]
        for item in wanted:
            _make(store, item)
        _clear(store, name, wanted)
        return store.generation != before


def _named(store: Store, item: Wanted) -> Wanted:
    """With the name of the existing object: another client may have created it as `10.0.0.1%0`."""
    kind = store.kinds[item.path]
    there = store.there(kind, item.name)
    name = there.name if there else kind.canonical(store, item.name) if kind.canonical else item.name
    return Wanted(item.path, name, item.body)


def _make(store: Store, item: Wanted) -> None:
    kind = store.kinds[item.path]
    there = store.get(item.path, item.name.full_path)
    shared = item.name.partition == COMMON and item.path == "ltm/node"
    if there is None:
        store.create(
            kind,
            {
                "name": item.name.full_path if not item.name.partition else item.name.name,
                "partition": item.name.partition,
                "subPath": item.name.sub_path,
                **({"metadata": [{"name": MARK}]} if shared else {}),
                **item.body,
            },
        )
        return
    body = {key: value for key, value in item.body.items() if key not in kind.fixed}
    if body and not shared:
        store.modify(there, body)


def _unlink(store: Store, name: str, wanted: list[Wanted]) -> None:
    """Virtual servers to delete are deleted first: two may not share a destination, and their objects are then
    unused."""
    kept = {(item.path, item.name.full_path) for item in wanted}
    for entry in store.objects("ltm/virtual"):
        if entry.name.partition == name and ("ltm/virtual", entry.full_path) not in kept:
            store.delete(entry)


def _clear(store: Store, name: str, wanted: list[Wanted]) -> None:
    kept = {(item.path, item.name.full_path) for item in wanted}
    for path in MANAGED:
        for entry in store.objects(path):
            if entry.name.partition == name and (path, entry.full_path) not in kept:
                if entry.full_path in store.trees[path]:
                    store.delete(entry)
    for entry in sorted(store.objects("sys/folder"), key=lambda item: -len(item.full_path)):
        if entry.full_path.startswith(f"/{name}/") and ("sys/folder", entry.full_path) not in kept:
            store.delete(entry)
    _shared_nodes(store)


def _shared_nodes(store: Store) -> None:
    """Nodes of /Common that a declaration made and that no pool uses any more."""
    used = {
        (member.name.partition, split_port(member.name.name)[0])
        for pool in store.objects("ltm/pool")
        for member in pool.members("members")
    }
    for node in store.objects("ltm/node"):
        mine = any(item.get("name") == MARK for item in node.get("metadata") or [])
        if mine and (node.name.partition, node.name.name) not in used:
            store.delete(node)
