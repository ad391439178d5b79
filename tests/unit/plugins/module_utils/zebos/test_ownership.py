# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not the fabric's stays, or the plan is refused before the first write."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge, permits
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse

NODES = ("10.0.0.1", "10.0.0.2")


def fabric(name="podroute", vips="172.16.99.0/24", nodes=NODES):
    """What a fabric wants, in the shape of bigip_routing."""
    return {
        "config": {
            "as_number": "64512",
            "peer_groups": [{"name": f"{name}-k8s", "prefix_list": {"in": f"{name}-pods"}}],
            "neighbors": [
                {"address": node, "remote_as": "64512", "peer_group": f"{name}-k8s", "description": f"{name}: {node}"}
                for node in nodes
            ],
            "redistribute": [{"protocol": "kernel", "route_map": f"{name}-vips"}],
        },
        "prefix_lists": [
            {"name": f"{name}-pods", "entries": [{"action": "permit", "prefix": "10.244.0.0/16", "le": 26}]},
            {"name": f"{name}-vips", "entries": [{"action": "permit", "prefix": vips, "le": 32}]},
        ],
        "route_maps": [
            {
                "name": f"{name}-vips",
                "entries": [{"seq": 10, "action": "permit", "match": {"ip_address_prefix_list": f"{name}-vips"}}],
            }
        ],
    }


def prepare(text, wanted=None, name="podroute"):
    return bgp.prepare(parse(text), bgp.Wish(build(**(wanted or fabric(name))), "replaced", purge=Purge(f"{name}: ")))


def commands(*args, **more):
    return [line.strip() for line in prepare(*args, **more).commands]


def refusal(*args, **more):
    with pytest.raises(InvalidConfig) as refused:
        prepare(*args, **more)
    return refused.value.problems


UPSTREAM = """router bgp 64512
 bgp graceful-restart restart-time 120
 redistribute kernel{map}
 neighbor 192.0.2.1 remote-as 65000
!
ip prefix-list RHI seq 5 permit {range} le 32
!
route-map RHI-OUT permit 10
 match ip address prefix-list RHI
!
"""


@pytest.mark.parametrize("route_map", ["", " route-map RHI-OUT"])
def test_a_foreign_redistribution_stays_and_the_fabric_filters_towards_its_own_neighbors(route_map):
    typed = commands(UPSTREAM.format(map=route_map, range="172.16.0.0/16"))
    assert not [line for line in typed if "redistribute" in line or "route-map" in line or "192.0.2.1" in line]
    assert "neighbor podroute-k8s prefix-list podroute-vips out" in typed


def test_a_foreign_map_that_does_not_permit_the_vips_is_a_problem_with_choices():
    (problem,) = refusal(UPSTREAM.format(map=" route-map RHI-OUT", range="192.168.0.0/16"))
    assert "does not permit 172.16.99.0/24" in problem and "no redistribute kernel" in problem


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ("route-map m permit 10", True),
        ("route-map m deny 10", False),
        ("route-map m permit 10\n match ip address prefix-list l", True),
        ("route-map m deny 5\n match ip address prefix-list l\nroute-map m permit 10", False),
        ("route-map m permit 10\n match ip address prefix-list exact", False),
        ("route-map m permit 10\n match ip address prefix-list part", None),
        ("route-map m permit 10\n match tag 5", None),
        ("route-map m permit 10\n match route-type external type-1", None),
        ("", None),
        ("route-map m permit 10\n match ip address 10", True),
        ("route-map m permit 10\n match ip address wild", True),
        ("route-map m permit 10\n match ip address 11", False),
        ("route-map m permit 10\n match ip address 11\n match ip address prefix-list l", False),
        ("route-map m permit 10\n match ip address part", None),
        ("route-map m permit 10\n match ip address exactly", None),
        ("route-map m permit 10\n match ip address none\nroute-map m permit 20", None),
        ("route-map m deny 10\n match ip address 11\nroute-map m permit 20", True),
    ],
)
def test_whether_a_map_permits_a_range(lines, verdict):
    lists = "access-list 10 remark x\naccess-list 10 deny 10.2.0.0/16\naccess-list 10 permit any\n"
    lists += "access-list wild permit 10.1.0.0 0.0.255.255\naccess-list 11 deny 10.0.0.0/8\n"
    lists += "access-list part permit 10.1.1.0/24\naccess-list exactly permit 10.1.0.0/16 exact-match\n"
    lists += "ip prefix-list l seq 5 permit 10.0.0.0/8 ge 24\nip prefix-list exact seq 5 permit 10.1.0.0/16\n"
    lists += "ip prefix-list part seq 5 permit 10.1.1.0/24 le 32\n"
    assert permits(parse(f"{lists}{lines}\n!\n"), "m", "10.1.0.0/16") is verdict


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "(192.0.2.1)"),
        (" neighbor up peer-group\n neighbor 192.0.2.1 peer-group up\n", "(192.0.2.1)"),
        (" neighbor up peer-group\n neighbor up route-map RHI out\n neighbor 192.0.2.1 peer-group up\n", None),
        (" neighbor 192.0.2.1 prefix-list RHI out\n", None),
        (" neighbor 192.0.2.1 prefix-list RHI in\n", "(192.0.2.1)"),
        (" neighbor 192.0.2.1 distribute-list 10 out\n", None),
        (" redistribute kernel route-map RHI-OUT\n", None),
    ],
)
def test_neighbors_of_others_that_a_new_redistribution_reaches_are_named(lines, says):
    text = UPSTREAM.format(map="", range="172.16.0.0/16").replace(" redistribute kernel\n", lines)
    notes = [note for note in prepare(text).warnings if "they receive the VIPs too" in note]
    assert [says in note for note in notes] == ([True] if says else [])


@pytest.mark.parametrize(
    ("held", "wanted", "typed", "note"),
    [
        (
            200,
            120,
            [],
            "restart-time 200 also applies to neighbors that are not managed by this fabric (192.0.2.1) and stays",
        ),
        (200, 60, None, "restart-time 200 also applies"),
        (120, 60, ["bgp graceful-restart restart-time 60"], "restart-time 120 also applies"),
        (200, 200, [], None),
        (120, 120, [], None),
    ],
)
def test_a_restart_time_of_other_neighbors_is_not_replaced(held, wanted, typed, note):
    text = UPSTREAM.format(map="", range="172.16.0.0/16").replace("restart-time 120", f"restart-time {held}")
    wish = fabric()
    wish["config"]["graceful_restart"] = {"restart_time": wanted}
    # Alone on the device, the fabric's is the one.
    alone = text.replace(" neighbor 192.0.2.1 remote-as 65000\n", "")
    expected = [] if held == wanted else [f"bgp graceful-restart restart-time {wanted}"]
    assert [line.strip() for line in prepare(alone, wish).commands if "restart-time" in line] == expected
    if typed is None:
        with pytest.raises(InvalidConfig) as refused:
            prepare(text, wish)
        assert "set bgp_restart_time: 200, or change it for all of them in imish" in str(refused.value)
        return
    change = prepare(text, wish)
    assert [line.strip() for line in change.commands if "restart-time" in line] == typed
    notes = [line for line in change.warnings if "restart-time" in line]
    assert note in notes[0] if note else not notes, notes


def after(text, change):
    """The configuration after a change, as the device would print it: that of the model and the other lines."""
    lost = bgp.foreign.lost(parse(text), change.plan.commands)
    return change.target, lost


def test_two_fabrics_share_one_redistribution_and_each_keeps_to_its_own_entry():
    first = prepare("")
    have = "\n".join(bgp.render(first.target))
    typed = commands(have, fabric("blue", "172.30.0.0/24", ("10.9.0.1",)), name="blue")
    assert "route-map podroute-vips permit 20" in typed and not [line for line in typed if line.startswith("no ")]
    assert "neighbor blue-k8s prefix-list blue-vips out" in typed
    both = "\n".join(bgp.render(prepare(have, fabric("blue", "172.30.0.0/24", ("10.9.0.1",)), name="blue").target))
    assert commands(both) == []
    assert commands(both, fabric("blue", "172.30.0.0/24", ("10.9.0.1",)), name="blue") == []


def test_a_group_with_foreign_members_is_not_the_fabrics():
    text = (
        "router bgp 64512\n neighbor podroute-k8s peer-group\n neighbor 10.9.9.9 remote-as 64512\n"
        " neighbor 10.9.9.9 peer-group podroute-k8s\n!\n"
    )
    (problem,) = refusal(text)
    assert "10.9.9.9" in problem and "use another name" in problem


def test_the_route_map_of_a_node_stays():
    text = (
        "router bgp 64512\n neighbor 10.0.0.1 remote-as 64512\n neighbor 10.0.0.1 route-map snat out\n!\n"
        "route-map snat permit 10\n set ip next-hop 10.0.0.254\n!\n"
    )
    change = prepare(text)
    assert not [line for line in change.commands if "snat" in line]
    assert any("route-map snat" in note for note in change.warnings)


def test_a_filter_in_the_place_of_the_fabrics_is_a_problem():
    text = (
        "router bgp 64512\n neighbor 10.0.0.1 remote-as 64512\n neighbor 10.0.0.1 prefix-list mine in\n!\n"
        "ip prefix-list mine seq 5 permit any\n!\n"
    )
    (problem,) = refusal(text)
    assert "'mine'" in problem and "no neighbor 10.0.0.1 prefix-list mine in" in problem


def test_sessions_of_others_are_not_reset():
    text = "router bgp 64512\n bgp router-id 1.1.1.1\n neighbor 192.0.2.1 remote-as 65000\n!\n"
    wanted = fabric()
    wanted["config"]["router_id"] = "2.2.2.2"
    (problem,) = refusal(text, wanted)
    assert "192.0.2.1" in problem and "1.1.1.1" in problem


def test_neighbors_without_a_mark_are_taken_over_with_a_note_and_network_lines_stay():
    change = prepare("router bgp 64512\n network 10.50.0.0/16\n neighbor 10.0.0.1 remote-as 64512\n!\n")
    assert "10.0.0.1" in next(note for note in change.warnings if "taken over" in note)
    assert not [line for line in change.commands if "10.50.0.0" in line]


# ---- lines beyond the model ------------------------------------------------------------------------


def merged(text, state="replaced", **options):
    change = bgp.prepare(parse(text), bgp.Wish(build(**options), state))
    return [line.strip() for line in change.commands]


ROUTER = "router bgp 1\n neighbor g peer-group\n neighbor 10.0.0.1 remote-as 1\n"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("neighbor 10.0.0.1 fall-over bfd multihop", {"neighbors": [{"address": "10.0.0.1", "fall_over_bfd": True}]}),
        (
            "neighbor 10.0.0.1 maximum-prefix 5 restart 3",
            {"neighbors": [{"address": "10.0.0.1", "maximum_prefix": {"limit": 9}}]},
        ),
        ("network 10.50.0.0/16 backdoor", {"networks": [{"prefix": "10.50.0.0/16"}]}),
        ("redistribute kernel metric 5", {"redistribute": [{"protocol": "kernel"}]}),
    ],
)
def test_a_line_that_would_be_replaced_refuses_the_plan(line, wanted):
    with pytest.raises(InvalidConfig, match="this change would remove it") as refused:
        merged(f"{ROUTER} {line}\n!\n", "merged", config=wanted)
    assert line in str(refused.value)


def test_lines_of_a_group_and_of_its_members_in_every_family_are_typed_again():
    text = (
        f"{ROUTER} neighbor g remote-as 1\n neighbor g advertisement-interval 5\n neighbor 10.0.0.1 peer-group g\n"
        " neighbor 10.0.0.1 weight 7\n address-family vpnv4 unicast\n neighbor 10.0.0.1 activate\n"
        " exit-address-family\n!\n"
    )
    typed = merged(
        text,
        config={
            "peer_groups": [{"name": "g", "remote_as": "2"}],
            "neighbors": [{"address": "10.0.0.1", "peer_group": "g"}],
        },
    )
    assert typed.index("neighbor g advertisement-interval 5") < typed.index("neighbor 10.0.0.1 peer-group g")
    assert typed.index("neighbor 10.0.0.1 peer-group g") < typed.index("neighbor 10.0.0.1 weight 7")
    place = typed.index("address-family vpnv4 unicast")
    assert typed[place : place + 3] == [
        "address-family vpnv4 unicast", "neighbor 10.0.0.1 activate", "exit-address-family"
    ]  # fmt: skip


def test_an_entry_with_another_action_keeps_its_other_lines():
    text = "route-map r permit 10\n match tag 1\n set extcommunity rt 1:1\n!\n"
    entries = [{"seq": 10, "action": "deny", "match": {"tag": 1}}]
    assert merged(text, route_maps=[{"name": "r", "entries": entries}]) == [
        "no route-map r permit 10", "route-map r deny 10", "match tag 1", "set extcommunity rt 1:1",
        "exit",
    ]  # fmt: skip


def test_an_access_list_with_an_entry_beyond_the_model_is_not_created_again():
    text = "access-list 10 permit 10.0.0.0/8\naccess-list 10 dynamic x permit any\n"
    with pytest.raises(InvalidConfig, match="dynamic x"):
        merged(text, access_lists=[{"name": "10", "entries": [{"action": "deny", "source": "any"}]}])


@pytest.mark.parametrize(
    "line", ["router ospf 1\n redistribute bgp route-map r", "router bgp 1\n distribute-list prefix r out"]
)
def test_what_lines_beyond_the_model_use_cannot_be_deleted(line):
    text = f"{line}\n!\nroute-map r permit 10\n!\nip prefix-list r seq 5 permit any\n!\n"
    for options in (
        {"route_maps": [{"name": "r", "entries": [{"action": "permit"}]}]},
        {"prefix_lists": [{"name": "r", "entries": [{"action": "permit", "prefix": "any"}]}]},
    ):
        with pytest.raises(InvalidConfig, match="uses 'r', which would be removed"):
            merged(text, "deleted", **options)


def test_deleted_takes_the_redistribution_that_is_named_and_no_other():
    text = "router bgp 1\n redistribute kernel route-map theirs\n!\nroute-map theirs permit 10\n!\n"
    config = {"redistribute": [{"protocol": "kernel", "route_map": "ours"}]}
    assert merged(text, "deleted", config=config) == []
    assert merged(text, "deleted", config={"redistribute": [{"protocol": "kernel"}]})[1] == "no redistribute kernel"


def test_what_is_missing_is_typed_again_when_the_former_configuration_is_restored():
    before = parse(f"{ROUTER} neighbor 10.0.0.1 weight 7\n!\nroute-map r permit 10\n set extcommunity rt 1:1\n!\n")
    now = parse(f"{ROUTER}!\nroute-map r permit 10\n!\n")
    assert bgp.foreign.again(now, before) == [
        "router bgp 1", "neighbor 10.0.0.1 weight 7", "exit", "route-map r permit 10", "set extcommunity rt 1:1",
        "exit",
    ]  # fmt: skip
