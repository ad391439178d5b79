# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mcpd does to local-traffic objects: forms of addresses, objects that come along, refusals."""
from __future__ import annotations

import re
from typing import Any

from bigip import errors
from bigip.config.store import Entry, Store
from bigip.naming import Address, Name, from_path, join_port, port_number, split_port

# addresses


def address_of(store: Store, text: str, partition: str, where: str) -> Address:
    """With the route domain spelt out. Raises RestError 400."""
    try:
        address = Address.parse(str(text))
    except ValueError:
        raise errors.configuration(f"{where} invalid IP address {text}") from None
    domain = address.route_domain
    if domain is None:
        domain = store.route_domain(partition)
    elif not any(entry.get("id") == domain for entry in store.objects("net/route-domain")):
        raise errors.refused("01070977", f"The requested route domain ({domain}) was not found.", 404)
    return Address(address.ip, domain)


def canonical_address(store: Store, name: Name) -> Name:
    """`10.0.0.1%0` is `10.0.0.1` where 0 is the partition's default."""
    try:
        address = Address.parse(name.name)
    except ValueError:
        return name
    return Name(name.partition, name.sub_path, address.text(store.route_domain(name.partition)))


def canonical_member(store: Store, name: Name) -> Name:
    try:
        host, port = split_port(name.name)
        number = port_number(port)
    except ValueError:
        return name
    return Name(name.partition, name.sub_path,
                join_port(canonical_address(store, Name(name.partition, name.sub_path, host)).name, number))


# virtual servers and their addresses


def destination(entry: Entry) -> tuple[Name, int]:
    """The virtual address that a virtual server stands on, and its port."""
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
    text = str(fields["destination"])
    name = from_path(text, entry.name.partition)
    try:
        host, port = split_port(name.name)
        number = port_number(port)
    except ValueError:
        raise errors.configuration(f"Virtual server {entry.full_path} invalid destination {text}") from None
    place = Name(name.partition, name.sub_path, host)
    if store.get("ltm/virtual-address", place.full_path) is None:
        address = address_of(store, host, place.partition, f"Virtual server {entry.full_path}")
        place = Name(place.partition, place.sub_path, address.text(store.route_domain(place.partition)))
        if address.version == 6 and old is None and fields["mask"] == "255.255.255.255":
            fields["mask"] = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            fields["source"] = "::/0" if fields["source"] == "0.0.0.0/0" else fields["source"]
    fields["destination"] = join_port(place.full_path, number)
    translation = fields.get("sourceAddressTranslation") or {}
    if translation.get("type", "none") not in ("none", "automap", "snat", "lsn"):
        raise errors.invalid_value("type", translation["type"])
    fields["sourceAddressTranslation"] = {k: v for k, v in translation.items() if k != "poolReference"}
    for other in store.objects("ltm/virtual"):
        same = ("destination", "ipProtocol", "source")
        if other.full_path != entry.full_path and all(other.get(k) == fields.get(k) for k in same):
            raise errors.refused("01070333", f"Virtual Server {entry.full_path} illegally shares destination "
                                 "address, source address, service port, and ip-protocol with Virtual Server "
                                 f"{other.full_path}.")


def _enabled(fields: dict[str, Any], old: Entry | None) -> None:
    """`enabled` and `disabled` are one flag under two names; the one that was written last counts."""
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
    if fields.get("vlansEnabled") and (old is None or not old.get("vlansEnabled")):
        fields.pop("vlansDisabled", None)
    elif fields.get("vlansDisabled"):
        fields.pop("vlansEnabled", None)


def created_virtual(store: Store, entry: Entry) -> None:
    if not entry.members("profiles"):
        store.create(entry.kind.child("profiles"), {"name": "fastL4", "partition": "Common"}, entry)
    _ensure_virtual_address(store, entry)


def changed_virtual(store: Store, entry: Entry, old: Entry) -> None:
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
        store.create(store.kinds["ltm/virtual-address"],
                     {"name": name.name, "partition": name.partition, "subPath": name.sub_path,
                      "mask": entry.fields["mask"]})


def _leave_virtual_address(store: Store, name: Name) -> None:
    address = store.get("ltm/virtual-address", name.full_path)
    if address and address.get("autoDelete") == "true" and not users(store, address):
        store.delete(address)


def prepare_virtual_address(store: Store, entry: Entry, old: Entry | None) -> None:
    name = entry.name
    text = entry.fields.get("address") or name.name
    address = address_of(store, text, name.partition, f"Virtual address {name.full_path}")
    entry.fields["address"] = address.text(store.route_domain(name.partition))
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
    """A virtual address's or node's address with its route domain always spelt out."""
    parsed = Address.parse(address.fields["address"])
    domain = parsed.route_domain
    return Address(parsed.ip, store.route_domain(address.name.partition) if domain is None else domain)


def removable_virtual_address(store: Store, entry: Entry) -> None:
    if in_use := users(store, entry):
        raise errors.refused("01070390", f"Virtual address {entry.full_path} cannot be deleted because it is in use "
                             f"by a Virtual Server ({in_use[0].full_path}).")


def canonical_profile(store: Store, name: Name) -> Name:
    """A virtual server's profile is named in its partition or in /Common."""
    from bigip.config.ltm import PROFILE_PATHS

    return _use(store, name, PROFILE_PATHS)


def canonical_policy(store: Store, name: Name) -> Name:
    return _use(store, name, ("ltm/policy",))


def _use(store: Store, name: Name, paths: tuple[str, ...]) -> Name:
    return from_path(store.resolve(paths, name.full_path if name.sub_path else name.name, name))


# pools, members and nodes


def prepare_pool(store: Store, entry: Entry, old: Entry | None) -> None:
    text = str(entry.fields.get("monitor") or "").strip()
    if text in ("", "none"):
        entry.fields.pop("monitor", None)
    else:
        entry.fields["monitor"] = monitor_rule(store, text, entry.name)


def monitor_names(rule: str) -> list[str]:
    """``/Common/a and /Common/b`` or ``min 1 of { /Common/a /Common/b }`` → the monitors."""
    found = re.fullmatch(r"min\s+\d+\s+of\s*\{?(.*?)\}?\s*", rule)
    return found[1].split() if found else [word for word in rule.split() if word != "and"]


def monitor_rule(store: Store, text: str, near: Name) -> str:
    from bigip.config.ltm import MONITOR_PATHS

    names = [store.resolve(MONITOR_PATHS, name, near) for name in monitor_names(text)]
    minimum = re.match(r"min\s+(\d+)\s+of", text)
    if minimum:
        return f"min {minimum[1]} of {{ {' '.join(names)} }}"
    return " and ".join(names)


def removable_pool(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if virtual.get("pool") == entry.full_path:
            raise errors.refused("01070265", f"The Pool ({entry.full_path}) cannot be deleted because it is in use "
                                 f"by a Virtual Server ({virtual.full_path}).")


def label_member(name: Name, pool: Entry | None) -> str:
    try:
        host, port = split_port(name.name)
    except ValueError:
        host, port = name.name, "0"
    return f"{pool.full_path if pool else ''} {Name(name.partition, name.sub_path, host).full_path} {port}"


def prepare_member(store: Store, entry: Entry, old: Entry | None) -> None:
    try:
        host, _port = split_port(entry.name.name)
    except ValueError:
        raise errors.configuration(f"Pool member {entry.full_path} must be of the form name:port") from None
    _admin(entry.fields, old)
    if old is not None:
        return
    partition = entry.name.partition
    node = store.get("ltm/node", canonical_address(store, Name(partition, entry.name.sub_path, host)).full_path)
    if node is None and partition != "Common":
        node = store.get("ltm/node", canonical_address(store, Name("Common", "", host)).full_path)
    if node is None:
        body = {"name": host, "partition": partition, "subPath": entry.name.sub_path}
        node = store.create(store.kinds["ltm/node"], body | {"address": entry.fields.get("address") or host})
    entry.fields["address"] = node.fields["address"]


def prepare_node(store: Store, entry: Entry, old: Entry | None) -> None:
    text = entry.fields.get("address") or entry.name.name
    address = address_of(store, text, entry.name.partition, f"Node {entry.full_path}")
    entry.fields["address"] = address.text(store.route_domain(entry.name.partition))
    for other in store.objects("ltm/node"):
        if other.full_path != entry.full_path and absolute(store, other) == address:
            raise errors.refused("0107003a", f"Pool member node and existing node cannot use the same IP Address "
                                 f"({address.text()}).")
    _admin(entry.fields, old)


def _admin(fields: dict[str, Any], old: Entry | None) -> None:
    """Of session and state only what a person sets is kept; what a monitor says is shown beside it."""
    session, state = fields.get("session"), fields.get("state")
    fields["session"] = "user-disabled" if session == "user-disabled" else "user-enabled"
    fields["state"] = "user-down" if state == "user-down" else "user-up"


def show_member(store: Store, entry: Entry) -> dict[str, Any]:
    monitored = bool(entry.parent and entry.parent.get("monitor")) or entry.get("monitor") != "default"
    return _live(store, entry, monitored, (entry.parent.full_path if entry.parent else "", entry.full_path))


def show_node(store: Store, entry: Entry) -> dict[str, Any]:
    return _live(store, entry, False, ("", entry.full_path))


def _live(store: Store, entry: Entry, monitored: bool, key: tuple[str, str]) -> dict[str, Any]:
    if entry.get("state") == "user-down":
        return {"session": "user-disabled", "state": "user-down"}
    session = entry.get("session")
    if monitored and session == "user-enabled":
        session = "monitor-enabled"
    return {"session": session, "state": store.live.get("members", {}).get(key, "checking") if monitored
            else "unchecked"}


def removable_node(store: Store, entry: Entry) -> None:
    for pool in store.objects("ltm/pool"):
        for member in pool.members("members"):
            host, _port = split_port(member.name.name)
            if Name(member.name.partition, member.name.sub_path, host).full_path == entry.full_path or (
                    entry.name.partition == "Common" and host == entry.name.name
                    and store.get("ltm/node", Name(member.name.partition, "", host).full_path) is None):
                raise errors.refused("01070110", f"Node address '{entry.full_path}' is referenced by a member of "
                                     f"pool '{pool.full_path}'.")


# monitors, rules, policies, profiles

FACTORY = "factory"  # mark of an object that the device came with


def prepare_monitor(store: Store, entry: Entry, old: Entry | None) -> None:
    parent = entry.fields.get("defaultsFrom")
    if old is None and not parent and not entry.name.full_path == f"/Common/{_factory(entry)}":
        entry.fields["defaultsFrom"] = f"/Common/{_factory(entry)}"


def _factory(entry: Entry) -> str:
    return entry.kind.word.replace("-", "_")


def removable_monitor(store: Store, entry: Entry) -> None:
    if entry.full_path == f"/Common/{_factory(entry)}":
        raise errors.refused("01070342", f"Cannot delete default monitor {entry.full_path}.")
    for pool in store.objects("ltm/pool"):
        rules = [pool.get("monitor")] + [member.get("monitor") for member in pool.members("members")]
        if any(entry.full_path in monitor_names(rule) for rule in rules if rule):
            raise errors.refused("01070083", f"Monitor {entry.full_path} is in use.")


def removable_profile(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if any(use.full_path == entry.full_path for use in virtual.members("profiles")):
            raise errors.refused("01070319", f"The profile {entry.full_path} is in use by a virtual server "
                                 f"({virtual.full_path}).")


def removable_rule(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if entry.full_path in (virtual.get("rules") or []):
            raise errors.refused("01070265", f"The rule ({entry.full_path}) cannot be deleted because it is in use "
                                 f"by a Virtual Server ({virtual.full_path}).")


def removable_policy(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if any(use.full_path == entry.full_path for use in virtual.members("policies")):
            raise errors.refused("01070265", f"The policy ({entry.full_path}) cannot be deleted because it is in use "
                                 f"by a Virtual Server ({virtual.full_path}).")
