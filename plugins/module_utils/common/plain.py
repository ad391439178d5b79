# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain data from values that Ansible passes.

Ansible passes lazy, tagged or templated containers. They are slow to copy and traverse, differ between releases, and
some evaluate a template at each access. Everything below an action, filter or module therefore works on plain data,
which is made here only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any


def plain(value: Any) -> Any:
    """The same value as exact ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None``.

    Tuples and sets become lists; vaulted and unsafe strings become ``str``. Any other object becomes its string, which
    raises for an undefined Jinja variable.
    """
    kind = type(value)
    if kind in _EXACT:
        return value
    if kind is dict or isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if _is_text(value):
        return str(value)
    if isinstance(value, (Sequence, Set)):
        return [plain(item) for item in value]
    return str(value)


def _is_text(value: Any) -> bool:
    """In ansible-core up to 2.18, a vaulted string is a sequence but not a ``str``."""
    return hasattr(value, "_ciphertext")


_EXACT = frozenset({str, int, float, bool, type(None)})
