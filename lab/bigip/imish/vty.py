# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to a daemon's vty socket, spoken as vtysh speaks it.

A command goes out ended by a NUL. The reply is text, then three NULs and one status byte
(FRR, lib/vty.c ``vtysh_read`` and vtysh/vtysh.c ``vtysh_client_run``).
"""
from __future__ import annotations

import select
import socket
from pathlib import Path

SUCCESS = 0
_END = b"\0\0\0"

# Status bytes of FRR's lib/command.h that mean that the daemon did what it was told.
_GOOD = frozenset({SUCCESS, 10})  # CMD_SUCCESS, CMD_SUCCESS_DAEMON


class VtyLost(Exception):
    """The daemon is not there, or went away during a command."""


class Vty:
    """A connected vty in privileged mode.

    Raises VtyLost when the socket is missing, refuses, or ends.
    """

    def __init__(self, path: Path, timeout: float = 10.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
            self.run("enable")
        except OSError as error:
            self.close()
            raise VtyLost(f"{path}: {error}") from error
        except VtyLost:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        self._socket.close()

    def run(self, command: str) -> tuple[bool, str]:
        """Run one command; give whether the daemon took it, and what it said."""
        try:
            self._socket.sendall(command.encode() + b"\0")
            reply = bytearray()
            # A daemon may send the text and the end in any number of pieces.
            while not (len(reply) >= 4 and reply[-4:-1] == _END):
                piece = self._socket.recv(65536)
                if not piece:
                    raise VtyLost("the daemon closed the connection")
                reply += piece
        except OSError as error:
            raise VtyLost(str(error)) from error
        return reply[-1] in _GOOD, reply[:-4].decode(errors="replace")

    def alive(self) -> bool:
        """True while the other end holds the connection; sends nothing."""
        try:
            readable, _w, _x = select.select([self._socket], [], [], 0)
            return not readable or self._socket.recv(1, socket.MSG_PEEK) != b""
        except (OSError, ValueError):
            return False
