# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects have the properties, and the values, that a BIG-IP 14.1.2.1 gave for them (the fixture names the sources)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from bigip.testing import simulator
from rest_session import FIXTURES, Rest

ROWS = [json.loads(line) for line in (FIXTURES / "objects-14.1.2.1.jsonl").read_text().splitlines()]
# What differs between two devices, and between two objects of one.
OWN = {"generation", "selfLink", "vsIndex", "creationTime", "lastModifiedTime", "ifIndex", "macAddress", "mediaActive"}
OF_A_DEVICE = {"activeModules", "optionalModules", "baseMac", "build", "chassisId", "edition", "managementIp",
               "timeZone", "version"}  # fmt: skip
# Properties that were added after 14.1, by collection.
NEWER = {"ltm/virtual": {"evictionProtected"}}
GIVEN: dict[str, dict[str, Any]] = {
    "ltm/virtual": {"destination": "/Common/1.1.1.2:80", "pool": "/Common/pool1"},
    "ltm/pool": {},
    "ltm/node": {"address": "1.1.1.1"},
    "ltm/monitor/http": {"defaultsFrom": "/Common/http", "destination": "1.2.3.4:1234", "interval": 998, "timeout": 999,
                         "send": "GET /some/path\\r\\n"},
    "net/vlan": {"tag": 11},
    "net/self": {"address": "172.16.1.233/24", "vlan": "/Common/Internal", "allowService": ["default"]},
    "net/route": {"gw": "192.168.40.2", "network": "1.1.1.0/24", "description": "Default"},
    "sys/folder": {},
}  # fmt: skip
# What the recorded objects refer to.
BESIDE = {
    "net/vlan": [{"name": "Internal", "tag": 11}, {"name": "External"}, {"name": "Services"}, {"name": "HA"}],
    "net/self": [{"name": "External-SelfIP", "address": "192.168.40.233/24", "vlan": "External"}],
}


SET = {"servers", "timezone", "nameServers", "search", "description"}


@pytest.fixture(scope="module")
def device() -> Iterator[Rest]:
    """With the recorded objects, in an order in which each refers to earlier ones."""
    with simulator(initial=BESIDE, hostname="bigip01.lab.local") as bigip:
        rest = Rest(bigip, bigip.user, bigip.password)
        for row in sorted(ROWS, key=lambda each: each["path"] == "ltm/virtual"):
            if row["path"] in ("sys/ntp", "sys/dns"):
                rest.ok("PATCH", location(row), {n: v for n, v in row["item"].items() if n in SET})
            if row["path"] in GIVEN and rest("GET", location(row))[0] == 404:
                name = row["item"]["fullPath" if row["path"] == "sys/folder" else "name"]
                rest.ok("POST", f"/mgmt/tm/{row['path']}", {"name": name, **GIVEN[row["path"]]})
        yield rest


def location(row: dict[str, Any]) -> str:
    return row["item"]["selfLink"].removeprefix("https://localhost").partition("?")[0]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['path']}:{row['item'].get('name', '')}")
def test_properties_and_values(device: Rest, row: dict[str, Any]) -> None:
    recorded = row["item"]
    shown = device.ok("GET", location(row))
    ignored = OWN | (OF_A_DEVICE if row["path"] == "cm/device" else set())
    assert shown.keys() - NEWER.get(row["path"], set()) == recorded.keys()
    for name in recorded.keys() - ignored:
        assert without_version(shown[name]) == without_version(recorded[name]), name
    for name in recorded.keys() & ignored:
        assert type(shown[name]) is type(recorded[name]), name


def without_version(value: Any) -> Any:
    """Lists have no order here: a route domain shows its links in that of their creation."""
    plain = json.loads(json.dumps(value).replace("?ver=14.1.2.1", "?ver=16.1.5.2"))
    return sorted(plain, key=str) if isinstance(plain, list) else plain
