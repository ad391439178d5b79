# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with the simulator's REST API for tests, the users it knows, and recorded documents of devices."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import requests
from bigip.auth.users import User
from bigip.testing import Simulator

FIXTURES = Path(__file__).parents[2] / "fixtures" / "bigip"

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

    def declared(self, number: str) -> Any:
        """The record of an asynchronous AS3 declaration, when it has ended."""
        deadline = time.monotonic() + 60
        while (task := self.ok("GET", f"/mgmt/shared/appsvcs/task/{number}"))["results"][0]["code"] == 0:
            assert task["results"][0]["message"] == "in progress"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return task
