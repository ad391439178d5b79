# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of a route domain for the shell and the show commands: they import this, and only imi.py imports
them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from .engine import Engine
from .model import Config
from .resets import Resets


class Imi(Protocol):
    """Routing of one route domain (imi.py)."""

    route_domain: int
    engine: Engine
    startup: Path
    hostname: str
    config: Config
    resets: Resets
    links: dict[str, str]
    faults: list[tuple[str, str]]
    enabled: bool

    def ready(self) -> bool: ...

    def listen(self) -> None: ...

    def write(self) -> None: ...

    def clear(self, values: Mapping[str, str], group: bool = False) -> str: ...
