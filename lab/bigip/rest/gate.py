# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call passes here: authentication, authorization, injected faults; then its worker; then the log."""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Callable

from bigip import errors
from bigip.as3.worker import VERSION
from bigip.interface import Device
from bigip.pair import commands
from bigip.rest import documents, login, tm, transfer, util
from bigip.rest.fault_injection import Fault
from bigip.rest.message import Call, Reply

LOG = logging.getLogger(__name__)
Worker = Callable[["Device", Call], Reply]


class Dropped(Exception):
    """The connection is to be closed without a response."""


def _transaction(device: Device, call: Call) -> Reply:
    with device.lock:
        return device.transactions.handle(call)


def _as3(device: Device, call: Call) -> Reply:
    if not device.settings.as3:
        raise errors.tm_not_registered(call.path)
    return device.as3.handle(call)


def _config_task(device: Device, call: Call) -> Reply:
    """/mgmt/tm/task/sys/config: save or load, done when its number is given out."""
    words = call.below("/mgmt/tm/task/sys/config")
    number = int(words[0]) if words and words[0].isdigit() else 1
    link = device.view.link(f"task/sys/config/{number}")
    task = {"_taskId": number, "kind": "tm:task:sys:config:configtaskstate", "selfLink": link}
    if call.method == "POST" and not words:
        util.config(device, call)
        return Reply({**call.json(), "_taskState": "STARTED", **task})
    if call.method == "PUT" and len(words) == 1:
        return Reply({"code": 202, "message": "Task will execute asynchronously.", "errorStack": []}, 202)
    if call.method == "GET" and words and words[0].isdigit() and words[1:] in ([], ["result"]):
        return Reply({"_taskState": "COMPLETED", **task})
    raise errors.method_not_allowed(call.method, call.path)


def _packages(device: Device, call: Call) -> Reply:
    as3 = {"appName": "f5-appsvcs", "version": VERSION, "release": "5", "tags": ["PLUGIN"]}
    return Reply(
        {
            "items": [as3] if device.settings.as3 else [],
            "kind": "shared:iapp:global-installed-packages:installedpackagecollectionstate",
            "selfLink": "https://localhost/mgmt/shared/iapp/global-installed-packages",
        }
    )


def _cluster(device: Device, call: Call) -> Reply:
    """POST to /mgmt/tm/cm, /mgmt/tm/cm/config-sync and /mgmt/tm/sys/failover: commands. Else collections."""
    component = " ".join(call.below("/mgmt/tm"))
    if call.method != "POST" or component not in ("cm", "cm config-sync", "sys failover"):
        return tm.handle(device, call)
    body = call.json()
    if body.get("command") != "run":
        raise errors.syntax(f'invalid command "{body.get("command")}"')
    words = commands.words(body)
    if component == "cm":
        if words[:1] != ["config-sync"]:
            raise errors.unexpected(words[0] if words else "")
        component, words = "cm config-sync", words[1:]
    commands.run(device, component, words)
    return Reply({"kind": f"tm:{component.replace(' ', ':')}:runstate", **body})


# Longest prefix wins.
WORKERS: dict[str, Worker] = {
    "/mgmt/tm": tm.handle,
    "/mgmt/tm/cm": _cluster,
    "/mgmt/tm/sys/failover": _cluster,
    "/mgmt/tm/util": util.handle,
    "/mgmt/tm/sys/config": util.config,
    "/mgmt/tm/task/sys/config": _config_task,
    "/mgmt/tm/transaction": _transaction,
    "/mgmt/shared/authn/login": login.login,
    "/mgmt/shared/authz/tokens": login.tokens,
    "/mgmt/shared/authz/users": login.users,
    "/mgmt/shared/file-transfer/uploads": transfer.upload,
    "/mgmt/shared/appsvcs": _as3,
    "/mgmt/shared/iapp/global-installed-packages": _packages,
}


def answer(device: Device, call: Call) -> Reply:
    """Process one call. Raises Dropped when the connection is to be cut."""
    began = time.time()
    fault: Fault | None = None
    reply = Reply(status=0)
    try:
        if call.path == "/lab" or call.path.startswith("/lab/"):
            return _safely(lambda: device.fault_injection.handle(call))
        fault = device.fault_injection.fault(call) if device.settings.fault_injection else None
        reply = _faulted(fault, device, call) if fault else _safely(lambda: serve(device, call))
        return reply
    finally:
        if not call.path.startswith("/lab"):
            device.fault_injection.log(call, reply.status, began, fault)


def serve(device: Device, call: Call) -> Reply:
    path = call.path.rstrip("/")
    if not path.startswith("/mgmt"):
        raise errors.not_registered(call.path)
    if not path.startswith("/mgmt/shared/authn/login"):
        identify(device, call)
        assert call.user is not None
        if not call.user.may(call.method, path):
            raise errors.role_refused(call.user.name, call.method, path, call.sender)
    if path.endswith("/available") and call.method == "GET":
        return Reply({})  # polled by clients until a worker is up
    document = documents.DOCUMENTS.get(path)
    if document is not None:
        if call.method != "GET":
            raise errors.method_not_allowed(call.method, call.path)
        with device.lock:
            return Reply(document(device))
    prefix = path
    while prefix not in WORKERS:
        prefix = prefix.rpartition("/")[0]
        if not prefix:
            raise errors.not_registered(call.path)
    return WORKERS[prefix](device, call)


def identify(device: Device, call: Call) -> None:
    """Set the call's user and token. Raises RestError 401."""
    text = call.headers.get("x-f5-auth-token")
    if text:
        call.token = device.tokens.use(text)
        if call.token is None:
            raise errors.no_such_token(call.sender)
        call.user = call.token.user
        return
    scheme, _space, word = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise errors.no_credentials(call.path, call.sender)
    try:
        name, _colon, password = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise errors.wrong_password() from None
    call.user = device.users.check(name, password, "tmos")
    if call.user is None:
        raise errors.wrong_password()


def _safely(work: Callable[[], Reply]) -> Reply:
    try:
        return work()
    except errors.RestError as error:
        return Reply(error.message if error.html else error.body, error.status, error.headers, error.html)
    except Exception as error:
        LOG.exception("a call failed")
        return Reply(
            {
                "code": 500,
                "message": f"java.lang.Exception: {type(error).__name__}: {error}",
                "kind": ":resterrorresponse",
            },
            500,
        )


def _faulted(fault: Fault, device: Device, call: Call) -> Reply:
    if fault.action == "delay":
        time.sleep(fault.seconds)
        return _safely(lambda: serve(device, call))
    if fault.action == "expire_token":
        device.tokens.forget(call.headers.get("x-f5-auth-token", ""))
        return _safely(lambda: serve(device, call))
    if fault.when == "after":
        _safely(lambda: serve(device, call))
    if fault.action == "drop":
        raise Dropped

    def refuse() -> Reply:
        if fault.action == "html503":
            raise errors.restarting()
        if fault.action == "mcpd_lost":
            raise errors.RestError(
                500, "The connection to mcpd has been lost, try again.", errorStack=[], apiError=32768001
            )
        return Reply(fault.body, fault.status, html=isinstance(fault.body, str))

    return _safely(refuse)
