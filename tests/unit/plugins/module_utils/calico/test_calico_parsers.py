# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ipaddress
import json
import re

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import node_shell
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import (
    bird,
    bird_config,
    caliconodestatus,
    ipam,
    kernel,
    node_status,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable
from hypothesis import given
from hypothesis import strategies as st


def named(rows, name):
    return next(row for row in rows if row["name"] == name)


def test_protocols_all_established(sample):
    rows = bird.protocols(sample("birdc_show_protocols_all_established.txt"))
    assert [row["name"] for row in rows] == [
        "static1",
        "kernel1",
        "device1",
        "direct1",
        "Mesh_10_77_0_2",
        "Mesh_10_77_0_3",
        "Global_10_77_0_202",
    ]
    peer = named(rows, "Global_10_77_0_202")
    assert (peer["type"], peer["peer_ip"], peer["state"], peer["bgp_state"], peer["last_error"]) == (
        "GlobalPeer",
        "10.77.0.202",
        "up",
        "Established",
        None,
    )
    assert (peer["imported"], peer["exported"], peer["preferred"]) == (3, 1, 3)
    assert peer["neighbor_as"] == 64512 and peer["hold_timer"] == "176/240" and peer["since"] == "00:15:51"
    assert "add-path-rx" in peer["neighbor_capabilities"]


def test_a_reset_session_and_the_kernel_that_waits(sample):
    rows = bird.protocols(sample("birdc_show_protocols_all_active_reset.txt"))
    assert named(rows, "kernel1")["state"] == "wait"
    peer = named(rows, "Global_10_77_0_202")
    assert (peer["bgp_state"], peer["last_error"]) == ("Active", "Socket: Connection reset by peer")
    assert peer["graceful_restart"] == "pending"


@pytest.mark.parametrize(
    ("name", "state", "error"),
    [
        ("birdc_remote_received_bad_peer_as.txt", "Idle", "Received: Bad peer AS"),
        ("birdc_show_protocols_all_connect_md5_mismatch.txt", "Connect", None),
    ],
)
def test_sessions_that_do_not_stand(sample, name, state, error):
    row = bird.protocols(sample(name))[-1]
    assert (row["bgp_state"], row["last_error"]) == (state, error)


def test_a_disabled_protocol(sample):
    row = named(bird.protocols(sample("birdc_show_protocols_disabled.txt")), "Mesh_10_77_0_3")
    assert (row["state"], row["bgp_state"], row["info"]) == ("down", None, "")


def test_dates_and_the_banner_of_calicos_bird(sample):
    rows = bird.protocols(sample("birdcl_real_calico_banner_dates.txt"))
    assert named(rows, "Global_10_10_0_1")["since"] == "2023-05-31"
    assert named(rows, "Global_127_0_0_1")["bgp_state"] == "Established"
    assert bird.status("BIRD v0.3.3+birdv1.6.8 ready.\n")["version"] == "v0.3.3+birdv1.6.8"


def test_the_socket_says_the_same_as_birdc(sample):
    raw = bird.protocols(bird.from_socket(sample("bird_socket_raw_show_protocols.txt")))
    assert [row["name"] for row in raw] == [
        row["name"] for row in bird.protocols(sample("birdc_show_protocols_established.txt"))
    ]
    assert named(raw, "kernel1")["state"] == "up"


def test_ipv6_and_ports_in_names():
    text = (
        "Node_fd00__1 BGP      master   up     10:00:00    Established\n"
        "Global_10_0_0_1_port_1179 BGP      master   start  10:00:00    Connect       Socket: No route\n"
    )
    six, four = bird.protocols(text)
    assert six["peer_ip"] == "fd00::1" and six["type"] == "NodePeer"
    assert four["peer_ip"] == "10.0.0.1" and four["last_error"] == "Socket: No route"


@pytest.mark.parametrize("name", ["birdc_show_route.txt", "birdc_show_route_all.txt"])
def test_routes(sample, name):
    rows = bird.routes(sample(name))
    assert len(rows) == 7
    assert [row["destination"] for row in rows[:3]] == ["10.10.10.0/24"] * 3
    assert rows[0]["special"] == "blackhole" and rows[0]["best"] and rows[0]["gateway"] is None
    assert rows[1]["gateway"] == "10.77.0.3" and not rows[1]["best"]
    vip = next(row for row in rows if row["destination"] == "172.16.20.50/32")
    assert vip == {
        "destination": "172.16.20.50/32",
        "gateway": "10.77.0.202",
        "interface": "eth0",
        "special": None,
        "best": True,
        "protocol": "Global_10_77_0_202",
        "from": None,
    }


def test_a_route_through_a_reflector():
    (row,) = bird.routes("10.1.0.0/26        via 10.0.0.3 on eth0 [Node_10_0_0_1 10:11:12 from 10.0.0.1] * (100/0) [i]")
    assert row["from"] == "10.0.0.1" and row["best"]


def test_status(sample):
    calm = bird.status(sample("birdc_show_status.txt"))
    assert calm["router_id"] == "10.77.0.1" and calm["up"] and not calm["recovering"]
    waiting = bird.status(sample("birdc_show_status_gr_recovery.txt"))
    assert waiting["recovering"] and waiting["wait_timer"] == (210, 240)


def test_the_rendered_configuration(sample):
    found = bird_config.parse(sample("rendered_bird.cfg.txt"))
    assert found == {
        "mesh": ["10.77.0.2", "10.77.0.3"],
        "global": ["10.77.0.202"],
        "node": [],
        "neighbors": {"10.77.0.2": 64512, "10.77.0.3": 64512, "10.77.0.202": 64512},
        "add_paths": True,
        "graceful_restart": True,
        "router_id": "10.77.0.1",
        "local_as": 64512,
    }


def test_a_configuration_without_them():
    text = 'template bgp bgp_template {\n  # add paths on;\n  password "a#b;graceful restart;";\n}\n'
    found = bird_config.parse(text)
    assert not found["add_paths"] and not found["graceful_restart"] and found["mesh"] == []


def test_kernel_routes(sample):
    assert kernel.routes(sample("ip_-j_route_show_proto_bird.json"))[1] == {
        "dst": "172.16.20.50/32",
        "gateway": "10.77.0.202",
        "dev": "eth0",
        "protocol": None,
        "type": "unicast",
    }
    rows = kernel.routes(
        json.dumps(
            [
                {"dst": "default", "gateway": "10.0.0.1", "dev": "eth0", "protocol": "dhcp"},
                {"type": "blackhole", "dst": "10.244.0.0/26", "protocol": "bird"},
                {
                    "dst": "10.1.0.0/16",
                    "protocol": "bird",
                    "nexthops": [{"gateway": "10.0.0.2", "dev": "a"}, {"gateway": "10.0.0.3", "dev": "b"}],
                },
            ]
        )
    )
    assert [(row["dst"], row["gateway"], row["type"]) for row in rows] == [
        ("0.0.0.0/0", "10.0.0.1", "unicast"),
        ("10.244.0.0/26", None, "blackhole"),
        ("10.1.0.0/16", "10.0.0.2", "unicast"),
        ("10.1.0.0/16", "10.0.0.3", "unicast"),
    ]
    for wrong in ('Object "route" is unknown', "{}", "3"):
        with pytest.raises(ValueError, match="printed no"):
            kernel.routes(wrong)


def test_node_status(sample):
    found = node_status.parse(sample("node_status_established.txt"))
    assert found["running"] and [(row["peer_ip"], row["type"], row["state"]) for row in found["sessions"]] == [
        ("10.77.0.2", "NodeMesh", "Established"),
        ("10.77.0.3", "NodeMesh", "Established"),
        ("10.77.0.202", "GlobalPeer", "Established"),
    ]
    bad = node_status.parse(sample("node_status_idle_bad_peer_as.txt"))["sessions"][-1]
    assert (bad["state"], bad["last_error"]) == ("Idle", "BGP Error: Bad peer AS")
    assert node_status.parse(sample("node_status_no_bird6.txt"))["notes"] == [
        "INFO: BIRDv6 process: 'bird6' is not running."
    ]
    assert not node_status.parse("Calico process is not running.\n")["running"]


def test_node_status_with_a_port_and_a_long_info():
    text = (
        "Calico process is running.\n\nIPv4 BGP status\n"
        "| 10.0.0.1.port.1179 | node specific | start | 2026-11-22 | Active Socket: Connection |\n"
        "|                    |               |       |            | reset by peer             |\n"
        "IPv6 BGP status\n| fd00::2 | global | up | 10:00:00 | Established |\n"
    )
    one, six = node_status.parse(text)["sessions"]
    assert (one["peer_ip"], one["port"], one["type"], one["last_error"]) == (
        "10.0.0.1",
        1179,
        "NodePeer",
        "Socket: Connection reset by peer",
    )
    assert six["family"] == 6


def test_caliconodestatus(sample):
    ghost, good, bad = (
        caliconodestatus.parse(item) for item in json.loads(sample("caliconodestatus_list.json"))["items"]
    )
    assert ghost is None
    assert good["agent"] == {"state": "Ready", "router_id": "10.77.0.1"}
    assert {row["state"] for row in good["sessions"]} == {"Established"}
    vip = next(row for row in good["routes"] if row["destination"] == "172.16.20.50/32")
    assert vip == {
        "destination": "172.16.20.50/32",
        "gateway": "10.77.0.202",
        "interface": "eth0",
        "type": "FIB",
        "learned_from": "BGPPeer",
        "peer_ip": "10.77.0.202",
    }
    assert [row["state"] for row in bad["sessions"]][-1] == "Active"


def test_birds_routes_in_calicos_words(sample):
    """What a shell says of a node is what CalicoNodeStatus says of it."""
    output = "".join(
        f"{node_shell._MARK} {name} begin\n{sample(file)}\n{node_shell._MARK} {name} 0\n"
        for name, file in (
            ("protocols", "birdc_show_protocols_all_established.txt"),
            ("routes", "birdc_show_route.txt"),
            ("status", "birdc_show_status.txt"),
            ("config", "rendered_bird.cfg.txt"),
            ("kernel", "ip_-j_route_show_proto_bird.json"),
        )
    )
    seen = node_shell.observe(output)
    assert seen["errors"] == [] and seen["recovering"] is False and seen["router_id"] == "10.77.0.1"
    told = caliconodestatus.parse(json.loads(sample("caliconodestatus_list.json"))["items"][1])

    def order(rows):
        return sorted(rows, key=lambda row: (row["destination"], str(row["gateway"])))

    assert order(seen["routes"]) == order(told["routes"])
    assert [(row["peer_ip"], row["type"]) for row in seen["sessions"]] == [
        (row["peer_ip"], row["type"]) for row in told["sessions"]
    ]


def test_the_script_runs_in_a_plain_shell():
    text = node_shell.script(node_shell.SECTIONS, "/nowhere/bird.ctl", "/nowhere/it's")
    seen = node_shell.observe(node_shell.run([], "n", text, 20))
    assert seen["bird"] is None and seen["sessions"] is None
    assert any(error.startswith("config: ") for error in seen["errors"])


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="no reply within"):
        node_shell.run(["sh", "-c", "sleep 9", "{node}"], "n", "", 0.2)
    with pytest.raises(ValueError, match="/nowhere/ssh n sh -s: No such file"):
        node_shell.run(["/nowhere/ssh", "{node}"], "n", "", 5)
    with pytest.raises(ValueError, match=r"denied \(exit code 255\)"):
        node_shell.run(["sh", "-c", "echo denied >&2; exit 255"], "n", "", 5)
    assert "printed no section: hello" in node_shell.observe("hello")["errors"][0]


bird_words = st.lists(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            [
                "BIRD 1.6.8 ready.",
                "name     proto    table    state  since       info",
                "0000 ",
                "1002-x BGP master up 00:00:00",
                "Mesh_10_0_0_1 BGP      master   up     00:15:51    Established",
                "  Routes: 1 imported, x exported",
                "    Neighbor AS: 99999999999",
                "    Neighbor address: nonsense",
                "10.0.0.0/24 via 1.2.3.4 on e [x 00:00:00] *",
                "   via 10.0.0.1 on e [Mesh 2026-01-01] * (100/0) [i]",
                "Wait timer is 1/240",
                "{}",
                "| a | b | c | d | e |",
                "| | | | | e |",
                "protocol bgp Mesh_x {",
                "  neighbor 1.2.3.4 as 1;",
                "}",
                "#podroute-section kernel begin",
                "#podroute-section kernel 0",
                '[{"dst": 3}]',
                "template bgp x {",
            ]
        ),
    ),
    max_size=12,
).map("\n".join)


def attempt(read, text):
    """Data, or a refusal that names the line."""
    try:
        return read(text)
    except Unreadable as problem:
        assert "this line cannot be parsed: " in str(problem)
        return []


@given(bird_words)
def test_no_words_make_a_parser_fall_over(text):
    for row in attempt(bird.protocols, bird.from_socket(text)) + attempt(bird.protocols, text):
        assert row["name"]
        if row["peer_ip"]:
            ipaddress.ip_address(row["peer_ip"])
    for row in attempt(bird.routes, text):
        assert "/" in row["destination"]
    for read in (bird.status, bird_config.parse, node_status.parse, ipam.pools):
        attempt(read, text)
    node_shell.observe(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "status",
                    "agent",
                    "birdV4",
                    "bgp",
                    "peersV4",
                    "routes",
                    "routesV4",
                    "learnedFrom",
                    "dst",
                    "nexthops",
                    "gateway",
                    "state",
                    "type",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_json_makes_a_parser_fall_over(value):
    caliconodestatus.parse(value)
    caliconodestatus.parse({"status": value})
    try:
        kernel.routes(json.dumps(value))
    except ValueError as problem:
        assert re.search("printed no|cannot be parsed", str(problem))


@given(
    st.lists(
        st.tuples(
            st.ip_addresses(v=4),
            st.sampled_from(["Mesh", "Node", "Global"]),
            st.sampled_from(["Established", "Active", "Idle"]),
        ),
        max_size=6,
    )
)
def test_printed_sessions_read_back(sessions):
    text = "\n".join(
        f"{kind}_{str(address).replace('.', '_')} BGP      master   {'up   ' if state == 'Established' else 'start'}  "
        f"00:15:52    {state}   "
        for address, kind, state in sessions
    )
    assert [(row["peer_ip"], row["type"], row["bgp_state"]) for row in bird.protocols(text)] == [
        (str(address), bird.TYPES[kind], state) for address, kind, state in sessions
    ]
