# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the BIG-IPs match ``bigip_mode`` of the inventory: device group, traffic groups, config sync.

The findings belong to group bigip_config; in preflight, failed ones are problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.config_sync import IN_SYNC, STANDALONE
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import (
    ACTIVE_STANDBY,
    BigIp,
    TrafficGroup,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding, judged
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import BigIpView

GROUP = "bigip_config"

_SYNC = "tmsh show cm sync-status; tmsh run cm config-sync to-group GROUP, on the unit with the correct configuration"
_FAILOVER = "tmsh show cm traffic-group; tmsh run sys failover standby traffic-group GROUP"


def findings(seen: Observed) -> Iterator[Finding]:
    """No findings without a mode, nor for a BIG-IP that could not be read, which is a separate finding."""
    units = [unit for unit in seen.fabric.bigips if not seen.bigip(unit).error]
    if seen.fabric.mode is None or not units:
        return
    for unit in units:
        yield _sync(seen, unit)
    if not seen.fabric.synchronized:
        yield from _independent(seen, units)
        return
    if len(units) == len(seen.fabric.bigips):
        yield from _active(seen, units)
    for unit in units:
        for group in seen.fabric.traffic_groups:
            yield _floating(seen, unit, group)
        yield from _members(seen, unit)


def _sync(seen: Observed, unit: BigIp) -> Finding:
    """Whether the unit is in a synchronized device group, or in none, as the mode requires."""
    wanted = IN_SYNC if seen.fabric.synchronized else STANDALONE
    held = seen.bigip(unit).sync or "unknown"
    if wanted == IN_SYNC and held == STANDALONE:
        cause = f"bigip_mode is {seen.fabric.mode}, but {unit.name} is in no device group"
    elif wanted == IN_SYNC:
        cause = f"config sync is not complete ({held}): a sync from the other unit would overwrite what is written here"
    else:
        cause = f"bigip_mode is {seen.fabric.mode}, but {unit.name} is in a device group ({held})"
    ok = held == wanted or (wanted == STANDALONE and held == "unknown")
    return judged(GROUP, f"{unit.name}: config sync", wanted, held, ok, cause, _SYNC)


def _active(seen: Observed, units: Iterable[BigIp]) -> Iterator[Finding]:
    """Each traffic group is active on one unit; in mode active_standby, all on the same."""
    holders: dict[str, list[str]] = {}
    for unit in units:
        for name, state in seen.bigip(unit).traffic_groups.items():
            holders.setdefault(name, [])
            if state == "active":
                holders[name].append(unit.name)
    wanted = [group.name for group in seen.fabric.traffic_groups]
    for name in wanted:
        holders.setdefault(name, [])
    for name, active in holders.items():
        cause = f"no BIG-IP is active for {name}" if not active else f"{name} is active on {len(active)} units at once"
        yield judged(
            GROUP,
            f"traffic group {name}",
            "active on one BIG-IP",
            f"active on {', '.join(active) or 'none'}",
            len(active) == 1,
            cause,
            _FAILOVER,
        )
    if seen.fabric.mode == ACTIVE_STANDBY:
        both = sorted({active[0] for active in holders.values() if len(active) == 1})
        yield judged(
            GROUP,
            "traffic groups",
            "active on the same BIG-IP",
            "active on the same BIG-IP" if len(both) < 2 else f"active on {', '.join(both)}",
            len(both) < 2,
            f"bigip_mode is {ACTIVE_STANDBY}, but both units are active",
            f"{_FAILOVER}; or set bigip_mode to active_active",
        )


def _floating(seen: Observed, unit: BigIp, group: TrafficGroup) -> Finding:
    """The floating self IP of a traffic group, on the VLAN of the unit's BGP address."""
    view = seen.bigip(unit)
    own, held = view.self_ips.get(unit.bgp_address) or {}, view.self_ips.get(group.floating_address)
    wanted = f"floating in {group.name}, on {own.get('vlan') or 'the VLAN of bgp_address'}"
    if held is None:
        observed, cause = "no such self IP", f"{group.floating_address} is not a self IP of {unit.name}"
    else:
        name = _short(held.get("traffic_group"))
        observed = f"{'floating in ' if held.get('floating') else 'in '}{name}, on {held.get('vlan')}"
        cause = f"{group.floating_address} is not the floating self IP of {group.name} towards the nodes"
    return judged(
        GROUP,
        f"{unit.name}: self IP {group.floating_address}",
        wanted,
        observed,
        observed == wanted,
        cause,
        "tmsh list net self; traffic_groups in the inventory",
    )


def _members(seen: Observed, unit: BigIp) -> Iterator[Finding]:
    """Virtual addresses that exist are in the traffic group whose floating self IP they are announced with."""
    view = seen.bigip(unit)
    for vip in seen.fabric.vips:
        address, group = view.virtual_addresses.get(vip.address), seen.fabric.traffic_group_of(vip.address)
        if address is None or group is None:
            continue
        held = _short(address.get("traffic_group"))
        yield judged(
            GROUP,
            f"{unit.name}: traffic group of {vip.address}",
            group.name,
            held,
            held == group.name,
            f"{vip.address} would be announced with the next hop of {group.name}, but is served where {held} is active",
            f"tmsh modify ltm virtual-address {vip.address} traffic-group {group.name}; traffic_groups",
        )


def _independent(seen: Observed, units: Iterable[BigIp]) -> Iterator[Finding]:
    """Independent units announce the same VIPs, so each unit must serve all of them."""
    for unit in units:
        view = seen.bigip(unit)
        for vip in seen.fabric.vips:
            if vip.address in view.virtual_addresses:
                observed = "served" if view.serves(vip.address) else "not served"
                yield judged(
                    GROUP,
                    f"{unit.name}: VIP {vip.address}",
                    "served",
                    observed,
                    observed == "served",
                    f"bigip_mode is {seen.fabric.mode}, but {vip.address} is in a traffic group that is standby here",
                    "tmsh list ltm virtual-address traffic-group",
                )


def order(views: Iterable[BigIpView]) -> list[str]:
    """Names of the BIG-IPs in the order of configuration: standby units first, those that serve most last.

    BIG-IPs with equal load keep the order of the inventory.
    """

    def load(view: BigIpView) -> tuple[bool, int]:
        return view.active, list(view.traffic_groups.values()).count("active")

    return [view.name for view in sorted(views, key=load)]


def _short(name: object) -> str:
    return str(name or "none").rpartition("/")[2]
