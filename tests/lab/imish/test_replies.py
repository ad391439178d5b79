# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the shell refuses, and with which words; and what a `no` takes away."""

from __future__ import annotations

import pytest

UNKNOWN = "% Specify remote-as or peer-group commands first\n"
INVALID = "% Invalid input detected at '^' marker.\n"
GROUPED = ("neighbor G peer-group", "neighbor G remote-as 64512", "neighbor 10.0.0.1 peer-group G")


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        (("router bgp 64513",), "% BGP is already running; AS is 64512\n"),
        (("no router bgp 64513",), "% Can't find BGP instance\n"),
        (("neighbor 10.0.0.9 description x",), UNKNOWN),
        (("neighbor H description x",), UNKNOWN),
        (("no neighbor 10.0.0.9",), UNKNOWN),
        (("no neighbor 10.0.0.9 remote-as 1",), UNKNOWN),
        (("no neighbor 10.0.0.9 peer-group G",), UNKNOWN),
        (("neighbor H remote-as 1",), "% Create the peer-group first\n"),
        (("no neighbor H peer-group",), "% Create the peer-group first\n"),
        (("neighbor 10.0.0.9 peer-group H",), "% Configure the peer-group first\n"),
        (
            ("neighbor H peer-group", "neighbor 10.0.0.9 peer-group H"),
            "% Specify remote-as or peer-group remote AS first\n",
        ),
        (
            (*GROUPED, "neighbor H peer-group", "neighbor 10.0.0.1 peer-group H"),
            "% Cannot change peer-group. Deconfigure first\n",
        ),
        ((*GROUPED, "neighbor 10.0.0.1 remote-as 5"), "% Peer-group AS 64512. Cannot configure remote-as for member\n"),
        (
            ("neighbor 10.0.0.9 remote-as 65536",),
            "% Extended ASN capability is not enabled: AS number must be in range <1-65535>\n",
        ),
        (("no network 10.0.0.0/8",), "% Can't find specified static route configuration.\n"),
        (("no aggregate-address 10.0.0.0/8",), "% There is no aggregate-address configuration.\n"),
        (("no ip prefix-list P",), "% Can't find specified prefix-list\n"),
        (("no ip prefix-list P seq 5 permit any",), "% Can't find specified prefix-list\n"),
        (
            ("ip prefix-list P permit 10.0.0.0/16 le 16",),
            "% Invalid prefix range for 10.0.0.0/16, make sure: len < ge-value <= le-value\n",
        ),
        (
            ("ip prefix-list P permit 10.0.0.0/16 ge 25 le 24",),
            "% Invalid prefix range for 10.0.0.0/16, make sure: len < ge-value <= le-value\n",
        ),
        (("no route-map R",), "% Could not find route-map R\n"),
        (("no route-map R permit 10",), "% Could not find route-map R\n"),
        (("no access-list 10 permit any",), "% Can't find specified access-list\n"),
        (("no access-list 10",), "% Can't find specified access-list\n"),
        (("no ip route 10.0.0.0/8 10.0.0.1",), "% No matching route to delete\n"),
        (("no interface eth9",), "% Can't find specified interface\n"),
        (("neighbor 10.0.0.9 remote-as 5", "neighbor 10.0.0.9 password two words"), "% Invalid password\n"),
        (("neighbor 10.0.0.9 remote-as 5", "neighbor 10.0.0.9 timers 3"), "% Incomplete command.\n"),
    ],
)
def test_a_refusal(box, lines, reply):
    before = box.bgp(*lines[:-1])
    assert before == ""
    running = box.running
    assert box.bgp(lines[-1]) == reply
    assert box.running == running


def test_four_octet_numbers_need_the_capability(box):
    assert "Extended ASN" in box.configure("router bgp 4200000000")
    assert box.configure("bgp extended-asn-cap\nrouter bgp 64086.59904") == ""
    assert "router bgp 4200000000" in box.lines
    assert box.configure("no bgp extended-asn-cap") == (
        "% Cannot disable extended ASN capability: 4-octet AS numbers are configured\n"
    )
    assert box.configure("no router bgp 4200000000\nno bgp extended-asn-cap") == ""
    assert "bgp extended-asn-cap" not in box.lines


def test_a_bad_line_is_reported_and_the_rest_goes_on(box):
    reply = box.bgp("neighbour 10.0.0.1 remote-as 1", "bgp router-id 10.0.0.300", "neighbor 10.0.0.1 remote-as 64512")
    assert reply == f"^\n{INVALID}              ^\n{INVALID}"
    assert " neighbor 10.0.0.1 remote-as 64512" in box.lines


def test_the_deepest_understanding_is_reported(box):
    """`ip prefix-list` belongs to the mode around; its error is reported there, not at its first word."""
    assert box.bgp("ip prefix-list P permit 10.0.0.0/40") == f"{'':24}^\n{INVALID}"


def test_lines_of_the_top_level_end_a_section(box):
    assert (
        box.bgp(
            "neighbor 10.0.0.1 remote-as 64512",
            "ip prefix-list P permit any",
            "route-map R permit 10",
            " match ip address prefix-list P",
            "router bgp 64512",
            "redistribute kernel route-map R",
        )
        == ""
    )
    assert {
        " redistribute kernel route-map R",
        "ip prefix-list P seq 5 permit any",
        " match ip address prefix-list P",
    } <= set(box.lines)


def test_a_group_takes_its_members_along(box):
    box.bgp(*GROUPED, "neighbor 10.0.0.2 remote-as 5", "neighbor 10.0.0.1 description mine")
    assert box.bgp("no neighbor G peer-group") == ""
    assert [line for line in box.lines if "neighbor" in line] == [" neighbor 10.0.0.2 remote-as 5"]


def test_a_group_without_an_as_lets_its_members_go(box):
    box.bgp("neighbor G peer-group", "neighbor 10.0.0.1 remote-as 5", "neighbor 10.0.0.1 peer-group G")
    assert box.bgp("no neighbor 10.0.0.1 peer-group G") == ""
    assert " neighbor 10.0.0.1 remote-as 5" in box.lines
    box.bgp("neighbor 10.0.0.1 peer-group G", "neighbor G remote-as 7")
    assert " neighbor 10.0.0.1 remote-as 5" not in box.lines
    assert box.bgp("no neighbor G remote-as") == ""
    assert [line for line in box.lines if "10.0.0.1" in line] == [
        " neighbor 10.0.0.1 remote-as 5",
        " neighbor 10.0.0.1 peer-group G",
    ]


def test_no_neighbor_forgets_all_of_it(box):
    box.bgp(
        "neighbor 10.0.0.1 remote-as 5",
        "neighbor 10.0.0.1 route-map R in",
        "neighbor 10.0.0.1 timers 3 9",
        "address-family ipv6",
        "neighbor 10.0.0.1 activate",
    )
    assert box.bgp("no neighbor 10.0.0.1") == ""
    assert not [line for line in box.lines if "10.0.0.1" in line or "ipv6" in line]


def test_a_new_remote_as_replaces_the_old(box):
    box.bgp("neighbor 10.0.0.1 remote-as 5", "neighbor 10.0.0.1 remote-as 6")
    assert [line for line in box.lines if "10.0.0.1" in line] == [" neighbor 10.0.0.1 remote-as 6"]


def test_members_show_only_what_differs(box):
    box.bgp(
        *GROUPED,
        "neighbor G timers 3 9",
        "neighbor 10.0.0.1 timers 3 9",
        "neighbor G next-hop-self",
        "no neighbor 10.0.0.1 next-hop-self",
        "neighbor 10.0.0.1 send-community",
        "neighbor G shutdown",
    )
    assert [line for line in box.lines if "10.0.0.1" in line] == [
        " neighbor 10.0.0.1 peer-group G",
        " no neighbor 10.0.0.1 next-hop-self",
    ]
    box.bgp("neighbor G timers 5 15")
    assert " neighbor 10.0.0.1 timers 3 9" in box.lines


def test_defaults_are_not_printed_but_one(box):
    box.bgp(
        "timers bgp 30 90",
        "no auto-summary",
        "no synchronization",
        "neighbor 10.0.0.1 remote-as 5",
        "neighbor 10.0.0.1 version 4",
        "neighbor 10.0.0.1 send-community both",
        "neighbor 10.0.0.1 activate",
    )
    assert [line for line in box.lines if line.startswith(" ") and "login" not in line] == [
        " bgp graceful-restart restart-time 120",
        " neighbor 10.0.0.1 remote-as 5",
    ]
    box.bgp(
        "bgp graceful-restart restart-time 60",
        "no neighbor 10.0.0.1 activate",
        "timers bgp 1 3",
        "no neighbor 10.0.0.1 send-community",
        "no neighbor 10.0.0.1 capability route-refresh",
    )
    assert {
        " bgp graceful-restart restart-time 60",
        " no neighbor 10.0.0.1 activate",
        " timers bgp 1 3",
        " no neighbor 10.0.0.1 send-community both",
        " no neighbor 10.0.0.1 capability route-refresh",
    } <= set(box.lines)
    box.bgp(
        "no bgp graceful-restart restart-time",
        "neighbor 10.0.0.1 activate",
        "no timers bgp",
        "neighbor 10.0.0.1 send-community extended",
        "neighbor 10.0.0.1 capability route-refresh",
    )
    assert [line for line in box.lines if line.startswith(" ") and "login" not in line] == [
        " bgp graceful-restart restart-time 120",
        " neighbor 10.0.0.1 remote-as 5",
        " neighbor 10.0.0.1 send-community extended",
    ]


def test_communities_are_two_switches(box):
    box.bgp("neighbor G peer-group", "neighbor G remote-as 5", "neighbor 10.0.0.1 peer-group G")
    for lines, shown in (
        (("no neighbor G send-community extended",), " neighbor G send-community standard"),
        (("no neighbor G send-community standard",), " no neighbor G send-community both"),
        (("neighbor G send-community extended",), " neighbor G send-community extended"),
        (("no neighbor 10.0.0.1 send-community extended",), " no neighbor 10.0.0.1 send-community both"),
        (("neighbor 10.0.0.1 send-community", "neighbor G send-community both"), None),
    ):
        assert box.bgp(*lines) == ""
        assert [line for line in box.lines if "send-community" in line][-1:] == ([shown] if shown else [])


def test_prefix_lists_number_themselves(box):
    box.configure(
        "ip prefix-list P permit 10.0.0.0/8 le 24\nip prefix-list P deny 0.0.0.0/0 le 32\n"
        "ip prefix-list P seq 12 permit 11.1.1.1/8\nip prefix-list P permit 12.0.0.0/8\n"
        "ip prefix-list P permit 12.0.0.0/8\n"
    )
    assert box.do("show running-config prefix-list").splitlines()[1:-1] == [
        "ip prefix-list P seq 5 permit 10.0.0.0/8 le 24",
        "ip prefix-list P seq 10 deny any",
        "ip prefix-list P seq 12 permit 11.0.0.0/8",
        "ip prefix-list P seq 15 permit 12.0.0.0/8",
    ]
    assert box.configure(
        "no ip prefix-list P deny any\nno ip prefix-list P seq 15 permit 12.0.0.0/8\n"
        "ip prefix-list P seq 5 permit 13.0.0.0/8\nno ip prefix-list P seq 5 permit 10.0.0.0/8"
    ) == ("% Can't find specified prefix-list\n")
    assert box.do("show ip prefix-list") == (
        "ip prefix-list P: 2 entries\n   seq 5 permit 13.0.0.0/8\n   seq 12 permit 11.0.0.0/8\n"
    )
    assert box.configure("no ip prefix-list P") == ""
    assert box.do("show ip prefix-list") == ""


def test_route_maps(box):
    box.configure(
        "route-map R permit 10\n match ip address prefix-list P\n match ip address A\n set metric 5\n"
        "route-map Q deny 5\nroute-map R deny 5\nroute-map R permit 10\n no match ip address\n"
    )
    assert box.do("show running-config route-map").splitlines() == [
        "!",
        "route-map R deny 5",
        "!",
        "route-map R permit 10",
        " match ip address prefix-list P",
        " set metric 5",
        "!",
        "route-map Q deny 5",
        "!",
    ]
    assert box.do("show route-map R") == (
        "route-map R, deny, sequence 5\n  Match clauses:\n  Set clauses:\n"
        "route-map R, permit, sequence 10\n  Match clauses:\n    ip address prefix-list P\n"
        "  Set clauses:\n    metric 5\n"
    )
    assert box.configure("no route-map R permit 5") == "% Could not find route-map R\n"
    assert box.configure("no route-map R deny 5\nno route-map Q\nno route-map R") == ""
    assert box.do("show route-map") == ""
    assert box.do("show route-map R") == "% Could not find route-map R\n"


def test_communities_are_read(box):
    box.configure("route-map R permit 10\n set community 1:2 no-export additive\n")
    assert box.configure("route-map R permit 10\n set community red\n") == "% Malformed communities attribute\n"
    assert " set community 1:2 no-export additive" in box.lines


def test_policies_of_a_neighbor_stand_one_each_way(box):
    box.bgp(
        "neighbor 10.0.0.1 remote-as 5",
        "neighbor 10.0.0.1 route-map A in",
        "neighbor 10.0.0.1 route-map B out",
        "neighbor 10.0.0.1 route-map C in",
    )
    assert [line for line in box.lines if "route-map" in line] == [
        " neighbor 10.0.0.1 route-map C in",
        " neighbor 10.0.0.1 route-map B out",
    ]


def test_redistribute_within_ipv4_is_taken_and_dropped(box):
    assert (
        box.bgp(
            "address-family ipv4",
            "redistribute kernel",
            "network 10.0.0.0/8",
            "exit-address-family",
            "redistribute static",
        )
        == ""
    )
    assert [line for line in box.lines if line.startswith((" redis", " netw"))] == [
        " network 10.0.0.0/8",
        " redistribute static",
    ]


def test_passwords_hide_where_the_service_is_on(box):
    box.bgp("neighbor 10.0.0.1 remote-as 5", "neighbor 10.0.0.1 password s3cr3t-canary")
    assert " neighbor 10.0.0.1 password s3cr3t-canary" in box.lines
    box.configure("service password-encryption")
    assert "s3cr3t-canary" not in box.running
    hidden = next(line for line in box.lines if "password 7 " in line)
    box.bgp("no neighbor 10.0.0.1 password", hidden, "no service password-encryption")
    assert " neighbor 10.0.0.1 password s3cr3t-canary" in box.lines


def test_abbreviations(box):
    assert box.do("conf t", "router bg 64512", "nei 10.0.0.1 remote 65000", "nei 10.0.0.1 desc a b", "redis ker") == ""
    assert {" neighbor 10.0.0.1 remote-as 65000", " neighbor 10.0.0.1 description a b", " redistribute kernel"} <= set(
        box.do("sh run").splitlines()
    )
    assert box.do("sh ip pref") == ""
    assert box.do("conf t", "rout bgp 64512") == '% Ambiguous command:  "rout bgp 64512"\n'
    assert box.do("sh r") == '% Ambiguous command:  "sh r"\n'
    assert box.do("show ip") == "% Incomplete command.\n"
