# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's own settings: one JSON file, read once at its start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bigip.auth.users import User
from bigip.personality import Personality, choose


class SettingsError(Exception):
    """The problem of the file, in one line."""


@dataclass
class Pair:
    """This unit's place in a device group of two.

    ``peer`` is the other unit's hostname. With ``address`` and ``peer_address`` (ADDRESS:PORT) the two communicate
    (pair/). Without, this one simulates a unit: ``state`` active, standby or offline, ``sync`` the status text.
    """

    peer: str
    state: str = "active"
    sync: str = "In Sync"
    address: str = ""
    peer_address: str = ""
    peer_management: str = ""
    auto_sync: bool = False


@dataclass
class Settings:
    """``root`` is the root of the device's file system: ``/`` in a host of the lab, a directory when detached.

    ``detached``: no FRR, no haproxy, no ip: configuration only. ``fault_injection``: serve the
    fault-injection API under /lab, without login.
    ``as3``: whether its package is installed.
    ``personality`` answers the open questions about the device (personality.py).
    ``initial`` maps a collection (``ltm/pool``) to bodies of POSTs, executed if no configuration was saved.
    """

    address: str = "127.0.0.1"
    port: int = 443
    certificate: Path = Path("/config/httpd/conf/ssl.crt/server.crt")
    key: Path = Path("/config/httpd/conf/ssl.key/server.key")
    hostname: str = "bigip1.lab.example"
    management: str = ""
    users: list[User] = field(default_factory=list)
    root: Path = Path("/")
    detached: bool = False
    fault_injection: bool = False
    token_life: int = 1200
    db: Mapping[str, str] = field(default_factory=dict)
    initial: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    version: str = "16.1.5.2"
    build: str = "0.0.5"
    bgp_licensed: bool = True
    as3: bool = True
    pair: Pair | None = None
    personality: Personality = field(default_factory=Personality)

    def path(self, inside: str) -> Path:
        """A path of the device as a path on this machine."""
        return self.root / inside.lstrip("/")


def read(file: Path) -> Settings:
    """Raises SettingsError."""
    try:
        return parse(json.loads(file.read_text()))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file}: {error}") from error


def parse(document: Mapping[str, Any]) -> Settings:
    """Raises SettingsError for an unknown key or a missing file."""
    settings = Settings()
    rest = dict(document)
    listen = dict(rest.pop("listen", {}))
    settings.address = listen.pop("address", settings.address)
    settings.port = int(listen.pop("port", settings.port))
    settings.certificate = Path(listen.pop("certificate", settings.certificate))
    settings.key = Path(listen.pop("key", settings.key))
    settings.users = [_user(name, dict(given)) for name, given in rest.pop("users", {}).items()]
    settings.root = Path(rest.pop("root", settings.root))
    for name in (
        "hostname",
        "management",
        "detached",
        "fault_injection",
        "token_life",
        "db",
        "initial",
        "version",
        "build",
        "bgp_licensed",
        "as3",
    ):
        if name in rest:
            setattr(settings, name, rest.pop(name))
    if pair := rest.pop("pair", None):
        try:
            settings.pair = Pair(**pair)
        except TypeError as error:
            raise SettingsError(f"pair: {error}") from error
    if chosen := rest.pop("personality", None):
        try:
            settings.personality = choose(chosen)
        except ValueError as error:
            raise SettingsError(f"personality: {error}") from error
    settings.management = settings.management or settings.address
    if unknown := [*rest, *listen]:
        raise SettingsError(f"unknown settings: {', '.join(unknown)}")
    if not settings.users:
        raise SettingsError("users: at least one is needed")
    return settings


def _user(name: str, given: dict[str, Any]) -> User:
    file = given.pop("password_file", None)
    password = Path(file).read_text().strip() if file else given.pop("password", "")
    if not password:
        raise SettingsError(f"users: {name} has no password or password_file")
    role = given.pop("role", "admin")
    shell = given.pop("shell", "bash" if role in ("admin", "resource-admin") else "tmsh")
    provider = given.pop("provider", "tmos")
    if given:
        raise SettingsError(f"users: {name} has unknown settings: {', '.join(given)}")
    return User(name, password, role, shell, provider)
