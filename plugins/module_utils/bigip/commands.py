# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show commands with structured output, repeated until conditions are met."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

try:
    import jmespath
    import jmespath.exceptions
except ImportError:  # only conditions on data need it
    jmespath = None

from ..zebos.kinds import matches
from ..zebos.secrets import mask
from ..zebos.show.neighbors import neighbors
from ..zebos.show.routes import routes
from ..zebos.show.summary import summary
from ..zebos.show.table import table
from .connection import BigIp
from .errors import Refused, Unfit
from .imish import NOT_RUNNING, Imish
from .info import read_config

_BGP = [f"{bgp}{family}" for bgp in ("ip bgp", "bgp") for family in ("", " ipv4 unicast", " ipv6 unicast")]
_SOURCES = ("bgp", "connected", "database", "kernel", "static")
_PEER_ROUTES = ("routes", "received-routes", "advertised-routes")
# The commands behind "show" that a parser knows; a word may be abbreviated. Those for one prefix print something else.
_READERS: list[tuple[list[str], Callable[[str], Any]]] = [
    (form.split(), read)
    for read, forms in (
        (summary, [f"{bgp} summary" for bgp in _BGP]),
        (neighbors, [f"{bgp} neighbors{peer}" for bgp in _BGP for peer in ("", " *")]),
        (table, [*_BGP, *(f"{bgp} neighbors * {which}" for bgp in _BGP for which in _PEER_ROUTES)]),
        (routes, ["ip route", "ipv6 route", *(f"{ip} route {source}" for ip in ("ip", "ipv6") for source in _SOURCES)]),
    )
    for form in forms
]
_CONDITION = re.compile(r"result\[(\d+)\]\s+(not\s+contains|contains|matches)\s+(.+)")
_DATA = re.compile(r"structured\[(\d+)\]")


@dataclass(frozen=True)
class Condition:
    """One condition on the output of the commands: ``holds(outputs, data)``, both in the order of the commands."""

    text: str
    holds: Callable[[list[str], list[Any]], bool]


def conditions(texts: list[str], commands: int) -> list[Condition]:
    """Parse conditions: on text (``result[N] …``), or on data (JMESPath). Raises Unfit with all invalid ones."""
    result, problems = [], []
    for text in texts:
        stripped = text.strip()
        # What is looked for in a text may look like anything, so its own form goes first.
        read = _of_data if _DATA.search(stripped) and not stripped.startswith("result[") else _of_text
        try:
            result.append(Condition(text, read(stripped, commands)))
        except (ValueError, re.error) as problem:  # every JMESPath error is a ValueError
            problems.append(f"wait_for: {text!r}: {problem}")
    if problems:
        raise Unfit(problems)
    return result


def _of_text(text: str, commands: int) -> Callable[[list[str], list[Any]], bool]:
    found = _CONDITION.fullmatch(text)
    if not found or int(found[1]) >= commands:
        raise ValueError(
            "is not a valid condition: write result[N] contains TEXT, result[N] not contains TEXT or result[N] matches "
            f"REGEX, with N from 0 to {commands - 1}; or a JMESPath expression with structured[N]"
        )
    index, kind, rest = int(found[1]), re.sub(r"\s+", " ", found[2]), found[3]
    pattern = re.compile(rest if kind == "matches" else re.escape(rest), re.MULTILINE)
    wanted = kind != "not contains"
    return lambda outputs, _data: bool(pattern.search(outputs[index])) is wanted


def _of_data(text: str, commands: int) -> Callable[[list[str], list[Any]], bool]:
    """Only true passes: null, from a typing error or an output that was not parsed, never does."""
    if jmespath is None:
        raise ValueError("conditions on data need the Python library jmespath on the Ansible controller")
    if beyond := [number for number in _DATA.findall(text) if int(number) >= commands]:
        raise ValueError(f"structured[{beyond[0]}] is beyond the last command, {commands - 1}")
    expression = jmespath.compile(text)

    def holds(_outputs: list[str], data: list[Any]) -> bool:
        try:
            return expression.search({"structured": data}) is True
        except jmespath.exceptions.JMESPathError:  # say, the length of null
            return False

    return holds


def run_until(
    bigip: BigIp,
    route_domain: int,
    commands: list[str],
    wanted: list[Condition],
    retries: int,
    interval: float,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[list[str], list[Any], list[str]]:
    """Run the commands until the daemons respond and the conditions are met, or all retries are used.

    Returns the outputs, their data, and the conditions that are not met.
    """
    imish, lines, wrong = Imish(bigip, route_domain), [], []
    for command in commands:
        if not matches(command.split(" ")[0], "show"):
            wrong.append(f"commands: {command!r} does not begin with show")
            continue
        try:
            lines.append(imish.line(command))
        except Refused as problem:
            wrong.append(f"commands: {problem.message}")
    if wrong:
        raise Unfit(wrong)
    outputs, data, unmet = [], [], []
    for left in range(max(retries, 0), -1, -1):
        outputs = imish.script(lines) if lines else []
        starting = any(NOT_RUNNING in output for output in outputs)
        if not starting or not left:
            for command, output in zip(commands, outputs, strict=True):
                imish.judge(output, command)
            data = [structured(command, output) for command, output in zip(commands, outputs, strict=True)]
            unmet = [item.text for item in wanted if not item.holds(outputs, data)]
            if not unmet or not left:
                break
        sleep(interval)
    return outputs, data, unmet


def result(outputs: list[str], data: list[Any]) -> dict[str, Any]:
    """What the module returns: texts with passwords masked, and data."""
    texts = [mask(output) for output in outputs]
    return {
        "stdout": texts,
        "stdout_lines": [text.splitlines() for text in texts],
        "structured": data,
    }


def structured(command: str, output: str) -> Any:
    """The data of an output; None if there is no parser for the command, or its output is filtered."""
    words = command.split()[1:]
    if not words or "|" in words:
        return None
    if any(matches(words[0], keyword) for keyword in ("running-config", "startup-config")):
        return read_config(output)
    for form, read in _READERS:
        if len(words) == len(form) and all(
            keyword in ("*", word) or matches(word, keyword) for word, keyword in zip(words, form, strict=True)
        ):
            return read(output)
    return None
