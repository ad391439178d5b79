# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks changed, as unified diffs for a report: from the ``diff`` of their results, which hides secrets."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]

CONTEXT = 3  # lines around a change


def changes(sides: Mapping[str, Any]) -> list[dict[str, str]]:
    """What was changed where: ``[{title, text}]``, in the order of ``sides``. What did not change is not listed.

    :param sides: by the name that people know a side by, the result of its task or a list of results. A result is what
        a task registered: its ``diff`` is one or more of ``{before, after, before_header}``
    """
    found = []
    for side, results in sides.items():
        for result in results if isinstance(results, (list, tuple)) else [results]:
            for header, text in _texts(result):
                found.append({"title": f"{side}: {header}" if header else side, "text": text})
    return found


def _texts(result: Result) -> Iterator[tuple[str, str]]:
    given = result.get("diff") or ()
    for one in [given] if isinstance(given, Mapping) else given:
        text = unified(one.get("before"), one.get("after"))
        if text:
            header = str(one.get("before_header") or one.get("after_header") or "")
            yield header.removesuffix(" (before)"), text


def unified(before: Any, after: Any) -> str:
    """The lines that differ, with some around them; empty when none does."""
    lines = difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=CONTEXT)
    return "\n".join(list(lines)[2:])


def _lines(side: Any) -> Sequence[str]:
    if side is None or side == {}:
        return []
    if isinstance(side, str):
        return side.splitlines()
    return json.dumps(side, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
