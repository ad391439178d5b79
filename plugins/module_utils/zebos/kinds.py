# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types of neighbor options: in imish lines, in module options, and in their documentation.

Times are seconds. ``None`` is never a value: it means "not set".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number

from . import values
from .secrets import MASK


@dataclass(frozen=True)
class Timers:
    """``timers bgp`` or ``neighbor X timers``: keepalive interval and hold time."""

    keepalive: int
    holdtime: int


@dataclass(frozen=True)
class MaximumPrefix:
    """``neighbor X maximum-prefix``: the limit, the warning threshold (percent), and whether to reset or only warn."""

    limit: int
    threshold: int | None = None
    warning_only: bool = False


@dataclass(frozen=True)
class DefaultOriginate:
    """``neighbor X default-originate``, switched on or off."""

    enabled: bool = True
    route_map: str | None = None


@dataclass(frozen=True)
class Password:
    """``neighbor X password``: the text, or (``encrypted``) the hidden form that the device prints.

    ``wanted`` is the password to send if a neighbor with a hidden one is created again.
    """

    text: str
    encrypted: bool = False
    wanted: str | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return "Password(********)"


@dataclass(frozen=True)
class Kind:
    """How a value is parsed from and written to a line, and how a module option represents it.

    ``read`` and ``check`` raise ValueError with what is valid. ``check`` takes the value of an option,
    ``show`` returns one. ``schema`` is the type of the option as a module documents it.
    """

    read: Callable[[list[str]], Any]
    write: Callable[[Any], list[str]]
    check: Callable[[Any], Any]
    schema: Mapping[str, Any]
    show: Callable[[Any], Any] = lambda value: value
    flag: bool = False


def matches(word: str, keyword: str) -> bool:
    """Whether a word is the keyword or an abbreviation of it, as the shell accepts them."""
    return word == keyword or (len(word) > 1 and keyword.startswith(word))


def word(check: Callable[[Any], Any], show: Callable[[Any], Any] = str, **schema: Any) -> Kind:
    """An argument of one word; a text by default."""

    def read(args: list[str]) -> Any:
        if len(args) != 1:
            raise ValueError("takes one argument")
        return check(args[0])

    return Kind(read, lambda value: [str(value)], check, {"type": "str", **schema}, show)


def number(low: int, high: int) -> Kind:
    """An integer within inclusive bounds."""
    return word(values.number(low, high), int, type="int")


def _no_argument(args: list[str]) -> bool:
    if args:
        raise ValueError("takes no argument")
    return True


FLAG = Kind(_no_argument, lambda value: [], bool, {"type": "bool"}, flag=True)
TEXT = Kind(lambda args: values.text(" ".join(args)), lambda value: [value], values.text, {"type": "str"})
# A device may run a reserved number. Converted to text, a number changed by YAML could not be recognized.
ASN = replace(word(as_number.read, type="raw"), check=as_number.parse)
NAME = word(values.name)
HOPS = Kind(
    lambda args: number(1, 255).read(args) if args else 255,
    lambda value: [str(value)],
    values.number(1, 255),
    {"type": "int"},
)


# ---- timers ------------------------------------------------------------------------------------------


def _read_timers(args: list[str]) -> Timers:
    keepalive, holdtime = map(values.number(0, 65535), args)
    return Timers(keepalive, holdtime)


def _check_timers(raw: Mapping[str, Any]) -> Timers:
    timers = _read_timers([str(raw.get("keepalive")), str(raw.get("holdtime"))])
    if timers.holdtime in (1, 2) or (timers.holdtime and timers.keepalive >= timers.holdtime):
        raise ValueError(
            f"keepalive {timers.keepalive} and holdtime {timers.holdtime} are not valid: the hold time must be 0, or "
            "at least 3 and longer than the keepalive interval"
        )
    return timers


TIMERS = Kind(
    _read_timers,
    lambda value: [str(value.keepalive), str(value.holdtime)],
    _check_timers,
    {
        "type": "dict",
        "suboptions": {
            "keepalive": {"description": "Keepalive interval.", "type": "int", "required": True},
            "holdtime": {"description": "Hold time.", "type": "int", "required": True},
        },
    },
    lambda value: vars(value).copy(),
)


# ---- maximum-prefix ----------------------------------------------------------------------------------

_LIMIT, _PERCENT = values.number(1, 4294967295), values.number(1, 100)


def _read_maximum_prefix(args: list[str]) -> MaximumPrefix:
    words = list(args)
    warning = bool(words) and matches(words[-1], "warning-only")
    if warning:
        words.pop()
    if not 1 <= len(words) <= 2:
        raise ValueError("takes a limit and a threshold")
    return MaximumPrefix(_LIMIT(words[0]), _PERCENT(words[1]) if len(words) == 2 else None, warning)


def _write_maximum_prefix(value: MaximumPrefix) -> list[str]:
    words = [str(number) for number in (value.limit, value.threshold) if number is not None]
    return words + (["warning-only"] if value.warning_only else [])


def _check_maximum_prefix(raw: Mapping[str, Any]) -> MaximumPrefix:
    threshold = raw.get("threshold")
    return MaximumPrefix(
        _LIMIT(raw.get("limit")), None if threshold is None else _PERCENT(threshold), bool(raw.get("warning_only"))
    )


MAXIMUM_PREFIX = Kind(
    _read_maximum_prefix,
    _write_maximum_prefix,
    _check_maximum_prefix,
    {
        "type": "dict",
        "suboptions": {
            "limit": {"description": "The number of prefixes.", "type": "int", "required": True},
            "threshold": {
                "description": "Percentage of the limit at which a warning is logged. The device's default is 75.",
                "type": "int",
            },
            "warning_only": {
                "description": "Whether the session stays up when the limit is exceeded.",
                "type": "bool",
            },
        },
    },
    lambda value: {key: item for key, item in vars(value).items() if item is not None},
)


# ---- default-originate -------------------------------------------------------------------------------


def _read_default_originate(args: list[str]) -> DefaultOriginate:
    if not args:
        return DefaultOriginate()
    if len(args) == 2 and matches(args[0], "route-map"):
        return DefaultOriginate(True, values.name(args[1]))
    raise ValueError("takes a route-map")


def _check_default_originate(raw: Mapping[str, Any]) -> DefaultOriginate:
    enabled, route_map = raw.get("enabled"), raw.get("route_map")
    return DefaultOriginate(enabled is None or bool(enabled), None if route_map is None else values.name(route_map))


DEFAULT_ORIGINATE = Kind(
    _read_default_originate,
    lambda value: ["route-map", value.route_map] if value.route_map else [],
    _check_default_originate,
    {
        "type": "dict",
        "suboptions": {
            "enabled": {
                "description": "Whether it is sent. True if only O(ignore:route_map) is set.",
                "type": "bool",
            },
            "route_map": {"description": "Route-map that selects it.", "type": "str"},
        },
    },
    lambda value: {key: item for key, item in vars(value).items() if item is not None},
)


# ---- password ----------------------------------------------------------------------------------------


def _read_password(args: list[str]) -> Password:
    """``password S``; hidden as ``7 HASH``, ``3 HASH``, ``encrypted HASH`` or in another form."""
    if not args:
        raise ValueError("takes a password")
    text = " ".join(args)
    try:
        return Password(values.secret(text), encrypted=text.startswith("0x"))
    except ValueError:
        return Password(text, encrypted=True)


PASSWORD = Kind(
    _read_password,
    lambda value: (value.wanted or value.text).split(),
    # The mask that results show instead of a password means: do not change it.
    lambda raw: Password(values.secret(raw), encrypted=raw == MASK),
    {"type": "str"},
    lambda value: MASK,
)
