# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of runs on the Ansible controller: a directory per run, with snapshots and a journal.

A line of the journal is on disk before the step that it announces begins, so it is correct even after a SIGKILL. Runs
are ordered by the counter in their name, not by time: a clock may be set back. Only their owner can read directories
and files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# In the order of a run. The last state is ``applied`` without verification, and ``kept`` after a failure without
# rollback.
STATES = ("started", "writing", "applied", "verified", "kept", "rolling back", "rolled back", "not rolled back")
# A run whose last line is one of these was interrupted with changes that were not verified.
INTERRUPTED = ("writing", "rolling back")
_NAME = re.compile(r"(\d+)-[0-9TZ]+")


class NoRecord(Exception):
    """A run does not exist, or its record cannot be read or written. The message names the run and the file."""


@dataclass(frozen=True)
class Run:
    """The record of one run."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def number(self) -> int:
        """Its number in the order of runs."""
        found = _NAME.fullmatch(self.name)
        return int(found[1]) if found else 0

    def lines(self) -> list[dict[str, Any]]:
        """The journal. Lines truncated by a power failure or a full disk are skipped."""
        found = []
        try:
            text = (self.folder / "journal.jsonl").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        for line in text.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("state") in STATES:
                found.append(entry)
        return found

    @property
    def state(self) -> str:
        """The last state of the run; empty before its first line."""
        lines = self.lines()
        return str(lines[-1]["state"]) if lines else ""

    def note(self, state: str, subject: str = "", text: str = "") -> None:
        """Append a line and flush it to disk.

        :raises ValueError: an unknown state
        :raises OSError: the disk is full or read-only
        """
        if state not in STATES:
            raise ValueError(f"{state!r} is not a state of a run; expected one of {', '.join(STATES)}")
        line = {"time": _now(), "state": state, "subject": subject, "text": text}
        path = self.folder / "journal.jsonl"
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab+") as file:
            # After a truncated line, start a new line.
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            start = b"\n" if size and file.read(1) != b"\n" else b""
            file.write(start + json.dumps({key: value for key, value in line.items() if value}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def save(self, side: str, moment: str, snapshot: Any) -> None:
        """Write data of a side atomically. ``moment`` is before, applied or passwords.

        :raises OSError: it cannot be written
        """
        path = self._path(side, moment)
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(json.dumps(snapshot, indent=1, sort_keys=True))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def load(self, side: str, moment: str) -> Any:
        """A snapshot, or None if it does not exist. :raises NoRecord: it cannot be read"""
        path = self._path(side, moment)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise NoRecord(f"{path} cannot be read: {error}") from None

    def lose_passwords(self, side: str, owners: Iterable[str]) -> None:
        """Add neighbors, or the Secret, whose password the run replaces. :raises OSError: it cannot be written"""
        lost = {*self.lost_passwords(side), *owners}
        if lost:
            self.save(side, "passwords", sorted(lost))

    def lost_passwords(self, side: str) -> list[str]:
        """Neighbors, or the Secret, whose password the run has replaced, as far as that can be read."""
        try:
            return self.load(side, "passwords") or []
        except NoRecord:
            return []

    def sides(self) -> list[str]:
        """The sides that have a snapshot from before the run, by the names of the files."""
        return sorted(path.name.removesuffix(".before.json") for path in self.folder.glob("*.before.json"))

    @property
    def in_effect(self) -> bool:
        """Whether the run changed something, as far as known, that has not been rolled back."""
        if self.state == "rolled back" or not any(line["state"] == "writing" for line in self.lines()):
            return False
        try:
            return any(self.load(side, "applied") != self.load(side, "before") for side in self.sides())
        except NoRecord:
            return True

    def summary(self) -> str:
        """A sentence about the last state of the run."""
        lines = self.lines()
        if not lines:
            return f"run {self.name} has no journal"
        last = lines[-1]
        began = list(dict.fromkeys(line.get("subject", "") for line in lines if line["state"] == "writing"))
        subject = f" {last['subject']}" if last.get("subject") else ""
        wrote = f"; it had begun to write: {', '.join(began)}" if began else "; it had written nothing"
        return f"run {self.name} ended at {last.get('time')} in state '{last['state']}{subject}'{wrote}"

    def _path(self, side: str, moment: str) -> Path:
        return self.folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', side)}.{moment}.json"


def runs(place: Path) -> list[Run]:
    """All runs, the oldest first."""
    if not place.is_dir():
        return []
    found = [Run(folder) for folder in place.iterdir() if _NAME.fullmatch(folder.name) and folder.is_dir()]
    return sorted(found, key=lambda run: run.number)


def latest(place: Path, name: str = "") -> Run:
    """A run by its name, or the last one in effect. :raises NoRecord: it does not exist"""
    there = runs(place)
    if name:
        for run in there:
            if run.name == name:
                return run
        known = ", ".join(run.name for run in there[-5:]) or "none"
        raise NoRecord(f"{place} has no run {name}; the last ones are: {known}")
    for run in reversed(there):
        if run.in_effect:
            return run
    raise NoRecord(f"{place} has no run whose changes are in effect")


def open_run(place: Path, keep: int) -> tuple[Run, str]:
    """The run to resume after an interruption, otherwise a new one; and a sentence about what is resumed.

    Call it with the fabric's lock: a run of another process counts as interrupted here. Runs beyond ``keep``
    are removed. :raises OSError: the record cannot be written
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = runs(place)
    if there and there[-1].state in INTERRUPTED:
        # Its snapshot has the last verified state; a new one would have a half-configured network.
        for path in there[-1].folder.glob("*.applied.json"):
            path.unlink()
        return there[-1], f"{there[-1].summary()}. This run resumes it, and would roll back to the state before it"
    for old in there[: max(len(there) - keep + 1, 0)]:
        shutil.rmtree(old.folder, ignore_errors=True)
    number = there[-1].number + 1 if there else 1
    folder = place / f"{number:06d}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    folder.mkdir(mode=0o700)
    run = Run(folder)
    run.note("started")
    return run, ""


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
