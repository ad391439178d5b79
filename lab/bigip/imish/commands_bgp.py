# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command tables of `router bgp` and `address-family ipv6`, in the order in which ZebOS prints them."""

from __future__ import annotations

from .table import SAME, Row

_NO_NETWORK = "% Can't find specified static route configuration."
_NO_AGGREGATE = "% There is no aggregate-address configuration."


def _networks(net: str) -> list[Row]:
    """Lines that say what is announced, for one address family."""
    backdoor = [
        Row(
            f"network <net:{net}> <backdoor:=backdoor>",
            slot="network {net}",
            frr=SAME,
            node="unicast",
            missing=_NO_NETWORK,
        )
    ]
    return [
        Row(
            f"network <net:{net}> [route-map <map:name>]",
            slot="network {net}",
            frr=SAME,
            node="unicast",
            missing=_NO_NETWORK,
        ),
        *(backdoor if net == "net4" else []),
        Row(
            f"aggregate-address <net:{net}> [<as_set:=as-set>] [<summary:=summary-only>]",
            slot="aggregate-address {net}",
            frr=SAME,
            node="unicast",
            missing=_NO_AGGREGATE,
        ),
        Row(
            f"aggregate-address <net:{net}> <summary:=summary-only> <as_set:=as-set>",
            slot="aggregate-address {net}",
            action="aggregate",
            frr=SAME,
            node="unicast",
            missing=_NO_AGGREGATE,
        ),
        Row(
            "redistribute <source:kernel|connected|static|rip|ospf|isis> ; [route-map <map:name>]",
            slot="redistribute {source}",
            frr=SAME,
            node="unicast",
        ),
    ]


_PATHS = [
    Row("max-paths ebgp ; <paths:1-64>", frr="maximum-paths {paths}", frr_no="no maximum-paths", node="unicast"),
    Row(
        "max-paths ibgp ; <paths:1-64>",
        frr="maximum-paths ibgp {paths}",
        frr_no="no maximum-paths ibgp",
        node="unicast",
    ),
]

_SESSION = [
    Row("neighbor <peer:group> peer-group", action="declare-group", frr=SAME),
    Row("neighbor <peer:peer> remote-as ; <asn:asn>", action="remote-as", frr=SAME),
    Row("neighbor <peer:ip> peer-group ; <group:group>", slot="neighbor {peer} member", action="join-group", frr=SAME),
    Row("neighbor <peer:peer>", action="drop-neighbor", forms="clear"),
    Row("neighbor <peer:peer> local-as ; <asn:asn>", frr=SAME),
    Row("neighbor <peer:peer> description ; <text:line>", frr=SAME),
    Row("neighbor <peer:peer> version ; <version:4-4>", default="neighbor {peer} version 4"),
    Row(
        "neighbor <peer:peer> password ; <password:line>",
        action="password",
        frr="neighbor {peer} password {password}",
        frr_no="no neighbor {peer} password",
    ),
    Row("neighbor <peer:peer> shutdown", flag=False, frr=SAME),
    Row("neighbor <peer:peer> passive", flag=False, frr=SAME),
    Row("neighbor <peer:peer> port ; <port:0-65535>", frr=SAME),
    Row(
        "neighbor <peer:peer> ebgp-multihop ; [<hops:1-255>]",
        fill=(("hops", "255"),),
        text="neighbor {peer} ebgp-multihop {hops}",
        frr=SAME,
    ),
    Row("neighbor <peer:peer> as-override", flag=False, frr=SAME, node="unicast"),
    Row("neighbor <peer:peer> enforce-multihop", flag=False, frr="neighbor {peer} disable-connected-check"),
    Row("neighbor <peer:peer> ttl-security hops ; <hops:1-254>", frr=SAME),
    Row("neighbor <peer:peer> update-source ; <source:name>", frr=SAME),
    Row("neighbor <peer:peer> timers ; <keepalive:0-65535> <holdtime:0-65535>", frr=SAME),
    Row("neighbor <peer:peer> timers connect ; <seconds:1-65535>", frr=SAME),
    Row("neighbor <peer:peer> advertisement-interval ; <seconds:0-600>", frr=SAME),
    Row("neighbor <peer:peer> fall-over bfd ; [<multihop:=multihop>]", frr="neighbor {peer} bfd"),
    Row("neighbor <peer:peer> capability dynamic", flag=False, frr=SAME),
    Row("neighbor <peer:peer> capability route-refresh", flag=True),
    Row("neighbor <peer:peer> dont-capability-negotiate", flag=False, frr=SAME),
    Row("neighbor <peer:peer> override-capability", flag=False, frr=SAME),
    Row("neighbor <peer:peer> strict-capability-match", flag=False, frr=SAME),
]


def _family(active: bool) -> list[Row]:
    """Lines about a neighbor within one address family; `active`: whether it takes part unasked."""
    rows = [
        Row("neighbor <peer:peer> activate", flag=active, frr=SAME),
        Row("neighbor <peer:peer> next-hop-self", flag=False, frr=SAME),
        Row("neighbor <peer:peer> remove-private-AS", flag=False, frr=SAME),
        Row(
            "neighbor <peer:peer> send-community ; [<which:both|standard|extended>]",
            action="send-community",
            fill=(("which", "both"),),
            text="neighbor {peer} send-community {which}",
            default="neighbor {peer} send-community both",
            flag=True,
            frr=SAME,
        ),
        Row("neighbor <peer:peer> route-reflector-client", flag=False, frr=SAME),
        Row("neighbor <peer:peer> route-server-client", flag=False, frr=SAME),
        Row("neighbor <peer:peer> default-originate ; [route-map <map:name>]", frr=SAME),
        Row("neighbor <peer:peer> soft-reconfiguration inbound", flag=False, frr=SAME),
        Row("neighbor <peer:peer> capability graceful-restart", flag=False, action="graceful-restart"),
        Row("neighbor <peer:peer> capability orf prefix-list ; <way:both|receive|send>", frr=SAME),
        Row(
            "neighbor <peer:peer> maximum-prefix ; <limit:1-4294967295> [<threshold:1-100>] [<warn:=warning-only>]",
            frr=SAME,
        ),
        Row(
            "neighbor <peer:peer> allowas-in ; [<times:1-10>]",
            fill=(("times", "3"),),
            text="neighbor {peer} allowas-in {times}",
            frr=SAME,
        ),
        Row("neighbor <peer:peer> weight ; <weight:0-65535>", frr=SAME),
        Row("neighbor <peer:peer> unsuppress-map ; <map:name>", frr=SAME),
    ]
    rows += [
        Row(f"neighbor <peer:peer> {kind} <name:name> <way:in|out>", slot=f"neighbor {{peer}} {kind} {{way}}", frr=SAME)
        for kind in ("distribute-list", "prefix-list", "filter-list", "route-map")
    ]
    return [Row(**{**row.__dict__, "node": "unicast"}) for row in rows]


ROUTER = [
    Row("bgp router-id ; <id:ip4>", frr=SAME),
    *_PATHS,
    Row("bgp always-compare-med", flag=False, frr=SAME),
    Row("bgp bestpath as-path ignore", flag=False, frr=SAME),
    Row("bgp bestpath as-path multipath-relax", flag=False, frr=SAME),
    Row("bgp bestpath compare-routerid", flag=False, frr=SAME),
    Row("bgp client-to-client reflection", flag=True, frr=SAME),
    Row("bgp cluster-id ; <id:ip4>", frr=SAME),
    Row("bgp confederation identifier ; <asn:asn>", frr=SAME),
    Row("bgp confederation peers ; <peers:line>", frr=SAME),
    Row("bgp default ipv4-unicast", flag=True, frr=SAME),
    Row("bgp default local-preference ; <value:0-4294967295>", frr=SAME),
    Row("bgp deterministic-med", flag=False, frr=SAME),
    Row("bgp enforce-first-as", flag=False),
    Row("bgp fast-external-failover", flag=True, frr=SAME),
    Row("bgp log-neighbor-changes", flag=False),
    Row("bgp scan-time ; <seconds:0-60>", default="bgp scan-time 60"),
    Row(
        "bgp graceful-restart restart-time ; <seconds:1-3600>",
        default="bgp graceful-restart restart-time 120",
        shown=True,
        frr=SAME,
        frr_no="bgp graceful-restart restart-time 120",
    ),
    Row("bgp graceful-restart stalepath-time ; <seconds:1-3600>", frr=SAME),
    Row("bgp graceful-restart graceful-reset", flag=False),
    Row("bgp graceful-restart", flag=False),
    Row("auto-summary", flag=False),
    Row("synchronization", flag=False),
    *_networks("net4"),
    Row("distance bgp ; <external:1-255> <internal:1-255> <local:1-255>", frr=SAME, node="unicast"),
    Row(
        "timers bgp ; <keepalive:0-65535> <holdtime:0-65535>",
        default="timers bgp 30 90",
        frr=SAME,
        frr_no="timers bgp 30 90",
    ),
    *_SESSION,
    *_family(active=True),
    Row("address-family ipv6 [unicast]", action="enter-ipv6"),
    Row("address-family ipv4 [unicast]", action="enter-ipv4", forms="set"),
]

LEAVE_FAMILY = Row("exit-address-family", action="leave", forms="set")

# Within `address-family ipv4` stand the same lines as at the router's own level, but for redistribute, which the
# device takes there and drops.
IPV4 = [
    *(row for row in _networks("net4") if not row.pattern.startswith("redistribute")),
    Row("redistribute <source:kernel|connected|static|rip|ospf|isis> ; [route-map <map:name>]", action="drop"),
    *_PATHS,
    *_family(active=True),
    LEAVE_FAMILY,
]
IPV6 = [*_networks("net6"), *_PATHS, *_family(active=False), LEAVE_FAMILY]
