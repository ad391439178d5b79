# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of addresses and members of pools, as mcpd writes them."""

from __future__ import annotations

from bigip import errors
from bigip.config.store import Store
from bigip.naming import Address, Name, join_port, port_number, split_port


def address_of(store: Store, text: str, partition: str, where: str) -> Address:
    """With an explicit route domain. Raises RestError 400."""
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


def shown_address(store: Store, address: Address, partition: str) -> str:
    """An address property. It is unknown whether a device adds the default route domain: the personality decides."""
    default = store.route_domain(partition)
    if store.personality.default_route_domain == "always":
        return f"{address.ip}%{default if address.route_domain is None else address.route_domain}"
    return address.text(default)


def canonical_address(store: Store, name: Name) -> Name:
    """The name that the device gives an object: as it was written, unless the personality adds or drops `%0`."""
    if store.personality.default_route_domain == "as-given":
        return name
    try:
        address = Address.parse(name.name)
    except ValueError:
        return name
    return Name(name.partition, name.sub_path, shown_address(store, address, name.partition))


def canonical_member(store: Store, name: Name) -> Name:
    """A service's name becomes its number."""
    try:
        host, port = split_port(name.name)
        number = port_number(port)
    except ValueError:
        return name
    return Name(
        name.partition,
        name.sub_path,
        join_port(canonical_address(store, Name(name.partition, name.sub_path, host)).name, number),
    )


def address_names(store: Store, name: Name) -> tuple[Name, ...]:
    """All names of one address: `10.0.0.1` and `10.0.0.1%0` are the same where 0 is the partition's default."""
    try:
        address = Address.parse(name.name)
    except ValueError:
        return (name,)
    default = store.route_domain(name.partition)
    domain = default if address.route_domain is None else address.route_domain
    texts = [name.name, f"{address.ip}%{domain}", *([address.ip] if domain == default else [])]
    return tuple(Name(name.partition, name.sub_path, text) for text in dict.fromkeys(texts))


def member_names(store: Store, name: Name) -> tuple[Name, ...]:
    """All names of one pool member."""
    try:
        host, port = split_port(name.name)
    except ValueError:
        return (name,)
    hosts = address_names(store, Name(name.partition, name.sub_path, host))
    return tuple(Name(name.partition, name.sub_path, join_port(each.name, port)) for each in hosts)
