# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Monitors that haproxy does not support: ICMP and UDP. Each member is probed once per interval."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from bigip.tmm.haproxy import PROBED, send_bytes
from bigip.tmm.plan import Member, MemberKey, Monitor, Plan

WAIT = 2.0  # seconds for one answer


@dataclass
class _Watch:
    member: Member
    monitor: Monitor
    next: float = 0
    success: float = 0
    asked: Future[bool] | None = None


class Probes:
    """``health`` of probed members: ``up`` at the first reply, ``down`` without a reply for the timeout."""

    def __init__(self) -> None:
        self._workers = ThreadPoolExecutor(8, thread_name_prefix="probe")
        self._watches: dict[tuple[MemberKey, str], _Watch] = {}

    def follow(self, plan: Plan) -> None:
        wanted = {
            (member.key, monitor.name): (member, monitor)
            for pool in plan.pools
            for monitor in pool.monitors
            if monitor.kind in PROBED
            for member in pool.members
        }
        now = time.monotonic()
        self._watches = {key: self._watches.get(key) or _Watch(*pair, success=now) for key, pair in wanted.items()}
        for key, (member, monitor) in wanted.items():
            self._watches[key].member, self._watches[key].monitor = member, monitor

    def tick(self, before: dict[MemberKey, str]) -> dict[MemberKey, str]:
        now = time.monotonic()
        found: dict[MemberKey, str] = {}
        for (key, _name), watch in self._watches.items():
            state = before.get(key)
            if watch.asked and watch.asked.done():
                if watch.asked.result():
                    watch.success, state = now, "up"
                watch.asked = None
            if watch.asked is None and now >= watch.next:
                watch.next = now + watch.monitor.interval
                watch.asked = self._workers.submit(probe, watch.monitor, watch.member)
            if now - watch.success > watch.monitor.timeout:
                state = "down"
            if state and found.get(key) != "down":  # one failing monitor is enough
                found[key] = state
        return found

    def close(self) -> None:
        self._workers.shutdown(wait=False, cancel_futures=True)


def probe(monitor: Monitor, member: Member) -> bool:
    try:
        if monitor.kind == "udp":
            return _udp(monitor, member)
        done = subprocess.run(
            ["ping", "-c", "1", "-W", str(int(WAIT)), member.address],
            capture_output=True,
            timeout=WAIT + 2,
            check=False,
        )
        return done.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _udp(monitor: Monitor, member: Member) -> bool:
    """With a receive string it must match; without, only an ICMP refusal counts against the member."""
    family = socket.AF_INET6 if ":" in member.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as link:
        link.settimeout(WAIT)
        link.connect((member.address, member.port))
        link.send(send_bytes(monitor) or b"default send string")
        try:
            answer = link.recv(65535)
        except TimeoutError:
            return not monitor.recv
        return not monitor.recv or re.search(monitor.recv.encode(), answer) is not None
