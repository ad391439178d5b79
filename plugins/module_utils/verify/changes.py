# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run changed, as unified diffs for the report."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CONTEXT = 3  # lines around a change


def changes(sides: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[dict[str, str]]:
    """The changes of each side: ``[{title, text}]``, in the order of ``sides``, without those that change nothing.

    :param sides: by name of the side, what a step changed there: ``{title, before, after}``, text or data, without
        secrets
    """
    found = []
    for side, made in sides.items():
        for change in made:
            text = unified(change.get("before"), change.get("after"))
            if text:
                title = str(change.get("title") or "")
                found.append({"title": f"{side}: {title}" if title else side, "text": text})
    return found


def unified(before: Any, after: Any) -> str:
    """The lines that differ, with context; empty if none does."""
    lines = difflib.unified_diff(_lines(before), _lines(after), lineterm="", n=CONTEXT)
    return "\n".join(list(lines)[2:])


def _lines(side: Any) -> Sequence[str]:
    if side is None or side == {}:
        return []
    if isinstance(side, str):
        return side.splitlines()
    return json.dumps(side, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
