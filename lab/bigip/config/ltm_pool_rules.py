# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of mcpd for pools, members and nodes: states, monitors, rejections."""

from __future__ import annotations

import re
from typing import Any

from bigip import errors
from bigip.config.ltm_addresses import address_of, shown_address
from bigip.config.ltm_names import MONITOR_PATHS
from bigip.config.ltm_virtual_rules import absolute
from bigip.config.store import Entry, Store
from bigip.naming import Name, from_path, port_number, split_port


def prepare_pool(store: Store, entry: Entry, old: Entry | None) -> None:
    text = str(entry.fields.get("monitor") or "").strip()
    if text in ("", "none"):
        entry.fields.pop("monitor", None)
    else:
        entry.fields["monitor"] = monitor_rule(store, text, entry.name)


def prepare_snat_pool(store: Store, entry: Entry, old: Entry | None) -> None:
    """Members are SNAT translations, shown by their full paths (go-bigip:ltm_test.go, of an 11.5.3)."""
    members = entry.fields.get("members")
    if isinstance(members, list):
        entry.fields["members"] = [from_path(str(each), entry.name.partition).full_path for each in members]


def removable_snat_pool(store: Store, entry: Entry) -> None:
    if any(
        each.get("sourceAddressTranslation", {}).get("pool") == entry.full_path for each in store.objects("ltm/virtual")
    ):
        raise errors.refused("01070320", f"Snatpool {entry.full_path} is still referenced by a virtual server.")


def monitor_names(rule: str) -> list[str]:
    """``/Common/a and /Common/b`` or ``min 1 of { /Common/a /Common/b }`` → the monitors."""
    found = re.fullmatch(r"min\s+\d+\s+of\s*\{?(.*?)\}?\s*", rule)
    return found[1].split() if found else [word for word in rule.split() if word != "and"]


def monitor_rule(store: Store, text: str, near: Name) -> str:
    names = [store.resolve(MONITOR_PATHS, name, near) for name in monitor_names(text)]
    minimum = re.match(r"min\s+(\d+)\s+of", text)
    if minimum:
        return f"min {minimum[1]} of {{ {' '.join(names)} }}"
    return " and ".join(names)


def removable_pool(store: Store, entry: Entry) -> None:
    for virtual in store.objects("ltm/virtual"):
        if virtual.get("pool") == entry.full_path:
            raise errors.refused(
                "01070265",
                f"The Pool ({entry.full_path}) cannot be deleted because it is in use "
                f"by a Virtual Server ({virtual.full_path}).",
            )


def label_member(name: Name, pool: Entry | None, words: bool = False) -> str:
    """With ``words`` the port as mcpd names it."""
    try:
        host, port = split_port(name.name)
    except ValueError:
        host, port = name.name, "0"
    port = {"80": "http", "443": "https"}.get(port, port) if words else port
    return f"{pool.full_path if pool else ''} {Name(name.partition, name.sub_path, host).full_path} {port}"


def prepare_member(store: Store, entry: Entry, old: Entry | None) -> None:
    try:
        host, port = split_port(entry.name.name)
        port_number(port)
    except ValueError:
        raise errors.configuration(f"Pool member {entry.full_path} must be of the form name:port") from None
    _admin(entry.fields, old)
    if old is not None:
        return
    partition = entry.name.partition
    if store.get("sys/folder", entry.name.folder) is None:
        raise errors.configuration(
            f"Can't associate Pool Member ({label_member(entry.name, entry.parent, words=True)}) folder does not exist"
        )
    kind = store.kinds["ltm/node"]
    node = store.there(kind, Name(partition, entry.name.sub_path, host))
    if node is None and partition != "Common":
        node = store.there(kind, Name("Common", "", host))
    if node is None:
        body = {"name": host, "partition": partition, "subPath": entry.name.sub_path}
        node = store.create(kind, body | {"address": entry.fields.get("address") or host})
    entry.fields["address"] = node.fields["address"]


def prepare_node(store: Store, entry: Entry, old: Entry | None) -> None:
    text = entry.fields.get("address") or entry.name.name
    address = address_of(store, text, entry.name.partition, f"Node {entry.full_path}")
    entry.fields["address"] = shown_address(store, address, entry.name.partition)
    for other in store.objects("ltm/node"):
        if other.full_path != entry.full_path and absolute(store, other) == address:
            raise errors.refused(
                "0107003a", f"Pool member node and existing node cannot use the same IP Address ({address.text()})."
            )
    _admin(entry.fields, old)


def _admin(fields: dict[str, Any], old: Entry | None) -> None:
    """Of session and state, only values set by a user are stored; monitor results are added when shown."""
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
    return {
        "session": session,
        "state": store.live.get("members", {}).get(key, "checking") if monitored else "unchecked",
    }


def removable_node(store: Store, entry: Entry) -> None:
    for pool in store.objects("ltm/pool"):
        for member in pool.members("members"):
            if absolute(store, member) == absolute(store, entry):  # no two nodes have one address
                raise errors.refused(
                    "01070110",
                    f"Node address '{entry.full_path}' is referenced by a member of pool '{pool.full_path}'.",
                )
