# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way to write to a BIG-IP: send the planned writes, read again, and undo all of them if one is not in effect.

A write is an iControl REST operation or a change of BGP through imish. Both can be sent and undone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from . import bgp
from .connection import BigIp
from .errors import STAYS, BigIpError, NotAsPlanned
from .imish import Imish
from .operations import SAVE, Operation


class Write(Protocol):
    """One step of a transaction."""

    def send(self, bigip: BigIp) -> None:
        """Do it. Raises BigIpError."""

    def take_back(self, bigip: BigIp) -> str | None:
        """Undo it. Returns a sentence about the result, None if there was nothing to undo."""


class Difference:
    """What has to be written to one BIG-IP: operations before and after a change of BGP."""

    first: list[Operation]
    last: list[Operation]
    change: bgp.Change | None

    @property
    def commands(self) -> list[str]:
        """The lines for imish, without passwords."""
        return self.change.commands if self.change else []

    @property
    def operations(self) -> list[Operation]:
        """The writes over iControl REST, in their order."""
        return self.first + self.last

    @property
    def writes(self) -> bool:
        """Whether something differs from the wanted state."""
        return bool(self.first or self.last or (self.change and self.change.plan.commands))

    @property
    def missing(self) -> list[str]:
        """The names of writes that are still missing."""
        return [*operations_missing(self.operations), *self.commands]


class BgpWrite:
    """A change of BGP in one run of imish. It verifies itself, and restores the previous state if it fails.

    :param replan: plans again from the running configuration, for a route domain whose daemons have just started: they
        may start with a saved configuration. None if they already run.
    """

    def __init__(
        self,
        number: int,
        change: bgp.Change,
        replan: Callable[[str], bgp.Change] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.number, self.change, self.replan, self.sleep = number, change, replan, sleep

    def send(self, bigip: BigIp) -> None:
        imish = Imish(bigip, self.number)
        if self.replan:
            fresh = self.replan(imish.wait(sleep=self.sleep))
            if fresh.plan.commands != self.change.plan.commands:
                self.change = fresh
        bgp.apply(imish, self.change)

    def take_back(self, bigip: BigIp) -> str | None:
        if self.change.after is None or not self.change.plan.commands:
            return None
        return bgp.restore(Imish(bigip, self.number), self.change)


def commit(bigip: BigIp, writes: Sequence[Write], missing: Callable[[], Iterable[str]]) -> None:
    """Send the writes in order, and verify them.

    :param missing: reads again and returns the names of missing writes
    :raises BigIpError: a write failed or is not in effect; the message lists what was undone and what was not
    """
    done: list[Write] = []
    try:
        for write in writes:
            # Recorded first: a write whose reply was lost may have been carried out.
            done.append(write)
            write.send(bigip)
        if left := list(missing()):
            raise NotAsPlanned(f"the device accepted these writes but they are not in effect: {'; '.join(left)}")
    except BigIpError as problem:
        raise problem.extended(*_undone(bigip, done)) from None


def _undone(bigip: BigIp, done: Sequence[Write]) -> list[str]:
    """Undo, last first; one failure does not stop the others. Returns messages."""
    messages = []
    failed, operations = [], 0
    for write in reversed(done):
        try:
            result = write.take_back(bigip)
        except BigIpError as problem:
            failed.append(problem.message)
            continue
        if result:
            messages.append(result)
        operations += isinstance(write, Operation)
    if failed:
        messages.append(f"Other writes of this run {STAYS} undone: {'; '.join(failed)}")
    elif operations:
        messages.append(
            "The other writes of this run were undone" if messages else "The writes of this run were undone"
        )
    return messages


def operations_missing(planned: Iterable[Operation]) -> list[str]:
    """The names of operations that are still to be done."""
    return [f"{item.method} {item.path}" for item in planned]


def save(bigip: BigIp, number: int | None) -> None:
    """Save the running configuration: ZebOS of a route domain has its own file, TMOS another.

    :param number: the route domain whose BGP is saved, None if it does not run BGP
    """
    if number is not None:
        Imish(bigip, number).save()
    SAVE.send(bigip)
