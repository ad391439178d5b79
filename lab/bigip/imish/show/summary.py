# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`show ip bgp summary`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model import Bgp

_HEAD = "Neighbor        V    AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd"


def text(bgp: Bgp, data: Mapping[str, Any], as_paths: int, family: str = "ipv4") -> str:
    """The summary. `data`: FRR's; neighbors missing in it are shown as never established."""
    told = data.get("peers", {})
    own = bgp.lines.get("bgp router-id")
    router_id = data.get("routerId") or (own.values["id"] if own else "0.0.0.0")
    version = data.get("tableVersion", 1)
    lines = [
        f"BGP router identifier {router_id}, local AS number {bgp.asn}",
        f"BGP table version is {version}",
        f"{as_paths} BGP AS-PATH entries",
        "0 BGP community entries",
        "",
        _HEAD,
    ]
    # the device lists a neighbor under the families that it is active in
    peers = [peer for peer in bgp.peers() if peer in told or family == "ipv4" and _listed(bgp, peer)]
    for peer in peers:
        lines += _row(peer, bgp.remote_as(peer) or 0, told.get(peer, {}), version)
    return "\n".join([*lines, "", f"Total number of neighbors {len(peers)}"]) + "\n"


def _listed(bgp: Bgp, peer: str) -> bool:
    """U8: whether a neighbor that is not active in IPv4 is listed there."""
    line = bgp.effective(peer, "activate")
    active = not line.negated if line else "bgp default ipv4-unicast" not in bgp.lines
    return active or bgp.personality.summary == "all"


def _row(peer: str, asn: int, data: Mapping[str, Any], version: int) -> list[str]:
    up = data.get("state") == "Established"
    # a neighbor that never was up has a blank instead of a time
    since = "" if data.get("peerUptime", "never") == "never" else data["peerUptime"]
    last = f"{data['pfxRcd']:>8}" if up else _state(data)
    numbers = (
        f"{4:1} {asn:>5} {data.get('msgRcvd', 0):>7} {data.get('msgSent', 0):>7} {version if up else 0:>8} "
        f"{data.get('inq', 0):>4} {data.get('outq', 0):>4} {since:>8} {last}"
    )
    # an address that fills its column gets a line of its own
    return [f"{peer:<16}{numbers}"] if len(peer) < 16 else [peer, f"{'':16}{numbers}"]


def _state(data: Mapping[str, Any]) -> str:
    said = data.get("state", "Active")
    return "Idle (Admin)" if "Admin" in data.get("peerState", said) else state(said)


def state(said: str) -> str:
    """A session's state as RFC 4271 and the device know it: FRR's additional states are variants of Idle."""
    word = said.split(" ")[0]
    return "Idle" if word in ("Clearing", "Deleted") else word
