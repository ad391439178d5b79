# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run at a time: a lock file per fabric on the Ansible controller, and code shared with the Lease.

The lock is held by an ansible-playbook process. Ansible runs each task in a child process, so a file descriptor cannot
hold it: the file names the process, and the lock of a process that has ended is free as soon as its last task has ended
too, which a second file shows.
"""

from __future__ import annotations

import calendar
import fcntl
import getpass
import json
import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from .process import process_id

DURATION = 600  # seconds without renewal after which a lock of another machine has expired
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Held(Exception):
    """Another run holds the lock of the fabric. The message has its owner and start time."""


@dataclass(frozen=True)
class Holder:
    """The holder of a lock.

    :ivar machine: identifies boot and process namespace: ``process`` is valid only there
    :ivar process: from ``process_id``
    :ivar since: start time in UTC, ISO 8601
    """

    user: str
    host: str
    machine: str
    process: str
    since: str

    @classmethod
    def me(cls, process: str) -> Holder:
        """This process as a holder."""
        return cls(_user(), socket.gethostname(), machine(), process, time.strftime(_TIME, time.gmtime()))

    @classmethod
    def parse(cls, text: str) -> Holder | None:
        """The holder in a text of ``identity``, None for any other text."""
        try:
            data = json.loads(text)
            return cls(**{name: str(data[name]) for name in cls.__dataclass_fields__})
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def identity(self) -> str:
        """The holder as one line of text."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @property
    def ended(self) -> bool | None:
        """Whether the process has ended; None if that cannot be determined from here."""
        if self.machine != machine():
            return None
        return process_id(int(self.process.partition("-")[0])) != self.process

    def same_run(self, other: Holder) -> bool:
        """Whether both are the same ansible-playbook process."""
        return (self.machine, self.process) == (other.machine, other.process)

    def __str__(self) -> str:
        number = self.process.partition("-")[0]
        return f"{self.user} on {self.host} (process {number}) since {self.since}"


def acquire(place: Path, me: Holder, duration: int = DURATION) -> str:
    """Take or renew the lock of the fabric whose runs are in ``place``.

    :returns: a sentence about a lock that was taken over, or an empty string
    :raises Held: another run holds it
    :raises OSError: the file cannot be written
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        age = time.time() - os.fstat(file.fileno()).st_mtime
        takeover, there = "", Holder.parse(file.read())
        if there and not there.same_run(me):
            if there.ended is False or (there.ended is None and age < duration):
                raise Held(refusal(there))
            if there.ended and _is_busy(place):
                raise Held(f"{refusal(there)}: ansible-playbook was killed, but a task of it still runs")
            if there.ended is None:
                takeover = f"took over the lock of {there}: it was not renewed for {int(age)} s"
        file.seek(0)
        file.write((there if there and there.same_run(me) else me).identity)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        os.utime(file.fileno())
    return takeover


_tasks: dict[Path, IO[str]] = {}  # open until this process ends


def hold(place: Path) -> None:
    """Keep the fabric busy until this process, a task of a run, has ended: it may outlive ansible-playbook.

    :raises OSError: the file cannot be written
    """
    if place not in _tasks:
        _tasks[place] = os.fdopen(os.open(place / "busy", os.O_RDONLY | os.O_CREAT, 0o600), encoding="utf-8")
        fcntl.flock(_tasks[place], fcntl.LOCK_SH)


def _is_busy(place: Path) -> bool:
    """Whether a task of another process holds the fabric."""
    if place in _tasks:
        _tasks.pop(place).close()
    with os.fdopen(os.open(place / "busy", os.O_RDONLY | os.O_CREAT, 0o600), encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def release(place: Path, me: Holder) -> None:
    """Release the lock if this run holds it. :raises OSError: the file cannot be written"""
    try:
        handle = os.open(place / "lock", os.O_RDWR)
    except FileNotFoundError:
        return
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        there = Holder.parse(file.read())
        if there and there.same_run(me):
            file.truncate(0)


def refusal(holder: object) -> str:
    """The message of a run that cannot start."""
    return f"Nothing was changed: another run holds the lock of this fabric: {holder}. Wait until it has ended"


def machine() -> str:
    """Identifies this boot of this machine and its process namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return f"{boot[:13]}-{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return socket.gethostname()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user in a container may have no name
        return str(os.getuid())


def lease(there: dict[str, Any] | None, me: Holder, now: float, duration: int = DURATION) -> tuple[dict[str, Any], str]:
    """The spec of the Lease with which this run locks the fabric, and a sentence about a lock that was taken over.

    :param there: the spec of the Lease in the cluster, None if it does not exist
    :param now: seconds since 1970 in UTC
    :raises Held: another run holds it
    """
    there = there or {}
    text = there.get("holderIdentity") or ""
    holder = Holder.parse(text)
    takeover, since = "", _micro(now)
    if holder and holder.same_run(me):
        since = there.get("acquireTime") or since
    elif text:
        age = now - _seconds(there.get("renewTime"))
        left = int(there.get("leaseDurationSeconds") or duration)
        if not (holder and holder.ended) and age < left:
            wait = f"; the lock expires {int(left - age) + 1} s from now unless that run renews it"
            raise Held(refusal(holder or text) + wait)
        takeover = f"took over the Lease of {holder or text}: " + (
            "that process has ended" if holder and holder.ended else f"it was not renewed for {int(age)} s"
        )
    transitions = int(there.get("leaseTransitions") or 0) + (0 if holder and holder.same_run(me) else 1)
    return {
        "holderIdentity": me.identity,
        "leaseDurationSeconds": duration,
        "acquireTime": since,
        "renewTime": _micro(now),
        "leaseTransitions": transitions,
    }, takeover


def _micro(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(now))


def _seconds(text: Any) -> float:
    """Seconds since 1970 of a MicroTime; 0 for anything else."""
    try:
        return float(calendar.timegm(time.strptime(str(text)[:19], "%Y-%m-%dT%H:%M:%S")))
    except ValueError:
        return 0.0
