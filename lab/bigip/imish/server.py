# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unix socket between the program `imish` and the simulator: one JSON object per line, in both directions.

To the simulator: {"argv": […], "files": {path: text}} for one run, or {"open": N} for a session in route domain N
and then {"line": …}. Back: {"output", "prompt", "closed"}.
"""

from __future__ import annotations

import json
import os
import socketserver
import tempfile
from pathlib import Path
from typing import Any

from .shell import Shell


class _Handler(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        shell: Shell | None = None
        for line in self.rfile:
            request = json.loads(line)
            if "argv" in request:
                self._reply(output=self.server.run(request["argv"], request.get("files", {})), closed=True)
                return
            if "open" in request:
                imi = self.server.imish.imis.get(request["open"])
                if imi is None or not imi.enabled:
                    self._reply(output=self.server.imish.command(["-r", str(request["open"])]), closed=True)
                    return
                shell = Shell(imi, privileged=False, interactive=bool(request.get("tty")))
                self._reply(output="", prompt=shell.prompt, closed=False)
            elif shell is not None:
                output = shell.imi.session(request["line"], shell)
                self._reply(output=output, prompt=shell.prompt, closed=shell.closed)

    def _reply(self, **fields: Any) -> None:
        self.wfile.write(json.dumps(fields).encode() + b"\n")


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves one Imish; each connection has its own thread."""

    daemon_threads = True

    def __init__(self, imish: Any, path: Path) -> None:
        self.imish = imish
        path.unlink(missing_ok=True)
        before = os.umask(0o177)  # anyone who can connect may configure the device
        try:
            super().__init__(str(path), _Handler)
        finally:
            os.umask(before)

    def run(self, argv: list[str], files: dict[str, str]) -> str:
        """One run; the client sends the content of its files, because it may see other files than the simulator."""
        with tempfile.TemporaryDirectory() as folder:
            known = {name: Path(folder, str(index)) for index, name in enumerate(files)}
            for name, path in known.items():
                path.write_text(files[name])
            return self.imish.command([str(known.get(word, word)) for word in argv])
