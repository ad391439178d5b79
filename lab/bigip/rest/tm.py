# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/mgmt/tm: the configuration as collections and objects."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from bigip import errors
from bigip.config.schema import Kind
from bigip.config.store import Entry, Store
from bigip.config.view import select
from bigip.interface import Device
from bigip.naming import Name, from_segment
from bigip.rest import stats
from bigip.rest.message import Call, Reply
from bigip.rest.target import Target

LOG = logging.getLogger(__name__)
COORDINATION = "x-f5-rest-coordination-id"
_MARKUP = re.compile(rb"\"name\"\s*:\s*\"[^\"]*<[a-zA-Z/][^\"]*>")
WRITES = ("POST", "PATCH", "PUT", "DELETE")


def handle(device: Device, call: Call) -> Reply:
    words = call.below("/mgmt/tm")
    with device.lock:
        target = locate(device.store, words, call.path) if words else None
        if target is None:
            return _organizing(device, words, call)
        if call.method in WRITES and not target.stats and COORDINATION in call.headers:
            return device.transactions.record(call)
        body = _body(call)
        try:
            return perform(device, call.method, target, call.query, body, call.path)
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            if call.method not in WRITES:
                raise
            # Every write is atomic, so nothing of it remains: a value of another JSON type than the rules expect.
            LOG.info("%s %s: %r", call.method, call.path, error)
            raise errors.syntax("one or more properties have a value of the wrong type") from error


def _body(call: Call) -> dict[str, Any]:
    if call.method == "GET" or not call.body:
        return {}
    kind = call.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in ("", "application/json"):
        raise errors.content_type(kind)
    if _MARKUP.search(call.body):
        raise errors.markup()
    return call.json()


def locate(store: Store, words: list[str], path: str) -> Target | None:
    """None for a path above the collections. Raises RestError 404 for an unknown path."""
    for length in range(min(len(words), 5), 0, -1):
        kind = store.kinds.get("/".join(words[:length]))
        if kind:
            return _inside(store, kind, None, words[length:], path)
    if any(known.startswith("/".join(words) + "/") for known in store.kinds):
        return None
    raise errors.tm_not_registered(path)


def _inside(store: Store, kind: Kind, parent: Entry | None, rest: list[str], path: str) -> Target:
    if kind.single:
        if rest and (child := kind.child(rest[0])):
            return _inside(store, child, store.find(kind, Name("", "", "")), rest[1:], path)
        if rest not in ([], ["stats"]):
            raise errors.tm_not_registered(path)
        return Target(kind, parent, Name("", "", ""), rest == ["stats"])
    if not rest or rest == ["stats"]:
        return Target(kind, parent, None, bool(rest))
    name = from_segment(rest[0], kind.partitioned)
    if len(rest) == 1 or rest[1:] == ["stats"]:
        return Target(kind, parent, name, len(rest) == 2)
    child = kind.child(rest[1])
    if child is None:
        raise errors.tm_not_registered(path)
    entry = store.there(kind, name, parent)
    if entry is None:
        raise _above_missing(kind, child, name, parent, rest[2:])
    return _inside(store, child, entry, rest[2:], path)


def _above_missing(kind: Kind, child: Kind, name: Name, parent: Entry | None, rest: list[str]) -> errors.RestError:
    """For one object of a sub-collection mcpd names that, with its parent; for the sub-collection the parent."""
    if rest and child.label:
        missing = Entry(kind, name, {}, 0)
        return errors.not_found(child.title, child.label(from_segment(rest[0], child.partitioned), missing))
    return errors.not_found(kind.title.lower() if parent is None else kind.title, name.full_path)


def perform(
    device: Device, method: str, target: Target, query: Mapping[str, str], body: dict[str, Any], path: str
) -> Reply:
    """One call on the configuration. The caller holds the lock."""
    store, kind = device.store, target.kind
    if target.stats:
        return Reply(stats.show(device, target, path))
    expand = query.get("expandSubcollections", "").lower() == "true"
    if target.name is None:
        if method == "GET":
            here = path.removeprefix("/mgmt/tm/").rstrip("/")
            entries = store.collection(kind, target.parent).values()
            return Reply(device.view.collection(kind, entries, here, query))
        if method == "POST" and not kind.locked:
            entry = store.create(kind, body, target.parent)
            device.committed()
            return Reply(device.view.show(entry))
        raise errors.unsupported(kind.path)
    if target.parent is not None and method != "DELETE" and store.there(kind, target.name, target.parent) is None:
        raise errors.member_not_found(target.name.full_path)
    entry = store.find(kind, target.name, target.parent)
    if method == "GET":
        return Reply(select(device.view.show(entry, expand), query))
    if method in ("PATCH", "PUT"):
        entry = store.modify(entry, body, replace=method == "PUT")
    elif method == "DELETE" and not kind.locked and not kind.single:
        store.delete(entry)
    else:
        raise errors.unsupported(kind.path)
    device.committed()
    return Reply() if method == "DELETE" else Reply(device.view.show(entry))


def _organizing(device: Device, words: list[str], call: Call) -> Reply:
    if call.method != "GET":
        raise errors.method_not_allowed(call.method, call.path)
    path = "/".join(words)
    depth = len(words)
    below = {known.split("/")[depth] for known in device.store.kinds if known.startswith(f"{path}/" if path else "")}
    return Reply(device.view.organizing(path or "tm", sorted(below)))
