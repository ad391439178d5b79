# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions: calls are stored and then executed together, atomically."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

from bigip import errors
from bigip.interface import Device
from bigip.rest import tm
from bigip.rest.message import Call, Reply

TIMEOUT = 120  # seconds without a call, after which a transaction is gone
COORDINATION = "x-f5-rest-coordination-id"


@dataclass
class Transaction:
    number: int
    touched: float
    commands: list[Call] = field(default_factory=list)
    state: str = "STARTED"
    reason: str = ""


class Transactions:
    def __init__(self, device: Device) -> None:
        self._device = device
        self._open: dict[str, Transaction] = {}
        self._numbers = itertools.count(int(time.time() * 1000))

    def handle(self, call: Call) -> Reply:
        """/mgmt/tm/transaction and below. The caller holds the lock."""
        words = call.below("/mgmt/tm/transaction")
        if not words:
            if call.method == "POST":
                return Reply(self._show(self._start()))
            items = [self._show(t) for t in self._open.values()]
            return Reply(
                {
                    "kind": "tm:transactioncollectionstate",
                    "selfLink": self._device.view.link("transaction"),
                    **({"items": items} if items else {}),
                }
            )
        transaction = self._find(words[0])
        if words[1:] == ["commands"] and call.method == "GET":
            items = [self._command(transaction, n, c) for n, c in enumerate(transaction.commands, 1)]
            return Reply(
                {
                    "kind": "tm:transaction:commandscollectionstate",
                    "selfLink": self._device.view.link(f"transaction/{transaction.number}/commands"),
                    **({"items": items} if items else {}),
                }
            )
        if words[1:]:
            raise errors.tm_not_registered(call.path)
        match call.method:
            case "GET":
                return Reply(self._show(transaction))
            case "DELETE":
                del self._open[words[0]]
                return Reply()
            case "PATCH":
                body = call.json()
                if body.get("state") != "VALIDATING":
                    raise errors.invalid_value("state", body.get("state"))
                self._commit(transaction, bool(body.get("validateOnly")))
                return Reply(self._show(transaction))
        raise errors.method_not_allowed(call.method, call.path)

    def record(self, call: Call) -> Reply:
        """Store a write; it is evaluated when the transaction is committed."""
        transaction = self._find(call.headers[COORDINATION])
        call.json()  # malformed bodies are refused at once
        transaction.commands.append(call)
        return Reply(self._command(transaction, len(transaction.commands), call))

    def _start(self) -> Transaction:
        transaction = Transaction(next(self._numbers), time.monotonic())
        self._open[str(transaction.number)] = transaction
        return transaction

    def _find(self, number: str) -> Transaction:
        now = time.monotonic()
        for key in [key for key, t in self._open.items() if now - t.touched > TIMEOUT]:
            del self._open[key]
        if number not in self._open:
            raise errors.refused("01020036", f"The requested transaction ({number}) was not found.", 404)
        self._open[number].touched = now
        return self._open[number]

    def _commit(self, transaction: Transaction, validate_only: bool) -> None:
        device = self._device
        if not transaction.commands:
            raise errors.RestError(400, "there is no command to commit in the transaction", errorStack=[], apiError=2)
        del self._open[str(transaction.number)]

        class Undo(Exception):
            """Leaves the atomic block, so that its changes are undone."""

        try:
            with device.store.atomic(), device.held():
                for call in transaction.commands:
                    target = tm.locate(device.store, call.below("/mgmt/tm"), call.path)
                    if target is None:
                        raise errors.method_not_allowed(call.method, call.path)
                    tm.perform(device, call.method, target, call.query, call.json(), call.path)
                if validate_only:
                    raise Undo
        except Undo:
            pass
        except errors.RestError as error:
            transaction.state = "FAILED"
            raise errors.RestError(
                error.status, f"transaction failed:{error.message}", errorStack=[], apiError=2
            ) from error
        transaction.state = "COMPLETED"
        device.committed()

    def _show(self, transaction: Transaction) -> dict[str, Any]:
        return {
            "transId": transaction.number,
            "state": transaction.state,
            "timeoutSeconds": TIMEOUT,
            "asyncExecution": False,
            "validateOnly": False,
            "executionTimeout": 300,
            "executionTime": 0,
            "failureReason": transaction.reason,
            "kind": "tm:transactionstate",
            "selfLink": self._device.view.link(f"transaction/{transaction.number}"),
        }

    def _command(self, transaction: Transaction, number: int, call: Call) -> dict[str, Any]:
        body = json.loads(call.body) if call.body.strip() else {}
        return {
            "method": call.method,
            "uri": f"https://localhost{call.path}",
            "body": body,
            "evalOrder": number,
            "commandId": number,
            "kind": "tm:transaction:commandsstate",
            "selfLink": self._device.view.link(f"transaction/{transaction.number}/commands/{number}"),
        }
