# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The combined change of several writes: each object before the first and after the last. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import Key, Resource, key_of


@dataclasses.dataclass
class Written:
    """Collects the results of calico_resources."""

    _before: dict[Key, t.Optional[Resource]] = dataclasses.field(default_factory=dict)
    _after: dict[Key, t.Optional[Resource]] = dataclasses.field(default_factory=dict)

    def add(self, answer: t.Mapping[str, t.Any]) -> None:
        """Add one result, in the order of the writes. Objects that it did not change are left out."""
        before, after = ({key_of(each): each for each in answer.get(side, ())} for side in ("before", "after"))
        for item in answer.get("objects", ()):
            if item["result"] != "unchanged":
                key = Key(item["kind"], item["name"], item["namespace"])
                self._before.setdefault(key, before.get(key))
                self._after[key] = after.get(key)

    @property
    def diff(self) -> dict[str, str]:
        """The changed objects, as text in the form of ``Plan.diff``."""
        keys = [key for key in sorted(self._after) if self._before[key] != self._after[key]]
        sides = {"before": self._before, "after": self._after}
        return {name: apply.diff_text([each for key in keys if (each := side[key])]) for name, side in sides.items()}
