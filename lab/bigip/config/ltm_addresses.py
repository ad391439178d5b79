# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of addresses and members of pools, as mcpd writes them."""
from __future__ import annotations

from bigip import errors
from bigip.config.store import Store
from bigip.naming import Address, Name, join_port, port_number, split_port


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
