# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BGP of one route domain through imish: read, plan, apply as a whole, read again, or put back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..zebos.check import check
from ..zebos.export import MASK, export
from ..zebos.model import Config, Unmanaged
from ..zebos.normalise import ordered, reached
from ..zebos.ownership import Purge, purge
from ..zebos.parse import parse
from ..zebos.plan import Plan, plan, render
from ..zebos.states import combine
from .errors import STAYS, BigIpError, CutOff, NotAsPlanned, NotEnabled, Refused
from .imish import Imish, mask


@dataclass
class Wish:
    """What a user wants of BGP: the model, the state, and what may be removed."""

    config: Config
    state: str = "merged"
    allow_as_change: bool = False
    purge: Purge | None = None


@dataclass
class Change:
    """A planned change of BGP, and what came of it."""

    before: Config
    target: Config
    plan: Plan
    running: str = ""
    after: Config | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def commands(self) -> list[str]:
        """The lines, without passwords."""
        return [mask(line) for line in self.plan.commands]


def read(imish: Imish) -> tuple[Config, str]:
    """The configuration that runs, parsed and as text. A route domain without BGP has an empty one."""
    try:
        text = imish.running()
    except NotEnabled:
        return Config(), ""
    return parse(text), text


def prepare(have: Config, wish: Wish, running: str = "") -> Change:
    """Plan a change. Raises InvalidConfig when it cannot be made."""
    target = combine(have, wish.config, wish.state, wish.allow_as_change)
    if wish.purge:
        purge(have, target, wish.config, wish.purge)
    check(have, target)
    change = Change(have, target, plan(have, target), running)
    hidden = sorted(name for name, peer in _peers(have).items() if peer.password and peer.password.encrypted)
    asked = _peers(wish.config)
    if any(name in asked and asked[name].password and asked[name].password.text != MASK for name in hidden):
        change.warnings.append(
            "The device shows its neighbor passwords encrypted, so they were neither compared nor changed: "
            + ", ".join(name for name in hidden if name in asked)
        )
    return change


def apply(imish: Imish, change: Change) -> None:
    """Apply a change and prove it. On any failure the former configuration is put back and the error raised."""
    if not change.plan.commands:
        change.after = change.before
        return
    try:
        imish.apply(change.plan.commands)
        change.after = parse(imish.running())
        _prove(change)
        refresh = change.plan.refresh
        imish.refresh(refresh, everyone=bool(refresh) and len(refresh) == len(_neighbors(change.target)))
    except BigIpError as problem:
        change.after = None
        raise type(problem)(f"{_named(imish, change, problem)}. {restore(imish, change)}") from None


def restore(imish: Imish, change: Change) -> str:
    """Put the former configuration back; says in a sentence how that went."""
    try:
        now = parse(imish.running())
        lines = plan(now, change.before).commands
        if not lines and reached(now, change.before):
            return "The former configuration stands"
        imish.apply(lines)
        now = parse(imish.running())
        if reached(now, change.before) and not _lost(change.before, now, change.before):
            return "The former configuration was put back"
    except BigIpError as problem:
        return f"The former configuration {STAYS} put back: {problem.message}"
    left = [mask(line) for line in plan(now, change.before).commands]
    return f"The former configuration {STAYS} put back whole; still to do: {'; '.join(left)}"


def _prove(change: Change) -> None:
    """Compare what runs with what was planned. Raises NotAsPlanned with the lines that are missing."""
    left = [mask(line) for line in plan(change.after, change.target).commands]
    lost = _lost(change.before, change.after, change.target)
    if not reached(change.after, change.target) or lost:
        details = [f"missing after the write: {'; '.join(left)}"] if left else []
        details += [f"lines of others are gone: {'; '.join(lost)}"] if lost else []
        raise NotAsPlanned("; ".join(details) or "the running configuration is not what was planned")


def _named(imish: Imish, change: Change, problem: BigIpError) -> str:
    """The error, with the lines that did not get in where imish did not name one."""
    if not isinstance(problem, Refused) or " for " in problem.message:
        return problem.message
    try:
        left = plan(parse(imish.running()), change.target).commands
    except (BigIpError, CutOff):
        return problem.message
    return f"{problem.message}; not accepted: {'; '.join(mask(line.strip()) for line in left if line != 'exit')}"


def _lost(before: Config, after: Config, target: Config) -> list[str]:
    """Lines beyond the model that were there and are not, those of removed neighbors not counted."""
    if target.bgp is None:
        return []
    gone = set(_peers(before)) - set(_peers(target))
    there = [(line.block, line.text) for line in after.unmanaged]
    lost = []
    for line in before.unmanaged:
        if (line.block, line.text) in there:
            there.remove((line.block, line.text))
        elif not _about(line, gone):
            lost.append(f"{line.block}: {mask(line.text)}" if line.block else mask(line.text))
    return lost


def _about(line: Unmanaged, peers: Iterable[str]) -> bool:
    return bool(set(line.text.split()) & set(peers))


def _neighbors(config: Config) -> dict[str, Any]:
    return config.bgp.neighbors if config.bgp else {}


def _peers(config: Config) -> dict[str, Any]:
    return {**config.bgp.peer_groups, **config.bgp.neighbors} if config.bgp else {}


def shown(config: Config, numbered: bool = True) -> dict[str, Any]:
    """A configuration for a result: no secrets, the lines beyond the model masked too.

    Before and after a change those lines have no number: what a change predicts must be what it then reports.
    """
    result = export(config)
    for line in result["unmanaged"]:
        line["text"] = mask(line["text"])
        if not numbered:
            del line["line"]
    return result


def diff(before: Config, after: Config) -> dict[str, str]:
    """Both configurations as ZebOS lines, for ``--diff``."""
    return {
        "before_header": "imish (before)",
        "after_header": "imish (after)",
        "before": _text(before),
        "after": _text(after),
    }


def _text(config: Config) -> str:
    return "".join(mask(line) + "\n" for line in render(ordered(config)) if line != "exit")
