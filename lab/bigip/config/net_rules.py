# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of mcpd for network objects."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from bigip import errors
from bigip.config.ltm_addresses import address_of
from bigip.config.store import Entry, Store
from bigip.naming import from_path, port_number

PROTOCOLS = ("BFD", "BGP", "IS-IS", "OSPFv2", "OSPFv3", "PIM", "RIP", "RIPng")
_MAC = re.compile(r"[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$", re.IGNORECASE)
_SERVICE = re.compile(r"(eigrp|egp|gre|icmp|igmp|igp|ipip|l2tp|ospf|pim|tcp|udp):([\w-]+)$")


def _empty(value: Any) -> bool:
    return value in (None, "", "none", [], ["none"], [""])


# VLANs and tunnels: both are links for self IPs and belong to route domain 0 unless moved


def prepare_vlan_interface(store: Store, entry: Entry, old: Entry | None) -> None:
    if entry.fields.get("tagged") and entry.fields.get("untagged"):
        raise errors.configuration(f"interface {entry.name.name} may not be tagged and untagged in one VLAN")


def prepare_vlan(store: Store, entry: Entry, old: Entry | None) -> None:
    tag = entry.fields["tag"]
    used = {vlan.get("tag") for vlan in store.objects("net/vlan") if vlan.full_path != entry.full_path}
    if tag == 0:
        tag = entry.fields["tag"] = next(number for number in range(4094, 0, -1) if number not in used)
    if not 1 <= tag <= 4094:
        raise errors.invalid_value("tag", tag)
    if tag in used:
        raise errors.refused("01070257", f"Requested VLAN tag ({tag}) is already in use by another VLAN.")


def created_link(store: Store, entry: Entry) -> None:
    links = [*store.objects("net/interface"), *store.objects("net/tunnels/tunnel"), *store.objects("net/vlan")]
    entry.fields["ifIndex"] = max((int(link.get("ifIndex", 0)) for link in links), default=16) + 16
    domain = store.route_domain(entry.name.partition)
    for place in store.objects("net/route-domain"):
        if place.get("id") == domain:
            place.fields["vlans"] = [*place.get("vlans", []), entry.full_path]
    path = "net/fdb/vlan" if entry.kind.path == "net/vlan" else "net/fdb/tunnel"
    store.create(store.kinds[path], {"name": entry.name.name, "partition": entry.name.partition})


def removable_link(store: Store, entry: Entry) -> None:
    for self_ip in store.objects("net/self"):
        if self_ip.get("vlan") == entry.full_path:
            raise errors.refused(
                "01070265",
                f"The {entry.kind.title} ({entry.full_path}) cannot be deleted because it "
                f"is in use by a self IP ({self_ip.full_path}).",
            )


def removed_link(store: Store, entry: Entry) -> None:
    for place in store.objects("net/route-domain"):
        rest = [link for link in place.get("vlans", []) if link != entry.full_path]
        place.fields.pop("vlans", None)
        if rest:
            place.fields["vlans"] = rest
    path = "net/fdb/vlan" if entry.kind.path == "net/vlan" else "net/fdb/tunnel"
    store.trees[path].pop(entry.full_path, None)


# self IPs


def prepare_self(store: Store, entry: Entry, old: Entry | None) -> None:
    fields = entry.fields
    text = str(fields["address"])
    host, _slash, length = text.partition("/")
    if not length:
        raise errors.configuration(f"self IP {entry.full_path} address {text} must have a netmask")
    address = address_of(store, host, entry.name.partition, f"self IP {entry.full_path}")
    try:
        network = ipaddress.ip_network(f"{address.ip}/{length}", strict=False)
    except ValueError:
        raise errors.invalid_value("address", text) from None
    fields["address"] = f"{address.text(store.route_domain(entry.name.partition))}/{network.prefixlen}"
    for other in store.objects("net/self"):
        if other.full_path != entry.full_path and _host(store, other) == (address.ip, address.route_domain):
            raise errors.refused(
                "01070151", f"The requested self IP {fields['address']} is already in use by {other.full_path}."
            )
    group = fields.get("trafficGroup") or "/Common/traffic-group-local-only"
    group = from_path(group).full_path
    fields["trafficGroup"] = group
    fields["floating"] = "disabled" if group == "/Common/traffic-group-local-only" else "enabled"
    fields["unit"] = 0 if fields["floating"] == "disabled" else 1
    _allow_service(fields)


def _host(store: Store, entry: Entry) -> tuple[str, int | None]:
    text = str(entry.fields["address"]).partition("/")[0]
    address = address_of(store, text, entry.name.partition, "")
    return address.ip, address.route_domain


def _allow_service(fields: dict[str, Any]) -> None:
    """`all` is a string, `default` a list with one entry, none is a missing key; services are shown as numbers."""
    value = fields.get("allowService")
    if _empty(value):
        fields.pop("allowService", None)
        return
    if value in ("all", ["all"]):
        fields["allowService"] = "all"
        return
    words = [value] if isinstance(value, str) else list(value)
    services = []
    for word in words:
        if word == "default":
            services.append(word)
            continue
        found = _SERVICE.match(str(word))
        try:
            if not found:
                raise ValueError(word)
            services.append(f"{found[1]}:{port_number(found[2])}")
        except ValueError:
            raise errors.invalid_value("allowService", word) from None
    fields["allowService"] = list(dict.fromkeys(services))


# route domains, routes, ARP


def prepare_route_domain(store: Store, entry: Entry, old: Entry | None) -> None:
    fields = entry.fields
    fields["id"] = int(fields["id"])
    if not 0 <= fields["id"] <= 65534:
        raise errors.invalid_value("id", fields["id"])
    for other in store.objects("net/route-domain"):
        if other.full_path != entry.full_path and other.get("id") == fields["id"]:
            raise errors.refused(
                "01070978", f"The route domain ID ({fields['id']}) is already in use by route domain {other.full_path}."
            )
    protocols = fields.get("routingProtocol")
    if _empty(protocols):
        fields.pop("routingProtocol", None)
    else:
        names = [protocols] if isinstance(protocols, str) else list(dict.fromkeys(protocols))
        for name in names:
            if name not in PROTOCOLS:
                raise errors.invalid_value("routingProtocol", name)
        db = store.get("sys/db", "tmrouted.tmos.routing")
        if db and db.get("value") == "enable" and store.objects("net/routing/bgp"):
            raise errors.refused(
                "01071c3f", f"Cannot mix routing-protocol Legacy and TMOS mode for route-domain ({entry.full_path})."
            )
        fields["routingProtocol"] = sorted(names)
    if _empty(fields.get("vlans")):
        fields.pop("vlans", None)


def removable_route_domain(store: Store, entry: Entry) -> None:
    number = entry.get("id")
    if number == 0:
        raise errors.refused("01070979", "The default route domain (0) cannot be deleted.")
    users = [p.full_path for p in store.objects("auth/partition") if p.get("defaultRouteDomain") == number]
    if users:
        raise errors.refused(
            "0107097c",
            f"The specified route domain ({number}) is the default route domain for one "
            f"or more partitions ({', '.join(users)}) and cannot be deleted.",
        )
    for path in ("ltm/virtual-address", "ltm/node", "net/self"):
        for user in store.objects(path):
            if f"%{number}" in str(user.get("address", "")):
                raise errors.refused(
                    "0107097d",
                    f"The specified route domain ({number}) is in use by "
                    f"{user.kind.title} {user.full_path} and cannot be deleted.",
                )


def prepare_route(store: Store, entry: Entry, old: Entry | None) -> None:
    fields = entry.fields
    text = str(fields["network"])
    if text in ("default", "default-inet", "0.0.0.0/0"):
        fields["network"] = "default"
    elif text in ("default-inet6", "::/0"):
        fields["network"] = "default-inet6"
    else:
        host, _slash, length = text.partition("/")
        address = address_of(store, host, entry.name.partition, f"Route {entry.full_path}")
        try:
            network = ipaddress.ip_network(f"{address.ip}/{length}" if length else address.ip)
        except ValueError:
            raise errors.invalid_value("network", text) from None
        shown = address.text(store.route_domain(entry.name.partition))
        fields["network"] = f"{shown}/{network.prefixlen}"
    ways = [way for way in ("gw", "pool", "tmInterface", "blackhole") if not _empty(fields.get(way))]
    if len(ways) != 1:
        raise errors.refused(
            "01070734",
            "Configuration error: Route "
            f"{entry.full_path} must have exactly one of gateway, pool, interface or blackhole.",
        )
    if "gw" in ways:
        address = address_of(store, fields["gw"], entry.name.partition, f"Route {entry.full_path}")
        fields["gw"] = address.text(store.route_domain(entry.name.partition))
        near = any(
            ipaddress.ip_address(address.ip) in ipaddress.ip_interface(_plain(s.fields["address"])).network
            for s in store.objects("net/self")
        )
        if not near:
            raise errors.refused(
                "01070330", f"Static route gateway {address.ip} is not directly connected via an interface."
            )


def _plain(address: str) -> str:
    return re.sub(r"%\d+", "", address)


def prepare_arp(store: Store, entry: Entry, old: Entry | None) -> None:
    address = address_of(store, entry.fields["ipAddress"], entry.name.partition, f"ARP {entry.full_path}")
    entry.fields["ipAddress"] = address.text(store.route_domain(entry.name.partition))
    if not _MAC.match(str(entry.fields["macAddress"])):
        raise errors.invalid_value("macAddress", entry.fields["macAddress"])


def created_tmos_bgp(store: Store, entry: Entry) -> None:
    """BGP in TMOS: the simulator supports only imish, and rejects this like a device with legacy routing."""
    legacy = [d.full_path for d in store.objects("net/route-domain") if d.get("routingProtocol")]
    raise errors.refused(
        "01071c3f",
        f"Cannot mix routing-protocol Legacy and TMOS mode for route-domain ({legacy[0] if legacy else '/Common/0'}).",
    )
