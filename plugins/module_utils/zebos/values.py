# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values in imish commands, each with a strict grammar.

All user input passes one of these functions before it becomes part of a line for a device, so that it cannot contain a
second command, a shell character or a help request. Each raises ``ValueError`` with what is valid.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import as_number

_NAME = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./:+-]{0,127}")
_INTERFACE = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./-]{0,63}")
# '?' requests help from imish anywhere in a line, '|' starts an output filter.
_TEXT = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_COMMUNITY = re.compile(r"\d+:\d+|\d+|internet|local-AS|no-advertise|no-export")

COMMON = "/Common/"


def address(value: object) -> str:
    """An IPv4 or IPv6 address in canonical form."""
    try:
        return str(ipaddress.ip_address(str(value).strip()))
    except ValueError:
        raise ValueError(f"{value!r} is not a valid IP address") from None


def router_id(value: object) -> str:
    """A router ID in dotted-quad notation."""
    try:
        return str(ipaddress.IPv4Address(str(value).strip()))
    except ValueError:
        raise ValueError(f"{value!r} is not a valid router ID: use an IPv4 address") from None


def prefix(value: object) -> str:
    """A prefix ``address/length`` with its host bits cleared, as the device stores it."""
    text = str(value).strip()
    try:
        if "/" not in text:
            raise ValueError
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise ValueError(f"{value!r} is not a valid prefix: use address/length") from None


def name(value: object) -> str:
    """The name of a list, map or peer group; a leading ``/Common/`` is removed."""
    text = str(value).strip()
    if not _NAME.fullmatch(text):
        raise ValueError(f"{value!r} is not a valid name: use letters, digits and _ . / : + -, up to 128 characters")
    return text.removeprefix(COMMON) or text


def peer_group(value: object) -> str:
    """The name of a peer group: a name that is not an address."""
    text = name(value)
    if is_address(text):
        raise ValueError(f"{value!r} is an address, not a valid name of a peer group")
    return text


def interface(value: object) -> str:
    """An address or the name of a VLAN, for ``update-source``."""
    text = str(value).strip()
    if is_address(text):
        return address(text)
    if not _INTERFACE.fullmatch(text):
        raise ValueError(f"{value!r} is not a valid address or VLAN name")
    return text


def text(value: object) -> str:
    """Free text on one line: printable ASCII without ``?`` and ``|``, up to 80 characters.

    Consecutive blanks become one, because not every shell keeps them.
    """
    line = re.sub(r"(?<=\S) +(?=\S)", " ", str(value))
    if not _TEXT.fullmatch(line) or len(line) > 80 or set(line) & set("?|"):
        raise ValueError(
            f"{value!r} is not a valid description: use printable ASCII without ? and |, no leading or trailing "
            "blank, up to 80"
        )
    return line


def secret(value: object) -> str:
    """A session password. The error message never contains the value."""
    line = str(value)
    if not _TEXT.fullmatch(line) or len(line) > 80 or set(line) & set(" ?|"):
        raise ValueError("the password is not valid: use printable ASCII without blanks, ? and |, up to 80 characters")
    return line


def number(low: int, high: int) -> Callable[[object], int]:
    """An integer within inclusive bounds."""

    def check(value: object) -> int:
        digits = str(value).strip()
        if isinstance(value, (bool, float)) or not re.fullmatch(r"\d{1,10}", digits) or not low <= int(digits) <= high:
            raise ValueError(f"{value!r} is not a valid number: use {low} to {high}")
        return int(digits)

    return check


def communities(value: object) -> str:
    """One or more communities, with ``additive`` or ``none`` where the device accepts them."""
    words = str(value).split()
    body = words[:-1] if words[1:] and words[-1] == "additive" else words
    if not body or (body != ["none"] and not all(_COMMUNITY.fullmatch(word) for word in body)):
        raise ValueError(
            f"{value!r} is not a valid list of communities: use, for example, '64512:100 no-export additive'"
        )
    return " ".join(words)


def as_path(value: object) -> str:
    """AS numbers to prepend, in asplain."""
    words = str(value).split()
    if not words:
        raise ValueError("an empty AS path is not valid: use at least one AS number")
    return " ".join(str(as_number.parse(word)) for word in words)


def choice(*allowed: str) -> Callable[[object], str]:
    """One of the allowed words."""

    def check(value: object) -> str:
        if str(value) not in allowed:
            raise ValueError(f"{value!r} is not valid: use one of {', '.join(allowed)}")
        return str(value)

    return check


def is_address(value: str) -> bool:
    """Whether a word is an IP address (of a neighbor) rather than a name (of a peer group)."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def order(value: str) -> tuple[Any, ...]:
    """A sort key: addresses and prefixes as numbers, followed by names as text."""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return (9, 0, 0, value)
    return (network.version, int(network.network_address), network.prefixlen, value)
