# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From options to the model: every problem, each with its place."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import InvalidConfig, build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.export import MASK, export
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import Config
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse


def problems(**options):
    with pytest.raises(InvalidConfig) as invalid:
        build(**options)
    return invalid.value.problems


def test_all_problems_at_once_each_with_its_place_and_value():
    found = problems(
        config={
            "as_number": "0",
            "router_id": "x",
            "timers": {"keepalive": 90, "holdtime": 30},
            "neighbors": [
                {"address": "10.0.0.999", "remote_as": "64512"},
                {"address": "10.0.0.1", "remote_as": 64512.5, "description": "a?b"},
                {"address": "10.0.0.1", "remote_as": "1"},
                {"address": "10.0.0.2", "remote_as": "1", "ebgp_multihop": 2, "ttl_security": 1},
            ],
            "address_family_ipv6": {"neighbors": [{"address": "10.9.9.9"}]},
        },
        prefix_lists=[
            {"name": "p", "entries": [{"seq": 5, "action": "permit", "prefix": "10.0.0.0/16", "le": 8}]},
            {"name": "empty", "entries": []},
        ],
        route_maps=[{"name": "r", "entries": [{"seq": 10, "action": "permit", "match": {"colour": "red"}}]}],
        access_lists=[{"name": "a b", "entries": [{"action": "permit", "source": "10.0.0.0/8"}]}],
    )
    assert [line.split(": ")[0] for line in found] == [
        "config.as_number",
        "config.router_id",
        "config.timers",
        "config.neighbors[10.0.0.999].address",
        "config.neighbors[10.0.0.1].remote_as",
        "config.neighbors[10.0.0.1].description",
        "config.neighbors[10.0.0.1]",
        "config.neighbors[10.0.0.2]",
        "config.address_family_ipv6.neighbors[10.9.9.9].address",
        "prefix_lists[p].entries[5]",
        "prefix_lists[empty]",
        "route_maps[r].entries[10].match.colour",
        "access_lists[a b].name",
    ]
    assert "'10.0.0.999' is not a valid IP address" in found[3]
    assert "valid keys are as_path, community" in found[11]


def test_a_wrong_password_is_not_shown():
    found = problems(config={"neighbors": [{"address": "10.0.0.1", "remote_as": "1", "password": "can ary"}]})
    assert "can ary" not in str(found)


@pytest.mark.parametrize("text", ["a;b", "$(reboot)", "a\nb", "'", '"', "`id`", "a|b"])
def test_names_that_carry_a_command_are_refused(text):
    assert problems(config={"peer_groups": [{"name": text}]})
    assert problems(prefix_lists=[{"name": text, "entries": [{"action": "permit", "prefix": "any"}]}])
    assert problems(route_maps=[{"name": text, "entries": [{"action": "permit"}]}])


def test_what_was_not_given_is_not_said():
    config = build(config={"neighbors": [{"address": "10.0.0.1"}]})
    peer = config.bgp.neighbors["10.0.0.1"]
    assert {value for key, value in vars(peer).items() if key not in ("name", "ipv6")} == {None}
    assert config.sections == frozenset()
    assert build(prefix_lists=[]).sections == {"prefix_lists"}


def test_export_masks_passwords_and_can_be_fed_back():
    config = parse("router bgp 1\n neighbor 10.0.0.1 remote-as 1\n neighbor 10.0.0.1 password canary\n!\n")
    shown = export(config)
    assert "canary" not in str(shown)
    assert shown["config"]["neighbors"] == [{"address": "10.0.0.1", "remote_as": "1", "password": MASK}]


def test_an_empty_device_exports_no_router():
    assert export(Config())["config"] is None


def test_export_is_sorted_by_address_and_name():
    config = parse("router bgp 1\n neighbor 10.0.0.10 remote-as 1\n neighbor 10.0.0.9 remote-as 1\n!\n")
    assert [item["address"] for item in export(config)["config"]["neighbors"]] == ["10.0.0.9", "10.0.0.10"]
