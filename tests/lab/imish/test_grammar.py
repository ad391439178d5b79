# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How typed lines find their commands."""

from __future__ import annotations

import pytest
from bigip.imish.grammar import CommandError, next_words, resolve
from bigip.imish.table import Row, forms

TABLE = forms(
    [
        Row("show running-config"),
        Row("show route-map [<name:name>]"),
        Row("neighbor <peer:peer> remote-as ; <asn:asn>"),
        Row("neighbor <peer:ip> peer-group ; <group:group>"),
        Row("neighbor <peer:group> peer-group"),
        Row("neighbor <peer:peer> description ; <text:line>"),
        Row("ip prefix-list <name:name> [seq <seq:1-100>] <act:permit|deny> <net:net4> [ge <ge:0-32>] [le <le:0-32>]"),
        Row("network <net:=any>", forms="set"),
        Row("drop <name:name>", forms="clear"),
    ]
)


@pytest.mark.parametrize(
    ("line", "text", "values"),
    [
        ("sh run", "show running-config", {}),
        ("  SHOW Running-Config  ", "show running-config", {}),
        ("neigh 10.0.0.1 rem 65000", "neighbor 10.0.0.1 remote-as 65000", {"peer": "10.0.0.1", "asn": "65000"}),
        ("neighbor G peer-group", "neighbor G peer-group", {"peer": "G"}),
        ("neighbor 10.0.0.1 peer-group G", "neighbor 10.0.0.1 peer-group G", {"peer": "10.0.0.1", "group": "G"}),
        ("neighbor 10.0.0.1 remote-as 1.10", "neighbor 10.0.0.1 remote-as 65546", {"peer": "10.0.0.1", "asn": "65546"}),
        (
            "neighbor 2001:DB8:0::1 desc two  blanks",
            "neighbor 2001:db8::1 description two  blanks",
            {"peer": "2001:db8::1", "text": "two  blanks"},
        ),
        (
            "ip prefix-list P permit 10.1.2.3/16 le 24",
            "ip prefix-list P permit 10.1.0.0/16 le 24",
            {"name": "P", "act": "permit", "net": "10.1.0.0/16", "le": "24"},
        ),
        (
            "ip pre seq seq 5 deny 10.0.0.0/8 ge 9 le 10",
            "ip prefix-list seq seq 5 deny 10.0.0.0/8 ge 9 le 10",
            {"name": "seq", "seq": "5", "act": "deny", "net": "10.0.0.0/8", "ge": "9", "le": "10"},
        ),
    ],
)
def test_a_line_is_understood(line, text, values):
    match = resolve(TABLE, line)
    assert (match.text, match.values, match.negated) == (text, values, False)


@pytest.mark.parametrize(
    "line",
    [
        "no neighbor 10.0.0.1 remote-as",
        "no neighbor 10.0.0.1 remote-as 5",
        "no neighbor 10.0.0.1 description",
        "no neighbor 10.0.0.1 description old words",
        "no drop X",
    ],
)
def test_a_no_may_stop_after_the_head(line):
    assert resolve(TABLE, line).negated


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("shew running-config", 0),
        ("show running-config now", 20),
        ("neighbor 10.0.0.1 remote-as 0", 28),
        ("neighbor 10.0.0.1 remote-as 4294967296", 28),
        ("neighbor 10.0.0.1 remote-as 65536.1", 28),
        ("neighbor 10.0.0.300 remote-as 1", 9),
        ("ip prefix-list P permit 10.0.0.0/33", 24),
        ("ip prefix-list P seq 101 permit 10.0.0.0/8", 21),
        ("no network any", 3),
        ("drop X", 0),
    ],
)
def test_the_caret_is_under_the_word(line, column):
    with pytest.raises(CommandError) as caught:
        resolve(TABLE, line, prompt=3)
    assert caught.value.reply == " " * (column + 3) + "^\n% Invalid input detected at '^' marker.\n"


@pytest.mark.parametrize(
    "line",
    [
        "show",
        "neighbor",
        "neighbor 10.0.0.1",
        "neighbor 10.0.0.1 remote-as",
        "ip prefix-list P",
        "no neighbor 10.0.0.1",
        "neighbor 10.0.0.1 peer-group",
    ],
)
def test_too_little_is_incomplete(line):
    with pytest.raises(CommandError, match="% Incomplete command."):
        resolve(TABLE, line)


@pytest.mark.parametrize("line", ["show r", "sh r", "n any"])
def test_a_cut_that_fits_two_words_is_ambiguous(line):
    with pytest.raises(CommandError) as caught:
        resolve(TABLE, line)
    assert caught.value.reply == f'% Ambiguous command:  "{line}"\n'


def test_what_may_follow():
    assert next_words(TABLE, "show ") == ["route-map", "running-config"]
    assert next_words(TABLE, "show ru") == ["running-config"]
    assert next_words(TABLE, "show route-map ") == ["<cr>", "NAME"]
    assert next_words(TABLE, "ip prefix-list P ") == ["deny", "permit", "seq"]


def test_unbalanced_brackets_are_an_error_of_the_table():
    with pytest.raises(ValueError, match="unbalanced"):
        forms([Row("show [ip")])
