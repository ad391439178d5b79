# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of monitors and profiles, by the last word of their collections."""

from __future__ import annotations

MONITORS = ("http", "https", "tcp", "tcp-half-open", "udp", "icmp", "gateway-icmp")
MONITOR_PATHS = tuple(f"ltm/monitor/{name}" for name in MONITORS)
PROFILES = (
    "tcp",
    "udp",
    "fastl4",
    "http",
    "http2",
    "client-ssl",
    "server-ssl",
    "one-connect",
    "fasthttp",
    "websocket",
    "request-log",
    "analytics",
    "diameter",
    "sip",
    "dhcpv4",
    "dhcpv6",
    "ftp",
    "dns",
    "stream",
    "sctp",
    "http-compression",
    "web-acceleration",
    "rtsp",
    "radius",
    "pptp",
    "tftp",
    "fix",
    "icap",
    "mqtt",
    "ipother",
    "statistics",
    "html",
    "rewrite",
    "classification",
    "request-adapt",
    "response-adapt",
)
PROFILE_PATHS = tuple(f"ltm/profile/{name}" for name in PROFILES)
