# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One report per node of its BGP state, without a shell on it: CalicoNodeStatus, one-shot.

calico-node answers a CalicoNodeStatus with updatePeriodSeconds 0 once, within a second. The objects exist only until
then: they are always deleted, and the next run deletes those of a killed run. They are recognized by name:
calico-node drops an object's labels when it writes the status.

A report of a large cluster has hundreds of kilobytes, and the API server sends each to every calico-node (or Typha).
Polling therefore lists metadata only, and reads each object once: when its resourceVersion says that it was written.
Both come from the API server's memory. With several API servers the one that answers may be behind; then what is read
has an earlier resourceVersion, and is read again.
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
from concurrent.futures import Future, ThreadPoolExecutor

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import caliconodestatus
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import MARK

PLURAL = "caliconodestatuses"
CLASSES = ("Agent", "BGP", "Routes")
# podroute-bgp-status.<host>.<pid>.<run>.<number>: the name identifies the run, since labels are lost.
PREFIX = "podroute-bgp-status"
_NAME = re.compile(rf"{PREFIX}\.(?P<host>[0-9a-f]{{8}})\.(?P<pid>[0-9]+)\.(?P<run>[0-9a-f]{{8}})\.[0-9]+")
STALE = datetime.timedelta(minutes=10)


class Api(t.Protocol):
    """The part of ``kube.Kubernetes`` that is used."""

    def custom(self, plural: str, metadata_only: bool = ..., cached: bool = ...) -> list[dict[str, t.Any]]:
        pass

    def get_cached(self, plural: str, name: str) -> dict[str, t.Any] | None:
        pass

    def create_custom(self, plural: str, body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        pass

    def delete_custom(self, plural: str, name: str) -> None:
        pass


def _whole(_node: str, report: dict[str, t.Any]) -> dict[str, t.Any]:
    return report


@dataclasses.dataclass
class _Waiting:
    """An object without a report yet: when it was created, and its resourceVersion then."""

    node: str
    created: float
    version: str | None = None


@dataclasses.dataclass
class OneShot:
    """Requests one report from each node.

    At most ``width`` objects are pending at a time. One without a report after ``patience`` seconds makes room
    for the next and is still read until the deadline, which is the same for all nodes: ``timeout`` seconds without
    any report.
    """

    api: Api
    width: int = 10
    timeout: float = 10.0
    patience: float = 2.0
    poll: float = 0.1
    run_id: str = dataclasses.field(default_factory=lambda: secrets.token_hex(4))
    sleep: t.Callable[[float], None] = time.sleep
    clock: t.Callable[[], float] = time.monotonic

    def ask(
        self, nodes: t.Sequence[str], digest: t.Callable[[str, dict[str, t.Any]], dict[str, t.Any]] = _whole
    ) -> dict[str, dict[str, t.Any] | None]:
        """Node -> parsed report after ``digest``, or None if none arrived in time."""
        reports: dict[str, dict[str, t.Any] | None] = dict.fromkeys(nodes)
        prefix = f"{PREFIX}.{_host()}.{os.getpid()}.{self.run_id}."
        queue = [(f"{prefix}{number}", node) for number, node in enumerate(nodes)]
        queue.reverse()
        waiting: dict[str, _Waiting] = {}
        jobs: list[Future[None]] = []
        self.clear_leftovers()
        with ThreadPoolExecutor(max_workers=max(1, min(self.width, len(nodes) or 1))) as pool:
            try:
                deadline = self.clock() + self.timeout
                while (queue or waiting) and self.clock() < deadline:
                    now = self.clock()
                    room = self.width - sum(now - one.created < self.patience for one in waiting.values())
                    fresh = [queue.pop() for _number in range(min(room, len(queue)))]
                    waiting.update({name: _Waiting(node, now) for name, node in fresh})
                    made = {one[0]: pool.submit(self.api.create_custom, PLURAL, _body(*one)) for one in fresh}
                    for name, job in made.items():
                        waiting[name].version = _version(job.result())
                    if self._collect(waiting, reports, digest, pool, jobs):
                        deadline = self.clock() + self.timeout
                    else:
                        self.sleep(self.poll)
            finally:
                jobs += [pool.submit(self.api.delete_custom, PLURAL, name) for name in waiting]
                trouble = _first_error(jobs)
        if trouble:
            raise trouble
        return reports

    def _collect(
        self,
        waiting: dict[str, _Waiting],
        reports: dict[str, dict[str, t.Any] | None],
        digest: t.Callable[[str, dict[str, t.Any]], dict[str, t.Any]],
        pool: ThreadPoolExecutor,
        jobs: list[Future[None]],
    ) -> bool:
        """Reads the reports that have arrived and deletes their objects. Returns whether there were any."""
        listed = self.api.custom(PLURAL, metadata_only=True, cached=True)
        there = {item["metadata"]["name"]: _version(item) for item in listed}
        written = [name for name, one in waiting.items() if there.get(name, one.version) != one.version]
        any_report = False
        for name, job in [(name, pool.submit(self.api.get_cached, PLURAL, name)) for name in written]:
            read = job.result()
            if read is None:
                continue
            waiting[name].version = _version(read)
            report = caliconodestatus.parse(read)
            if report is not None:
                node = waiting.pop(name).node
                reports[node] = digest(node, report)
                jobs.append(pool.submit(self.api.delete_custom, PLURAL, name))
                any_report = True
        return any_report

    def _delete(self, names: t.Iterable[str]) -> None:
        """Deletes all of them; then raises the first error, if any."""
        trouble: list[CalicoError] = []
        for name in names:
            try:
                self.api.delete_custom(PLURAL, name)
            except CalicoError as problem:
                trouble.append(problem)
        if trouble:
            raise trouble[0]

    def clear_leftovers(self) -> None:
        """Deletes the objects of killed runs: their process has ended, or they are older than ten minutes."""
        now = datetime.datetime.now(datetime.timezone.utc)
        self._delete(
            [
                item["metadata"]["name"]
                for item in self.api.custom(PLURAL, metadata_only=True)
                if _abandoned(item["metadata"], now)
            ]
        )


def _version(item: t.Mapping[str, t.Any]) -> str | None:
    return item["metadata"].get("resourceVersion")


def _first_error(jobs: t.Iterable[Future[None]]) -> BaseException | None:
    """Waits for all of them."""
    errors = [job.exception() for job in jobs]
    return next((error for error in errors if error), None)


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
