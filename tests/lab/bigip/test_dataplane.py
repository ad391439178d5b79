# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole device with its daemons, once: FRR, haproxy, the kernel, and a peer router, in namespaces of their own.

Needs root, and the lab's root file system (``lab/bin/lab build``).
"""

from __future__ import annotations


def test_a_virtual_server_answers_through_its_address(seen):
    assert seen["up_after"] is not None
    assert seen["ping_vip"]
    assert seen["member_up_after"] is not None


def test_other_ports_of_the_address_are_closed(seen):
    assert seen["bgp_port_of_vip"] is False


def test_a_reload_that_was_lost_is_repeated(seen):
    assert seen["was_lost"] and seen["listens_after_loss"] is not None


def test_pings_from_the_device_are_real(seen):
    assert "1 received" in seen["util_ping"]


def test_icmp_echo_can_be_switched_off(seen):
    assert seen["icmp_echo_off_after"] is not None


def test_no_request_is_lost_while_members_change(seen):
    assert seen["failed_while_reloading"] == 0


def test_route_advertisement_follows_the_monitor(seen):
    assert seen["route_before"] == ""
    assert seen["advertised_after"] is not None
    assert seen["withdrawn_after"] is not None
    assert seen["member_down"] == ["monitor-enabled", "down"]
    assert seen["closed_when_down"] == ""
    assert seen["back_after"] is not None


def test_bgp_runs_when_the_route_domain_has_it(seen):
    assert (seen["bgpd_before"], seen["bgpd_after"], seen["bgpd_stopped"]) == (False, True, True)


def test_port_lockdown_blocks_everything_by_default(seen):
    assert seen["bgpd_listens"]
    assert seen["bgp_port_locked"] is False
    assert seen["bgp_port_open_after"] is not None


def test_routes_go_both_ways(seen):
    assert "%" not in seen["imish_said"]
    assert seen["learnt_after"] is not None
    assert any(
        line.startswith("B ") and "10.244.7.0/26 [200/0] via 172.16.40.90, int_vlan" in line
        for line in seen["imish_route"].splitlines()
    ), seen["imish_route"]
    assert any(
        line.startswith("K ") and "172.16.99.99/32" in line and "tmm" in line
        for line in seen["imish_route"].splitlines()
    ), seen["imish_route"]
    assert any(
        line.split() == ["10.244.7.0/26", "10.244.7.0/26", "gw", "172.16.40.90", "dynamic"]
        for line in seen["tmsh_route"].splitlines()
    ), seen["tmsh_route"]
    assert seen["peer_learnt"] is not None


def test_the_written_configuration_stays(seen):
    assert seen["startup_kept"]


def test_nothing_is_left_in_the_kernel(seen):
    assert seen["gone_after"] is not None
