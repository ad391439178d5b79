# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The strict grammar of every word that a user may give."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos import values


@pytest.mark.parametrize(
    ("check", "given"),
    [
        (values.name, "a b"), (values.name, "a;reboot"), (values.name, "$(id)"), (values.name, "a\nb"),
        (values.name, "a'b"), (values.name, ""), (values.name, "é"), (values.name, "-e"), (values.name, "x" * 129),
        (values.peer_group, "10.0.0.1"), (values.peer_group, "2001:db8::1"),
        (values.interface, "vlan 1"), (values.interface, "`id`"),
        (values.address, "10.0.0.256"), (values.address, "10.0.0.1; reboot"), (values.address, "10.0.0.1/24"),
        (values.router_id, "2001:db8::1"),
        (values.prefix, "10.0.0.0"), (values.prefix, "10.0.0.0/33"), (values.prefix, "x/8"),
        (values.text, "what?"), (values.text, "a | b"), (values.text, " a"), (values.text, "a\n no router bgp 1"),
        (values.text, "x" * 81), (values.text, ""),
        (values.communities, "1:1; reboot"), (values.communities, ""), (values.communities, "additive"),
        (values.as_path, ""), (values.as_path, "64512 x"),
        (values.number(1, 10), 11), (values.number(1, 10), "1.5"), (values.number(1, 10), True),
        (values.choice("a", "b"), "c"),
    ],
)  # fmt: skip
def test_what_the_grammar_refuses(check, given):
    with pytest.raises(ValueError):
        check(given)


@pytest.mark.parametrize(
    ("check", "given", "kept"),
    [
        (values.name, "/Common/myList", "myList"),
        (values.name, "/Common/", "/Common/"),
        (values.name, "/Other/myList", "/Other/myList"),
        (values.interface, "/Part/vlan", "/Part/vlan"),
        (values.interface, "10.0.0.1", "10.0.0.1"),
        (values.prefix, "10.1.2.3/8", "10.0.0.0/8"),
        (values.address, "2001:DB8:0::1", "2001:db8::1"),
        (values.text, "two  blanks", "two blanks"),
        (values.communities, "64512:1 no-export additive", "64512:1 no-export additive"),
        (values.communities, "none", "none"),
        (values.as_path, "1.0 64512", "65536 64512"),
    ],
)
def test_what_it_makes_canonical(check, given, kept):
    assert check(given) == kept


def test_a_refused_password_is_not_repeated():
    with pytest.raises(ValueError) as refused:
        values.secret("canary with blanks")
    assert "canary" not in str(refused.value)


def test_addresses_sort_as_numbers():
    words = ["10.0.0.10", "name", "10.0.0.9", "2001:db8::1", "10.0.0.0/8"]
    assert sorted(words, key=values.order) == ["10.0.0.0/8", "10.0.0.9", "10.0.0.10", "2001:db8::1", "name"]
