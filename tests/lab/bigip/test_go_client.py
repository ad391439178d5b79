# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests of Go's clients (go-bigip, and terraform's provider on it), reconstructed from their published source.

They give names with the partition in front instead of `partition`, send whole objects with PUT, leave out whatever is
empty except structures (`{}`) and some lists (`null`), and read properties by the names in the fixture's `shows`.
"""

from __future__ import annotations

import json
from typing import Any

from rest_session import FIXTURES, Rest

REQUESTS = [json.loads(line) for line in (FIXTURES.parent / "clients" / "go-client-requests.jsonl").open()]


def missing(wanted: Any, seen: Any, where: str = "") -> list[str]:
    """What of `wanted` the reply does not have; it may have more properties, but no more items."""
    if isinstance(wanted, dict) and isinstance(seen, dict):
        return [fault for key in wanted for fault in missing(wanted[key], seen.get(key), f"{where}/{key}")]
    if isinstance(wanted, list) and isinstance(seen, list) and len(wanted) == len(seen):
        return [f for i, pair in enumerate(zip(wanted, seen, strict=True)) for f in missing(*pair, f"{where}/{i}")]
    return [] if wanted == seen else [f"{where}: {seen!r} instead of {wanted!r}"]


def applied(rest: Rest, each: dict[str, Any]) -> tuple[list[str], Any]:
    status, reply = rest(each["method"], each["path"], each.get("json"))
    faults = [] if status == each["status"] else [f"status {status}: {reply}"]
    return [f"{each['case']}: {f}" for f in faults + (missing(each["shows"], reply) if "shows" in each else [])], reply


def test_the_whole_conversation(rest: Rest) -> None:
    """In order, with one device; whatever was sent with PUT is sent again at once and changes nothing."""
    faults = []
    for each in REQUESTS:
        found, first = applied(rest, each)
        faults += found
        if each["method"] == "PUT" and not found:
            again, second = applied(rest, each)
            faults += again
            faults += [
                f"{each['case']}, twice: {f}" for f in missing(*({**r, "generation": 0} for r in (first, second)))
            ]
        assert each["source"].startswith("github.com/F5") or each["source"].startswith("github.com/f5")
    assert not faults, "\n".join(faults)


def test_the_session(rest: Rest) -> None:
    """go-bigip's NewTokenSession (bigip.go): a token of 20 minutes, which it insists on."""
    bare = Rest(rest.bigip, "", "")
    bare.session.auth = None
    login = {"username": rest.bigip.user, "password": rest.bigip.password, "loginProviderName": "tmos"}
    token = bare.ok("POST", "/mgmt/shared/authn/login", login)["token"]["token"]
    bare.session.headers["X-F5-Auth-Token"] = token
    reply = bare.ok("PATCH", f"/mgmt/shared/authz/tokens/{token}", {"timeout": 1200})
    assert reply["timeout"] == 1200
    assert bare("GET", "/mgmt/tm/net/self")[0] == 200
    status, reply = Rest(rest.bigip, rest.bigip.user, "wrong")(
        "POST", "/mgmt/shared/authn/login", dict(login, password="x")
    )
    assert (status, reply["message"]) == (401, "Authentication failed.")


def test_node_and_members_by_address(rest: Rest) -> None:
    """AddPoolMember with an address makes the node as well."""
    rest.ok("POST", "/mgmt/tm/ltm/pool", {"name": "/Common/p"})
    rest.ok("POST", "/mgmt/tm/ltm/pool/~Common~p/members", {"name": "11.1.1.102:80"})
    assert rest.ok("GET", "/mgmt/tm/ltm/node/~Common~11.1.1.102")["address"] == "11.1.1.102"
