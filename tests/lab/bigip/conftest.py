# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the simulator on the path; gives a fresh detached device to each test, and a session that verifies it."""
from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).parents[3]
FIXTURES = ROOT / "tests" / "fixtures" / "bigip"
sys.path[:0] = [str(ROOT / "lab"), str(Path(__file__).parent)]

from bigip.auth.users import User  # noqa: E402
from bigip.testing import Simulator, simulator  # noqa: E402

USERS = [
    User("oper", "Oper-pass-1", "operator", "tmsh"),
    User("manager", "Manager-pass-1", "manager", "tmsh"),
    User("auditor", "Auditor-pass-1", "auditor", "none"),
    User("remote", "Remote-pass-1", "admin", "bash", provider="ldap"),
]


class Rest:
    """A session with basic authentication: answers as (status, document)."""

    def __init__(self, bigip: Simulator, user: str, password: str) -> None:
        self.bigip = bigip
        self.session = requests.Session()
        self.session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
        self.session.verify = bigip.ca
        self.session.auth = (user, password)

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        answer = self.session.request(method, self.bigip.url + path, json=body, timeout=30, **more)
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, answer.text

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        status, document = self(method, path, body, **more)
        assert status == 200, document
        return document

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        status, document = self(method, path, body, **more)
        assert status >= 400, document
        return status, document["message"]

    def bash(self, line: str) -> str | None:
        body = {"command": "run", "utilCmdArgs": f"-c '{line}'"}
        return self.ok("POST", "/mgmt/tm/util/bash", body).get("commandResult")


@pytest.fixture
def bigip() -> Iterator[Simulator]:
    with simulator(users=USERS) as device:
        yield device


@pytest.fixture
def rest(bigip: Simulator) -> Rest:
    return Rest(bigip, bigip.user, bigip.password)


@pytest.fixture
def as_user(bigip: Simulator) -> Callable[[str], Rest]:
    words = {user.name: user.password for user in USERS}
    return lambda name: Rest(bigip, name, words[name])


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """A recorded document of a device, by the name of its file."""
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_text())
