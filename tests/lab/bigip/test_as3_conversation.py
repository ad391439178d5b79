# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A conversation with AS3's /declare, line by line: statuses, keys and messages as F5's published code has them.

Each line of the fixture names its source. ``<number>``, ``<text>``, ``<autogen_>`` and ``<any>`` stand for values of
that kind.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from bigip.testing import simulator
from rest_session import FIXTURES, Rest

EXCHANGES = [json.loads(line) for line in (FIXTURES.parent / "clients" / "as3-declare.jsonl").read_text().splitlines()]
PLACEHOLDERS = {
    "<number>": lambda value: isinstance(value, int),
    "<text>": lambda value: isinstance(value, str) and value != "",
    "<autogen_>": lambda value: isinstance(value, str) and value.startswith("autogen_"),
    "<any>": lambda value: value is not None,
}


def differences(wanted: Any, seen: Any, where: str = "") -> list[str]:
    if isinstance(wanted, str) and wanted in PLACEHOLDERS:
        return [] if PLACEHOLDERS[wanted](seen) else [f"{where}: {seen!r} instead of {wanted}"]
    if isinstance(wanted, dict) and isinstance(seen, dict) and wanted.keys() == seen.keys():
        return [fault for name in wanted for fault in differences(wanted[name], seen[name], f"{where}/{name}")]
    if isinstance(wanted, list) and isinstance(seen, list) and len(wanted) == len(seen):
        return [f for i, pair in enumerate(zip(wanted, seen, strict=True)) for f in differences(*pair, f"{where}/{i}")]
    return [] if wanted == seen else [f"{where}: {seen!r} instead of {wanted!r}"]


def test_the_whole_conversation(rest: Rest) -> None:
    """With one device and in order; tokens of the reply that may differ are of the right kind."""
    faults = []
    for each in EXCHANGES:
        status, reply = rest(each["method"], each["path"], each.get("json"))
        found = [] if status == each["status"] else [f"status {status}: {reply}"]
        if "reply" in each:
            found += differences(each["reply"], reply)
        if "task" in each and not found:
            found += differences(each["task"], rest.declared(reply["id"]), "task")
        faults += [f"{each['case']}: {fault}" for fault in found]
        assert each["source"].startswith("github.com/")
    assert faults == []
    assert rest("GET", "/mgmt/tm/auth/partition/Async_Test")[0] == 404


def test_comparison_finds_differences() -> None:
    assert differences({"a": ["<number>"]}, {"a": [1]}) == []
    for seen in ({"a": ["x"]}, {"a": []}, {"a": [1], "b": 1}, {"b": [1]}):
        assert differences({"a": ["<number>"]}, seen)


@pytest.mark.parametrize("path", ["info", "declare", "task/x", "settings"])
def test_a_device_without_as3(path: str) -> None:
    """Issue 108 of f5-appsvcs-extension has the reply of a BIG-IP on which the worker is not loaded."""
    with simulator(as3=False) as bigip:
        rest = Rest(bigip, bigip.user, bigip.password)
        status, reply = rest("GET", f"/mgmt/shared/appsvcs/{path}")
        assert (status, reply["message"]) == (404, f"Public URI path not registered: /shared/appsvcs/{path}")
        assert reply["kind"] == ":resterrorresponse"
        assert rest.ok("GET", "/mgmt/shared/iapp/global-installed-packages")["items"] == []
