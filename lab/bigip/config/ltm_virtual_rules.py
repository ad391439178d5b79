# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of mcpd for virtual servers and their addresses: implicit creation, deletion, rejections."""

from __future__ import annotations

import re
import time
from typing import Any

from bigip import errors
from bigip.config.ltm_addresses import address_of, canonical_address, shown_address
from bigip.config.ltm_names import PROFILE_PATHS
from bigip.config.store import Entry, Store
from bigip.naming import COMMON, Address, Name, from_path, join_port, port_number, split_port


def destination(entry: Entry) -> tuple[Name, int]:
    """The virtual address of a virtual server, and its port."""
    name = from_path(entry.fields["destination"], entry.name.partition)
    host, port = split_port(name.name)
    return Name(name.partition, name.sub_path, host), int(port)


def virtual_address(store: Store, entry: Entry) -> Entry | None:
    return store.get("ltm/virtual-address", destination(entry)[0].full_path)


def users(store: Store, address: Entry) -> list[Entry]:
    """The virtual servers on a virtual address."""
    return [v for v in store.objects("ltm/virtual") if destination(v)[0].full_path == address.full_path]


def prepare_virtual(store: Store, entry: Entry, old: Entry | None) -> None:
    fields = entry.fields
    _enabled(fields, old)
    _vlans(fields, old)
    _persistence(entry)
    text = str(fields["destination"])
    name = from_path(text, entry.name.partition)
    try:
        host, port = split_port(name.name)
        number = port_number(port)
    except ValueError:
        raise errors.configuration(f"Virtual server {entry.full_path} invalid destination {text}") from None
    place = Name(name.partition, name.sub_path, {"any": "0.0.0.0", "any6": "::"}.get(host, host))
    there = store.there(store.kinds["ltm/virtual-address"], place)
    if there is not None:
        place = there.name
    else:
        address = address_of(store, host, place.partition, f"Virtual server {entry.full_path}")
        place = canonical_address(store, place)
        if address.version == 6 and old is None and fields["mask"] == "255.255.255.255":
            fields["mask"] = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            fields["source"] = "::/0" if fields["source"] == "0.0.0.0/0" else fields["source"]
    fields["destination"] = join_port(place.full_path, number)
    fields["sourceAddressTranslation"] = _translation(store, entry)
    for other in store.objects("ltm/virtual"):
        if other.full_path != entry.full_path and _listens(store, other) == _listens(store, entry):
            raise errors.refused(
                "01070333",
                f"Virtual Server {entry.full_path} illegally shares destination "
                "address, source address, service port, and ip-protocol with Virtual Server "
                f"{other.full_path}.",
            )


def _translation(store: Store, entry: Entry) -> dict[str, Any]:
    given = entry.fields.get("sourceAddressTranslation") or {}
    kind, pool = given.get("type", "none"), given.get("pool")
    if kind not in ("none", "automap", "snat", "lsn"):
        raise errors.invalid_value("type", kind)
    if kind == "snat":
        pool = from_path(str(pool), entry.name.partition).full_path if pool else None
        if not pool or store.get("ltm/snatpool", pool) is None:
            # DealerDotCom/terraform-provider-bigip issue 16
            sentence = f"Virtual Server {entry.full_path} references non-existent snatpool {pool or '<no name>'}."
            raise errors.refused("01071811", sentence)
    return {k: v for k, v in given.items() if k not in ("pool", "poolReference")} | ({"pool": pool} if pool else {})


def _listens(store: Store, entry: Entry) -> tuple[object, ...]:
    """The key that must be unique among servers. `0.0.0.0%0/0` and `0.0.0.0/0` are one source where 0 is the
    default."""
    source = re.sub(f"%{store.route_domain(entry.name.partition)}(?=/|$)", "", str(entry.get("source")))
    return entry.get("destination"), entry.get("ipProtocol"), source


def _enabled(fields: dict[str, Any], old: Entry | None) -> None:
    """`enabled` and `disabled` are two names of one flag; the last write counts."""
    was = True if old is None else not old.get("disabled", False)
    on, off = fields.get("enabled"), fields.get("disabled")
    truth = {True: True, "true": True, "yes": True, False: False, "false": False, "no": False, None: None}
    on, off = truth.get(on), truth.get(off)
    if was and off:
        now = False
    elif not was and on:
        now = True
    elif on is False:
        now = False
    else:
        now = was
    fields.pop("enabled", None)
    fields.pop("disabled", None)
    fields["enabled" if now else "disabled"] = True


def _vlans(fields: dict[str, Any], old: Entry | None) -> None:
    on, off = fields.pop("vlansEnabled", False), fields.pop("vlansDisabled", False)
    was = old is not None and bool(old.get("vlansEnabled"))
    fields["vlansEnabled" if on and not (off and was) else "vlansDisabled"] = True


def _persistence(entry: Entry) -> None:
    """A profile of `persist` is named with or without its partition, or as a text; it is shown with both apart."""
    given = entry.fields.get("persist")
    if not given:
        return
    shown = []
    for item in given if isinstance(given, list) else [given]:
        item = dict(item) if isinstance(item, dict) else {"name": str(item)}
        place = from_path(str(item.pop("name", "")), str(item.pop("partition", COMMON)))
        shown.append({"name": place.name, "partition": place.partition, **item})
    entry.fields["persist"] = shown


def created_virtual(store: Store, entry: Entry) -> None:
    used = {other.get("vsIndex") for other in store.objects("ltm/virtual")}
    entry.fields["vsIndex"] = next(number for number in range(1, len(used) + 2) if number not in used)
    entry.fields["creationTime"] = entry.fields["lastModifiedTime"] = _now()
    if not entry.members("profiles"):
        store.create(entry.kind.child("profiles"), {"name": "fastL4", "partition": "Common"}, entry)
    _ensure_virtual_address(store, entry)


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def changed_virtual(store: Store, entry: Entry, old: Entry) -> None:
    if entry.generation != old.generation:
        entry.fields["lastModifiedTime"] = _now()
    if not entry.members("profiles"):
        store.create(entry.kind.child("profiles"), {"name": "fastL4", "partition": "Common"}, entry)
    if entry.get("destination") != old.get("destination"):
        _ensure_virtual_address(store, entry)
        _leave_virtual_address(store, destination(old)[0])


def removed_virtual(store: Store, entry: Entry) -> None:
    _leave_virtual_address(store, destination(entry)[0])


def _ensure_virtual_address(store: Store, entry: Entry) -> None:
    name, _port = destination(entry)
    if store.get("ltm/virtual-address", name.full_path) is None:
        store.create(
            store.kinds["ltm/virtual-address"],
            {"name": name.name, "partition": name.partition, "subPath": name.sub_path, "mask": entry.fields["mask"]},
        )


def _leave_virtual_address(store: Store, name: Name) -> None:
    address = store.get("ltm/virtual-address", name.full_path)
    if address and address.get("autoDelete") == "true" and not users(store, address):
        store.delete(address)


def prepare_virtual_address(store: Store, entry: Entry, old: Entry | None) -> None:
    name = entry.name
    text = entry.fields.get("address") or name.name
    if not entry.fields.get("address") and not re.match(r"[\da-fA-F]*[.:]|any6?$", text):
        text = "any"  # a device creates an address with a name only as the wildcard
    address = address_of(store, text, name.partition, f"Virtual address {name.full_path}")
    entry.fields["address"] = shown_address(store, address, name.partition)
    if address.version == 6 and entry.fields["mask"] == "255.255.255.255":
        entry.fields["mask"] = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
    if entry.fields["arp"] == entry.fields["spanning"] == "enabled":
        raise errors.refused("01071659", f"Virtual address {name.full_path}: arp and spanning may not both be enabled.")
    for other in store.objects("ltm/virtual-address"):
        if other.full_path != entry.full_path and absolute(store, other) == address:
            raise errors.refused("0107176c", f"Invalid Virtual Address, the IP address {text} already exists.")
    group = entry.fields.get("trafficGroup")
    entry.fields["floating"] = "disabled" if group in (None, "none", "/Common/traffic-group-local-only") else "enabled"
    entry.fields["unit"] = 1 if entry.fields["floating"] == "enabled" else 0


def absolute(store: Store, address: Entry) -> Address:
    """The address of a virtual address or node, always with its route domain."""
    parsed = Address.parse(address.fields["address"])
    domain = parsed.route_domain
    return Address(parsed.ip, store.route_domain(address.name.partition) if domain is None else domain)


def removable_virtual_address(store: Store, entry: Entry) -> None:
    if users(store, entry):
        # k8s-bigip-ctlr issue 939
        raise errors.refused("01070344", f"Cannot delete referenced virtual address {entry.full_path}.")


def canonical_profile(store: Store, name: Name) -> Name:
    """A virtual server's profile is named in its partition or in /Common."""
    return _use(store, name, PROFILE_PATHS)


def canonical_policy(store: Store, name: Name) -> Name:
    return _use(store, name, ("ltm/policy",))


def _use(store: Store, name: Name, paths: tuple[str, ...]) -> Name:
    return from_path(store.resolve(paths, name.full_path if name.sub_path else name.name, name))
