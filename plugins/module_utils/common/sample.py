# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A representative sample."""

from __future__ import annotations

import typing as t

Item = t.TypeVar("Item")


def sample(items: t.Sequence[Item], size: int) -> list[Item]:
    """At most ``size`` items, spread evenly over all of them; always the same ones."""
    if len(items) <= size:
        return list(items)
    return [items[index * len(items) // size] for index in range(size)]
