# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rollback of both sides: all are planned before the first is changed, and a failure does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..common.problem import named

CALICO = "calico"  # the side's name in the record
Result = Mapping[str, Any]
Restore = Callable[[bool], Result]


@dataclass(frozen=True)
class Rollback:
    """The result of each side, in the order of the rollback; results of the snapshot modules.

    :ivar planned: nothing was changed, as in check mode
    """

    results: Mapping[str, Result]
    planned: bool = False

    @property
    def failed(self) -> list[str]:
        """The sides that could not be rolled back."""
        return [side for side, result in self.results.items() if result.get("failed")]

    @property
    def changed(self) -> bool:
        return any(result.get("changed") for result in self.results.values())

    def lines(self) -> list[str]:
        """One line per side, and one for each item that differs from the state before the run."""
        found = []
        done = "would be rolled back" if self.planned else "rolled back"
        for name, result in self.results.items():
            if result.get("failed"):
                found.append(_failure(name, result))
                continue
            side = _title(name)
            found.append(f"{side}: {done if result.get('changed') else 'already in the state before the run'}")
            found += [f"{side}: changed by others since the run, left unchanged: {item}"
                      for item in result.get("conflicts") or ()]  # fmt: skip
            found += [f"{side}: not restored: {item}" for item in result.get("not_restored") or ()]
        return found


def roll_back(sides: Mapping[str, Restore], warn: Callable[[str], None], dry_run: bool = False) -> Rollback:
    """Plan every side, report those that cannot be rolled back, then roll back the others in the order given.

    :param sides: for each side, a function that restores it, or only plans that if its argument is true
    :param warn: shows a sentence to the user, before anything is changed
    """
    plans = {side: restore(True) for side, restore in sides.items()}
    blocked = [side for side, plan in plans.items() if plan.get("failed")]
    rest = [side for side in sides if side not in blocked]
    for side in blocked:
        then = f"; rolling back {', '.join(map(_title, rest))} anyway" if rest else ""
        warn(_failure(side, plans[side]) + then)
    if dry_run:
        return Rollback(plans, planned=True)
    done = {side: sides[side](False) if side in rest and plans[side].get("changed") else plans[side] for side in sides}
    return Rollback(done)


def without_passwords(restore: Restore, lost: Sequence[str]) -> Restore:
    """The function of a side that also reports passwords which the run replaced: no snapshot has the former ones.

    :param lost: neighbors, peer groups, or the Secret
    """
    if not lost:
        return restore
    item = (
        f"the password of {named(lost)}: the run replaced or removed it, and records contain no passwords; "
        "to get the former one back, run site.yml with the former bgp_password"
    )

    def restored(dry_run: bool) -> Result:
        result = restore(dry_run)
        return {**result, "not_restored": [*(result.get("not_restored") or ()), item]}

    return restored


def unreadable(why: object) -> Restore:
    """The function of a side that cannot be restored, for this reason."""
    return lambda _dry_run: {"failed": True, "msg": str(why)}


def message(causes: Sequence[str], found: Rollback) -> str:
    """The message of a failed run: the causes, and the result of the rollback on each side."""
    lines = found.lines()
    title = "Both sides were rolled back"
    if found.failed:
        title = "Rollback is incomplete"
    elif len(lines) > len(found.results):
        title = "Both sides were rolled back, with exceptions"
    elif not found.changed:
        title = "Nothing had to be rolled back"
    return "\n".join([*causes, f"{title}:", *(f"- {line}" for line in lines)])


def _failure(side: str, result: Result) -> str:
    return f"{_title(side)}: cannot be rolled back: {result.get('msg') or 'no answer'}"


def _title(side: str) -> str:
    return CALICO.capitalize() if side == CALICO else side
