# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of objects, with create, modify, replace and delete as in mcpd: changes are atomic."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bigip import errors
from bigip.config.schema import ENVELOPE, Kind
from bigip.naming import COMMON, Name, from_path
from bigip.personality import Personality

Objects = dict[str, "Entry"]  # full path → object


@dataclass
class Entry:
    """One object. ``fields`` has set values and defaults; computed values are added when shown."""

    kind: Kind
    name: Name
    fields: dict[str, Any]
    generation: int
    children: dict[str, Objects] = field(default_factory=dict)
    parent: Entry | None = None

    @property
    def full_path(self) -> str:
        return self.name.full_path

    def get(self, name: str, default: Any = None) -> Any:
        return self.fields.get(name, default)

    def members(self, word: str) -> list[Entry]:
        return list(self.children.get(word, {}).values())


class Store:
    """All objects. Not thread-safe: the device holds its lock during every call."""

    def __init__(self, kinds: Iterable[Kind], personality: Personality | None = None) -> None:
        self.personality = personality or Personality()
        self.kinds: dict[str, Kind] = {kind.path: kind for kind in kinds}
        self.trees: dict[str, Objects] = {path: {} for path in self.kinds}
        self.generation = 0
        self.changes = 0  # increases with every committed change
        self.live: dict[str, Any] = {}  # runtime state, for kinds that show it
        self._depth = 0

    # reading

    def objects(self, path: str) -> list[Entry]:
        return list(self.trees[path].values())

    def collection(self, kind: Kind, parent: Entry | None = None) -> Objects:
        return self.trees[kind.path] if parent is None else parent.children.setdefault(kind.word, {})

    def find(self, kind: Kind, name: Name, parent: Entry | None = None) -> Entry:
        """Raises RestError 404."""
        found = self.there(kind, name, parent)
        if found is None:
            raise errors.not_found(kind.title, kind.label(name, parent) if kind.label else name.full_path)
        return found

    def there(self, kind: Kind, name: Name, parent: Entry | None = None) -> Entry | None:
        """The object with a name, in any of its spellings."""
        if kind.canonical:
            name = kind.canonical(self, name)
        objects = self.collection(kind, parent)
        names = kind.aliases(self, name) if kind.aliases else (name,)
        return next((objects[each.full_path] for each in names if each.full_path in objects), None)

    def get(self, path: str, full_path: str) -> Entry | None:
        return self.trees[path].get(full_path)

    def route_domain(self, partition: str) -> int:
        """The partition's default route domain, which applies to addresses without ``%``."""
        entry = self.get("auth/partition", partition)
        return int(entry.get("defaultRouteDomain", 0)) if entry else 0

    # writing

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Changes inside are atomic. May be nested; the outermost block decides."""
        if self._depth:
            yield
            return
        before = {path: _copied(objects) for path, objects in self.trees.items()}, self.generation
        self._depth += 1
        try:
            yield
            self.changes += 1
        except BaseException:
            self.trees, self.generation = before
            raise
        finally:
            self._depth -= 1

    def create(self, kind: Kind, body: Mapping[str, Any], parent: Entry | None = None) -> Entry:
        with self.atomic():
            name = self._new_name(kind, body, parent)
            if self.there(kind, name, parent) is not None:
                raise errors.exists(kind.title, name.full_path, name.partition)
            given = self._checked(kind, body)
            for needed in kind.required:
                if given.get(needed) in (None, ""):
                    raise errors.configuration(f"{kind.title} ({name.full_path}) must have {needed}")
            entry = Entry(kind, name, plain_copy(kind.defaults), self._next(), parent=parent)
            inline = self._apply(entry, given)
            if kind.prepare:
                kind.prepare(self, entry, None)
            self._resolve(entry)
            self.collection(kind, parent)[name.full_path] = entry
            self._children(entry, inline)
            if kind.created:
                kind.created(self, entry)
            return entry

    def modify(self, entry: Entry, body: Mapping[str, Any], replace: bool = False) -> Entry:
        """PATCH, or PUT when ``replace``: omitted properties are then reset to their defaults."""
        kind = entry.kind
        with self.atomic():
            given = self._checked(kind, body)
            if not given and not replace:
                raise errors.syntax("one or more properties must be specified")
            old = copy.copy(entry)
            old.fields = plain_copy(entry.fields)
            before = _shape(entry)
            for name in kind.fixed:
                if name in given and not self._same(entry, name, given[name]):
                    raise errors.configuration(f"{kind.title} ({entry.full_path}) {name} may not be modified")
            if replace:
                kept = {n: entry.fields[n] for n in (*kind.fixed, *kind.readonly) if n in entry.fields}
                told = {name for pair in kind.flags if given.keys() & set(pair) for name in pair}
                entry.fields = {n: v for n, v in plain_copy(kind.defaults).items() if n not in told} | kept
                given = {
                    child.word: []
                    for child in kind.children
                    if child.word not in given and not child.locked and child.word != "members"
                } | given
            inline = self._apply(entry, {k: v for k, v in given.items() if k not in kind.fixed})
            if kind.prepare:
                kind.prepare(self, entry, old)
            self._resolve(entry)
            self._children(entry, inline)
            if _shape(entry) != before:
                entry.generation = self._next()
            if kind.changed:
                kind.changed(self, entry, old)
            return entry

    def delete(self, entry: Entry) -> None:
        kind = entry.kind
        with self.atomic():
            if kind.removable:
                kind.removable(self, entry)
            del self.collection(kind, entry.parent)[entry.full_path]
            self._next()
            if kind.removed:
                kind.removed(self, entry)

    # helpers

    def _next(self) -> int:
        self.generation += 1
        return self.generation

    def _new_name(self, kind: Kind, body: Mapping[str, Any], parent: Entry | None) -> Name:
        text = body.get("name")
        if not text:
            raise errors.unsupported(kind.path)
        if not isinstance(text, str):
            raise errors.syntax("one or more configuration identifiers must be provided")
        if not kind.partitioned:
            return Name("", "", text)
        default = parent.name.partition if parent else COMMON
        partition = str(body.get("partition") or default)
        name = from_path(text, partition)
        if body.get("subPath") and not text.startswith("/"):
            name = Name(partition, str(body["subPath"]).strip("/"), text)
        if kind.canonical:
            name = kind.canonical(self, name)
        folder = name.folder
        if parent is None and self.get("sys/folder", folder) is None:
            raise errors.folder_not_found(folder)
        return name

    def _checked(self, kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
        given = {}
        for name, value in ({**body, **self._referenced(kind, body)}).items():
            if name in ENVELOPE or name in kind.readonly or name.endswith("Reference"):
                continue
            if name not in kind.known:
                raise errors.unknown_property(name)
            value = kind.numbers.get(name, {}).get(str(value), value)
            default = kind.defaults.get(name)
            wrong = (
                isinstance(value, (dict, list))
                if isinstance(default, (str, bool, int))
                else (isinstance(default, dict) and value is not None and not isinstance(value, dict))
            )
            if wrong or (kind.child(name) and not _is_collection(value)):
                raise errors.invalid_value(name, value)
            allowed = kind.choices.get(name)
            values = value if isinstance(value, list) else [value]
            if allowed and any(item not in allowed and item not in (None, "") for item in values):
                raise errors.invalid_value(name, value)
            if isinstance(default, int) and not isinstance(default, bool) and value is not None:
                try:
                    value = int(value)
                except (TypeError, ValueError):
                    raise errors.invalid_value(name, value) from None
            given[name] = value
        return given

    @staticmethod
    def _referenced(kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
        """Collections that come as a GET shows them: ``membersReference: {items: […]}`` (F5's cccl driver)."""
        found = {}
        for child in kind.children:
            reference = body.get(f"{child.word}Reference")
            if child.word not in body and isinstance(reference, Mapping) and "items" in reference:
                found[child.word] = reference["items"]
        return found

    @staticmethod
    def _apply(entry: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
        """Set plain properties; return those that are sub-collections."""
        inline = {}
        for name, value in given.items():
            if entry.kind.child(name):
                inline[name] = value
            elif value is None or (value == "" and name not in entry.kind.defaults):
                entry.fields.pop(name, None)
                if name in entry.kind.defaults:
                    entry.fields[name] = plain_copy(entry.kind.defaults[name])
            else:
                entry.fields[name] = value
        return inline

    def _same(self, entry: Entry, name: str, value: Any) -> bool:
        probe = Entry(entry.kind, entry.name, dict(entry.fields) | {name: value}, 0, parent=entry.parent)
        if entry.kind.prepare:
            entry.kind.prepare(self, probe, entry)
        return str(probe.fields.get(name)) == str(entry.fields.get(name))

    def _resolve(self, entry: Entry) -> None:
        """Replace references to other objects with their full paths. Raises 404 for one that is missing."""
        for name, paths in entry.kind.references.items():
            value = entry.fields.get(name)
            if value in (None, "", "none", []):
                if value is not None and entry.kind.defaults.get(name) != value:
                    entry.fields.pop(name)
                continue
            if isinstance(value, list):
                entry.fields[name] = [self.resolve(paths, item, entry.name) for item in value]
            else:
                entry.fields[name] = self.resolve(paths, value, entry.name)

    def resolve(self, paths: Iterable[str], text: str, near: Name) -> str:
        """The full path of a referenced object: in the folder, the partition, or /Common."""
        paths = tuple(paths)
        homes = dict.fromkeys((near.partition or COMMON, COMMON))
        names = [from_path(text, home) for home in homes]
        if near.sub_path and not text.startswith("/"):
            names.insert(0, Name(near.partition, near.sub_path, text))
        for name in names:
            for path in paths:
                kind = self.kinds[path]
                found = kind.canonical(self, name) if kind.canonical else name
                if found.full_path in self.trees[path]:
                    return found.full_path
        raise errors.not_found(self.kinds[paths[0]].title, names[0].full_path)

    def _children(self, entry: Entry, inline: Mapping[str, Any]) -> None:
        """A sub-collection that is written with its parent is replaced as a whole."""
        for word, value in inline.items():
            kind = entry.kind.child(word)
            assert kind is not None
            if isinstance(value, Mapping):
                value = value.get("items", [])
            wanted = [{"name": item} if isinstance(item, str) else item for item in value or []]
            named = {self._new_name(kind, item, entry): item for item in wanted}
            kept = {name: self.there(kind, name, entry) for name in named}
            stay = {id(child) for child in kept.values()}
            for child in list(self.collection(kind, entry).values()):
                if id(child) not in stay:
                    self.delete(child)
            for name, item in named.items():
                there = kept[name]
                if there is None:
                    self.create(kind, item, entry)
                elif set(item) - ENVELOPE:
                    self.modify(there, {k: v for k, v in item.items() if k not in kind.fixed} or item)


def plain_copy(value: Any) -> Any:
    """A deep copy of JSON data."""
    if isinstance(value, Mapping):
        return {key: plain_copy(item) for key, item in value.items()}
    return [plain_copy(item) for item in value] if isinstance(value, list) else value


def _copied(objects: Objects, parent: Entry | None = None) -> Objects:
    """A deep copy of objects and everything below them."""
    found = {}
    for path, entry in objects.items():
        made = Entry(entry.kind, entry.name, plain_copy(entry.fields), entry.generation, parent=parent)
        made.children = {word: _copied(items, made) for word, items in entry.children.items()}
        found[path] = made
    return found


def _is_collection(value: Any) -> bool:
    items = value.get("items", []) if isinstance(value, Mapping) else value
    return items in (None, "") or isinstance(items, list) and all(isinstance(item, (str, Mapping)) for item in items)


def _shape(entry: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
    """Everything that a write can change, as comparable values."""
    children = {
        word: {path: _shape(child) for path, child in items.items()} for word, items in entry.children.items() if items
    }
    return plain_copy(entry.fields), children
