# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of command arguments: the form of a word, and its canonical form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple

_NAME = re.compile(r"[!-~]+\Z")
_COMMUNITY = re.compile(r"(\d{1,10}|\d{1,5}:\d{1,5}|internet|local-AS|no-advertise|no-export|none|additive)\Z")


def _community(word: str) -> str | None:
    if not _COMMUNITY.match(word):
        return None
    parts = [int(part) for part in word.split(":")] if word[0].isdigit() else []
    return word if all(part <= (0xFFFF if len(parts) == 2 else 0xFFFFFFFF) for part in parts) else None


class Kind(NamedTuple):
    """`read` returns a word's canonical form, or None if the word is not of this kind.

    `strict` tells whether a value is more specific than a name: an address or a number takes precedence over a name.
    """

    read: Callable[[str], str | None]
    strict: Callable[[str], bool] = lambda value: True


def _address(version: int | None) -> Callable[[str], str | None]:
    def read(word: str) -> str | None:
        try:
            address = ipaddress.ip_address(word)
        except ValueError:
            return None
        return str(address) if version in (None, address.version) else None

    return read


def _network(version: int) -> Callable[[str], str | None]:
    def read(word: str) -> str | None:
        if "/" not in word:
            return None
        try:
            network = ipaddress.ip_network(word, strict=False)
        except ValueError:
            return None
        return str(network) if network.version == version else None

    return read


def _range(low: int, high: int) -> Callable[[str], str | None]:
    def read(word: str) -> str | None:
        if not (word.isascii() and word.isdigit() and len(word) <= 10):
            return None
        return str(int(word)) if low <= int(word) <= high else None

    return read


def _asn(word: str) -> str | None:
    """AS number, asplain or asdot (RFC 5396), as asplain."""
    high, dot, low = word.rpartition(".")
    parts = [high, low] if dot else [low]
    if not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in parts):
        return None
    if dot and max(int(high), int(low)) > 0xFFFF:
        return None
    number = int(low) + (int(high) << 16 if dot else 0)
    return str(number) if 0 < number <= 0xFFFFFFFF else None


def _name(word: str) -> str | None:
    return word if _NAME.match(word) else None


def _group(word: str) -> str | None:
    """A peer-group's name: anything that is not an address."""
    return word if _NAME.match(word) and not re.match(r"[\d:]", word) else None


def _never(_value: str) -> bool:
    return False


def _peer(word: str) -> str | None:
    return _address(None)(word) or _group(word)


KINDS: dict[str, Kind] = {
    "ip": Kind(_address(None)),
    "ip4": Kind(_address(4)),
    "ip6": Kind(_address(6)),
    "net4": Kind(_network(4)),
    "net6": Kind(_network(6)),
    "asn": Kind(_asn),
    "community": Kind(_community),
    "name": Kind(_name, strict=_never),
    "group": Kind(_group, strict=_never),
    "peer": Kind(_peer, strict=lambda value: value[0].isdigit() or ":" in value),
    # the rest of the line, blanks kept
    "line": Kind(lambda word: word, strict=_never),
}


def kind(name: str) -> Kind:
    """The kind that a pattern names: one of KINDS, or a range such as `1-255`."""
    bounds = re.fullmatch(r"(\d+)-(\d+)", name)
    return Kind(_range(int(bounds[1]), int(bounds[2]))) if bounds else KINDS[name]
