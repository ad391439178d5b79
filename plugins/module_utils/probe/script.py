# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes as a shell script, and its output as results. Pure.

One script per pod or node runs all its probes, so each costs one exec or one command. It needs a POSIX shell with ping,
and curl, wget or nc. If wget is missing or crashes, nc is used: wget of busybox 1.35 crashes with -T in a static build,
so its time is limited with timeout if that exists.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

PARALLEL = 20  # parallel probes of one origin

_MARK = "#podroute-probe"
_BEGIN = re.compile(rf"^{_MARK} ([0-9]+) begin$")
_END = re.compile(rf"^{_MARK} ([0-9]+) ([0-9]+)$")
_PINGS = re.compile(r"([0-9]+) (?:packets )?transmitted, ([0-9]+) (?:packets )?received")
_STATUS = re.compile(r"HTTP/[0-9.]+ ([0-9]{3})|error: ([0-9]{3})$", re.MULTILINE)
_LENGTH = re.compile(r"^length ([0-9]+)$", re.MULTILINE)
_URL = re.compile(r"http://([0-9.]+)(?::([0-9]{1,5}))?(/[A-Za-z0-9._~/%-]*)?")

# Exit code of a shell if the program is not found.
_NOT_FOUND = 127

# podroute_get URL HOST PORT PATH TIMEOUT: sets body and code. An exit code from 126 on means that the program itself
# failed.
_GET = r"""podroute_get() {
    if command -v curl >/dev/null 2>&1; then body=$(curl -fsS -m "$5" "$1" 2>&1); code=$?; return; fi
    if command -v timeout >/dev/null 2>&1; then body=$(timeout "$5" wget -q -O - "$1" 2>&1); code=$?
    else body=$(wget -q -T "$5" -O - "$1" 2>&1); code=$?; fi
    if [ $code -lt 126 ]; then return; fi
    body=$(printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$4" "$2" | nc -w "$5" "$2" "$3" 2>&1); code=$?
    if [ $code != 0 ]; then return; fi
    cr=$(printf '\r')
    case $body in
        HTTP/*' 200 '*"$cr
$cr
"*) body=${body#*"$cr
$cr
"} ;;
        *) code=22; body=${body%%"$cr"*} ;;
    esac
}
"""


@dataclass(frozen=True)
class Probe:
    """``ping`` to an address, or ``http`` (a GET) to a URL."""

    kind: str
    target: str


def ping(address: str) -> Probe:
    """A ping. :raises ValueError: the address is not an IPv4 address"""
    return Probe("ping", str(IPv4Address(address)))


def http(url: str) -> Probe:
    """A request. :raises ValueError: the URL is not a plain http URL with an IPv4 address as host"""
    found = _URL.fullmatch(url)
    if not found:
        raise ValueError(f"{url!r} is not a valid URL; expected one such as http://172.16.40.80/")
    IPv4Address(found[1])
    return Probe("http", url)


def script(probes: Sequence[Probe], count: int, timeout: int) -> str:
    """A shell script that runs the probes, ``PARALLEL`` at a time, and prints each between marks with its exit code.

    :param count: pings to each address
    :param timeout: seconds to wait for one reply
    """
    lines = [_GET]
    for number, probe in enumerate(probes):
        if probe.kind == "ping":
            run = f"text=$(ping -c {count} -W {timeout} {shlex.quote(probe.target)} 2>&1); code=$?"
        else:
            # Only the length of the body is needed.
            words = " ".join(shlex.quote(word) for word in (probe.target, *_parts(probe.target), str(timeout)))
            run = f'podroute_get {words}; text=$body; if [ $code = 0 ]; then text="length ${{#body}}"; fi'
        # One short printf is one write, so that sections of probes that run at the same time do not mix.
        show = f"printf '{_MARK} {number} begin\\n%.2000s\\n{_MARK} {number} %s\\n' \"$text\" $code"
        lines.append(f"( {run}; {show} ) </dev/null &")
        if number % PARALLEL == PARALLEL - 1:
            lines.append("wait")
    return "\n".join([*lines, "wait"]) + "\n"


def results(probes: Sequence[Probe], output: str) -> list[dict[str, Any]]:
    """The result of each probe: ``{kind, target, ok, error, sent, received}`` or ``{…, status, length}``.

    ``error`` is set if the probe could not run at all; a probe without a reply is not ok but has no error.
    """
    sections = _sections(output)
    found = []
    for number, probe in enumerate(probes):
        if number not in sections:
            found.append(failure(probe, "the script ended before this probe"))
            continue
        text, code = sections[number]
        if code == _NOT_FOUND:
            missing = "ping is" if probe.kind == "ping" else "curl, wget and nc are"
            found.append(failure(probe, f"{missing} not installed"))
        else:
            found.append(_ping(probe, text, code) if probe.kind == "ping" else _http(probe, text, code))
    return found


def failure(probe: Probe, error: str) -> dict[str, Any]:
    """The result of a probe that could not run."""
    return {"kind": probe.kind, "target": probe.target, "ok": False, "error": error}


def _ping(probe: Probe, text: str, code: int) -> dict[str, Any]:
    counted = _PINGS.search(text)
    if not counted:
        lines = text.strip().splitlines() or [f"exit code {code}"]
        return failure(probe, f"ping: {lines[-1]}")
    sent, received = int(counted[1]), int(counted[2])
    return {
        "kind": probe.kind,
        "target": probe.target,
        "ok": code == 0 and received > 0,
        "error": None,
        "sent": sent,
        "received": received,
    }


def _http(probe: Probe, text: str, code: int) -> dict[str, Any]:
    status = _STATUS.search(text)
    length = _LENGTH.search(text)
    answered = code == 0 and length is not None and int(length[1]) > 0
    number = int(status[1] or status[2]) if status else None
    return {
        "kind": probe.kind,
        "target": probe.target,
        "ok": answered,
        "error": None,
        "status": 200 if answered else number,
        "length": int(length[1]) if length else None,
        "reply": None if answered else " ".join(text.split())[:200] or f"exit code {code}",
    }


def _parts(url: str) -> tuple[str, str, str]:
    """Host, port and path of a URL that ``http`` accepted."""
    found = _URL.fullmatch(url)
    if not found:
        raise ValueError(f"{url} is not a URL that can be probed")
    return found[1], found[2] or "80", found[3] or "/"


def _sections(output: str) -> dict[int, tuple[str, int]]:
    found: dict[int, tuple[str, int]] = {}
    number = -1
    lines: list[str] = []
    for line in output.splitlines():
        begin, end = _BEGIN.match(line.strip()), _END.match(line.strip())
        if begin:
            number, lines = int(begin[1]), []
        elif end and int(end[1]) == number:
            found[number] = ("\n".join(lines), int(end[2]))
        else:
            lines.append(line)
    return found
