# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fast deep copies of the model: a run copies whole configurations several times."""

from __future__ import annotations

from typing import Any


class Copied:
    """A dataclass whose ``copy.deepcopy`` shares what is immutable: texts, numbers, frozen dataclasses."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> Any:
        result = object.__new__(type(self))
        vars(result).update({name: _copied(value) for name, value in vars(self).items()})
        return result


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value.__deepcopy__({}) if isinstance(value, Copied) else value
