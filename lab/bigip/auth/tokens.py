# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Login tokens: lifetime, extension, expiry, and the limit per user."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from bigip import errors
from bigip.auth.users import User

LIFE = 1200  # seconds
LONGEST = 36000  # seconds from the login on
MOST = 100  # tokens of one user at a time
_LETTERS = string.ascii_uppercase + string.digits


@dataclass
class Token:
    text: str
    user: User
    address: str
    started: float
    updated: float
    timeout: int
    last_use: float

    @property
    def ends(self) -> float:
        return min(self.updated + self.timeout, self.started + LONGEST)

    def document(self) -> dict[str, Any]:
        """The token as REST shows it; times in microseconds."""
        start = datetime.fromtimestamp(self.started, timezone.utc)
        user = {"link": f"https://localhost/mgmt/shared/authz/users/{self.user.name}"}
        return {
            "token": self.text,
            "name": self.text,
            "userName": self.user.name,
            "authProviderName": self.user.provider,
            "user": user,
            "userReference": user,
            "groupReferences": [],
            "timeout": self.timeout,
            "startTime": start.strftime("%Y-%m-%dT%H:%M:%S.") + start.strftime("%f")[:3] + "+0000",
            "address": self.address,
            "partition": "[All]",
            "generation": 1,
            "lastUpdateMicros": int(self.updated * 1e6),
            "lastUse": int(self.last_use * 1e6),
            "expirationMicros": int(self.ends * 1e6),
            "kind": "shared:authz:tokens:authtokenitemstate",
            "selfLink": f"https://localhost/mgmt/shared/authz/tokens/{self.text}",
        }


class Tokens:
    """All valid tokens. They do not survive a restart of the REST framework."""

    def __init__(self, clock: Callable[[], float] = time.time, life: int = LIFE, most: int = MOST) -> None:
        self._clock = clock
        self._life = life
        self._most = most
        self._tokens: dict[str, Token] = {}

    def issue(self, user: User, address: str) -> Token:
        """Raises RestError 400 when the user has too many."""
        if len(self.of(user)) >= self._most:
            raise errors.by_rest(400, f"user {user.uuid} has reached maximum active login tokens", address)
        now = self._clock()
        text = "".join(secrets.choice(_LETTERS) for _ in range(26))
        token = self._tokens[text] = Token(text, user, address, now, now, self._life, now)
        return token

    def use(self, text: str) -> Token | None:
        """The token, if it is still valid."""
        token = self.find(text)
        if token:
            token.last_use = self._clock()
        return token

    def find(self, text: str) -> Token | None:
        self._expire()
        return self._tokens.get(text)

    def of(self, user: User) -> list[Token]:
        self._expire()
        return [token for token in self._tokens.values() if token.user.name == user.name]

    def extend(self, token: Token, by: User, timeout: int | None, sender: str) -> None:
        """Raises RestError: 400 for another user's token, 406 for too long a lifetime."""
        if token.user.name != by.name:
            raise errors.by_rest(400, "Only the owner of a token can change its timeout.", sender)
        if timeout is not None:
            if timeout > LONGEST:
                raise errors.by_rest(406, f"Auth-token absolute timeout ({LONGEST} seconds) exceeded", sender)
            if timeout < 1:
                raise errors.by_rest(400, f"Invalid timeout {timeout}", sender)
            token.timeout = timeout
        token.updated = self._clock()

    def forget(self, text: str) -> Token | None:
        return self._tokens.pop(text, None)

    def forget_all(self) -> None:
        self._tokens.clear()

    def _expire(self) -> None:
        now = self._clock()
        for text in [text for text, token in self._tokens.items() if token.ends <= now]:
            del self._tokens[text]
