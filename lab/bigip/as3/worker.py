# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/mgmt/shared/appsvcs: info, declare and task. One declaration at a time; each tenant succeeds or fails on its own."""

from __future__ import annotations

import copy
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from bigip import errors
from bigip.as3 import apply
from bigip.as3.schema import ADC_META, validate
from bigip.interface import Device
from bigip.rest.message import Call, Reply

LOG = logging.getLogger(__name__)
VERSION = "3.52.0"
FILE = "/config/appsvcs.json"
TASKS = 100  # kept
BUSY = "Configuration operation in progress on device, please try again in 2 minutes"


class As3:
    """``always_async`` (task form) and ``seconds`` (duration of a declaration) are set by the fault-injection API."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._busy = threading.Lock()
        self._tasks: dict[str, dict[str, Any]] = {}
        self.always_async = False
        self.seconds = 0.0
        self._adc: dict[str, Any] = {}
        file = device.settings.path(FILE)
        if file.exists():
            self._adc = json.loads(file.read_text())

    def handle(self, call: Call) -> Reply:
        words = call.below("/mgmt/shared/appsvcs")
        match words:
            case ["info"] if call.method == "GET":
                return Reply({"version": VERSION, "release": "5", "schemaCurrent": VERSION, "schemaMinimum": "3.0.0"})
            case ["task"] if call.method == "GET":
                return Reply({"items": list(self._tasks.values())})
            case ["task", number] if call.method == "GET":
                if number not in self._tasks:
                    raise errors.RestError(404, f"task {number} does not exist")
                return Reply(self._tasks[number])
            case ["settings"] if call.method == "GET":
                return Reply(
                    {
                        "burstHandlingEnabled": False,
                        "performanceTracingEnabled": False,
                        "betaOptions": {"perAppDeploymentAllowed": False},
                    }
                )
            case ["declare"] | ["declare", _]:
                return self._declare(call, words[1].split(",") if len(words) == 2 else [])
        raise errors.not_registered(call.path)

    # declare

    def _declare(self, call: Call, tenants: list[str]) -> Reply:
        match call.method:
            case "GET":
                return self._shown(tenants)
            case "DELETE":
                return self._submit(
                    call,
                    {
                        "class": "ADC",
                        "schemaVersion": VERSION,
                        **{name: {"class": "Tenant"} for name in tenants or _tenants(self._adc)},
                    },
                    [],
                )
            case "POST":
                body = call.json()
                persist, action = body.get("persist", True), body.get("action", "deploy")
                declaration = body.get("declaration", {}) if body.get("class") == "AS3" else body
                if action not in ("deploy", "dry-run"):
                    return Reply(_invalid([f"/action: {action} is not supported"]), 422)
                return self._submit(call, declaration, tenants, persist, action == "dry-run")
        raise errors.method_not_allowed(call.method, call.path)

    def _shown(self, tenants: list[str]) -> Reply:
        there = _tenants(self._adc)
        if not there:
            return Reply(status=204)
        if missing := [name for name in tenants if name not in there]:
            raise errors.RestError(404, f"declaration does not contain tenant {', '.join(missing)}")
        return Reply(
            {key: value for key, value in self._adc.items() if key in ADC_META or not tenants or key in tenants}
        )

    def _submit(
        self, call: Call, declaration: Mapping[str, Any], tenants: list[str], persist: bool = True, dry: bool = False
    ) -> Reply:
        chosen = [name for name in tenants if name in declaration] or (_tenants(declaration) if not tenants else [])
        complaints = validate(declaration, chosen) if isinstance(declaration, Mapping) else ["/: should be object"]
        if complaints:
            return Reply(_invalid(complaints), 422)
        if not chosen:
            return Reply(_invalid(["/: the declaration holds none of the tenants"]), 422)
        if not self._busy.acquire(blocking=False):
            return Reply({"code": 503, "message": BUSY}, 503)
        if self.always_async or call.query.get("async") == "true":
            return self._start(declaration, chosen, persist, dry)
        try:
            return self._deploy(declaration, chosen, persist, dry)
        finally:
            self._busy.release()

    def _start(self, declaration: Mapping[str, Any], tenants: list[str], persist: bool, dry: bool) -> Reply:
        number = str(uuid.uuid4())
        link = f"https://localhost/mgmt/shared/appsvcs/task/{number}"
        running = {"code": 0, "message": "in progress", "host": "", "tenant": "", "runTime": 0}
        task = {"id": number, "results": [running], "declaration": {}, "selfLink": link}
        self._tasks[number] = task
        for old in list(self._tasks)[:-TASKS]:
            del self._tasks[old]

        def work() -> None:
            try:
                reply = self._deploy(declaration, tenants, persist, dry)
                self._tasks[number] = {"id": number, **reply.body, "selfLink": link}
            finally:
                self._busy.release()

        threading.Thread(target=work, name="as3", daemon=True).start()
        return Reply(
            {
                "id": number,
                "results": [
                    {"message": "Declaration successfully submitted", "tenant": "", "host": "", "runTime": 0, "code": 0}
                ],
                "declaration": {},
                "selfLink": link,
            },
            202,
        )

    def _deploy(self, declaration: Mapping[str, Any], tenants: list[str], persist: bool, dry: bool) -> Reply:
        if self.seconds:
            time.sleep(self.seconds)
        results = [self._tenant(name, declaration[name], dry) for name in _common_first(tenants)]
        if not dry:
            self._remember(declaration, results)
            if persist and any(result["code"] == 200 for result in results):
                with self._device.lock:
                    self._device.save()
        codes = {result["code"] for result in results}
        code = codes.pop() if len(codes) == 1 else 207
        return Reply(
            {
                "results": results,
                "declaration": self._adc if not dry else dict(declaration),
                **({"code": code} if code != 200 else {}),
            },
            code,
        )

    def _tenant(self, name: str, document: Mapping[str, Any], dry: bool) -> dict[str, Any]:
        began, device = time.monotonic(), self._device
        result: dict[str, Any] = {"code": 200, "message": "success", "lineCount": 0, "host": "localhost"}
        result["tenant"] = name

        class Undo(Exception):
            """Nothing of a dry run is kept."""

        try:
            with device.lock, device.store.atomic():
                changed = apply.tenant(device.store, name, document)
                if dry:
                    raise Undo
            if changed:
                with device.lock:
                    device.committed()
            else:
                result |= {"message": "no change"}
                del result["lineCount"]
        except Undo:
            pass
        except errors.RestError as error:
            result |= {"code": 422, "message": "declaration failed", "response": error.message}
            LOG.info("AS3 %s: %s", name, error.message)
        return result | {"runTime": int((time.monotonic() - began) * 1000)}

    def _remember(self, declaration: Mapping[str, Any], results: Iterable[Mapping[str, Any]]) -> None:
        adc = self._adc | {key: value for key, value in declaration.items() if key in ADC_META}
        for result in results:
            name = result["tenant"]
            if result["code"] == 200:
                document = copy.deepcopy(declaration[name])
                if any(isinstance(value, dict) for value in document.values()):
                    adc[name] = document
                else:
                    adc.pop(name, None)
        adc.setdefault("class", "ADC")
        adc["updateMode"] = "selective"
        self._adc = adc
        file = self._device.settings.path(FILE)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(adc, out)


def _tenants(adc: Mapping[str, Any]) -> list[str]:
    return [name for name, value in adc.items() if isinstance(value, Mapping) and name not in ADC_META]


def _common_first(tenants: list[str]) -> list[str]:
    return sorted(dict.fromkeys(tenants), key=lambda name: name != "Common")


def _invalid(complaints: list[str]) -> dict[str, Any]:
    return {"code": 422, "errors": complaints, "declarationFullId": "", "message": "declaration is invalid"}
