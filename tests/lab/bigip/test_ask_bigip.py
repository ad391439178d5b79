# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/ask_bigip.py against simulators of which the answers are known."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from bigip.personality import Personality
from bigip.testing import Simulator, simulator
from rest_session import Rest

FILE = Path(__file__).parents[3] / "tools" / "ask_bigip.py"
DOMAIN = "/mgmt/tm/net/route-domain"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ask_bigip", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prepared(bigip: Simulator) -> None:
    rest = Rest(bigip, bigip.user, bigip.password)
    rest.ok("PATCH", f"{DOMAIN}/~Common~0", {"routingProtocol": ["BGP"]})
    rest.ok("POST", DOMAIN, {"name": "scratch", "id": 99, "routingProtocol": ["BGP"]})
    lines = (
        "configure terminal",
        "service password-encryption",
        "router bgp 64512",
        "neighbor 10.9.8.7 remote-as 64513",
        "neighbor 10.9.8.7 password Canary-7f3a",
        "end",
    )
    rest.bash("imish -r 0 " + " ".join(f'-e "{line}"' for line in lines))
    bigip.forget_calls()


@pytest.mark.parametrize(("personality", "words"), [
    (Personality(),
     ["U2  an IPv6 policy line before `activate`: % Activate", "U3  `no activate` of a group with members: %",
      "U4  hold time below three times the keepalive: accepted", "forms: 7 HASH",
      "U6  a policy line as printed: ; ip prefix-list ASK seq 5 permit ADDRESS/8 le 24"]),
    (Personality(ipv6_policy_before_activate="accepted", deactivate_group_with_members="accepted", timers="warning",
                 hidden_password="3", policy_lines="normalised", graceful_restart="on"),
     ["U2  an IPv6 policy line before `activate`: accepted", "U3  `no activate` of a group with members: accepted",
      "U4  hold time below three times the keepalive: % Warning", "forms: 3 HASH", "ADDRESS/8 ge 9 le 24",
      "U1  the positive form, typed: accepted without a reply; not printed"]),
])  # fmt: skip
def test_the_answer_sheet(script, monkeypatch, capsys, personality, words):
    with simulator(personality=personality) as bigip:
        prepared(bigip)
        monkeypatch.setenv("BIGIP_PASSWORD", bigip.password)
        before = bigip.device.routing.imish.command(["imish", "-r", "99", "-e", "show running-config"])
        assert script.main(["--server", f"{bigip.host}:{bigip.port}", "--ca-path", bigip.ca, "--scratch", "99"]) == 0
        sheet = capsys.readouterr()
        for each in words:
            assert each in sheet.out
        for secret in ("Canary-7f3a", "10.9.8.7", "172.16.40.90", bigip.password):
            assert secret not in sheet.out + sheet.err
        assert sheet.err == ""
        assert bigip.device.routing.imish.command(["imish", "-r", "99", "-e", "show running-config"]) == before
        assert bigip.inject("GET", "tokens")["admin"] == 0


def test_without_a_scratch_domain_it_only_reads(script, monkeypatch, capsys):
    with simulator() as bigip:
        prepared(bigip)
        monkeypatch.setenv("BIGIP_PASSWORD", bigip.password)
        assert script.main(["--server", f"{bigip.host}:{bigip.port}", "--ca-path", bigip.ca]) == 0
        bodies = [str(call["request"]) for call in bigip.calls() if call["path"] == "/mgmt/tm/util/bash"]
        assert bodies and all("show " in body and "configure" not in body for body in bodies)
        assert set(bigip.writes()) == {"POST /mgmt/tm/util/bash"}


def test_a_scratch_domain_in_use_is_left_alone(script, monkeypatch, capsys):
    with simulator() as bigip:
        prepared(bigip)
        monkeypatch.setenv("BIGIP_PASSWORD", bigip.password)
        options = ["--server", f"{bigip.host}:{bigip.port}", "--ca-path", bigip.ca, "--scratch", "0"]
        assert script.main(options) == 1
        assert "must run BGP and have an empty configuration" in capsys.readouterr().err
