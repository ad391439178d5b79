# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every form of BIRD's and calicoctl's output is read, or refused with its line: never fewer routes without a word."""

from __future__ import annotations

import time

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import node_shell
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import (
    bird,
    bird_config,
    ipam,
    kernel,
    node_status,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable

BANNER = "BIRD v0.3.3+birdv1.6.8 ready.\n"


# (destination, gateway, interface, special, best) of each next hop
@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("10.1.0.0/26        via 10.0.0.2 on eth0 [Mesh_10_0_0_2 10:00:00] * (100/0) [i]",
         [("10.1.0.0/26", "10.0.0.2", "eth0", None, True)]),
        ("10.1.0.0/26        via 10.0.0.2 on eth0 [Node_10_0_0_9 2026-11-20 from 10.0.0.9] (100/-) [AS65001 65002?]",
         [("10.1.0.0/26", "10.0.0.2", "eth0", None, False)]),
        # The kernel refused the best route.
        ("10.1.0.0/26        via 10.0.0.2 on eth0 [Mesh_10_0_0_2 10:00:00] ! (100/0) [i]",
         [("10.1.0.0/26", "10.0.0.2", "eth0", None, False)]),
        ("0.0.0.0/0          via 10.0.0.1 on eth0 [kernel1 10:00:00] * (10)",
         [("0.0.0.0/0", "10.0.0.1", "eth0", None, True)]),
        ("10.1.0.4/32        dev cali12ab.x_y [kernel1 10:00:00] * (10)",
         [("10.1.0.4/32", None, "cali12ab.x_y", None, True)]),
        ("10.1.0.0/26        blackhole [static1 10:00:00] * (200)", [("10.1.0.0/26", None, None, "blackhole", True)]),
        ("10.1.0.0/26        unreachable [k 10:00:00] * (200)", [("10.1.0.0/26", None, None, "unreachable", True)]),
        ("10.1.0.0/26        prohibited [k 10:00:00] (200)", [("10.1.0.0/26", None, None, "prohibit", False)]),
        ("10.2.0.0/16        multipath [kernel1 10:00:00] * (10)\n\tvia 10.0.0.2 on eth0 weight 1\n"
         "\tvia 10.0.0.3 on eth1 weight 2\n"
         "                   via 10.0.0.4 on eth0 [Mesh_10_0_0_4 10:00:00] (100/0) [i]",
         [("10.2.0.0/16", "10.0.0.2", "eth0", None, True), ("10.2.0.0/16", "10.0.0.3", "eth1", None, True),
          ("10.2.0.0/16", "10.0.0.4", "eth0", None, False)]),
        ("Table master4:\n10.3.0.0/16          unicast [bgp1 2026-11-20 10:00:00.123] * (100) [AS65001i]\n"
         "\tvia 10.0.0.2 on eth0 mpls 17 onlink weight 1\n\tdev eth1\n",
         [("10.3.0.0/16", "10.0.0.2", "eth0", None, True), ("10.3.0.0/16", None, "eth1", None, True)]),
        ("fd00:1::/64        via fe80::1 on eth0 [Mesh_fd00__2 10:00:00 from fd00::2] * (100/0) [i]",
         [("fd00:1::/64", "fe80::1", "eth0", None, True)]),
        ("10.1.0.0/26        via 10.0.0.2 on eth0 [Mesh_10_0_0_2 10:00:00] * (100/0) [i]\n\tType: BGP unicast univ\n"
         "\tBGP.origin: IGP\n\tBGP.20 [t]: 01\n\tBGP.community: (1,2)\n\t\t(3,4)",
         [("10.1.0.0/26", "10.0.0.2", "eth0", None, True)]),
        (f"[root@node /]# birdcl -s /run/bird.ctl show route\n{BANNER}0 of 0 routes for 0 networks", []),
        ("", []),
        (BANNER, []),
    ],
)  # fmt: skip
def test_routes_of_bird(text, routes):
    crlf, indented = text.replace("\n", "  \r\n"), "".join(f"    {line}\n" for line in text.splitlines())
    for each in (text, BANNER + text, crlf, indented):
        keys = ("destination", "gateway", "interface", "special", "best")
        assert [tuple(row[key] for key in keys) for row in bird.routes(each)] == routes


ROUTE = "10.1.0.0/26        via 10.0.0.2 on eth0 [Mesh_10_0_0_2 10:00:00] * (100/0) [i]\n"
PROTOCOLS = BANNER + "name     proto    table    state  since       info\n"
MESH = "Mesh_10_0_0_2 BGP      master   up     10:00:00    Established\n"
POOLS = "| GROUPING | CIDR | IPS TOTAL | IPS IN USE | IPS FREE |\n"
PEER = "protocol bgp Global_10_0_0_9 from bgp_template {\n  neighbor 10.0.0.9 port 1179 as 64512;\n}\n"


@pytest.mark.parametrize(
    ("read", "text", "line"),
    [
        (bird.routes, ROUTE + "10.2.0.0/26        ??? [kernel1 10:00:00] * (10)\n", "??? [kernel1"),
        (bird.routes, ROUTE + "10.2.0.0/26        via 10.0.0.2 on et", "10.2.0.0/26        via 10.0.0.2 on et"),
        (bird.routes, ROUTE + "10.2.0.0/26\n", "10.2.0.0/26"),
        (bird.routes, ROUTE + "--More--\n" + ROUTE, "--More--"),
        (bird.routes, "                   " + ROUTE[19:] + ROUTE, "via 10.0.0.2 on eth0"),
        (bird.routes, "10.2.0.0/16        multipath [kernel1 10:00:00] * (10)\n" + ROUTE, "multipath"),
        (bird.routes, "10.2.0.0/16        multipath [kernel1 10:00:00] * (10)\n", "multipath"),
        (bird.routes, "\tvia 10.0.0.2 on eth0 weight 1\n", "via 10.0.0.2"),
        (bird.routes, BANNER + "Access restricted\n", "Access restricted"),
        (bird.protocols, PROTOCOLS + "Mesh_10_0_0_2 BGP      mast", "Mesh_10_0_0_2 BGP      mast"),
        (bird.protocols, PROTOCOLS + MESH.replace("master   ", ""), "Mesh_10_0_0_2 BGP"),
        (bird.protocols, PROTOCOLS + MESH.replace("up  ", "sleep"), "sleep"),
        (bird.protocols, "Unable to connect to server control socket\n", "Unable to connect"),
        (bird_config.parse, PEER.replace("\n}", ""), "protocol bgp Global_10_0_0_9"),
        (bird_config.parse, PEER.replace("\n}", " }") + PEER, "protocol bgp Global_10_0_0_9"),
        (bird_config.parse, PEER.replace("as 64512", "external"), "protocol bgp Global_10_0_0_9"),
        (bird_config.parse, PEER + PEER.replace(".9", ".8").replace("bgp_template {", "bgp"), "neighbor 10.0.0.8"),
        (bird_config.parse, "template bgp bgp_template {\n  local as 1;\n", "template bgp bgp_template"),
        (ipam.pools, "| IP Pool | 10.0.0.0/16 | 65536 | 1 (0%) | 65535 (100%) |\n", "10.0.0.0/16"),
        (ipam.pools, POOLS + "| IP Pool | 10.0.0.0/16 | 65536 | many | 1 (0%) |\n", "many"),
        (ipam.pools, POOLS + "| IP Pool | 10.0.0.0/16 | 65536 | 1 (0%) |\n", "10.0.0.0/16"),
        (ipam.pools, POOLS + "|         |             |       | 1 (0%) | 1 (0%) |\n", "1 (0%)"),
        (ipam.pools, "", "no output"),
        (node_status.parse, "| 10.0.0.2 | global | up | 10:00:00 |\n", "10.0.0.2"),
        (node_status.parse, "|          |        |    |          | reset by peer |\n", "reset by peer"),
        (kernel.routes, '[{"dst": "10.0.0.0/8"}, {"gateway": "10.0.0.1"}]', "10.0.0.1"),
        (kernel.routes, '[{"dst": "10.0.0.0/8", "nexthops": ["10.0.0.1"]}]', "10.0.0.1"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(read, text, line):
    with pytest.raises(Unreadable, match="this line cannot be parsed: ") as refused:
        read(text)
    assert line in str(refused.value)


@pytest.mark.parametrize("state", ["up", "down", "start", "stop", "wait", "feed", "flush", "???"])
def test_a_protocol_in_every_state_of_bird(state):
    rows = bird.protocols(PROTOCOLS + MESH.replace("up  ", f"{state:<4}"))
    assert [(row["name"], row["state"], row["bgp_state"]) for row in rows] == [("Mesh_10_0_0_2", state, "Established")]


def test_protocols_in_other_forms():
    text = (
        "Name       Proto      Table      State  Since         Info\n"
        "Global_10_0_0_9_port_1179 BGP        ---        up     2026-11-20 10:00:00.123  Established\n"
        "  BGP state:          Established\n    Neighbor address: 10.0.0.9\n  Channel ipv4\n    State:          UP\n"
        "    Routes:         3 imported, 1 filtered, 2 exported, 3 preferred\n"
    )
    for each in (text, text.replace("\n", " \r\n"), "".join(f"  {line}\n" for line in text.splitlines())):
        (row,) = bird.protocols(each)
        assert (row["peer_ip"], row["state"], row["since"]) == ("10.0.0.9", "up", "2026-11-20 10:00:00.123"), each
        assert (row["imported"], row["filtered"], row["exported"], row["preferred"]) == (3, 1, 2, 3)


def test_pools_in_other_forms(sample):
    recorded = sample("calicoctl_ipam.txt").partition("\n--- ")[0].partition("[stdout]\n")[2].partition("[stderr]")[0]
    assert ipam.pools(recorded) == {"10.244.0.0/16": 0}
    rows = (
        "| IP Pool  | 10.0.0.0/8 | 1.6777e+07 | 1.2e+06 (7%) | 1.5577e+07 (93%) |\n"
        "| Block    | 10.0.0.0/26 | 64 | 5 (8%) | 59 (92%) |\n"
        "| IP Pool  | fd00::/64 | 1.8447e+19 | 0 (0%) | 1.8447e+19 (100%) |\n"
    )
    for text in (POOLS + rows, (POOLS + rows).replace("\n", " \r\n"), "  " + (POOLS + rows).replace("\n", "\n  ")):
        assert ipam.pools(text) == {"10.0.0.0/8": 1200000, "fd00::/64": 0}


def test_peers_in_other_forms():
    six = PEER.replace("10.0.0.9 port 1179", "fd00::9").replace("Global_10_0_0_9", "Node_fd00__9")
    text = f"# a comment\n{PEER}{six}".replace("\n}", "\n  import filter {\n    accept;\n  };\n}")
    for each in (text, text.replace("\n", "\r\n"), "".join(f"  {line}\n" for line in text.splitlines())):
        found = bird_config.parse(each)
        assert (found["global"], found["node"]) == (["10.0.0.9"], ["fd00::9"])
        assert found["neighbors"] == {"10.0.0.9": 64512, "fd00::9": 64512}


def test_a_section_that_cannot_be_parsed_is_an_error_of_the_node_and_no_empty_list():
    def printed(**sections):
        mark = node_shell.script(["protocols"]).split("echo '")[1].split(" ")[0]
        texts = {"protocols": PROTOCOLS + MESH, "routes": ROUTE, "kernel": "[]", "config": PEER} | sections
        return "".join(f"{mark} {name} begin\n{text}\n{mark} {name} 0\n" for name, text in texts.items())

    seen = node_shell.observe(printed())
    assert seen["errors"] == [] and len(seen["sessions"]) == len(seen["routes"]) == 1
    for name, key, text in (
        ("protocols", "sessions", PROTOCOLS + MESH + "Mesh_10_0_0_3 BGP\n"),
        ("protocols", "sessions", ""),
        ("routes", "routes", ROUTE + "nonsense\n"),
        ("kernel", "kernel_routes", '[{"dst": 3}]'),
        ("config", "bird", PEER + "protocol bgp Mesh_x {\n"),
    ):
        seen = node_shell.observe(printed(**{name: text}))
        found = seen[key]["config"] if name == "config" else seen[key]
        assert found is None and len(seen["errors"]) == 1 and seen["errors"][0].startswith(f"{name}: "), name


def test_multipath_and_prohibited_routes_as_recorded(sample):
    rows = bird.routes(sample("birdc_show_route_all_multipath.txt"))
    assert len(rows) == 12 and all(row["best"] for row in rows)
    found = [(row["gateway"] or row["interface"] or row["special"]) for row in rows]
    assert found == [
        "d0", "d1.x_y", "unreachable", "prohibit", "blackhole", "10.0.0.7", "10.0.0.8", "prohibit", "d0", "d0",
        "unreachable", "blackhole",
    ]  # fmt: skip


def test_protocols_that_are_no_sessions_as_recorded(sample):
    rows = bird.protocols(sample("birdc_show_protocols_all_pipe.txt"))
    assert [(row["name"], row["state"], row["bgp_state"]) for row in rows[-3:]] == [
        ("Mesh_10_0_0_9", "start", "Active"),
        ("Node_10_0_0_8_port_1179", "down", "Down"),
        ("pipe1", "up", None),
    ]


def test_very_long_outputs_take_little_time():
    routes = "".join(f"10.{n // 65536}.{n // 256 % 256}.{n % 256}/32{ROUTE[11:]}" for n in range(100_000))
    sessions = "".join(MESH.replace("10_0_0_2", f"10_0_{n // 256}_{n % 256}") for n in range(5000))
    for read, text, count in ((bird.routes, routes, 100_000), (bird.protocols, PROTOCOLS + sessions, 5000)):
        begin = time.process_time()
        assert len(read(text)) == count
        assert time.process_time() - begin < 20, read  # coverage and a busy machine included
