# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file with which the controller configures its driver.

The controller truncates the file and writes it again in place, under an exclusive fcntl lock over the whole file
(k8s-bigip-ctlr, pkg/writer). It writes the sections one by one: ``global`` and ``bigip`` before it starts the
driver, ``resources`` once it knows the cluster. No ``resources`` therefore means "not known yet", never "nothing".
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOG = logging.getLogger(__name__)

DEFAULT_VERIFY_INTERVAL = 30.0


class ConfigError(Exception):
    """The file is complete, but lacks required settings."""


@dataclass(frozen=True)
class Config:
    """The content of the file: the BIG-IP, the partitions, and each partition's resources (None: not known yet)."""

    url: str
    partitions: tuple[str, ...]
    resources: dict[str, dict[str, Any]] | None = None
    log_level: str = "INFO"
    verify_interval: float = DEFAULT_VERIFY_INTERVAL
    disable_ltm: bool = field(default=False)


def parse(text: str) -> Config:
    """Read the file's text. Raises ValueError for text that is not JSON, ConfigError for what is missing in it."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise ConfigError("the configuration file holds no object")
    bigip = data.get("bigip") or {}
    missing = [f"bigip.{key}" for key in ("url", "partitions") if not bigip.get(key)]
    if missing:
        raise ConfigError(f"the configuration file has no {' and no '.join(missing)}")
    settings = data.get("global") or {}
    resources = data.get("resources") if "resources" in data else None
    return Config(
        url=bigip["url"],
        partitions=tuple(bigip["partitions"]),
        resources=None if "resources" not in data else {name: part or {} for name, part in (resources or {}).items()},
        log_level=str(settings.get("log-level", "INFO")).upper().removeprefix("AS3"),
        verify_interval=float(settings.get("verify-interval") or DEFAULT_VERIFY_INTERVAL),
        disable_ltm=bool(settings.get("disable-ltm", False)),
    )


class ConfigFile:
    """Follows the file by its stamp; an incomplete text is read again the next time."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._stamp: tuple[int, int, int] | None = None

    def changed(self) -> Config | None:
        """The content of the file if it may have changed since the last call; None if it has not, or is not readable
        yet."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return None
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns)
        if stamp == self._stamp:
            return None
        try:
            config = parse(self._read())
        except ValueError:
            LOG.debug("%s is not whole yet, reading it again", self.path)
            return None
        self._stamp = stamp
        return config

    def _read(self) -> str:
        with self.path.open(encoding="utf-8") as file:
            fcntl.lockf(file, fcntl.LOCK_SH)  # waits for a writer to finish; closing the file releases the lock
            return file.read()
