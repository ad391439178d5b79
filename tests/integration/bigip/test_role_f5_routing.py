# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role f5_routing on the running lab: from any initial state, one run converges and a second writes nothing.

Foreign configuration stays unchanged, line by line. Only the BIG-IP itself gets the passwords.
"""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.live import play, shell, until

PLAY = [
    {
        "hosts": "bigips",
        "connection": "local",
        "gather_facts": False,
        "roles": ["podroute.calico_f5.f5_routing"],
    }
]
WANTED = (
    "router bgp 64512",
    " neighbor 172.16.40.198 description podroute: k8s-node1",
    " neighbor 172.16.40.199 description podroute: k8s-master",
    " redistribute kernel route-map podroute-vips",
)
# Existing foreign configuration: lines to enter, and those of the running configuration that must stay.
OTHERS = {
    "nothing": ([], []),
    "neighbors of others": (
        ["router bgp 64512", "neighbor 172.16.40.77 remote-as 65077", "neighbor 172.16.40.77 description core router"],
        [" neighbor 172.16.40.77 remote-as 65077", " neighbor 172.16.40.77 description core router"],
    ),
    "stale neighbors of the fabric": (
        ["router bgp 64512", "neighbor calico-k8s peer-group"]
        + [
            line
            for last in (197, 198, 199)
            for line in (
                f"neighbor 172.16.40.{last} remote-as 64512",
                f"neighbor 172.16.40.{last} peer-group calico-k8s",
                f"neighbor 172.16.40.{last} description podroute: node-{last}",
            )
        ],
        [],
    ),
    "an IPv6 family and route-maps of others": (
        [
            "ip prefix-list CORE seq 5 permit 10.99.0.0/16",
            "route-map CORE permit 10",
            "match ip address prefix-list CORE",
            "set local-preference 50",
            "exit",
            "router bgp 64512",
            "neighbor 2001:db8::1 remote-as 65077",
            "address-family ipv6",
            "neighbor 2001:db8::1 activate",
            "exit-address-family",
        ],
        [
            "ip prefix-list CORE seq 5 permit 10.99.0.0/16",
            "route-map CORE permit 10",
            " set local-preference 50",
            " neighbor 2001:db8::1 remote-as 65077",
            " address-family ipv6",
            " neighbor 2001:db8::1 activate",
        ],
    ),
}


def running() -> str:
    return shell("on bigip1 imish -e 'show running-config'")


def startup() -> str:
    return shell("on bigip1 imish -e 'show startup-config'")


def writes() -> list[str]:
    """Calls since the last check that may change something, without logins, show commands and token deletions."""
    calls = json.loads(shell("inject GET calls"))["items"]
    shell("inject DELETE calls")
    asked = [call for call in calls if call["method"] != "GET" and not call["path"].startswith("/mgmt/shared/auth")]
    return [f"{call['method']} {call['path']} {json.dumps(call.get('request'))}" for call in asked if not _look(call)]


def _look(call: dict) -> bool:
    line = json.dumps(call.get("request"))
    return call["path"].endswith("/util/bash") and "imish" in line and "-f" not in line and "write" not in line


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("play") / "play.yml"
    path.write_text(yaml.safe_dump(PLAY))
    yield lambda *arguments: play(path, *arguments)
    forget()


def forget() -> None:
    """No BGP on the BIG-IP, neither running nor saved."""
    shell('rest net/route-domain/~Common~0 \'{"routingProtocol": ["BGP"]}\'')
    # A rejection is a valid reply here: the daemon takes a moment to start.
    ask = "on bigip1 imish -e 'show ip bgp summary' | tr % :"
    until("imish", lambda: "daemon is not running" not in shell(ask), 30)
    words = running().splitlines()
    lines = [f"no {line}" for line in words if line.startswith("router bgp ")]
    lines += [f"no {' '.join(line.split()[:2])}" for line in words if line.startswith("route-map ")]
    lines += [f"no {' '.join(line.split()[:3])}" for line in words if line.startswith("ip prefix-list ")]
    if lines:
        shell("configure " + " ".join(f"'{line}'" for line in dict.fromkeys(lines)))
    shell("on bigip1 imish -e write")


@pytest.mark.parametrize("state", OTHERS)
def test_one_run_converges_and_the_next_writes_nothing(run, state) -> None:
    forget()
    lines, kept = OTHERS[state]
    if lines:
        shell("configure " + " ".join(f"'{line}'" for line in lines))
    writes()
    first = run("--diff")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "changed=1" in first.stdout
    assert writes()
    shown = running()
    for line in (*WANTED, *kept):
        assert line in shown.splitlines(), shown
    assert "172.16.40.197" not in shown
    # Saved, including unsaved changes of others.
    assert all(line in startup() for line in (*WANTED, *kept))

    second = run("--diff")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "changed=0" in second.stdout
    assert writes() == []
    assert running() == shown


def test_another_as_is_changed_only_when_it_is_asked_for(run) -> None:
    forget()
    shell("configure 'router bgp 65001' 'neighbor 172.16.40.77 remote-as 65077'")
    before = running()
    writes()
    refused = run()
    assert refused.returncode == 2
    assert "65001" in refused.stdout + refused.stderr
    assert "allow_as_change" in refused.stdout + refused.stderr
    assert writes() == []
    assert running() == before

    done = run("-e", "f5_routing_allow_as_change=true")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "router bgp 65001" not in running()
    assert all(line in running().splitlines() for line in (*WANTED, " neighbor 172.16.40.77 remote-as 65077"))
    writes()
    assert "changed=0" in run("-e", "f5_routing_allow_as_change=true").stdout
    assert writes() == []


def test_check_mode_only_looks(run) -> None:
    forget()
    before = running()
    writes()
    done = run("--check", "--diff")
    assert "changed=1" in done.stdout
    assert "+ neighbor 172.16.40.199 remote-as 64512" in done.stdout
    assert writes() == []
    assert running() == before


class Watch(threading.Thread):
    """Every command line of any process on the machine, including the simulator's, during a run."""

    def __init__(self, *words: str) -> None:
        super().__init__(daemon=True)
        self.words, self.found, self.looks, self.ended = words, set(), 0, threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            self.looks += 1
            for entry in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    self._look(entry, name)
            time.sleep(0.02)

    def _look(self, entry: Path, name: str) -> None:
        try:
            text = (entry / name).read_bytes().decode(errors="replace")
        except OSError:
            return
        if entry.name != str(os.getpid()) and any(word in text for word in self.words):
            self.found.add(f"{entry.name} {name}: {text[:80]}")


def test_passwords_are_in_no_output_file_or_process_list(run, tmp_path) -> None:
    forget()
    device = Path("/var/lib/podroute-lab/secrets/bigip_password").read_text().strip()
    session = "session-canary-5d1e"
    given = tmp_path / "vars.yml"
    given.write_text(f"bgp_password: {session}\n")
    watch = Watch(device, session)
    watch.start()
    try:
        done = run("--diff", "-vvvv", "-e", f"@{given}")
    finally:
        watch.ended.set()
        watch.join(10)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert watch.looks > 10
    assert not watch.found
    assert all(word not in done.stdout + done.stderr for word in (device, session))
    assert "neighbor 172.16.40.199 password" in done.stdout
    files = shell(f"on bigip1 grep -rlE '{session}|{device}' /tmp /var/tmp /var/config/rest /root || true")
    assert not files.strip()
    home = [path for path in Path(os.path.expanduser("~/.ansible/tmp")).glob("**/*") if path.is_file()]
    assert not [path for path in home if session in path.read_text(errors="replace")]
