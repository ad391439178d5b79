# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords as `service password-encryption` shows them: obscured, and readable by the device.

The device's own scheme is not public; this one is the simulator's. It obscures, it does not protect.
"""

from __future__ import annotations

import hashlib
import re

_HIDDEN = re.compile(r"(?:7|3|encrypted) ((?:[0-9a-f]{2})+)\Z")


def _mask(data: bytes) -> bytes:
    key = b"".join(hashlib.sha256(b"imish" + bytes([n])).digest() for n in range(len(data) // 32 + 1))
    return bytes(a ^ b for a, b in zip(data, key, strict=False))


def hide(password: str, form: str = "7") -> str:
    """The password in hidden form: what precedes the hash is a personality's."""
    return f"{form} {_mask(password.encode()).hex()}"


def reveal(typed: str) -> str:
    """The password behind a hidden form; any other text is the password itself."""
    hidden = _HIDDEN.match(typed)
    return _mask(bytes.fromhex(hidden[1])).decode(errors="replace") if hidden else typed
