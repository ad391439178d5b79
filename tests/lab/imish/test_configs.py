# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of real devices go in, and come out as the device prints them."""

from __future__ import annotations

import re

import pytest
from imish_box import FIXTURES, sample

PRINTED = [
    "running-config-appworld-calico.txt",
    "running-config-azure-routeserver-tmosmode.txt",
    "running-config-f5ansible-01.txt",
    "running-config-f5ansible-03.txt",
    "running-config-rtbh.txt",
    "running-config-agility-sample.txt",
]
TYPED = sorted(path.name for path in FIXTURES.glob("config-*"))
# A member's line that equals its group's is not repeated; an undeclared neighbor is rejected.
NOT_PRINTED = {
    "config-mhermsdorfer-rd10.txt": {"neighbor 10.1.20.8 activate"},
    "config-batfish-bgp_next_hop_self.txt": {"neighbor 192.0.2.4 next-hop-self"},
}


def significant(text: str) -> list[str]:
    """A configuration's lines without blanks, comments, and the shell's own words."""
    lines = [line.strip() for line in text.splitlines()]
    skipped = re.compile(r"(|!.*|imish .*|enable|configure terminal|end|exit-address-family|.*#sh run)\Z")
    return [line for line in lines if not skipped.match(line)]


def imish_part(name: str) -> str:
    """What of a sample is meant for imish: batfish's begin with a tmsh part, which ends with the last brace."""
    text = sample(name)
    return text[text.rindex("\n}\n") + 3 :] if text.startswith("#TMSH") else text


@pytest.mark.parametrize("name", PRINTED + TYPED)
def test_nothing_of_a_configuration_is_lost(box, name):
    text = imish_part(name)
    text = re.sub(r"^imish .*\n|^net .*\{ \}\n|^W_B.*\n", "", text, flags=re.M)
    if "4201000050" in text:
        text = "bgp extended-asn-cap\n" + text
    said = box.configure(text)
    missing = NOT_PRINTED.get(name, set())
    assert said == ("% Specify remote-as or peer-group commands first\n" if "next_hop_self" in name else "")
    assert set(significant(text)) - set(significant(box.running)) == missing
    extra = set(significant(box.running)) - set(significant(text))
    assert extra <= {
        "no service password-encryption",
        "bgp graceful-restart restart-time 120",
        "line con 0",
        "login",
        "line vty 0 39",
    }


@pytest.mark.parametrize("name", ["running-config-azure-routeserver-tmosmode.txt", "running-config-rtbh.txt"])
def test_a_whole_running_config_is_printed_to_the_letter(box, name):
    box.configure(sample(name))
    assert box.running == sample(name).rstrip("\n") + "\n\n"


def test_an_empty_configuration(box):
    import json

    reply = json.loads((FIXTURES.parent / "bigip" / "rest-imish_output_1.json").read_text())
    assert box.running == reply["commandResult"]


@pytest.mark.parametrize("name", PRINTED + TYPED)
def test_what_is_printed_can_be_typed(boxes, name):
    first, second = boxes(), boxes()
    first.configure("bgp extended-asn-cap\n" + imish_part(name))
    assert second.configure(first.running) == ""
    assert second.running == first.running


def test_parts_of_the_running_config(box):
    box.configure(sample("running-config-azure-routeserver-tmosmode.txt"))
    assert box.do("show running-config router bgp").splitlines()[:2] == ["!", "router bgp 65530"]
    assert box.do("show running-config prefix-list") == (
        "!\nip prefix-list /Common/myPrefixList1 seq 10 permit 10.0.0.0/8 ge 16\n!\n"
    )
    assert box.do("show running-config route-map") == "!\n"
    box.configure("interface lo\n description here\n")
    assert box.do("show running-config interface lo") == "!\ninterface lo\n description here\n!\n"
    assert box.do("show running-config interface eth9") == "% Can't find specified interface\n"
