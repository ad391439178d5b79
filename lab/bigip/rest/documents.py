# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read-only documents that are no configuration: version, licence, high-availability state."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bigip.config.view import HOST
from bigip.interface import Device
from bigip.rest.stats import describe, nested

KEY = "LABLA-BLABL-ABLAB-LABLA-BLABLAB"  # of no licence that exists
FEATURES = "LTM, Base, VE GBB (500 CPS, 10 Gbps)"


def _stats(device: Device, path: str, kind: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "selfLink": device.view.link(path), "entries": {f"{HOST}{path}/0": nested(values)}}


def version(device: Device) -> dict[str, Any]:
    return _stats(
        device,
        "sys/version",
        "tm:sys:version:versionstats",
        describe(
            Build=device.settings.build,
            Date="Fri Jun  7 10:20:26 PDT 2024",
            Edition="Point Release 2",
            Product="BIG-IP",
            Title="Main Package",
            Version=device.settings.version,
        ),
    )


def modules(device: Device) -> dict[str, list[str]]:
    """Active modules of the licence and what each holds."""
    inside = ["APM, Limited", "Rate Shaping", "SSL, VE", "Anti-Virus Checks"]
    if device.settings.bgp_licensed:
        inside.insert(0, "Routing Bundle, VE")
    return {FEATURES: inside}


def active_modules(device: Device) -> list[str]:
    return [f"{name}|{KEY[:12]}|{'|'.join(features)}" for name, features in modules(device).items()]


def licence(device: Device) -> dict[str, Any]:
    base = f"{HOST}sys/license/0/activeModules"
    active = {
        f"{base}/{module}": nested(describe(featureModules="{ " + " ".join(f"{{{f}}}" for f in features) + " }"))
        for module, features in modules(device).items()
    }
    values = describe(
        registrationKey=KEY,
        licensedVersion=device.settings.version.rsplit(".", 1)[0],
        licensedOnDate="2024/01/01",
        serviceCheckDate="2024/01/01",
        platformId="Z100",
        licenseStartDate="2023/12/31",
        licenseEndDate="2038/01/01",
    )
    values[base] = nested(active)
    return _stats(device, "sys/license", "tm:sys:license:licensestats", values)


def registration(device: Device) -> dict[str, Any]:
    """/mgmt/tm/shared/licensing/registration"""
    return {
        "vendor": "F5 Networks, Inc.",
        "licensedDateTime": "2024-01-01T00:00:00-08:00",
        "licensedVersion": device.settings.version.rsplit(".", 1)[0],
        "registrationKey": KEY,
        "activeModules": active_modules(device),
        "generation": 0,
        "lastUpdateMicros": 0,
        "kind": "tm:shared:licensing:registration:registrationlicensestate",
        "selfLink": "https://localhost/mgmt/tm/shared/licensing/registration",
    }


def failover(device: Device) -> dict[str, Any]:
    state = device.state
    return _stats(
        device,
        "cm/failover-status",
        "tm:cm:failover-status:failover-statusstats",
        {
            **describe(color="green" if state == "active" else "gray", status=state.upper(), summary=f"1/1 {state}"),
            **_details("cm/failoverStatus", f"{state} for /Common/traffic-group-1"),
        },
    )


def _details(path: str, text: str) -> dict[str, Any]:
    """The device spells the path of the details in camel case."""
    base = f"{HOST}{path}/0/details"
    return {base: nested({f"{base}/0": nested(describe(details=text))})}


def sync(device: Device) -> dict[str, Any]:
    status, color = sync_status(device)
    mode = "standalone" if status == "Standalone" else "high-availability"
    told = describe(color=color, mode=mode, status=status, summary=" ")
    if mode == "standalone":
        told |= _details("cm/syncStatus", "Optional action: Add a device to the trust domain")
    return _stats(device, "cm/sync-status", "tm:cm:sync-status:sync-statusstats", told)


def sync_status(device: Device) -> tuple[str, str]:
    """The sync status with the peer, as text of the device, and its colour."""
    if device.pair:
        return device.pair.sync_status
    if played := device.settings.pair:
        return played.sync, "green" if played.sync == "In Sync" else "yellow"
    return "Standalone", "green"


def group_states(device: Device) -> dict[tuple[str, str], str]:
    """The state of each device for each traffic group, by full paths; the local group does not belong to a device."""
    own = f"/Common/{device.settings.hostname}"
    states = device.pair.states() if device.pair else {("/Common/traffic-group-1", own): device.state}
    return {**states, ("/Common/traffic-group-local-only", own): "-"}


def traffic_groups(device: Device) -> dict[str, Any]:
    groups = {
        f"{HOST}cm/traffic-group/{group.replace('/', '~')}:{unit.replace('/', '~')}/stats": nested(
            describe(deviceName=unit, failoverState=state, nextActive="false", trafficGroup=group)
        )
        for (group, unit), state in group_states(device).items()
    }
    return {
        "kind": "tm:cm:traffic-group:traffic-groupcollectionstats",
        "selfLink": device.view.link("cm/traffic-group/stats"),
        "entries": groups,
    }


def device_info(device: Device) -> dict[str, Any]:
    """/mgmt/shared/identified-devices/config/device-info"""
    settings = device.settings
    return {
        "hostname": settings.hostname,
        "managementAddress": settings.management,
        "product": "BIG-IP",
        "version": settings.version,
        "build": settings.build,
        "edition": "Point Release 2",
        "machineId": device.machine_id,
        "platform": "Z100",
        "platformMarketingName": "BIG-IP Virtual Edition",
        "generation": 0,
        "lastUpdateMicros": 0,
        "kind": "shared:resolver:device-groups:deviceinfostate",
        "selfLink": "https://localhost/mgmt/shared/identified-devices/config/device-info",
    }


def hardware(device: Device) -> dict[str, Any]:
    """/mgmt/tm/sys/hardware, of a virtual edition."""
    base = f"{HOST}sys/hardware"
    entries = {
        f"{base}/platform": nested(
            {
                f"{base}/platform/0": nested(
                    describe(
                        biosRev="Not Available",
                        baseMac="0a:00:00:00:00:00",
                        marketingName="BIG-IP Virtual Edition",
                        pvaVersion="N/A",
                    )
                )
            }
        ),
        f"{base}/system-info": nested(
            {
                f"{base}/system-info/0": nested(
                    describe(bigipChassisSerialNum=device.machine_id[:22], hostBoardSerialNum=" ", platform="Z100")
                )
            }
        ),
        f"{base}/hardware-version": nested(
            {f"{base}/hardware-version/cpus": nested(describe(tmName="cpus", model="Virtual CPU", type="base-board"))}
        ),
    }
    return {"kind": "tm:sys:hardware:hardwarestats", "selfLink": device.view.link("sys/hardware"), "entries": entries}


def clock(device: Device) -> dict[str, Any]:
    return _stats(
        device,
        "sys/clock",
        "tm:sys:clock:clockstats",
        describe(fullDate=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
    )


def ready(device: Device) -> dict[str, Any]:
    return _stats(
        device,
        "sys/ready",
        "tm:sys:ready:readystats",
        describe(configReady="yes", licenseReady="yes", provisionReady="yes"),
    )


def echo(device: Device) -> dict[str, Any]:
    """/mgmt/shared/echo-query: BIGREST asks for it, and looks at the status alone."""
    return {}


DOCUMENTS: dict[str, Callable[[Device], dict[str, Any]]] = {
    "/mgmt/tm/sys/version": version,
    "/mgmt/tm/sys/hardware": hardware,
    "/mgmt/tm/sys/clock": clock,
    "/mgmt/tm/sys/ready": ready,
    "/mgmt/tm/sys/license": licence,
    "/mgmt/tm/cm/failover-status": failover,
    "/mgmt/tm/cm/sync-status": sync,
    "/mgmt/tm/cm/traffic-group/stats": traffic_groups,
    "/mgmt/tm/shared/licensing/registration": registration,
    "/mgmt/shared/echo-query": echo,
    "/mgmt/shared/identified-devices/config/device-info": device_info,
}
