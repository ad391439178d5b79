# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of a unit before and after a change, and the sync of its device group."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import pair
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp, Endpoint
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.errors import BigIpError
from bigip.settings import Pair
from bigip.testing import Simulator, simulator

ADDRESSES = frozenset({"172.16.40.198", "172.16.40.199"})


def test_sessions_that_come_back_end_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([frozenset(), frozenset({"172.16.40.199"}), ADDRESSES | {"172.16.40.9"}])
    slept: list[float] = []
    monkeypatch.setattr(pair, "established", lambda _bigip, _number: next(looks))
    pair.wait(None, 0, ADDRESSES, 60, slept.append, lambda: 0.0)
    assert slept == [pair.DELAY] * 2


def test_sessions_that_stay_down_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(pair, "established", lambda _bigip, _number: frozenset({"172.16.40.199"}))
    with pytest.raises(
        BigIpError, match=r"1 of 2 sessions .* not re-established within 30 s \(172.16.40.198\); the next BIG-IP"
    ):
        pair.wait(None, 0, ADDRESSES, 30, lambda _seconds: None, lambda: float(next(clock)))


@pytest.fixture
def units() -> Iterator[list[Simulator]]:
    """Two units in a device group without automatic sync."""
    held = [socket.create_server(("127.0.0.1", 0)) for _unit in range(2)]
    places = [f"127.0.0.1:{link.getsockname()[1]}" for link in held]
    for link in held:
        link.close()
    names = ("bigip1.example", "bigip2.example")
    pairs = [Pair(names[1 - n], address=places[n], peer_address=places[1 - n]) for n in (0, 1)]
    db = {"failover.nettimeoutsec": "1"}
    with (
        simulator(hostname=names[0], pair=pairs[0], db=db) as one,
        simulator(hostname=names[1], pair=pairs[1], db=db) as two,
    ):
        deadline = time.monotonic() + 10
        while [unit.device.pair.sync_status[0] for unit in (one, two)] != ["In Sync"] * 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield [one, two]


def session(unit: Simulator) -> BigIp:
    return BigIp(
        Endpoint(unit.host, unit.user, unit.password, port=unit.port, ca_path=unit.ca), sleep=lambda _seconds: None
    )


def test_a_group_without_automatic_sync_is_synchronized_once(units: list[Simulator]) -> None:
    with session(units[0]) as bigip:
        assert pair.synchronize(bigip, 0) == []
        bigip.patch("/mgmt/tm/ltm/virtual-address/~Common~172.16.99.99", {"routeAdvertisement": "selective"})
        time.sleep(0.3)
        assert pair.synchronize(bigip, 0, sleep=lambda _seconds: time.sleep(0.1)) == ["pair"]
        assert pair.synchronize(bigip, 0) == []
    with session(units[1]) as bigip:
        other = bigip.get("/mgmt/tm/ltm/virtual-address/~Common~172.16.99.99")
    assert other.get("routeAdvertisement") == "selective"


def test_a_sync_that_is_refused_fails(units: list[Simulator]) -> None:
    with session(units[0]) as bigip:
        bigip.post("/mgmt/tm/net/route-domain", {"name": "5", "id": 5})
        bigip.post("/mgmt/tm/auth/partition", {"name": "k8s", "defaultRouteDomain": 5})
        time.sleep(0.3)
        with pytest.raises(BigIpError, match="route domain"):
            pair.synchronize(bigip, 0)
