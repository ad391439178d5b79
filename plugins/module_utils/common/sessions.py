# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hook by which a run remembers its sessions on devices, so that the next one can end those of a killed run."""

from __future__ import annotations

import hashlib
from typing import Protocol


class Ledger(Protocol):
    """The sessions of a run. Tokens are secrets, so only their digests are kept."""

    def opened(self, server: str, digest: str) -> None:
        """A session with this token began."""

    def closed(self, server: str, digest: str) -> None:
        """It has ended."""

    def leftovers(self, server: str) -> set[str]:
        """Digests of the tokens whose process has ended without closing its session."""


ledger: Ledger | None = None  # of the run that this process belongs to


def digest(token: str) -> str:
    """Identifies a token and reveals nothing about it."""
    return hashlib.sha256(token.encode()).hexdigest()
