# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping daemons: a replaceable edge."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path
from typing import Protocol

LOG = logging.getLogger(__name__)


class Supervisor(Protocol):
    def up(self, name: str) -> None: ...

    def down(self, name: str) -> None: ...

    def reload(self, name: str) -> None:
        """Let the daemon take a new configuration without losing connections; start it when it is not up."""

    def running(self, name: str) -> bool: ...


class Nothing:
    """No daemons: the simulator is detached."""

    def __init__(self) -> None:
        self.wanted: set[str] = set()

    def up(self, name: str) -> None:
        self.wanted.add(name)

    def down(self, name: str) -> None:
        self.wanted.discard(name)

    def reload(self, name: str) -> None:
        self.wanted.add(name)

    def running(self, name: str) -> bool:
        return name in self.wanted


class Runit:
    """runit's services in /etc/service. SIGUSR2 makes haproxy's master load a new configuration."""

    def __init__(self, place: Path = Path("/etc/service")) -> None:
        self._place = place

    def up(self, name: str) -> None:
        self._sv("up", name)

    def down(self, name: str) -> None:
        self._sv("-w 10 down", name)

    def reload(self, name: str) -> None:
        if self.running(name):
            self._sv("2", name)
        else:
            self._sv("up", name)

    def running(self, name: str) -> bool:
        return "run:" in self._sv("status", name)

    def _sv(self, command: str, name: str) -> str:
        try:
            done = subprocess.run(
                ["sv", *command.split(), str(self._place / name)],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            LOG.warning("sv %s %s: %s", command, name, error)
            return ""
        if done.returncode and not command.startswith("status"):
            LOG.warning("sv %s %s: %s", command, name, (done.stdout + done.stderr).strip())
        return done.stdout
