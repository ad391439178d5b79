# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One report of every node's BGP, without a shell on any of them: CalicoNodeStatus, one-shot.

calico-node answers a CalicoNodeStatus with updatePeriodSeconds 0 once, within a second. The objects live as
short as that: they are deleted whatever happens, and what a killed run left behind goes with the next run.
Their mark is the name: when calico-node writes the status, it drops the labels of the object.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import os
import re
import secrets
import socket
import time
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import caliconodestatus
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import MARK

PLURAL = "caliconodestatuses"
CLASSES = ("Agent", "BGP", "Routes")
# podroute-bgp-status.<host>.<pid>.<run>.<number>: whose it is must survive the loss of labels.
PREFIX = "podroute-bgp-status"
_NAME = re.compile(rf"{PREFIX}\.(?P<host>[0-9a-f]{{8}})\.(?P<pid>[0-9]+)\.(?P<run>[0-9a-f]{{8}})\.[0-9]+")
STALE = datetime.timedelta(minutes=10)


class Api(t.Protocol):
    """What is needed of ``kube.Kubernetes``."""

    def custom(self, plural: str) -> list[dict[str, t.Any]]: ...

    def create_custom(self, plural: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]: ...

    def delete_custom(self, plural: str, name: str) -> None: ...


@dataclasses.dataclass
class OneShot:
    """Asks nodes for one report each. ``batch`` nodes at a time, each batch ``timeout`` seconds long at most."""

    api: Api
    batch: int = 10
    timeout: float = 10.0
    poll: float = 0.25
    run_id: str = dataclasses.field(default_factory=lambda: secrets.token_hex(4))
    sleep: t.Callable[[float], None] = time.sleep
    clock: t.Callable[[], float] = time.monotonic

    def ask(self, nodes: t.Sequence[str]) -> dict[str, dict[str, t.Any] | None]:
        """Node -> parsed report, or None where none came in time."""
        reports: dict[str, dict[str, t.Any] | None] = {}
        self.clear_leftovers()
        for start in range(0, len(nodes), self.batch):
            reports.update(self._ask_batch(nodes[start:start + self.batch]))
        return reports

    def _ask_batch(self, nodes: t.Sequence[str]) -> dict[str, dict[str, t.Any] | None]:
        reports: dict[str, dict[str, t.Any] | None] = dict.fromkeys(nodes)
        names: dict[str, str] = {}
        try:
            for number, node in enumerate(nodes):
                name = f"{PREFIX}.{_host()}.{os.getpid()}.{self.run_id}.{number}"
                names[name] = node
                self.api.create_custom(PLURAL, _body(name, node))
            deadline = self.clock() + self.timeout
            while None in reports.values() and self.clock() < deadline:
                self.sleep(self.poll)
                for item in self.api.custom(PLURAL):
                    node = names.get(item["metadata"]["name"], "")
                    if node and reports[node] is None:
                        reports[node] = caliconodestatus.parse(item)
        finally:
            self._delete(names)
        return reports

    def _delete(self, names: t.Iterable[str]) -> None:
        """Deletes every one of them, and only then says which could not be."""
        trouble: list[CalicoError] = []
        for name in names:
            try:
                self.api.delete_custom(PLURAL, name)
            except CalicoError as problem:
                trouble.append(problem)
        if trouble:
            raise trouble[0]

    def clear_leftovers(self) -> None:
        """Deletes what runs left behind that were killed: of a process that is gone, or older than ten minutes."""
        now = datetime.datetime.now(datetime.timezone.utc)
        self._delete([
            item["metadata"]["name"]
            for item in self.api.custom(PLURAL)
            if _abandoned(item["metadata"], now)
        ])


def _body(name: str, node: str) -> dict[str, t.Any]:
    return {
        "apiVersion": "crd.projectcalico.org/v1",
        "kind": "CalicoNodeStatus",
        "metadata": {"name": name, "labels": dict(MARK)},
        "spec": {"node": node, "classes": list(CLASSES), "updatePeriodSeconds": 0},
    }


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _abandoned(metadata: t.Mapping[str, t.Any], now: datetime.datetime) -> bool:
    match = _NAME.fullmatch(str(metadata.get("name")))
    if not match:
        return False
    if match.group("host") == _host() and not _alive(int(match.group("pid"))):
        return True
    try:
        made = datetime.datetime.fromisoformat(str(metadata.get("creationTimestamp")).replace("Z", "+00:00"))
    except ValueError:
        return False
    return now - made > STALE


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
