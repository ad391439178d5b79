# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command table of exec mode; its commands are taken in every configuration mode too."""

from __future__ import annotations

from .table import Row


def _do(pattern: str, action: str) -> Row:
    return Row(pattern, action=action, forms="set")


_BGP = ("show ip bgp", "show bgp", "show bgp <afi:ipv4|ipv6> [unicast]")

VIEW = [
    _do("enable", "enable"),
    _do("exit", "exit"),
    _do("quit", "exit"),
    _do("logout", "exit"),
    Row("terminal length ; [<lines:0-512>]", action="nothing"),
    Row("terminal monitor", action="nothing"),
    _do("show version", "show-version"),
    *(_do(f"{stem} summary", "show-summary") for stem in _BGP),
    *(_do(f"{stem} neighbors [<peer:ip>]", "show-neighbors") for stem in _BGP),
    *(
        _do(f"{stem} neighbors <peer:ip> <table:advertised-routes|received-routes|routes>", "show-peer-routes")
        for stem in _BGP
    ),
    *(_do(stem, "show-rib") for stem in _BGP),
    *(_do(f"{stem} <net:{kind}>", "show-prefix") for stem in _BGP for kind in ("net4", "net6", "ip")),
    _do("show ip route [<source:bgp|connected|kernel|static>]", "show-routes"),
    _do("show ipv6 route [<source:bgp|connected|kernel|static>]", "show-routes6"),
    *(_do(f"show ip route <net:{kind}>", "show-route") for kind in ("net4", "ip4")),
    _do("show <family:ip|ipv6> prefix-list [<name:name>]", "show-prefix-list"),
    _do("show route-map [<name:name>]", "show-route-map"),
    _do("show bfd session", "show-bfd"),
    _do("show ip protocols [<which:=bgp>]", "show-protocols"),
    _do("show ip interface brief", "show-interfaces"),
    _do("show ip community-list [<name:name>]", "show-community-list"),
]

PRIVILEGED = [
    _do("disable", "disable"),
    _do("configure terminal", "configure"),
    _do("show running-config", "show-running"),
    _do("show running-config <part:router|prefix-list|route-map|access-list> [<which:=bgp>]", "show-running"),
    _do("show running-config interface [<name:name>]", "show-running-interface"),
    _do("show startup-config", "show-startup"),
    _do("write [<what:memory|file>]", "write"),
    _do("write terminal", "show-running"),
    _do("copy running-config startup-config", "write"),
    *(_do(f"clear ip bgp <target:=*> {how}", "clear") for how in ("", "<way:in|out>", "<soft:=soft> [<way:in|out>]")),
    *(
        _do(f"clear ip bgp <target:{kind}> {how}", "clear")
        for kind in ("ip", "1-4294967295")
        for how in ("", "<way:in|out>", "<soft:=soft> [<way:in|out>]")
    ),
    *(
        _do(f"clear ip bgp peer-group <target:group> {how}", "clear-group")
        for how in ("", "<way:in|out>", "<soft:=soft> [<way:in|out>]")
    ),
    _do("clear bgp <target:=*>", "clear"),
    _do("clear bgp <target:ip>", "clear"),
]

# Taken in every configuration mode before its own table's parents are tried.
ANY_CONFIG = [
    _do("end", "end"),
    _do("exit", "exit"),
    _do("quit", "exit"),
    _do("do <command:line>", "do"),
]
