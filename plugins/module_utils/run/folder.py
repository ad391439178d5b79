# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The working folder of a run: data that one step passes to a later one, as JSON files readable by the owner only.

Steps pass the name of a file, not its content: data of a thousand nodes does not pass through Ansible variables.
The folder belongs to one ansible-playbook process. Steps of other processes do not find it, so a play that was
started without the preceding steps fails.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from ..common import sessions
from .process import has_ended
from .sessions import Sessions

_WORK = "work"


class NoRun(Exception):
    """This process has no run, or a file of it is missing. The message has the remedy."""


class Folder:
    """The files of one run. ``path`` is a directory with mode 0700."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, name: str, data: Any) -> None:
        """Write ``data`` as JSON atomically. :raises OSError: the disk is full or read-only"""
        path = self._file(name)
        fresh = path.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(data, separators=(",", ":")))  # json.dump encodes in Python, ten times slower
        fresh.replace(path)

    def load(self, name: str) -> Any:
        """Data written by ``save``. :raises NoRun: the file does not exist"""
        try:
            return json.loads(self._file(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise NoRun(f"this run has no {name} ({error}); run the whole playbook, without --start-at-task") from None

    def has(self, name: str) -> bool:
        """Whether the file exists."""
        return self._file(name).is_file()

    def remove(self) -> None:
        """Delete the folder with its content."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _file(self, name: str) -> Path:
        return self.path / f"{name.replace('/', '_')}.json"


def begin(runs: Path, process: str) -> Folder:
    """An empty working folder for this process. Folders of processes that have ended are removed, except for their
    sessions on devices, which this run is to end.

    :param runs: folder of runs on the Ansible controller
    :param process: the ansible-playbook process, from ``process_id``
    """
    work = runs / _WORK
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    ended = [old for old in work.iterdir() if old.name == process or has_ended(old.name)]
    left = [session for old in ended for session in Sessions(old).open()]
    for old in ended:
        shutil.rmtree(old, ignore_errors=True)
    path = work / process
    path.mkdir(mode=0o700)
    sessions.ledger = ledger = Sessions(path)
    ledger.inherit(left)
    return Folder(path)


def current(runs: Path, process: str) -> Folder | None:
    """The working folder of this process, or None."""
    path = runs / _WORK / process
    return Folder(path) if path.is_dir() else None
