# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The factory configuration, and the file format of a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bigip.auth.users import User
from bigip.config import ltm, net, system
from bigip.config.schema import Kind
from bigip.config.store import Entry, Objects, Store, plain_copy
from bigip.naming import Name, from_path
from bigip.personality import Personality
from bigip.settings import Pair

# Database variables that clients read or the simulator uses: name → (value, valid values).
DB = {
    "tmrouted.queryperiod": ("10", "integer min:1 max:60"),
    "tmrouted.rhifailoverdelay": ("0", "integer min:0 max:60"),
    "failover.nettimeoutsec": ("3", "integer min:1 max:4294967295"),
    "configsync.allowmanagement": ("disable", "disable, enable"),
    "tmrouted.tmos.routing": ("disable", "disable, enable"),
    "systemauth.disablebash": ("false", "false, true"),
    "systemauth.disablerootlogin": ("false", "false, true"),
    "provision.tmos": ("true", "false, true"),
    "provision.1nicautoconfig": ("enable", "disable, enable"),
    "config.allow.rfc3927": ("disable", "disable, enable"),
    "setup.run": ("false", "false, true"),
    "connection.autolasthop": ("enable", "disable, enable"),
    "restjavad.useextramb": ("false", "false, true"),
    "iapplxrpm.timeout": ("60", "integer min:0 max:3600"),
    "icrd.timeout": ("60", "integer min:30 max:300"),
}
MODULES = ("afm", "am", "apm", "asm", "avr", "dos", "fps", "gtm", "ilx", "lc", "ltm", "pem", "sslo", "swg", "urldb")
PROFILES = {
    "tcp": (
        "tcp",
        "f5-tcp-progressive",
        "f5-tcp-lan",
        "f5-tcp-wan",
        "tcp-lan-optimized",
        "tcp-wan-optimized",
        "mptcp-mobile-optimized",
    ),
    "udp": ("udp",),
    "fastl4": ("fastL4",),
    "http": ("http", "http-transparent"),
    "http2": ("http2",),
    "client-ssl": ("clientssl",),
    "server-ssl": ("serverssl",),
    "one-connect": ("oneconnect",),
    "fasthttp": ("fasthttp",),
    "websocket": ("websocket",),
    "request-log": ("request-log",),
    "analytics": ("analytics",),
    "diameter": ("diameter",),
    "sip": ("sip",),
    "dhcpv4": ("dhcpv4",),
    "dhcpv6": ("dhcpv6",),
    "ftp": ("ftp",),
    "dns": ("dns",),
    "stream": ("stream",),
    "sctp": ("sctp",),
    "http-compression": ("httpcompression",),
    "web-acceleration": ("webacceleration",),
    "rtsp": ("rtsp",),
    "radius": ("radiusLB",),
    "pptp": ("pptp",),
    "tftp": ("tftp",),
    "fix": ("fix",),
    "icap": ("icap",),
    "mqtt": ("mqtt",),
    "ipother": ("ipother",),
    "statistics": ("stats",),
    "html": ("html",),
    "rewrite": ("rewrite",),
    "classification": ("classification",),
    "request-adapt": ("requestadapt",),
    "response-adapt": ("responseadapt",),
}
_VXLAN = {"defaultsFrom": "/Common/vxlan", "floodingType": "multipoint"}
VXLAN: Mapping[str, Mapping[str, Any]] = {
    "vxlan": {},
    "vxlan-gpe": _VXLAN | {"encapsulationType": "vxlan-gpe", "port": 4790},
    "vxlan-multipoint": _VXLAN,
    "vxlan-ovsdb": _VXLAN | {"floodingType": "replicator"},
    "vxlan-ovsdb-multipoint": _VXLAN,
    "vxlan-ovsdb-no-flooding": _VXLAN | {"floodingType": "none"},
}
PERSISTENCE = {
    "cookie": "cookie",
    "source-addr": "source_addr",
    "dest-addr": "dest_addr",
    "hash": "hash",
    "ssl": "ssl",
    "universal": "universal",
}


def empty(personality: Personality | None = None) -> Store:
    return Store((*ltm.KINDS, *net.KINDS, *system.KINDS), personality)


def fresh(
    hostname: str,
    version: str,
    build: str,
    management: str,
    db: Mapping[str, str],
    personality: Personality | None = None,
    active_modules: Iterable[str] = (),
    users: Iterable[User] = (),
) -> Store:
    """The configuration of a new device: no VLAN, no self IP, no user objects."""
    store = empty(personality)
    add = _adder(store)
    for folder in ("/", "/Common", "/Common/Drafts"):
        add("sys/folder", folder)
    add("auth/partition", "Common", description="Repository for system objects and shared objects.")
    for user in users:
        access = [{"name": "all-partitions", "role": user.role}]
        shell = {} if user.name == "admin" else {"shell": user.shell}
        add("auth/user", user.name, description=f"{user.name.capitalize()} User", partitionAccess=access, **shell)
    for group in ("traffic-group-1", "traffic-group-local-only"):
        add(
            "cm/traffic-group",
            f"/Common/{group}",
            isFloating="true" if group == "traffic-group-1" else "false",
            unitId=1 if group == "traffic-group-1" else 0,
        )
    store.create(store.kinds["net/route-domain"], {"name": "0", "id": 0})
    for profile, fields in VXLAN.items():
        add("net/tunnels/vxlan", f"/Common/{profile}", **fields)
    add("net/tunnels/ipip", "/Common/ipip")
    add("net/tunnels/gre", "/Common/gre")
    for number, port in enumerate(("mgmt", "1.1", "1.2")):
        add("net/interface", port, macAddress=f"0a:00:00:00:00:0{number}", ifIndex=32 + 16 * number)
    add("sys/ntp", "")
    add("sys/dns", "")
    add("net/tunnels/tcp-forward", "/Common/tcp-forward")
    for tunnel, use in (("http-tunnel", "http-explicit"), ("socks-tunnel", "socks")):
        store.create(
            store.kinds["net/tunnels/tunnel"],
            {"name": tunnel, "profile": "/Common/tcp-forward", "description": f"Tunnel for {use} profile"},
        )
    for word in ltm.MONITORS:
        add(f"ltm/monitor/{word}", f"/Common/{word.replace('-', '_')}")
    head = {"defaultsFrom": "/Common/http", "send": "HEAD / HTTP/1.0\\r\\n\\r\\n", "recv": "Server\\:"}
    add("ltm/monitor/http", "/Common/http_head_f5", **head)
    for word, names in PROFILES.items():
        for name in names:
            add(
                f"ltm/profile/{word}",
                f"/Common/{name}",
                **({} if name == names[0] else {"defaultsFrom": f"/Common/{names[0]}"}),
            )
    add("ltm/message-routing/sip/profile/session", "/Common/sipsession")
    for word, name in PERSISTENCE.items():
        add(f"ltm/persistence/{word}", f"/Common/{name}")
    for name, (value, allowed) in DB.items():
        add("sys/db", name, value=str(db.get(name, value)), defaultValue=value, scfConfig="true", valueRange=allowed)
    for module in MODULES:
        add("sys/provision", module, **({"level": "nominal"} if module == "ltm" else {}))
    add("sys/global-settings", "", hostname=hostname)
    add("net/self-allow", "", defaults=list(net.DEFAULT_SERVICES))
    add(
        "cm/device",
        f"/Common/{hostname}",
        hostname=hostname,
        managementIp=management,
        version=version,
        build=build,
        edition="Point Release 2",
        product="BIG-IP",
        failoverState="active",
        selfDevice="true",
        marketingName="BIG-IP Virtual Edition",
        platformId="Z100",
        timeZone="UTC",
        haCapacity=0,
        activeModules=list(active_modules),
        optionalModules=["IP Intelligence, 1Yr, VE-200M/VE-25M"],
        baseMac="0a:00:00:00:00:00",
        chassisId="lab",
    )
    add("cm/device-group", "/Common/device_trust_group", type="sync-only", autoSync="enabled")
    return store


def join(store: Store, hostname: str, pair: Pair) -> None:
    """Both units as devices of a sync-failover group, each with its state."""
    add = _adder(store)
    store.trees["cm/device"][f"/Common/{hostname}"].fields["failoverState"] = pair.state
    other = "standby" if pair.state == "active" else "active"
    peer = {"managementIp": pair.peer_management} if pair.peer_management else {}
    add("cm/device", f"/Common/{pair.peer}", hostname=pair.peer, failoverState=other, selfDevice="false", **peer)
    if store.get("cm/device-group", "/Common/pair") is None:
        auto = "enabled" if pair.auto_sync else "disabled"
        add("cm/device-group", "/Common/pair", type="sync-failover", autoSync=auto, networkFailover="enabled")
        group = store.trees["cm/device-group"]["/Common/pair"]
        for name in sorted((hostname, pair.peer)):
            store.create(store.kinds["cm/device-group"].children[0], {"name": name}, group)


def _adder(store: Store):  # type: ignore[no-untyped-def]
    def add(path: str, full_path: str, **fields: Any) -> None:
        kind = store.kinds[path]
        name = from_path(full_path) if kind.partitioned and not kind.single else Name("", "", full_path)
        store.trees[path][name.full_path] = Entry(kind, name, plain_copy(kind.defaults) | fields, 1)

    return add


# on disk


def dump(store: Store) -> dict[str, Any]:
    return {
        "generation": store.generation,
        "objects": {path: dump_entries(tree) for path, tree in store.trees.items() if tree},
    }


def dump_entries(tree: Objects) -> list[dict[str, Any]]:
    return [
        {
            "name": [e.name.partition, e.name.sub_path, e.name.name],
            "fields": e.fields,
            "generation": e.generation,
            "children": {word: dump_entries(items) for word, items in e.children.items() if items},
        }
        for e in tree.values()
    ]


def load(saved: Mapping[str, Any], personality: Personality | None = None) -> Store:
    """The store written by ``dump``. Collections missing in the file stay empty."""
    store = empty(personality)
    for path, items in saved["objects"].items():
        if path in store.kinds:
            store.trees[path] = load_entries(store.kinds[path], items)
    for kind in store.kinds.values():  # of a file that an earlier version wrote
        if kind.single and not store.trees[kind.path]:
            _adder(store)(kind.path, "")
    store.generation = saved["generation"]
    return store


def load_entries(kind: Kind, items: list[dict[str, Any]], parent: Entry | None = None) -> Objects:
    tree: Objects = {}
    for item in items:
        entry = Entry(kind, Name(*item["name"]), item["fields"], item["generation"], parent=parent)
        for word, children in item["children"].items():
            child = kind.child(word)
            if child is not None:
                entry.children[word] = load_entries(child, children, entry)
        tree[entry.full_path] = entry
    return tree
