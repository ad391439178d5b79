# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outputs of imish, the odd ones too."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.neighbors import neighbors
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.routes import gateway, routes
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.summary import summary
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.table import table
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.text import errors
from hypothesis import given, settings
from hypothesis import strategies as st

SUMMARY = """\
BGP router identifier 10.0.0.254, local AS number 65546
BGP table version is 9
1 BGP AS-PATH entries
0 BGP community entries

Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
"""


def test_summary_of_established_sessions(sample):
    read = summary(sample("show-ip-bgp-summary-agility-established"))
    assert (read["router_id"], read["local_as"], read["table_version"]) == ("192.168.255.11", 65101, 5)
    assert read["neighbors"][2] == {
        "address": "10.1.10.5",
        "version": 4,
        "remote_as": 65101,
        "msg_rcvd": 12,
        "msg_sent": 11,
        "up_down": "00:00:07",
        "state": "Established",
        "prefixes_received": 2,
    }


def test_summary_of_sessions_that_never_came_up_has_a_blank_column(sample):
    read = summary(sample("show-ip-bgp-summary-calico-never-up"))
    assert [(n["up_down"], n["state"], n["prefixes_received"]) for n in read["neighbors"]] == [
        (None, "Active", None)
    ] * 2


@pytest.mark.parametrize(
    ("row", "up_down", "state", "prefixes"),
    [
        ("10.0.0.1        4 64512      10      11        9    0    0 00:01:02        0", "00:01:02", "Established", 0),
        ("10.0.0.1        4  1.10      10      11        9    0    0 1d02h03m      12", "1d02h03m", "Established", 12),
        (
            "10.0.0.1        4 64512      10      11        9    0    0 02w1d03h Idle (Admin)",
            "02w1d03h",
            "Idle (Admin)",
            None,
        ),
        ("10.0.0.1        4 64512      10      11        9    0    0 00:00:09 Active", "00:00:09", "Active", None),
        ("10.0.0.1        4 64512       0       0        0    0    0 never    Connect", None, "Connect", None),
        (
            "10.0.0.1        4 64512       0       0        0    0    0          Idle (Admin)",
            None,
            "Idle (Admin)",
            None,
        ),
        (
            "2001:db8:1:2:3:4:5:6\n                4 64512      10      11        9    0    0 00:01:02        3",
            "00:01:02",
            "Established",
            3,
        ),
    ],
)
def test_rows_of_every_kind(row, up_down, state, prefixes):
    read = summary(f"{SUMMARY}{row}\n\nTotal number of neighbors 1\n")
    assert read["local_as"] == 65546
    assert [(n["up_down"], n["state"], n["prefixes_received"]) for n in read["neighbors"]] == [
        (up_down, state, prefixes)
    ]


def test_an_empty_summary():
    assert summary("")["neighbors"] == []


def test_neighbors_of_two_calico_nodes(sample):
    first, second = neighbors(sample("show-bgp-neighbors-calico-two-peers"))
    assert (first["address"], first["remote_as"], first["local_as"], first["link"]) == (
        "10.250.17.159",
        64512,
        64512,
        "internal",
    )
    assert (first["state"], first["uptime"], first["hold_time"], first["keepalive"]) == (
        "Established",
        "00:00:43",
        90,
        30,
    )
    assert first["capabilities"] == {
        "route_refresh": True,
        "ipv4_unicast": True,
        "ipv6_unicast": False,
        "four_octet_as": False,
        "graceful_restart": True,
    }
    assert (first["accepted_prefixes"], first["announced_prefixes"], first["restart_time"]) == (1, 0, 120)
    assert first["peer_group"] == "calico-k8s"
    assert (first["last_reset"], first["notification"]) == (None, None)
    assert (second["address"], second["uptime"]) == ("10.250.17.182", "00:00:29")


DOWN = """\
BGP neighbor is 10.0.0.1, remote AS 65000, local AS 64512, external link
 Description: podroute: node one
  BGP version 4, remote router ID 0.0.0.0
  BGP state = Active
  Last read 17:26:23, hold time is 90, keepalive interval is 30 seconds
  Neighbor capabilities:
    4-Octet ASN Capability: advertised
  Received 5 messages, 1 notifications, 0 in queue
For address family: IPv4 Unicast
  0 accepted prefixes
  0 announced prefixes
For address family: IPv6 Unicast
  2 accepted prefixes
  3 announced prefixes

Connections established 4; dropped 3
Last Reset: 17:26:23, due to BGP Notification sent
Notification Error Message: (Cease/Administratively Reset.)
"""


def test_a_session_that_is_down_says_why():
    (peer,) = neighbors(DOWN)
    assert (peer["state"], peer["uptime"], peer["link"]) == ("Active", None, "external")
    assert (peer["last_reset"], peer["last_reset_reason"]) == ("17:26:23", "BGP Notification sent")
    assert peer["notification"] == "Cease/Administratively Reset."
    assert (peer["connections_established"], peer["connections_dropped"]) == (4, 3)
    assert peer["description"] == "podroute: node one"


def test_a_capability_counts_only_when_both_sides_said_it():
    (peer,) = neighbors(DOWN)
    assert peer["capabilities"]["four_octet_as"] is False


def test_prefixes_of_both_families_are_summed():
    (peer,) = neighbors(DOWN)
    assert (peer["accepted_prefixes"], peer["announced_prefixes"]) == (2, 3)


def test_routes_of_pods(sample):
    read = routes(sample("show-ip-route-calico-bgp"))
    assert read[2] == {
        "code": "B",
        "prefix": "192.168.1.0/24",
        "distance": 200,
        "metric": 0,
        "via": "192.168.2.44",
        "interface": "k8s",
        "age": "00:01:49",
    }
    assert [route["code"] for route in read] == list("CCBCBB")


def test_a_vlan_outside_common_has_its_path(sample):
    assert {r["interface"] for r in routes(sample("show-ip-route-calico-partition-vlan")) if r["code"] == "B"} == {
        "/Kubernetes/vnic3"
    }


def test_the_vip_is_a_kernel_route_on_the_active_unit_only(sample):
    def vip(name):
        return [r for r in routes(sample(name)) if r["prefix"] == "10.99.99.100/32"]

    assert vip("show-ip-route-agility-active-unit") == [
        {
            "code": "K",
            "prefix": "10.99.99.100/32",
            "distance": 0,
            "metric": 0,
            "via": None,
            "interface": "tmm",
            "age": None,
        }
    ]
    assert vip("show-ip-route-agility-standby-unit") == []


def test_an_aggregate_is_a_summary(sample):
    aggregate = next(r for r in routes(sample("show-ip-route-agility-aggregate")) if r["interface"] == "Null")
    assert (aggregate["code"], aggregate["via"], aggregate["distance"]) == ("B", None, 200)


def test_kernel_routes_of_old_tmos_and_equal_paths():
    read = routes(
        "Gateway of last resort is 10.0.0.1 to network 0.0.0.0\n\nK*      0.0.0.0/0 via 10.0.0.1, external\n"
        "K       10.9.9.9/32 is directly connected, tmm0\nB       10.1.0.0/24 [20/0] via 10.0.0.2, v, 00:01:00\n"
        "                    [20/0] via 10.0.0.3, v, 00:01:00\nO E2    10.2.0.0/24 [110/20] via 10.0.0.4, v, 00:00:01\n"
    )
    assert [(r["code"], r["prefix"], r["distance"], r["via"], r["interface"]) for r in read] == [
        ("K", "0.0.0.0/0", None, "10.0.0.1", "external"),
        ("K", "10.9.9.9/32", None, None, "tmm0"),
        ("B", "10.1.0.0/24", 20, "10.0.0.2", "v"),
        ("B", "10.1.0.0/24", 20, "10.0.0.3", "v"),
        ("O", "10.2.0.0/24", 110, "10.0.0.4", "v"),
    ]


def test_the_gateway_of_last_resort(sample):
    assert gateway(sample("show-ip-route-agility-active-unit")) is None
    assert gateway("Gateway of last resort is 10.0.0.1 to network 0.0.0.0\n") == "10.0.0.1"


def test_the_bgp_table(sample):
    read = table(sample("show-ip-bgp-azure-routeserver"))
    assert (read["table_version"], read["router_id"], read["total"]) == (6, "10.255.20.4", 6)
    assert read["paths"][1] == {
        "prefix": "10.1.0.0/16",
        "next_hop": "10.255.255.4",
        "metric": 0,
        "local_preference": None,
        "weight": 0,
        "as_path": ["65515"],
        "origin": "igp",
        "valid": True,
        "best": True,
        "internal": False,
        "status": "*>",
    }
    assert read["paths"][4]["weight"] == 32768


def test_long_prefixes_have_their_next_hop_on_the_next_line(sample):
    paths = table(sample("show-ip-bgp-neighbor-routes-appworld-calico"))["paths"]
    assert [(p["prefix"], p["next_hop"], p["local_preference"], p["internal"]) for p in paths] == [
        ("192.168.235.192/26", "10.1.1.4", 100, True),
        ("192.168.36.64/26", "10.1.1.5", 100, True),
        ("192.168.169.128/26", "10.1.1.6", 100, True),
    ]


def test_a_filtered_line_without_its_header(sample):
    (path,) = table(sample("show-ip-bgp-neighbor-advertised-routes-agility"))["paths"]
    assert (path["prefix"], path["next_hop"], path["weight"], path["origin"]) == (
        "10.99.99.0/24",
        "10.2.20.3",
        32768,
        "igp",
    )


def test_what_counts_as_a_refusal():
    assert errors("ok\n% Invalid input detected at '^' marker.\n  %% more\n") == [
        "% Invalid input detected at '^' marker.",
        "%% more",
    ]
    assert errors("100% of it\n") == []
    assert errors("Dynamic routing is not enabled\n") == ["Dynamic routing is not enabled"]


@pytest.mark.parametrize("read", [summary, neighbors, routes, gateway, table, errors])
def test_no_sample_of_another_kind_makes_a_parser_fail(read, any_sample):
    read(any_sample)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(st.sampled_from("0123456789.:/[]*>i BCKvia,=\n\t"), max_size=300))
def test_no_text_whatever_makes_a_parser_fail(anything, alike):
    for text in (anything, alike, SUMMARY + alike, DOWN + alike):
        for read in (summary, neighbors, routes, gateway, table, errors):
            read(text)
