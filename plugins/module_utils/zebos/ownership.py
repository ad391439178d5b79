# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which neighbors are ours, and how many of them may go at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .build import InvalidConfig
from .model import Config


@dataclass(frozen=True)
class Purge:
    """Neighbors whose description begins with ``mark`` and that are not wanted go, up to a share of ours.

    One may always go: a fabric of two nodes would never shrink otherwise.
    """

    mark: str
    max_share: float = 0.34


def purge(have: Config, target: Config, want: Config, rule: Purge) -> list[str]:
    """Take the neighbors that are ours and not wanted out of the target.

    A peer group with the mark goes with its last member. Returns the names of the neighbors. Raises
    InvalidConfig when they are more than the rule allows.
    """
    if not have.bgp or not target.bgp or not want.bgp or have.bgp.as_number != target.bgp.as_number:
        return []
    ours = [name for name, peer in have.bgp.neighbors.items() if (peer.description or "").startswith(rule.mark)]
    stale = [name for name in ours if name not in want.bgp.neighbors]
    allowed = max(1, math.floor(len(ours) * rule.max_share))
    if len(stale) > allowed:
        raise InvalidConfig(
            [
                f"max_removals: {len(stale)} of our {len(ours)} neighbors are not in the inventory any more "
                f"({', '.join(stale[:5])}{', …' if len(stale) > 5 else ''}), but at most {allowed} may go at once "
                f"({rule.max_share:.0%}). Check the inventory; raise max_removals if it is right"
            ]
        )
    for name in stale:
        target.bgp.neighbors.pop(name, None)
    used = {peer.peer_group for peer in target.bgp.neighbors.values()}
    for name, group in have.bgp.peer_groups.items():
        if (group.description or "").startswith(rule.mark) and name not in used and name not in want.bgp.peer_groups:
            target.bgp.peer_groups.pop(name, None)
    return stale
