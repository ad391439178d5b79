# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outputs of imish, the odd ones too."""

from __future__ import annotations

import time

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.neighbors import neighbors
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.routes import routes
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.summary import summary
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.table import table
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.text import Unreadable, errors, warnings
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


def attempt(read, text):
    """Data, or a refusal that names the line."""
    try:
        read(text)
    except Unreadable as problem:
        assert "this line cannot be parsed: " in str(problem)


@pytest.mark.parametrize("read", [summary, neighbors, routes, table, errors])
def test_a_sample_of_another_kind_is_read_or_refused(read, any_sample):
    attempt(read, any_sample)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(st.sampled_from("0123456789.:/[]*>i BCKvia,=\n\t"), max_size=300))
def test_any_text_is_read_or_refused(anything, alike):
    for text in (anything, alike, SUMMARY + alike, DOWN + alike):
        for read in (summary, neighbors, routes, table, errors):
            attempt(read, text)


@pytest.mark.parametrize(
    ("line", "hops"),
    [
        (
            "B       10.1.0.0/24 [200/0] via 10.0.0.2 (recursive is directly connected, v), 00:01:00",
            [("10.0.0.2", "v", "00:01:00")],
        ),
        (
            "B       10.1.0.0/24 [20/0] via 10.0.0.2 (recursive is directly connected, v), 00:01:00, [1/0]",
            [("10.0.0.2", "v", "00:01:00")],
        ),
        (
            "B       10.1.0.0/24 [200/0] via 10.0.0.2 (recursive via 10.9.9.9), 02:25:11",
            [("10.0.0.2", None, "02:25:11")],
        ),
        ("B       10.1.0.0/24 [200/0] via 10.0.0.2 (recursive is directly connected, v )", [("10.0.0.2", "v", None)]),
        (
            "B       10.1.0.0/24 [200/0] via 10.0.0.2, v, 00:01:00, via 10.0.0.3, w, 00:01:00, "
            "via 10.0.0.4, x, 00:01:00",
            [("10.0.0.2", "v", "00:01:00"), ("10.0.0.3", "w", "00:01:00"), ("10.0.0.4", "x", "00:01:00")],
        ),
        (
            "B       10.1.0.0/24 [200/0] via 10.0.0.2 via 10.0.0.3 via 10.0.0.4, v, 1d02h03m",
            [("10.0.0.2", None, "1d02h03m"), ("10.0.0.3", None, "1d02h03m"), ("10.0.0.4", "v", "1d02h03m")],
        ),
        (
            "B       10.1.0.0/24 [200/0] via 10.0.0.2, v, 00:01:00\n"
            "                    [200/0] via 10.0.0.3, w, 00:01:00\n"
            "                    via 10.0.0.4, x, 00:01:00",
            [("10.0.0.2", "v", "00:01:00"), ("10.0.0.3", "w", "00:01:00"), ("10.0.0.4", "x", "00:01:00")],
        ),
        (
            "B    *> 10.1.0.0/24 [200/0] via 10.0.0.2, v, 00:01:00\n"
            "     *>             [200/0] via 10.0.0.3, w, 00:01:00",
            [("10.0.0.2", "v", "00:01:00"), ("10.0.0.3", "w", "00:01:00")],
        ),
        (
            "B       10.1.0.0/24 [200/0] via 10.0.0.2 (recursive is directly connected, v), 00:01:00\n"
            "                             (recursive is directly connected, w), 00:01:00",
            [("10.0.0.2", "v", "00:01:00"), ("10.0.0.2", "w", "00:01:00")],
        ),
    ],
)
def test_next_hops_in_every_form(line, hops):
    for text in (line, "\n".join(f"    {part}" for part in f"Codes: B - BGP\n{line}".splitlines())):
        read = routes(text)
        assert [(route["via"], route["interface"], route["age"]) for route in read] == hops
        assert {(route["prefix"], route["metric"]) for route in read} == {("10.1.0.0/24", 0)}


@pytest.mark.parametrize(
    ("read", "text", "line"),
    [
        (routes, "B       10.1.0.0/24 [200/0] through 10.0.0.2\n", "through 10.0.0.2"),
        (routes, "C       10.0.0.0/8 is directly connected, v\n        [200/0] nowhere\n", "nowhere"),
        (summary, f"{SUMMARY}10.0.0.1        4 64512      10      11        9    0\n", "10.0.0.1"),
        (summary, f"{SUMMARY}2001:db8::1\n10.0.0.1 4 64512 10 11 9 0 0 00:01:02 0\n", "2001:db8::1"),
        (neighbors, "BGP neighbor is 10.0.0.1, remote AS\n", "remote AS"),
        (table, "   Network          Metric LocPrf Weight Path\n*> 10.0.0.0/8 0 100 0 i\n", "Network"),
        (
            table,
            "   Network          Next Hop            Metric LocPrf Weight Path\n"
            "*> 10.0.0.0/99      10.0.0.1   0 100 0 i\n",
            "10.0.0.0/99",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(read, text, line):
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert line in str(refused.value)


def test_a_table_without_a_column():
    text = (
        "BGP table version is 1, local router ID is 10.0.0.1\n"
        "    Network          Next Hop            Metric     Weight Path\n"
        "*>  10.1.0.0/16      10.0.0.2                 5          0 65000 i\n"
    )
    (path,) = table(text)["paths"]
    assert (path["metric"], path["local_preference"], path["weight"], path["as_path"]) == (5, None, 0, ["65000"])


def test_negotiated_and_configured_timers():
    text = DOWN.replace(
        "  Neighbor cap", "  Configured hold time is 30, keepalive interval is 10 seconds\n  Neighbor cap"
    )
    (peer,) = neighbors(text)
    assert (peer["hold_time"], peer["keepalive"]) == (90, 30)
    assert (peer["configured_hold_time"], peer["configured_keepalive"]) == (30, 10)


def test_capabilities_and_prefixes_of_each_family():
    text = DOWN.replace(
        " 0 accepted", " AF-dependant capabilities:\n    Graceful restart: advertised, received\n  0 accepted"
    )
    text = text.replace(" 2 accepted", " AF-dependant capabilities:\n    Graceful restart: advertised\n  2 accepted")
    (peer,) = neighbors(text)
    assert peer["capabilities"]["graceful_restart"] is True
    assert peer["families"]["ipv4_unicast"]["capabilities"] == {"graceful_restart": True}
    assert peer["families"]["ipv6_unicast"] == {
        "capabilities": {"graceful_restart": False}, "accepted_prefixes": 2, "announced_prefixes": 3
    }  # fmt: skip


def test_an_output_indented_as_a_whole_is_the_same_output(sample):
    for read, name in (
        (routes, "show-ip-route-calico-bgp"),
        (table, "show-ip-bgp-azure-routeserver"),
        (neighbors, "show-bgp-neighbors-calico-two-peers"),
        (summary, "show-ip-bgp-summary-agility-established"),
    ):
        text = sample(name)
        indented = "".join(f"      {line}\n" if line else "\n" for line in text.splitlines())
        assert read(indented) == read(text), name


def test_warnings_are_no_refusals():
    text = "% Warning: hold time is less than three times the keepalive interval\n% Invalid input\n"
    assert errors(text) == ["% Invalid input"]
    assert warnings(text) == ["% Warning: hold time is less than three times the keepalive interval"]


def test_very_long_outputs_take_little_time():
    count = 100_000
    prefixes = [f"10.{n // 65536}.{n // 256 % 256}.{n % 256}/32" for n in range(count)]
    head = "BGP table version is 9, local router ID is 10.0.0.254\n"
    head += "    Network          Next Hop            Metric     LocPrf     Weight Path\n"
    row = "*>i {:<16}10.0.0.2                 0        100          0 i\n"
    texts = {
        routes: "".join(f"B       {p} [200/0] via 10.0.0.2, v, 00:01:00\n" for p in prefixes),
        table: head + "".join(map(row.format, prefixes)),
        neighbors: "\n".join(DOWN.replace("10.0.0.1,", f"10.0.{n // 256}.{n % 256},") for n in range(5000)),
        summary: SUMMARY + "".join(
            f"10.1.{n // 256}.{n % 256}        4 64512      10      11        9    0    0 00:01:02        3\n"
            for n in range(5000)
        ),
    }  # fmt: skip
    for read, text in texts.items():
        begin = time.process_time()
        found = read(text)
        assert time.process_time() - begin < 20, read  # coverage and a busy machine included
        size = len(found) if isinstance(found, list) else len(found.get("paths") or found["neighbors"])
        assert size in (count, 5000)
