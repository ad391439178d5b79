# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role f5_routing against simulated BIG-IPs: the REST calls of a whole run, and a pair of units."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import preflight
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.test_routing import (
    LOGIN,
    LOGOUT,
    RD,
    READ,
    SAVE,
    SELF,
    SHOW,
    VIP,
)
from bigip.settings import Pair

# The role asks for no partition unless it is told to, and so looks at none.
LOOKS = [call for call in READ if "partition" not in call]
PROOF = LOOKS[1:]
OTHER_VIP = "/mgmt/tm/ltm/virtual-address/~Common~172.16.99.99"
UNITS = {"bigip1": "172.16.40.202", "bigip2": "172.16.40.203"}
REFUSED = {"code": 400, "message": "refused by the test"}
NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}


def device(address):
    """A unit's own configuration before the job: its self IP, and the two virtual servers that config sync gives."""
    return {
        "net/vlan": [{"name": "int_vlan"}],
        "net/self": [{"name": "int_self", "address": f"{address}/24", "vlan": "/Common/int_vlan"}],
        "ltm/virtual": [
            {"name": f"legacy_{number}_vs", "destination": f"/Common/{vip}:80"}
            for number, vip in enumerate(("172.16.40.81", "172.16.99.99"))
        ],
    }


@dataclasses.dataclass
class Site:
    """Simulated units by name, and a way to play the role on them."""

    folder: Path
    units: dict

    def inventory(self, nodes):
        simulated = {name: unit.simulator for name, unit in self.units.items()}
        hosts = {
            name: {
                "ansible_host": UNITS[name].replace("172.16.40", "172.16.20"),
                "f5_routing_server": each.host,
                "bigip_port": each.port,
                "bigip_ca_path": each.ca,
                "bgp_address": UNITS[name],
            }
            for name, each in simulated.items()
        }
        return {
            "all": {
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": sys.executable,
                    "pod_pools": [{"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16", "block_size": 26}],
                    "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24"],
                    "advertised_vips": [
                        {"address": vip, "partition": "Common", "route_advertisement": "selective"}
                        for vip in ("172.16.40.81", "172.16.99.99")
                    ],
                    "as_number": "64512",
                    "bigip_password": next(iter(simulated.values())).password,
                },
                "children": {
                    "k8s_nodes": {"hosts": {name: {"node_ip": address} for name, address in nodes.items()}},
                    "bigips": {"hosts": hosts},
                },
            }
        }

    def play(self, *arguments, nodes=None, fails=False):
        """What was printed; the calls of each unit are counted from here."""
        for unit in self.units.values():
            unit.simulator.forget_calls()
        (self.folder / "inventory.yml").write_text(yaml.safe_dump(self.inventory(nodes or NODES)))
        play = {
            "hosts": "bigips",
            "connection": "local",
            "gather_facts": False,
            "serial": 1,
            "any_errors_fatal": True,
            "roles": ["podroute.calico_f5.f5_routing"],
        }
        (self.folder / "play.yml").write_text(yaml.safe_dump([play]))
        program = Path(sys.executable).with_name("ansible-playbook")
        done = subprocess.run(
            [program, "-i", self.folder / "inventory.yml", self.folder / "play.yml", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={
                **os.environ,
                "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join(p for p in sys.path if p),
                "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
                "ANSIBLE_DEPRECATION_WARNINGS": "false",
                "ANSIBLE_NOCOLOR": "1",
            },
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails and "Traceback" not in output, output
        return output

    def changed(self, output):
        """Unit -> changed tasks, from the recap; units that were not reached are not there."""
        return {name: int(count) for name, count in re.findall(r"^(bigip\d) +: .*changed=(\d+)", output, re.MULTILINE)}


@pytest.fixture
def site(tmp_path):
    with contextlib.ExitStack() as stack:

        def make(*names, **pairs):
            units = {
                name: Unit(
                    stack.enter_context(
                        simulator(device(UNITS[name]), hostname=f"{name}.example", pair=pairs.get(name))
                    )
                )
                for name in names
            }
            return Site(tmp_path, units)

        yield make


def test_the_calls_of_a_whole_run(site):
    """A check run looks, a changed run reads once and writes in one session, an unchanged run looks."""
    one = site("bigip1")
    unit = one.units["bigip1"]
    predicted = one.play("--check", "--diff")
    assert one.changed(predicted) == {"bigip1": 1}
    assert "+ neighbor 172.16.40.199 remote-as 64512" in predicted
    assert unit.calls() == [*LOGIN, *LOOKS, *LOGOUT], "there is no imish to look into yet"

    assert one.changed(one.play()) == {"bigip1": 1}
    assert unit.calls() == [
        *LOGIN,
        *LOOKS,
        f"PATCH {RD}",
        f"PATCH {SELF}",
        "imish show running-config",
        "imish show ip bgp summary",
        "upload",
        "imish -f",
        "remove",
        "imish show running-config",
        f"PATCH {VIP}",
        f"PATCH {OTHER_VIP}",
        *PROOF,
        *SAVE,
        *LOGOUT,
    ]
    assert " neighbor calico-k8s capability graceful-restart" in unit.running().splitlines()

    for arguments in ((), ("--check", "--diff")):
        assert one.changed(one.play(*arguments)) == {"bigip1": 0}
        assert unit.calls() == [*LOGIN, *LOOKS, *SHOW, *LOGOUT]

    # A node more, or forty: the calls stay as many.
    more = {f"k8s-node{number}": f"172.16.40.{number}" for number in range(210, 250)}
    assert one.changed(one.play(nodes={**NODES, **more})) == {"bigip1": 1}
    assert unit.calls() == [
        *LOGIN, *LOOKS, *SHOW, "upload", "imish -f", "remove", "imish show running-config", *SAVE, *LOGOUT,
    ]  # fmt: skip
    assert unit.tokens()["admin"] == 0 and unit.files() == []


def test_the_limit_of_tokens_ends_the_run_before_any_write(site):
    one = site("bigip1")
    unit = one.units["bigip1"]
    inside = unit.simulator.device
    for _number in range(100):  # somebody else's automation never deletes its tokens
        inside.tokens.issue(inside.users.get("admin"), "127.0.0.1")
    before = inside.store.get("net/route-domain", "/Common/0").fields.copy()
    output = one.play(fails=True)
    assert "maximum active login tokens" in output and "100 a user: delete some" in " ".join(output.split())
    assert one.changed(output) == {"bigip1": 0}
    assert unit.simulator.writes() == []
    assert inside.store.get("net/route-domain", "/Common/0").fields == before


def test_a_pair_is_made_unit_by_unit(site):
    """Each unit gets its own router-id and sessions; the standby unit gets them too, and announces nothing."""
    pair = site(
        "bigip1",
        "bigip2",
        bigip1=Pair("bigip2.example"),
        bigip2=Pair("bigip1.example", state="standby", sync="Changes Pending"),
    )
    assert pair.changed(pair.play()) == {"bigip1": 1, "bigip2": 1}
    for name, unit in pair.units.items():
        shown = unit.running().splitlines()
        assert f" bgp router-id {UNITS[name]}" in shown
        assert {f" neighbor {address} remote-as 64512" for address in NODES.values()} <= set(shown)
        assert not [line for line in shown if line.startswith(" neighbor 172.16.40.20")], "not with one another"
        assert unit.running().strip() == unit.startup().strip()
    assert announced(pair) == {"bigip1": ["172.16.40.81", "172.16.99.99"], "bigip2": []}

    assert pair.changed(pair.play()) == {"bigip1": 0, "bigip2": 0}

    # The other unit takes over: it has all that it needs, and a run finds nothing to do.
    pair.units["bigip1"].simulator.device.fail_over("standby")
    pair.units["bigip2"].simulator.device.fail_over("active")
    assert announced(pair) == {"bigip1": [], "bigip2": ["172.16.40.81", "172.16.99.99"]}
    assert pair.changed(pair.play()) == {"bigip1": 0, "bigip2": 0}


def announced(pair):
    """Unit -> virtual addresses that its tmrouted makes kernel routes."""
    found = {}
    for name, unit in pair.units.items():
        simulated = unit.simulator.device
        addresses = simulated.store.objects("ltm/virtual-address")
        found[name] = sorted(item.name.name for item in addresses if simulated.status.advertised(item))
    return found


def test_what_a_pair_tells_of_itself(site):
    pair = site(
        "bigip1",
        "bigip2",
        bigip1=Pair("bigip2.example", sync="Changes Pending"),
        bigip2=Pair("bigip1.example", state="standby"),
    )
    told = {}
    for name, unit in pair.units.items():
        with unit.session() as bigip:
            told[name] = (preflight.failover(bigip), preflight.status(bigip, preflight.SYNC))
            devices = {item["hostname"]: item["failoverState"] for item in bigip.items("/mgmt/tm/cm/device")}
            assert devices == {"bigip1.example": "active", "bigip2.example": "standby"}
            groups = {item["name"]: item["type"] for item in bigip.items("/mgmt/tm/cm/device-group")}
            assert groups["pair"] == "sync-failover"
    assert told == {"bigip1": ("ACTIVE", "Changes Pending"), "bigip2": ("STANDBY", "In Sync")}


def test_a_unit_that_fails_keeps_the_next_one_as_it_was(site):
    pair = site("bigip1", "bigip2", bigip1=Pair("bigip2.example"), bigip2=Pair("bigip1.example", state="standby"))
    pair.units["bigip1"].simulator.fault("status", path=SELF, method="PATCH", status=400, body=REFUSED)
    output = pair.play(fails=True)
    assert "refused by the test" in output
    assert pair.changed(output) == {"bigip1": 0}, "the run never reached the second unit"
    assert pair.units["bigip2"].simulator.calls() == []


def test_the_units_own_interpreter_is_used(site, tmp_path):
    """Where f5-sdk is in a virtual environment of its own, ansible_python_interpreter says so; the role keeps it."""
    one = site("bigip1")
    used = tmp_path / "used"
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho used >>{used}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    given = tmp_path / "vars.json"
    given.write_text(json.dumps({"ansible_python_interpreter": str(python)}))
    one.play("--check", "-e", f"@{given}")
    assert used.exists()
