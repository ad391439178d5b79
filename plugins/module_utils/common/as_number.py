# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AS numbers as the 32-bit integer that BGP carries. The only parser of them in this collection.

Notations of RFC 5396: asplain ("64512", "4200000000") and asdot ("65000.100" is 65000 * 65536 + 100).
"""

from __future__ import annotations

import re
from typing import Any

LOWEST = 1
HIGHEST = 2**32 - 1
TWO_OCTET_HIGHEST = 2**16 - 1

EXPECTED = 'use 1-4294967295 or asdot notation in quotes ("65000.1")'

# RFC 7607, RFC 6793, RFC 7300: BGP speakers must not use them.
RESERVED = {0: "reserved", 23456: "AS_TRANS of RFC 6793", 65535: "reserved", HIGHEST: "reserved"}
# RFC 5398: for documentation only; providers filter them.
DOCUMENTATION = (range(64496, 64512), range(65536, 65552))
# RFC 6996.
PRIVATE = (range(64512, 65535), range(4200000000, HIGHEST))

_PLAIN = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_DOTTED = re.compile(r"(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})", re.ASCII)


class InvalidAsNumber(ValueError):
    """``value`` is not a valid AS number. ``reason`` is empty if it is obvious."""

    def __init__(self, value: object, reason: str = "") -> None:
        self.expected = EXPECTED + (f" ({reason})" if reason else "")
        super().__init__(f"{value!r} is not a valid AS number: {self.expected}")


def parse(value: object) -> int:
    """The AS number in user input: a string in asplain or asdot, or an integer.

    YAML changes some numbers without quotes: 064512 is octal 26954, 1:10 is sexagesimal 70, and 65000.100 is the
    fraction 65000.1. The original text is lost, so a fraction is rejected, and an integer is accepted only in a
    range that these mistakes do not reach: the private AS numbers.

    :raises InvalidAsNumber: the value is not an AS number that a BGP speaker may use
    """
    if isinstance(value, int) and not isinstance(value, bool):
        number = int(value)
        if LOWEST <= number <= HIGHEST and not _is_private(number):
            raise InvalidAsNumber(
                value,
                RESERVED.get(number)
                or "without quotes, YAML reads 064512 as 26954 and 1:10 as 70; put a public AS number in quotes",
            )
    elif isinstance(value, float):
        raise InvalidAsNumber(value, "without quotes, YAML reads 65000.100 as 65000.1")
    elif isinstance(value, str):
        number = _from_text(str(value).strip())
    else:
        raise InvalidAsNumber(value)
    if number in RESERVED:
        raise InvalidAsNumber(value, RESERVED[number])
    if not LOWEST <= number <= HIGHEST:
        raise InvalidAsNumber(value)
    return number


def read(value: Any) -> int:
    """The AS number that a device, calicoctl or the Kubernetes API reports, as an integer or as text.

    :raises InvalidAsNumber: the value is not an AS number
    """
    number = -1 if isinstance(value, (bool, float)) else _from_text(str(value).strip())
    if not LOWEST <= number <= HIGHEST:
        raise InvalidAsNumber(value)
    return number


def from_manifest(value: Any) -> int:
    """The AS number of a Calico resource, where integers without quotes are usual.

    :raises InvalidAsNumber: not an AS number, reserved, or a private one that YAML read as octal
    """
    number = read(value)
    if number in RESERVED:
        raise InvalidAsNumber(value, RESERVED[number])
    if isinstance(value, int) and _is_private(int(f"{number:o}")):
        raise InvalidAsNumber(value, f"without quotes, YAML reads 0{number:o} as {number}; leave out the 0")
    return number


def is_documentation(number: int) -> bool:
    """Whether the AS number is reserved for documentation (RFC 5398)."""
    return any(number in numbers for numbers in DOCUMENTATION)


def needs_four_octets(number: int) -> bool:
    """Whether the AS number needs four octets (RFC 6793)."""
    return number > TWO_OCTET_HIGHEST


def _is_private(number: int) -> bool:
    return any(number in numbers for numbers in PRIVATE)


def _from_text(text: str) -> int:
    if _PLAIN.fullmatch(text):
        return int(text)
    dotted = _DOTTED.fullmatch(text)
    if not dotted or max(int(half) for half in dotted.groups()) > TWO_OCTET_HIGHEST:
        raise InvalidAsNumber(text)
    return int(dotted[1]) << 16 | int(dotted[2])
