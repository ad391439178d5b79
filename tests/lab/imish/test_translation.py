# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every ZebOS line in FRR's words."""

from __future__ import annotations

import pytest
from bigip.imish.frr import Op, cleanup, replay

ROUTER = ("router bgp 64512",)
IPV4 = (*ROUTER, "address-family ipv4 unicast")
IPV6 = (*ROUTER, "address-family ipv6 unicast")
PEER = ("neighbor 10.0.0.1 remote-as 65000",)


def told(box, *lines) -> list[Op]:
    del box.engine.told[:]
    assert box.bgp(*lines) == ""
    return box.engine.told


@pytest.mark.parametrize(
    ("line", "path", "frr"),
    [
        ("bgp router-id 10.0.0.9", ROUTER, "bgp router-id 10.0.0.9"),
        ("max-paths ebgp 8", IPV4, "maximum-paths 8"),
        ("max-paths ibgp 4", IPV4, "maximum-paths ibgp 4"),
        ("timers bgp 10 35", ROUTER, "timers bgp 10 35"),
        ("redistribute kernel route-map R", IPV4, "redistribute kernel route-map R"),
        ("network 10.1.2.3/8", IPV4, "network 10.0.0.0/8"),
        ("aggregate-address 10.0.0.0/8 summary-only", IPV4, "aggregate-address 10.0.0.0/8 summary-only"),
        ("neighbor 10.0.0.1 fall-over bfd", ROUTER, "neighbor 10.0.0.1 bfd"),
        ("neighbor 10.0.0.1 ebgp-multihop", ROUTER, "neighbor 10.0.0.1 ebgp-multihop 255"),
        ("neighbor 10.0.0.1 password p", ROUTER, "neighbor 10.0.0.1 password p"),
        ("neighbor 10.0.0.1 prefix-list P in", IPV4, "neighbor 10.0.0.1 prefix-list P in"),
        (
            "neighbor 10.0.0.1 maximum-prefix 10 80 warning-only",
            IPV4,
            "neighbor 10.0.0.1 maximum-prefix 10 80 warning-only",
        ),
        ("no neighbor 10.0.0.1 activate", IPV4, "no neighbor 10.0.0.1 activate"),
        ("neighbor 10.0.0.1 enforce-multihop", ROUTER, "neighbor 10.0.0.1 disable-connected-check"),
        ("ip as-path access-list A permit ^$", (), "bgp as-path access-list A permit ^$"),
        ("ip community-list standard C permit 1:2", (), "bgp community-list standard C permit 1:2"),
        ("ip prefix-list P permit 10.0.0.0/8 le 32", (), "ip prefix-list P seq 5 permit 10.0.0.0/8 le 32"),
    ],
)
def test_a_line(box, line, path, frr):
    box.bgp(*PEER)
    assert told(box, line) == [Op("bgpd", path, frr)]


@pytest.mark.parametrize(
    ("line", "undo", "frr"),
    [
        ("max-paths ebgp 8", "no max-paths ebgp", "no maximum-paths"),
        ("timers bgp 10 35", "no timers bgp", "timers bgp 30 90"),
        (
            "bgp graceful-restart restart-time 5",
            "no bgp graceful-restart restart-time",
            "bgp graceful-restart restart-time 120",
        ),
        ("neighbor 10.0.0.1 timers 3 9", "no neighbor 10.0.0.1 timers", "no neighbor 10.0.0.1 timers 3 9"),
        ("neighbor 10.0.0.1 password p", "no neighbor 10.0.0.1 password", "no neighbor 10.0.0.1 password"),
        (
            "neighbor 10.0.0.1 route-map R in",
            "no neighbor 10.0.0.1 route-map R in",
            "no neighbor 10.0.0.1 route-map R in",
        ),
        ("neighbor 10.0.0.1 shutdown", "no neighbor 10.0.0.1 shutdown", "no neighbor 10.0.0.1 shutdown"),
    ],
)
def test_a_line_taken_back(box, line, undo, frr):
    box.bgp(*PEER, line)
    assert [op.line for op in told(box, undo)] == [frr]


@pytest.mark.parametrize(
    "line",
    [
        "neighbor 10.0.0.1 version 4",
        "no auto-summary",
        "no synchronization",
        "bgp log-neighbor-changes",
        "bgp graceful-restart graceful-reset",
        "no neighbor 10.0.0.1 capability route-refresh",
        "log syslog",
        "service password-encryption",
        "bgp extended-asn-cap",
        "bfd gtsm enable",
        "interface eth1",
    ],
)
def test_what_frr_lacks_is_kept_here(box, line):
    box.bgp(*PEER)
    assert told(box, line) == []


def test_ipv6_goes_to_its_own_family(box):
    assert told(box, *PEER, "address-family ipv6", "neighbor 10.0.0.1 activate", "network 2001:db8::/32")[-2:] == [
        Op("bgpd", IPV6, "neighbor 10.0.0.1 activate"),
        Op("bgpd", IPV6, "network 2001:db8::/32"),
    ]


def test_route_map_lines_go_into_their_entry(box):
    box.bgp()
    assert told(box, "route-map R permit 10", "match ip peer A", "route-map R permit 10", "set metric 3") == [
        Op("bgpd", (), "route-map R permit 10"),
        Op("bgpd", ("route-map R permit 10",), "match peer A"),
        Op("bgpd", ("route-map R permit 10",), "set metric 3"),
    ]


def test_a_repeated_line_is_sent_once(box):
    box.bgp(*PEER, "neighbor 10.0.0.1 timers 3 9")
    assert told(box, *PEER, "neighbor 10.0.0.1 timers 3 9") == []


def test_graceful_restart_is_sent_to_each_member_once(box):
    on = [Op("bgpd", ROUTER, "neighbor 10.0.0.1 graceful-restart"), Op("bgpd", None, "clear bgp 10.0.0.1")]
    off = [Op("bgpd", ROUTER, "no neighbor 10.0.0.1 graceful-restart"), Op("bgpd", None, "clear bgp 10.0.0.1")]
    box.bgp("neighbor G peer-group", "neighbor G remote-as 64512", "neighbor 10.0.0.1 peer-group G")
    assert told(box, "neighbor G capability graceful-restart") == [], "the default"
    assert told(box, "no neighbor G capability graceful-restart") == off
    assert told(box, "neighbor G capability graceful-restart") == on
    assert told(box, "neighbor G capability graceful-restart") == []
    assert told(box, "no neighbor 10.0.0.1 capability graceful-restart") == off
    assert told(box, "no neighbor G capability graceful-restart") == []
    assert told(box, "neighbor 10.0.0.1 capability graceful-restart") == on
    box.bgp("neighbor G capability graceful-restart")
    assert told(box, "neighbor 10.0.0.2 peer-group G")[1:] == [Op("bgpd", ROUTER, "neighbor 10.0.0.2 graceful-restart")]


def test_one_kind_of_community_is_sent_as_none_and_then_one(box):
    box.bgp(*PEER)
    assert [op.line for op in told(box, "no neighbor 10.0.0.1 send-community extended")] == [
        "no neighbor 10.0.0.1 send-community both",
        "neighbor 10.0.0.1 send-community standard",
    ]


def test_a_refusal_of_frr_leaves_the_configuration_alone(box):
    box.bgp(*PEER)
    before = box.running
    box.engine.refuses = ("local-as", "% Cannot have local-as same as BGP AS number")
    assert box.bgp("neighbor 10.0.0.1 local-as 64512") == "% Cannot have local-as same as BGP AS number\n"
    assert box.running == before


def test_replay_says_all_again_in_an_order_that_works(box):
    box.bgp(
        "neighbor G peer-group",
        "neighbor G remote-as 64512",
        "neighbor G capability graceful-restart",
        "neighbor 10.0.0.1 peer-group G",
        "neighbor 10.0.0.1 description d",
        "redistribute kernel route-map R",
        "ip prefix-list P permit any",
        "route-map R permit 10",
        "match ip address prefix-list P",
        "log syslog",
    )
    lines = [op.line for op in replay(box.imi.config)]
    assert lines.index("ip prefix-list P seq 5 permit any") < lines.index("route-map R permit 10")
    for first, second in (
        ("neighbor G peer-group", "neighbor G remote-as 64512"),
        ("neighbor G remote-as 64512", "neighbor 10.0.0.1 peer-group G"),
        ("neighbor 10.0.0.1 peer-group G", "neighbor 10.0.0.1 description d"),
        ("no bgp ebgp-requires-policy", "neighbor G peer-group"),
    ):
        assert lines.index(first) < lines.index(second)
    assert lines.count("neighbor 10.0.0.1 graceful-restart") == 1
    assert "log syslog" not in lines
    assert all(op.path is not None for op in replay(box.imi.config)), "a replay resets no session"


def test_cleanup_takes_away_what_a_daemon_shows():
    running = (
        "frr version 8.4.4\n!\nrouter bgp 64512\n neighbor 10.0.0.1 remote-as 5\nexit\n!\n"
        "ip prefix-list P seq 5 permit any\nroute-map R permit 10\n match ip address prefix-list P\nexit\n"
        "bgp as-path access-list A seq 5 permit ^1$\n"
    )
    assert [op.line for op in cleanup(running)] == [
        "no router bgp 64512",
        "no ip prefix-list P seq 5 permit any",
        "no route-map R permit 10",
        "no bgp as-path access-list A seq 5 permit ^1$",
    ]
