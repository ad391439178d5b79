# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What test_dataplane.py runs inside of its box: a BIG-IP with FRR and haproxy, and beside it a router with a web
server. Prints one JSON object of what was seen; asserts nothing itself.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bigip.auth.users import User
from bigip.device import Device
from bigip.rest.gate import answer
from bigip.rest.message import Call
from bigip.services import Runit
from bigip.settings import Settings
from bigip.testing import INITIAL

SERVICES = {
    "zebra": "exec /usr/lib/frr/zebra -A 127.0.0.1 -s 90000000",
    "bgpd": "[ -S /run/frr/zebra.vty ] || { sleep 0.2; exit 1; }\nexec /usr/lib/frr/bgpd -A 127.0.0.1 -f /dev/null",
    "bfdd": "exec /usr/lib/frr/bfdd -A 127.0.0.1",
    "haproxy": "[ -s /run/tmm/haproxy.cfg ] || { sleep 0.2; exit 1; }\n"
    "exec haproxy -W -db -f /run/tmm/haproxy.cfg -p /run/tmm/haproxy.pid",
    "web": "exec ip netns exec peer busybox httpd -f -p 172.16.40.90:80 -h /srv/www",
    "bird": "exec ip netns exec peer bird -f -c /run/bird.conf -s /run/bird.ctl",
}
BIRD = """
router id 172.16.40.90;
protocol device { scan time 1; }
protocol direct { }
protocol kernel { export all; scan time 2; }
protocol static { route 10.244.7.0/26 blackhole; }
protocol bgp bigip {
    local as 64512; neighbor 172.16.40.202 as 64512; connect retry time 1; connect delay time 1;
    import all; export where source = RTS_STATIC;
}
"""
SEEN: dict[str, Any] = {}


def sh(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False).stdout


def until(what: Callable[[], bool], seconds: float) -> float | None:
    """Seconds until it was so; None when it never was."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if what():
            return round(time.monotonic() - began, 1)
        time.sleep(0.2)
    return None


def network() -> None:
    for words in (
        "link set lo up",
        "netns add peer",
        "-n peer link set lo up",
        "link add int_vlan type veth peer name eth0 netns peer",
        "link set int_vlan up",
        "-n peer link set eth0 up",
        "-n peer address add 172.16.40.90/24 dev eth0",
        "link add tmm type bridge",
        "link set tmm up",
    ):
        sh("ip", *words.split())
    os.makedirs("/srv/www", exist_ok=True)
    Path("/srv/www/index.html").write_text("hello\n")
    Path("/run/bird.conf").write_text(BIRD)


def services() -> None:
    for name, script in SERVICES.items():
        folder = Path("/etc/service", name)
        folder.mkdir()
        run = folder / "run"
        run.write_text(f"#!/bin/sh\nexec >>/tmp/{name}.log 2>&1\n{script}\n")
        run.chmod(0o755)
        if name in ("bgpd", "bfdd", "bird"):
            (folder / "down").touch()
    subprocess.Popen(["runsvdir", "-P", "/etc/service"])


def peer(*words: str) -> str:
    return sh("ip", "netns", "exec", "peer", *words)


def fetch(address: str) -> str:
    return peer("curl", "-s", "-m", "3", f"http://{address}/").strip()


def connects(address: str, port: int) -> bool:
    done = subprocess.run(
        ["ip", "netns", "exec", "peer", "timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def main_table() -> str:
    return sh("ip", "route", "show", "dev", "tmm")


class Rest:
    def __init__(self, device: Device) -> None:
        import base64

        self.device = device
        self.headers = {"authorization": "Basic " + base64.b64encode(b"admin:pw").decode()}

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        content = json.dumps(body).encode() if body is not None else b""
        call = Call(method, f"/mgmt/tm/{path}", {}, self.headers, content)
        reply = answer(self.device, call)
        if reply.status != 200:
            raise http.client.HTTPException(f"{method} {path}: {reply.status} {reply.body}")
        return reply.body

    def bash(self, line: str) -> str:
        return self("POST", "util/bash", {"command": "run", "utilCmdArgs": f"-c '{line}'"}).get("commandResult", "")


def member_state(rest: Rest) -> list[str]:
    member = rest("GET", "ltm/pool/~Common~legacy_pool/members/~Common~172.16.40.90:80")
    return [member["session"], member["state"]]


def lost_reload(rest: Rest) -> None:
    """haproxy's master loses a signal that comes while it still takes the configuration before."""
    supervisor = rest.device.supervisor
    reload, losses = supervisor.reload, ["the first"]
    supervisor.reload = lambda name: losses.pop() if losses else reload(name)
    rest(
        "POST",
        "ltm/virtual",
        {"name": "late", "destination": "/Common/172.16.40.81:8081", "ipProtocol": "tcp", "pool": "legacy_pool"},
    )
    SEEN["listens_after_loss"] = until(lambda: connects("172.16.40.81", 8081), 5)
    SEEN["was_lost"] = not losses
    supervisor.reload = reload
    rest("DELETE", "ltm/virtual/~Common~late")


VIP = "ltm/virtual-address/~Common~172.16.99.99"
SELF = "net/self/~Common~int_self"


def traffic(rest: Rest) -> None:
    SEEN["up_after"] = until(lambda: fetch("172.16.40.81") == "hello", 20)
    SEEN["ping_vip"] = "1 received" in peer("ping", "-c1", "-W2", "172.16.40.81")
    pinged = rest("POST", "util/ping", {"command": "run", "utilCmdArgs": "-c 1 172.16.40.90"})
    SEEN["util_ping"] = pinged["commandResult"]
    SEEN["member_up_after"] = until(lambda: member_state(rest) == ["monitor-enabled", "up"], 10)
    SEEN["route_before"] = main_table()
    rest("PATCH", "ltm/virtual-address/~Common~172.16.40.81", {"icmpEcho": "disabled"})
    SEEN["icmp_echo_off_after"] = until(lambda: "1 received" not in peer("ping", "-c1", "-W1", "172.16.40.81"), 10)


def reload_keeps_state(rest: Rest) -> None:
    """Requests while members come and go: none may fail."""
    failed = 0
    for number in range(5):
        rest("POST", "ltm/pool/~Common~legacy_pool/members", {"name": f"172.16.40.{91 + number}:80"})
        failed += sum(fetch("172.16.40.81") != "hello" for _n in range(4))
        rest("DELETE", f"ltm/pool/~Common~legacy_pool/members/~Common~172.16.40.{91 + number}:80")
    SEEN["failed_while_reloading"] = failed


def advertisement(rest: Rest) -> None:
    rest("PATCH", VIP, {"routeAdvertisement": "selective"})
    SEEN["advertised_after"] = until(lambda: "172.16.99.99" in main_table(), 10)
    sh("sv", "down", "/etc/service/web")
    SEEN["withdrawn_after"] = until(lambda: "172.16.99.99" not in main_table(), 25)
    SEEN["member_down"] = member_state(rest)
    SEEN["closed_when_down"] = fetch("172.16.40.81")
    sh("sv", "up", "/etc/service/web")
    SEEN["back_after"] = until(lambda: "172.16.99.99" in main_table(), 25)


def routing(rest: Rest) -> None:
    SEEN["bgpd_before"] = rest.device.supervisor.running("bgpd")
    rest("PATCH", "net/route-domain/~Common~0", {"routingProtocol": ["BGP"]})
    SEEN["bgpd_after"] = until(lambda: rest.device.supervisor.running("bgpd"), 15) is not None
    line = 'imish -r 0 -e "configure terminal" -e "router bgp 64512" '
    line += '-e "neighbor 172.16.40.90 remote-as 64512" -e "redistribute kernel" -e "end" -e "write"'
    SEEN["imish_said_first"] = rest.bash(line)  # the daemon has just been started
    until(lambda: "%" not in rest.bash(line), 15)
    SEEN["imish_said"] = rest.bash(line)
    SEEN["bgpd_listens"] = until(lambda: ":179 " in sh("ss", "-Hltn"), 10) is not None
    SEEN["bgp_port_locked"] = connects("172.16.40.202", 179)
    rest("PATCH", SELF, {"allowService": ["tcp:179"]})
    SEEN["bgp_port_open_after"] = until(lambda: connects("172.16.40.202", 179), 10)
    SEEN["bgp_port_of_vip"] = connects("172.16.40.81", 179)
    sh("sv", "up", "/etc/service/bird")
    SEEN["learnt_after"] = until(lambda: "10.244.7.0/26" in sh("ip", "route"), 30)
    SEEN["imish_route"] = rest.bash('imish -r 0 -e "show ip route"')
    SEEN["tmsh_route"] = rest.bash("tmsh show net route")
    SEEN["peer_learnt"] = until(lambda: "172.16.99.99 via 172.16.40.202" in peer("ip", "route"), 20)
    rest("PATCH", "net/route-domain/~Common~0", {"routingProtocol": []})
    SEEN["bgpd_stopped"] = until(lambda: not rest.device.supervisor.running("bgpd"), 15) is not None
    SEEN["startup_kept"] = "redistribute kernel" in Path("/config/zebos/rd0/ZebOS.conf").read_text()


def cleared(device: Device, rest: Rest) -> None:
    for name in ("legacy_81_vs", "legacy_99_vs"):
        rest("DELETE", f"ltm/virtual/~Common~{name}")
    SEEN["gone_after"] = until(
        lambda: not main_table() and "172.16" not in sh("ip", "route", "show", "table", "local", "dev", "tmm"), 10
    )


def main() -> None:
    network()
    services()
    device = Device(Settings(users=[User("admin", "pw")], initial=INITIAL, db={"tmrouted.queryperiod": "1"}), Runit())
    rest = Rest(device)
    try:
        for step in (traffic, lost_reload, reload_keeps_state, advertisement, routing):
            step(rest)
        cleared(device, rest)
    finally:
        device.close()
        print(json.dumps(SEEN), flush=True)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
