# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fabric on a BIG-IP where its neighbors, its group or its names exist already (docs/safety.md, Ownership)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos import foreign
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.ownership import Purge
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import plan
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.zebos.test_ownership import fabric

ROUTER = "router bgp 64512\n bgp graceful-restart restart-time 120\n neighbor 10.0.0.1 remote-as 64512\n"
MANUAL: dict[str, Any] = {
    "config": {
        "as_number": "64512",
        "neighbors": [{"address": "10.0.0.1", "remote_as": "64512"}],
        "redistribute": [{"protocol": "kernel"}],
    }
}


def prepare(text: str, wanted: dict[str, Any] | None = None, **rule: Any) -> bgp.Change:
    rule = {"of_fabric": True, **rule}
    return bgp.prepare(
        parse(text), bgp.Wish(build(**(wanted or fabric())), "replaced", purge=Purge("podroute: ", **rule))
    )


def commands(*args: Any, **rule: Any) -> list[str]:
    return [line.strip() for line in prepare(*args, **rule).plan.commands]


def refused(*args: Any, **rule: Any) -> list[str]:
    with pytest.raises(InvalidConfig) as problem:
        prepare(*args, **rule)
    return problem.value.problems


@pytest.mark.parametrize(
    "option",
    [
        "timers 5 15", "update-source 10.0.0.250", "fall-over bfd", "next-hop-self", "soft-reconfiguration inbound",
        "default-originate", "ttl-security hops 2", "send-community standard", "route-map theirs out",
        "prefix-list theirs out",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["the neighbor", "its former group", "without managed policy"])
def test_an_option_that_a_fabric_never_sets_stays(option: str, place: str) -> None:
    lists = "ip prefix-list theirs seq 5 permit any\n!\nroute-map theirs permit 10\n!\n"
    text = f"{lists}{ROUTER} neighbor 10.0.0.1 {option}\n!\n"
    if place == "its former group":
        text = f"{lists}{ROUTER} neighbor up peer-group\n neighbor up {option}\n neighbor 10.0.0.1 peer-group up\n!\n"
    change = prepare(text, MANUAL if place == "without managed policy" else None)
    (note,) = (note for note in change.warnings if "is not managed and is kept" in note)
    assert "neighbors[10.0.0.1]" in note and option.split()[0] in note
    typed = [line.strip() for line in change.plan.commands]
    assert [line for line in typed if line == f"neighbor 10.0.0.1 {option}"] or place != "its former group"
    assert not [line for line in typed if line.startswith("no ") and option in line]
    after = parse("\n".join(bgp.render(change.target)))
    assert not bgp.prepare(
        after, bgp.Wish(build(**(MANUAL if place == "without managed policy" else fabric())), "replaced",
                        purge=Purge("podroute: ", of_fabric=True))
    ).plan.commands, "the next run is idempotent"  # fmt: skip


def test_what_the_inventory_replaces_is_named_before_the_first_write() -> None:
    text = f"{ROUTER} neighbor 10.0.0.1 maximum-prefix 90\n neighbor 10.0.0.1 ebgp-multihop 3\n!\n"
    wanted = fabric()
    wanted["config"]["peer_groups"][0]["maximum_prefix"] = {"limit": 1000}
    (note,) = prepare(text, wanted).warnings
    assert note == "Peers of the inventory that are taken over: 10.0.0.1 (removes ebgp-multihop 3, maximum-prefix 90)"


def test_options_of_a_module_that_names_all_of_them_are_exact() -> None:
    assert "no neighbor 10.0.0.1 next-hop-self" in commands(
        f"{ROUTER} neighbor 10.0.0.1 next-hop-self\n!\n", of_fabric=False
    )


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            " neighbor 10.0.0.1 password theirs\n",
            "neighbors[10.0.0.1].password: it has a password, and the inventory has none: set bgp_password, or remove "
            "it (no neighbor 10.0.0.1 password)",
        ),
        (
            " neighbor up peer-group\n neighbor up weight 7\n neighbor 10.0.0.1 peer-group up\n",
            "neighbors[10.0.0.1]: leaves the peer group up and loses its line 'neighbor up weight 7', which is not "
            "supported by this collection: type it for the neighbor (neighbor 10.0.0.1 weight 7), or remove it",
        ),
        (
            " neighbor podroute-k8s peer-group\n address-family ipv4 vrf red\n"
            " neighbor 10.9.9.9 peer-group podroute-k8s\n exit-address-family\n",
            "peer_groups[podroute-k8s]: has members that are not managed by this collection (10.9.9.9)",
        ),
        (
            "!\nip prefix-list podroute-vips seq 5 permit 10.1.0.0/16\n",
            "ip prefix-list podroute-vips exists, but no neighbor of this BIG-IP belongs to the fabric 'podroute', "
            "which uses this name: set another fabric_name, or remove it (no ip prefix-list podroute-vips)",
        ),
        ("!\nroute-map podroute-vips permit 10\n set metric 5\n", "route-map podroute-vips exists, but no neighbor"),
        (
            " neighbor 10.8.0.1 remote-as 64512\n neighbor 10.8.0.1 description podroute: of another cluster\n",
            "max_removals: 1 of 1 neighbors of this fabric are no longer in the inventory (10.8.0.1)",
        ),
        (
            " neighbor 10.0.0.1 distribute-list 10 in\n",
            "neighbors[10.0.0.1]: 'neighbor 10.0.0.1 distribute-list 10 in' is not managed by this collection and "
            "excludes prefix-list podroute-pods in: remove it (no neighbor 10.0.0.1 distribute-list 10 in), or set",
        ),
        (
            " redistribute kernel\n neighbor podroute-k8s peer-group\n neighbor podroute-k8s distribute-list 10 out\n",
            "peer_groups[podroute-k8s]: 'neighbor podroute-k8s distribute-list 10 out' is not managed",
        ),
        (
            " neighbor 10.0.0.2 remote-as 65009\n neighbor 10.0.0.2 as-override\n",
            "neighbors[10.0.0.2]: as-override is not possible for an internal neighbor: remove it",
        ),
        (" no bgp default ipv4-unicast\n", "line 4: 'no bgp default ipv4-unicast' leaves new neighbors without IPv4"),
    ],
    ids=["password", "line of a group", "member in a VRF", "list", "map", "one node of another cluster",
         "distribute-list", "distribute-list of the group", "as-override", "no default family"],
)  # fmt: skip
def test_what_others_have_in_the_place_of_the_fabrics_is_refused_with_the_choices(lines: str, says: str) -> None:
    (problem,) = refused(f"{ROUTER}{lines}!\n")
    assert problem.startswith(says)


def test_multihop_is_excluded_by_ttl_security() -> None:
    text = f"{ROUTER.replace('1 remote-as 64512', '1 remote-as 65010')} neighbor 10.0.0.1 ttl-security hops 2\n!\n"
    wanted = fabric()
    wanted["config"]["peer_groups"][0]["ebgp_multihop"] = 3
    for neighbor in wanted["config"]["neighbors"]:
        neighbor["remote_as"] = "65010"
    (problem,) = refused(text, wanted)
    assert problem.startswith("neighbors[10.0.0.1]: ttl-security hops excludes ebgp-multihop")


def test_a_line_that_the_neighbor_has_itself_is_not_lost_with_its_group() -> None:
    text = f"{ROUTER} neighbor up peer-group\n neighbor up weight 7\n neighbor 10.0.0.1 peer-group up\n"
    assert "neighbor 10.0.0.1 weight 9" in commands(f"{text} neighbor 10.0.0.1 weight 9\n!\n")


def test_lists_and_maps_of_a_fabric_that_left_neighbors_behind_are_its_own() -> None:
    own = "ip prefix-list podroute-vips seq 5 permit 10.1.0.0/16\n"
    assert commands(f"{own}{ROUTER} neighbor 10.0.0.1 description podroute: n1\n!\n")
    shared = "ip prefix-list blue-vips seq 5 permit 10.1.0.0/16\nroute-map podroute-vips permit 20\n"
    assert commands(f"{shared} match ip address prefix-list blue-vips\n!\n{ROUTER}!\n"), "entries of another fabric"


@pytest.mark.parametrize("held", ["", " timers bgp 5 15\n"])
@pytest.mark.parametrize("foreign_neighbor", [True, False])
def test_timers_apply_to_the_fabrics_neighbors_only(held: str, foreign_neighbor: bool) -> None:
    other = " neighbor 192.0.2.1 remote-as 65000\n" if foreign_neighbor else ""
    wanted = fabric()
    wanted["config"]["timers"] = {"keepalive": 10, "holdtime": 30}
    change = prepare(f"{ROUTER}{held}{other}!\n", wanted)
    typed = [line.strip() for line in change.plan.commands]
    assert ("neighbor podroute-k8s timers 10 30" in typed) is foreign_neighbor
    assert ("timers bgp 10 30" in typed) is not foreign_neighbor
    after = "\n".join(bgp.render(change.target))
    assert commands(after, wanted) == []
    del wanted["config"]["timers"]
    assert [line for line in commands(after, wanted) if "timers" in line] == (
        ["no neighbor podroute-k8s timers"] if foreign_neighbor else []
    )


def test_a_neighbor_with_a_line_beyond_the_model_leaves_the_group_of_the_fabric_again() -> None:
    """A rollback types the line again; the removal of the group afterwards does not reach the former member."""
    before = parse(f"{ROUTER} neighbor 10.0.0.1 weight 5\n!\n")
    now = "\n".join(bgp.render(prepare(f"{ROUTER}!\n").target)).replace(
        " neighbor 10.0.0.1 remote-as 64512\n", " neighbor 10.0.0.1 remote-as 64512\n neighbor 10.0.0.1 weight 5\n"
    )
    typed = plan(parse(now), before).commands
    assert " neighbor 10.0.0.1 weight 5" in typed and " no neighbor podroute-k8s peer-group" in typed
    assert foreign.lost(parse(now), typed) == []
