# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One BIG-IP that serves an upstream router, the lab's fabric and a second one, each managed by its own inventory.

One scenario in the running lab, in the order of the tests. From its beginning to its end the upstream router pings two
virtual addresses whose routes it has only from the BIG-IP: no probe may be lost, and no route may be withdrawn. After
each step, the parts of the configuration that belong to others must be what they were, byte for byte.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.podroute.calico_f5.tests.live import PROJECT, play, playbook_command, shell, until

sys.path.append(str(Path(__file__).parent))

import second_cluster  # noqa: E402
from lab_hosts import Link, namespace, router  # noqa: E402

BIGIP, BIGIP_AS = "172.16.40.202", 64512
UPSTREAM, UPSTREAM_AS = "172.16.40.7", 65000
SERVED = ("172.16.88.88", "172.16.99.99")  # the second one is in the inventory of the lab's fabric too
EAST_VIP = "172.16.77.77"
SPLIT = {"vip_ranges": ["172.16.77.0/25", "172.16.77.128/25"]}
LEFT_OUT = "172.16.40.80/31"  # a range of the lab's fabric that the owner of the BIG-IP has to permit
BY_HAND = (
    *(f"ip prefix-list RHI seq {number * 5} permit {network} le 32"
      for number, network in enumerate(("172.16.88.0/24", "172.16.99.0/24", "172.16.77.0/24"), 1)),
    "route-map RHI-OUT permit 10", "match ip address prefix-list RHI", "exit",
    f"router bgp {BIGIP_AS}", f"bgp router-id {BIGIP}", "bgp graceful-restart restart-time 120",
    f"neighbor {UPSTREAM} remote-as {UPSTREAM_AS}",
    f"neighbor {UPSTREAM} description upstream router", "redistribute kernel route-map RHI-OUT",
)  # fmt: skip
UPSTREAM_BIRD = f"""
router id {UPSTREAM};
protocol device {{ scan time 5; }}
protocol kernel {{ import none; export all; }}
log "/tmp/bird.log" all;
protocol bgp bigip {{ local as {UPSTREAM_AS}; neighbor {BIGIP} as {BIGIP_AS}; import all; export none;
  connect delay time 1; connect retry time 2; error wait time 1,2; debug {{ routes, states }}; }}
"""
PINGS = "for vip in {vips}; do ping -n -i 0.02 $vip >/tmp/$vip.log 2>&1 & echo $! >/tmp/$vip.pid; done"
GROUPS = ["pools", "peers", "bigip_config", "sessions", "bigip_routes", "node_routes"]
# Without virtual servers and settings of the controller there is no controller.
NO_CONTROLLER = {"virtual_servers": [], "bigip_ctlr_image": "", "bigip_ctlr_image_pull_policy": "",
                 "bigip_ctlr_crds": ""}  # fmt: skip
# The owner of each configuration line. Lines without a match belong to the owner of the BIG-IP.
PARTS = {
    "lab": re.compile(r"podroute|calico-k8s(?!-east)|172\.16\.40\.19[89]"),
    "east": re.compile(r"\beast|calico-k8s-east|172\.16\.40\.6[12]"),
}


class Network:
    """The BIG-IP with its three users. ``folder`` keeps inventories, records and logs."""

    def __init__(self, folder: Path, east: dict[str, str]) -> None:
        self.events: list[str] = []  # of the upstream router, before any fabric
        self.initial: Any = None  # the state before any fabric
        self.folder, self.environment = folder, {"XDG_STATE_HOME": str(folder / "state")}
        reach = yaml.safe_load((PROJECT / "inventories/lab/group_vars/all/reach.yml").read_text())
        self.lab = self.inventory("lab", {**NO_CONTROLLER, "fabric_verify_groups": GROUPS})
        unit = {"ansible_host": "172.16.20.202", "bgp_address": BIGIP, "as_number": str(BIGIP_AS), "route_domain": 0}
        nodes = {name: {"node_ip": address, "as_number": str(second_cluster.AS_NUMBER)}
                 for name, (address, _block) in second_cluster.NODES.items()}  # fmt: skip
        variables = {key: value for key, value in reach.items() if key.startswith(("ansible_", "bigip_", "lab_"))}
        variables = {key: value for key, value in variables.items() if not key.startswith("bigip_ctlr")} | {
            "fabric_name": "east",
            "kubeconfig": east["kubeconfig"],
            "calicoctl_path": east["calicoctl"],
            "pod_pools": [{"name": "east-pods", "cidr": second_cluster.PODS, "block_size": 26, "nat_outgoing": True}],
            "service_cidrs": ["10.97.0.0/16"],
            "vip_ranges": ["172.16.77.0/24"],
            "advertised_vips": [{"address": EAST_VIP, "partition": "Common"}],
            "fabric_verify_groups": GROUPS,
        }
        hosts = {"bigips": {"hosts": {"bigip1": unit}}, "k8s_nodes": {"hosts": nodes}}
        self.east = [*self.inventory("east", variables, hosts)[1:]]

    def inventory(self, name: str, variables: dict[str, Any], children: dict[str, Any] | None = None) -> list[Any]:
        """The lab's inventory and another one, whose variables have precedence."""
        place = self.folder / name
        (place / "group_vars/all").mkdir(parents=True)
        (place / "group_vars/all/all.yml").write_text(json.dumps(variables))
        (place / "hosts.yml").write_text(
            json.dumps({"all": {"hosts": {"localhost": None}, "children": children or {}}})
        )
        return ["inventories/lab", place]

    def play(self, inventories: list[Any], playbook: str, *arguments: str, **more: Any) -> str:
        """The output of a run that must succeed."""
        done = self.run(inventories, playbook, *arguments, **more)
        assert not done.returncode, done.stdout + done.stderr
        return done.stdout + done.stderr

    def refused(self, inventories: list[Any], playbook: str, *arguments: str, **more: Any) -> str:
        """The output of a run that must be refused, on one line."""
        done = self.run(inventories, playbook, *arguments, **more)
        text = " ".join((done.stdout + done.stderr).split())
        assert done.returncode and not re.search(r"changed=[1-9]", text), text
        return text

    def run(self, inventories: list[Any], playbook: str, *arguments: str, **more: Any) -> Any:
        more.setdefault("environment", self.environment)
        return play(f"playbooks/{playbook}.yml", *arguments, inventories=inventories, **more)


def configuration(without: str = "") -> list[str]:
    """The BIG-IP's lines of BGP, running and saved, without the part of a fabric. Entries keep their header."""
    found, block = [], ""
    for what in ("running-config", "startup-config"):
        for line in shell(f"on bigip1 imish -r 0 -e 'show {what}'").splitlines():
            block = block if line.startswith(" ") else line
            whole = f"{block}: {line}"
            if not (without and PARTS[without].search(whole)) and line.strip() not in ("", "!"):
                found.append(f"{what}: {whole}")
    return found


def addresses(without: tuple[str, ...]) -> str:
    """Virtual addresses, self IPs and route domains of the BIG-IP, without those of a fabric."""
    found = []
    for kind in ("ltm/virtual-address", "net/self", "net/route-domain"):
        found += [item for item in json.loads(shell(f"rest {kind}"))["items"] if item["name"] not in without]
    return re.sub(r'"(generation|lastUpdateMicros)": \d+', "", json.dumps(found, sort_keys=True))


def lab_cluster() -> str:
    return shell("molecule/shared/state").partition("# Calico")[2]


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Iterator[Network]:
    """The BIG-IP as its owner configured it, with an upstream router that uses it; the second cluster; no fabric."""
    folder = tmp_path_factory.mktemp("network")
    subprocess.run([PROJECT / "lab/bin/lab", "reset"], check=True, capture_output=True, timeout=200)
    (folder / "api").mkdir()
    with ExitStack() as stack:
        cluster = subprocess.Popen(
            [PROJECT / "lab/bin/ctl", sys.executable, second_cluster.__file__, folder / "api"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": str(PROJECT / ".build/collections")})  # fmt: skip
        stack.callback(cluster.wait, 30)
        stack.callback(cluster.stdin.close)
        for number, name in enumerate(second_cluster.NODES, 61):
            stack.enter_context(router(name, number, second_cluster.bird_configuration(name, BIGIP, BIGIP_AS)))
        stack.enter_context(router("upstream", 7, UPSTREAM_BIRD))
        stack.callback(subprocess.run, [PROJECT / "lab/bin/lab", "reset"], capture_output=True, timeout=200)
        virtual = {"partition": "Common", "ipProtocol": "tcp", "mask": "255.255.255.255",
                   "pool": "/Common/legacy_pool", "profiles": [{"name": "/Common/tcp"}]}  # fmt: skip
        for vip in (SERVED[0], EAST_VIP):
            body = {**virtual, "name": f"hand_{vip}", "destination": f"/Common/{vip}:80"}
            shell(f"rest POST ltm/virtual '{json.dumps(body)}'")
        shell('rest net/route-domain/~Common~0 \'{"routingProtocol": ["BGP"]}\'')
        shell('rest net/self/~Common~int_self \'{"allowService": ["default", "tcp:179"]}\'')
        until("imish", lambda: "not running" not in shell("on bigip1 imish -e 'show ip bgp summary' | tr % :"), 30)
        shell("configure " + " ".join(f"'{line}'" for line in BY_HAND))
        shell("on bigip1 imish -e write")
        for vip in SERVED:
            shell(f"rest ltm/virtual-address/~Common~{vip} '{json.dumps({'routeAdvertisement': 'selective'})}'")
        until("VIPs upstream", lambda: all(vip in shell("on upstream ip route") for vip in SERVED), 60)
        shell(f"on upstream sh -c '{PINGS.format(vips=' '.join(SERVED))}'")
        found = Network(folder, json.loads(cluster.stdout.readline()))
        found.events, found.initial = events(), state()
        yield found


def events() -> list[str]:
    """What happened to the session and to the routes of the served addresses, from the log of the upstream router."""
    lines = shell("on upstream cat /tmp/bird.log").splitlines()
    return [line for line in lines if "changed to" in line or any(f"{vip}/32" in line for vip in SERVED)]


def state() -> tuple[list[str], str, str]:
    return configuration(), addresses(()), lab_cluster()


# ---- refused, with nothing written -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--limit", "k8s-node1"), "--limit k8s-node1 leaves out localhost, bigip1"),
        (("--start-at-task", "Configure BGP on the BIG-IP"), "this run has no preflight verdict"),
        (("--skip-tags", "always"), "this run has no preflight verdict"),
        (("-e", '{"bigip_port": 4}'), "bigip1: cannot be read: BIG-IP 172.16.20.202:4: "),
    ],
    ids=["limit", "start-at-task", "skip-tags", "unreachable"],
)
def test_a_run_without_all_of_its_parts_is_refused(network: Network, arguments: tuple[str, ...], said: str) -> None:
    text = network.refused(network.lab, "site", *arguments)
    assert said in text and "Nothing was changed" in text, text
    assert state() == network.initial


def test_a_redistribution_of_others_that_lacks_a_range_is_refused_with_the_choice(network: Network) -> None:
    text = network.refused(network.lab, "site")
    assert f"route-map 'RHI-OUT', which is not managed by this collection and does not permit {LEFT_OUT}" in text
    assert state() == network.initial
    # Its owner permits it.
    shell(f"configure 'ip prefix-list RHI seq 20 permit {LEFT_OUT} le 32'")
    shell("on bigip1 imish -e write")


# ---- two fabrics, made, changed and removed in turn ------------------------------------------------


def test_the_fabric_of_the_lab_is_made_beside_the_upstream_router(network: Network) -> None:
    before = configuration(), addresses(("172.16.40.81",))
    assert "PASSED" in network.play(network.lab, "site")
    assert (configuration("lab"), addresses(("172.16.40.81",))) == before


def test_a_second_fabric_is_made(network: Network) -> None:
    before = configuration(), addresses((EAST_VIP,)), lab_cluster()
    assert "PASSED" in network.play(network.east, "site")
    assert (configuration("east"), addresses((EAST_VIP,)), lab_cluster()) == before


def holds_lease(state: Path) -> bool:
    """Whether a run with this folder of records has the Lease."""
    for file in state.rglob("lease.json"):
        with suppress(FileNotFoundError):
            if "renewed" in file.read_text():
                return True
    return False


def test_a_second_run_is_refused_from_here_and_from_another_machine(network: Network) -> None:
    """The first run is stopped while it holds the lock; check mode and verification need no lock."""
    before = state()
    log = (network.folder / "first.log").open("w")
    first = subprocess.Popen(playbook_command("playbooks/site.yml", inventories=network.lab), cwd=PROJECT, stdout=log,
                             stderr=log, env={**os.environ, **network.environment})  # fmt: skip
    # An unchanged run holds the Lease for about two seconds, so its working folder is watched, not the cluster.
    until("the Lease is taken", lambda: holds_lease(network.folder / "state") or first.poll() is not None, 60, 0.01)
    first.send_signal(signal.SIGSTOP)
    try:
        assert first.poll() is None, "the first run ended before it was stopped"
        leases = shell("on k8s-master kubectl get leases -A -o json")
        assert f'\\"process\\":\\"{first.pid}-' in leases
        who = rf"another run holds the lock of this fabric: \w+ on \S+ \(process {first.pid}\) since \d{{4}}-\d\d-\d\dT"
        text = network.refused(network.lab, "site")
        assert re.search(who, text), text
        elsewhere = {"XDG_STATE_HOME": str(network.folder / "elsewhere")}
        machine = ("unshare", "--pid", "--fork", "--mount-proc", PROJECT / "lab/bin/ctl")
        text = network.refused(network.lab, "site", environment=elsewhere, inside=machine)
        assert re.search(who, text) and "the lock expires" in text, text
        assert "PASSED" in network.play(network.lab, "verify")
        network.play(network.lab, "site", "--check", "--skip-tags", "fabric_verify")
    finally:
        first.send_signal(signal.SIGCONT)
    assert first.wait(120) == 0, (network.folder / "first.log").read_text()
    assert state() == before


def test_a_fabric_is_changed_from_a_control_host_that_is_not_the_controller(network: Network) -> None:
    """Ansible runs where only the BIG-IP's management is reached; the host ``jump`` reaches the cluster alone."""
    before = configuration("lab"), addresses(()), shell("on k8s-master kubectl get nodes -o name")
    secret = "{{ lookup('ansible.builtin.file', lab_state ~ '/secrets/bigip_password') }}"
    variables = {**NO_CONTROLLER, "fabric_verify_groups": GROUPS, "fabric_control_host": "jump",
                 "bigip_password": secret, "kubeconfig": "{{ lab_state }}/kubeconfig",
                 "node_command": [str(PROJECT / "lab/bin/on"), "{node}"],
                 "vip_ranges": ["172.16.40.80/31", "172.16.99.0/24", "172.16.88.128/25"]}  # fmt: skip
    inventories = network.inventory("remote", variables, {"control": {"hosts": {"jump": {
        "ansible_connection": "lab_namespace"}}}})  # fmt: skip
    plugins = {"ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "connection")}
    with namespace("jump", Link("eth0", "int", 11)), namespace("desk", Link("eth0", "mgmt", 11)):
        more = {"inside": ("nsenter", "--net=/run/netns/podroute-desk", "--"),
                "environment": network.environment | plugins}  # fmt: skip
        said = network.play(inventories, "site", **more)
        assert "PASSED" in said and re.search(r"jump +: ok=\d+ +changed=[1-9]", said), said
        assert not re.search(
            r"changed=[1-9]", network.play(inventories, "site", "--skip-tags", "fabric_verify", **more)
        )
    assert "podroute-vips seq 15 permit 172.16.88.128/25 le 32" in shell(
        "on bigip1 imish -r 0 -e 'show running-config'"
    )
    assert (configuration("lab"), addresses(()), shell("on k8s-master kubectl get nodes -o name")) == before


def test_the_second_fabric_is_changed(network: Network) -> None:
    before = configuration("east"), addresses(()), lab_cluster()
    assert "PASSED" in network.play(network.east, "site", "-e", json.dumps(SPLIT))
    assert (configuration("east"), addresses(()), lab_cluster()) == before


def test_the_fabric_of_the_lab_is_removed(network: Network) -> None:
    before = configuration("lab"), addresses(("172.16.40.81",))
    network.play(network.lab, "decommission", "-e", "decommission=all")
    assert (configuration("lab"), addresses(("172.16.40.81",))) == before
    assert configuration("lab") == configuration(), "lines of the fabric are left"
    assert "PASSED" in network.play(network.east, "verify", "-e", json.dumps(SPLIT))


def test_the_second_fabric_is_removed(network: Network) -> None:
    before = configuration("east"), addresses((EAST_VIP,)), lab_cluster()
    network.play(network.east, "decommission", "-e", "decommission=all")
    assert (configuration("east"), addresses((EAST_VIP,)), lab_cluster()) == before
    assert configuration("east") == configuration(), "lines of the fabric are left"


def test_the_upstream_router_lost_nothing(network: Network) -> None:
    assert events() == network.events and len(network.events) > len(SERVED)
    for vip in SERVED:
        log = shell(f"on upstream sh -c 'kill -INT $(cat /tmp/{vip}.pid); sleep 0.3; cat /tmp/{vip}.log'")
        sent, received = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", log).groups())
        assert sent > 1000 and received >= sent - 1, f"{vip}: {log[-300:]}"  # the last one may be on its way
