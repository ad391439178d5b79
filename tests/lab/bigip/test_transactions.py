# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transactions: all or nothing."""

from __future__ import annotations

from rest_session import Rest

POOL = "/mgmt/tm/ltm/pool"


def begin(rest: Rest) -> tuple[str, dict[str, dict[str, str]]]:
    number = str(rest.ok("POST", "/mgmt/tm/transaction", {})["transId"])
    return number, {"headers": {"X-F5-REST-Coordination-Id": number}}


def commit(rest: Rest, number: str, validate_only: bool = False):
    return rest("PATCH", f"/mgmt/tm/transaction/{number}", {"state": "VALIDATING", "validateOnly": validate_only})


def test_nothing_is_done_before_the_commit(rest):
    number, header = begin(rest)
    kept = rest.ok("POST", POOL, {"name": "a"}, **header)
    assert kept["kind"] == "tm:transaction:commandsstate"
    rest.ok("PATCH", f"{POOL}/~Common~a", {"slowRampTime": 3}, **header)
    assert rest("GET", f"{POOL}/~Common~a")[0] == 404
    assert len(rest.ok("GET", f"/mgmt/tm/transaction/{number}/commands")["items"]) == 2
    assert commit(rest, number)[1]["state"] == "COMPLETED"
    assert rest.ok("GET", f"{POOL}/~Common~a")["slowRampTime"] == 3


def test_one_refusal_undoes_all(rest):
    number, header = begin(rest)
    rest.ok("POST", POOL, {"name": "a"}, **header)
    rest.ok("POST", POOL, {"name": "legacy_pool"}, **header)
    status, document = commit(rest, number)
    assert (status, document["message"][:29]) == (409, "transaction failed:01020066:3")
    assert rest("GET", f"{POOL}/~Common~a")[0] == 404
    assert commit(rest, number)[0] == 404


def test_validation_alone_leaves_nothing(rest):
    number, header = begin(rest)
    rest.ok("POST", POOL, {"name": "a"}, **header)
    assert commit(rest, number, validate_only=True)[0] == 200
    assert rest("GET", f"{POOL}/~Common~a")[0] == 404


def test_a_transaction_that_is_not_there(rest):
    header = {"headers": {"X-F5-REST-Coordination-Id": "1"}}
    assert rest.refused("POST", POOL, {"name": "a"}, **header)[0] == 404


def test_transactions_can_be_thrown_away(rest):
    number, header = begin(rest)
    rest.ok("POST", POOL, {"name": "a"}, **header)
    rest.ok("DELETE", f"/mgmt/tm/transaction/{number}")
    assert commit(rest, number)[0] == 404
