# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in the inventory, checked without showing them."""

from __future__ import annotations

import re

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.variables import Variables

NAMES = frozenset({"bgp_password", "bigip_password"})

# Calico accepts 80 characters (TCP MD5, RFC 2385) and writes the password between quotes into bird.cfg; imish ends
# a word at a blank and interprets '?' as a request for help and '|' as an output filter.
LONGEST_PASSWORD = 80
_PASSWORD = re.compile(r"[!#-~]+")
_FORBIDDEN = '"?|'


def check_password(shared: Variables) -> None:
    """Report why ``bgp_password`` would not be the same password on both sides."""
    if not shared.is_set("bgp_password"):
        return
    password = shared.values["bgp_password"]
    if not isinstance(password, str):
        shared.problem("bgp_password", "a quoted string", f"a {type(password).__name__}")
        return
    if len(password) > LONGEST_PASSWORD:
        shared.problem("bgp_password", f"at most {LONGEST_PASSWORD} characters", f"{len(password)} characters long")
    if not _PASSWORD.fullmatch(password) or any(character in password for character in _FORBIDDEN):
        shared.problem(
            "bgp_password",
            "printable ASCII without blanks, '\"', '?' and '|': the characters that both imish and bird.cfg accept",
            "of other characters",
        )
