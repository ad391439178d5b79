# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell in front of a real FRR, with real BIRDs as Calico nodes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import imish_net
import pytest
from bigip.imish import FrrEngine, Imi, commands_bgp, commands_config
from bigip.imish.table import Row
from imish_box import Box, sample
from imish_net import NODES, Net

REASON = imish_net.missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=f"no FRR to speak to: {REASON}")
MASTER, NODE1 = NODES
CONFIG = (
    "neighbor calico-k8s peer-group",
    "neighbor calico-k8s remote-as 64512",
    "neighbor calico-k8s capability graceful-restart",
    *(f"neighbor {node} peer-group calico-k8s" for node in NODES),
)


def eventually(check: Callable[[], bool], why: Callable[[], str] = str, seconds: float = 90) -> None:
    """Wait for something to hold; `why` tells what there is instead."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"did not come within {seconds} s: {why()}"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    made = Net(tmp_path_factory.mktemp("n"))
    yield made
    made.close()


@pytest.fixture
def box(net, tmp_path):
    """A route domain on the real FRR; what an earlier one told it is taken away by the new one."""
    found = Box(tmp_path, FrrEngine(net.vty))
    assert found.imi.ready()
    yield found
    found.imi.disable()
    found.engine.close()


def established(box: Box, *nodes: str) -> bool:
    summary = box.do("show ip bgp summary")
    return all(re.search(rf"^{node} .*:\d\d +[1-9]\d*$", summary, re.M) for node in nodes)


def dropped(box: Box, node: str) -> int:
    """How many sessions with the node have ended."""
    found = re.search(r"dropped (\d+)", box.do(f"show ip bgp neighbors {node}"))
    assert found
    return int(found[1])


def up(net: Net, box: Box, *nodes: str) -> None:
    """Wait for the nodes' sessions and their blocks."""
    wanted = nodes or tuple(NODES)
    eventually(
        lambda: established(box, *wanted),
        lambda: "\n".join(
            [
                box.do("show ip bgp summary"),
                box.do("show ip bgp neighbors"),
                *(net.birdc(node, "show protocols all") for node in wanted),
            ]
        ),
    )


def test_the_scenario(net, box):
    """Sessions, pod blocks in, VIPs out through a route-map, nothing else out; and it looks like the device."""
    for route in ("172.16.99.99/32", "172.16.40.81/32", "10.77.0.0/16"):
        net.run("bigip", "ip", "route", "add", route, "dev", "tmm")
    assert (
        box.configure(
            "ip prefix-list VIPS seq 5 permit 172.16.0.0/16 le 32\n"
            "ip prefix-list PODS seq 5 permit 10.244.0.0/16 le 26\n"
            "route-map VIPS permit 10\n match ip address prefix-list VIPS\n"
        )
        == ""
    )
    assert box.bgp("redistribute kernel route-map VIPS", *CONFIG, "neighbor calico-k8s prefix-list PODS in") == ""
    up(net, box)

    # bgpd hands its routes to zebra, and zebra to the kernel, a moment after the session has them.
    for node, block in NODES.items():
        line = f"B       {block} [200/0] via {node}, int_vlan, 00:"
        eventually(lambda line=line: line in box.do("show ip route bgp"))
        for vip in ("172.16.99.99", "172.16.40.81"):
            eventually(lambda node=node, vip=vip: f"{vip} via 172.16.40.202" in net.run(node, "ip", "route"))

    shown = box.do("show bgp neighbors").splitlines()
    theirs = sample("show-bgp-neighbors-calico-two-peers.txt").splitlines()[1:]
    assert [line for line in shown if line.startswith("  BGP state")] == [
        line for line in shown if "Established, up for 00:00:" in line
    ]

    def shape(lines: list[str]) -> set[str]:
        return {re.sub(r"\d+(\.\d+)+|[\da-f]*:[\d:a-f]+|0x\w+|\d+", "N", line.strip()) for line in lines}

    assert shape(theirs) - shape(shown) == set()
    assert shape(shown) - shape(theirs) <= {"Incoming update prefix filter list is *PODS"}

    for node in NODES:
        assert "10.77" not in net.run(node, "ip", "route", "show", "proto", "bird")
    rib = box.do("show ip bgp")
    assert "10.9.9.0" not in rib
    assert "*>i10.244.235.192/26\n                    172.16.40.198" in rib
    assert "*>i10.244.10.64/26  172.16.40.199" in rib
    assert "K       172.16.99.99/32 [0/0] is directly connected, tmm" in box.do("show ip route")
    assert "2 announced prefixes" in box.do(f"show ip bgp neighbors {MASTER}")
    assert "*> 172.16.99.99/32  172.16.40.202" in box.do(f"show ip bgp neighbors {MASTER} advertised-routes")

    net.run("bigip", "ip", "route", "del", "172.16.99.99/32", "dev", "tmm")
    eventually(lambda: "172.16.99.99" not in net.run(MASTER, "ip", "route"))
    for route in ("172.16.40.81/32", "10.77.0.0/16"):
        net.run("bigip", "ip", "route", "del", route, "dev", "tmm")


def test_bgpd_is_killed_and_gets_its_configuration_back(net, box):
    box.bgp(*CONFIG)
    up(net, box)
    before = box.running
    net.kill("bgpd")
    assert box.do("show ip bgp summary") == "% Protocol daemon is not running\n"
    assert "% Protocol daemon is not running" in box.bgp("bgp router-id 10.0.0.1")
    assert box.running == before
    net.start("bgpd")
    # no command is sent in between: the nodes report the new session on their own
    eventually(lambda: "Established" in net.birdc(MASTER, "show protocols"))
    up(net, box)
    assert box.running == before


def test_a_restart_of_the_device_brings_back_what_was_written(net, box):
    box.bgp(*CONFIG)
    box.do("write")
    box.bgp(f"no neighbor {NODE1}", "neighbor 172.16.40.77 remote-as 65001")
    box.imi.disable()
    again = Imi(0, box.engine, box.imi.startup, "bigip1")
    again.enable()
    assert again.command(["-e", "show running-config"]) == box.imi.startup.read_text()
    assert again.ready()
    up(net, box_of(again))
    assert "172.16.40.77" not in box.engine._vty("bgpd").run("show running-config")[1]
    again.disable()


def box_of(imi: Imi) -> Box:
    """Short ways to talk to an Imi that exists."""
    found = object.__new__(Box)
    found.imi, found.engine = imi, imi.engine
    return found


def test_why_sessions_end(net, box):
    box.bgp(*CONFIG)
    up(net, box)
    assert "Last Reset" not in box.do(f"show ip bgp neighbors {MASTER}")

    # FRR also counts a session that a node opened while its neighbor was half configured.
    before = dropped(box, MASTER)
    assert box.do(f"clear ip bgp {MASTER}") == ""
    eventually(lambda: dropped(box, MASTER) > before)
    up(net, box, MASTER)
    shown = box.do(f"show ip bgp neighbors {MASTER}")
    assert re.search(
        r"^Last Reset: 00:00:\d\d, due to BGP Notification sent\n"
        r"Notification Error Message: \(Cease/Administratively Reset\.\)$",
        shown,
        re.M,
    )

    net.birdc(MASTER, "disable all")
    try:
        eventually(lambda: "BGP Notification received" in box.do(f"show ip bgp neighbors {MASTER}"))
        shown = box.do(f"show ip bgp neighbors {MASTER}")
        assert "Notification Error Message: (Cease/Administratively Shutdown.)" in shown
        assert re.search(rf"^{MASTER} .* \d\d:\d\d:\d\d (Active|Connect|Idle)$", box.do("show ip bgp summary"), re.M)
    finally:
        net.birdc(MASTER, "enable all")

    # the node's AS is not the one that we expect
    box.bgp(f"no neighbor {NODE1}", f"neighbor {NODE1} remote-as 65001")
    eventually(lambda: "(OPEN Message Error/Bad Peer AS.)" in box.do(f"show ip bgp neighbors {NODE1}"))
    assert re.search(rf"^{NODE1}   4 65001 .* {{10}}(Active|Connect|Idle)$", box.do("show ip bgp summary"), re.M)

    # and back again, by changing the number alone
    box.bgp(f"neighbor {NODE1} remote-as 64512")
    up(net, box, NODE1)


def test_settings_that_travel_in_the_open_message(net, box):
    box.bgp("timers bgp 3 9", *CONFIG[:2], "no neighbor calico-k8s capability graceful-restart", *CONFIG[3:])
    up(net, box)
    shown = box.do(f"show ip bgp neighbors {MASTER}")
    assert "hold time is 9, keepalive interval is 3 seconds" in shown
    assert "Graceful restart: received" in shown
    assert "Neighbor graceful restart" not in net.birdc(MASTER, "show protocols all")
    box.bgp("neighbor calico-k8s capability graceful-restart")
    eventually(
        lambda: (
            "Graceful restart: advertised, received" in box.do(f"show ip bgp neighbors {MASTER}")
            and established(box, *NODES)
        )
    )
    assert "restart" in net.birdc(MASTER, "show protocols all")


# What arguments look like, by name and kind, by name, by kind.
EXAMPLES = {
    "via:name": "192.0.2.254",
    "source:name": "10.0.0.1",
    "regex": "_65010$",
    "password": "s3cret",
    "path:line": "65010 65011",
    "peers:line": "65030 65031",
    "ge": "20",
    "le": "24",
    "threshold": "80",
    "keepalive": "3",
    "holdtime": "9",
    "ip4": "192.0.2.7",
    "ip6": "2001:db8::7",
    "net4": "10.20.0.0/16",
    "net6": "2001:db8:1::/48",
    "asn": "65020",
    "name": "NAME",
    "group": "G1",
    "line": "65010:7",
}


def example(name: str, kind: str, peer: str) -> str:
    """A value for one argument."""
    if name == "peer":
        return peer
    if "|" in kind or kind.startswith("="):
        return kind.removeprefix("=").split("|")[0]
    bounds = re.fullmatch(r"(\d+)-(\d+)", kind)
    for key in (f"{name}:{kind}", name if name != "name" else kind, kind):
        if key in EXAMPLES:
            return EXAMPLES[key]
    return str(min(int(bounds[1]) + 1, int(bounds[2])))


def examples(row: Row, peer: str) -> list[str]:
    """A row's line with everything, and with nothing that is optional."""
    found = []
    for full in (True, False):
        words, depth = [], 0
        for word in re.findall(r"<[^>]+>|\[|\]|[^\s\[\]]+", row.pattern):
            depth += {"[": 1, "]": -1}.get(word, 0)
            if word in "[];" or (depth and not full):
                continue
            argument = re.fullmatch(r"<([\w-]+):(.+)>", word)
            words.append(example(*argument.groups(), peer) if argument else word)
        if " ".join(words) not in found:
            found.append(" ".join(words))
    return found


# A route reflector's client must be internal; FRR reads an extended access list's rest more closely than we do.
INTERNAL = ("route-reflector-client",)
SPECIAL = {
    "access-list <name:100-199> <act:permit|deny> ip <what:line>": ["access-list 101 permit ip any any"],
    "ipv6 prefix-list": [],
}


@pytest.mark.parametrize("mode", ["router", "ipv6", "route-map", "config"])
def test_frr_takes_every_line_that_the_shell_takes(box, mode):
    """Each row of the tables, set and taken back, with and without its optional words."""
    tables = {
        "router": commands_bgp.ROUTER,
        "ipv6": commands_bgp.IPV6,
        "route-map": commands_config.ROUTE_MAP,
        "config": commands_config.CONFIG,
    }
    heads = {
        "router": ["router bgp 65001"],
        "ipv6": [
            "router bgp 65001",
            "address-family ipv6",
            *(f"neighbor {peer} activate" for peer in ("G1", "192.0.2.1", "192.0.2.9", "2001:db8::1")),
        ],
        "route-map": ["route-map RM permit 10"],
        "config": [],
    }
    box.configure(
        "router bgp 65001\nneighbor G1 peer-group\nneighbor G1 remote-as 65010\n"
        "neighbor 192.0.2.1 remote-as 65010\nneighbor 2001:db8::1 remote-as 65010\n"
        "neighbor 192.0.2.9 remote-as 65001\n"
    )
    kept = box.running
    refused = []
    for row in tables[mode]:
        if row.forms != "both" or row.action.startswith(("enter", "drop", "declare", "remote", "join")):
            continue
        internal = any(word in row.pattern for word in INTERNAL)
        peers = ["192.0.2.9"] if internal else ["G1", "192.0.2.1", "2001:db8::1"] if row.of_neighbor else [""]
        for line in [line for peer in peers for line in SPECIAL.get(row.pattern, examples(row, peer))]:
            if "ipv6 prefix-list" in line:
                line = line.replace("ge 20", "ge 50").replace("le 24", "le 64")
            order = ("no " + line, line) if row.flag else (line, "no " + line)
            for each in order:
                reply = box.configure("\n".join([*heads[mode], each]))
                if reply:
                    refused.append((each, reply))
    assert refused == []
    if mode in ("router", "config"):
        # a `no` of this capability stays, as devices print it
        assert [line for line in box.lines if "no neighbor" not in line] == kept.splitlines()
