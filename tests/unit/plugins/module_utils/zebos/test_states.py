# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each state makes of what is there."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.check import check
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.states import combine

DEVICE = parse("""\
!
no service password-encryption
!
router bgp 64512
 bgp router-id 10.0.0.254
 bgp graceful-restart restart-time 120
 network 10.50.0.0/16
 redistribute kernel route-map vips
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 description by hand
 neighbor 10.0.0.1 next-hop-self
 neighbor 10.0.0.1 weight 7
 neighbor 10.0.0.2 remote-as 65001
!
ip prefix-list theirs seq 5 permit 10.0.0.0/8
ip prefix-list theirs seq 10 permit 172.16.0.0/12
!
route-map vips permit 10
 match ip address prefix-list theirs
!
line con 0
 login
!
end
""")


def lines(state, allow_as_change=False, **options):
    target = combine(DEVICE, build(**options), state, allow_as_change)
    check(DEVICE, target)
    return plan(DEVICE, target).commands


def router(*body):
    return ["router bgp 64512", *(f" {line}" for line in body), "exit"]


def test_merged_adds_and_takes_nothing_away():
    neighbors = [
        {"address": "10.0.0.1", "timers": {"keepalive": 3, "holdtime": 9}},
        {"address": "10.0.0.3", "remote_as": "64512"},
    ]
    assert lines("merged", config={"neighbors": neighbors}) == router(
        "neighbor 10.0.0.1 timers 3 9", "neighbor 10.0.0.3 remote-as 64512"
    )


def test_merged_can_switch_off():
    off = {"neighbors": [{"address": "10.0.0.1", "next_hop_self": False}]}
    assert lines("merged", config=off) == router("no neighbor 10.0.0.1 next-hop-self")


def test_merged_adds_entries_of_lists():
    given = [{"name": "theirs", "entries": [{"seq": 7, "action": "deny", "prefix": "10.1.0.0/16"}]}]
    assert lines("merged", prefix_lists=given) == ["ip prefix-list theirs seq 7 deny 10.1.0.0/16"]


def test_replaced_makes_what_is_named_exact_and_leaves_the_rest():
    assert lines("replaced", config={"neighbors": [{"address": "10.0.0.1", "remote_as": "64512"}]}) == router(
        "no neighbor 10.0.0.1 description", "no neighbor 10.0.0.1 next-hop-self"
    )


def test_replaced_makes_a_named_list_exact():
    given = [{"name": "theirs", "entries": [{"seq": 5, "action": "permit", "prefix": "10.0.0.0/8"}]}]
    assert lines("replaced", prefix_lists=given) == ["no ip prefix-list theirs seq 10 permit 172.16.0.0/12"]


def test_overridden_takes_away_what_is_not_named_but_not_lists_that_were_not_given():
    assert lines("overridden", config={"neighbors": [{"address": "10.0.0.2", "remote_as": "65001"}]}) == router(
        "no bgp router-id 10.0.0.254",
        "no network 10.50.0.0/16",
        "no redistribute kernel",
        "no neighbor 10.0.0.1",
    )


def test_overridden_includes_lists_that_were_given():
    config = {"neighbors": [{"address": "10.0.0.2", "remote_as": "65001"}]}
    assert lines("overridden", config=config, prefix_lists=[], route_maps=[])[-2:] == [
        "no route-map vips",
        "no ip prefix-list theirs",
    ]


def test_overridden_keeps_the_restart_time_that_the_device_prints_unasked():
    config = {"neighbors": [{"address": "10.0.0.2", "remote_as": "65001"}]}
    assert not [line for line in lines("overridden", config=config) if "restart-time" in line]


def test_overridden_keeps_a_list_that_lines_beyond_the_model_use():
    have = parse(
        "router bgp 1\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 filter-list 5 in\n!\n"
        "access-list 5 permit 10.0.0.0/8\naccess-list 6 permit any\n!\n"
    )
    wanted = build(config={"neighbors": [{"address": "10.0.0.1", "remote_as": "1"}]}, access_lists=[])
    assert plan(have, combine(have, wanted, "overridden")).commands == ["no access-list 6"]


def test_deleted_units():
    config = {
        "neighbors": [{"address": "10.0.0.2"}],
        "networks": [{"prefix": "10.50.0.0/16"}],
        "router_id": "10.0.0.254",
    }
    assert lines("deleted", config=config) == router(
        "no bgp router-id 10.0.0.254", "no network 10.50.0.0/16", "no neighbor 10.0.0.2"
    )


@pytest.mark.parametrize("options", [{}, {"config": {"as_number": "64512"}}, {"config": {}}])
def test_deleted_without_units_is_the_whole_router(options):
    assert lines("deleted", **options) == ["no router bgp 64512"]


def test_deleted_lists_leave_the_router_alone():
    assert lines("deleted", route_maps=[], prefix_lists=[]) == []


def test_deleted_of_another_router_is_refused():
    with pytest.raises(InvalidConfig, match="runs router bgp 64512, not 1"):
        lines("deleted", config={"as_number": "1"})


def test_a_list_in_use_cannot_go():
    with pytest.raises(InvalidConfig, match="route_maps.vips.*uses 'theirs', which would be removed"):
        lines("deleted", prefix_lists=[{"name": "theirs", "entries": [{"action": "permit", "prefix": "any"}]}])


def test_another_as_needs_an_explicit_word():
    with pytest.raises(InvalidConfig, match="allow_as_change"):
        lines("merged", config={"as_number": "64513"})


def test_another_as_types_everything_again_lines_beyond_the_model_too():
    typed = lines("merged", allow_as_change=True, config={"as_number": "64513"})
    assert typed[:2] == ["no router bgp 64512", "router bgp 64513"]
    assert " neighbor 10.0.0.1 weight 7" in typed
    assert " redistribute kernel route-map vips" in typed
    assert " neighbor 10.0.0.2 remote-as 65001" in typed


def test_asdot_is_the_same_number():
    have = parse("bgp extended-asn-cap\nrouter bgp 65546\n neighbor 10.0.0.1 remote-as 1.11\n!\n")
    wanted = build(config={"as_number": "1.10", "neighbors": [{"address": "10.0.0.1", "remote_as": "65547"}]})
    assert plan(have, combine(have, wanted, "replaced")).commands == []


def test_a_number_of_four_octets_brings_its_capability_first():
    assert lines("merged", config={"neighbors": [{"address": "10.0.0.3", "remote_as": "70000"}]})[0] == (
        "bgp extended-asn-cap"
    )


def test_a_number_of_four_octets_without_its_capability_is_refused():
    with pytest.raises(InvalidConfig, match="extended_asn_cap: must be true for AS 70000"):
        lines(
            "merged", config={"extended_asn_cap": False, "neighbors": [{"address": "10.0.0.3", "remote_as": "70000"}]}
        )


@pytest.mark.parametrize(
    ("neighbor", "words"),
    [
        ({"address": "10.0.0.3"}, "remote_as: is required"),
        ({"address": "10.0.0.3", "peer_group": "nobody", "remote_as": "1"}, "peer group 'nobody' does not exist"),
        ({"address": "10.0.0.3", "remote_as": "1", "prefix_list": {"in": "nolist"}}, "'nolist' does not exist"),
        ({"address": "10.0.0.3", "remote_as": "1", "route_map": {"out": "nomap"}}, "route-map 'nomap' does not exist"),
        (
            {"address": "10.0.0.3", "remote_as": "1", "default_originate": {"route_map": "nomap"}},
            "route-map 'nomap' does not exist",
        ),
    ],
)
def test_what_the_device_could_not_do(neighbor, words):
    with pytest.raises(InvalidConfig, match=words):
        lines("merged", config={"neighbors": [neighbor]})


def test_a_member_cannot_contradict_its_group():
    groups = [{"name": "g", "remote_as": "1", "fall_over_bfd": True, "default_originate": {"enabled": True}}]
    member = {
        "address": "10.0.0.3",
        "peer_group": "g",
        "remote_as": "2",
        "fall_over_bfd": False,
        "default_originate": {"enabled": False},
    }
    with pytest.raises(InvalidConfig) as invalid:
        lines("merged", config={"peer_groups": groups, "neighbors": [member]})
    assert len(invalid.value.problems) == 3


def test_what_dangled_before_is_not_a_problem_of_this_change():
    have = parse("router bgp 1\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 route-map gone in\n!\n")
    target = combine(have, build(config={"router_id": "10.0.0.9"}), "merged")
    check(have, target)


def test_the_number_of_a_group_stays_where_its_members_state_the_same():
    have = parse("router bgp 1\n neighbor g peer-group\n neighbor g remote-as 1\n neighbor 10.0.0.1 peer-group g\n!\n")
    wanted = build(
        config={
            "peer_groups": [{"name": "g"}],
            "neighbors": [{"address": "10.0.0.1", "peer_group": "g", "remote_as": "1"}],
        }
    )
    assert plan(have, combine(have, wanted, "replaced")).commands == []


def test_passwords_are_kept_when_masked_and_when_the_device_hides_them():
    have = parse(
        "router bgp 1\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 password plain\n"
        " neighbor 10.0.0.2 remote-as 1\n neighbor 10.0.0.2 password 7 0xabc\n!\n"
    )
    wanted = build(
        config={
            "neighbors": [
                {"address": "10.0.0.1", "remote_as": "1", "password": "********"},
                {"address": "10.0.0.2", "remote_as": "1", "password": "unknown"},
            ]
        }
    )
    assert plan(have, combine(have, wanted, "replaced")).commands == []


def test_a_masked_password_cannot_make_a_neighbor():
    with pytest.raises(InvalidConfig, match="is masked"):
        lines("merged", config={"neighbors": [{"address": "10.0.0.9", "remote_as": "1", "password": "********"}]})


def test_a_replaced_neighbor_keeps_ipv6_unless_ipv6_was_given():
    have = parse(
        "router bgp 1\n neighbor 10.0.0.1 remote-as 1\n !\n"
        " address-family ipv6\n neighbor 10.0.0.1 activate\n"
        " exit-address-family\n!\n"
    )
    config = {"neighbors": [{"address": "10.0.0.1", "remote_as": "1"}]}
    assert plan(have, combine(have, build(config=config), "replaced")).commands == []
    config["address_family_ipv6"] = {"neighbors": []}
    assert plan(have, combine(have, build(config=config), "replaced")).commands == [
        "router bgp 1",
        " address-family ipv6",
        " no neighbor 10.0.0.1 activate",
        " exit-address-family",
        "exit",
    ]
