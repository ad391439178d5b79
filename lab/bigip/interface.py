# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of the device for its parts: they import this, and only device.py imports them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from bigip.auth.tokens import Tokens
from bigip.auth.users import User, Users
from bigip.config.store import Store
from bigip.config.view import View
from bigip.services import Supervisor
from bigip.settings import Settings


class Device(Protocol):
    """The device as its parts use it (device.py)."""

    settings: Settings
    lock: threading.RLock
    machine_id: str
    users: Users
    tokens: Tokens
    supervisor: Supervisor
    store: Store
    view: View
    # parts that import this module themselves
    files: Any
    routing: Any
    tmm: Any
    as3: Any
    transactions: Any
    fault_injection: Any
    pair: Any

    @property
    def status(self) -> Any: ...

    @property
    def state(self) -> str: ...

    def holds(self, group: str | None) -> bool: ...

    def moved(self) -> None: ...

    def committed(self) -> None: ...

    def held(self) -> AbstractContextManager[None]: ...

    def save(self) -> None: ...

    def load(self, words: Sequence[str] = ()) -> None: ...

    def db(self, name: str) -> str: ...

    def bash(self, user: User) -> Any: ...
