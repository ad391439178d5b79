# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show commands with their data, run until conditions hold."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..zebos.options import matches
from ..zebos.show.neighbors import neighbors
from ..zebos.show.routes import routes
from ..zebos.show.summary import summary
from ..zebos.show.table import table
from .connection import BigIp
from .errors import Unfit
from .imish import Imish, mask
from .info import read_config

# Words of a command -> how its output is read. The first that fits is taken.
_READERS: tuple[tuple[str, Callable[[str], Any]], ...] = (
    ("show running-config", read_config),
    ("show startup-config", read_config),
    ("show ip bgp summary", summary),
    ("show bgp summary", summary),
    ("show ip route", routes),
    ("show ipv6 route", routes),
)
_PEER_ROUTES = re.compile(r"(?:routes|received-routes|advertised-routes)$")
_CONDITION = re.compile(r"result\[(\d+)\]\s+(not\s+contains|contains|matches)\s+(.+)")


@dataclass(frozen=True)
class Condition:
    """One condition about the output of one command."""

    text: str
    index: int
    holds: Callable[[str], bool]


def conditions(texts: list[str], commands: int) -> list[Condition]:
    """Read conditions. Raises Unfit with all that are wrong."""
    result, problems = [], []
    for text in texts:
        found = _CONDITION.fullmatch(text.strip())
        if not found or int(found[1]) >= commands:
            problems.append(
                f"wait_for: {text!r} is no condition: write result[N] contains TEXT, result[N] not contains "
                f"TEXT or result[N] matches REGEX, with N from 0 to {commands - 1}"
            )
            continue
        kind, rest = re.sub(r"\s+", " ", found[2]), found[3]
        try:
            pattern = re.compile(rest if kind == "matches" else re.escape(rest), re.MULTILINE)
        except re.error as problem:
            problems.append(f"wait_for: {text!r}: {problem}")
            continue
        wanted = kind != "not contains"
        result.append(
            Condition(
                text,
                int(found[1]),
                lambda output, pattern=pattern, wanted=wanted: bool(pattern.search(output)) is wanted,
            )
        )
    if problems:
        raise Unfit(problems)
    return result


def run_until(
    bigip: BigIp,
    route_domain: int,
    commands: list[str],
    wanted: list[Condition],
    retries: int,
    interval: float,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[list[str], list[str]]:
    """Run the commands until the conditions hold or the tries are used up: outputs, and conditions that do not hold."""
    wrong = [
        f"commands: {command!r} does not begin with show"
        for command in commands
        if not matches(command.split(" ")[0], "show")
    ]
    if wrong:
        raise Unfit(wrong)
    imish = Imish(bigip, route_domain)
    outputs, unmet = [], []
    for left in range(max(retries, 0), -1, -1):
        outputs = [imish.show(command) for command in commands]
        unmet = [item.text for item in wanted if not item.holds(outputs[item.index])]
        if not unmet or not left:
            break
        sleep(interval)
    return outputs, unmet


def result(commands: list[str], outputs: list[str]) -> dict[str, Any]:
    """What the module returns: texts with passwords masked, and data."""
    texts = ["\n".join(mask(line) for line in output.splitlines()) for output in outputs]
    return {
        "stdout": texts,
        "stdout_lines": [text.splitlines() for text in texts],
        "structured": [structured(command, output) for command, output in zip(commands, outputs, strict=True)],
    }


def structured(command: str, output: str) -> Any:
    """The data of an output; None when the command is not one that is understood, or is filtered."""
    words = command.split()
    if "|" in words:
        return None
    for pattern, read in _READERS:
        keywords = pattern.split()
        if len(words) >= len(keywords) and all(map(matches, words, keywords)):
            return read(output)
    if len(words) > 1 and "bgp" in words:
        if any(matches(word, "neighbors") and len(word) > 2 for word in words) and not _PEER_ROUTES.search(command):
            return neighbors(output)
        return table(output)
    return None
