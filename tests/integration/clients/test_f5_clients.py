# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""F5's own clients on the running lab: f5_modules (predicted, changed, unchanged) and f5-sdk; nothing stays behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[3]
STATE = Path("/var/lib/podroute-lab")
SUBSETS = ["devices", "system-info", "license", "vlans", "self-ips", "route-domains", "partitions", "virtual-servers",
           "virtual-addresses", "ltm-pools", "nodes", "sync-status", "traffic-groups", "interfaces"]  # fmt: skip
MODULES: list[tuple[str, dict[str, Any]]] = [
    ("bigip_partition", {"name": "clients"}),
    ("bigip_routedomain", {"name": "clients77", "id": 77, "routing_protocol": ["BGP"]}),
    ("bigip_monitor_http", {"name": "clients_monitor", "interval": 10, "timeout": 31}),
    ("bigip_pool", {"name": "clients_pool", "lb_method": "least-connections-member"}),
    ("bigip_pool_member", {"pool": "clients_pool", "host": "192.0.2.7", "port": 80}),
    ("bigip_virtual_server", {"name": "clients_server", "destination": "192.0.2.77", "port": "80",
                              "pool": "clients_pool", "profiles": ["tcp", "http"], "snat": "automap"}),
    ("bigip_virtual_address", {"address": "192.0.2.77", "icmp_echo": "selective", "traffic_group": "traffic-group-1"}),
]  # fmt: skip
REMOVED = [
    ("bigip_virtual_server", {"name": "clients_server"}),
    ("bigip_pool", {"name": "clients_pool"}),
    ("bigip_node", {"name": "192.0.2.7"}),
    ("bigip_monitor_http", {"name": "clients_monitor"}),
    ("bigip_routedomain", {"name": "clients77"}),
    ("bigip_partition", {"name": "clients"}),
]
SDK = str(PROJECT / "tests/lab/bigip/sdk_session.py")


@pytest.fixture
def bigip() -> dict[str, Any]:
    """Where the BIG-IP is: in the lab, or, for work on this file, at ADDRESS:PORT of CLIENTS_BIGIP with CLIENTS_CA."""
    where, _colon, port = os.environ.get("CLIENTS_BIGIP", "172.16.20.202:443").partition(":")
    if "CLIENTS_BIGIP" in os.environ:
        password, inside = os.environ["BIGIP_PASSWORD"], []
    else:
        password, inside = (STATE / "secrets/bigip_password").read_text().strip(), [str(PROJECT / "lab/bin/ctl")]
    ca = os.environ.get("CLIENTS_CA", str(STATE / "pki/bigip-ca.crt"))
    return {"server": where, "port": port, "password": password, "ca": ca, "inside": inside}


def run(bigip: dict[str, Any], *words: str) -> str:
    environment = {**os.environ, "BIGIP_PASSWORD": bigip["password"], "SSL_CERT_FILE": bigip["ca"],
                   "ANSIBLE_NOCOLOR": "1"}  # fmt: skip
    environment.pop("REQUESTS_CA_BUNDLE", None)
    done = subprocess.run([*bigip["inside"], *words], cwd=PROJECT, env=environment, capture_output=True, text=True,
                          timeout=300, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert bigip["password"] not in done.stdout + done.stderr
    return done.stdout


def test_modules_predict_change_and_find_nothing_more_to_do(bigip: dict[str, Any], tmp_path: Path) -> None:
    provider = {"server": bigip["server"], "server_port": int(bigip["port"]), "user": "admin",
                "password": "{{ lookup('ansible.builtin.env', 'BIGIP_PASSWORD') }}", "no_f5_teem": True}  # fmt: skip
    tasks: list[dict[str, Any]] = []

    def task(name: str, options: dict[str, Any], wanted: bool, **more: Any) -> None:
        called = {f"f5networks.f5_modules.{name}": {"provider": provider, **options}}
        tasks.append({"name": f"{name} {wanted}", **called, "register": "seen", **more})
        tasks.append({"ansible.builtin.assert": {"that": f"seen.changed == {wanted}", "quiet": True},
                      "name": f"{name} {'changes' if wanted else 'changes nothing'}"})  # fmt: skip

    for name, options in MODULES:
        task(name, options, True, check_mode=True)
        task(name, options, True)
        task(name, options, False)
    for _time in range(2):
        task("bigip_device_info", {"gather_subset": SUBSETS}, False)
    for name, options in REMOVED:
        task(name, {**options, "state": "absent"}, True)
    play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.json").write_text(json.dumps(play))
    playbook = str(Path(sys.executable).with_name("ansible-playbook"))
    run(bigip, playbook, "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}",
        str(tmp_path / "play.json"))  # fmt: skip


def test_f5_sdk_reads_and_writes(bigip: dict[str, Any]) -> None:
    version, selves = run(bigip, sys.executable, SDK, bigip["server"], bigip["port"], bigip["ca"]).split()
    assert version.startswith("16.1") and int(selves) > 0
