# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A request to /declare, with the refusals that AS3 makes before it looks at the declaration. Pure.

Statuses and messages are those of F5's own code (f5-appsvcs-extension, src/lib: declareHandler.js, requestContext.js).
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bigip import errors
from bigip.as3.schema import is_tenant
from bigip.rest.message import Call

PER_APPLICATION = "Error: Per-application deployment has been disabled on the settings endpoint"
_FLAGS = {"unchecked": "unchecked", "unsafe": "unchecked", "showHash": "showHash"} | {
    f"controls.{name}": name for name in ("trace", "traceResponse", "dryRun")
}
_LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")
_ACTIONS = ("deploy", "dry-run", "retrieve", "remove")
_ACTION_OF = {"GET": "retrieve", "DELETE": "remove", "POST": "deploy"}


@dataclass
class Request:
    """``tenants`` are those of the path. ``declaration`` has an ``id`` and, after a removal, empty tenants."""

    action: str
    tenants: list[str]
    declaration: dict[str, Any]
    persist: bool = True
    dry: bool = False
    age: int | str = 0


def is_asynchronous(call: Call) -> bool:
    """Raises RestError 400. This is decided before anything else is read: other errors are then in the task."""
    value = call.query.get("async")
    if value is None:
        return False
    if call.method == "GET":
        raise errors.RestError(400, 'query param "async" is not allowed for method=GET or action=retrieve.')
    if value.lower() not in ("", "true", "false"):
        raise errors.RestError(400, 'async must be "true" or "false"')
    return value.lower() == "true"


def wrapped(call: Call) -> dict[str, Any]:
    """The body as an object of class AS3. Raises RestError 422 for one that is not."""
    action = _ACTION_OF.get(call.method)
    if action is None:
        raise errors.method_not_allowed(call.method, call.path)
    if call.method != "POST":
        return {"class": "AS3", "action": action}
    body = call.json()
    if body.get("class") != "AS3":
        return {"class": "AS3", "action": "deploy", "declaration": body}
    age = body.get("redeployAge", 0)
    if not isinstance(age, int) or age > 15:
        raise errors.RestError(422, "Invalid request: /redeployAge: should be <= 15")
    return {"action": "deploy", **body}


def parsed(call: Call, body: Mapping[str, Any], rest: list[str]) -> Request:
    """``rest`` is what follows /declare in the path. Raises RestError."""
    if rest[1:2] == ["applications"]:
        raise errors.RestError(400, PER_APPLICATION)
    tenants = [name for name in dict.fromkeys(re.split("[, ]+", rest[0])) if name] if rest else []
    age, dry = _query(call)
    action = body["action"]
    _properties(action, body)
    if action not in _ACTIONS:
        raise errors.RestError(422, f'action "{action}" is not available on this simulator')
    declaration = copy.deepcopy(body.get("declaration"))
    if action == "remove":
        declaration = {"class": "ADC", "schemaVersion": "3.0.0", "updateMode": "selective" if tenants else "complete"}
        declaration |= {name: {"class": "Tenant"} for name in tenants}
    elif isinstance(declaration, dict):
        if not declaration.get("updateMode"):
            declaration["updateMode"] = "selective"
        if tenants:  # others of the declaration are as if they were not there
            declaration = {n: v for n, v in declaration.items() if n in tenants or not is_tenant(v)}
    if isinstance(declaration, dict) and declaration.get("id") in (None, "", "generate"):
        declaration["id"] = f"autogen_{uuid.uuid4()}"
    controls = declaration.get("controls") if isinstance(declaration, dict) else None
    dry = dry or action == "dry-run" or isinstance(controls, Mapping) and controls.get("dryRun") is True
    kept = "deploy" if action == "dry-run" else action
    return Request(kept, tenants, declaration or {}, body.get("persist", True) is not False, dry, age)


def _query(call: Call) -> tuple[int | str, bool]:
    """Age and dry run."""
    age: int | str = 0
    dry = False
    for name, value in call.query.items():
        word = value.lower()
        if name == "async":
            continue
        if name == "show":
            if word not in ("", "base", "full", "expanded"):
                raise errors.RestError(400, 'show must be "base", "full", or "expanded"')
            if word in ("full", "expanded"):
                raise errors.RestError(422, f'show "{word}" is not available on this simulator')
        elif name == "age":
            if call.method != "GET":
                raise errors.RestError(400, f'query param "age" is not allowed for method {call.method.capitalize()}')
            if not re.fullmatch(r"\d{1,2}|list", value):
                raise errors.RestError(400, f'invalid age value "{value}" - must be a number between 0-15 or "list"')
            age = value if value == "list" else int(value)
            if isinstance(age, int) and age > 15:
                raise errors.RestError(400, f'invalid age value "{value}" - must be between 0-15 or "list"')
        elif name in _FLAGS:
            if word not in ("true", "false"):
                raise errors.RestError(400, f'{_FLAGS[name]} must be "true" or "false"')
            dry = dry or name == "controls.dryRun" and word == "true"
        elif name == "controls.logLevel":
            if word not in _LEVELS:
                named = ", ".join(f'"{level}"' for level in _LEVELS[:-1])
                raise errors.RestError(400, f'logLevel must be {named}, or "{_LEVELS[-1]}"')
        elif name not in ("controls.userAgent", "filterClass"):
            raise errors.RestError(400, f'unrecognized URL query parameter "{name}"')
    return age, dry


def _properties(action: str, body: Mapping[str, Any]) -> None:
    declared = bool(body.get("declaration"))
    if body.get("retrieveAge") and action != "retrieve":
        message = f'retrieveAge value is not allowed for action "{action}". use only with "retrieve"'
    elif action != "redeploy" and body.get("redeployAge"):
        message = 'redeployAge is valid only with action "redeploy"'
    elif action != "redeploy" and body.get("redeployUpdateMode") not in (None, "original"):
        message = 'redeployUpdateMode is valid only with action "redeploy"'
    elif action == "patch" and not body.get("patchBody"):
        message = "for action 'patch', a patchBody must be included - refer to AS3 docs for details"
    elif action != "patch" and body.get("patchBody"):
        message = "patchBody is valid only with action 'patch'"
    elif declared and action in ("retrieve", "remove", "redeploy", "patch"):
        message = f'for action "{action}", a declaration is not allowed.'
    elif not declared and action == "deploy":
        message = f'for action "{action}", a declaration is required.'
    else:
        return
    raise errors.RestError(400, message)
