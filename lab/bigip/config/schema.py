# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of objects as rows of tables. The tables are in ltm.py, net.py and system.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bigip.naming import Name

Store = Any  # store.Store and store.Entry, which are made of kinds
Entry = Any


@dataclass(frozen=True)
class Kind:
    """One collection of ``/mgmt/tm``.

    ``defaults`` are shown when nothing was set; ``optional`` are known but absent until set. ``fixed`` may only be
    set at creation. ``references`` name, for a property, the collections of its valid values: referenced objects must
    exist, and a ``…Reference`` is added, except for the ``unlinked``. ``linked`` ones have a reference to objects of a
    collection that need not exist. ``readonly`` properties are the device's own: shown,
    and ignored in writes. ``flags`` are two names of one switch: where one is given, the other has no default.
    """

    path: str
    title: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    readonly: tuple[str, ...] = ()
    unlinked: tuple[str, ...] = ()
    flags: tuple[tuple[str, str], ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # words that may be given as numbers
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    linked: Mapping[str, str] = field(default_factory=dict)
    children: tuple[Kind, ...] = ()
    partitioned: bool = True
    single: bool = False  # one object, no collection
    locked: bool = False  # may be modified, but not created or deleted
    prepare: Callable[[Store, Entry, Entry | None], None] | None = None
    created: Callable[[Store, Entry], None] | None = None
    changed: Callable[[Store, Entry, Entry], None] | None = None
    removable: Callable[[Store, Entry], None] | None = None
    removed: Callable[[Store, Entry], None] | None = None
    show: Callable[[Store, Entry], dict[str, Any]] | None = None
    canonical: Callable[[Store, Name], Name] | None = None
    aliases: Callable[[Store, Name], tuple[Name, ...]] | None = None  # all names that mean the same object
    label: Callable[[Name, Entry | None], str] | None = None  # its name in a 404, if not its full path

    @property
    def word(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def state_kind(self) -> str:
        """``tm:ltm:pool:members:membersstate``, which f5-sdk compares exactly."""
        return f"tm:{self.path.replace('/', ':')}:{self.word}state"

    @property
    def collection_kind(self) -> str:
        return f"tm:{self.path.replace('/', ':')}:{self.word}collectionstate"

    @property
    def stats_kind(self) -> str:
        return f"tm:{self.path.replace('/', ':')}:{self.word}stats"

    def child(self, word: str) -> Kind | None:
        return next((kind for kind in self.children if kind.word == word), None)

    @property
    def known(self) -> frozenset[str]:
        return (
            frozenset(self.defaults)
            | frozenset(self.optional)
            | frozenset(self.required)
            | frozenset(self.readonly)
            | frozenset(kind.word for kind in self.children)
        )


# Properties that the REST layer adds to every object: ignored in writes, as on the device.
ENVELOPE = frozenset(
    {
        "kind",
        "selfLink",
        "generation",
        "fullPath",
        "name",
        "partition",
        "subPath",
        "isSubcollection",
        "apiRawValues",
        "appService",
        "tmPartition",
    }
)
