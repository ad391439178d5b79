# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/mgmt/shared/appsvcs: info, declare, task and settings. One declaration at a time; each tenant stands alone.

Statuses, keys and messages are those of F5's own code (f5-appsvcs-extension 3.52, src/lib).
"""

from __future__ import annotations

import copy
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from bigip import errors
from bigip.as3 import apply
from bigip.as3.request import Request, is_asynchronous, parsed, wrapped
from bigip.as3.schema import is_tenant, tenants_of, validate
from bigip.interface import Device
from bigip.rest.message import Call, Reply

LOG = logging.getLogger(__name__)
VERSION = "3.52.0"
FILE = "/config/appsvcs.json"
TASKS = 25  # kept
HISTORY = 4  # declarations kept
BUSY = "Error: Configuration operation in progress on device localhost, please try again in 2 minutes"
SETTINGS = {
    "asyncTaskStorage": "data-group",
    "perAppDeploymentAllowed": False,  # not the default: this simulator has no per-application declarations
    "burstHandlingEnabled": False,
    "performanceTracingEnabled": False,
    "performanceTracingEndpoint": "",
    "serializeFileUploads": False,
    "serviceDiscoveryEnabled": True,
    "webhook": "",
}
Adc = dict[str, Any]


class As3:
    """``always_async`` (task form) and ``seconds`` (duration of a declaration) are set by the fault-injection API."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._busy = threading.Lock()
        self._tasks: dict[str, dict[str, Any]] = {}
        self.always_async = False
        self.seconds = 0.0
        self._history: list[Adc] = []  # the newest first
        file = device.settings.path(FILE)
        if file.exists():
            self._history = json.loads(file.read_text())

    def handle(self, call: Call) -> Reply:
        words = call.below("/mgmt/shared/appsvcs")
        match words:
            case ["info"] if call.method == "GET":
                return Reply({"version": VERSION, "release": "5", "schemaCurrent": VERSION, "schemaMinimum": "3.0.0"})
            case ["task"] if call.method == "GET":
                return Reply({"items": list(reversed(self._tasks.values()))})
            case ["task", number] if call.method == "GET":
                if number not in self._tasks:
                    return Reply({"message": f"No record found with ID of {number}"}, 404)
                return Reply(self._tasks[number])
            case ["settings"] if call.method == "GET":
                return Reply(SETTINGS)
            case ["declare", *rest]:
                return self._declare(call, rest)
        raise errors.RestError(400, f"http://localhost:8105{call.path.removeprefix('/mgmt')}: Bad Request")

    # declare

    def _declare(self, call: Call, rest: list[str]) -> Reply:
        asynchronous = is_asynchronous(call) or self.always_async
        body = wrapped(call)
        if body["action"] == "retrieve":
            return self._shown(parsed(call, body, rest), call)
        task = self._new_task(body.get("declaration"))

        def work() -> Reply:
            reply = _refusable(lambda: self._submit(parsed(call, body, rest)))
            task["results"] = reply.body.get("results") or [reply.body]
            task["declaration"] = reply.body.get("declaration", {})
            return reply

        if not asynchronous:
            return work()
        accepted = copy.deepcopy(task)
        accepted["results"][0]["message"] = "Declaration successfully submitted"
        threading.Thread(target=work, name="as3", daemon=True).start()
        return Reply(accepted, 202)

    def _new_task(self, declaration: Any) -> dict[str, Any]:
        """The record of a request, which is kept of those too that are answered at once."""
        number = str(uuid.uuid4())
        running = {"message": "in progress", "tenant": "", "host": "", "runTime": 0, "code": 0}
        if isinstance(declaration, Mapping) and declaration.get("id"):
            running["declarationId"] = declaration["id"]
        link = f"https://localhost/mgmt/shared/appsvcs/task/{number}"
        task = self._tasks[number] = {"id": number, "results": [running], "declaration": {}, "selfLink": link}
        for old in list(self._tasks)[:-TASKS]:
            del self._tasks[old]
        return task

    def _shown(self, request: Request, call: Call) -> Reply:
        if request.age == "list":
            raise errors.RestError(422, 'age "list" is not available on this simulator')
        adc = self._history[int(request.age)] if int(request.age) < len(self._history) else {}
        there = tenants_of(adc)
        if not there:
            if request.tenants:
                raise errors.RestError(404, "declaration in specified path not found")
            return Reply(status=204)
        if missing := [name for name in request.tenants if name not in there]:
            raise errors.RestError(404, f"specified Tenant(s) '{','.join(missing)}' not found in declaration")
        return Reply(_only(adc, request.tenants or there))

    def _submit(self, request: Request) -> Reply:
        """Raises RestError."""
        if not self._busy.acquire(blocking=False):
            raise _failed(503, BUSY, request)
        try:
            previous = self._history[0] if self._history else {}
            declaration = request.declaration
            if isinstance(declaration, dict) and declaration.get("updateMode") == "complete":
                declaration |= {name: {"class": "Tenant"} for name in tenants_of(previous) if name not in declaration}
            if request.action == "deploy":
                names = tenants_of(declaration) if isinstance(declaration, Mapping) else []
                if faults := validate(declaration, names):
                    raise _failed(422, "declaration is invalid", request, faults)
            return self._deploy(request, previous)
        finally:
            self._busy.release()

    def _deploy(self, request: Request, previous: Adc) -> Reply:
        if self.seconds:
            time.sleep(self.seconds)
        declaration = request.declaration
        names = _common_first(tenants_of(declaration))
        results = [self._tenant(name, declaration, request.dry) for name in names]
        results = results or [{"code": 200, "message": "no change", "host": "localhost"}]
        new = _merged(previous, declaration, results)
        if not request.dry:
            self._remember(new)
            if request.persist and any(result["code"] == 200 for result in results):
                with self._device.lock:
                    self._device.save()
        good = [result for result in results if result["code"] == 200]
        code = 200 if len(good) == len(results) else 207 if good else 422
        reply = {"results": results, "declaration": _only(new, names)}
        return Reply(reply | ({"dryRun": True} if request.dry else {}) | ({"code": code} if code != 200 else {}), code)

    def _tenant(self, name: str, declaration: Adc, dry: bool) -> dict[str, Any]:
        began, device, document = time.monotonic(), self._device, declaration[name]
        controls = document.get("controls")
        own = isinstance(controls, Mapping) and controls.get("dryRun") is True
        dry = dry or own
        result: dict[str, Any] = {"code": 200, "message": "success", "host": "localhost", "tenant": name}
        if own:
            result["warnings"] = [{"tenant": name, "message": "dryRun true found in Tenant controls"}]

        class Undo(Exception):
            """Nothing of a dry run is kept."""

        changed = False
        try:
            with device.lock, device.store.atomic():
                changed = apply.tenant(device.store, name, document)
                if dry:
                    raise Undo
            if changed:
                with device.lock:
                    device.committed()
        except Undo:
            pass
        except errors.RestError as error:
            result |= {"code": 422, "message": "declaration failed", "response": error.message}
            LOG.info("AS3 %s: %s", name, error.message)
        if result["code"] == 200:
            result |= ({"lineCount": 0} | ({"dryRun": True} if dry else {})) if changed else {"message": "no change"}
        if declaration.get("id"):
            result["declarationId"] = declaration["id"]
        return result | {"runTime": int((time.monotonic() - began) * 1000)}

    def _remember(self, adc: Adc) -> None:
        self._history = [adc, *self._history][:HISTORY]
        file = self._device.settings.path(FILE)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(self._history, out)


def _merged(previous: Adc, declaration: Adc, results: Iterable[Mapping[str, Any]]) -> Adc:
    """What is stored after a declaration: its own properties, with all tenants that are there now."""
    new = {name: value for name, value in previous.items() if is_tenant(value)}
    new |= {name: copy.deepcopy(value) for name, value in declaration.items() if not is_tenant(value)}
    for result in results:
        name = result.get("tenant")
        if name is None or result["code"] != 200:
            continue
        new[name] = copy.deepcopy(declaration[name])
        if not any(isinstance(value, Mapping) and value.get("class") == "Application" for value in new[name].values()):
            del new[name]
    stamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    new["controls"] = {**(new.get("controls") or {}), "archiveTimestamp": stamp}
    return new


def _only(adc: Adc, names: Iterable[str]) -> Adc:
    kept = set(names)
    return {name: value for name, value in adc.items() if not is_tenant(value) or name in kept}


def _common_first(tenants: list[str]) -> list[str]:
    return sorted(tenants, key=lambda name: name != "Common")


def _failed(status: int, message: str, request: Request, faults: list[str] | None = None) -> errors.RestError:
    """The whole declaration is refused. Of several tenants, those with a fault are named."""
    more: dict[str, Any] = {"errors": faults} if faults else {}
    declaration = request.declaration if isinstance(request.declaration, Mapping) else {}
    names = tenants_of(declaration)
    if len(names) > 1:
        names = [name for name in names if any(fault.startswith(f"/{name}/") for fault in faults or [])]
    more["host"] = "localhost"
    if names:
        more["tenant"] = names
    if declaration.get("id"):
        more["declarationId"] = declaration["id"]
    return errors.RestError(status, message, **more)


def _refusable(work: Callable[[], Reply]) -> Reply:
    try:
        return work()
    except errors.RestError as error:
        return Reply(error.body, error.status)
