# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make text of a device safe to show: hide secrets, remove control characters."""

from __future__ import annotations

import re

MASK = "********"

# Escape sequences, control characters other than tab and newline, and marks that change the direction of text.
_CONTROL = re.compile(
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# The text after one of these, to the end of the line, is a secret: a hidden form begins with a number or a word.
_SECRET = re.compile(
    r"(?<![\w-])((?:(?:area-|domain-|lsp-)?passw(?:o(?:rd?)?)?|pass|secret|key-string|authentication-key"
    r"|message-digest-key[ \t]+\d+[ \t]+\S+|authentication[ \t]+(?:string|text)|snmp-server[ \t]+community"
    r"|snmp-server[ \t]+user[ \t]+\S+(?:[ \t]+\S+)*?[ \t]+(?:auth|priv)[ \t]+\S+"
    r"|snmp-server[ \t]+host(?:[ \t]+\S+)*?[ \t]+version[ \t]+\S+"
    r"|(?:tacacs|radius)-server(?:[ \t]+\S+)*?[ \t]+key)[ \t]+)\S.*",
    re.IGNORECASE,
)
# Free text that may well contain the word "password".
_FREE_TEXT = re.compile(
    r"\s*(?:no\s+)?(?:neighbor\s+\S+\s+|ip(?:v6)?\s+prefix-list\s+\S+\s+)?description\s|\s*access-list\s+\S+\s+remark\s"
)


def clean(text: str) -> str:
    """A text without control characters except tabs and newlines."""
    return _CONTROL.sub("", str(text))


def mask(text: str) -> str:
    """A text of a device, one line or several, without secrets and control characters."""
    return "\n".join(
        line if _FREE_TEXT.match(line) else _SECRET.sub(rf"\1{MASK}", line) for line in clean(text).split("\n")
    )
