# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incoming packets: port lockdown of self IPs, and pings and ports of virtual addresses. Pure text for
iptables-restore.

Lockdown affects only connections opened by others: a session opened by the device itself continues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bigip.tmm.plan import Plan

CHAINS = ("bigip-self", "bigip-vip")
NUMBERS = {
    "eigrp": 88,
    "egp": 8,
    "gre": 47,
    "icmp": 1,
    "igmp": 2,
    "igp": 9,
    "ipip": 4,
    "l2tp": 115,
    "ospf": 89,
    "pim": 103,
}
_ESTABLISHED = "-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"


def render(plan: Plan, version: int, echo: Mapping[str, bool]) -> str:
    """The rules of one IP version. ``echo`` tells for each virtual prefix whether it answers pings."""
    lines = ["*filter", *(f":{chain} - [0:0]" for chain in CHAINS)]
    lines += [f"-A bigip-self {rule}" for rule in _self_rules(plan, version)]
    lines += [f"-A bigip-vip {rule}" for rule in _virtual_rules(plan, version, echo)]
    return "\n".join([*lines, "COMMIT", ""])


def _of(version: int, address: str) -> bool:
    return (":" in address) == (version == 6)


def _self_rules(plan: Plan, version: int) -> Iterable[str]:
    yield "-i lo -j RETURN"
    yield _ESTABLISHED
    for self_ip in plan.self_ips:
        host = self_ip.address.partition("/")[0]
        if not _of(version, host):
            continue
        yield f"-d {host} -p {'ipv6-icmp' if version == 6 else 'icmp'} -j RETURN"  # always answered
        if self_ip.services == ("all",):
            yield f"-d {host} -j RETURN"
            continue
        for service in self_ip.services:
            protocol, _colon, port = service.partition(":")
            if protocol in ("tcp", "udp"):
                yield f"-d {host} -p {protocol}{f' --dport {port}' if port != '0' else ''} -j RETURN"
            else:
                yield f"-d {host} -p {NUMBERS[protocol]} -j RETURN"
        yield f"-d {host} -j DROP"


def _virtual_rules(plan: Plan, version: int, echo: Mapping[str, bool]) -> Iterable[str]:
    """A virtual address has the ports of its virtual servers and no others: never those of daemons."""
    yield _ESTABLISHED
    request = "-p ipv6-icmp --icmpv6-type echo-request" if version == 6 else "-p icmp --icmp-type echo-request"
    for prefix in sorted(plan.addresses):
        if not _of(version, prefix):
            continue
        if not echo.get(prefix, True):
            yield f"-d {prefix} {request} -j DROP"
        yield f"-d {prefix} -p {'ipv6-icmp' if version == 6 else 'icmp'} -j RETURN"
        host = prefix.partition("/")[0]
        for listener in plan.listeners:
            if listener.address == host:
                yield f"-d {prefix} -p tcp --dport {listener.port} -j RETURN"
        yield f"-d {prefix} -p tcp -j REJECT --reject-with tcp-reset"
        yield f"-d {prefix} -j DROP"
