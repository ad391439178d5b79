# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show ip bgp neighbors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model import Bgp, Config, Context, Line
from ..resets import Reset
from .summary import state

_FAMILIES = {"ipv4Unicast": ("ipv4", "IPv4 Unicast"), "ipv6Unicast": ("ipv6", "IPv6 Unicast")}


def clock(milliseconds: int) -> str:
    """A duration as ZebOS writes it: hh:mm:ss, 1d02h03m, 01w2d03h."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days < 1:
        return f"{hours:02}:{minutes:02}:{seconds:02}"
    if days < 7:
        return f"{days}d{hours:02}h{minutes:02}m"
    return f"{days // 7:02}w{days % 7}d{hours:02}h"


def _on(line: Line | None) -> bool:
    return line is not None and not line.negated


def text(
    config: Config, peer: str, index: int, data: Mapping[str, Any], table: Mapping[str, int], reset: Reset | None
) -> str:
    """One neighbor.

    index: its position among the neighbors, from 1; data: FRR's data; table: the version of each family's table.
    """
    bgp = config.bgp
    lines = [
        *_session(config, bgp, peer, data),
        *_families(bgp, peer, index, data, table),
        "",
        *_end(bgp, peer, data, reset),
    ]
    return "\n".join(lines) + "\n"


def _session(config: Config, bgp: Bgp, peer: str, data: Mapping[str, Any]) -> Iterator[str]:
    asn = bgp.remote_as(peer)
    internal = asn == bgp.asn
    yield (
        f"BGP neighbor is {peer}, remote AS {asn}, local AS {data.get('localAs', bgp.asn)}, "
        f"{'internal' if internal else 'external'} link"
    )
    group = bgp.group_of(peer)
    if group:
        yield f" Member of peer-group {group} for session parameters"
    description = bgp.effective(peer, "description")
    if description:
        yield f" Description: {description.values['text']}"
    yield f"  BGP version 4, remote router ID {data.get('remoteRouterId', '0.0.0.0')}"
    up = data.get("bgpState") == "Established"
    yield (
        f"  BGP state = Established, up for {clock(data.get('bgpTimerUpMsec', 0))}"
        if up
        else f"  BGP state = {state(data.get('bgpState', 'Active'))}"
    )
    if _on(bgp.effective(peer, "shutdown")):
        yield "  Administratively shut down"
    yield (
        f"  Last read {clock(data.get('bgpTimerLastRead', 0)) if 'bgpTimerLastRead' in data else '00:00:00'}, "
        f"hold time is {data.get('bgpTimerHoldTimeMsecs', 90000) // 1000}, "
        f"keepalive interval is {data.get('bgpTimerKeepAliveIntervalMsecs', 30000) // 1000} seconds"
    )
    if up:
        yield from _capabilities(config, bgp, peer, data.get("neighborCapabilities", {}))
    stats = data.get("messageStats", {})
    for word, way in (("Received", "Recv"), ("Sent", "Sent")):
        yield (
            f"  {word} {stats.get(f'total{way}', 0)} messages, {stats.get(f'notifications{way}', 0)} notifications, "
            f"{stats.get('depthInq' if way == 'Recv' else 'depthOutq', 0)} in queue"
        )
    yield (
        f"  Route refresh request: received {stats.get('routeRefreshRecv', 0)}, sent {stats.get('routeRefreshSent', 0)}"
    )
    interval = bgp.effective(peer, "advertisement-interval")
    seconds = interval.values["seconds"] if interval else 5 if internal else 30
    yield f"  Minimum time between advertisement runs is {seconds} seconds"
    source = bgp.effective(peer, "update-source")
    if source:
        yield f"  Update source is {source.values['source']}"


def _ways(advertised: bool, received: bool) -> str:
    return " and ".join(word for word, true in (("advertised", advertised), ("received", received)) if true)


def _capabilities(config: Config, bgp: Bgp, peer: str, told: Mapping[str, Any]) -> Iterator[str]:
    yield "  Neighbor capabilities:"
    refresh = told.get("routeRefresh", "").lower()
    own = bgp.effective(peer, "capability route-refresh")
    ways = _ways("advertised" in refresh and not (own and own.negated), "received" in refresh)
    if ways:
        kinds = " & ".join(word for word in ("old", "new") if word in refresh)
        yield f"    Route refresh: {ways}{f' ({kinds})' if kinds else ''}"
    if config.extended_asn:
        # without `bgp extended-asn-cap` the device has no such capability; FRR always has
        four = told.get("4byteAs", "").lower()
        yield f"    4-Octet ASN Capability: {_ways('advertised' in four, 'received' in four)}"
    for key, (_family, name) in _FAMILIES.items():
        state = told.get("multiprotocolExtensions", {}).get(key, {})
        ways = _ways(
            bool(state.get("advertisedAndReceived") or state.get("advertised")),
            bool(state.get("advertisedAndReceived") or state.get("received")),
        )
        if ways:
            yield f"    Address family {name}: {ways}"


def _families(bgp: Bgp, peer: str, index: int, data: Mapping[str, Any], table: Mapping[str, int]) -> Iterator[str]:
    told = data.get("addressFamilyInfo", {"ipv4Unicast": {}})
    up = data.get("bgpState") == "Established"
    for key, (family, name) in _FAMILIES.items():
        if key not in told:
            continue
        version = table.get(family, 0)
        yield f" For address family: {name}"
        yield f"  BGP table version {version}, neighbor version {version if up else 0}"
        yield f"  Index {index}, Offset {index // 32}, Mask {hex(1 << index % 32)}"
        group = bgp.group_of(peer)
        if group:
            yield f"  {group} peer-group member"
        heard = data.get("neighborCapabilities", {})
        # FRR names the capability differently when it has not offered it itself
        heard = f"{heard.get('gracefulRestart', '')}{heard.get('gracefulRestartCapability', '')}".lower()
        restart = _ways(bgp.restarts(peer), "received" in heard)
        if up and restart:
            yield "  AF-dependant capabilities:"
            yield f"    Graceful restart: {restart.replace(' and ', ', ')}"
            yield ""
        yield from _policy(bgp.ipv6 if family == "ipv6" else bgp, peer, group, told[key])


def _policy(family: Context, peer: str, group: str | None, told: Mapping[str, Any]) -> Iterator[str]:
    """One family's configuration of a neighbor, and its prefix counters."""

    def line(setting: str) -> Line | None:
        own = family.lines.get(f"neighbor {peer} {setting}")
        return own or family.lines.get(f"neighbor {group} {setting}")

    if _on(line("soft-reconfiguration inbound")):
        yield "  Inbound soft reconfiguration allowed"
    if _on(line("next-hop-self")):
        yield "  NEXT_HOP is always this router"
    sent = line("send-community")
    if not (sent and sent.negated):
        yield f"  Community attribute sent to this neighbor ({sent.values['which'] if sent else 'both'})"
    for way, word in (("in", "Incoming"), ("out", "Outgoing")):
        prefixes = line(f"prefix-list {way}")
        if prefixes:
            yield f"  {word} update prefix filter list is *{prefixes.values['name']}"
    for way, word in (("in", "incoming"), ("out", "outgoing")):
        policy = line(f"route-map {way}")
        if policy:
            yield f"  Route map for {word} advertisements is *{policy.values['name']}"
    yield f"  {told.get('acceptedPrefixCounter', 0)} accepted prefixes{_limit(line('maximum-prefix'))}"
    yield f"  {told.get('sentPrefixCounter', 0)} announced prefixes"


def _limit(line: Line | None) -> str:
    if line is None:
        return ""
    return f", maximum limit {line.values['limit']}{' (warning-only)' if 'warn' in line.values else ''}"


def _end(bgp: Bgp, peer: str, data: Mapping[str, Any], reset: Reset | None) -> Iterator[str]:
    up = data.get("bgpState") == "Established"
    yield (
        f" Connections established {data.get('connectionsEstablished', 0)}; dropped {data.get('connectionsDropped', 0)}"
    )
    hops = bgp.effective(peer, "ebgp-multihop")
    if hops and bgp.remote_as(peer) != bgp.asn:
        yield f"External BGP neighbor may be up to {hops.values['hops']} hops away."
    restart = data.get("neighborCapabilities", {}).get("gracefulRestartRemoteTimerMsecs")
    if up and restart and bgp.restarts(peer):
        yield "Graceful-restart Status:"
        yield f"  Remote restart-time is {restart // 1000} sec"
        yield ""
    if up:
        yield f"Local host: {data.get('hostLocal')}, Local port: {data.get('portLocal')}"
        yield f"Foreign host: {data.get('hostForeign')}, Foreign port: {data.get('portForeign')}"
        yield f"Nexthop: {data.get('nexthop')}"
        yield f"Nexthop global: {data.get('nexthopGlobal', '::')}"
        yield "Nexthop local: ::"
        yield "BGP connection: non shared network"
    if reset:
        yield f"Last Reset: {clock(reset.age)}, due to {reset.cause}"
        if reset.message:
            yield f"Notification Error Message: ({reset.message})"
    if not up and "nextConnectTimerDueInMsecs" in data:
        yield f"Next connect timer due in {data['nextConnectTimerDueInMsecs'] // 1000} seconds"
    if bgp.effective(peer, "fall-over bfd"):
        yield f"  BFD enabled: session {'Up' if data.get('peerBfdInfo', {}).get('status') == 'Up' else 'Down'}"
