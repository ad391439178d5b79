# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two units in a device group: which one is active for a traffic group, and what config sync carries."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bigip.pair.election import ACTIVE, OFFLINE, STANDBY, Standing, decide
from bigip.settings import Pair
from bigip.testing import INITIAL, Simulator, simulator
from bigip.tmm.arp import frame
from bigip.tmm.plan import read
from rest_session import Rest

GROUP = "/Common/traffic-group-1"
UNWILLING = False


@pytest.mark.parametrize(
    ("mine", "peer", "preferred", "state"),
    [
        (Standing(STANDBY), None, False, ACTIVE),  # the peer is lost
        (Standing(STANDBY), Standing(OFFLINE), False, ACTIVE),
        (Standing(STANDBY), Standing(STANDBY), True, ACTIVE),  # both have just begun
        (Standing(STANDBY), Standing(STANDBY), False, STANDBY),
        (Standing(STANDBY), Standing(ACTIVE), True, STANDBY),  # no failback by itself
        (Standing(ACTIVE), Standing(STANDBY), False, ACTIVE),
        (Standing(ACTIVE), Standing(ACTIVE), True, ACTIVE),  # both were alone for a while
        (Standing(ACTIVE), Standing(ACTIVE), False, STANDBY),
        (Standing(ACTIVE, UNWILLING), Standing(STANDBY), True, STANDBY),  # told to step down
        (Standing(STANDBY), Standing(ACTIVE, UNWILLING), False, ACTIVE),
        (Standing(ACTIVE, UNWILLING), None, True, ACTIVE),  # no unit would take over
        (Standing(OFFLINE), None, True, OFFLINE),
    ],
)
def test_each_unit_decides_for_itself(mine: Standing, peer: Standing | None, preferred: bool, state: str) -> None:
    assert decide(mine, peer, preferred) == state


@pytest.mark.parametrize("peer", [None, *(Standing(s, w) for s in (ACTIVE, STANDBY) for w in (True, False))])
@pytest.mark.parametrize("mine", [Standing(s, w) for s in (ACTIVE, STANDBY) for w in (True, False)])
def test_two_units_that_hear_each_other_end_with_one_active(mine: Standing, peer: Standing | None) -> None:
    if peer is None:
        assert decide(mine, None, True) == decide(mine, None, False) == ACTIVE
        return
    for _turn in range(4):
        mine, peer = (
            Standing(decide(mine, peer, True), mine.willing),
            Standing(decide(peer, mine, False), peer.willing),
        )
    assert sorted((mine.state, peer.state)) == [ACTIVE, STANDBY]


def test_a_gratuitous_arp_names_the_address_twice() -> None:
    told = frame(bytes.fromhex("020000000001"), "172.16.40.201")
    assert len(told) == 42 and told[:6] == b"\xff" * 6
    assert told[28:32] == told[38:42] == bytes([172, 16, 40, 201])


# two units that speak with each other


def _free_ports() -> list[int]:
    links = [socket.create_server(("127.0.0.1", 0)) for _unit in range(2)]
    ports = [link.getsockname()[1] for link in links]
    for link in links:
        link.close()
    return ports


def _initial(number: int) -> dict:
    own = {"name": "int_self", "address": f"172.16.40.20{number + 1}/24", "vlan": "/Common/int_vlan"}
    floating = {"name": "int_float", "address": "172.16.40.201/24", "vlan": "/Common/int_vlan", "trafficGroup": GROUP}
    return {**INITIAL, "net/self": [own, floating]}


class Units:
    def __init__(self, units: list[Simulator]) -> None:
        self.one, self.two = units
        self.rest = [Rest(unit, unit.user, unit.password) for unit in units]

    def states(self) -> list[str]:
        return [unit.device.state for unit in (self.one, self.two)]

    def sync(self) -> list[str]:
        return [unit.device.pair.sync_status[0] for unit in (self.one, self.two)]


def _soon(what: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


@pytest.fixture
def units() -> Iterator[Units]:
    settings = _settings()
    with simulator(**settings[0]) as one, simulator(**settings[1]) as two:
        both = Units([one, two])
        assert _soon(lambda: both.states() == ["active", "standby"]), both.states()
        yield both


def _settings() -> list[dict]:
    ports = _free_ports()
    names = ["bigip1.lab.example", "bigip2.lab.example"]
    pairs = [
        Pair(names[1 - n], address=f"127.0.0.1:{ports[n]}", peer_address=f"127.0.0.1:{ports[1 - n]}") for n in (0, 1)
    ]
    return [
        {"initial": _initial(n + 1), "hostname": names[n], "pair": pairs[n], "db": {"failover.nettimeoutsec": "1"}}
        for n in (0, 1)
    ]


def _tmsh(rest: Rest, words: str) -> str:
    return rest.bash(f"tmsh {words}") or ""


def test_they_fail_over_by_command_and_back(units: Units) -> None:
    assert "ACTIVE" in _tmsh(units.rest[0], "show cm failover-status")
    _tmsh(units.rest[0], "run sys failover standby")
    assert _soon(lambda: units.states() == ["standby", "active"]), units.states()
    assert "STANDBY" in _tmsh(units.rest[0], "show cm failover-status")
    units.rest[1].ok("POST", "/mgmt/tm/sys/failover", {"command": "run", "standby": True, "trafficGroup": GROUP})
    assert _soon(lambda: units.states() == ["active", "standby"]), units.states()


def test_the_other_unit_takes_over_from_one_that_is_lost_or_offline(units: Units) -> None:
    _tmsh(units.rest[0], "run sys failover offline")
    assert _soon(lambda: units.states() == ["offline", "active"]), units.states()
    _tmsh(units.rest[0], "run sys failover online")
    assert _soon(lambda: units.states() == ["standby", "active"]), units.states()
    units.two.device.close()
    assert _soon(lambda: units.one.device.state == "active")
    assert units.sync()[0] == "Disconnected"


def test_floating_addresses_are_where_their_traffic_group_is_active(units: Units) -> None:
    def served(unit: Simulator) -> tuple[set[str], int]:
        plan = read(unit.device.store, unit.device.holds)
        return {item.address for item in plan.self_ips} | plan.addresses, len(plan.listeners)

    both = {"172.16.40.201/24", "172.16.40.81/32", "172.16.99.99/32"}
    assert served(units.one) == ({"172.16.40.202/24", *both}, 2)
    assert served(units.two) == ({"172.16.40.203/24"}, 2)
    _tmsh(units.rest[0], "run sys failover standby traffic-group traffic-group-1")
    assert _soon(lambda: both <= served(units.two)[0])
    assert served(units.one)[0] == {"172.16.40.202/24"}


def test_the_states_of_each_traffic_group_are_shown_for_both_units(units: Units) -> None:
    entries = units.rest[0].ok("GET", "/mgmt/tm/cm/traffic-group/stats")["entries"].values()
    shown = {
        (e["trafficGroup"]["description"], e["deviceName"]["description"]): e["failoverState"]["description"]
        for e in (entry["nestedStats"]["entries"] for entry in entries)
    }
    assert shown[GROUP, "/Common/bigip1.lab.example"] == "active"
    assert shown[GROUP, "/Common/bigip2.lab.example"] == "standby"
    assert "bigip2.lab.example          standby" in _tmsh(units.rest[1], "show cm traffic-group")


def test_config_sync_carries_what_is_shared_and_nothing_local(units: Units) -> None:
    assert _soon(lambda: units.sync() == ["In Sync"] * 2), units.sync()
    first, second = units.rest
    first.ok("POST", "/mgmt/tm/ltm/pool", {"name": "web", "members": [{"name": "10.0.0.1:80"}]})
    first.ok("PATCH", "/mgmt/tm/net/route-domain/0", {"routingProtocol": ["BGP"]})
    assert _soon(lambda: units.sync() == ["Changes Pending"] * 2), units.sync()
    assert second("GET", "/mgmt/tm/ltm/pool/web")[0] == 404
    first.ok("POST", "/mgmt/tm/cm", {"command": "run", "utilCmdArgs": "config-sync to-group pair"})
    assert _soon(lambda: units.sync() == ["In Sync"] * 2), units.sync()
    assert len(second.ok("GET", "/mgmt/tm/ltm/pool/web/members")["items"]) == 1
    assert "routingProtocol" not in second.ok("GET", "/mgmt/tm/net/route-domain/0")
    assert {item["address"] for item in second.ok("GET", "/mgmt/tm/net/self")["items"]} == {
        "172.16.40.203/24",
        "172.16.40.201/24",
    }


def test_a_sync_that_the_other_unit_cannot_take_changes_nothing(units: Units) -> None:
    first, second = units.rest
    first.ok("POST", "/mgmt/tm/net/route-domain", {"name": "5", "id": 5})
    first.ok("POST", "/mgmt/tm/auth/partition", {"name": "k8s", "defaultRouteDomain": 5})
    command = {"command": "run", "options": [{"to-group": "pair"}]}
    assert "route domain (5)" in first.refused("POST", "/mgmt/tm/cm/config-sync", command)[1]
    assert second("GET", "/mgmt/tm/auth/partition/k8s")[0] == 404
    assert units.sync()[1] == "Sync Failure"


def test_the_same_change_on_both_units_is_not_in_sync_until_it_is_synchronized(units: Units) -> None:
    assert _soon(lambda: units.sync() == ["In Sync"] * 2), units.sync()
    for rest in units.rest:
        rest.ok("POST", "/mgmt/tm/ltm/pool", {"name": "web"})
    assert _soon(lambda: units.sync() == ["Changes Pending"] * 2), units.sync()
    _tmsh(units.rest[1], "run cm config-sync from-group pair")
    assert _soon(lambda: units.sync() == ["In Sync"] * 2), units.sync()


def test_automatic_sync_follows_the_unit_that_was_changed(units: Units) -> None:
    assert _soon(lambda: units.sync() == ["In Sync"] * 2), units.sync()
    for rest in units.rest:
        rest.ok("PATCH", "/mgmt/tm/cm/device-group/pair", {"autoSync": "enabled"})
    units.rest[1].ok("POST", "/mgmt/tm/ltm/pool", {"name": "web"})
    assert _soon(lambda: units.rest[0]("GET", "/mgmt/tm/ltm/pool/web")[0] == 200)
    assert _soon(lambda: units.sync() == ["In Sync"] * 2), units.sync()


def test_a_unit_that_boots_with_an_older_configuration_takes_the_newer_one(tmp_path: Path) -> None:
    settings = _settings()
    for one in settings:
        one["pair"].auto_sync = True
    with simulator(**settings[0]) as one:
        rest = Rest(one, one.user, one.password)
        with simulator(**settings[1], root=tmp_path) as two:
            assert _soon(lambda: one.device.pair.sync_status[0] == "In Sync")
            Rest(two, two.user, two.password).ok("POST", "/mgmt/tm/sys/config", {"command": "save"})
            rest.ok("POST", "/mgmt/tm/ltm/pool", {"name": "web"})
            assert _soon(lambda: two.device.store.get("ltm/pool", "/Common/web") is not None)
        assert '"web"' not in (tmp_path / "config" / "bigip.json").read_text(), "what was synchronized is not saved"
        with simulator(**settings[1], root=tmp_path) as two:
            assert _soon(lambda: two.device.store.get("ltm/pool", "/Common/web") is not None)
            rest.ok("GET", "/mgmt/tm/ltm/pool/web")


def test_without_a_device_group_each_unit_is_standalone(units: Units) -> None:
    for rest in units.rest:
        rest.ok("DELETE", "/mgmt/tm/cm/device-group/pair")
    assert units.states() == ["active"] * 2
    assert units.sync() == ["Standalone"] * 2
