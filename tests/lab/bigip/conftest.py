# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the simulator on the path; gives a fresh detached device to each test, and a session that verifies it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT / "lab"), str(Path(__file__).parent)]

import box  # noqa: E402
import sdk_session  # noqa: E402
from bigip.testing import Simulator, simulator  # noqa: E402
from rest_session import FIXTURES, USERS, Rest  # noqa: E402

BOX = pytest.StashKey[subprocess.Popen[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that read the box's result run last: meanwhile the box, which mostly waits, works beside the others."""
    items.sort(key=lambda item: "seen" in getattr(item, "fixturenames", ()))


def pytest_runtestloop(session: pytest.Session) -> None:
    wanted = any("seen" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not session.config.option.collectonly and not box.missing():
        session.config.stash[BOX] = box.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    process = config.stash.get(BOX, None)
    if process is not None and process.poll() is None:
        process.kill()  # unshare --kill-child: everything inside ends with it


@pytest.fixture(scope="session")
def seen(pytestconfig: pytest.Config) -> dict[str, Any]:
    """What dataplane.py saw inside its box."""
    assert not box.missing(), box.missing()
    return box.result(pytestconfig.stash[BOX])


@pytest.fixture
def bigip() -> Iterator[Simulator]:
    with simulator(users=USERS) as device:
        yield device


@pytest.fixture
def rest(bigip: Simulator) -> Rest:
    return Rest(bigip, bigip.user, bigip.password)


@pytest.fixture
def sdk(bigip: Simulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A session of f5-sdk, by how it logs in: ``sdk(token=True)``."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return lambda token=True: sdk_session.connect(bigip.host, bigip.port, bigip.password, bigip.ca, token)


@pytest.fixture
def as_user(bigip: Simulator) -> Callable[[str], Rest]:
    words = {user.name: user.password for user in USERS}
    return lambda name: Rest(bigip, name, words[name])


@pytest.fixture
def sample() -> Callable[[str], Any]:
    """A recorded document of a device, by the name of its file."""
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_text())
