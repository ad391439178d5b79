# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of runs, on the Ansible controller: a folder for each, with snapshots and a journal.

Every line of the journal is on disk before what it announces is begun, so that it tells the truth after a SIGKILL too.
Folders and files are for their owner only.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# In the order of a run. ``written`` is the end of a run without a proof.
STATES = ("started", "writing", "written", "proven", "going back", "rolled back", "stuck")
# A run whose last line is one of these was cut off with writes that nobody proved.
CUT_OFF = ("writing", "going back")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class NoRecord(Exception):
    """There is no such run, or its records cannot be read. The text says which and where."""


@dataclass(frozen=True)
class Run:
    """The records of one run."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def lines(self) -> list[dict[str, Any]]:
        """The journal. The last line may be torn by a power cut; it is left out then."""
        found = []
        try:
            text = (self.folder / "journal.jsonl").read_text(encoding="utf-8")
        except OSError:
            return []
        for line in text.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    @property
    def state(self) -> str:
        lines = self.lines()
        return str(lines[-1]["state"]) if lines else ""

    def note(self, state: str, subject: str = "", text: str = "") -> None:
        """Add a line, and have it on disk. :raises ValueError: no such state"""
        if state not in STATES:
            raise ValueError(f"{state!r} is no state of a run; they are {', '.join(STATES)}")
        line = {"time": _now(), "state": state, "subject": subject, "text": text}
        with os.fdopen(os.open(self.folder / "journal.jsonl", _APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write(json.dumps({key: value for key, value in line.items() if value}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def keep(self, side: str, moment: str, snapshot: Any) -> None:
        """Write a snapshot whole or not at all. ``moment`` is before or left."""
        path = self._path(side, moment)
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, _FRESH, 0o600), "w", encoding="utf-8") as file:
            json.dump(snapshot, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def kept(self, side: str, moment: str) -> Any:
        """A snapshot, None when there is none. :raises NoRecord: it cannot be read"""
        path = self._path(side, moment)
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise NoRecord(f"{path} cannot be read: {error}") from None

    @property
    def stands(self) -> bool:
        """Whether the run wrote something, as far as is known, that was not taken back since."""
        if self.state == "rolled back" or not any(line["state"] == "writing" for line in self.lines()):
            return False
        sides = [path.name.removesuffix(".before.json") for path in self.folder.glob("*.before.json")]
        return any(self.kept(side, "left") != self.kept(side, "before") for side in sides)

    def _path(self, side: str, moment: str) -> Path:
        return self.folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', side)}.{moment}.json"

    def said(self) -> str:
        """What stands, in a sentence."""
        lines = self.lines()
        if not lines:
            return f"run {self.name} left no journal"
        last = lines[-1]
        began = list(dict.fromkeys(line["subject"] for line in lines if line["state"] == "writing"))
        subject = f" {last['subject']}" if last.get("subject") else ""
        sides = f"; it had begun to write: {', '.join(began)}" if began else "; it had written nothing"
        return f"run {self.name} ended at {last['time']} while '{last['state']}{subject}'{sides}"


def runs(place: Path) -> list[Run]:
    """All runs, the oldest first."""
    if not place.is_dir():
        return []
    return [Run(folder) for folder in sorted(place.iterdir()) if folder.is_dir() and _NAME.fullmatch(folder.name)]


def latest(place: Path, name: str = "") -> Run:
    """A run by its name, or the last one that wrote something and was not taken back. :raises NoRecord: none"""
    there = runs(place)
    if name:
        for run in there:
            if run.name == name:
                return run
        known = ", ".join(run.name for run in there[-5:]) or "none"
        raise NoRecord(f"{place} has no run {name}; the last ones are: {known}")
    for run in reversed(there):
        if run.stands:
            return run
    raise NoRecord(f"{place} has no run that wrote something and still stands")


def opened(place: Path, keep: int) -> tuple[Run, str]:
    """The run to go on with after one that was cut off, else a fresh one; and what to say about it.

    Older runs beyond ``keep`` are removed.
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    there = runs(place)
    if there and there[-1].state in CUT_OFF:
        # Its snapshot is of what was proven last; one of now would make half a network the thing to go back to.
        for path in there[-1].folder.glob("*.left.json"):
            path.unlink()
        return there[-1], f"{there[-1].said()}. This run goes on from there, and would go back to before it"
    for old in there[: max(len(there) - keep + 1, 0)]:
        shutil.rmtree(old.folder, ignore_errors=True)
    name = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    for number in range(100):
        folder = place / (f"{name}-{number}" if number else name)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        run = Run(folder)
        run.note("started")
        return run, ""
    raise NoRecord(f"{place} cannot take another run named {name}")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
