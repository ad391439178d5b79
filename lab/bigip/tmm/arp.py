# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gratuitous ARP: announces to a segment which unit has an address."""

from __future__ import annotations

import ipaddress
import logging
import socket
import struct
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from bigip.tmm.plan import SelfIp

LOG = logging.getLogger(__name__)
# Linux ignores an ARP reply that arrives within a second of the previous one (locktime), so each is sent repeatedly.
REPEATED = (0.0, 0.2, 1.2, 2.4)  # seconds
_ETHERTYPE = 0x0806


def announce(self_ips: Iterable[SelfIp], virtual: Iterable[str]) -> None:
    """Announce self IPs and virtual addresses (as prefixes), each on the link of its network."""
    told = [(item.link, item.address.partition("/")[0]) for item in self_ips if ":" not in item.address]
    hosts = [address.removesuffix("/32") for address in virtual if address.endswith("/32")]
    for link in _links():
        told += [(link, host) for host in hosts]
    if told:
        threading.Thread(target=_repeat, args=(sorted(set(told)),), name="arp", daemon=True).start()


def _links() -> list[str]:
    """Devices with a cable: all except TMM's own, the management port and the loopback."""
    return [
        path.name
        for path in Path("/sys/class/net").iterdir()
        if path.name not in ("lo", "tmm", "mgmt") and (path / "address").exists()
    ]


def _repeat(told: list[tuple[str, str]]) -> None:
    began = time.monotonic()
    for moment in REPEATED:
        time.sleep(max(0.0, began + moment - time.monotonic()))
        for link, address in told:
            try:
                _send(link, address)
            except OSError as error:
                LOG.warning("gratuitous ARP for %s on %s: %s", address, link, error)


def _send(link: str, address: str) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETHERTYPE)) as wire:
        wire.bind((link, 0))
        wire.send(frame(wire.getsockname()[4], address))


def frame(mac: bytes, address: str) -> bytes:
    """An ARP request for the own address, as announcement (RFC 5227)."""
    host, everybody = ipaddress.IPv4Address(address).packed, b"\xff" * 6
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + host + b"\x00" * 6 + host
    return everybody + mac + struct.pack("!H", _ETHERTYPE) + body
