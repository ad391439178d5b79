# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""System, partitions and high availability: sys/, auth/, cm/."""

from __future__ import annotations

import re
from typing import Any

from bigip import errors
from bigip.config.schema import Kind
from bigip.config.store import Entry, Store
from bigip.naming import COMMON, Name


def created_partition(store: Store, entry: Entry) -> None:
    store.create(store.kinds["sys/folder"], {"name": f"/{entry.name.name}"})


def prepare_partition(store: Store, entry: Entry, old: Entry | None) -> None:
    number = entry.get("defaultRouteDomain", 0)
    if not any(domain.get("id") == number for domain in store.objects("net/route-domain")):
        raise errors.refused("01070977", f"The requested route domain ({number}) was not found.", 404)


def prepare_db(store: Store, entry: Entry, old: Entry | None) -> None:
    """Values are strings, within the range that the variable shows."""
    value = entry.fields.get("value")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    allowed = str(entry.fields.get("valueRange") or "string")
    found = re.fullmatch(r"integer min:(\d+) max:(\d+)", allowed)
    good = (
        text.isdigit() and int(found[1]) <= int(text) <= int(found[2])
        if found
        else (allowed == "string" or text in allowed.split(", "))
    )
    if not good:
        raise errors.refused(
            "01071137", f"Value {text} is not valid for DB variable {entry.name.name}; valid is {allowed}."
        )
    entry.fields["value"] = text


def users_of(store: Store) -> list[tuple[str, str, str, str]]:
    """Name, password, role and shell of every user created through REST or tmsh."""
    found = []
    for entry in store.objects("auth/user"):
        access = entry.get("partitionAccess") or [{}]
        role = str(access[0].get("role") or "guest") if isinstance(access, list) else "guest"
        shell = str(entry.get("shell") or ("bash" if role == "admin" else "none"))
        found.append((entry.name.name, str(entry.get("password") or ""), role, shell))
    return [user for user in found if user[1]]


def show_user(store: Store, entry: Entry) -> dict[str, str | None]:
    """A password is never shown."""
    return {"password": None, "encryptedPassword": "$6$hidden"}


def contents(store: Store, partition: str) -> list[Entry]:
    """Everything in a partition except its folders."""
    return [
        entry
        for path, tree in store.trees.items()
        if path != "sys/folder"
        for entry in tree.values()
        if entry.name.partition == partition
    ]


def removable_partition(store: Store, entry: Entry) -> None:
    name = entry.name.name
    if name == COMMON:
        raise errors.refused("01070829", "The partition (Common) may not be deleted.")
    if contents(store, name):
        raise errors.refused(
            "0107082a",
            f"All objects must be removed from a partition ({name}) before the partition may be removed, type ID (915)",
        )


def removed_partition(store: Store, entry: Entry) -> None:
    folder = f"/{entry.name.name}"
    for path in [path for path in store.trees["sys/folder"] if path == folder or path.startswith(f"{folder}/")]:
        del store.trees["sys/folder"][path]


def removable_folder(store: Store, entry: Entry) -> None:
    inside = next(
        (
            item
            for tree in store.trees.values()
            for item in tree.values()
            if item is not entry
            and (item.name.folder == entry.full_path or item.full_path.startswith(f"{entry.full_path}/"))
        ),
        None,
    )
    if inside is not None:
        raise errors.refused(
            "010713f9",
            f"The folder {entry.full_path} cannot be deleted because it contains "
            f"configuration item ({inside.kind.title} {inside.full_path})",
        )
    if entry.full_path.strip("/") in store.trees["auth/partition"]:
        raise errors.refused("010713fa", f"The folder {entry.full_path} cannot be deleted because it is a partition.")


def show_folder(store: Store, entry: Entry) -> dict[str, Any]:
    """`/Common/a/b` is b in partition Common with subPath a; a partition's own is in the root, `/`."""
    above, _slash, name = entry.full_path.rpartition("/")
    if not name:
        return {"name": "/", "inheritedDevicegroup": "false", "inheritedTrafficGroup": "false"}
    words = above.strip("/").split("/")
    place = {"partition": words[0], "subPath": "/".join(words[1:]) or None} if words[0] else {"subPath": "/"}
    return {"name": name, **place}


def created_folder(store: Store, entry: Entry) -> None:
    """A folder at the root is a partition."""
    partition = entry.full_path.strip("/")
    if "/" not in partition and store.get("auth/partition", partition) is None:
        store.create(store.kinds["auth/partition"], {"name": partition})
    if "/" in partition and store.get("sys/folder", entry.full_path.rpartition("/")[0]) is None:
        raise errors.not_found("folder", entry.full_path.rpartition("/")[0])


def canonical_folder(store: Store, name):  # type: ignore[no-untyped-def]
    """A folder's name is its path; in a URL it comes as ``~k8s`` or ``~k8s~Shared``."""
    return Name("", "", "/" + name.full_path.replace("~", "/").strip("/"))


PARTITION = Kind(
    "auth/partition",
    "partition",
    {"defaultRouteDomain": 0},
    optional=("description",),
    partitioned=False,
    prepare=prepare_partition,
    created=created_partition,
    removable=removable_partition,
    removed=removed_partition,
)
USER = Kind(
    "auth/user",
    "user",
    optional=("description", "shell", "encryptedPassword", "partitionAccess", "password"),
    partitioned=False,
    linked={"partitionAccess": "auth/partition"},
    show=show_user,
)
NTP_RESTRICT = Kind("sys/ntp/restrict", "ntp restrict", optional=("address", "mask", "description"), partitioned=False)
NTP = Kind(
    "sys/ntp",
    "ntp",
    {"timezone": "UTC"},
    optional=("servers", "description"),
    children=(NTP_RESTRICT,),
    single=True,
)
DNS = Kind("sys/dns", "dns", {"numberOfDots": 0}, optional=("nameServers", "search", "description"), single=True)
UCS = Kind("sys/ucs", "ucs", optional=("filename",), partitioned=False, locked=True)
HA_GROUP = Kind(
    "sys/ha-group",
    "ha-group",
    {"activeBonus": 10, "enabled": True},
    optional=("pools", "trunks", "clusters", "description", "disabled"),
    partitioned=False,
)
DATA_GROUP_FILE = Kind(
    "sys/file/data-group", "data group file", {"type": "string"}, optional=("sourcePath", "checksum", "separator")
)
FOLDER = Kind(
    "sys/folder",
    "folder",
    {
        "deviceGroup": "none",
        "hidden": "false",
        "inheritedDevicegroup": "true",
        "inheritedTrafficGroup": "true",
        "noRefCheck": "false",
        "trafficGroup": "/Common/traffic-group-1",
    },
    optional=("description",),
    partitioned=False,
    references={"trafficGroup": ("cm/traffic-group",)},
    show=show_folder,
    created=created_folder,
    removable=removable_folder,
    canonical=canonical_folder,
)
DB = Kind(
    "sys/db",
    "DB variable",
    optional=("value", "defaultValue", "scfConfig", "valueRange"),
    fixed=("defaultValue", "scfConfig", "valueRange"),
    partitioned=False,
    locked=True,
    prepare=prepare_db,
)
PROVISION = Kind(
    "sys/provision",
    "module",
    {"cpuRatio": 0, "diskRatio": 0, "level": "none", "memoryRatio": 0},
    choices={"level": ("none", "minimum", "nominal", "dedicated", "custom")},
    partitioned=False,
    locked=True,
)
GLOBAL = Kind(
    "sys/global-settings",
    "global-settings",
    {
        "consoleInactivityTimeout": 0,
        "failsafeAction": "go-offline-restart-tm",
        "guiAudit": "disabled",
        "guiSetup": "disabled",
        "hostname": "bigip1.lab.example",
        "mgmtDhcp": "disabled",
        "netReboot": "disabled",
        "quietBoot": "enabled",
    },
    optional=("guiSecurityBanner", "guiSecurityBannerText", "description"),
    single=True,
)
APPLICATION = Kind(
    "sys/application/service",
    "application service",
    optional=("template", "description", "tables", "variables", "lists", "trafficGroup", "strictUpdates", "metadata"),
)
CRYPTO_CERT = Kind("sys/file/ssl-cert", "certificate file", optional=("sourcePath", "checksum", "subject"))
CRYPTO_KEY = Kind("sys/file/ssl-key", "key file", optional=("sourcePath", "checksum", "keyType"))

DEVICE = Kind(
    "cm/device",
    "device",
    {
        "alternateIp": "none",
        "cert": "/Common/dtdi.crt",
        "chassisType": "individual",
        "configsyncIp": "none",
        "key": "/Common/dtdi.key",
        "mgmtUnicastMode": "both",
        "mirrorIp": "any6",
        "mirrorSecondaryIp": "any6",
        "multicastIp": "any6",
        "multicastPort": 0,
    },
    optional=(
        "activeModules",
        "optionalModules",
        "hostname",
        "managementIp",
        "version",
        "build",
        "edition",
        "product",
        "failoverState",
        "selfDevice",
        "unicastAddress",
        "marketingName",
        "chassisId",
        "platformId",
        "timeZone",
        "description",
        "haCapacity",
        "baseMac",
        "comment",
        "location",
        "contact",
    ),
    linked={"cert": "cm/cert", "key": "cm/key"},
    locked=True,
)
DEVICE_USE = Kind("cm/device-group/devices", "device", optional=("setSyncLeader",))
DEVICE_GROUP = Kind(
    "cm/device-group",
    "device group",
    {
        "asmSync": "disabled",
        "autoSync": "disabled",
        "fullLoadOnSync": "false",
        "incrementalConfigSyncSizeMax": 1024,
        "networkFailover": "disabled",
        "saveOnAutoSync": "false",
        "type": "sync-only",
    },
    optional=("description",),
    children=(DEVICE_USE,),
)
TRAFFIC_GROUP = Kind(
    "cm/traffic-group",
    "traffic group",
    {
        "autoFailbackEnabled": "false",
        "autoFailbackTime": 60,
        "failoverMethod": "ha-order",
        "haLoadFactor": 1,
        "isFloating": "true",
        "mac": "none",
        "monitor": {},
        "unitId": 1,
    },
    optional=("description", "haOrder", "haGroup"),
)

KINDS = (
    PARTITION,
    USER,
    FOLDER,
    DB,
    PROVISION,
    GLOBAL,
    NTP,
    DNS,
    UCS,
    HA_GROUP,
    APPLICATION,
    CRYPTO_CERT,
    CRYPTO_KEY,
    DATA_GROUP_FILE,
    DEVICE,
    DEVICE_GROUP,
    TRAFFIC_GROUP,
)
