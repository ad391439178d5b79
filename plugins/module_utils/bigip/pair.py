# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One unit of several: its sessions before and after a change, and the sync of its device group."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..common.config_sync import IN_SYNC, STANDALONE
from .connection import BigIp
from .errors import BigIpError
from .observe import observe

DELAY = 2.0  # seconds between two reads
_ESTABLISHED = "Established"


def established(bigip: BigIp, number: int) -> frozenset[str]:
    """The addresses of the neighbors whose sessions are established in a route domain."""
    seen = observe(bigip, number, {"summary"})
    neighbors = seen.observation.get("outputs", {}).get("summary", {}).get("neighbors", ())
    return frozenset(str(item["address"]) for item in neighbors if item["state"] == _ESTABLISHED)


def wait(
    bigip: BigIp,
    number: int,
    expected: frozenset[str],
    timeout: float,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Wait until all these sessions are established again.

    :param timeout: in seconds
    :raises BigIpError: they are not established in time
    """
    deadline = now() + timeout
    while missing := sorted(expected - established(bigip, number)):
        if now() + DELAY > deadline:
            raise BigIpError(
                f"{len(missing)} of {len(expected)} sessions that were established before the change were not "
                f"re-established within {timeout:.0f} s ({', '.join(missing[:5])}); the next BIG-IP was not changed"
            )
        sleep(DELAY)


def synchronize(
    bigip: BigIp, number: int, timeout: float = 60.0, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Synchronize every device group of the unit that has no automatic sync; their names.

    :raises BigIpError: a group rejects the sync, or is not in sync in time
    """
    unit = observe(bigip, number, {"unit"}).observation["unit"]
    if unit["sync"] in (IN_SYNC, STANDALONE, None):
        return []
    groups = [item["name"].removeprefix("/Common/") for item in unit["device_groups"] if not item["auto_sync"]]
    for group in groups:
        bigip.post("/mgmt/tm/cm", {"command": "run", "utilCmdArgs": f"config-sync to-group {group}"}, safe=True)
    deadline = time.monotonic() + timeout
    while (status := observe(bigip, number, {"unit"}).observation["unit"]["sync"]) != IN_SYNC:
        if time.monotonic() + DELAY > deadline:
            raise BigIpError(
                f"config sync of {', '.join(groups) or 'the device group'} is {status}; expected {IN_SYNC}"
            )
        sleep(DELAY)
    return groups
