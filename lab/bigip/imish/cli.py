#!/usr/bin/env python3
# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program `imish` of the simulated device: passes its arguments, or a session, to the simulator.

IMISH_SOCKET is the path of the simulator's socket.
"""

from __future__ import annotations

import getopt
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

SOCKET = "/var/run/imish.sock"


class _Link:
    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(path)
        self._file = self._socket.makefile("rw")

    def ask(self, **request: Any) -> dict[str, Any]:
        self._file.write(json.dumps(request) + "\n")
        self._file.flush()
        reply = self._file.readline()
        if not reply:
            raise ConnectionError("the simulator closed the connection")
        return json.loads(reply)


def _files(options: list[tuple[str, str]]) -> dict[str, str]:
    """The content of the files after `-f`; the shell reports a file that cannot be read."""
    found = {}
    for option, name in options:
        if option == "-f":
            try:
                found[name] = Path(name).read_text(errors="replace")
            except OSError:
                continue
    return found


def _session(link: _Link, route_domain: int) -> int:
    tty = sys.stdin.isatty()
    if tty:
        try:
            import readline  # noqa: F401  (line editing for input())
        except ImportError:
            pass
    reply = link.ask(open=route_domain, tty=tty)
    while True:
        print(reply["output"], end="", flush=True)
        if reply["closed"]:
            return 0
        try:
            line = input(reply["prompt"])
        except EOFError:
            print()
            return 0
        except KeyboardInterrupt:
            print()
            line = "end"
        if not tty:
            print(line)  # a piped session reads like a typed one
        reply = link.ask(line=line)


def main(argv: list[str]) -> int:
    """Run; returns the exit status."""
    try:
        options, _rest = getopt.getopt(argv, "r:e:f:")
        link = _Link(os.environ.get("IMISH_SOCKET", SOCKET))
        if any(option in ("-e", "-f") for option, _value in options):
            # said again option by option: a file's name then stands alone
            words = [word for pair in options for word in pair]
            print(link.ask(argv=words, files=_files(options))["output"], end="")
            return 0
        return _session(link, int(dict(options).get("-r", 0)))
    except (getopt.GetoptError, OSError, ValueError) as error:
        print(f"imish: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
