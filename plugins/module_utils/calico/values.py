# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as Calico writes them: AS numbers, durations, networks, versions.

Every function takes user input and returns one canonical form, or raises
``ValueError`` with a sentence that describes valid values.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_VERSION = re.compile(r"v?([0-9]+)\.([0-9]+)")


def duration(value: t.Any) -> int:
    """A Go duration ("120s", "2m0s", "1h", "0") in nanoseconds."""
    text = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    if text == "0":
        return 0
    total, end = 0.0, 0
    for match in _DURATION.finditer(text):
        if match.start() != end:
            break
        total += float(match.group(1)) * _UNITS[match.group(2)]
        end = match.end()
    if not text or end != len(text):
        raise ValueError(f"{value!r} is not a duration; write it with a unit, like 120s or 2m0s")
    return round(total)


def go_duration(nanoseconds: int) -> str:
    """The text that Go (and so calicoctl) prints for a duration: 2m0s, 1h0m0s, 1.5s, 0s."""
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if nanoseconds >= size:
                return _decimal(nanoseconds, size) + unit
    hours, rest = divmod(nanoseconds, _UNITS["h"])
    minutes, rest = divmod(rest, _UNITS["m"])
    seconds = _decimal(rest, 10**9) + "s"
    if hours:
        return f"{hours}h{minutes}m{seconds}"
    return f"{minutes}m{seconds}" if minutes else seconds


def _decimal(number: int, size: int) -> str:
    whole, part = divmod(number, size)
    digits = str(part).zfill(len(str(size)) - 1).rstrip("0") if part else ""
    return f"{whole}.{digits}" if digits else str(whole)


def network(value: t.Any) -> str:
    """A network in canonical text; host bits that are set are an error."""
    text = str(value).strip()
    if "/" not in text:
        raise ValueError(f"{text!r} is not a network; write address/prefix length, like 10.244.0.0/16")
    try:
        return str(ipaddress.ip_network(text, strict=True))
    except ValueError:
        pass
    try:
        loose = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not a network; write address/prefix length, like 10.244.0.0/16") from None
    raise ValueError(f"{text!r} has host bits set; the network is {loose}")


def ip_canonical(value: t.Any) -> t.Any:
    """An address or network in canonical text; anything else is returned unchanged."""
    if not isinstance(value, str):
        return value
    try:
        if "/" in value:
            return str(ipaddress.ip_network(value, strict=True))
        return str(ipaddress.ip_address(value))
    except ValueError:
        return value


def version(value: t.Any) -> tuple[int, int] | None:
    """``v3.28.5`` and ``3.28.5-1-gabcdef`` as (3, 28); None if there is no version."""
    match = _VERSION.match(str(value or "").strip())
    return (int(match.group(1)), int(match.group(2))) if match else None
