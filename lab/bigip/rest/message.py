# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call and its reply, independent of any web framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bigip import errors
from bigip.auth.tokens import Token
from bigip.auth.users import User
from bigip.naming import segments


@dataclass
class Call:
    """``path`` is the raw path (percent-encoded, without query); header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    sender: str = "127.0.0.1"
    user: User | None = None
    token: Token | None = None

    def below(self, prefix: str) -> list[str]:
        """The decoded pieces of the path after a prefix."""
        return segments(self.path)[len(segments(prefix)) :]

    def json(self) -> dict[str, Any]:
        """The body as an object. Raises RestError 400."""
        if not self.body.strip():
            return {}
        try:
            document = json.loads(self.body)
        except ValueError as error:
            raise errors.by_rest(
                400, f"Found invalid content. Content is not valid JSON: {error}", self.sender
            ) from None
        if not isinstance(document, dict):
            raise errors.by_rest(400, "Found invalid content. A JSON object is expected.", self.sender)
        return document


@dataclass
class Reply:
    """``body`` is a JSON document; None is no body at all, as after a DELETE."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    html: bool = False
