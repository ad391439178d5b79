# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated terminal user: enters command lines, and answers password prompts."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import shlex
import signal
import time
from collections.abc import Mapping, Sequence

PROMPT = re.compile(r"[^\n]*password[^\n]*: ?$", re.IGNORECASE)
DONE = re.compile(r"^exit code (\d+)\r?$", re.MULTILINE)


class Terminal:
    """One bash on a terminal of its own: variables, the working directory and an activated environment remain.

    :param start: the command that starts bash
    :param answers: pattern of a prompt → what to enter; the first match is used
    """

    def __init__(self, start: Sequence[str], environment: Mapping[str, str], answers: Mapping[str, str]) -> None:
        self._answers = answers
        self.process, self._terminal = pty.fork()
        if not self.process:
            os.execvpe(start[0], list(start), dict(environment))
        self.run("stty -echo; PS1=; PS2=")

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._terminal)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGHUP)
        os.waitpid(self.process, 0)

    def run(self, line: str, seconds: float = 400, fails: bool = False) -> str:
        """The output of a command line.

        :param seconds: timeout
        :param fails: whether it has to end with another exit code than 0
        :raises AssertionError: otherwise, and if it asks for an unknown password
        """
        # One line: input before a password prompt is discarded.
        os.write(self._terminal, f"eval {shlex.quote(line)}; code=$?; echo; echo exit code $code\n".encode())
        end, printed, answered = time.monotonic() + seconds, "", 0
        while not (done := DONE.search(printed)):
            assert time.monotonic() < end, f"{line}: has not ended after {seconds:g} s\n{printed}"
            if not select.select([self._terminal], [], [], 1)[0]:
                continue
            printed += os.read(self._terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
            if prompt := PROMPT.search(printed, answered):
                answer = next((text for what, text in self._answers.items() if re.search(what, prompt[0])), None)
                assert answer is not None, f"{line}: no answer is known for {prompt[0]!r}"
                os.write(self._terminal, f"{answer}\n".encode())
                answered = len(printed)
        printed = printed[: done.start()]
        assert (done[1] != "0") == fails, f"{line}: exit code {done[1]}\n{printed}"
        return printed
