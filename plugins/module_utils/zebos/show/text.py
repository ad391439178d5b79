# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all outputs of imish have in common."""

from __future__ import annotations

import re

_PROMPT = re.compile(r"^\S*\[[\w./-]+\](?:\([\w-]+\))?[>#].*$")
_COMMAND = re.compile(r"^#?\s*sh(?:ow)?\s")


def lines(text: str) -> list[str]:
    """The lines of an output: no prompt or command in front, no blank ends, nothing of a pager."""
    result = []
    for raw in str(text).splitlines():
        line = raw.rstrip()
        if _PROMPT.match(line) or (_COMMAND.match(line) and not result) or line == "...skipping":
            continue
        result.append(line)
    return result


def errors(text: str) -> list[str]:
    """The lines by which imish refuses: each begins with ``%``, but for two that the wrapper prints."""
    return [
        line.strip()
        for line in str(text).splitlines()
        if line.lstrip().startswith("%")
        or "Dynamic routing is not enabled" in line
        or "Protocol daemon is not running" in line
    ]


def integer(word: str | None) -> int | None:
    """A number, or None for anything else."""
    return int(word) if word and word.isdigit() else None
