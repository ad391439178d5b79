# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""imish over iControl REST: show commands, and configurations that are applied whole or not at all.

It uses util/bash, because imish has no REST endpoint. A configuration is uploaded as a file and read by one
``imish -f``; no user input is part of a command line.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Sequence

from ..zebos.secrets import clean, mask
from ..zebos.show.text import errors as refusals
from .connection import BigIp
from .errors import BigIpError, NoShell, NotEnabled, Refused

BASH = "/mgmt/tm/util/bash"
REMOVE = "/mgmt/tm/util/unix-rm"
FOLDER = "/var/config/rest/downloads/"
DISABLEBASH = "/mgmt/tm/sys/db/systemauth.disablebash"

# Characters allowed between the double quotes of imish -e "…": nothing that bash or imish would expand.
_COMMAND = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./:_*+,=%@#~^|-]{0,250}")
# Filters allowed after ``|``. Others write files on the device (redirect, append) or are unknown.
FILTERS = ("include", "exclude", "begin", "grep")
NOT_ENABLED = "Dynamic routing is not enabled"
NOT_RUNNING = "Protocol daemon is not running"
# Commands per command line.
_AT_ONCE = 100
# A trailing blank keeps TMOS 14.1.3.1 from cutting the last character of a line; free text must not have one.
_FREE_TEXT = re.compile(r"^ ?neighbor \S+ (?:description|password) ")
# Between the outputs of a script. No command prints it.
_MARK = "@@podroute@@"
# Uploads older than this many minutes are left over from a killed run: a file is read within seconds.
_STALE = 10


class Imish:
    """The routing shell of one route domain."""

    def __init__(self, bigip: BigIp, route_domain: int = 0) -> None:
        self.bigip = bigip
        self.route_domain = int(route_domain)

    def show(self, command: str) -> str:
        """The output of one command. Raises NotEnabled, Refused (any ``%`` line), NoShell or BigIpError."""
        output = self._run(self.line(command), safe=True)
        self.judge(output, command)
        return output

    def line(self, command: str) -> str:
        """The bash line that runs one imish command. Raises Refused unless the command matches a strict grammar:
        words, addresses, and filters behind ``|``.
        """
        if not _COMMAND.fullmatch(command):
            raise Refused(f"{command!r} is not a valid imish command: use letters, digits and ./:_*+,=%@#~^|- only")
        for piped in command.split("|")[1:]:
            word = piped.strip().partition(" ")[0]
            if not any(word and name.startswith(word) for name in FILTERS):
                raise Refused(f"{command!r}: only {', '.join(FILTERS)} may follow |")
        return f'imish -r {self.route_domain} -e "{command}"'

    def script(self, lines: Sequence[str], tidy: bool = False) -> list[str]:
        """The outputs of several bash lines, run in one call. The outputs are not checked for errors.

        :param tidy: also remove uploads of the collection that a killed run left
        """
        stale = f'find {FOLDER} -maxdepth 1 -name "podroute-*.imish" -mmin +{_STALE} -delete 2>/dev/null'
        body = f"; echo; echo {_MARK}; ".join(lines)
        output = self._run(f"{body}; {stale}" if tidy else body, safe=True)
        outputs = output.split(f"{_MARK}\n")
        if len(outputs) != len(lines):
            raise BigIpError(
                f"route domain {self.route_domain}: bash ran {len(outputs)} of {len(lines)} commands: "
                f"{mask(outputs[-1].strip()[-200:])!r}"
            )
        return [text.removesuffix("\n") for text in outputs[:-1]] + outputs[-1:]

    def running(self) -> str:
        """The running configuration."""
        return self.whole(self.show("show running-config"))

    def whole(self, running: str) -> str:
        """A running configuration as it is. Raises BigIpError if its last line is missing: neighbors may be, too."""
        last = (running.strip().splitlines() or ["end"])[-1].strip()
        if last != "end":
            raise BigIpError(
                f"route domain {self.route_domain}: the running configuration is incomplete: it ends with "
                f"{mask(last)[:200]!r} instead of 'end'; run the playbook again"
            )
        return running

    def apply(self, lines: Iterable[str]) -> str:
        """Run lines of configuration mode, all in one call; the file is removed in every case.

        The device itself removes it after reading, with leftovers of earlier runs from here, so that a killed run
        leaves nothing. Returns what imish printed. Raises Refused when a line of it begins with ``%``.
        """
        content = "".join(line + ("\n" if _FREE_TEXT.match(line) else " \n") for line in lines)
        ours = f"podroute-{self._origin()}-"
        name = f"{ours}{secrets.token_hex(8)}.imish"
        try:
            self.bigip.upload(name, content.encode("ascii"))
            output = self._run(
                f"imish -r {self.route_domain} -f {FOLDER}{name}; rm -f {FOLDER}{ours}*.imish", safe=False
            )
        except BaseException:
            self._remove(name)
            raise
        self.judge(output, None, content.splitlines())
        return output

    def _origin(self) -> str:
        """A short hash that is unique to the uploads of this controller and user for this route domain."""
        text = f"{socket.gethostname()} {self.bigip.endpoint.user} {self.route_domain}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def save(self) -> None:
        """Write the running configuration to disk. Raises BigIpError unless the device prints ``[OK]``."""
        output = self.show("write")
        if "[OK]" not in output:
            raise BigIpError(f"route domain {self.route_domain}: write was not confirmed: {output.strip()[:200]!r}")

    def refresh(self, neighbors: Iterable[str], everyone: bool = False) -> None:
        """Apply a changed policy to established sessions without resetting them."""
        commands = ["clear ip bgp * soft"] if everyone else [f"clear ip bgp {name} soft" for name in neighbors]
        for start in range(0, len(commands), _AT_ONCE):
            chunk = commands[start : start + _AT_ONCE]
            words = " ".join(f'-e "{command}"' for command in chunk)
            output = self._run(f"imish -r {self.route_domain} {words}", safe=True)
            self.judge(output, chunk[0] if len(chunk) == 1 else "clear ip bgp … soft")

    def wait(self, limit: float = 90.0, sleep: Callable[[float], None] = time.sleep) -> str:
        """The running configuration, once the daemons of a route domain in which BGP was just enabled are running.

        Raises NotEnabled when they do not within ``limit`` seconds.
        """
        waited, delay = 0.0, 0.5
        while True:
            try:
                running = self.running()
                # imi is ready before its daemons are: only a BGP command shows whether bgpd is running.
                with contextlib.suppress(Refused):  # "no BGP process is configured" comes from the daemon
                    self.show("show ip bgp summary")
                return running
            except NotEnabled as problem:
                if waited >= limit:
                    raise NotEnabled(f"{problem.message}, after {limit:.0f} s of waiting") from None
            sleep(delay)
            waited += delay
            delay = min(delay * 2, 5.0)

    # ---- util/bash ---------------------------------------------------------------------------------

    def _run(self, script: str, safe: bool) -> str:
        body = {"command": "run", "utilCmdArgs": f"-c '{script}'"}
        try:
            reply = self.bigip.post(BASH, body, safe=safe)
        except BigIpError as problem:
            raise self._no_shell(problem) or problem from None
        # No commandResult means no output.
        return clean(str(reply.get("commandResult") or ""))

    def _no_shell(self, problem: BigIpError) -> NoShell | None:
        """Why bash cannot be used, if that is the error. Role and sys db cause the same message."""
        refused = '"bash" unexpected argument' in problem.message
        if not refused and problem.status not in (400, 401, 403, 404):
            return None
        try:
            disabled = str(self.bigip.get(DISABLEBASH).get("value")) == "true"
        except BigIpError:
            disabled = False
        if disabled:
            why = "sys db systemauth.disablebash is true here"
        elif refused or "Authorization failed" in problem.message:
            why = (
                f"the user {self.bigip.endpoint.user} may not use bash: give it the role Administrator or Resource "
                "Administrator with the advanced shell"
            )
        else:
            return None
        return NoShell(f"{problem.message}. imish needs bash, and {why}", problem.status)

    def judge(self, output: str, command: str | None, lines: list[str] | None = None) -> None:
        """Raise NotEnabled or Refused for an output that is an error."""
        for words in (NOT_ENABLED, NOT_RUNNING):
            if words in output:
                raise NotEnabled(f"route domain {self.route_domain}: {words}")
        printed = refusals(output)
        if printed:
            about = command or culprit(output, lines or [])
            where = f" for {mask(about)!r}" if about else ""
            text = "; ".join(mask(line) for line in printed[:5])
            raise Refused(f"route domain {self.route_domain}: imish rejected{where}: {text}", printed)

    def _remove(self, name: str) -> None:
        # The original error is more useful than a failed removal.
        with contextlib.suppress(BigIpError):
            self.bigip.post(REMOVE, {"command": "run", "utilCmdArgs": FOLDER + name}, safe=True)


def culprit(output: str, lines: list[str]) -> str | None:
    """The rejected line, if the output has its number or repeats it."""
    for printed in output.splitlines():
        numbered = re.search(r"\bline (\d+)\b", printed)
        if numbered and "%" in printed and 0 < int(numbered[1]) <= len(lines):
            return lines[int(numbered[1]) - 1].strip()
    text = output.splitlines()
    for index, printed in enumerate(text):
        if printed.lstrip().startswith("%"):
            around = " ".join(text[max(0, index - 2) : index + 1])
            found = [line.strip() for line in lines if line.strip() and line.strip() in around]
            if found:
                return max(found, key=len)
    return None


def essence(text: str) -> list[str]:
    """A configuration for comparing two of them as texts."""
    return [
        line.strip()
        for line in text.splitlines()
        if line.strip() not in ("", "!", "end") and not line.startswith("Building configuration")
    ]
