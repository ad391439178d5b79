# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what no sample has."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import (
    DefaultOriginate,
    MaximumPrefix,
    Password,
    PrefixRule,
    Timers,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse


def router(*lines):
    return parse("router bgp 64512\n" + "".join(f" {line}\n" for line in lines) + "!\nend\n")


def neighbor(*words):
    return router(*(f"neighbor 10.0.0.1 {word}" for word in words)).bgp.neighbors["10.0.0.1"]


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("remote-as 1.10", "remote_as", 65546),
        ("peer-group g", "peer_group", "g"),
        ("description two words", "description", "two words"),
        ("password s3cret", "password", Password("s3cret")),
        ("password 7 0x12ab", "password", Password("7 0x12ab", encrypted=True)),
        ("password 3 x==", "password", Password("3 x==", encrypted=True)),
        ("password encrypted x", "password", Password("encrypted x", encrypted=True)),
        ("password 0x12ab", "password", Password("0x12ab", encrypted=True)),
        ("timers 3 9", "timers", Timers(3, 9)),
        ("update-source /Part/vlan", "update_source", "/Part/vlan"),
        ("ebgp-multihop", "ebgp_multihop", 255),
        ("ebgp-multihop 2", "ebgp_multihop", 2),
        ("ttl-security hops 1", "ttl_security", 1),
        ("fall-over bfd", "fall_over_bfd", True),
        ("prefix-list /Common/p in", "prefix_list_in", "p"),
        ("route-map r out", "route_map_out", "r"),
        ("maximum-prefix 10 warning-only", "maximum_prefix", MaximumPrefix(10, None, True)),
        ("maximum-prefix 10 80", "maximum_prefix", MaximumPrefix(10, 80)),
        ("soft-reconfiguration inbound", "soft_reconfiguration_inbound", True),
        ("send-community", "send_community", "standard"),
        ("send-community both", "send_community", "both"),
        ("as-override", "as_override", True),
        ("default-originate", "default_originate", DefaultOriginate()),
        ("default-originate route-map r", "default_originate", DefaultOriginate(True, "r")),
        ("capability graceful-restart", "capability_graceful_restart", True),
        ("shutdown", "shutdown", True),
        ("next-hop-self", "next_hop_self", True),
        ("activate", "activate", True),
    ],
)
def test_each_option_of_a_neighbor(words, field, value):
    assert getattr(neighbor(words), field) == value


@pytest.mark.parametrize(
    "flag", ["activate", "capability route-refresh", "capability graceful-restart", "next-hop-self"]
)
def test_a_negated_flag_is_off_and_not_unsaid(flag):
    peer = router("neighbor 10.0.0.1 remote-as 1", f"no neighbor 10.0.0.1 {flag}").bgp.neighbors["10.0.0.1"]
    assert getattr(peer, flag.replace(" ", "_").replace("-", "_")) is False


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (["no neighbor 10.0.0.1 send-community"], "extended"),
        (["no neighbor 10.0.0.1 send-community extended"], "standard"),
        (["no neighbor 10.0.0.1 send-community both"], "none"),
        (["no neighbor 10.0.0.1 send-community both", "neighbor 10.0.0.1 send-community extended"], "extended"),
        (["neighbor 10.0.0.1 send-community", "neighbor 10.0.0.1 send-community extended"], "both"),
    ],
)
def test_the_two_switches_of_send_community(lines, value):
    assert router("neighbor 10.0.0.1 remote-as 1", *lines).bgp.neighbors["10.0.0.1"].send_community == value


@pytest.mark.parametrize(
    "line",
    ["nei 10.0.0.1 remote 65000", "neigh 10.0.0.1 remote-a 65000", "neighbor 10.0.0.1 rem 65000"],
)
def test_abbreviations(line):
    assert router(line).bgp.neighbors["10.0.0.1"].remote_as == 65000


def test_an_ambiguous_abbreviation_is_kept_and_not_guessed():
    config = router("neighbor 10.0.0.1 remote-as 1", "neighbor 10.0.0.1 s")
    assert [line.text for line in config.unmanaged] == ["neighbor 10.0.0.1 s"]


def test_what_is_not_understood_keeps_line_block_and_order():
    config = parse(
        "!\nhostname x\nrouter bgp 1\n neighbor 10.0.0.1 remote-as 2\n neighbor 10.0.0.1 weight 7\n"
        " neighbor 10.0.0.1 remote-as nonsense\n !\n address-family ipv6\n neighbor 10.0.0.1 weight 8\n"
        " exit-address-family\n!\nrouter ospf 1\n network 10.0.0.0/8 area 0\n!\n"
        "route-map r permit 10\n match extcommunity 5\n set metric 3\n!\nend\n"
    )
    assert [(line.line, line.block, line.text) for line in config.unmanaged] == [
        (2, "", "hostname x"),
        (5, "router bgp", "neighbor 10.0.0.1 weight 7"),
        (6, "router bgp", "neighbor 10.0.0.1 remote-as nonsense"),
        (9, "address-family ipv6", "neighbor 10.0.0.1 weight 8"),
        (12, "", "router ospf 1"),
        (13, "router ospf 1", "network 10.0.0.0/8 area 0"),
        (16, "route-map r permit 10", "match extcommunity 5"),
    ]
    assert config.bgp.ipv4.networks == {}
    assert config.route_maps["r"].entries[10].set == {"metric": 3}


def test_another_address_family_is_left_alone():
    config = router("address-family vpnv4 unicast", "neighbor 10.0.0.1 activate", "exit-address-family",
                    "neighbor 10.0.0.1 remote-as 1")  # fmt: skip
    assert config.bgp.neighbors["10.0.0.1"].activate is None
    assert [line.text for line in config.unmanaged] == [
        "address-family vpnv4 unicast", "neighbor 10.0.0.1 activate", "exit-address-family",
    ]  # fmt: skip


def test_the_ipv4_family_is_the_router_itself():
    peer = router("neighbor 10.0.0.1 remote-as 1", "address-family ipv4 unicast", "no neighbor 10.0.0.1 activate",
                  "exit-address-family").bgp.neighbors["10.0.0.1"]  # fmt: skip
    assert peer.activate is False


def test_lost_indentation_of_the_ipv6_family():
    bgp = parse("router bgp 1\nneighbor 10.0.0.1 remote-as 1\n!\naddress-family ipv6\nneighbor 10.0.0.1 activate\n"
                "exit-address-family\n!\nip prefix-list p seq 5 permit any\n").bgp  # fmt: skip
    assert bgp.neighbors["10.0.0.1"].ipv6.activate is True


def test_networks_in_every_form():
    networks = router("network 10.1.0.0/16", "network 10.2.0.0 mask 255.255.0.0", "network 10.3.0.0/16 route-map r").bgp
    assert list(networks.ipv4.networks) == ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]
    assert networks.ipv4.networks["10.3.0.0/16"].route_map == "r"


def test_a_prefix_list_without_numbers_and_with_any():
    lists = parse(
        "ip prefix-list p permit 10.0.0.0/8\nip prefix-list p deny any\nipv6 prefix-list p seq 7 permit any\n"
    )
    assert lists.prefix_lists[("ipv4", "p")].entries == {
        5: PrefixRule("permit", "10.0.0.0/8"),
        10: PrefixRule("deny", "0.0.0.0/0", None, 32),
    }
    assert lists.prefix_lists[("ipv6", "p")].entries == {7: PrefixRule("permit", "::/0", None, 128)}


def test_a_second_router_of_another_number_is_kept_and_not_mixed_in():
    config = parse("router bgp 1\n neighbor 10.0.0.1 remote-as 1\n!\nrouter bgp 2\n neighbor 10.0.0.2 remote-as 1\n!\n")
    assert list(config.bgp.neighbors) == ["10.0.0.1"]
    assert [line.text for line in config.unmanaged] == ["router bgp 2", "neighbor 10.0.0.2 remote-as 1"]


def test_a_second_match_of_one_kind_is_kept():
    config = parse("route-map r permit 10\n match tag 1\n match tag 2\n!\n")
    assert config.route_maps["r"].entries[10].match == {"tag": 1}
    assert [line.text for line in config.unmanaged] == ["match tag 2"]


def test_an_empty_text_and_an_empty_device():
    assert parse("").bgp is None
    empty = parse("!\nno service password-encryption\n!\nline con 0\n login\nline vty 0 39\n login\n!\nend\n\n")
    assert empty.bgp is None and len(empty.unmanaged) == 5


def test_passwords_do_not_show_in_a_repr():
    assert "s3cret" not in repr(neighbor("password s3cret"))
