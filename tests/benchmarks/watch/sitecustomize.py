# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For processes of Ansible, by PYTHONPATH: logs each call into module_utils with an argument of Ansible's types.

Lines are written to the file in WATCH_LOG: ``ran FILE`` for an action or filter, ``got FILE FUNCTION ARGUMENT TYPE``.
Forked workers inherit the watch.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

PLUGINS = "podroute/calico_f5/plugins/"
ENTRANCE = "module_utils/common/plain.py"
WIDTH = 60  # items of a container that are checked
_place: dict[Any, str] = {}
_told: set[str] = set()


def _tell(line: str) -> None:
    if line not in _told:
        _told.add(line)
        with open(os.environ["WATCH_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{line}\n")


def foreign(value: Any, depth: int = 6) -> Iterator[str]:
    """Ansible's data types in a value: containers, strings and numbers."""
    kind = type(value)
    if kind.__module__.startswith("ansible.") and isinstance(value, (Mapping, Sequence, Set, str, int, float)):
        yield f"{kind.__module__}.{kind.__name__}"
    elif depth and kind is dict:
        for key in list(value)[:WIDTH]:
            yield from foreign(key, 0)
            yield from foreign(value[key], depth - 1)
    elif depth and kind in (list, tuple, set, frozenset):
        for item in list(value)[:WIDTH]:
            yield from foreign(item, depth - 1)


def _watch(frame: Any, event: str, _argument: Any) -> None:
    if event != "call":
        return
    code = frame.f_code
    place = _place.get(code)
    if place is None:
        _before, found, rest = code.co_filename.rpartition(PLUGINS)
        place = _place[code] = rest if found else ""
    if place.startswith(("action/", "filter/")):
        _tell(f"ran {place}")
    elif place.startswith("module_utils/") and place != ENTRANCE:
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            for kind in foreign(frame.f_locals.get(name)):
                _tell(f"got {place} {code.co_qualname if hasattr(code, 'co_qualname') else code.co_name} {name} {kind}")


if "WATCH_LOG" in os.environ:
    threading.setprofile(_watch)
    sys.setprofile(_watch)
