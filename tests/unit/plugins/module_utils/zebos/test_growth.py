# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten times the input takes about ten times the time, for every parser of the collection and hostile input too.

No time is asserted, only the ratio, and that with room: a quadratic pattern takes a hundred times as long.
"""

from __future__ import annotations

import contextlib
import gc
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import tmsh
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.imish import culprit
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import calicoctl, node_shell
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import (
    bird,
    bird_config,
    caliconodestatus,
    ipam,
    kernel,
    node_status,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.parse import parse
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.secrets import mask
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.neighbors import neighbors
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.routes import routes
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.summary import summary
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.table import table
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.text import errors, warnings

RATIO = 35  # for ten times the input


def address(number: int) -> str:
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


def each(form: str) -> Callable[[int], str]:
    """The form once for each number: ``{a}`` is an address and ``{n}`` the number."""
    return lambda size: "".join(form.format(a=address(number), n=number) for number in range(size))


def after(head: str, rest: Callable[[int], str], tail: str = "") -> Callable[[int], str]:
    return lambda size: head + rest(size) + tail


def times(text: str) -> Callable[[int], str]:
    return lambda size: text * size


TABLE = "   Network          Next Hop            Metric     LocPrf     Weight Path\n"
PATH = "*>i{a:<17}10.0.0.2                 0        100          0 i\n"
POOLS = "| GROUPING | CIDR | IPS TOTAL | IPS IN USE | IPS FREE |\n"
SUMMARY = "Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
PEER = "BGP neighbor is {a}, remote AS 65000, local AS 64512, external link\n  BGP state = Active\n"
CASES: dict[str, tuple[Callable[[Any], Any], Callable[[int], Any], int]] = {
    "neighbors of a configuration": (parse, after("router bgp 1\n", each(" neighbor {a} remote-as 1\n")), 500),
    "prefix list": (parse, each("ip prefix-list L seq {n}5 permit {a}/32\n"), 500),
    "prefix list without numbers": (parse, each("ip prefix-list L permit {a}/32\n"), 500),
    "access list": (parse, each("access-list L permit {a}/32\n"), 500),
    "route maps": (parse, each("route-map R{n} permit 10\n match ip address prefix-list L{n}\n!\n"), 300),
    "unknown lines": (parse, each("some line {n}\n"), 2000),
    "interfaces": (parse, each("interface v{n}\n description {n}\n!\n"), 1000),
    "routes": (routes, each("B       {a}/32 [200/0] via 10.0.0.2, v, 00:01:00\n"), 500),
    "next hops in one line": (routes, after("B 10.0.0.0/8 [20/0]", each(" via {a}")), 500),
    "next hops in lines": (routes, after("B 10.0.0.0/8 [20/0] via 1.1.1.1, v\n", each("      via {a}, v\n")), 500),
    "recursive routes": (routes, after("B 10.0.0.0/8 [200/0] via 1.1.1.1 ", times("(recursive "), "\n"), 1000),
    "blanks before a next hop": (routes, after("B 10.0.0.0/8 [2/0] via 1.1.1.1", times(" " * 20), "x\n"), 1000),
    "blanks before a prefix": (routes, after("B", times(" " * 20), "x\n"), 1000),
    "table": (table, after(TABLE, each(PATH)), 2000),
    "a long path": (table, after(TABLE + PATH.format(a="10.0.0.0")[:-2], times("65000 "), "i\n"), 4000),
    "blanks in a path": (table, after(TABLE + "*>i10.0.0.0/8 ", times(" " * 20), "x\n"), 1000),
    "sessions": (neighbors, each(PEER), 500),
    "a long fact": (neighbors, after(PEER.format(a="10.0.0.1"), times("Configured "), "keepalive\n"), 4000),
    "summary": (summary, after(SUMMARY, each("{a}  4 64512  10  11  9  0  0 00:01:02  3\n")), 500),
    "protocols of BIRD": (bird.protocols, each("Mesh_{n} BGP master up 00:15:51 Idle\n  Routes: 1 imported\n"), 500),
    "multipath of BIRD": (
        bird.routes,
        after("10.0.0.0/8 multipath [k 00:00:00] * (10)\n", each("\tvia {a} on e weight 1\n")),
        500,
    ),
    "blanks in a route of BIRD": (bird.routes, after("10.0.0.0/8", times(" " * 20), "x\n"), 1000),
    "an endless source of BIRD": (bird.routes, after("10.0.0.0/8 dev e [k ", times(" from 1"), "\n"), 1000),
    "status of BIRD": (bird.status, times("Router ID is\n"), 1000),
    "sections of a node": (
        node_shell.split,
        each("#podroute-section kernel begin\n{a}\n#podroute-section kernel 0\n"),
        500,
    ),
    "objects of tmsh": (
        lambda text: tmsh.objects(text, "net route"),
        each("net route /Common/r{n} {{\n    gw {a}\n    vlans {{\n        a\n    }}\n}}\n"),
        500,
    ),
    "unclosed objects of tmsh": (lambda text: tmsh.objects(text, "net route"), each("net route r{n} {{\n"), 500),
    "traffic groups": (
        lambda text: tmsh.traffic_groups(text, "a"),
        after("CM::Traffic-Group\n", each("tg{n}  a  active\n")),
        1000,
    ),
    "status of tmsh": (lambda text: tmsh.status(text, "CM::Sync Status"), times("CM::Sync Status\nStatus \n"), 1000),
    "replies": (errors, each("% line {n}\n"), 1000),
    "warnings": (warnings, times("% Warning " * 20 + "\n"), 200),
    "the rejected line": (
        lambda text: culprit(text, text.splitlines()),
        each(" neighbor {a} remote-as 1\n% Invalid\n"),
        100,
    ),
    "secrets": (mask, times(" neighbor 10.0.0.1 password x\n snmp-server host a version 2c b\n"), 300),
    "a long secret": (mask, after("snmp-server host ", times("a "), "\n"), 1000),
    "routes of BIRD": (bird.routes, each("{a}/32 via 10.0.0.2 on e [x 00:00:00] * (100/0) [i]\n"), 500),
    "peers of BIRD": (bird_config.parse, each("protocol bgp Mesh_{n} from t {{\n neighbor {a} as 1;\n}}\n"), 500),
    "unclosed blocks": (bird_config.parse, times("protocol bgp Mesh_x {\n"), 1000),
    "a block without a brace": (bird_config.parse, after("protocol bgp Mesh_x", times("y" * 20), "\n"), 1000),
    "unclosed comments": (bird_config.parse, times("/* "), 10000),
    "unclosed texts": (bird_config.parse, times('"x\n'), 4000),
    "rows of calicoctl": (node_status.parse, each("| {a} | global | up | 10:00:00 | Established |\n"), 500),
    "pools of calicoctl": (ipam.pools, after(POOLS, each("| IP Pool | {a}/8 | 16777216 | 12 (7%) | 1 (93%) |\n")), 500),
    "routes of the kernel": (kernel.routes, lambda size: json.dumps([{"dst": address(n)} for n in range(size)]), 500),
    "resources of calicoctl": (
        lambda text: calicoctl.items_of(text, "Node"),
        lambda size: json.dumps({"items": [{"metadata": {"name": address(n)}, "spec": {}} for n in range(size)]}),
        1000,
    ),
    "CalicoNodeStatus": (
        caliconodestatus.parse,
        lambda size: {"status": {"routes": {"routesV4": [{"destination": address(n)} for n in range(size)]}}},
        1000,
    ),
}
# They are not in a form of the device.
REFUSED = {
    name for name in CASES if name.startswith(("unclosed", "an endless", "blanks")) or name == "recursive routes"
}
REFUSED -= {"unclosed comments", "unclosed texts"}


def seconds(read: Callable[[Any], Any], text: Any, refused: bool) -> float:
    begin = time.process_time()
    with pytest.raises(Unreadable) if refused else contextlib.nullcontext():
        read(text)
    return time.process_time() - begin


@pytest.mark.parametrize("name", CASES)
def test_time_grows_as_the_input_does(name: str) -> None:
    read, made, size = CASES[name]
    refused = name in REFUSED
    gc.disable()
    try:
        text, longer = made(size), made(10 * size)
        # Below a millisecond it is the clock that is measured.
        small = max(0.001, min(seconds(read, text, refused) for _turn in range(3)))
        large = seconds(read, longer, refused)
        if large >= RATIO * small:  # the machine may have been busy
            large = min(seconds(read, longer, refused) for _turn in range(3))
    finally:
        gc.enable()
    assert large < RATIO * small, f"{small * 1000:.2f} ms, ten times the input {large * 1000:.2f} ms"
