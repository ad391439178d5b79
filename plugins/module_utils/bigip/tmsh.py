# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsers of tmsh output. One shell call replaces one iControl REST request per object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..common.output import Unreadable

# A property whose quoted text continues on the next lines, and the last of these.
_OPENS = re.compile(r'\s+\S+ "(?:[^"\\]|\\.)*')
_CLOSES = re.compile(r'(?:[^"\\]|\\.)*"')
_STATES = ("active", "standby", "offline", "forced-offline")
_FIELD = re.compile(r"^(Status)\s{2,}(\S.*?)\s*$", re.MULTILINE)


def objects(text: str, component: str) -> dict[str, dict[str, Any]]:
    """The objects that ``list COMPONENT`` printed, by full path.

    :param component: as tmsh prints it, such as ``net route``
    :returns: nested properties; a property without a value is an empty string
    :raises Unreadable: an object is not printed completely
    """
    found: dict[str, dict[str, Any]] = {}
    prefix = f"{component} "
    stack: list[dict[str, Any]] = []
    first = ""
    for line in _lines(text):
        words = line.strip()
        if not stack:
            if words.startswith(prefix):
                first = line
                name, brace, rest = words.removeprefix(prefix).partition("{")
                if not brace:
                    raise Unreadable(f"tmsh list {component}", first)
                item: dict[str, Any] = {}
                found[path(name.strip())] = item
                if not rest.strip().endswith("}"):
                    stack = [item]
        elif words == "}":
            stack.pop()
        elif words.endswith("{"):
            inner: dict[str, Any] = {}
            stack[-1][words[:-1].strip()] = inner
            stack.append(inner)
        elif words:
            key, _blank, value = words.partition(" ")
            stack[-1][key] = value.strip().strip('"')
    if stack:
        raise Unreadable(f"tmsh list {component}", first)
    return found


def _lines(text: str) -> Iterator[str]:
    """The lines, with a quoted text of several lines in one."""
    held: list[str] = []
    for line in text.splitlines():
        held.append(line)
        if _CLOSES.fullmatch(line) if len(held) > 1 else not _OPENS.fullmatch(line):
            yield "\n".join(held)
            held = []
    yield from held


def path(name: str) -> str:
    """A name as a full path. tmsh leaves out ``/Common/``, and the first ``/`` below the root folder."""
    if name.startswith("/"):
        return name
    return f"/{name}" if "/" in name else f"/Common/{name}"


def traffic_groups(text: str, device: str) -> dict[str, str]:
    """The state of a device for each traffic group, from ``show cm traffic-group``.

    :param device: its host name, or the name of its device object
    """
    _before, mark, rest = text.partition("CM::Traffic-Group\n")
    found = {}
    for line in rest.splitlines() if mark else ():
        words = line.split()
        if len(words) > 2 and words[1].rpartition("/")[2] == device and words[2] in _STATES:
            found[words[0].rpartition("/")[2]] = words[2]
    return found


def status(text: str, heading: str) -> str | None:
    """The status under a heading of ``show``, such as ``CM::Sync Status``; None without that heading."""
    _before, mark, rest = text.partition(f"{heading}\n")
    found = _FIELD.search(rest) if mark else None
    return found[2] if found else None
