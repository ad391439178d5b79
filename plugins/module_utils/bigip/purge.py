# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove a partition with everything in it, such as one filled by k8s-bigip-ctlr.

A tenant of AS3 is removed through AS3 first; otherwise AS3 would remember a tenant that no longer exists.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from .connection import BigIp, resource
from .errors import BigIpError, NotFound, Unfit
from .operations import Operation
from .partition import COLLECTION

DECLARE = "/mgmt/shared/appsvcs/declare"
PACKAGES = "/mgmt/shared/iapp/global-installed-packages"
# In this order no object is still used by a later one. Kinds that are not here make the device refuse to delete
# the partition, and name them.
KINDS = (
    "ltm/virtual",
    "ltm/policy",
    "ltm/virtual-address",
    "ltm/pool",
    "ltm/node",
    "ltm/rule",
    "ltm/data-group/internal",
    *(f"ltm/monitor/{kind}" for kind in ("http", "https", "tcp", "tcp-half-open", "udp", "gateway-icmp")),
    "net/arp",
    "net/route",
)
FOLDERS = "sys/folder"
PATIENCE = 120.0  # seconds for AS3 to remove a tenant


def purge(bigip: BigIp, name: str, dry: bool, sleep: Callable[[float], None] = time.sleep) -> list[Operation]:
    """Remove the partition and all in it; returns the writes, made or planned; none if it does not exist.

    Raises Unfit for Common, and BigIpError with the message of the device.
    """
    if name == "Common":
        raise Unfit(["partition: Common cannot be removed"])
    if not _there(bigip, name):
        return []
    done: list[Operation] = []
    if _is_tenant(bigip, name):
        declared = Operation("DELETE", f"{DECLARE}/{name}")
        done.append(declared)
        if not dry:
            declared.send(bigip)
            _wait(bigip, name, sleep)
    rest = _contents(bigip, name) if _there(bigip, name) else []
    for operation in rest:
        if not dry:
            try:
                operation.send(bigip)
            except NotFound:
                continue  # deleted together with the object that used it
        done.append(operation)
    return done


def _there(bigip: BigIp, name: str) -> bool:
    return any(item.get("name") == name for item in bigip.items(COLLECTION))


def _contents(bigip: BigIp, name: str) -> list[Operation]:
    found = []
    for kind in KINDS:
        try:
            items = bigip.items(f"/mgmt/tm/{kind}?$filter=partition+eq+{quote(name)}")
        except NotFound:
            continue  # a release without this kind
        found += [Operation("DELETE", _path(kind, item)) for item in items if item.get("partition") == name]
    # Subfolders are deleted first.
    folders = sorted(_folders(bigip, name), key=lambda path: -path.count("/"))
    found += [Operation("DELETE", f"/mgmt/tm/{FOLDERS}/{quote(path.replace('/', '~'), safe='~')}") for path in folders]
    return [*found, Operation("DELETE", f"{COLLECTION}/{name}")]


def _folders(bigip: BigIp, name: str) -> list[str]:
    paths = [str(item.get("fullPath")) for item in bigip.items(f"/mgmt/tm/{FOLDERS}")]
    return [path for path in paths if path.startswith(f"/{name}/")]


def _path(kind: str, item: dict[str, Any]) -> str:
    folder = f"{item['subPath']}/" if item.get("subPath") else ""
    return resource(kind, f"{folder}{item['name']}", item["partition"])


def _is_tenant(bigip: BigIp, name: str) -> bool:
    """Whether it is a tenant of AS3: then it has a folder for each application.

    A device without AS3 gets no request to it: it would be repeated as if AS3 was starting. Other objects have folders
    too, such as the drafts of policies.
    """
    if not _folders(bigip, name):
        return False
    try:
        installed = any("appsvcs" in str(item.get("appName")) for item in bigip.items(PACKAGES))
        return installed and name in bigip.get(DECLARE)
    except NotFound:
        return False


def _wait(bigip: BigIp, name: str, sleep: Callable[[float], None]) -> None:
    """AS3 answers 202 before it is done, when that takes long."""
    left = PATIENCE
    while _is_tenant(bigip, name):
        if left <= 0:
            raise BigIpError(f"AS3 did not remove the tenant {name} within {PATIENCE:.0f} seconds")
        sleep(2.0)
        left -= 2.0
