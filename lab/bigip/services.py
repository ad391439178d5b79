# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and stopping daemons: a replaceable edge."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
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


class Children:
    """Daemons as child processes, without a supervisor (tests in their own namespace)."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        self._commands = commands
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def up(self, name: str) -> None:
        if not self.running(name) and name in self._commands:
            self._processes[name] = subprocess.Popen(self._commands[name], stdin=subprocess.DEVNULL)

    def down(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def reload(self, name: str) -> None:
        if self.running(name):
            os.kill(self._processes[name].pid, signal.SIGUSR2)
            time.sleep(0.05)
        else:
            self.up(name)

    def running(self, name: str) -> bool:
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def close(self) -> None:
        for name in list(self._processes):
            self.down(name)
