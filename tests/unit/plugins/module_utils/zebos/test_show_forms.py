# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every form of imish's tables is read, or refused with its line: never fewer routes or sessions without a word."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import tmsh
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.output import Unreadable
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.neighbors import neighbors
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.routes import routes
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.summary import summary
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.table import table

CODES = "Codes: K - kernel, C - connected, S - static, R - RIP, B - BGP\n       * - candidate default\n\n"
ROUTE = "B       10.1.0.0/24 [200/0] via 10.0.0.2, v, 00:01:00\n"
HEADER = "   Network          Next Hop            Metric     LocPrf     Weight Path\n"


def path(start, hop, metric, preference, weight, rest):
    """A row as TMOS aligns it; a long prefix or next hop has the rest on the next line."""
    start = f"{start:<20}" if len(start) < 20 else f"{start}\n{'':20}"
    hop = f"{hop:<16}" if len(hop) < 16 else f"{hop}\n{'':36}"
    return f"{start}{hop}{metric:>10}{preference:>11}{weight:>11} {rest}\n"


PATH = path("*>i10.1.0.0/24", "10.0.0.2", 0, 100, 0, "i")
SUMMARY = (
    "BGP router identifier 10.0.0.254, local AS number 64512\nBGP table version is 9\n1 BGP AS-PATH entries\n\n"
    "Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd\n"
)
ROW = "10.0.0.1        4 64512      10      11        9    0    0 00:01:02        3\n"
PEER = "BGP neighbor is 10.0.0.1, remote AS 65000, local AS 64512, external link\n"


def variants(text):
    """The same output as it is copied: with a prompt, indented, with trailing blanks, with the line ends of Windows."""
    yield text
    yield f"bigip.example.com[0]#show it\n{text}"
    yield "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())
    yield text.replace("\n", "  \r\n")


# (prefix, via, interface, distance, age) of each route
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (CODES, []),
        (f"{CODES}Gateway of last resort is not set\n", []),
        (f'IP Route Table for VRF "default"\n{ROUTE}', [("10.1.0.0/24", "10.0.0.2", "v", 200, "00:01:00")]),
        ("S    *> 0.0.0.0/0 [1/0] via 10.0.0.1, eth0.100\n", [("0.0.0.0/0", "10.0.0.1", "eth0.100", 1, None)]),
        ("i L2    10.9.0.0/16 [115/20] via 10.0.0.3, /Kubernetes/v_1, 01w1d05h\n",
         [("10.9.0.0/16", "10.0.0.3", "/Kubernetes/v_1", 115, "01w1d05h")]),
        ("B*      0.0.0.0/0 [200/0] via 10.0.0.1 (recursive  via 10.9.9.9), 00:00:25\n",
         [("0.0.0.0/0", "10.0.0.1", None, 200, "00:00:25")]),
        ("B       10.2.0.0/16 [200/0] via 10.0.0.5 [3] (recursive is directly connected, t_0), 00:01:32, [1/0]\n"
         "                    [200/0] via 10.0.0.6 [3] (recursive is directly connected, t_1), 00:01:33, [1/0]\n",
         [("10.2.0.0/16", "10.0.0.5", "t_0", 200, "00:01:32"), ("10.2.0.0/16", "10.0.0.6", "t_1", 200, "00:01:33")]),
        ("B       10.2.0.0/16\n                    [200/0] via 10.0.0.5, v, 00:01:32\n"
         "                    [200/0] via 10.0.0.6, v, 00:01:32\n",
         [("10.2.0.0/16", "10.0.0.5", "v", 200, "00:01:32"), ("10.2.0.0/16", "10.0.0.6", "v", 200, "00:01:32")]),
        ("C      2001:db8::/64 via ::, v, 01:16:33\nB      2001:db8:1::/64 [20/0] via fe80::1:2, v, 00:00:10\n",
         [("2001:db8::/64", "::", "v", None, "01:16:33"), ("2001:db8:1::/64", "fe80::1:2", "v", 20, "00:00:10")]),
        ("B       10.99.0.0/16 [200/0] is a summary, Null, 00:00:04\n",
         [("10.99.0.0/16", None, "Null", 200, "00:00:04")]),
        ("K       10.9.9.9/32 [0/0] is directly connected, tmm\nC       10.0.0.0/8 is directly connected, a\n"
         "        is directly connected, b\n",
         [("10.9.9.9/32", None, "tmm", 0, None), ("10.0.0.0/8", None, "a", None, None),
          ("10.0.0.0/8", None, "b", None, None)]),
    ],
)  # fmt: skip
def test_routes(text, found):
    for each in variants(text):
        keys = ("prefix", "via", "interface", "distance", "age")
        assert [tuple(route[key] for key in keys) for route in routes(each)] == found


# (prefix, next hop, metric, local preference, weight, AS path, origin, status) of each path
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (HEADER + path("*> 10.1.0.0/16", "0.0.0.0", "", "", 32768, "?"),
         [("10.1.0.0/16", "0.0.0.0", None, None, 32768, [], "incomplete", "*>")]),
        # Sets, confederations and AS numbers with a dot.
        (HEADER + path("*> 10.1.0.0/16", "10.0.0.2", "", "", 0, "1.10 (65003) {65001 65002} e"),
         [("10.1.0.0/16", "10.0.0.2", None, None, 0, ["1.10", "(65003)", "{65001", "65002}"], "egp", "*>")]),
        # The next hop is part of the prefix's text.
        (HEADER + path("*> 10.0.0.2/32", "10.0.0.2", 7, 100, 0, "i") + path("*=", "10.0.0.3", "", 100, 0, "i")
         + path(" *", "10.0.0.4", "", "", 0, "65001 i"),
         [("10.0.0.2/32", "10.0.0.2", 7, 100, 0, [], "igp", "*>"),
          ("10.0.0.2/32", "10.0.0.3", None, 100, 0, [], "igp", "*="),
          ("10.0.0.2/32", "10.0.0.4", None, None, 0, ["65001"], "igp", "*")]),
        # A classful network has no length.
        (HEADER + path("s>i10.0.0.0", "10.0.0.2", 0, 100, 0, "i")
         + path("h  172.16.0.0", "10.0.0.2", 0, "", 0, "65001 i")
         + path("Sd 192.168.1.0", "10.0.0.2", 0, "", 0, "65001 i"),
         [("10.0.0.0/8", "10.0.0.2", 0, 100, 0, [], "igp", "s>i"),
          ("172.16.0.0/16", "10.0.0.2", 0, None, 0, ["65001"], "igp", "h"),
          ("192.168.1.0/24", "10.0.0.2", 0, None, 0, ["65001"], "igp", "Sd")]),
        # A long prefix, and a long next hop: the rest is on the next line.
        ("BGP Address Family IPv6 Unicast\n" + HEADER
         + path("*> 2001:db8:1234:5678::/64", "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa", 0, "", 0, "65001 i")
         + path("*", "fe80::203:47ff:feb0:bc8a", "", 100, 0, "65001 i"),
         [("2001:db8:1234:5678::/64", "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa", 0, None, 0, ["65001"], "igp", "*>"),
          ("2001:db8:1234:5678::/64", "fe80::203:47ff:feb0:bc8a", None, 100, 0, ["65001"], "igp", "*")]),
        # Numbers that touch, before an AS path.
        ("   Network          Next Hop            Metric LocPrf Weight Path\n"
         "*>i10.1.0.0/24      10.0.0.2                 02147482623      0 65001 65002 i\n",
         [("10.1.0.0/24", "10.0.0.2", 0, 2147482623, 0, ["65001", "65002"], "igp", "*>i")]),
        # Filtered: no header.
        ("*> 10.1.0.0/24      10.0.0.2                 0                     0 65001 65002 i\n",
         [("10.1.0.0/24", "10.0.0.2", 0, None, 0, ["65001", "65002"], "igp", "*>")]),
        # Two tables in a text, with their own counts.
        (f"{HEADER}{PATH}\nTotal number of prefixes 1\n{HEADER}{PATH}\nTotal number of prefixes 1\n",
         [("10.1.0.0/24", "10.0.0.2", 0, 100, 0, [], "igp", "*>i")] * 2),
    ],
)  # fmt: skip
def test_paths(text, found):
    keys = ("prefix", "next_hop", "metric", "local_preference", "weight", "as_path", "origin", "status")
    for each in variants(text):
        assert [tuple(path[key] for key in keys) for path in table(each)["paths"]] == found


@pytest.mark.parametrize(
    ("row", "address", "remote_as", "state"),
    [
        (ROW, "10.0.0.1", 64512, "Established"),
        (ROW.replace("64512", " 1.10"), "10.0.0.1", 65546, "Established"),
        (ROW.replace("64512", "4200000001"), "10.0.0.1", 4200000001, "Established"),
        (ROW.replace("       3", "Idle (PfxCt)"), "10.0.0.1", 64512, "Idle (PfxCt)"),
        ("2001:db8::1\n                4 64512       0       0        0    0    0          OpenConfirm\n",
         "2001:db8::1", 64512, "OpenConfirm"),
    ],
)  # fmt: skip
def test_rows_of_the_summary(row, address, remote_as, state):
    for each in variants(f"{SUMMARY}{row}\nTotal number of neighbors 1\n"):
        assert [(n["address"], n["remote_as"], n["state"]) for n in summary(each)["neighbors"]] == [
            (address, remote_as, state)
        ]


@pytest.mark.parametrize(
    ("lines", "timers"),
    [
        ("  Last read 00:00:43, hold time is 90, keepalive interval is 30 seconds\n", (90, 30, None, None)),
        ("  Hold time is 90, keepalive interval is 30 seconds\n", (90, 30, None, None)),
        ("  Last read 00:00:43, hold time is 9, keepalive interval is 3 seconds\n"
         "  Configured hold time is 90, keepalive interval is 30 seconds\n", (9, 3, 90, 30)),
        ("  hold time is 9, keepalive interval is 3 seconds, configured hold time is 90, keepalive interval is 30\n",
         (9, 3, 90, 30)),
        ("  Configured hold time is 90, configured keepalive interval is 30 seconds, hold time is 9, "
         "keepalive interval is 3 seconds\n", (9, 3, 90, 30)),
    ],
)  # fmt: skip
def test_negotiated_and_configured_timers(lines, timers):
    for each in variants(PEER + lines):
        (peer,) = neighbors(each)
        keys = ("hold_time", "keepalive", "configured_hold_time", "configured_keepalive")
        assert tuple(peer[key] for key in keys) == timers


def test_a_description_is_free_text():
    words = "BGP state = Idle, hold time is 5, 9 accepted prefixes, Description: BGP neighbor is 10.0.0.9"
    (peer,) = neighbors(
        f"{PEER} Description: {words}\n  BGP state = Established, up for 00:00:43\n  1 accepted prefixes\n"
    )
    assert (peer["description"], peer["state"], peer["hold_time"], peer["accepted_prefixes"]) == (
        words, "Established", None, 1
    )  # fmt: skip


@pytest.mark.parametrize(
    ("read", "text", "line"),
    [
        (routes, f"{CODES}{ROUTE}--More-- {ROUTE}", "--More--"),
        (routes, f"{CODES}{ROUTE}% Network not in table\n", "% Network not in table"),
        (routes, f"{CODES}{ROUTE}        10.2.0.0/24 [200/0] via 10.0.0.2, v, 00:01:00\n", "10.2.0.0/24"),
        (routes, f"{CODES}{ROUTE}B       10.2.0.0/33 [200/0] via 10.0.0.2, v, 00:01:00\n", "10.2.0.0/33"),
        (routes, f"{CODES}{ROUTE}B       10.2.0.0/24 [200/0] vi", "10.2.0.0/24 [200/0] vi"),
        (routes, f"{CODES}{ROUTE}B       10.2.0.0/24\n", "10.2.0.0/24"),
        (routes, f"{CODES}B       10.2.0.0/24\n{ROUTE}", "10.2.0.0/24"),
        (routes, f"{CODES}     [200/0] via 10.0.0.2, v, 00:01:00\n", "[200/0] via 10.0.0.2"),
        (routes, "B       10.2.0.0/24 [200/0] via somewhere, v, 00:01:00\n", "via somewhere"),
        (routes, "B       10.2.0.0/24 [200/0] via 10.0.0.2, v, 00:01:00, tag 5\n", "tag 5"),
        (routes, "     10.0.0.0/8 is variably subnetted, 2 subnets, 2 masks\n", "variably subnetted"),
        (table, f"{HEADER}{PATH}--More--\n", "--More--"),
        (table, f"{HEADER}{PATH}% Error\n", "% Error"),
        (table, HEADER + PATH + PATH.replace("*>i", "r> "), "r> 10.1.0.0/24"),
        (table, f"{HEADER}*>                  10.0.0.2                 0        100          0 i\n", "10.0.0.2"),
        (table, f"{HEADER}*>i10.2.0.0/24      nowhere                  0        100          0 i\n", "nowhere"),
        (table, f"{HEADER}*>i10.2.0.0/24      10.0.0.2                 0        100          0\n", "10.2.0.0/24"),
        (table, f"{HEADER}*>i10.2.0.0/24      10.0.0.2                 0        10", "10.2.0.0/24"),
        (table, f"{HEADER}*>i10.2.0.0/24      10.0.0.2\n", "10.2.0.0/24"),
        (table, f"{HEADER}*>i192.168.235.192/26\n", "192.168.235.192/26"),
        (table, f"{HEADER}*>i192.168.235.192/26\n{PATH}", "192.168.235.192/26"),
        (table, f"{HEADER}*>i10.2.0.0/24 10.0.0.2 0 100 0 65001 i\n", "10.2.0.0/24"),
        (table, f"{HEADER}{PATH}\nTotal number of prefixes 2\n", "Total number of prefixes 2"),
        (summary, f"{SUMMARY}{ROW}--More--\n", "--More--"),
        (summary, f"{SUMMARY}{ROW}*{ROW}", "*10.0.0.1"),
        (summary, f"{SUMMARY}{ROW.replace('10.0.0.1', 'node-1  ')}", "node-1"),
        (summary, f"{SUMMARY}{ROW}10.0.0.2        4 64512      10      11", "10.0.0.2"),
        (summary, f"{SUMMARY}10.0.0.2\n", "10.0.0.2"),
        (summary, f"{SUMMARY}10.0.0.2\n{ROW}", "10.0.0.2"),
        (summary, f"{SUMMARY}{ROW}\nTotal number of neighbors 2\n", "Total number of neighbors 2"),
        (summary, f"Neighbor V AS\n{ROW}", "Neighbor V AS"),
        (neighbors, f"{PEER}BGP neighbor is 10.0.0.2\n", "BGP neighbor is 10.0.0.2"),
        (neighbors, f"{PEER}BGP neighbor on v: fe80::1, remote AS 1\n", "BGP neighbor on v"),
        (neighbors, f"--More--\n{PEER}", "--More--"),
        (lambda text: tmsh.objects(text, "net route"), "net route a {\n    gw 10.0.0.1\n", "net route a {"),
        (lambda text: tmsh.objects(text, "net route"), "net route a {\n}\nnet rou\nnet route b", "net route b"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_with_its_line(read, text, line):
    with pytest.raises(Unreadable, match="this line cannot be parsed: ") as refused:
        read(text)
    assert line in str(refused.value)


def test_a_quoted_text_of_tmsh_may_have_several_lines():
    text = 'net route a {\n    description "one\n}\nnet route x {\nof \\"two\\""\n    gw 10.0.0.1\n}\nnet route b { }\n'
    found = tmsh.objects(text, "net route")
    assert list(found) == ["/Common/a", "/Common/b"] and found["/Common/a"]["gw"] == "10.0.0.1"
