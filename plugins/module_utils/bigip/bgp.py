# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BGP of one route domain through imish: read, plan, apply as a whole, verify, or restore."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ..common.drained import Drains
from ..zebos import drain, foreign
from ..zebos.build import InvalidConfig
from ..zebos.check import check
from ..zebos.export import MASK, export
from ..zebos.model import Config
from ..zebos.normalise import confirmed, ordered, reached, settled
from ..zebos.ownership import Protection, Purge, purge
from ..zebos.parse import parse
from ..zebos.plan import Plan, plan, render
from ..zebos.secrets import mask
from ..zebos.show.text import warnings
from ..zebos.states import combine
from .errors import STAYS, BigIpError, CutOff, NotAsPlanned, NotEnabled, Refused
from .imish import NOT_RUNNING, Imish


@dataclass
class Wish:
    """The wanted BGP configuration: the model, the state, and what may be removed."""

    config: Config
    state: str = "merged"
    allow_as_change: bool = False
    purge: Purge | None = None


@dataclass
class Change:
    """A planned change of BGP, and its result."""

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
    """The running configuration, parsed and as text. A route domain without BGP has an empty one."""
    try:
        text = imish.running()
    except NotEnabled:
        return Config(), ""
    return parse(text), text


def prepare(have: Config, wish: Wish, running: str = "") -> Change:
    """Plan a change. Raises InvalidConfig if it is not possible, or would damage foreign configuration.

    Drained hosts of the fabric stay drained.
    """
    drains = drain.recorded(have, wish.purge.mark) if wish.purge else None
    if wish.purge and drains:
        wish = replace(wish, config=drain.applied(wish.config, drains, wish.purge.mark))
    target = combine(have, wish.config, wish.state, wish.allow_as_change)
    protection = None
    if wish.purge:
        protection = Protection(have, target, wish.config, wish.purge)
        purge(have, target, wish.config, wish.purge)
    check(have, target)
    change = Change(have, target, plan(have, target), running)
    problems = foreign.problems(have, target, change.plan.commands)
    if protection:
        protection.sessions(change.plan.resets)
        problems += protection.problems
        change.warnings += protection.notes
    if problems:
        raise InvalidConfig(problems)
    if drains and drains != Drains():
        nodes = [f"neighbor {address}" for address in sorted(drains.nodes)]
        hosts = ", ".join(([f"this BIG-IP ({drains.unit})"] if drains.unit else []) + nodes)
        change.warnings.append(f"Still drained: {hosts}. Use the playbook undrain to return them to service")
    hidden = sorted(name for name, peer in _peers(have).items() if peer.password and peer.password.encrypted)
    asked = _peers(wish.config)
    if any(name in asked and asked[name].password and asked[name].password.text != MASK for name in hidden):
        change.warnings.append(
            "The device hides these neighbors' passwords, so they were neither compared nor changed: "
            + ", ".join(name for name in hidden if name in asked)
        )
    return change


def apply(imish: Imish, change: Change) -> None:
    """Apply a change and verify it. On any failure the previous configuration is restored and the error raised."""
    if not change.plan.commands:
        change.after = change.before
        return
    try:
        output = _type(imish, change)
        change.warnings += [f"imish: {mask(line)}" for line in warnings(output or "")]
        change.after = parse(imish.running())
        if hidden := _surfaced(change, change.after):
            imish.apply(hidden)
            change.after = parse(imish.running())
        _prove(change, change.after)
        change.after = confirmed(change.after, change.target)
        refresh = change.plan.refresh
        imish.refresh(refresh, everyone=bool(refresh) and len(refresh) == len(_neighbors(change.target)))
    except BigIpError as problem:
        change.after = None
        raise type(problem)(f"{_named(imish, change, problem)}. {restore(imish, change)}") from None


def _type(imish: Imish, change: Change) -> str:
    """Type the lines of a change, and once more if the daemons were only starting: imi answers before they do."""
    try:
        return imish.apply(change.plan.commands)
    except NotEnabled as problem:
        if NOT_RUNNING not in problem.message:
            raise
        # The lines outside `router bgp` may have been accepted, and some of them cannot be typed twice.
        if back := _back(parse(imish.wait(sleep=imish.bigip.sleep)), change.before):
            imish.apply(back)
        return imish.apply(change.plan.commands)


def restore(imish: Imish, change: Change) -> str:
    """Restore the previous configuration; returns a sentence about the result."""
    try:
        now = parse(imish.running())
        if not _back(now, change.before):
            return "The previous configuration is unchanged"
        imish.apply(_back(now, change.before))
        now = parse(imish.running())
        if not _back(now, change.before):
            return "The previous configuration was restored"
    except BigIpError as problem:
        return f"The previous configuration {STAYS} restored: {problem.message}"
    left = [mask(line) for line in _back(now, change.before)]
    return f"The previous configuration {STAYS} restored completely; still to do: {'; '.join(left)}"


def _back(now: Config, before: Config) -> list[str]:
    """The lines that restore the previous configuration, including missing lines that the model does not cover."""
    lines = plan(now, before).commands
    return ([] if reached(now, before) else lines) + foreign.again(now, before, lines)


def _surfaced(change: Change, after: Config) -> list[str]:
    """Lines that remove values which could not be seen before: imish does not show those of a member that are also its
    group's, so they surface when the group loses them. Members that are not managed here keep theirs: their groups are
    not changed."""
    left = plan(after, settled(change.target, after, written=True)).commands
    lines = [line for line in left if line.strip() not in _FRAME and not _opens(line)]
    members = _neighbors(change.target)
    only = all(
        (line.startswith(" no neighbor ") and line.split()[2] in members)
        or (line.endswith(" send-community both") and line.split()[1] in members)
        for line in lines
    )
    return left if lines and only else []


def _prove(change: Change, after: Config) -> None:
    """Compare the running configuration with the plan. Raises NotAsPlanned with each line and what the device has
    instead."""
    lost = [line for line in foreign.missing(change.before, after)
            if not foreign.removed_with(change.before, change.target, line)]  # fmt: skip
    if reached(after, change.target) and not lost:
        return
    left = plan(after, settled(change.target, after, written=True)).commands
    there = render(after)
    details = [_difference(line, there) for line in left if line.strip() not in _FRAME and not _opens(line)]
    details += [f"a line that is not managed by this collection is gone: {mask(line.text)!r}" for line in lost]
    raise NotAsPlanned("; ".join(details) or "the running configuration is not what was planned")


_FRAME = ("exit", "exit-address-family", "address-family ipv6")


def _opens(line: str) -> bool:
    return line.startswith(("router bgp ", "route-map "))


def _difference(line: str, there: list[str]) -> str:
    """A missing line, and the line that the device has in its place."""
    words = line.split()
    bare = words[1:] if words[0] == "no" else words
    size = 3 if bare[0] in ("neighbor", "ip", "ipv6") else 2
    same = [
        mask(found.strip())
        for found in there
        if found.removeprefix(" ").removeprefix("no ").split()[:size] == bare[:size] and found.strip() != line.strip()
    ]
    return (
        f"{mask(line.strip())!r} is not in effect: the device has {' and '.join(map(repr, same[:3])) or 'no such line'}"
    )


def _named(imish: Imish, change: Change, problem: BigIpError) -> str:
    """The error, with the lines that were not accepted where imish did not name one."""
    if not isinstance(problem, Refused) or " for " in problem.message:
        return problem.message
    try:
        left = plan(parse(imish.running()), change.target).commands
    except (BigIpError, CutOff):
        return problem.message
    return f"{problem.message}; not accepted: {'; '.join(mask(line.strip()) for line in left if line != 'exit')}"


def _neighbors(config: Config) -> dict[str, Any]:
    return config.bgp.neighbors if config.bgp else {}


def _peers(config: Config) -> dict[str, Any]:
    return {**config.bgp.peer_groups, **config.bgp.neighbors} if config.bgp else {}


def shown(config: Config, numbered: bool = True) -> dict[str, Any]:
    """A configuration for a result: no secrets, and lines that the model does not cover are masked too.

    Before and after a change those lines have no number: the prediction of check mode must equal the later result.
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
