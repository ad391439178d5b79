# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target of a path below /mgmt/tm."""

from __future__ import annotations

from dataclasses import dataclass

from bigip.config.schema import Kind
from bigip.config.store import Entry
from bigip.naming import Name


@dataclass
class Target:
    """The target of a path: a collection (no name), an object, or the statistics of either."""

    kind: Kind
    parent: Entry | None
    name: Name | None
    stats: bool = False
