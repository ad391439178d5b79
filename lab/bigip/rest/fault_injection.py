# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault-injection API under /lab: recorded calls, and injected faults. Served only if the settings enable it."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bigip import errors
from bigip.interface import Device
from bigip.rest.message import Call, Reply

KEPT = 20000  # calls
_SECRET_KEYS = re.compile(r"passw|secret|passphrase|privatekey|^token$", re.IGNORECASE)
_SECRET_WORDS = re.compile(r"(\b(?:password|secret)\s+)(?:\d\s+)?[^\s\"'\\]+", re.IGNORECASE)
_TOKENS = re.compile(r"(/authz/tokens/)[^/]+")
ACTIONS = ("status", "drop", "delay", "html503", "mcpd_lost", "expire_token")


@dataclass
class Fault:
    """A rule. The first active rule that matches a call is applied.

    ``after``: number of matching calls to skip. ``times``: number of calls to act on; None is unlimited. ``when``:
    ``before`` the call is carried out, or ``after`` it was (drop and status then hide what was done).
    """

    action: str
    method: str = ""
    path: str = ""
    body_contains: str = ""
    times: int | None = 1
    after: int = 0
    when: str = "before"
    status: int = 500
    body: Any = None
    seconds: float = 0
    id: int = 0
    hits: int = 0
    passed: int = 0

    def fits(self, call: Call) -> bool:
        return (
            (not self.method or call.method == self.method.upper())
            and re.search(self.path, call.path) is not None
            and self.body_contains in call.body.decode(errors="replace")
        )

    @property
    def spent(self) -> bool:
        return self.times is not None and self.hits >= self.times


@dataclass
class Logged:
    number: int
    time: float
    method: str
    path: str
    query: Mapping[str, str]
    user: str
    status: int
    request: Any = None
    fault: int = 0
    seconds: float = field(default=0)


class FaultInjection:
    def __init__(self, device: Device) -> None:
        self._device = device
        self._calls: deque[Logged] = deque(maxlen=KEPT)
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def log(self, call: Call, status: int, began: float, fault: Fault | None) -> None:
        if self._device.settings.fault_injection:
            entry = Logged(
                next(self._numbers),
                round(began, 3),
                call.method,
                _TOKENS.sub(r"\1…", call.path),
                dict(call.query),
                call.user.name if call.user else "",
                status,
                scrubbed(call),
                fault.id if fault else 0,
                round(time.time() - began, 3),
            )
            with self._lock:
                self._calls.append(entry)

    def fault(self, call: Call) -> Fault | None:
        """The rule that acts on this call; it counts."""
        with self._lock:
            for fault in self._faults:
                if fault.spent or not fault.fits(call):
                    continue
                if fault.passed < fault.after:
                    fault.passed += 1
                    continue
                fault.hits += 1
                return fault
        return None

    def handle(self, call: Call) -> Reply:
        words = call.below("/lab")
        worker = {
            "calls": self._serve_calls,
            "faults": self._serve_faults,
            "imish": self._serve_imish,
            "startup": self._serve_startup,
            "health": self._serve_health,
            "tokens": self._serve_tokens,
            "daemons": self._serve_daemons,
            "as3": self._serve_as3,
        }.get(words[0] if words else "")
        if worker is None or not self._device.settings.fault_injection:
            raise errors.not_registered(call.path)
        return worker(call)

    def _serve_calls(self, call: Call) -> Reply:
        """GET: all calls so far; DELETE: forget them."""
        with self._lock:
            if call.method == "DELETE":
                self._calls.clear()
            return Reply({"items": [asdict(entry) for entry in self._calls]})

    def _serve_faults(self, call: Call) -> Reply:
        """POST: add a rule; GET: the rules with their counts; DELETE: no rules."""
        if call.method == "POST":
            given = call.json()
            unknown = set(given) - set(Fault.__dataclass_fields__)
            if unknown or given.get("action") not in ACTIONS:
                raise errors.syntax(f"fault: action is one of {', '.join(ACTIONS)}; unknown: {sorted(unknown)}")
            with self._lock:
                self._faults.append(Fault(**given | {"id": len(self._faults) + 1}))
        with self._lock:
            if call.method == "DELETE":
                self._faults.clear()
            return Reply({"items": [asdict(fault) for fault in self._faults]})

    def _serve_imish(self, call: Call) -> Reply:
        """POST {"line": regex, "reply": text, "route_domain": 0}: imish prints this instead of running such a line."""
        imis = self._device.routing.imish.imis
        if call.method == "DELETE":
            for imi in imis.values():
                imi.faults.clear()
        elif call.method == "POST":
            given = call.json()
            imi = imis[int(given.get("route_domain", 0))]
            imi.faults.append((given["line"], given["reply"]))
        return Reply({str(number): [list(rule) for rule in imi.faults] for number, imi in imis.items()})

    def _serve_startup(self, call: Call) -> Reply:
        """DELETE: the disk loses the saved routing configuration of route domain 0."""
        file = self._device.routing.startup_file(0)
        if call.method == "DELETE":
            file.unlink(missing_ok=True)
        return Reply({"there": file.exists()})

    def _serve_health(self, call: Call) -> Reply:
        """POST {"pool", "member", "state"}: the result of a monitor, if no monitor runs (detached)."""
        if call.method == "POST":
            given = call.json()
            self._device.tmm.health[given["pool"], given["member"]] = given["state"]
        return Reply({f"{pool} {member}": state for (pool, member), state in self._device.tmm.health.items()})

    def _serve_tokens(self, call: Call) -> Reply:
        """GET: how many tokens each user has. DELETE: all end now, as after a restart of restjavad."""
        if call.method == "DELETE":
            self._device.tokens.forget_all()
        return Reply({user.name: len(self._device.tokens.of(user)) for user in self._device.users})

    def _serve_as3(self, call: Call) -> Reply:
        """POST {"async": true, "seconds": 2}: every declaration in the task form, and slow."""
        as3 = self._device.as3
        if call.method == "POST":
            given = call.json()
            as3.always_async, as3.seconds = bool(given.get("async")), float(given.get("seconds", 0))
        return Reply({"async": as3.always_async, "seconds": as3.seconds})

    def _serve_daemons(self, call: Call) -> Reply:
        """POST {"name": "bgpd", "up": false}: a daemon is stopped or started without the device's knowledge."""
        if call.method == "POST":
            given = call.json()
            (self._device.supervisor.up if given["up"] else self._device.supervisor.down)(given["name"])
        return Reply({name: self._device.supervisor.running(name) for name in ("zebra", "bgpd", "bfdd", "haproxy")})


def scrubbed(call: Call) -> Any:
    """The request body without its secrets."""
    text = call.body.decode(errors="replace")
    try:
        return _clean(json.loads(text))
    except ValueError:
        return _SECRET_WORDS.sub(r"\1******", text)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "******" if _SECRET_KEYS.search(key) and item else _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return _SECRET_WORDS.sub(r"\1******", value) if isinstance(value, str) else value
