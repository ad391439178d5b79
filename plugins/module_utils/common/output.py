# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text that a program printed: its lines, and the refusal of a line that a parser does not know."""

from __future__ import annotations

import os


class Unreadable(ValueError):
    """A line of an output cannot be parsed, so data from this output would be incomplete.

    :param what: the command that printed it
    :param line: without secrets
    """

    def __init__(self, what: str, line: str) -> None:
        super().__init__(f"{what}: this line cannot be parsed: {line.strip()[:200]!r}")


def dedent(lines: list[str]) -> list[str]:
    """The lines without the whitespace that all of them begin with; copied text is often indented as a whole."""
    indents = {line[: len(line) - len(line.lstrip())] for line in lines if line.strip()}
    common = len(os.path.commonprefix(list(indents)))
    return [line[common:] for line in lines] if common else lines
