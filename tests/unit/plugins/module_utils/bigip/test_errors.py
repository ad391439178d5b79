# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are hidden and control characters removed in whatever a device prints."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import STAYS, BigIpError, Refused
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.secrets import clean, mask


@pytest.mark.parametrize(
    "line",
    [
        " neighbor 10.0.0.1 password canary",
        "neighbor g password 7 canary",
        "neighbor g password 3 canary canary",
        "neighbor g password encrypted canary",
        "password canary",
        "no neighbor x password canary",
        "enable password 8 canary",
        "enable secret canary",
        "username admin privilege 15 password 0 canary",
        "  key-string canary",
        " ip ospf authentication-key canary",
        " ip ospf message-digest-key 1 md5 canary",
        " area 0.0.0.1 virtual-link 10.0.0.1 authentication-key canary",
        " ip rip authentication string canary",
        " isis password canary level-1",
        " area-password canary authenticate snp validate",
        " domain-password canary",
        "snmp-server community canary ro",
    ],
)
def test_whatever_follows_a_password_is_hidden(line):
    assert "canary" not in mask(line)
    assert mask(line).endswith("********")
    assert mask(f"before\n{line}\nafter").split("\n")[::2] == ["before", "after"]


@pytest.mark.parametrize(
    "line",
    [
        "service password-encryption",
        "no service password-encryption",
        " neighbor 10.0.0.1 description rotate the password weekly",
        "access-list 1 remark password of nobody",
        " ip rip authentication key-chain rip",
        " set community 65000:1",
        " neighbor 10.0.0.1 send-community both",
        "ip ospf authentication message-digest",
    ],
)
def test_other_lines_stay(line):
    assert mask(line) == line


def test_control_characters_are_removed():
    assert clean("\x1b[31mred\x1b[0m\x07 a\tb\r\nc\x00\x9b") == "red a\tb\nc"
    assert mask("\x1b]0;title\x07password canary") == "password ********"
    assert str(BigIpError("\x1b[2Jboth \x08gone")) == "both gone"


def test_an_extended_error_stays_what_it_is():
    error = Refused("no", ["% no"]).extended("It " + STAYS + " undone", "")
    assert str(error) == "no. It could NOT be undone" and error.refused == ["% no"] and error.leaves_something
