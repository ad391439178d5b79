# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make text of a device safe to show: hide secrets, remove control characters."""

from __future__ import annotations

import re

MASK = "********"

# Escape sequences with their arguments, control characters other than tab and newline, and marks that have no width
# or change the direction of text.
_CONTROL = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x9c|\x1b\\)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_BREAK = re.compile(r"[\x0b\x0c\x85\u2028\u2029]")
# A list, map or group may have the name of a key.
_NO_NAME = "".join(
    rf"(?<!{word} )"
    for word in (
        "prefix-list", "route-map", "access-list", "filter-list", "distribute-list", "peer-group", "neighbor", "chain",
        "standard", "expanded", "as-path", "community", "key-chain", "unsuppress-map", "address", "next-hop",
    )
)  # fmt: skip
_KEYS = (
    r"(?:area-|domain-|lsp-)?passw(?:o|or|ord|d)?|pass|passphrase|secret|key-s(?:t(?:r(?:i(?:ng?)?)?)?)?|key\s+\d+"
    r"|neighbor\s+\S+\s+pa(?:ss?)?|message-digest-key\s+\d+\s+\S+|authentication\s+(?:string|text|key)|[\w-]+-key"
    r"|(?:[\w-]*-)?(?:hmac-\S+|md5|sha\d*)|ipsec\s+spi\s+\d+\s+\S+|snmp-server\s+community"
    r"|snmp-server\s+user\s+\S+(?:\s+\S+)*?\s+(?:auth|priv)\s+\S+"
    r"|snmp-server\s+host(?:\s+\S+)*?\s+version\s+\S+|(?:tacacs|radius)-server(?:\s+\S+)*?\s+key"
)
# The text after one of these, to the end of the line, is a secret: a hidden form begins with a number or a word.
_SECRET = re.compile(rf"(?<![\w-]){_NO_NAME}((?:{_KEYS})\s+)\S.*", re.IGNORECASE)
# A key and its value in JSON, YAML, a header or an argument; and the password in a URL.
_NAMED = re.compile(
    r"(?<![\w-])([\w-]*(?:passw(?:or)?d|passphrase|secret|token|authorization)[\"']?\s*[:=]\s*)\S.*", re.IGNORECASE
)
_URL = re.compile(r"(://[^/\s:@]*:)\S+(?=@)")
# The end of a line whose secret is the next one.
_OPEN = re.compile(rf"^(?!\s*no\s).*(?<![\w-]){_NO_NAME}(?:password|secret|key-string)\s*[\\:=]?\s*$", re.IGNORECASE)
# Every line with a secret has one of these.
_HINT = re.compile(r"pa|sec|key|md5|sha|hmac|spi|snmp|auth|token|://", re.IGNORECASE)
# Free text that may well contain the word "password".
_FREE_TEXT = re.compile(
    r"\s*(?:no\s+)?(?:neighbor\s+\S+\s+|ip(?:v6)?\s+prefix-list\s+\S+\s+)?description\s|\s*access-list\s+\S+\s+remark\s"
)


def clean(text: str) -> str:
    """A text without control characters except tabs and newlines."""
    return _CONTROL.sub("", _BREAK.sub(" ", str(text)))


def mask(text: str) -> str:
    """A text of a device, one line or several, without secrets and control characters."""
    lines, hidden = [], False
    for line in clean(text).split("\n"):
        shown = line
        may_have = _HINT.search(line) and not _FREE_TEXT.match(line)
        for pattern in (_SECRET, _NAMED, _URL) if may_have else ():
            shown = pattern.sub(rf"\1{MASK}", shown)
        lines.append(MASK if hidden and line.strip() else shown)
        hidden = bool(may_have and (_OPEN.search(line) or (shown != line and line.rstrip().endswith("\\"))))
    return "\n".join(lines)
