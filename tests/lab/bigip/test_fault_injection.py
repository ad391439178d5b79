# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault-injection API: recorded calls and ordered faults."""

from __future__ import annotations

import time

import pytest
import requests
from bigip.testing import simulator

POOL = "/mgmt/tm/ltm/pool/~Common~legacy_pool"


def test_the_log_has_calls_and_no_secret(rest, bigip):
    bigip.forget_calls()
    rest.ok("POST", "/mgmt/shared/authn/login", {"username": "admin", "password": bigip.password})
    line = "-c 'imish -e \"neighbor 1.1.1.1 password pw-x\"'"
    rest("POST", "/mgmt/tm/util/bash", {"command": "run", "utilCmdArgs": line})
    rest.session.post(
        f"{bigip.url}/mgmt/shared/file-transfer/uploads/f",
        data=b" neighbor 1.1.1.1 password pw-y\n",
        headers={"Content-Range": "0-31/32"},
    )
    rest("PATCH", POOL, {"description": "x"}, params={"a": "b"})
    calls = bigip.calls()
    assert [c["method"] for c in calls] == ["POST", "POST", "POST", "PATCH"]
    assert calls[0]["request"] == {"username": "admin", "password": "******"}
    assert calls[3]["query"] == {"a": "b"} and calls[3]["status"] == 200 and calls[3]["user"] == "admin"
    text = str(calls)
    assert all(secret not in text for secret in (bigip.password, "pw-x", "pw-y"))


def test_a_rule_waits_acts_and_is_spent(rest, bigip):
    no = {"code": 500, "message": "no"}
    bigip.fault("status", path="/ltm/pool", method="GET", after=1, times=2, status=500, body=no)
    assert [rest("GET", POOL)[0] for _n in range(5)] == [200, 500, 500, 200, 200]
    assert rest("PATCH", POOL, {"description": "x"})[0] == 200


def test_a_rule_looks_into_the_body(rest, bigip):
    bigip.fault("status", body_contains="neighbor 9", status=503, times=None)
    assert rest("PATCH", POOL, {"description": "neighbor 8"})[0] == 200
    assert rest("PATCH", POOL, {"description": "neighbor 9"})[0] == 503


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True)])
def test_a_connection_is_cut_before_or_after_the_work(rest, bigip, when, done):
    bigip.fault("drop", path="/ltm/pool", method="PATCH", when=when)
    with pytest.raises(requests.ConnectionError):
        rest("PATCH", POOL, {"description": "cut"})
    assert (rest.ok("GET", POOL).get("description") == "cut") is done


def test_delay_and_expiry(rest, bigip):
    bigip.fault("delay", path="/sys/version", seconds=0.3)
    began = time.monotonic()
    rest.ok("GET", "/mgmt/tm/sys/version")
    assert time.monotonic() - began >= 0.3
    login = {"username": "admin", "password": bigip.password}
    token = rest.ok("POST", "/mgmt/shared/authn/login", login)["token"]["token"]
    rest.session.auth = None
    header = {"headers": {"X-F5-Auth-Token": token}}
    rest.ok("GET", POOL, **header)
    bigip.fault("expire_token", path="/ltm/pool")
    assert rest.refused("GET", POOL, **header) == (401, "X-F5-Auth-Token does not exist.")


def test_imish_refuses_a_line_and_loses_its_file(rest, bigip):
    rest.ok("PATCH", "/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": ["BGP"]})
    bigip.inject("POST", "imish", {"line": "neighbor 10.0.0.2", "reply": "% Invalid input detected at '^' marker."})
    type_in = 'imish -r 0 -e "configure terminal" -e "router bgp 1" -e "neighbor 10.0.0.{} remote-as 1"'
    assert rest.bash(type_in.format(1)) is None
    assert "% Invalid input" in rest.bash(type_in.format(2))
    bigip.inject("DELETE", "imish")
    bigip.inject("POST", "imish", {"line": ".*", "reply": "% Protocol daemon is not running"})
    assert "% Protocol daemon is not running" in rest.bash(type_in.format(3))
    bigip.inject("DELETE", "imish")
    assert rest.bash("imish -r 0 -e write") == "Building configuration...\n[OK]\n"
    assert bigip.inject("GET", "startup") == {"there": True}
    assert bigip.inject("DELETE", "startup") == {"there": False}


def test_bad_rules_are_refused(bigip):
    with pytest.raises(Exception, match="400"):
        bigip.fault("explode")


def test_without_the_setting_the_api_is_not_served():
    with simulator() as bigip:
        bigip.device.settings.fault_injection = False
        with pytest.raises(Exception, match="404"):
            bigip.calls()
