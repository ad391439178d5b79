# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TMM and tmrouted: a thread that keeps the namespace in line with the configuration and the health of pool members."""

from __future__ import annotations

import logging
import os
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

from bigip.config.store import Store
from bigip.interface import Device
from bigip.tmm import arp, haproxy, kernel, stats
from bigip.tmm import filter as packet_filter
from bigip.tmm.plan import MemberKey, Plan, prefix, read
from bigip.tmm.probes import Probes
from bigip.tmm.status import AVAILABLE

LOG = logging.getLogger(__name__)
POLL = 1.0  # seconds between reads of haproxy's checks
TAKES = 0.4  # seconds in which haproxy loads a configuration; then it is signalled again


class Tmm:
    """``health`` and ``counters`` are read by status.py; both stay empty when the device is detached.

    Routes of virtual addresses change only at tmrouted's ticks, one each ``tmrouted.queryperiod`` seconds.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self.health: dict[MemberKey, str] = {}
        self.counters: dict[object, dict[str, int]] = {}
        self._wanted = Plan()
        self._done = Plan()
        self._text = ""
        self._rules: dict[int, str] = {}
        self._wake = threading.Event()
        self._stop = False
        self._probes = Probes()
        self._thread: threading.Thread | None = None
        self._moved = False

    def follow(self, store: Store) -> None:
        """The configuration has changed. The caller holds the device's lock."""
        self._wanted = read(store, self._device.holds)
        for name, reason in self._wanted.unserved:
            LOG.info("%s is not served: %s", name, reason)
        watched = {member.key for pool in self._wanted.pools if pool.monitors for member in pool.members}
        if not self._device.settings.detached:
            for key in [key for key in self.health if key not in watched]:
                del self.health[key]
            self._wake.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tmm", daemon=True)
                self._thread.start()

    def fail_over(self, store: Store) -> None:
        """Traffic groups moved: routes follow at once, and floating addresses are announced to the segment."""
        self._moved = True
        self.follow(store)

    def close(self) -> None:
        self._stop = True
        self._wake.set()
        if self._thread:
            self._thread.join(10)
        self._probes.close()

    def routes(self) -> list[kernel.Forwarding]:
        """TMM's routing table. Empty if the device is detached: it has no network."""
        if self._device.settings.detached:
            return []
        return kernel.forwarding({vlan.name.name: vlan.full_path for vlan in self._device.store.objects("net/vlan")})

    # the thread

    def _run(self) -> None:
        Path(haproxy.RUN).mkdir(parents=True, exist_ok=True)
        next_query = 0.0
        while not self._stop:
            self._wake.wait(POLL)
            self._wake.clear()
            try:
                if self._wanted != self._done:
                    self._apply(self._wanted)
                if self._text and not self._taken():
                    self._tell()
                self._look()
                self._filter()
                moved, self._moved = self._moved, False
                if moved or time.monotonic() >= next_query:
                    self._advertise()
                    next_query = time.monotonic() + self._query_period()
            except Exception:
                LOG.exception("TMM")

    def _query_period(self) -> float:
        try:
            return max(1.0, float(self._device.db("tmrouted.queryperiod")))
        except ValueError:
            return 10.0

    def _apply(self, plan: Plan) -> None:
        before = self._done
        if before == Plan():  # what an earlier process left of traffic groups that this unit no longer holds
            before = replace(before, self_ips=read(self._device.store).self_ips)
        kernel.set_self_ips(plan.self_ips, before.self_ips)
        own = {item.address.partition("/")[0] for item in plan.self_ips}
        served = {item for item in plan.addresses if item.partition("/")[0] not in own}
        kernel.set_prefixes("local", served | kernel.prefixes("local") & before.addresses)
        self._listen(plan)
        kernel.set_prefixes("local", served)
        kernel.set_routes(plan.routes)
        kernel.set_neighbors(plan.neighbors, before.neighbors)
        gained = {item for item in plan.self_ips if item not in self._done.self_ips}
        arp.announce(gained, served - before.addresses)
        self._probes.follow(plan)
        self._done = plan

    def _listen(self, plan: Plan) -> None:
        text = haproxy.render(plan)
        if text == self._text and self._device.supervisor.running("haproxy"):
            return
        config = Path(haproxy.RUN, "haproxy.cfg")
        part = config.with_suffix(".part")
        part.write_text(haproxy.marked(text))
        checked = subprocess.run(["haproxy", "-c", "-q", "-f", str(part)], capture_output=True, text=True, check=False)
        if checked.returncode:
            LOG.error("haproxy refuses its configuration: %s", (checked.stdout + checked.stderr).strip())
            return
        Path(haproxy.STATE).write_text(haproxy.state(plan, self.health))
        os.replace(part, config)
        self._text = text
        self._tell()

    def _tell(self) -> None:
        """Its master loses a signal while it handles the previous one, so wait until it was processed, or signal
        again."""
        for _attempt in range(5):
            self._device.supervisor.reload("haproxy")
            deadline = time.monotonic() + TAKES
            while time.monotonic() < deadline:
                if self._taken():
                    return
                time.sleep(0.02)
        LOG.warning("haproxy has not taken its configuration yet")

    def _taken(self) -> bool:
        try:
            return haproxy.mark(self._text) in stats.ask(haproxy.SOCKET, "show info")
        except OSError:
            return False

    def _look(self) -> None:
        members, frontends = haproxy.names(self._done)
        probed = self._probes.tick(self.health)
        for key, state in probed.items():
            if self.health.get(key) != state:
                self._switch(key, state)
        try:
            table = stats.rows(stats.ask(haproxy.SOCKET, "show stat"))
        except OSError:
            return
        self.health.update(stats.health(table, members))
        self.health.update(probed)
        servers = {haproxy.server_name(member.key): member.key for pool in self._done.pools for member in pool.members}
        self.counters = stats.counters(table, frontends, servers)

    def _switch(self, key: MemberKey, state: str) -> None:
        """Report the result of a probe to haproxy."""
        where = f"{haproxy.identifier('monitor', key[0])}/{haproxy.server_name(key)}"
        try:
            stats.ask(haproxy.SOCKET, f"set server {where} state {'ready' if state == 'up' else 'maint'}")
        except OSError as error:
            LOG.warning("%s: %s", where, error)

    def _filter(self) -> None:
        device, echo = self._device, {}
        with device.lock:
            status = device.status
            for address in device.store.objects("ltm/virtual-address"):
                mode = address.get("icmpEcho")
                up = status.of(address).availability == AVAILABLE
                echo[prefix(device.store, address)] = mode in ("enabled", "always") or (mode != "disabled" and up)
        for version in (4, 6):
            rules = packet_filter.render(self._done, version, echo)
            if rules != self._rules.get(version):
                kernel.set_filter(rules, version)
                self._rules[version] = rules

    def _advertise(self) -> None:
        """tmrouted's tick: virtual addresses become kernel routes, or are withdrawn."""
        device = self._device
        with device.lock:
            status = device.status
            wanted = {
                prefix(device.store, address)
                for address in device.store.objects("ltm/virtual-address")
                if prefix(device.store, address) in self._done.addresses and status.advertised(address)
            }
        kernel.set_prefixes("main", wanted)
