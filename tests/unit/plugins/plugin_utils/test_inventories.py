# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories from the field and from this repository, each with the verdict that it deserves."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import InventoryError, grouped
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import vocabulary
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.notes import notes
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory import read_fabric
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory_check import inventory_problems
from ansible_collections.podroute.calico_f5.tests.unit.plugins.plugin_utils.inventories import (
    CASES,
    judged,
    read,
    wanted,
)

ROOT = Path(__file__).resolve().parents[4]
EXAMPLES = sorted((ROOT / "inventories" / "examples").glob("*.yml"))
GOOD = CASES / "00-good.yml"
# host: variable is value; expected remedy
FORM = re.compile(r"\S.*: \S.* (is|expected) .+; expected .+")


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yml")), ids=lambda path: path.stem)
def test_cases_from_the_field(path: Path) -> None:
    got, lines = judged(path)
    assert got == wanted(path), lines
    assert all("\n" not in line and "canary" not in line and "se cret" not in line for line in lines)
    if got == "refuse":
        assert all(FORM.fullmatch(line) for line in lines), lines


def found(path: Path) -> list[str]:
    return grouped(inventory_problems(*read(path)).problems)


def here(text: str, folder: Path) -> Path:
    """An inventory with the passwords that it looks up, and without the files that its author has."""
    text = re.sub(r"password: .*", "password: canary", text)
    text = re.sub(r"^.*(bigip_ca_path|kubeconfig|calicoctl_path): .*\n", "", text, flags=re.M)
    file = folder / "inventory.yml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_accepted(path: Path, tmp_path: Path) -> None:
    file = here(path.read_text(encoding="utf-8"), tmp_path)
    assert found(file) == []
    assert notes(read_fabric(*read(file))) == []


def test_the_inventory_in_the_readme_is_accepted(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.S) if "k8s_nodes:" in block]
    assert blocks
    for block in blocks:
        assert found(here(block, tmp_path)) == []


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The good inventory with one change."""
    inventory = yaml.safe_load(GOOD.read_text(encoding="utf-8"))
    change(inventory["all"])
    file = tmp_path / "inventory.yml"
    file.write_text(yaml.safe_dump(inventory), encoding="utf-8")
    return file


def of_all(**values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda body: body["vars"].update(values)


def of_group(group: str, **values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda body: body["children"][group].setdefault("vars", {}).update(values)


def of_host(group: str, host: str, **values: Any) -> Callable[[dict[str, Any]], object]:
    return lambda body: body["children"][group]["hosts"][host].update(values)


POOL = {"name": "p", "cidr": "10.244.0.0/16"}
SERVER = {"name": "w.vs", "service": "s", "service_port": 80, "address": "172.16.40.80", "port": 80}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (of_host("bigips", "bigip1", as_number=65000.1), "bigip1: as_number is 65000.1"),
        (of_host("bigips", "bigip1", as_number=70), "1:10 as 70"),
        (of_host("bigips", "bigip1", as_number="23456"), "AS_TRANS"),
        (of_host("bigips", "bigip1", as_number="64500"), "RFC 5398"),
        (of_host("bigips", "bigip1", as_number="65551"), "RFC 5398"),
        (of_host("bigips", "bigip1", router_id="127.0.0.1"), "router_id"),
        (of_host("bigips", "bigip1", router_id="0.0.0.0"), "router_id"),
        (of_host("bigips", "bigip1", bgp_address="172.16.40.80"), "bigip1 bgp_address 172.16.40.80"),
        (of_host("bigips", "bigip1", ansible_host=""), None),
        (of_host("bigips", "bigip1", routeDomain=2), "expected route_domain"),
        (of_host("bigips", "bigip1", rd=2), "expected route_domain"),
        (of_host("bigips", "bigip1", bgp_peer_names="x"), "expected bgp_peer_name"),
        (of_host("bigips", "bigip1", ntp_servers=[], bigip_rack_unit=7), None),
        (of_host("k8s_nodes", "k8s-node1", node_ip="240.0.0.1"), "reserved addresses"),
        (of_host("k8s_nodes", "k8s-node1", node_ip=3232235777), "k8s-node1: node_ip is 3232235777"),
        (of_host("k8s_nodes", "k8s-node1", node_ip="10.244.1.1"), "k8s-node1 node_ip 10.244.1.1"),
        (of_host("k8s_nodes", "k8s-node1", node_ip="10.96.0.1"), "service_cidrs"),
        (of_all(bgp_hold_time=90), "expected bgp_timers"),
        (of_all(bgp_plain=True), "expected bgp_manage_policy"),
        (of_all(BGP_PASSWORD="canary"), "expected bgp_password"),
        (of_all(bigip_ctlr_modee="crd"), "expected bigip_ctlr_mode"),
        (of_all(calico_bgp_wait_timeot=3), "expected calico_bgp_wait_timeout"),
        (of_all(bigip_ctlr_version=2.2), "bigip_ctlr_version is 2.2; expected a string"),
        (of_all(bigip_ctlr_watch_namespaces="default"), "bigip_ctlr_watch_namespaces"),
        (of_all(bigip_ctlr_insecure="maybe"), "bigip_ctlr_insecure"),
        (of_all(bigip_ctlr_insecure=False), "bigip_ctlr_insecure"),
        (of_all(virtual_servers={"name": "x"}), "virtual_servers is"),
        (of_all(virtual_servers=["web"]), 'virtual_servers[0] is "web"'),
        (of_all(virtual_servers=[SERVER, {**SERVER, "name": 5}]), "virtual_servers[1].name is 5"),
        (of_all(virtual_servers=[{"name": "x"}, {**SERVER, "address": "10.1.1.1"}]), "virtual_servers[1].address"),
        (of_all(virtual_servers=[{**SERVER, "monitor": {"interval": "5s"}}]), "virtual_servers[0].monitor.interval"),
        (of_all(virtual_servers=[]), None),
        (of_all(bigip_ctlr_image="registry/ctlr:{{ bigip_ctlr_version }}"), None),
        (of_all(bigip_ctlr_image="{{ registry }}/ctlr:2.20.1"), "bigip_ctlr_image is a template that fails"),
        (of_all(pod_pools=[{**POOL, "block_size": "026"}]), "block_size"),
        (of_all(pod_pools=[{**POOL, "cidr": "10.244.0.0/016"}]), "a prefix length after the slash"),
        (of_all(pod_pools=[{**POOL, "cidr": "10.244.0.0/28", "block_size": 28}]), "at least 2 blocks"),
        (of_all(pod_pools=[{**POOL, "block_size": 32}], bgp_maximum_prefix=100), "at least 110"),
        (of_all(bgp_maximum_prefix=2), None),
        (of_all(bgp_timers={"keepalive": 30, "holdtime": 2}), "holdtime"),
        (of_all(bgp_timers={"keepalive": 0, "holdtime": 0}), None),
        (of_all(vip_ranges=["172.16.40.80/31", "172.16.99.0/24", "172.16.99.128/25"]), "does not overlap"),
        (of_all(announced_ranges=["172.16.99.0/25"]), "does not overlap 172.16.99.0/24 of vip_ranges"),
        (of_all(announced_ranges=["100.128.0.0/24"], bgp_multihop=4, fabric_name="blue"), None),
        (of_all(bgp_multihop=1), "bgp_multihop is 1"),
        (of_all(fabric_name="Blue 1"), "fabric_name"),
        (of_group("k8s_nodes", vip_ranges=["10.1.0.0/16"]), "node1: vip_ranges is ['10.1.0.0/16'] here"),
        (of_group("k8s_nodes", bgp_password="canary"), "bgp_password is set here; expected it set for all hosts"),
        (of_group("bigips", kubeconfig="/x"), "bigip1: kubeconfig is set here; expected it set for all hosts or for"),
        (lambda body: body["hosts"]["localhost"].update(bgp_restart_time=3), "localhost: bgp_restart_time is set here"),
        (lambda body: body["vars"].pop("bigip_password"), "bigip1: bigip_password is not set"),
        (of_all(bigip_ca_path=str(GOOD)), "the file contains no certificate"),
        (of_all(calicoctl_path="/nonexistent/calicoctl"), "calicoctl_path"),
        (of_all(calicoctl_path="calicoctl"), None),
        (of_all(fabric_control_host="master"), 'all: fabric_control_host is "master"; expected a host of'),
        (of_all(fabric_control_host="k8s-master", kubeconfig="/nonexistent"), None),
        (of_all(pod_pools=[{**POOL, "name": "{{ nope }}"}]), "pod_pools is a template that fails"),
        # Without native Jinja, before ansible-core 2.19, these are texts.
        (of_all(bigip_port="{{ 8443 }}", bgp_maximum_prefix="{{ 1000 }}", bgp_multihop="{{ 4 }}"), None),
        (of_all(pod_pools=[{**POOL, "block_size": "{{ 26 }}", "nat_outgoing": "{{ true }}"}]), None),
        (of_all(bgp_timers={"keepalive": "{{ 30 }}", "holdtime": "{{ 90 }}"}, bigip_timeout="{{ 30 }}"), None),
        (of_all(bgp_password="{{ nope }}"), "bgp_password is a template that fails; expected one that evaluates (not"),
        # Names: a typing error beside the right name, synonyms, and names that only contain ours.
        (of_all(bigip_passwrod="canary"), "bigip_passwrod is an unknown variable; expected bigip_password"),
        (of_all(bgp_adress="x", validate_certs=False), "expected bigip_validate_certs"),
        (of_all(fabric_contol_host="x"), "expected fabric_control_host"),
        (of_all(kube_ctx="x"), "expected kube_context"),
        (of_all(node2node_mesh=False), "expected node_mesh"),
        (of_all(route_reflector=["k8s-master"]), "expected topology"),
        (of_all(tcp_md5="canary"), "expected bgp_password"),
        (of_all(node_ipv6="fd00::1", bigip_users=[], old_vip_ranges=[], bgp_peers=[], ssh_command="x"), None),
        (of_host("k8s_nodes", "k8s-node1", node_ipv6="fd00::1", ip="172.16.40.198"), None),
        # Addresses
        (of_host("bigips", "bigip1", ansible_host="172.16.20.302"), "ansible_host"),
        (of_host("bigips", "bigip1", ansible_host="224.1.1.1"), "multicast"),
        (of_host("bigips", "bigip1", ansible_host="127.0.0.1", bigip_port=8443), None),
        (of_host("bigips", "bigip1", ansible_host="2001:db8::5"), None),
        (of_host("bigips", "bigip1", bgp_address="2001:db8::5"), "IPv4 only"),
        (of_all(service_cidrs=["10.96.0.0/16", "fd00::/108"]), "service_cidrs[1] is \"fd00::/108\"; expected an IPv4"),
        # Connections: numbers that YAML may have changed, and switches that are numbers
        (of_all(bigip_password=83), "bigip_password is not usable; expected the password of bigip_user (in quotes"),
        (of_all(bigip_user=["a"]), "bigip_user is ['a']"),
        (of_all(bigip_login_provider=5), "bigip_login_provider is 5"),
        (of_all(bigip_timeout=True), "bigip_timeout is True"),
        (of_all(kube_context=["a"]), "kube_context"),
        (of_all(calicoctl_client_qps=0), "calicoctl_client_qps is 0"),
        (of_all(calicoctl_allow_version_mismatch="maybe"), "calicoctl_allow_version_mismatch"),
        (of_all(node_command="ssh"), "node_command is \"ssh\"; expected a list of words"),
        (of_all(node_command=["ssh", "root@{node}"]), None),
        # Variables of roles, which Ansible itself checks when another role has written already
        (of_all(calico_bgp_wait_timeout="soon"), "calico_bgp_wait_timeout is \"soon\"; expected a whole number"),
        (of_all(calico_bgp_wait_timeout="{{ nope }}"), "calico_bgp_wait_timeout is a template that fails"),
        (of_all(f5_routing_purge="maybe"), "f5_routing_purge is \"maybe\"; expected true or false"),
        (of_host("bigips", "bigip1", f5_routing_save_when="x"), "bigip1: f5_routing_save_when is \"x\"; expected one"),
        (of_all(f5_routing_max_removals=float("nan")), "f5_routing_max_removals is nan"),
        (of_all(calico_bgp_wait_timeout="{{ 2 * 60 }}", f5_routing_purge="no", f5_routing_protocols="BGP"), None),
        (of_all(bigip_ctlr_log_level="loud"), "bigip_ctlr_log_level is \"loud\"; expected one of DEBUG"),
        (of_all(bigip_ctlr_namespace="My NS"), "bigip_ctlr_namespace is \"My NS\"; expected a Kubernetes name"),
        (of_all(bigip_ctlr_bigip="bigip9"), "bigip_ctlr_bigip is \"bigip9\"; expected a host of the group bigips"),
        # No effect
        (of_group("k8s_nodes", route_domain=2), "k8s-node1: route_domain is set here; expected it set for a BIG-IP"),
        (lambda body: body["hosts"]["localhost"].update(vip_ranges=["1.2.3.0/24"]), "localhost: vip_ranges is set"),
        (lambda body: body["hosts"].update(other={"vip_ranges": ["1.2.3.0/24"]}), "other: vip_ranges is set here"),
        (lambda body: body["hosts"].update(other={"vip_ranges": body["vars"]["vip_ranges"]}), None),
    ],
)  # fmt: skip
def test_kinds_of_mistakes(tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str | None) -> None:
    lines = found(changed(tmp_path, change))
    assert "canary" not in "".join(lines)
    if words is None:
        assert lines == []
    else:
        assert any(words in line for line in lines), lines


def test_a_password_in_a_vault_is_compared_without_being_read(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8")
    vaulted = "bgp_password: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      3132\n"
    file = tmp_path / "inventory.yml"
    file.write_text(text.replace("bigip_user: admin\n", f"bigip_user: admin\n    {vaulted}"), encoding="utf-8")
    (line,) = found(file)
    assert "bgp_password is" in line and "VAULT" not in line


def test_an_unknown_control_host_is_one_problem(tmp_path: Path) -> None:
    assert found(changed(tmp_path, of_all(fabric_control_host="nope"))) == [
        'all: fabric_control_host is "nope"; expected a host of the inventory, or localhost'
    ]


def test_the_cause_is_reported_without_its_consequences() -> None:
    assert found(CASES / "99-pools-in-nodes-group.yml") == [
        "k8s-master, k8s-node1: pod_pools is [{'name': 'default-ipv4-ippool', 'cidr': '10.244.0.0/16', 'block_size': "
        "26, 'nat_outgoing': True}] here; expected it set for all hosts: a "
        "fabric-wide variable set on nodes only has no effect"
    ]


def test_a_problem_of_many_hosts_is_reported_once(tmp_path: Path) -> None:
    def grow(body: dict[str, Any]) -> None:
        hosts = body["children"]["k8s_nodes"]["hosts"]
        for n in range(400):
            hosts[f"n{n}"] = {"node_ip": f"172.17.{n // 250}.{n % 250 + 1}", "as_number": 64999.5}

    (line,) = found(changed(tmp_path, grow))
    assert line.startswith("n0, n1, n10 and 397 more: as_number is 64999.5; expected")


# ---- one value changed at random ---------------------------------------------------------------------

VALUES: list[Any] = [
    None, "", " ", True, False, 0, -1, 1, 70, 26954, 64512, 2**32, 1.5, float("nan"), float("inf"), "x", "0", "-1",
    "064512", "６４５１２", "172.16.40.199", "172.16.40.0/24", "10.0.0.0/0", "::1", "fe80::/10", "a\nb",
    "'\"`$(id)`", "x" * 5000,
    "{{ nope }}", "{{ 1 / 0 }}", "{% bad", "{{ [1] }}", [], {}, [None], [[]], [{}], {"a": None}, ["172.16.40.0/24"],
    {"address": 1}, {1: 2}, [{"name": None}], "2026-11-28", "null", "yes",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in the inventory."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


# Valid nowhere.
JUNK: list[Any] = [{"a": None}, [[]], float("nan"), "\x00", "x y;z", -5]

FABRIC = {
    "bgp_timers": {"keepalive": 30, "holdtime": 90}, "topology": {"kind": "global"}, "bgp_password": "pw",
    "fabric_name": "blue", "announced_ranges": ["100.64.0.0/24"], "bgp_multihop": 3, "bgp_restart_time": 100,
    "bgp_peer_group": "x", "bgp_manage_policy": True, "node_mesh": True, "bgp_graceful_restart": True,
    "bgp_maximum_prefix": 500, "bigip_port": 443, "bigip_timeout": 3, "bigip_validate_certs": True,
}  # fmt: skip
UNIT = {"route_domain": 1, "router_id": "1.2.3.4", "self_ip_name": "/Common/x", "bgp_peer_name": "a"}
MONITOR = {"type": "http", "interval": 5, "timeout": 16}


def whole() -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The good inventory with a value for every variable, evaluated."""
    hostvars, groups = read(GOOD)
    hosts = {name: {**hostvars[name], **FABRIC} for name in hostvars}
    hosts["bigip1"].update(UNIT)
    for host in hosts.values():
        host["virtual_servers"] = [{**SERVER, "monitor": dict(MONITOR)}]
    known = {*vocabulary.KNOWN, "bigip_ctlr_insecure"}
    return {name: {key: host[key] for key in host if key in known} for name, host in hosts.items()}, groups


def matters(place: tuple[Any, ...]) -> bool:
    """Whether the collection reads the value: fabric-wide ones of a BIG-IP, the controller's of the control host."""
    host, name = place[:2]
    if host == "localhost":
        return name in ("virtual_servers", "bigip_ctlr_insecure")
    return name not in ("virtual_servers", "bigip_ctlr_insecure")


def test_a_random_change_is_never_a_traceback_and_never_passes_where_it_matters() -> None:
    chance = random.Random(14)
    good, groups = whole()
    assert inventory_problems(good, groups).problems == []
    spots = [place for place in places(good) if len(place) > 1]
    junk = [(place, value) for place in spots for value in JUNK]
    verdicts: dict[bool, int] = {True: 0, False: 0}
    for place, value in junk + [(chance.choice(spots), chance.choice(VALUES)) for _number in range(2500)]:
        bent = yaml_copy(good)
        *way, last = place
        container = bent
        for key in way:
            container = container[key]
        container[last] = value
        problems, fabric, _whole = inventory_problems(bent, groups)
        verdicts[bool(problems)] += 1
        assert fabric or problems
        assert problems or not (matters(place) and any(value is one for one in JUNK)), (place, value)
        assert all("\n" not in str(problem) for problem in problems)
    assert verdicts[True] > 1000 and verdicts[False] > 50, verdicts


def yaml_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: yaml_copy(item) for key, item in value.items()}
    return [yaml_copy(item) for item in value] if isinstance(value, list) else value


def test_read_fabric_refuses_by_itself() -> None:
    with pytest.raises(InventoryError, match="bgp_password is set here"):
        read_fabric(*read(CASES / "97-password-in-nodes-group.yml"))
