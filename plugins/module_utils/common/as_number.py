# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AS numbers: what a person writes, as the 32-bit integer that BGP carries.

Notations of RFC 5396: asplain ("64512", "4200000000") and asdot ("65000.100" is 65000 * 65536 + 100).
"""

from __future__ import annotations

import re

LOWEST = 1
HIGHEST = 2**32 - 1
TWO_OCTET_HIGHEST = 2**16 - 1

WANTED = 'a quoted string, "64512" or "65000.100" (asdot), from 1 to 4294967295'

_PLAIN = re.compile(r"[0-9]{1,10}")
_DOTTED = re.compile(r"([0-9]{1,5})\.([0-9]{1,5})")


def parse(value: object) -> int:
    """The AS number that ``value`` means.

    :param value: a string in asplain or asdot, or an integer
    :raises ValueError: with what is wrong in one sentence. A float is refused, whatever its value: YAML reads
        the unquoted asdot 65000.100 as 65000.1, which is another AS.
    """
    if isinstance(value, bool):
        raise ValueError("a boolean is no AS number")
    if isinstance(value, float):
        raise ValueError("an unquoted number with a point is read as a fraction and loses its trailing zeros")
    if isinstance(value, int):
        number = value
    elif isinstance(value, str):
        number = _from_text(value.strip())
    else:
        raise ValueError(f"a {type(value).__name__} is no AS number")
    if not LOWEST <= number <= HIGHEST:
        raise ValueError(f"{number} is outside {LOWEST} to {HIGHEST}")
    return number


def needs_four_octets(number: int) -> bool:
    """Whether the AS number is beyond the two octets of the first BGP-4 (RFC 6793)."""
    return number > TWO_OCTET_HIGHEST


def _from_text(text: str) -> int:
    if _PLAIN.fullmatch(text):
        return int(text)
    dotted = _DOTTED.fullmatch(text)
    if not dotted:
        raise ValueError("neither asplain nor asdot")
    high, low = int(dotted[1]), int(dotted[2])
    if max(high, low) > TWO_OCTET_HIGHEST:
        raise ValueError(f"each half of an asdot number is at most {TWO_OCTET_HIGHEST}")
    return high << 16 | low
