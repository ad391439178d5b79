# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A detached simulator for tests: ``with simulator() as bigip: …``. Own CA, own directory, a free port of 127.0.0.1.

Needs the packages of requirements.txt and the program openssl. Everything is removed at the end.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bigip.auth.users import User
from bigip.device import Device
from bigip.personality import Personality
from bigip.rest.app import Server, server
from bigip.settings import Settings

PASSWORD = "Lab-canary-7f3a"
# That of a simulator which is given none: tests that run under every personality set it.
usual_personality = Personality()


class Brief(Server):
    """A server that stops immediately and closes open connections: uvicorn's own takes a fifth of a second per test."""

    async def main_loop(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        await self._ended.wait()

    async def shutdown(self, sockets: object = None) -> None:
        for listening in self.servers:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def stop(self) -> None:
        """Call it from another thread."""
        self._loop.call_soon_threadsafe(self._ended.set)


@dataclass
class Simulator:
    """``url`` has no slash at its end; ``ca`` is a file with the CA's certificate; ``device`` is the device itself."""

    host: str
    port: int
    user: str
    password: str
    ca: str
    device: Device

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    def inject(self, method: str, path: str, body: Any = None) -> Any:
        """Call the fault-injection API: ``inject("GET", "calls")``."""
        request = urllib.request.Request(
            f"{self.url}/lab/{path}", method=method, data=None if body is None else json.dumps(body).encode()
        )
        context = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return json.load(answer)

    def calls(self) -> list[dict[str, Any]]:
        return self.inject("GET", "calls")["items"]

    def writes(self) -> list[str]:
        """``METHOD path`` of every call that could change something, except logins and logouts."""
        return [
            f"{c['method']} {c['path']}"
            for c in self.calls()
            if c["method"] != "GET" and not c["path"].startswith(("/mgmt/shared/auth",))
        ]

    def forget_calls(self) -> None:
        self.inject("DELETE", "calls")

    def fault(self, action: str, **rule: Any) -> None:
        self.inject("POST", "faults", {"action": action, **rule})


@contextmanager
def simulator(
    initial: Mapping[str, list[Mapping[str, Any]]] | None = None,
    users: list[User] | None = None,
    root: Path | None = None,
    **settings: Any,
) -> Iterator[Simulator]:
    """A running simulator. ``root`` is kept when given: a second simulator on it is the device after a restart."""
    keys = certificates()
    with tempfile.TemporaryDirectory(prefix="bigip-") as folder:
        place = Path(folder)
        people = [User("admin", PASSWORD), *(users or [])]
        chosen = Settings(
            address="127.0.0.1",
            port=0,
            certificate=keys / "server.crt",
            key=keys / "server.key",
            users=people,
            root=root or place / "root",
            detached=True,
            fault_injection=True,
            management="127.0.0.1",
            initial=INITIAL if initial is None else initial,
            **{"personality": usual_personality, **settings},
        )
        device = Device(chosen)
        running = server(device, Brief)
        thread = threading.Thread(target=running.run, name="bigip", daemon=True)
        thread.start()
        try:
            _wait(running, thread)
            yield Simulator("127.0.0.1", running.port, "admin", PASSWORD, str(keys / "ca.crt"), device)
        finally:
            running.stop()
            thread.join(10)
            device.close()


# A device like the lab's: one VLAN, the self IP for BGP, two manually created virtual servers.
INITIAL: Mapping[str, list[Mapping[str, Any]]] = {
    "net/vlan": [{"name": "int_vlan"}],
    "net/self": [{"name": "int_self", "address": "172.16.40.202/24", "vlan": "/Common/int_vlan"}],
    "ltm/pool": [{"name": "legacy_pool", "monitor": "/Common/http", "members": [{"name": "172.16.40.90:80"}]}],
    "ltm/virtual": [
        {
            "name": f"legacy_{vip.rsplit('.', 1)[1]}_vs",
            "destination": f"/Common/{vip}:80",
            "pool": "legacy_pool",
            "profiles": ["tcp", "http"],
            "sourceAddressTranslation": {"type": "automap"},
        }
        for vip in ("172.16.40.81", "172.16.99.99")
    ],
}


@functools.cache
def certificates() -> Path:
    """A folder with a CA (``ca.crt``) and a server's certificate for 127.0.0.1: one for all simulators of a process."""
    place = Path(tempfile.mkdtemp(prefix="bigip-keys-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=place)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        "req",
        "-x509",
        *curve,
        "-days",
        "30",
        "-subj",
        "/CN=test BIG-IP CA",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=critical,keyCertSign",
    )
    (place / "ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n")
    openssl("req", *curve, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    openssl(
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        "ext",
        "-out",
        "server.crt",
    )
    return place


def _wait(running: Brief, thread: threading.Thread) -> None:
    deadline = time.monotonic() + 10
    while not (running.started and hasattr(running, "_ended")):
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the simulator did not start")
        time.sleep(0.002)
