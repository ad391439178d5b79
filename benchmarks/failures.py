# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure what failures cost the traffic of a pair of BIG-IPs, in the lab, and write docs/failures.md.

    lab/bin/lab up --pair                            the lab that is needed
    benchmarks/failures.py [--settings S…] [--events E…]    measure; what docs/failures.json has already is left out
    benchmarks/failures.py --again …                 measure again
    benchmarks/failures.py --page                    only write the page from docs/failures.json

While an event happens, streams of pings run through the lab, a probe every 20 ms each. Streams that begin or end at the
host that fails are left out. Each figure is saved as soon as it is there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "molecule/shared")]

import traffic  # noqa: E402

from benchmarks import failure_page  # noqa: E402
from benchmarks.failure_page import EVENTS, HOLD, PAGE, RESULTS, SETTINGS, Event  # noqa: E402

LAB = TOP / "lab/bin"
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
KINDS = ["pods", "master", "vip", "client", "bigip", "bigip2"]
COLUMNS = {  # by the beginning of a stream's name
    "pod to VIP": ("pod-on-master-to-vip", "pod-on-node1-to-vip"),
    "client to VIP": ("client-to-vip",),
    "BIG-IP to pod": ("bigip-to-pod-on-master", "bigip-to-pod-on-node1", "bigip2-to-pod-on-node1"),
    "pod to pod": ("pod-on-master-to-pod-on-node1", "pod-on-node1-to-pod-on-master"),
}
AT = {  # which streams begin or end at a host
    "bigip1": ("bigip-to-pod-on-master", "bigip-to-pod-on-node1"),
    "bigip2": ("bigip2-to-pod-on-node1",),
    "k8s-node1": tuple(name for names in COLUMNS.values() for name in names if "node1" in name),
}
VIP, FLOATING, MASTER_NODE = "172.16.99.99", "172.16.40.201/", "k8s-master"


def lab(program: str, *words: str, check: bool = True) -> str:
    done = subprocess.run([LAB / program, *words], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"lab/bin/{program} {' '.join(words)}: {(done.stderr or done.stdout).strip()[-3000:]}")
    return done.stdout


def configure(settings: str, reflectors: list[str]) -> None:
    """Run the site with these settings. :raises SystemExit: it fails"""
    topology = {"topology": {"kind": "reflectors", "reflectors": reflectors, "cluster_id": "244.0.0.1"}}
    variables = {**SETTINGS[settings], **(topology if reflectors else {}), "calico_bgp_min_reflectors": 1}
    lab("ctl", str(PLAYBOOK), "-i", str(TOP / "inventories/lab-pair"), str(TOP / "playbooks/site.yml"), "-e",
        json.dumps(variables))  # fmt: skip
    for unit in ("bigip1", "bigip2"):  # a session keeps its timers until it is established again
        lab("on", unit, "imish", "-r", "0", "-e", "clear ip bgp *")


class Watch:
    """When a route is gone: asked four times a second from the beginning of an event."""

    def __init__(self, host: str, prefix: str, via: str) -> None:
        self.host, self.prefix, self.via = host, prefix, via
        self.gone: float | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.there = self._has()
        self.begin = time.time()
        self._thread.start()

    def _has(self) -> bool:
        return self.via in lab("on", self.host, "ip", "route", "show", self.prefix, check=False)

    def _ask(self) -> None:
        while not self._ended.is_set():
            if not self._has():
                self.gone = time.time() - self.begin
                return
            time.sleep(0.25)

    def seconds(self) -> float | None:
        """Seconds until it was gone; None if it stayed, or was not there."""
        self._ended.set()
        self._thread.join()
        return self.gone if self.there else None


def block_of_node() -> tuple[str, str]:
    """The pods' block of k8s-node1 as the route of a BIG-IP, and the address of the node."""
    for line in lab("on", "bigip1", "ip", "route", "show").splitlines():
        if "172.16.40.198" in line and line.startswith("10.244."):
            return line.split()[0], "172.16.40.198"
    raise SystemExit("bigip1 has no route to the pods of k8s-node1")


@contextlib.contextmanager
def streams() -> Iterator[dict[str, traffic.Figures | None]]:
    """The figures of all streams, once it has ended."""
    found: dict[str, traffic.Figures | None] = {}
    traffic.start(KINDS)
    try:
        yield found
    finally:
        found.update({name: figures for name, figures, _log in traffic.collect()})


def measure(event: Event, settings: str) -> dict[str, Any]:
    """One event: the longest silence of each kind of stream, and when the routes through what failed were gone."""
    hold = HOLD[settings]
    watch = None
    with streams() as found:
        if event.watched:
            watch = Watch("bigip1", *block_of_node())
        begin = time.time()
        for words in event.commands:
            lab(*words)
        time.sleep(event.settle(hold))
        if watch:
            withdrawn = watch.seconds()
    left_out = AT.get(event.lost, ())
    result: dict[str, Any] = {"settings": settings, "event": event.name}
    for column, names in COLUMNS.items():
        kept = {name: found.get(name) for name in names if name not in left_out}
        if kept:
            worst = max(kept.items(), key=lambda item: item[1].silence if item[1] else 10**6)[1]
            result[column] = round(worst.silence, 2) if worst else None
            if worst and worst.silence > 5 * traffic.INTERVAL:
                result.setdefault("from", {})[column] = round(worst.since - begin, 1)
    if watch:
        result["routes gone after"] = None if withdrawn is None else round(withdrawn, 1)
    return result


def recover(event: Event) -> None:
    """Back to the beginning: everything runs, and bigip1 is active. :raises SystemExit: it does not come back"""
    for words in event.back:
        lab(*words)
    deadline = time.monotonic() + 180
    if event.lost:
        lab("on", event.lost, "rm", "-rf", traffic.PLACE, check=False)
    while time.monotonic() < deadline:
        if whole():
            break
        time.sleep(1)
    else:
        raise SystemExit(f"{event.name}: the lab did not come back in 180 s")
    if FLOATING not in lab("on", "bigip1", "ip", "-4", "-brief", "address"):
        lab("lab", "tmsh", "bigip2", "run", "sys", "failover", "standby")
        time.sleep(2)


def whole() -> bool:
    """Whether pods of both nodes answer both BIG-IPs, and both nodes have the VIPs."""
    try:
        pods = traffic.boxes()
    except SystemExit:
        return False
    answers = all(
        "1 received" in lab("on", unit, "ping", "-n", "-c", "1", "-W", "1", pods[node], check=False)
        for unit in ("bigip1", "bigip2")
        for node in (MASTER_NODE, "k8s-node1")
        if pods.get(node)
    )
    return len([pod for pod in pods.values() if pod]) == 2 and answers and all(
        "via" in lab("on", node, "ip", "route", "show", VIP, check=False) for node in (MASTER_NODE, "k8s-node1")
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--events", nargs="+", default=[event.key for event in EVENTS])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    if options.page:
        PAGE.write_text(failure_page.page(json.loads(RESULTS.read_text())), encoding="utf-8")
        return 0
    os.chdir(TOP)
    measured = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    wanted = [event for event in EVENTS if event.key in options.events]
    now: object = None  # the settings and reflectors that are configured
    # The topology changes seldom, because that takes longest.
    for reflectors in dict.fromkeys(event.reflectors for event in wanted):
        for settings, event in product(options.settings, (one for one in wanted if one.reflectors == reflectors)):
            if settings not in event.settings:
                continue
            if not options.again and any((one["settings"], one["event"]) == (settings, event.name) for one in measured):
                continue
            if now != (settings, reflectors):
                configure(settings, list(reflectors))
                now = (settings, reflectors)
                recover(event)
            result = measure(event, settings)
            print(json.dumps(result), flush=True)
            measured = [one for one in measured if (one["settings"], one["event"]) != (settings, event.name)]
            measured.append(result)
            RESULTS.write_text("[\n" + ",\n".join(f"  {json.dumps(one)}" for one in measured) + "\n]\n")
            recover(event)
    return 0


if __name__ == "__main__":
    sys.exit(main())
