# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters behind a show command: `| include`, `| exclude`, `| begin`, `| grep`, may be abbreviated to one letter."""

from __future__ import annotations

import re

_FILTERS = ("include", "exclude", "begin", "grep")
_PIPE = re.compile(r"(.*?)\s*(?<!\\)\|\s*(.*)\Z", re.DOTALL)


def split(line: str) -> tuple[str, str | None]:
    """A line's command and the text after its first pipe."""
    found = _PIPE.match(line)
    return (found[1], found[2].strip()) if found else (line, None)


def apply(expression: str, text: str) -> str:
    """Filter text; returns the device's error for an invalid filter."""
    word, _blank, pattern = expression.partition(" ")
    kinds = [name for name in _FILTERS if word and name.startswith(word)]
    pattern = pattern.strip().strip("\"'")
    if not kinds:
        return "% Invalid output modifier\n"
    if not pattern:
        return "% Incomplete command.\n"
    try:
        wanted = re.compile(pattern)
    except re.error:
        return "% Invalid regular expression\n"
    lines = text.splitlines()
    if kinds[0] == "begin":
        start = next((index for index, line in enumerate(lines) if wanted.search(line)), len(lines))
        # the device reports that it skipped lines, before it continues
        lines = ["", "...skipping", *lines[start:]]
    else:
        lines = [line for line in lines if bool(wanted.search(line)) == (kinds[0] != "exclude")]
    return "".join(f"{line}\n" for line in lines)
