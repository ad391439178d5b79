# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Static routes of TMOS. In TMM they take precedence over BGP routes for the same prefix."""

from __future__ import annotations

from typing import Any


def facts(item: dict[str, Any]) -> dict[str, Any]:
    """``{name, partition, network, route_domain, gateway}``; ``network`` is a prefix or ``default``.

    The device writes the route domain behind the address: ``10.244.1.0%1/24``.
    """
    text = str(item.get("network") or "default")
    address, _slash, length = text.partition("/")
    address, _percent, domain = address.partition("%")
    return {
        "name": item.get("name"),
        "partition": item.get("partition", "Common"),
        "network": f"{address}/{length}" if length else address,
        "route_domain": int(domain) if domain.isdigit() else 0,
        "gateway": str(item["gw"]).partition("%")[0] if item.get("gw") else None,
    }
