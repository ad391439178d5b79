# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real BGP at scale: one BIRD per node, each in a network namespace, against the FRR behind the simulator.

    benchmarks/speakers.py [--nodes 200] [--json FILE] [--docs]

Measured directly (every node has a session with the BIG-IP) and through two route reflectors: the time until all
sessions are Established and all routes are present, until a new VIP is in the kernel of every node, and until the route
of a node whose link was cut has left the BIG-IP. Needs root and the lab's build.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "lab"), str(TOP / "tests/lab/imish")]

from imish_net import BIGIP, Net  # noqa: E402
from topology import build  # noqa: E402

from benchmarks import performance  # noqa: E402

os.environ.setdefault("PODROUTE_LAB_ROOTFS", str(build.rootfs()))

AS_NUMBER = 64512
KEEPALIVE, HOLD = 3, 9  # seconds, on all sessions
VIP = "172.31.99.98"
FIRST = IPv4Address("172.16.0.10")
PODS = IPv4Network("10.128.0.0/12")
SESSION = f"""
  local as {AS_NUMBER}; import all; next hop self; multihop; add paths on;
  keepalive time {KEEPALIVE}; hold time {HOLD}; connect delay time 1; connect retry time 2; error wait time 1,2;"""


class Speakers(Net):
    """The network with N nodes. ``reflectors``: the only nodes with a session with the BIG-IP; empty if all have
    one."""

    def __init__(self, folder: Path, count: int, reflectors: int) -> None:
        blocks = PODS.subnets(new_prefix=26)
        nodes = {str(FIRST + number): str(next(blocks)) for number in range(count)}
        self.reflectors = list(nodes)[:reflectors]
        super().__init__(folder, nodes)

    def configuration(self, node: str, asn: int) -> str:
        """The configuration as rendered by Calico, reduced to sessions and routes."""
        to_bigip = _session("bigip", BIGIP, "export where source = RTS_STATIC;")
        if not self.reflectors:
            sessions = to_bigip
        elif node in self.reflectors:
            clients = [_session(f"client{number}", other, "export all; rr client; next hop keep;")
                       for number, other in enumerate(self.nodes) if other != node]  # fmt: skip
            sessions = _session("bigip", BIGIP, "export all; next hop keep;") + "".join(clients)
        else:
            sessions = "".join(_session(f"reflector{number}", other, "export where source = RTS_STATIC;")
                               for number, other in enumerate(self.reflectors))  # fmt: skip
        return f"""
            router id {node};
            protocol device {{ scan time 5; }}
            protocol direct {{ interface "eth0"; }}
            protocol static {{ route {self.nodes[node]} blackhole; }}
            protocol kernel {{ import none; export all; scan time 60; }}
            {sessions}\n"""

    def neighbors(self) -> None:
        """Configure the BIG-IP's side."""
        lines = [f"router bgp {AS_NUMBER}", f" bgp router-id {BIGIP}", " no bgp ebgp-requires-policy",
                 f" timers bgp {KEEPALIVE} {HOLD}"]  # fmt: skip
        lines += [f" neighbor {node} remote-as {AS_NUMBER}" for node in self.reflectors or self.nodes]
        lines += [" address-family ipv4 unicast", "  redistribute kernel"]
        (self.folder / "neighbors.conf").write_text("\n".join([*lines, ""]))
        self.run("bigip", *self._inside("/usr/bin/vtysh", "--vty_socket", str(self.vty), "-f",
                                        str(self.folder / "neighbors.conf")))  # fmt: skip

    def established(self) -> int:
        """Sessions that the BIG-IP reports as Established."""
        told = json.loads(self.vtysh("show bgp ipv4 unicast summary json") or "{}")
        return sum(peer["state"] == "Established" for peer in told.get("peers", {}).values())

    def routes(self, where: str) -> set[str]:
        """Destinations in the kernel of a namespace, without asking a program of it."""
        table = Path(f"/proc/{self._holders[where].pid}/net/route").read_text().splitlines()[1:]
        return {str(IPv4Address(int.from_bytes(bytes.fromhex(line.split()[1]), "little"))) for line in table}


def _session(name: str, address: str, more: str) -> str:
    return f"protocol bgp {name} {{ {SESSION} neighbor {address} as {AS_NUMBER}; {more} }}\n"


def until(what: str, holds: Callable[[], bool], limit: float = 300) -> float:
    """Seconds until it holds."""
    begin = time.monotonic()
    while not holds():
        if time.monotonic() - begin > limit:
            sys.exit(f"not within {limit:g} s: {what}")
        time.sleep(0.05)
    return round(time.monotonic() - begin, 2)


def measured(count: int, reflectors: int) -> dict[str, float | int]:
    """All figures of one topology."""
    with tempfile.TemporaryDirectory(prefix="speakers-") as name:
        net = Speakers(Path(name), count, reflectors)
        try:
            blocks = {block.partition("/")[0] for block in net.nodes.values()}
            wanted = len(net.reflectors) or count
            net.neighbors()
            sessions = until("sessions Established", lambda: net.established() == wanted)
            pods = sessions + until("pod routes on the BIG-IP", lambda: blocks <= net.routes("bigip"))
            net.run("bigip", "ip", "route", "add", f"{VIP}/32", "dev", "tmm")
            left = set(net.nodes)
            vip = until("VIP on every node", lambda: not left.difference_update(
                [node for node in left if VIP in net.routes(node)]) and not left)  # fmt: skip
            lost = list(net.nodes)[-1]
            net.run(lost, "ip", "link", "set", "eth0", "down")
            gone = net.nodes[lost].partition("/")[0]
            withdrawn = until("the lost node's route is gone", lambda: gone not in net.routes("bigip"))
        finally:
            net.close()
    return {"nodes": count, "reflectors": reflectors, "sessions": wanted, "established": sessions, "pod routes": pods,
            "VIP on every node": vip, "lost node withdrawn": withdrawn, "hold time": HOLD}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=200)
    parser.add_argument("--json", type=Path, default=TOP / ".build/speakers.json", help="where the figures are written")
    parser.add_argument("--docs", action="store_true", help="write the figures into docs/performance.md")
    parser.add_argument("--from", type=Path, dest="recorded", help="figures of an earlier run instead of a new one")
    options = parser.parse_args()
    if options.recorded:
        results = json.loads(options.recorded.read_text())
    else:
        results = []
        for reflectors in (0, 2):
            results.append(measured(options.nodes, reflectors))
            print(*(f"{key}: {value}" for key, value in results[-1].items()), sep=", ", flush=True)
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(results, indent=1))
    print(table(results))
    if options.docs:
        performance.put(TOP / "docs" / "performance.md", "speakers", table(results))


def table(results: list[dict[str, float | int]]) -> str:
    """A column per topology, as a Markdown table."""
    names = [f"{result['reflectors']} route reflectors" if result["reflectors"] else "directly" for result in results]
    rows = {"BIRD speakers": "nodes", "sessions of the BIG-IP": "sessions",
            "all sessions Established, s": "established", "all pod routes on the BIG-IP, s": "pod routes",
            "a new VIP in the kernel of every node, s": "VIP on every node",
            "routes of a node whose link was cut are withdrawn, s": "lost node withdrawn",
            "hold time, s": "hold time"}  # fmt: skip
    lines = ["| real BGP | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    lines += [f"| {text} | " + " | ".join(f"{result[key]:g}" for result in results) + " |"
              for text, key in rows.items()]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    main()
