# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command tables of the configuration's top level, interfaces, lines and routing policy."""

from __future__ import annotations

from .table import SAME, Row

_ENTRY = "[seq <seq:1-4294967295>] <act:permit|deny>"


def _prefix_list(word: str, net: str, bits: int) -> list[Row]:
    lists = {
        "action": "prefix-list",
        "section": f"{word} prefix-list",
        "frr": SAME,
        "slot": f"{word} prefix-list {{name}} seq {{seq}}",
        "missing": "% Can't find specified prefix-list",
    }
    return [
        Row(f"{word} prefix-list <name:name> {_ENTRY} <net:{net}> [ge <ge:0-{bits}>] [le <le:0-{bits}>]", **lists),
        Row(f"{word} prefix-list <name:name> {_ENTRY} <net:{net}> le <le:0-{bits}> ge <ge:0-{bits}>", **lists),
        Row(f"{word} prefix-list <name:name> {_ENTRY} <net:=any>", **lists),
        Row(f"{word} prefix-list <name:name> description ; <text:line>", frr=SAME, section=f"{word} prefix-list"),
        Row(
            f"{word} prefix-list <name:name>",
            action="drop-list",
            forms="clear",
            frr=SAME,
            section=f"{word} prefix-list",
            slot=f"{word} prefix-list {{name}}",
            missing="% Can't find specified prefix-list",
        ),
    ]


_ACCESS = [
    Row(
        f"access-list <name:name> <act:permit|deny> {what}",
        section="access-list",
        frr=SAME,
        missing="% Can't find specified access-list",
    )
    for what in ("<net:=any>", "<net:net4> [<exact:=exact-match>]", "<net:ip4> [<wildcard:ip4>]", "host <net:ip4>")
] + [
    Row(
        "access-list <name:100-199> <act:permit|deny> ip <what:line>",
        section="access-list",
        frr=SAME,
        missing="% Can't find specified access-list",
    ),
    Row("access-list <name:name> remark ; <text:line>", section="access-list", frr=SAME),
    Row(
        "access-list <name:name>",
        action="drop-list",
        forms="clear",
        section="access-list",
        frr=SAME,
        missing="% Can't find specified access-list",
    ),
]

_OTHER_LISTS = [
    Row(
        "ip as-path access-list <name:name> <act:permit|deny> <regex:line>",
        section="ip as-path",
        frr="bgp as-path access-list {name} {act} {regex}",
    ),
    Row(
        "ip as-path access-list <name:name>",
        action="drop-list",
        forms="clear",
        section="ip as-path",
        frr="bgp as-path access-list {name}",
    ),
    Row(
        "ip community-list <kind:standard|expanded> <name:name> <act:permit|deny> <what:line>",
        section="ip community-list",
        frr="bgp community-list {kind} {name} {act} {what}",
    ),
    Row(
        "ip community-list <name:1-199> <act:permit|deny> <what:line>",
        section="ip community-list",
        frr="bgp community-list {name} {act} {what}",
    ),
    Row(
        "ip community-list <kind:standard|expanded> <name:name>",
        action="drop-list",
        forms="clear",
        section="ip community-list",
        frr="bgp community-list {kind} {name}",
    ),
    Row(
        "ip community-list <name:1-199>",
        action="drop-list",
        forms="clear",
        section="ip community-list",
        frr="bgp community-list {name}",
    ),
]

_ROUTES = [
    Row(
        f"{word} route <net:{net}> <via:name> [<distance:1-255>]",
        slot=f"{word} route {{net}} {{via}}",
        section=f"{word} route",
        frr=SAME,
        daemon="staticd",
        missing="% No matching route to delete",
    )
    for word, net in (("ip", "net4"), ("ipv6", "net6"))
]

CONFIG = [
    Row("service password-encryption", flag=False, section="service"),
    Row("log syslog", flag=False, section="log"),
    Row("log stdout", flag=False, section="log"),
    Row("log record-priority", flag=False, section="log"),
    Row("log file ; <path:name>", section="log"),
    Row(
        "log trap ; <level:emergencies|alerts|critical|errors|warnings|notifications|informational|debugging>",
        section="log",
    ),
    Row("debug bgp [<what:line>]", section="debug"),
    Row("bfd gtsm enable", flag=False, section="bfd"),
    Row("bfd notification enable", flag=False, section="bfd"),
    Row("bgp extended-asn-cap", action="extended-asn", flag=False, section="bgp"),
    Row("interface <name:name>", action="enter-interface"),
    Row("router bgp <asn:asn>", action="enter-bgp"),
    Row("router bgp", action="enter-bgp", forms="clear"),
    *_ACCESS,
    *_ROUTES,
    *_OTHER_LISTS,
    *_prefix_list("ip", "net4", 32),
    *_prefix_list("ipv6", "net6", 128),
    Row("route-map <name:name> <act:permit|deny> <seq:1-65535>", action="enter-route-map"),
    Row("route-map <name:name>", action="drop-route-map", forms="clear"),
    Row("line con <first:0-0>", action="enter-line", forms="set"),
    Row("line vty <first:0-871> [<last:0-871>]", action="enter-line", forms="set"),
]

INTERFACE = [
    Row("description ; <text:line>"),
    Row("bandwidth ; <rate:name>"),
    Row("mtu ; <bytes:64-65535>"),
    Row("shutdown", flag=False),
    Row("bfd interval ; <tx:50-4294967> minrx <rx:50-4294967> multiplier <times:3-255>"),
]

LINE = [
    Row("login", default="login", shown=True),
    Row("exec-timeout ; <minutes:0-35791> [<seconds:0-2147483>]"),
    Row("privilege level ; <level:1-16>"),
]

_WORD_MATCHES = ("as-path", "interface")
ROUTE_MAP = [
    Row("description ; <text:line>", frr=SAME, frr_no="no description"),
    *(Row(f"match {what} ; <name:name>", frr=SAME) for what in _WORD_MATCHES),
    Row("match community ; <name:name> [<exact:=exact-match>]", frr=SAME),
    Row("match extcommunity ; <name:name>", frr=SAME),
    *(
        Row(f"match {family} {what} ; <name:name>", frr=SAME)
        for family in ("ip", "ipv6")
        for what in ("address prefix-list", "address", "next-hop prefix-list", "next-hop")
    ),
    Row("match ip peer ; <name:name>", frr="match peer {name}"),
    Row("match metric ; <value:0-4294967295>", frr=SAME),
    Row("match origin ; <origin:egp|igp|incomplete>", frr=SAME),
    Row("match tag ; <value:0-4294967295>", frr=SAME),
    Row("match route-type external ; <type:type-1|type-2>"),
    Row("set aggregator as ; <asn:asn> <id:ip4>", frr=SAME),
    Row("set as-path prepend ; <path:line>", frr=SAME, frr_no="no set as-path prepend"),
    Row("set atomic-aggregate", flag=False, frr=SAME),
    Row("set comm-list <name:name> delete", slot="set comm-list", frr=SAME),
    Row("set community ; <value:line>", action="community", frr=SAME),
    Row("set extcommunity rt ; <value:line>", frr=SAME),
    Row("set extcommunity soo ; <value:line>", frr=SAME),
    Row("set ip next-hop ; <address:ip4>", frr=SAME),
    Row("set ipv6 next-hop ; <address:ip6>", frr="set ipv6 next-hop global {address}"),
    Row("set local-preference ; <value:0-4294967295>", frr=SAME),
    Row("set metric ; <value:0-4294967295>", frr=SAME),
    Row("set metric-type ; <type:type-1|type-2|internal|external>"),
    Row("set origin ; <origin:egp|igp|incomplete>", frr=SAME),
    Row("set originator-id ; <id:ip4>", frr=SAME),
    Row("set tag ; <value:0-4294967295>", frr=SAME),
    Row("set weight ; <value:0-4294967295>", frr=SAME),
]
