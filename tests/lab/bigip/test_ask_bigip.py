# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/ask_bigip.py against simulators of which the answers are known."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from bigip.imish.wording import OTHER
from bigip.personality import CHOICES, Personality, choose, pairs
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
    """A device in use: a neighbor with a password, one without IPv4, and an empty route domain 99."""
    rest = Rest(bigip, bigip.user, bigip.password)
    rest.ok("PATCH", f"{DOMAIN}/~Common~0", {"routingProtocol": ["BGP"]})
    rest.ok("POST", DOMAIN, {"name": "scratch", "id": 99, "routingProtocol": ["BGP"]})
    lines = (
        "configure terminal",
        "service password-encryption",
        "router bgp 64512",
        "neighbor 10.9.8.7 remote-as 64513",
        "neighbor 10.9.8.7 password Canary-7f3a",
        "neighbor 10.9.8.6 remote-as 64513",
        "no neighbor 10.9.8.6 activate",
        "end",
    )
    typed = "imish -r 0 " + " ".join(f'-e "{line}"' for line in lines)
    while "Protocol daemon is not running" in (rest.bash(typed) or ""):
        pass
    bigip.forget_calls()


def sheet(chosen: Personality) -> list[str]:
    """The answers that a device with this personality gives."""
    on, always = chosen.graceful_restart == "on", chosen.graceful_restart_printed == "always"
    line, yes = "neighbor ADDRESS capability graceful-restart", "accepted without a reply"
    known = chosen.wording == "known"
    refusals = {
        "U2": "% Activate the neighbor (peer-group) for the address family first" if known else OTHER,
        "U3": "% Deactivate the peer-group only if it has no members" if known else OTHER,
        "refused": "% Hold time must be at least three times the keepalive" if known else OTHER,
        "warning": "% Warning: hold time is less than three times the keepalive interval",
    }
    timers = refusals.get(chosen.timers, yes)
    printed = "not printed" if chosen.timers == "refused" else "printed as `neighbor ADDRESS timers 30 60`"
    policy = "ge 9 le 24" if chosen.policy_lines == "normalised" else "le 24"
    invalid = "% Invalid input detected at '^' marker." if known else OTHER
    listed = int(chosen.summary == "all")
    suffixed = int(chosen.default_route_domain == "always")
    return [
        f"U1  the positive form, typed: {yes}; " + (f"printed as `{line}`" if always or not on else "not printed"),
        f"U1  the negative form, typed: {yes}; printed as `no {line}`",
        "U2  an IPv6 policy line before `activate`: "
        + (refusals["U2"] if chosen.ipv6_policy_before_activate == "refused" else yes),
        "U3  `no activate` of a group with members: "
        + (refusals["U3"] if chosen.deactivate_group_with_members == "refused" else yes),
        f"U4  hold time below three times the keepalive: {timers}; {printed}",
        f"U4  keepalive below the default: {yes}; printed as `neighbor ADDRESS timers 5 15`",
        f"U5  form of hidden passwords: service password-encryption is on; forms: {chosen.hidden_password} HASH",
        f"U5  a password, typed: service password-encryption is on; forms: {chosen.hidden_password} HASH",
        f"U6  a policy line: {yes}; printed as `ip prefix-list ASK seq 5 permit ADDRESS/8 {policy}`",
        f"U9  %0 in route domain 0: {suffixed} of 1 nodes have %0 in their names, {suffixed} in their addresses;",
        f"U7  an unknown word: ^ / {invalid}",
        f"U8  neighbors in `show ip bgp summary`: {1 + listed} of 2 configured neighbors are listed under IPv4; "
        f"of 1 without `activate`, {listed} are",
        f"U8  a neighbor without IPv4 `activate`: {'listed' if listed else 'not listed'}",
        "U10 `| redirect` without a file: " + ("% Invalid output modifier" if known else OTHER),
        "U11 an empty collection of REST: `items` is "
        + ("left out" if chosen.empty_collections == "without-items" else "[]"),
    ]


@pytest.mark.parametrize("answers", pairs(CHOICES), ids=lambda answers: ",".join(answers.values()))
def test_the_answer_sheet(script, monkeypatch, capsys, answers):
    """In every pair of answers to two questions: what the sheet says is what the device is."""
    monkeypatch.setattr(script, "PAUSE", 0)
    chosen = choose(answers)
    with simulator(personality=chosen) as bigip:
        prepared(bigip)
        monkeypatch.setenv("BIGIP_PASSWORD", bigip.password)
        imish = bigip.device.routing.imish
        assert script.main(["--server", f"{bigip.host}:{bigip.port}", "--ca-path", bigip.ca, "--scratch", "99"]) == 0
        printed = capsys.readouterr()
        lines = printed.out.splitlines()
        for each in sheet(chosen):
            assert any(line.startswith(each) for line in lines), (each, printed.out)
        assert {line.split()[0] for line in lines[1:]} == {f"U{number}" for number in range(1, 12)}
        for secret in ("Canary-7f3a", "10.9.8.7", "172.16.40.90", bigip.password):
            assert secret not in printed.out + printed.err
        assert printed.err == ""
        left = imish.command(["imish", "-r", "99", "-e", "show running-config"])
        assert "neighbor" not in left and "prefix-list" not in left and "no service password-encryption" in left
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


def test_a_route_domain_without_routing_is_named(script, monkeypatch, capsys):
    with simulator() as bigip:
        monkeypatch.setenv("BIGIP_PASSWORD", bigip.password)
        assert script.main(["--server", f"{bigip.host}:{bigip.port}", "--ca-path", bigip.ca]) == 1
        assert "route domain 0 has no routing protocol" in capsys.readouterr().err
