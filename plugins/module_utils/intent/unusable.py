# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IPv4 ranges whose addresses no host, pod or VIP can have, and why."""

from __future__ import annotations

UNUSABLE = {
    "0.0.0.0/8": "addresses of this network (RFC 1122)",
    "127.0.0.0/8": "loopback addresses",
    "169.254.0.0/16": "link-local addresses; pods have their gateway there",
    "224.0.0.0/4": "multicast addresses",
    "240.0.0.0/4": "reserved addresses",
}

# A BIG-IP may be managed through a forwarded port, or over link-local addresses.
NO_HOST = {cidr: why for cidr, why in UNUSABLE.items() if not cidr.startswith(("127.", "169.254."))}
