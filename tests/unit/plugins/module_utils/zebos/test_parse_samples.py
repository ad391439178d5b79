# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading real configurations."""

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.export import export
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.model import (
    Aggregate,
    PrefixRule,
    Redistribute,
    Timers,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.normalise import reached
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import plan, render
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.states import combine


def texts(config, block=None):
    return [line.text for line in config.unmanaged if block is None or line.block == block]


def test_rendered_and_read_again_it_means_the_same(any_config):
    config = parse(any_config)
    assert reached(parse("\n".join(render(config))), config)


def test_given_back_in_any_state_it_changes_nothing(any_config):
    config = parse(any_config)
    gathered = export(config)
    del gathered["unmanaged"]
    for state in ("merged", "replaced", "overridden"):
        assert plan(config, combine(config, build(**gathered), state)).commands == []


FRAME = {"", "end", "exit", "exit-address-family", "address-family ipv6", "enable", "configure terminal", "wr"}


def test_copied_text_means_the_same(any_config):
    """With the line ends of Windows, trailing blanks, tabs, indented as a whole, and with what a pager left."""
    more = "\n --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\brouter bgp"
    for text in (
        any_config.replace("\n", "\r\n"),
        any_config.replace("\n", "   \n"),
        any_config.replace("\n ", "\n\t"),
        any_config.replace("\nrouter bgp", more),
        "".join(f"    {line}\n" if line else "\n" for line in any_config.splitlines()),
        "".join(f"\t{line}\n" for line in any_config.splitlines()),
    ):
        assert parse(text) == parse(any_config)


def test_no_line_is_lost(any_config):
    """Each line that is not kept as it is changes the model: without it, another model is read."""
    lines = any_config.splitlines()
    whole = parse(any_config)
    kept = {line.line: line.text for line in whole.unmanaged}
    assert all(lines[number - 1].strip().endswith(text) for number, text in kept.items())
    assert list(kept) == sorted(kept)
    for number, line in enumerate(lines, 1):
        text = line.strip()
        chatter = text.startswith("!") or text in FRAME or "[0]#" in text and ("show" in text or "sh run" in text)
        if number in kept or chatter or text.endswith(("]#wr", "]#", ">enable", "#config t", ")#end", "...", "[OK]")):
            continue
        # Said twice, or said by the lines that follow.
        if [other.strip() for other in lines].count(text) > 1 or text.endswith(" peer-group"):
            continue
        rest = parse("\n".join(lines[: number - 1] + lines[number:]))
        assert (rest.bgp, rest.prefix_lists, rest.route_maps, rest.access_lists, rest.extended_asn_cap) != (
            whole.bgp, whole.prefix_lists, whole.route_maps, whole.access_lists, whole.extended_asn_cap
        ), f"line {number} is lost: {line}"  # fmt: skip


def test_the_target_configuration_of_the_appworld_lab_without_its_indentation(sample):
    bgp = parse(sample("running-config-appworld-calico")).bgp
    assert (bgp.as_number, bgp.restart_time) == (64512, 120)
    assert bgp.peer_groups["calico-k8s"].remote_as == 64512
    assert [peer.peer_group for peer in bgp.neighbors.values()] == ["calico-k8s"] * 3
    assert texts(parse(sample("running-config-appworld-calico"))) == [
        "no service password-encryption", "log syslog", "line con 0", "login", "line vty 0 39", "login",
    ]  # fmt: skip


def test_the_flat_address_family_block(sample):
    bgp = parse(sample("running-config-azure-routeserver-tmosmode")).bgp
    group, member = bgp.peer_groups["Neighbor"], bgp.neighbors["10.255.255.4"]
    assert group.activate is None and group.ipv6.activate is True
    assert member.activate is None and member.ipv6.activate is False
    assert member.ipv6.capability_graceful_restart is False
    assert (group.ebgp_multihop, group.capability_route_refresh, group.soft_reconfiguration_inbound) == (2, False, True)
    assert list(bgp.ipv4.aggregates.values())[0] == Aggregate("10.100.0.0/16", summary_only=True)
    assert texts(parse(sample("running-config-azure-routeserver-tmosmode")))[1] == "ip route 0.0.0.0/0 10.255.10.1"


def test_names_in_common_mean_the_same_and_keep_their_spelling(sample):
    config = parse(sample("running-config-azure-routeserver-tmosmode"))
    assert config.bgp.peer_groups["Neighbor"].prefix_list_out == "myPrefixList1"
    assert config.prefix_lists[("ipv4", "myPrefixList1")].entries == {10: PrefixRule("permit", "10.0.0.0/8", ge=16)}
    wanted = build(config={"peer_groups": [{"name": "Neighbor", "remote_as": "65515"}]})
    without = combine(config, wanted, "replaced")
    lines = plan(config, without).commands
    assert " no neighbor Neighbor prefix-list /Common/myPrefixList1 out" in lines


def test_a_script_with_everything_that_people_type(sample):
    config = parse(sample("config-mhermsdorfer-rd10"))
    assert config.extended_asn_cap is True
    bgp = config.bgp
    assert (bgp.as_number, bgp.router_id, bgp.timers) == (65551, "10.255.255.11", Timers(10, 35))
    assert (bgp.restart_time, bgp.stalepath_time, bgp.graceful_reset) == (120, 60, True)
    assert set(bgp.ipv4.redistribute) == {"kernel", "static"}
    assert bgp.neighbors["10.1.20.8"].as_override is True
    assert texts(config) == ["imish -r 10", "service password-encryption", "log syslog"]


def test_repeated_lines_and_four_octet_numbers(sample):
    config = parse(sample("running-config-f5ansible-01"))
    assert config.bgp.as_number == 4201000050
    assert config.bgp.neighbors["10.10.10.10"].fall_over_bfd is True
    assert config.bgp.ipv4.redistribute["kernel"] == Redistribute("kernel", "rhi")
    assert config.access_lists["10"].entries == ["permit 20.20.20.20", "permit 20.20.20.21", "deny any"]


def test_wider_indentation_and_a_prompt(sample):
    bgp = parse(sample("running-config-agility-sample")).bgp
    assert [peer.route_map_out for peer in bgp.neighbors.values()] == ["RESTRICT_ADVERTISE"] * 2 + [None]


def test_a_typed_session_with_its_prompts(sample):
    bgp = parse(sample("imish-session-config-and-write-agility")).bgp
    assert bgp.neighbors["10.1.10.6"].description == "W_B_BIGIP-13"
    assert "kernel" in bgp.ipv4.redistribute


def test_tmsh_in_front_is_kept_and_disturbs_nothing(sample):
    config = parse(sample("config-batfish-bgp"))
    assert config.bgp.neighbors["192.0.2.1"].description == "Cool IPv4 BGP neighbor description"
    assert config.route_maps["MY_IPV4_IN"].entries[10].set == {"community": "3:3"}
    assert texts(config)[:2] == ["#TMSH-VERSION: 13.1.1", "sys global-settings {"]


def test_prefix_list_bounds(sample):
    lists = parse(sample("config-batfish-prefix_list")).prefix_lists
    assert lists[("ipv4", "pl_ge_le")].entries[10] == PrefixRule("permit", "10.0.0.0/16", 24, 28)
    assert lists[("ipv4", "pl_deny")].entries[10].action == "deny"


def test_lines_beyond_the_model_say_where_they_stood(sample):
    kept = parse(sample("config-batfish-bgp_confederation")).unmanaged
    assert [(line.block, line.text) for line in kept[-2:]] == [
        ("router bgp", "bgp confederation identifier 65010"),
        ("router bgp", "bgp confederation peers 65012 65013"),
    ]
