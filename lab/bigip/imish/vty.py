# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection to a daemon's vty socket, with the protocol of vtysh.

A command goes out ended by a NUL. The reply is text, then three NULs and one status byte
(FRR, lib/vty.c ``vtysh_read`` and vtysh/vtysh.c ``vtysh_client_run``). `terminal monitor` answers with a second
socket, on which the daemon's log comes as packets (lib/zlog_live.h).
"""

from __future__ import annotations

import os
import select
import socket
import struct
from pathlib import Path
from typing import NamedTuple

SUCCESS = 0
_END = b"\0\0\0"

# Status bytes of FRR's lib/command.h that mean that the daemon did what it was told.
_GOOD = frozenset({SUCCESS, 10})  # CMD_SUCCESS, CMD_SUCCESS_DAEMON

# struct zlog_live_hdr up to texthdrlen: seconds, nanoseconds, header length, process, thread, lost messages,
# priority, flags, text length, length of the text's own heading
_LOG = struct.Struct("=QIIqqIIIII")


class VtyLost(Exception):
    """The daemon is not running, or stopped during a command."""


class Message(NamedTuple):
    """A line of a daemon's log. `at` counts seconds since the epoch."""

    at: float
    text: str


class Vty:
    """A connected vty in privileged mode.

    timeout: seconds to wait for a daemon's answer.
    Raises VtyLost when the socket is missing, refuses, or ends.
    """

    def __init__(self, path: Path, timeout: float = 10.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._log: socket.socket | None = None
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
        if self._log is not None:
            self._log.close()

    def run(self, command: str) -> tuple[bool, str]:
        """Run one command; returns whether the daemon accepted it, and its output."""
        status, text = self._run(command, [])
        return status in _GOOD, text

    def _run(self, command: str, descriptors: list[int]) -> tuple[int, str]:
        try:
            self._socket.sendall(command.encode() + b"\0")
            reply = bytearray()
            # A daemon may send the text and the end in any number of pieces.
            while not (len(reply) >= 4 and reply[-4:-1] == _END):
                piece, passed, _flags, _address = socket.recv_fds(self._socket, 65536, 4)
                descriptors += passed
                if not piece:
                    raise VtyLost("the daemon closed the connection")
                reply += piece
        except OSError as error:
            raise VtyLost(str(error)) from error
        return reply[-1], reply[:-4].decode(errors="replace")

    def alive(self) -> bool:
        """True while the other end holds the connection; sends nothing."""
        try:
            readable, _w, _x = select.select([self._socket], [], [], 0)
            return not readable or self._socket.recv(1, socket.MSG_PEEK) != b""
        except (OSError, ValueError):
            return False

    def monitor(self) -> None:
        """Subscribe to the daemon's log; without support there are no messages."""
        descriptors: list[int] = []
        self._run("terminal monitor", descriptors)
        for extra in descriptors[1:]:
            os.close(extra)
        if descriptors:
            self._log = socket.socket(fileno=descriptors[0])
            self._log.setblocking(False)

    def log(self) -> list[Message]:
        """Log lines of the daemon since the last call; does not wait."""
        messages: list[Message] = []
        while self._log is not None:
            try:
                packet = self._log.recv(65536)
            except BlockingIOError:
                break
            except OSError:
                packet = b""
            if not packet:
                self._log.close()
                self._log = None
                break
            if len(packet) < _LOG.size:
                continue
            seconds, nanoseconds, start, *_ids, length, heading = _LOG.unpack_from(packet)
            text = packet[start : start + length][heading:].decode(errors="replace")
            messages.append(Message(seconds + nanoseconds / 1e9, text))
        return messages
