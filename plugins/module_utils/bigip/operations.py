# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A planned write: what is sent, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .connection import BigIp


@dataclass(frozen=True)
class Operation:
    """One write. ``undo`` is the write that restores the previous state, None if nothing has to be restored."""

    method: str
    path: str
    body: dict[str, Any] | None = None
    undo: Operation | None = None

    def send(self, bigip: BigIp) -> None:
        """Do it."""
        if self.method == "DELETE":
            bigip.delete(self.path)
        elif self.method == "PATCH":
            bigip.patch(self.path, self.body or {})
        else:
            bigip.post(self.path, self.body or {})

    def take_back(self, bigip: BigIp) -> str | None:
        """Restore the previous state. Raises BigIpError that names the object."""
        if self.undo is not None:
            self.undo.send(bigip)
        return None

    def shown(self) -> dict[str, Any]:
        """For a result: method, path and body."""
        return {"method": self.method, "path": self.path, "body": self.body}


def patch(path: str, old: dict[str, Any], new: dict[str, Any]) -> list[Operation]:
    """The change of those keys of ``new`` that differ from ``old``; nothing if none does."""
    body = {key: value for key, value in new.items() if old.get(key) != value}
    if not body:
        return []
    return [Operation("PATCH", path, body, Operation("PATCH", path, {key: old.get(key) for key in body}))]


def predicted(seen: Any, planned: Iterable[Operation]) -> Any:
    """An object, or a collection, as it will be after the writes."""
    if isinstance(seen, dict):
        return next(iter(_after([seen], planned, grows=False)), {})
    return _after(seen, planned, grows=True) if isinstance(seen, list) else seen


def _after(items: list[dict[str, Any]], planned: Iterable[Operation], grows: bool) -> list[dict[str, Any]]:
    result = [dict(item) for item in items]
    for operation in planned:
        if operation.method == "POST":
            # Only partitions are created here.
            if grows and all(item.get("kind", "").startswith("tm:auth:partition") for item in result):
                result.append({"kind": "tm:auth:partition:partitionstate", **(operation.body or {})})
        elif operation.method == "DELETE":
            result = [item for item in result if not _is_at(item, operation.path)]
        else:
            for item in result:
                if _is_at(item, operation.path):
                    item.update(operation.body or {})
    return result


def _is_at(item: dict[str, Any], path: str) -> bool:
    """Whether the object has this path."""
    kind = str(item.get("kind", "")).split(":")
    if len(kind) < 3 or not path.startswith(f"/mgmt/tm/{kind[1]}/{kind[2]}/"):
        return False
    name = quote(str(item.get("name", "")).replace("/", "~"), safe="~")
    return path.rpartition("/")[2] in (name, f"~{item.get('partition', 'Common')}~{name}")


SAVE = Operation("POST", "/mgmt/tm/sys/config", {"command": "save"})
