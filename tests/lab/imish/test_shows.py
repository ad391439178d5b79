# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show commands: a real FRR's replies come out in the form of a real device's samples."""

from __future__ import annotations

import json
import re

import pytest
from bigip.imish.resets import Resets
from bigip.imish.show import bfd, neighbors, rib, routes
from bigip.imish.vty import Message
from imish_box import FIXTURES, sample

REPLIES = json.loads((FIXTURES / "frr-replies.json").read_text())["replies"]
CONFIG = (
    "neighbor calico peer-group",
    "neighbor calico remote-as 64512",
    "neighbor calico capability graceful-restart",
    "neighbor calico description made by podroute",
    "neighbor calico prefix-list pods in",
    "neighbor calico soft-reconfiguration inbound",
    "neighbor calico maximum-prefix 1000",
    "neighbor 172.16.40.198 peer-group calico",
    "neighbor 172.16.40.199 peer-group calico",
    "neighbor 172.16.40.77 remote-as 65001",
    "neighbor 172.16.40.77 ebgp-multihop 3",
)


@pytest.fixture
def fed(box):
    """A route domain whose FRR has two Calico nodes and a peer that never answers."""
    box.bgp(*CONFIG)
    box.engine.replies = dict(REPLIES)
    return box


def test_summary(fed):
    assert (
        re.sub(r"\d\d:\d\d:\d\d", "00:00:11", fed.do("show ip bgp summary"))
        == """\
BGP router identifier 172.16.40.202, local AS number 64512
BGP table version is 3
1 BGP AS-PATH entries
0 BGP community entries

Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
172.16.40.77    4 65001       0       0        0    0    0          Active
172.16.40.198   4 64512       4       5        3    0    0 00:00:11        1
172.16.40.199   4 64512       4       4        3    0    0 00:00:11        1

Total number of neighbors 3
"""
    )


@pytest.mark.parametrize(
    "name", ["show-ip-bgp-summary-calico-never-up.txt", "show-ip-bgp-summary-azure-routeserver.txt"]
)
def test_summary_has_the_columns_of_the_samples(boxes, name):
    """Feed the sample's own numbers, get the sample back to the letter."""
    text = sample(name).split("\n", 1)[1]
    router_id, asn = re.search(r"identifier (\S+), local AS number (\d+)", text).groups()
    peers, told = [], {}
    for row in re.findall(r"^([\d.]+) +4 +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(.*)$", text, re.M):
        address, remote, received, sent, _version, _inq, _outq, rest = row
        peers += [f"neighbor {address} remote-as {remote}"]
        told[address] = {"msgRcvd": int(received), "msgSent": int(sent), "peerUptime": "never", "state": "Active"}
        if rest != "Active":
            told[address] |= {"peerUptime": rest.split()[0], "state": "Established", "pfxRcd": int(rest.split()[1])}
    box = boxes()
    box.configure("\n".join([f"router bgp {asn}", f"bgp router-id {router_id}", *peers]))
    paths = int(re.search(r"(\d+) BGP AS-PATH", text)[1])
    box.engine.replies = {
        "show bgp ipv4 unicast summary json": {
            "routerId": router_id,
            "tableVersion": int(re.search(r"version is (\d+)", text)[1]),
            "peers": told,
        },
        "show bgp ipv4 unicast json": {"routes": {f"10.0.{n}.0/24": [{"path": str(n)}] for n in range(paths)}},
    }
    assert box.do("show ip bgp summary") == text.rstrip("\n") + "\n"


def test_a_dropped_neighbor_has_a_time_and_no_number(fed):
    fed.engine.replies["show bgp ipv4 unicast summary json"] = {
        "peers": {
            "172.16.40.199": {"state": "Idle (Admin)", "peerUptime": "00:10:00"},
            "172.16.40.198": {"state": "Clearing", "peerUptime": "01:02:03"},
        }
    }
    lines = fed.do("show ip bgp summary").splitlines()
    assert lines[-4] == "172.16.40.198   4 64512       0       0        0    0    0 01:02:03 Idle"
    assert lines[-3] == "172.16.40.199   4 64512       0       0        0    0    0 00:10:00 Idle (Admin)"


def normal(text: str) -> list[str]:
    """Lines without their indent, numbers and names made equal: the shape."""
    shape = [re.sub(r"[0-9a-f]*:[0-9a-f:]+", "T", line.strip()) for line in text.splitlines()]
    return [re.sub(r"\d+(\.\d+)*", "N", line) for line in shape]


def test_neighbors_have_the_shape_of_the_sample(boxes):
    box = boxes()
    box.bgp(
        "neighbor calico-k8s peer-group",
        "neighbor calico-k8s remote-as 64512",
        "neighbor calico-k8s capability graceful-restart",
        "neighbor 172.16.40.198 peer-group calico-k8s",
        "neighbor 172.16.40.199 peer-group calico-k8s",
    )
    box.engine.replies = dict(REPLIES)
    theirs = sample("show-bgp-neighbors-calico-two-peers.txt").split("\n", 1)[1].rstrip("\n")
    assert normal(box.do("show bgp neighbors")) == normal(theirs)


def test_a_neighbor_that_never_answered(fed):
    assert (
        re.sub(r"(Last read|due in) [\d:]+", r"\1 N", fed.do("show ip bgp neighbors 172.16.40.77"))
        == """\
BGP neighbor is 172.16.40.77, remote AS 65001, local AS 64512, external link
  BGP version 4, remote router ID 0.0.0.0
  BGP state = Active
  Last read N, hold time is 90, keepalive interval is 30 seconds
  Received 0 messages, 0 notifications, 0 in queue
  Sent 0 messages, 0 notifications, 0 in queue
  Route refresh request: received 0, sent 0
  Minimum time between advertisement runs is 30 seconds
 For address family: IPv4 Unicast
  BGP table version 3, neighbor version 0
  Index 1, Offset 0, Mask 0x2
  Community attribute sent to this neighbor (both)
  0 accepted prefixes
  0 announced prefixes

 Connections established 0; dropped 0
External BGP neighbor may be up to 3 hops away.
Next connect timer due in N seconds
"""
    )


def test_policies_show_with_a_neighbor(fed):
    text = fed.do("show ip bgp neighbors 172.16.40.199")
    for line in (
        " Description: made by podroute",
        "  Inbound soft reconfiguration allowed",
        "  Incoming update prefix filter list is *pods",
        "  1 accepted prefixes, maximum limit 1000",
        "  1 announced prefixes",
        "    Graceful restart: advertised, received",
    ):
        assert line in text.splitlines()
    assert "4-Octet" not in text
    fed.configure("bgp extended-asn-cap")
    assert "    4-Octet ASN Capability: advertised and received\n" in fed.do("show ip bgp neighbors 172.16.40.199")


@pytest.mark.parametrize(
    ("log", "lines"),
    [
        (
            "%NOTIFICATION: sent to neighbor 172.16.40.77 2/2 (OPEN Message Error/Bad Peer AS) 2 bytes fb",
            [
                "Last Reset: 00:00:05, due to BGP Notification sent",
                "Notification Error Message: (OPEN Message Error/Bad Peer AS.)",
            ],
        ),
        (
            "%NOTIFICATION: received from neighbor 172.16.40.77 6/4 (Cease/Administrative Reset) 0 bytes ",
            [
                "Last Reset: 00:00:05, due to BGP Notification received",
                "Notification Error Message: (Cease/Administratively Reset.)",
            ],
        ),
        (
            "%NOTIFICATION(Hard Reset): sent to neighbor 172.16.40.77 4/0 (Hold Timer Expired) 0 bytes ",
            ["Last Reset: 00:00:05, due to BGP Notification sent", "Notification Error Message: (Hold Timer Expired)"],
        ),
        (
            "%ADJCHANGE: neighbor 172.16.40.77(Unknown) in vrf default Down NSF peer closed the session",
            ["Last Reset: 00:00:05, due to Peer closed the session"],
        ),
        ("%ADJCHANGE: neighbor 172.16.40.77(node1) in vrf default Up", []),
        ("172.16.40.77 [Error] bgp_read_packet error: Connection reset by peer", []),
    ],
)
def test_the_last_reset(fed, monkeypatch, log, lines):
    monkeypatch.setattr("bigip.imish.resets.time.time", lambda: 1005.0)
    fed.engine.log = lambda: [Message(1000.0, log)]
    shown = fed.do("show ip bgp neighbors 172.16.40.77").splitlines()
    assert [line for line in shown if line.startswith(("Last Reset", "Notification"))] == lines


def test_a_notification_has_the_reason_of_the_end():
    resets = Resets()
    resets.read(
        [
            Message(10.0, "%NOTIFICATION: sent to neighbor 10.0.0.1 6/4 (Cease/Administrative Reset) 0 bytes "),
            Message(10.1, "%ADJCHANGE: neighbor 10.0.0.1(h) in vrf default Down User reset"),
        ]
    )
    assert resets.last("10.0.0.1").message == "Cease/Administratively Reset."
    resets.read([Message(20.0, "%ADJCHANGE: neighbor 10.0.0.1(h) in vrf default Down Peer closed the session")])
    assert resets.last("10.0.0.1").cause == "Peer closed the session"
    resets.read([Message(30.0, "%NOTIFICATION: sent to neighbor 10.0.0.1 6/7 (Cease/Connection collision) 0 bytes ")])
    assert resets.last("10.0.0.1").at == 20.0
    resets.read(
        [
            Message(40.0, "%NOTIFICATION: sent to neighbor 10.0.0.1 6/3 (Cease/Peer De-configured) 0 bytes "),
            Message(40.1, "%ADJCHANGE: neighbor 10.0.0.1(h) in vrf default Down Neighbor deleted"),
        ]
    )
    assert resets.last("10.0.0.1") is None
    resets.read([Message(50.0, "%ADJCHANGE: neighbor 10.0.0.1(h) in vrf default Down Peer closed the session")])
    resets.forget([])
    assert resets.last("10.0.0.1") is None


def test_rib(fed):
    assert (
        fed.do("show ip bgp")
        == """\
BGP table version is 3, local router ID is 172.16.40.202
Status codes: s suppressed, d damped, h history, * valid, > best, i - internal, l - labeled
              S Stale
Origin codes: i - IGP, e - EGP, ? - incomplete

   Network          Next Hop            Metric     LocPrf     Weight Path
*>i10.244.10.64/26  172.16.40.199                     100          0 i
*>i10.244.20.0/26   172.16.40.198                     100          0 i
*> 172.16.99.99/32  0.0.0.0                  0                 32768 ?

Total number of prefixes 3
"""
    )
    assert fed.do("show bgp ipv4 unicast") == fed.do("show ip bgp")


@pytest.mark.parametrize(
    ("name", "routes_"),
    [
        (
            "show-ip-bgp-azure-routeserver.txt",
            {
                "10.1.0.0/16": [("10.255.255.5", False, 0), ("10.255.255.4", True, 0)],
                "10.2.0.0/16": [("10.255.255.5", False, 0), ("10.255.255.4", True, 0)],
                "10.100.0.0/16": [("0.0.0.0", True, 32768)],
                "10.101.0.0/16": [("0.0.0.0", True, 32768)],
                "10.102.0.0/16": [("0.0.0.0", True, 32768)],
                "10.255.0.0/16": [("10.255.255.5", False, 0), ("10.255.255.4", True, 0)],
            },
        ),
    ],
)
def test_rib_has_the_columns_of_the_sample(name, routes_):
    def path(hop: str, best: bool, weight: int) -> dict:
        ours = weight == 32768
        return {
            "valid": True,
            "bestpath": best,
            "weight": weight,
            "nexthops": [{"ip": hop, "used": True}],
            "path": "" if ours else "65515",
            "origin": "incomplete" if ours else "IGP",
            **({} if ours else {"metric": 0}),
        }

    data = {
        "tableVersion": 6,
        "routerId": "10.255.20.4",
        "routes": {prefix: [path(*each) for each in paths] for prefix, paths in routes_.items()},
    }
    assert rib.table(data) == sample(name).split("\n", 1)[1].rstrip("\n") + "\n"


def test_long_prefixes_wrap_as_in_the_sample(fed):
    text = sample("show-ip-bgp-neighbor-routes-appworld-calico.txt")
    path = {
        "valid": True,
        "bestpath": True,
        "pathFrom": "internal",
        "metric": 0,
        "locPrf": 100,
        "weight": 0,
        "path": "",
        "origin": "IGP",
    }
    for prefix, hop in (("192.168.235.192/26", "10.1.1.4"), ("192.168.36.64/26", "10.1.1.5")):
        shown = rib.table({"routes": {prefix: [{**path, "nexthops": [{"ip": hop, "used": True}]}]}}).splitlines()
        theirs = text[text.index(f"*>i{prefix}") :].splitlines()
        assert shown[6:-2] == theirs[: len(shown) - 8]


def test_routes_of_one_neighbor(fed):
    peer = "show ip bgp neighbors 172.16.40.199"
    assert "*>i10.244.10.64/26  172.16.40.199                     100          0 i" in fed.do(f"{peer} routes")
    assert fed.do(f"{peer} advertised-routes | i 172.16.99.99/32") == (
        "*> 172.16.99.99/32  0.0.0.0                  0        100      32768 ?\n"
    )
    fed.engine.replies = {
        **REPLIES,
        "show bgp neighbors 172.16.40.199 json": {"172.16.40.199": {"hostLocal": "172.16.40.202"}},
    }
    assert fed.do(f"{peer} advertised-routes | i 172.16.99.99/32") == (
        "*> 172.16.99.99/32  172.16.40.202            0        100      32768 ?\n"
    )
    assert "Total number of prefixes 3" in fed.do(f"{peer} received-routes")
    fed.bgp("no neighbor calico soft-reconfiguration inbound")
    assert fed.do(f"{peer} received-routes") == "% Inbound soft reconfiguration not enabled\n"
    assert fed.do("show ip bgp neighbors 10.9.9.9 routes") == "% No such neighbor\n"


def test_one_prefix(fed):
    assert (
        re.sub("update: .*", "update: T", fed.do("show ip bgp 10.244.10.64/26"))
        == """\
BGP routing table entry for 10.244.10.64/26
Paths: (1 available, best #1, table Default-IP-Routing-Table)
  Not advertised to any peer
  Local
    172.16.40.199 from 172.16.40.199 (172.16.40.199)
      Origin IGP, localpref 100, valid, internal, best
      Last update: T

"""
    )
    shown = fed.do("show ip bgp 172.16.99.99 | b Local").splitlines()
    theirs = sample("show-ip-bgp-prefix-agility.txt").splitlines()[1:]
    assert shown[:3] == ["", "...skipping", "  Local"]
    assert [line.split()[0] for line in shown[3:6]] == [line.split()[0] for line in theirs[3:6]]
    assert "valid, sourced, local, best" in shown[4]
    assert fed.do("show ip bgp 1.2.3.0/24") == "% Network not in table\n"


def test_routes(fed):
    shown = re.sub(r"\d\d:\d\d:\d\d", "00:01:49", fed.do("show ip route"))
    assert (
        shown
        == sample("show-ip-route-calico-bgp.txt").split("\n", 1)[1].split("\nC ")[0]
        + """
K       10.77.0.0/16 [0/0] is directly connected, Null
B       10.244.10.64/26 [200/0] via 172.16.40.199, int_vlan, 00:01:49
B       10.244.20.0/26 [200/0] via 172.16.40.198, int_vlan, 00:01:49
C       172.16.40.0/24 is directly connected, int_vlan
K       172.16.40.81/32 [0/0] is directly connected, tmm
K       172.16.99.99/32 [0/0] is directly connected, tmm

Gateway of last resort is not set
"""
    )
    assert fed.do("show ip route kernel").splitlines() == [
        "K       10.77.0.0/16 [0/0] is directly connected, Null",
        "K       172.16.40.81/32 [0/0] is directly connected, tmm",
        "K       172.16.99.99/32 [0/0] is directly connected, tmm",
    ]


def test_kinds_of_route():
    def route(prefix: str, protocol: str, *hops: dict, **more) -> dict:
        return {
            prefix: [
                {
                    "prefix": prefix,
                    "protocol": protocol,
                    "selected": True,
                    "nexthops": list(hops),
                    "uptime": "00:00:04",
                    **more,
                }
            ]
        }

    data = {
        **route("10.99.99.0/24", "bgp", {"blackhole": True, "active": True}, distance=200),
        **route("10.3.99.0/24", "kernel", {"ip": "10.1.20.254", "interfaceName": "internal", "active": True}),
        **route("0.0.0.0/0", "static", {"ip": "10.1.20.1", "interfaceName": "internal", "active": True}, distance=1),
        **route(
            "10.8.0.0/24",
            "bgp",
            {"ip": "10.1.1.1", "interfaceName": "eth1", "active": True},
            {"ip": "10.1.1.2", "interfaceName": "eth1", "active": True},
            distance=20,
        ),
        **route("10.9.0.0/24", "bgp", {"ip": "10.1.1.1", "interfaceName": "eth1"}, selected=False),
    }
    assert routes.table(data, None, {"eth1": "/Kubernetes/vnic3"}).splitlines()[7:] == [
        "S*      0.0.0.0/0 [1/0] via 10.1.20.1, internal",
        "K       10.3.99.0/24 [0/0] via 10.1.20.254, internal",
        "B       10.8.0.0/24 [20/0] via 10.1.1.1, /Kubernetes/vnic3, 00:00:04",
        "                    [20/0] via 10.1.1.2, /Kubernetes/vnic3, 00:00:04",
        "B       10.99.99.0/24 [200/0] is a summary, Null, 00:00:04",
        "",
        "Gateway of last resort is 10.1.20.1 to network 0.0.0.0",
    ]
    assert "B       10.99.99.0/24 [200/0] is a summary, Null, 00:00:04" in sample("show-ip-route-agility-aggregate.txt")
    assert "K       10.3.99.0/24 [0/0] via 10.1.20.254, internal" in sample("show-ip-route-agility-aggregate.txt")


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "00:00:00"), (62783000, "17:26:23"), (86400000, "1d00h00m"), (93780000, "1d02h03m"), (777600000, "01w2d00h")],
)
def test_durations(milliseconds, text):
    assert neighbors.clock(milliseconds) == text


def test_bfd():
    shown = bfd.text([{"id": 1, "remote-id": 2, "status": "up", "uptime": 65, "peer": "10.0.0.1"}], {})
    assert shown.splitlines()[-2:] == [
        "1          2            IPv4         Single-Hop  Up          00:01:05  10.0.0.1/32",
        "Number of Sessions:    1",
    ]


def test_without_bgp_or_its_daemon(box):
    for command in ("show ip bgp summary", "show ip bgp", "show ip bgp neighbors", "clear ip bgp *"):
        assert box.do(command) == "% No BGP process is configured\n"
        box.engine.number = None
        assert box.do(command) == "% Protocol daemon is not running\n"
        box.engine.number = 1


def test_without_frr_every_neighbor_is_shown_as_never_up(boxes):
    """What the detached engine gives: the sample of a device whose neighbors never came up."""
    box = boxes()
    box.bgp(
        "bgp router-id 172.18.10.1", "neighbor 172.18.10.10 remote-as 64512", "neighbor 172.18.10.11 remote-as 64512"
    )
    assert box.do("show ip bgp summary") == (
        sample("show-ip-bgp-summary-calico-never-up.txt").split("\n", 1)[1].rstrip("\n") + "\n"
    )
    assert "BGP state = Active" in box.do("show ip bgp neighbors 172.18.10.10")
    assert box.do("show ip bgp") == ""


def test_filters(fed):
    assert fed.do("show running-config | include remote-as").splitlines() == [
        " neighbor calico remote-as 64512",
        " neighbor 172.16.40.77 remote-as 65001",
    ]
    assert fed.do("sh run | i nothing-like-it") == ""
    assert fed.do("sh run | b line vty") == "\n...skipping\nline vty 0 39\n login\n!\nend\n\n"
    assert "neighbor" not in fed.do("sh run | exclude neighbor")
    assert fed.do("sh run | grep ^router") == "router bgp 64512\n"
    assert fed.do("sh run | frobnicate x") == "% Invalid output modifier\n"
    assert fed.do("sh run | i") == "% Incomplete command.\n"
    assert fed.do("sh run | i (") == "% Invalid regular expression\n"
    assert fed.do("shew run | i x").endswith("% Invalid input detected at '^' marker.\n")
