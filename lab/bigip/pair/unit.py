# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This unit in its device group: heartbeats (UDP) and config sync (TCP) with the other one, on one port.

A device group of type sync-failover makes the two a pair; without one, each is standalone.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bigip import errors
from bigip.config.store import Store
from bigip.interface import Device
from bigip.pair import config_sync
from bigip.pair.election import ACTIVE, OFFLINE, STANDBY, Standing, decide
from bigip.settings import Pair

LOG = logging.getLogger(__name__)
BEAT = 0.1  # seconds
WAIT = 30.0  # seconds for a config sync


@dataclass(frozen=True)
class Heard:
    """The last heartbeat of the peer."""

    at: float
    groups: Mapping[str, Standing]
    commit: str
    base: str | None


class Unit:
    """``holds`` tells for which traffic groups this unit is active; ``sync_status`` compares its configuration."""

    def __init__(self, device: Device, pair: Pair) -> None:
        self._device = device
        self._pair = pair
        self._lock = threading.RLock()
        self._began = time.monotonic()
        self._states: dict[str, str] = {}
        self._released: set[str] = set()
        self._offline = False
        self._failed_since: dict[str, float] = {}
        self._heard: Heard | None = None
        self._base: str | None = None
        self._failure = ""
        self._pushing = False
        self._stop = threading.Event()
        self._joined = False
        self._auto = False
        # The last change of the shared configuration, by its digest and unit: equal commits are in sync, equal
        # configurations that were made on both units are not. A unit that has just begun has a digest alone.
        self._commit = ""
        self._digest = ""
        self._taking: str | None = None
        self._orders: dict[str, tuple[str, ...]] = {}
        self._failsafes: dict[str, float] = {}
        self._beats = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._beats.bind(_place(pair.address))
        self._beats.settimeout(BEAT)
        self._doors = socket.create_server(_place(pair.address))
        self._doors.settimeout(BEAT)
        self._threads = [threading.Thread(target=work, name="pair", daemon=True) for work in (self._run, self._serve)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(2)
        self._beats.close()
        self._doors.close()

    def follow(self, store: Store) -> None:
        """The configuration has changed. The caller holds the device's lock."""
        groups = [group for group in store.objects("cm/device-group") if group.get("type") == "sync-failover"]
        floating = [group for group in store.objects("cm/traffic-group") if str(group.get("isFloating")) == "true"]
        both = sorted((self._own_name, self._peer_name))
        with self._lock:
            self._joined = bool(groups)
            self._auto = any(group.get("autoSync") == "enabled" for group in groups)
            before, self._digest = self._digest, config_sync.digest(store)
            if self._taking is not None:
                self._commit = self._taking
            elif before != self._digest:
                self._commit = f"{self._digest}{self._own_name}" if before else self._digest
            self._orders = {group.full_path: tuple(group.get("haOrder") or both) for group in floating}
            self._failsafes = {
                vlan.name.name: float(vlan.get("failsafeTimeout"))
                for vlan in store.objects("net/vlan")
                if vlan.get("failsafe") == "enabled"
            }
            for name in [name for name in self._states if name not in self._orders]:
                del self._states[name]

    @property
    def _own_name(self) -> str:
        return f"/Common/{self._device.settings.hostname}"

    @property
    def _peer_name(self) -> str:
        return f"/Common/{self._pair.peer}"

    # queries of other parts

    @property
    def joined(self) -> bool:
        return self._joined

    def holds(self, group: str) -> bool:
        """Whether this unit is active for a floating traffic group."""
        return not self._joined or self._states.get(group) == ACTIVE

    def states(self) -> dict[tuple[str, str], str]:
        """Of each unit and floating traffic group, by full paths; the peer's is unknown without heartbeats."""
        peer = self._peer()
        found = {}
        for group in self._orders:
            found[group, self._own_name] = ACTIVE if self.holds(group) else self._states.get(group, STANDBY)
            if self._joined:
                theirs = peer.groups.get(group) if peer else None
                found[group, self._peer_name] = theirs.state if theirs else "unknown"
        return found

    @property
    def state(self) -> str:
        if self._offline:
            return OFFLINE
        return ACTIVE if any(self.holds(group) for group in self._orders) else STANDBY

    @property
    def peer_state(self) -> str:
        peer = self._peer()
        if peer is None:
            return "unknown"
        states = {standing.state for standing in peer.groups.values()}
        return next((state for state in (ACTIVE, STANDBY) if state in states), OFFLINE)

    @property
    def sync_status(self) -> tuple[str, str]:
        """The status text of the device, and its colour."""
        peer = self._peer()
        if not self._joined:
            return "Standalone", "green"
        if peer is None:
            return "Disconnected", "red"
        if self._failure:
            return "Sync Failure", "red"
        if peer.commit == self._commit:
            return "In Sync", "green"
        if self._base is None and peer.base is None:
            return "Awaiting Initial Sync", "blue"
        return "Changes Pending", "yellow"

    # commands

    def stand_by(self, group: str | None = None) -> None:
        """`run sys failover standby [traffic-group G]`. Without a unit that takes over, this one stays active."""
        with self._lock:
            if group is not None and group not in self._orders:
                raise errors.not_found("traffic group", group)
            self._released |= {group} if group else set(self._orders)
        self._beat()

    def set_offline(self, offline: bool) -> None:
        """`run sys failover offline`, `online`."""
        with self._lock:
            self._offline = offline
            if not offline:
                self._states = dict.fromkeys(self._orders, STANDBY)
        self._beat()

    def sync(self, direction: str, group: str) -> None:
        """`run cm config-sync to-group G` or `from-group G`. Raises RestError; the caller does not hold the lock."""
        if not self._joined or self._device.store.get("cm/device-group", _full(group)) is None:
            raise errors.not_found("device group", _full(group))
        try:
            if direction == "to-group":
                self._push()
            else:
                given = self._ask({"op": "give"})
                self._receive(given["objects"], given["commit"])
                self._ask({"op": "taken"})
        except OSError as error:
            raise errors.configuration(f"Sync to device group {group} failed: {error}") from error

    # heartbeats

    def _peer(self) -> Heard | None:
        heard = self._heard
        if heard is None or time.monotonic() - heard.at > self._silence:
            return None
        return heard

    @property
    def _silence(self) -> float:
        """Seconds without a heartbeat after which a unit counts as lost."""
        return float(self._device.db("failover.nettimeoutsec") or 3)

    def _run(self) -> None:
        next_beat = 0.0
        while not self._stop.is_set():
            try:
                if time.monotonic() >= next_beat:
                    self._beat()
                    next_beat = time.monotonic() + BEAT
                self._hear()
            except TimeoutError:
                continue
            except OSError as error:
                if self._stop.is_set():
                    return
                LOG.debug("heartbeat: %s", error)
                time.sleep(BEAT)
            except Exception:
                LOG.exception("heartbeat")

    def _beat(self) -> None:
        """Decide, then send a heartbeat."""
        self._decide()
        with self._lock:
            told = {
                "groups": {name: [self._standing(name).state, self._standing(name).willing] for name in self._orders},
                "commit": self._commit,
                "base": self._base,
            }
        if self._joined:
            self._beats.sendto(json.dumps(told).encode(), _place(self._pair.peer_address))

    def _hear(self) -> None:
        data, _sender = self._beats.recvfrom(65535)
        told = json.loads(data)
        groups = {name: Standing(*standing) for name, standing in told["groups"].items()}
        before = self._heard
        self._heard = Heard(time.monotonic(), groups, told["commit"], told["base"])
        if before is None or before.groups != groups:
            self._beat()
        with self._lock:
            if self._commit == self._digest and told["commit"].startswith(self._digest):
                self._commit = told["commit"]
            if told["commit"] == self._commit:
                self._base, self._failure = self._commit, ""
            # A unit that has just started has the saved configuration, which is older than any change.
            begun, mine = "/" not in told["commit"], "/" in self._commit
            unchanged = told["base"] == told["commit"] and self._base != self._commit
            behind = told["commit"] != self._commit and mine and (begun or unchanged)
            if self._auto and behind and not self._pushing:
                self._pushing = True
                threading.Thread(target=self._push_alone, name="config sync", daemon=True).start()

    def _standing(self, group: str) -> Standing:
        state = OFFLINE if self._offline else self._states.get(group, STANDBY)
        return Standing(state, group not in self._released and not self._vlan_failed())

    def _decide(self) -> None:
        peer = self._peer()
        with self._lock:
            if not self._joined or (peer is None and time.monotonic() - self._began < self._silence):
                return  # at its start a unit listens before it becomes active
            before = dict(self._states)
            for group, order in self._orders.items():
                theirs = peer.groups.get(group, Standing(STANDBY, False)) if peer else None
                known = [name for name in order if name in (self._own_name, self._peer_name)]
                self._states[group] = decide(self._standing(group), theirs, known[:1] == [self._own_name])
                if theirs is None or theirs.state == ACTIVE:
                    self._released.discard(group)
            changed = before != self._states
        if changed:
            LOG.info("traffic groups: %s", self._states)
            self._device.moved()

    def _vlan_failed(self) -> bool:
        """VLAN fail-safe: a link without carrier for longer than its time. Checked with each heartbeat."""
        if self._device.settings.detached:
            return False
        now, failed = time.monotonic(), False
        for link, seconds in self._failsafes.items():
            if _carrier(link):
                self._failed_since.pop(link, None)
            else:
                failed |= now - self._failed_since.setdefault(link, now) >= seconds
        return failed

    # config sync

    def _push_alone(self) -> None:
        try:
            self._push()
        except (OSError, errors.RestError) as error:
            LOG.warning("config sync: %s", error)
        finally:
            self._pushing = False

    def _push(self) -> None:
        with self._device.lock:
            objects, commit = config_sync.carried(self._device.store), self._commit
        self._ask({"op": "take", "objects": objects, "commit": commit})
        with self._lock:
            self._base = commit

    def _receive(self, objects: Mapping[str, Iterable[Any]], commit: str) -> None:
        with self._device.lock:
            try:
                config_sync.take(self._device.store, {path: list(items) for path, items in objects.items()})
            except errors.RestError as error:
                self._failure = str(error)
                raise
            self._taking = commit
            try:
                self._device.committed()
            finally:
                self._taking = None
        with self._lock:
            self._base, self._failure = commit, ""

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Raises OSError, or RestError when the peer refuses."""
        with socket.create_connection(_place(self._pair.peer_address), WAIT) as link, link.makefile("rw") as file:
            file.write(json.dumps(question, default=str) + "\n")
            file.flush()
            answer = json.loads(file.readline() or "{}")
        if "error" in answer:
            raise errors.configuration(answer["error"])
        return answer

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                link, _sender = self._doors.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with link, link.makefile("rw") as file:
                link.settimeout(WAIT)
                try:
                    answer = self._answer(json.loads(file.readline()))
                    file.write(json.dumps(answer, default=str) + "\n")
                except (OSError, ValueError) as error:
                    LOG.warning("config sync: %s", error)

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if question["op"] == "give":
            with self._device.lock:
                return {"objects": config_sync.carried(self._device.store), "commit": self._commit}
        if question["op"] == "taken":
            with self._lock:
                self._base = self._commit
            return {}
        try:
            self._receive(question["objects"], question["commit"])
        except errors.RestError as error:
            return {"error": str(error)}
        return {}


def _place(text: str) -> tuple[str, int]:
    host, _colon, port = text.rpartition(":")
    return host, int(port)


def _full(group: str) -> str:
    return group if group.startswith("/") else f"/Common/{group}"


def _carrier(link: str) -> bool:
    try:
        return Path(f"/sys/class/net/{link}/carrier").read_text().strip() == "1"
    except OSError:
        return False
