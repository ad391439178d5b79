# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users, their roles, and what a role may do."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

ADMIN = frozenset({"admin", "resource-admin"})
READERS = frozenset({"guest", "auditor"})
# Below these, an operator may switch pool members and nodes on and off, and nothing else.
_OPERATOR = ("/mgmt/tm/ltm/pool/", "/mgmt/tm/ltm/node/")
# util commands pass the role check here and are judged by tmsh's own rules (shell/).
_ANYONE = ("/mgmt/tm/util/", "/mgmt/shared/authz/tokens/", "/mgmt/tm/sys/config")


@dataclass(frozen=True)
class User:
    """``shell`` is ``bash``, ``tmsh`` or ``none``. Users of another ``provider`` than tmos must log in for a token."""

    name: str
    password: str = field(repr=False)
    role: str = "admin"
    shell: str = "bash"
    provider: str = "tmos"
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def may_use_bash(self) -> bool:
        return self.role in ADMIN and self.shell == "bash"

    def may(self, method: str, path: str) -> bool:
        if self.role in ADMIN or method == "GET" or path.startswith(_ANYONE):
            return True
        if self.role in READERS or path.startswith("/mgmt/shared/appsvcs"):
            return False
        if self.role == "operator":
            return method == "PATCH" and path.startswith(_OPERATOR)
        return not path.startswith(("/mgmt/tm/sys/", "/mgmt/tm/auth/", "/mgmt/tm/net/"))  # manager and the like


class Users:
    def __init__(self, users: Iterable[User]) -> None:
        self._own = {user.name: user for user in users}
        self._users = dict(self._own)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._users.values())

    def check(self, name: str, password: str, provider: str | None = None) -> User | None:
        """The user, when the password and (for a login) the provider are right."""
        user = self._users.get(name)
        if user is None or not hmac.compare_digest(user.password.encode(), password.encode()):
            return None
        return user if provider in (None, user.provider) or user.provider == "tmos" and provider == "local" else None

    def follow(self, made: Iterable[tuple[str, str, str, str]]) -> None:
        """Users with a password in the configuration; they go before those of the settings."""
        wanted = dict(self._own)
        for name, password, role, shell in made:
            user = User(name, password, role, shell)
            there = self._users.get(name)
            wanted[name] = there if there and replace(user, uuid=there.uuid) == there else user
        self._users = wanted

    def get(self, name: str) -> User | None:
        return self._users.get(name)
