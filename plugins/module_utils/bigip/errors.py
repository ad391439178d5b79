# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of a BIG-IP. Each message states the problem and the remedy."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TypeVar

from ..common.problem import Impossible
from ..zebos.secrets import clean

# In every message about something that could not be undone.
STAYS = "could NOT be"

_Error = TypeVar("_Error", bound="BigIpError")


class BigIpError(Exception):
    """The device refused or could not be reached. The text holds no secret and no control characters."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message = clean(message)
        self.status = status

    def __str__(self) -> str:
        return self.message

    def extended(self: _Error, *sentences: str) -> _Error:
        """The same error with further sentences."""
        error = copy.copy(self)
        error.message = ". ".join([self.message.rstrip("."), *filter(None, sentences)])
        return error

    @property
    def leaves_something(self) -> bool:
        """Whether a write could not be undone, so that the failed run did change something."""
        return STAYS in self.message


class NotFound(BigIpError):
    """The object does not exist (404)."""


class LoginRefused(BigIpError):
    """The device does not accept user and password. Repeated attempts lock the user out."""


class CutOff(BigIpError):
    """The connection broke or the reply did not come: whether the request was carried out is unknown."""


class NoShell(BigIpError):
    """imish cannot be used, because bash is not available."""


class NotEnabled(BigIpError):
    """The route domain has no dynamic routing, or its daemons are not running (yet)."""


class Refused(BigIpError):
    """imish rejected lines of a configuration; ``refused`` has its output."""

    def __init__(self, message: str, refused: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.refused = list(refused)


class NotAsPlanned(BigIpError):
    """The configuration after the write is not the planned one."""


class Unfit(Impossible, BigIpError):
    """The request cannot be carried out on this device."""
