# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of a plan: few, in a safe order, and what they do to sessions."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.check import check
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import Config
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.normalise import ordered
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge, purge
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import plan, render
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.states import combine


def changed(have, state="replaced", **options):
    return plan(have, combine(have, build(**options), state))


def body(result):
    return [line.strip() for line in result.commands if line.startswith(" ")]


def test_a_whole_configuration_in_the_order_of_its_uses():
    wanted = build(
        config={
            "as_number": "70000",
            "router_id": "10.0.0.254",
            "peer_groups": [{"name": "g", "prefix_list": {"in": "pods"}, "maximum_prefix": {"limit": 10}}],
            "neighbors": [{"address": "10.0.0.1", "peer_group": "g", "remote_as": "70000", "description": "node"}],
            "redistribute": [{"protocol": "kernel", "route_map": "vips"}],
            "address_family_ipv6": {"neighbors": [{"address": "g", "activate": True}]},
        },
        prefix_lists=[{"name": "pods", "entries": [{"action": "permit", "prefix": "10.244.0.0/16", "le": 26}]}],
        route_maps=[{"name": "vips", "entries": [{"action": "permit", "match": {"ip_address_prefix_list": "pods"}}]}],
    )
    assert render(combine(Config(), wanted, "merged")) == [
        "bgp extended-asn-cap",
        "ip prefix-list pods seq 5 permit 10.244.0.0/16 le 26",
        "route-map vips permit 10",
        " match ip address prefix-list pods",
        "exit",
        "router bgp 70000",
        " bgp router-id 10.0.0.254",
        " neighbor g peer-group",
        " neighbor g prefix-list pods in",
        " neighbor g maximum-prefix 10",
        " neighbor 10.0.0.1 remote-as 70000",
        " neighbor 10.0.0.1 peer-group g",
        " neighbor 10.0.0.1 description node",
        " redistribute kernel route-map vips",
        " address-family ipv6",
        " neighbor g activate",
        " exit-address-family",
        "exit",
    ]


def test_a_member_whose_number_is_its_groups_joins_first():
    have = parse("router bgp 1\n neighbor g peer-group\n neighbor g remote-as 1\n!\n")
    wanted = {"neighbors": [{"address": "10.0.0.1", "peer_group": "g", "description": "x"}]}
    assert body(changed(have, config=wanted)) == ["neighbor 10.0.0.1 peer-group g", "neighbor 10.0.0.1 description x"]


NODE = "router bgp 1\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 route-map r in\n!\nroute-map r permit 10\n!\n"


def test_a_removed_neighbor_is_one_line():
    result = changed(parse(NODE), "deleted", config={"neighbors": [{"address": "10.0.0.1"}]})
    assert body(result) == ["no neighbor 10.0.0.1"]
    assert result.resets == {"10.0.0.1": "the neighbor is removed"}


def test_lists_go_after_their_last_use():
    have = parse(NODE)
    target = combine(
        have, build(config={"neighbors": [{"address": "10.0.0.1", "remote_as": "1"}]}, route_maps=[]), "overridden"
    )
    assert plan(have, target).commands == [
        "router bgp 1",
        " no neighbor 10.0.0.1 route-map r in",
        "exit",
        "no route-map r",
    ]


def test_another_map_replaces_the_first_without_a_gap():
    have = parse(NODE + "route-map s permit 10\n!\n")
    wanted = {"neighbors": [{"address": "10.0.0.1", "remote_as": "1", "route_map": {"in": "s"}}]}
    assert body(changed(have, config=wanted)) == ["neighbor 10.0.0.1 route-map s in"]


def test_redistribution_loses_its_map_only_with_its_line():
    have = parse("router bgp 1\n redistribute kernel route-map r\n!\n")
    result = changed(have, config={"redistribute": [{"protocol": "kernel"}]})
    assert body(result) == ["no redistribute kernel", "redistribute kernel"]


@pytest.mark.parametrize(
    ("option", "resets"),
    [
        ({"remote_as": "2"}, True),
        ({"password": "new"}, True),
        ({"update_source": "10.0.0.9"}, True),
        ({"ebgp_multihop": 2}, True),
        ({"ttl_security": 1}, True),
        ({"capability_graceful_restart": False}, True),
        ({"capability_route_refresh": False}, True),
        ({"shutdown": True}, True),
        ({"activate": False}, True),
        ({"description": "x"}, False),
        ({"timers": {"keepalive": 3, "holdtime": 9}}, False),
        ({"next_hop_self": True}, False),
        ({"maximum_prefix": {"limit": 5}}, False),
        ({"soft_reconfiguration_inbound": True}, False),
        ({"route_map": {"out": "r"}}, False),
    ],
)
def test_what_takes_a_session_down(option, resets):
    result = changed(parse(NODE), "merged", config={"neighbors": [{"address": "10.0.0.1", **option}]})
    assert bool(result.resets) is resets
    assert len(body(result)) == 1


def test_a_change_of_a_group_concerns_its_members():
    have = parse(
        "router bgp 1\n neighbor g peer-group\n"
        " neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 peer-group g\n"
        " neighbor 10.0.0.2 remote-as 1\n!\n"
    )
    result = changed(have, "merged", config={"peer_groups": [{"name": "g", "password": "new"}]})
    assert result.resets == {"10.0.0.1": "password changes"}


def test_another_router_id_takes_every_session_down():
    have = parse("router bgp 1\n bgp router-id 10.0.0.1\n neighbor 10.0.0.1 remote-as 1\n!\n")
    assert changed(have, config={"router_id": "10.0.0.2"}).resets == {"10.0.0.1": "another router-id"}


def test_a_changed_list_refreshes_only_the_neighbors_that_use_it():
    have = parse(
        "router bgp 1\n neighbor g peer-group\n neighbor g prefix-list p in\n neighbor 10.0.0.1 remote-as 1\n"
        " neighbor 10.0.0.1 peer-group g\n"
        " neighbor 10.0.0.2 remote-as 1\n!\nip prefix-list p seq 5 permit 10.0.0.0/8\n!\n"
    )
    lists = [{"name": "p", "entries": [{"seq": 5, "action": "permit", "prefix": "10.0.0.0/8", "le": 26}]}]
    result = changed(have, prefix_lists=lists)
    assert (result.resets, result.refresh) == ({}, ["10.0.0.1"])


def test_a_changed_list_behind_the_map_of_redistribution_refreshes_everyone():
    have = parse(
        "router bgp 1\n redistribute kernel route-map r\n neighbor 10.0.0.1 remote-as 1\n!\n"
        "ip prefix-list p seq 5 permit 10.0.0.0/8\n!\n"
        "route-map r permit 10\n match ip address prefix-list p\n!\n"
    )
    lists = [{"name": "p", "entries": [{"seq": 5, "action": "permit", "prefix": "10.0.0.0/16"}]}]
    assert changed(have, prefix_lists=lists).refresh == ["10.0.0.1"]


def test_new_neighbors_need_no_refresh():
    wanted = {"neighbors": [{"address": "10.0.0.9", "remote_as": "1"}]}
    assert changed(parse(NODE), config=wanted).refresh == []


def test_another_group_means_a_new_neighbor_with_all_its_lines():
    have = parse(
        "router bgp 1\n neighbor a peer-group\n neighbor b peer-group\n neighbor 10.0.0.1 remote-as 1\n"
        " neighbor 10.0.0.1 peer-group a\n neighbor 10.0.0.1 weight 7\n!\n"
    )
    wanted = {"neighbors": [{"address": "10.0.0.1", "remote_as": "1", "peer_group": "b"}]}
    assert body(changed(have, config=wanted)) == [
        "no neighbor 10.0.0.1",
        "neighbor 10.0.0.1 remote-as 1",
        "neighbor 10.0.0.1 peer-group b",
        "neighbor 10.0.0.1 weight 7",
    ]


def test_members_that_become_external_all_leave_before_the_first_comes_back():
    have = parse(
        """router bgp 64512
 neighbor nodes peer-group
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 peer-group nodes
 neighbor 10.0.0.2 remote-as 64512
 neighbor 10.0.0.2 peer-group nodes
"""
    )
    result = changed(
        have,
        "merged",
        config={"neighbors": [{"address": f"10.0.0.{n}", "remote_as": "64999"} for n in (1, 2)]},
    )
    assert body(result) == [
        "no neighbor 10.0.0.1",
        "no neighbor 10.0.0.2",
        "neighbor 10.0.0.1 remote-as 64999",
        "neighbor 10.0.0.1 peer-group nodes",
        "neighbor 10.0.0.2 remote-as 64999",
        "neighbor 10.0.0.2 peer-group nodes",
    ]
    assert set(result.resets) == {"10.0.0.1", "10.0.0.2"}
    with pytest.raises(InvalidConfig, match="10.0.0.2 have AS 64512, the AS of this router, and 10.0.0.1 have another"):
        check(
            have,
            combine(have, build(config={"neighbors": [{"address": "10.0.0.1", "remote_as": "64999"}]}), "merged"),
        )


def test_what_a_group_takes_over_is_not_negated_on_its_members():
    have = parse(
        "router bgp 1\n neighbor g peer-group\n"
        " neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 peer-group g\n"
        " neighbor 10.0.0.1 next-hop-self\n!\n"
    )
    wanted = {
        "peer_groups": [{"name": "g", "next_hop_self": True}],
        "neighbors": [{"address": "10.0.0.1", "remote_as": "1", "peer_group": "g"}],
    }
    assert body(changed(have, config=wanted)) == ["neighbor g next-hop-self"]


def test_entries_change_in_place_and_new_ones_come_before_old_ones_go():
    have = parse("ip prefix-list p seq 5 permit 10.0.0.0/8\nip prefix-list p seq 10 permit 10.1.0.0/16\n")
    lists = [
        {
            "name": "p",
            "entries": [
                {"seq": 5, "action": "permit", "prefix": "10.2.0.0/16"},
                {"seq": 15, "action": "permit", "prefix": "10.3.0.0/16"},
            ],
        }
    ]
    assert changed(have, prefix_lists=lists).commands == [
        "no ip prefix-list p seq 5 permit 10.0.0.0/8",
        "ip prefix-list p seq 5 permit 10.2.0.0/16",
        "ip prefix-list p seq 15 permit 10.3.0.0/16",
        "no ip prefix-list p seq 10 permit 10.1.0.0/16",
    ]


def test_an_access_list_in_another_order_is_written_anew():
    have = parse("access-list 10 permit 10.0.0.0/8\naccess-list 10 deny any\n")
    entries = [{"action": "deny", "source": "any"}, {"action": "permit", "source": "10.0.0.0/8"}]
    assert changed(have, access_lists=[{"name": "10", "entries": entries}]).commands == [
        "no access-list 10",
        "access-list 10 deny any",
        "access-list 10 permit 10.0.0.0/8",
    ]


def test_a_route_map_entry_changes_only_its_lines():
    have = parse("route-map r permit 10\n match tag 1\n set metric 5\n!\n")
    entries = [{"seq": 10, "action": "permit", "match": {"tag": 1}, "set": {"metric": 6}}]
    assert changed(have, route_maps=[{"name": "r", "entries": entries}]).commands == [
        "route-map r permit 10",
        " no set metric 5",
        " set metric 6",
        "exit",
    ]


def test_defaults_that_may_or_may_not_be_printed_make_no_difference():
    have = parse(
        "router bgp 1\n timers bgp 30 90\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 activate\n"
        " neighbor 10.0.0.1 maximum-prefix 5 75\n neighbor 10.0.0.1 send-community both\n!\n"
    )
    wanted = {"neighbors": [{"address": "10.0.0.1", "remote_as": "1", "maximum_prefix": {"limit": 5}}]}
    assert changed(have, "overridden", config=wanted).commands == []


# ---- ownership -------------------------------------------------------------------------------------


def fabric(count):
    nodes = "".join(
        f" neighbor 10.0.0.{n} remote-as 1\n neighbor 10.0.0.{n} description podroute: n{n}\n"
        for n in range(1, count + 1)
    )
    return parse(f"router bgp 1\n{nodes} neighbor 10.9.9.9 remote-as 1\n neighbor 10.9.9.9 description by hand\n!\n")


def purged(have, keep, share=0.34):
    want = build(
        config={
            "as_number": "1",
            "neighbors": [{"address": f"10.0.0.{n}", "remote_as": "1", "description": f"podroute: n{n}"} for n in keep],
        }
    )
    target = combine(have, want, "replaced")
    return purge(have, target, want, Purge("podroute: ", share)), plan(have, target).commands


def test_only_our_neighbors_go():
    assert purged(fabric(3), [1, 2]) == (["10.0.0.3"], ["router bgp 1", " no neighbor 10.0.0.3", "exit"])


def test_one_may_always_go():
    assert purged(fabric(2), [1])[0] == ["10.0.0.2"]


def test_the_cap_is_a_share_of_ours():
    assert len(purged(fabric(9), range(1, 7))[0]) == 3
    with pytest.raises(InvalidConfig, match="4 of 9 neighbors .* at most 3 may be removed at once"):
        purged(fabric(9), range(1, 6))
    assert len(purged(fabric(9), [1], share=1.0)[0]) == 8


def test_a_group_with_the_mark_goes_with_its_last_member_and_others_stay():
    have = parse(
        "router bgp 1\n neighbor ours peer-group\n neighbor ours description podroute: nodes\n"
        " neighbor theirs peer-group\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 peer-group ours\n"
        " neighbor 10.0.0.1 description podroute: n1\n!\n"
    )
    assert purged(have, [], share=1.0)[1] == [
        "router bgp 1",
        " no neighbor 10.0.0.1",
        " no neighbor ours peer-group",
        "exit",
    ]


def test_the_order_of_lines_is_not_a_difference():
    names = ["10.0.0.10", "10.0.0.9", "10.0.0.100"]

    def written(order):
        neighbors = [{"address": name, "remote_as": "65001"} for name in order]
        networks = [{"prefix": f"{name}/32"} for name in order]
        lists = [{"name": f"l{name}", "entries": [{"action": "permit", "prefix": "10.0.0.0/8"}]} for name in order]
        config = {"as_number": "65000", "neighbors": neighbors, "networks": networks}
        return render(ordered(combine(Config(), build(config=config, prefix_lists=lists), "merged")))

    assert written(names) == written(names[::-1])
    assert [line.split()[1] for line in written(names) if " remote-as " in line] == [names[1], names[0], names[2]]
