# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Common functions for the output of imish."""

from __future__ import annotations

import ipaddress
import re
from socket import AF_INET, inet_ntoa, inet_pton

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number, output

from ..secrets import mask

_PROMPT = re.compile(r"^\S*\[[\w./-]+\](?:\([\w-]+\))?[>#].*$")
_COMMAND = re.compile(r"^#?\s*sh(?:ow)?\s")
# A command with such a reply was accepted; if it was not, this shows when the configuration is read again.
_WARNING = re.compile(
    r"^[\s%]*(?:\w+:\s*)?(?:warning\b|(?:recommended|suggested)\b)"
    r"|^[\s%]*(?:hold ?time|keepalive)\b.*\b(?:recommended|default)\b"
    r"|^[\s%]*AS(?:N| number)? ?23456\b.*\breserved\b",
    re.IGNORECASE,
)


class Unreadable(output.Unreadable):
    """A line of an output of imish cannot be parsed; a secret in it is not shown."""

    def __init__(self, what: str, line: str) -> None:
        super().__init__(what, mask(line))


def as_number_of(word: str) -> int | None:
    """An AS number printed by a device; None for anything else."""
    try:
        return as_number.read(word)
    except ValueError:
        return None


def lines(text: str) -> list[str]:
    """The lines of an output: without prompt, command, pager lines, trailing blanks and common indentation."""
    result: list[str] = []
    for raw in str(text).splitlines():
        line = raw.rstrip()
        bare = line.lstrip() if "[" in line or not result else line
        if line == "...skipping" or ("[" in line and _PROMPT.match(bare)) or (not result and _COMMAND.match(bare)):
            continue
        result.append(line)
    return output.dedent(result)


def network(word: str) -> str | None:
    """A prefix or address with its host bits cleared; tables can be very long, so IPv4 is handled without ipaddress."""
    address, slash, length = word.partition("/")
    try:
        if ":" in word or not slash:
            return str(ipaddress.ip_network(word, strict=False))
        bits = int(length)
        number = int.from_bytes(inet_pton(AF_INET, address), "big")
        if bits > 32:
            return None
        return f"{inet_ntoa((number >> (32 - bits) << (32 - bits)).to_bytes(4, 'big'))}/{bits}"
    except (ValueError, OSError):
        return None


def errors(text: str) -> list[str]:
    """Error lines of imish: each begins with ``%``, except warnings and two messages of the wrapper."""
    return [
        line.strip()
        for line in str(text).splitlines()
        if (line.lstrip().startswith("%") and not _WARNING.search(line))
        or "Dynamic routing is not enabled" in line
        or "Protocol daemon is not running" in line
    ]


def warnings(text: str) -> list[str]:
    """Warnings of imish about an accepted command, with or without a leading ``%``."""
    return [line.strip() for line in str(text).splitlines() if _WARNING.search(line)]


def integer(word: str | None) -> int | None:
    """A number, or None for anything else."""
    return int(word) if word and word.isdigit() else None
