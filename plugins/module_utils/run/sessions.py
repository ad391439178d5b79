# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a run's sessions on devices, in its working folder. See common/sessions.py.

One line for each begin (+) and end (-): the sign, the process, the device, the digest of the token.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from .process import has_ended, process_id

NAME = "sessions"


class Sessions:
    """The ledger of the run in this working folder. A file that cannot be written is no reason to fail."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def opened(self, server: str, digest: str) -> None:
        self._note("+", server, digest)

    def closed(self, server: str, digest: str) -> None:
        self._note("-", server, digest)

    def leftovers(self, server: str) -> set[str]:
        return {digest for _process, device, digest in self.open() if device == server}

    def open(self) -> set[tuple[str, str, str]]:
        """Process, device and digest of each session that was not closed and whose process has ended."""
        try:
            lines = [line.split() for line in self.path.read_text(encoding="ascii").splitlines()]
        except (OSError, ValueError):
            return set()
        closed = {tuple(line[2:]) for line in lines if line[0] == "-"}
        return {(line[1], line[2], line[3]) for line in lines
                if line[0] == "+" and tuple(line[2:]) not in closed and has_ended(line[1])}  # fmt: skip

    def inherit(self, left: Iterable[tuple[str, str, str]]) -> None:
        """Add sessions that earlier runs left, from ``open``."""
        for session in left:
            self._write(" ".join(("+", *session)) + "\n")

    def _note(self, sign: str, server: str, digest: str) -> None:
        self._write(f"{sign} {process_id(os.getpid())} {server} {digest}\n")

    def _write(self, line: str) -> None:
        with contextlib.suppress(OSError):
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(line)
