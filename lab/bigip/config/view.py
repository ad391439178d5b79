# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects in the form of iControl REST, and query strings on collections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from bigip import errors
from bigip.config.schema import Kind
from bigip.config.store import Entry, Store
from bigip.naming import to_segment

HOST = "https://localhost/mgmt/tm/"
_FILTER = re.compile(r"\s*(\w+)\s+eq\s+'?([^'\s]+)'?\s*$")


class View:
    """``version`` is the TMOS version that every link carries."""

    def __init__(self, store: Store, version: str) -> None:
        self.store = store
        self.version = version

    def link(self, path: str, query: str = "") -> str:
        return f"{HOST}{path}?{query}{'&' if query else ''}ver={self.version}"

    def path(self, entry: Entry) -> str:
        kind = entry.kind
        if kind.single:
            return kind.path
        segment = to_segment(entry.full_path)
        if entry.parent is not None:
            return f"{self.path(entry.parent)}/{kind.word}/{segment}"
        return f"{kind.path}/{segment}"

    def show(self, entry: Entry, expand: bool = False) -> dict[str, Any]:
        kind, name = entry.kind, entry.name
        shown: dict[str, Any] = {"kind": kind.state_kind}
        if not kind.single:
            shown["name"] = name.name
            if name.partition:
                shown["partition"] = name.partition
            if name.sub_path:
                shown["subPath"] = name.sub_path
            shown["fullPath"] = name.full_path
            shown["generation"] = entry.generation
        shown["selfLink"] = self.link(self.path(entry))
        fields = dict(entry.fields)
        if kind.show:
            fields |= kind.show(self.store, entry)
        for field in sorted(fields):
            value = fields[field]
            if value is None:
                continue
            shown[field] = value
            if field in kind.references and field not in kind.unlinked:
                shown |= self._references(kind, field, value)
            if field in kind.linked:
                shown |= self._linked(kind.linked[field], field, value)
        for child in kind.children:
            reference: dict[str, Any] = {"link": self.link(f"{self.path(entry)}/{child.word}"), "isSubcollection": True}
            if expand:
                items = [self.show(item) for item in entry.members(child.word)]
                if items:
                    reference["items"] = items
            shown[f"{child.word}Reference"] = reference
        return shown

    def _references(self, kind: Kind, field: str, value: Any) -> dict[str, Any]:
        def one(full_path: str) -> dict[str, str]:
            home = next(
                (p for p in kind.references[field] if full_path in self.store.trees[p]), kind.references[field][0]
            )
            return {"link": self.link(f"{home}/{to_segment(full_path)}")}

        if isinstance(value, list):
            return {f"{field}Reference": [one(item) for item in value]} if value else {}
        return {f"{field}Reference": one(value)} if isinstance(value, str) and value.startswith("/") else {}

    def _linked(self, path: str, field: str, value: Any) -> dict[str, Any]:
        def link(name: str) -> dict[str, str]:
            return {"link": self.link(f"{path}/{to_segment(name)}")}

        if isinstance(value, list):
            return {field: [item | {"nameReference": link(str(item.get("name")))} for item in value]}
        return {f"{field}Reference": link(str(value))}

    def collection(self, kind: Kind, entries: Iterable[Entry], path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A collection; ``items`` of an empty one may be left out."""
        chosen = _filtered(entries, query)
        expand = query.get("expandSubcollections", "").lower() == "true"
        items = [select(self.show(entry, expand), query) for entry in chosen]
        text = "&".join(f"{key}={value.replace(' ', '%20')}" for key, value in query.items() if key != "ver")
        shown: dict[str, Any] = {"kind": kind.collection_kind, "selfLink": self.link(path, text)}
        if items or self.store.personality.empty_collections == "with-items":
            shown["items"] = items
        return shown

    def organizing(self, path: str, words: Iterable[str]) -> dict[str, Any]:
        """``/mgmt/tm/net``: a collection of references to collections."""
        word = path.rsplit("/", 1)[-1]
        return {
            "kind": f"tm:{path.replace('/', ':')}:{word}collectionstate",
            "selfLink": self.link(path),
            "items": [{"reference": {"link": self.link(f"{path}/{item}")}} for item in words],
        }


def select(shown: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    wanted = query.get("$select")
    if not wanted:
        return shown
    return {name: shown[name] for name in wanted.split(",") if name in shown}


def _filtered(entries: Iterable[Entry], query: Mapping[str, str]) -> list[Entry]:
    """The device supports one filter for configuration: ``partition eq NAME``; paging is applied to the result."""
    text = query.get("$filter", "")
    chosen = sorted(entries, key=lambda entry: entry.full_path)
    if text:
        found = _FILTER.match(text)
        if not found or found[1] != "partition":
            raise errors.syntax(f"invalid query parameter $filter={text}")
        chosen = [entry for entry in chosen if entry.name.partition == found[2]]
    first, most = _number(query, "$skip") or 0, _number(query, "$top")
    return chosen[first : None if most is None else first + most]


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is not None and not text.isdigit():
        raise errors.syntax(f"invalid query parameter {name}={text}")
    return None if text is None else int(text)
