# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are planted in every form that a device prints, and then looked for in everything that is handed out."""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.podroute.calico_f5.plugins.action import f5_routing, fabric_preflight
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import info
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.imish import Imish
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.secrets import MASK, clean, mask
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import local_module
from ansible_collections.podroute.calico_f5.tests.unit.plugins.action.steps import Bench
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.bigip.conftest import Unit, simulator
from ansible_collections.podroute.calico_f5.tests.unit.properties import networks
from ansible_collections.podroute.calico_f5.tests.unit.properties.cluster import Cluster
from ansible_collections.podroute.calico_f5.tests.unit.properties.mutation import each

CASES = 500
# What ZebOS prints with a secret in it; everything before the braces is not a secret.
FORMS = [
    "enable password {}", "enable password 8 {}", "enable secret {}", "password {}", "password 7 {}", "password 8 {}",
    "username bob password {}", "username bob privilege 15 password 8 {}", "username bob secret 5 {}",
    " neighbor 10.9.9.9 password {}", " neighbor 10.9.9.9 password 7 {}", " neighbor upstream password {}",
    " no neighbor 10.9.9.9 password {}", "  key-string {}", "  key-string 7 {}", " ip ospf authentication-key {}",
    " ip ospf 10.0.0.1 authentication-key 7 {}", " ip ospf message-digest-key 1 md5 {}",
    " ip ospf 10.0.0.1 message-digest-key 1 md5 7 {}", " area 0 virtual-link 10.0.0.2 authentication-key {}",
    " area 0.0.0.0 virtual-link 10.0.0.2 message-digest-key 1 md5 {}", " ip rip authentication string {}",
    " isis password {}", " isis password {} level-2", " area-password {}", " domain-password clear {}",
    " area-password md5 {} authenticate snp validate", " lsp-password md5 {}", "snmp-server community {} ro",
    "snmp-server user bob group auth md5 {}", "snmp-server user bob group auth sha {} priv aes {}",
    "snmp-server host 10.0.0.9 version 2c {}", "tacacs-server host 10.0.0.9 key {}", "radius-server key 7 {}",
    "ntp authentication-key 1 md5 {}", " vrrp 1 authentication text {}", "enable password level 15 {}",
    "username bob nopassword secret 9 {}", "  key-string encrypted {}", "  key-str {}", "  key 7 {}",
    " message-digest-key 1 md5 7 {}", " area 0 authentication-key {}", " isis authentication key {}",
    " ipv6 ospf authentication ipsec spi 256 md5 {}", " area 0 encryption ipsec spi 256 esp null sha1 {}",
    " bfd authentication key 1 keyed-sha1 {}", " lsp-password {}", " neighbor 10.9.9.9 passw {}",
]  # fmt: skip
# Other texts with secrets: of errors, requests and commands.
TEXTS = [
    '{"user": "u", "password": "{}", "password2": "{}"}', "{'bigip_password': '{}'}", "password: {}", "bgp_password={}",
    "--password={}", "https://admin:{}@10.0.0.1/mgmt", "Authorization: Basic {}", "X-F5-Auth-Token: {}",
    '"token": "{}"', "'neighbor 10.9.9.9 password {}' is not in effect", "neighbor 10.9.9.9 pa {}", "pre-shared-key {}",
    'neighbor 10.9.9.9 password "{} and {}"', "neighbor 10.9.9.9 pass\x1b[0mword {}",
    "neighbor 10.9.9.9 password\u2028{}",
    "neighbor 10.9.9.9 password\n{}", "neighbor 10.9.9.9 password \\\n  {}", "neighbor 10.9.9.9\u00a0password\u00a0{}",
    "neighbor 10.9.9.9 password {} \\\n{}",
]  # fmt: skip
# Where a line may stand: in a message of the device, in an output, in an error of ours.
AROUND = ["{}", "% Invalid input detected: {}", "\x1b[2K{}\x07", "{}\r", "\t{}   ", "imish: {}", "{}\x00trailer"]
ALPHABET = "abcdefghijkmnopqrstuvwxyz23456789!$%&()*+,./:;<=>?@[]^_{|}~#-"


def secret(dice: random.Random) -> str:
    return "Zq" + "".join(dice.choice(ALPHABET) for _letter in range(dice.randint(6, 30))) + "qZ"


def test_no_form_of_a_secret_survives_the_mask() -> None:
    def case(dice: random.Random) -> None:
        secrets = [secret(dice) for _number in range(2)]
        form = dice.choice([*FORMS, *TEXTS])
        line = form.replace("{}", secrets[0], 1).replace("{}", secrets[1], 1)
        line = dice.choice(AROUND).replace("{}", line)
        if dice.random() < 0.3 and form in FORMS:
            line = line.upper().replace(secrets[0].upper(), secrets[0]).replace(secrets[1].upper(), secrets[1])
        before, after = "router bgp 64512", " neighbor 10.9.9.9 remote-as 65001"
        shown = mask(f"{before}\n{line}\n{after}")
        assert not any(one in shown for one in secrets), (line, shown)
        lines = shown.split("\n")
        assert (lines[0], lines[-1]) == (before, after) and MASK in shown, shown
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown), shown

    each(CASES, case)


@pytest.mark.parametrize(
    "line",
    [
        " neighbor 10.9.9.9 description who has the password",
        " neighbor 10.9.9.9 remote-as 65001",
        "ip prefix-list passwords seq 5 permit 10.0.0.0/8",
        "no service password-encryption",
        "service password-encryption",
        "key chain secrets",
        "snmp-server contact bob",
        " ip ospf authentication message-digest",
        " ip rip authentication mode md5",
        " ip rip authentication key-chain secrets",
        "ip prefix-list md5 seq 5 permit 10.0.0.0/8\nroute-map secret permit 10\n match ip address prefix-list api-key",
        " neighbor secret peer-group\n neighbor 10.9.9.9 peer-group secret\n neighbor 10.9.9.9 passive",
        "key chain secret\n key 1",
        " no neighbor 10.9.9.9 password\n neighbor 10.9.9.9 weight 5",
        "X-F5-Auth-Token does not exist.",
    ],
)
def test_lines_without_a_secret_are_as_they_were(line: str) -> None:
    assert mask(line) == line


def test_control_characters_are_removed_and_line_ends_kept() -> None:
    assert clean("a\x1b[31mb\x1b]0;title\x07c\r\nd\te\u202ef") == "abc\nd\tef"
    assert clean("a\x9b31mb\x1bPtitle\x1b\\c\x1b(Bd\x9dtitle\x9ce\ufeff\u200bf\x85g\x08") == "abcdef g"


# ---- modules and actions -----------------------------------------------------------------------------


def planted(dice: random.Random) -> tuple[str, list[str]]:
    """A running configuration with every form, and the secrets in it."""
    secrets, lines = [], []
    for form in FORMS:
        while "{}" in form:
            secrets.append(secret(dice))
            form = form.replace("{}", secrets[-1], 1)
        lines.append(form)
    top = [line for line in lines if not line.startswith(" ")]
    peers = [line for line in lines if line.startswith(" neighbor")]
    rest = [line for line in lines if line.startswith(" ") and line not in peers and not line.startswith(" no ")]
    body = [" neighbor upstream peer-group", " neighbor 10.9.9.9 remote-as 65001", *peers]
    text = ["!", *top, "!", "router bgp 64512", *body, "!", "interface eth0", *rest, "!", "line con 0", " login", "end"]
    return "\n".join([*text, ""]), secrets


@pytest.fixture
def unit():
    with simulator() as device:
        yield Unit(device)


def connection(unit: Unit) -> dict[str, Any]:
    device = unit.simulator
    return {"server": device.host, "server_port": device.port, "ca_path": device.ca, "user": device.user,
            "password": device.password}  # fmt: skip


def test_no_module_hands_out_a_secret(unit: Unit) -> None:
    text, secrets = planted(random.Random(14))
    unit.enable("BGP")
    for command in ("show running-config", "show startup-config"):
        unit.simulator.inject("POST", "imish", {"line": f"^{command}", "reply": text})
    own = "Zq-own.canary:7-qZ"
    secrets += [own, unit.simulator.password]
    config = {"as_number": "64512", "neighbors": [{"address": "10.0.0.1", "remote_as": "64512", "password": own}]}
    runs: list[tuple[str, dict[str, Any]]] = [
        ("bigip_bgp_info", {"gather_subset": list(info.SUBSETS), "bgp_password": own}),
        ("bigip_imish_command", {"commands": ["show running-config", "show startup-config | include password"]}),
        ("bigip_imish_command", {"commands": ["show running-config"], "wait_for": ["result[0] contains nothing"],
                                 "retries": 0}),
        ("bigip_bgp", {"state": "gathered"}),
        ("bigip_bgp", {"state": "parsed", "running_config": text}),
        ("bigip_bgp", {"state": "rendered", "config": config}),
        ("bigip_bgp", {"state": "merged", "config": config}),
        ("bigip_bgp", {"state": "replaced", "config": config}),
        ("bigip_routing", {"config": config, "owner": "podroute: "}),
    ]  # fmt: skip
    said = []
    for name, arguments in runs:
        for check in (True, False):
            result = local_module.execute(name, {**connection(unit), **arguments}, check, True)
            said.append((name, json.dumps(result, default=str)))
    unit.simulator.inject("DELETE", "imish")
    unit.simulator.inject("POST", "imish", {"line": "^show running-config", "reply": f"% Bad line: password {own}"})
    result = local_module.execute("bigip_bgp_info", {**connection(unit), "gather_subset": ["config"]}, False, True)
    assert result["failed"] and MASK in result["msg"]
    said.append(("bigip_bgp_info", json.dumps(result, default=str)))
    for name, words in said:
        assert [one for one in secrets if one in words or json.dumps(one)[1:-1] in words] == [], name
    assert sum(MASK in words for _name, words in said) > len(said) / 2


BEHIND = [" redirect /tmp/x", " append x", " include a | tee x", " include a|redirect x", "redirect x", " count", "",
          "|", " includes a", " re x", " grep a | include b | append x"]  # fmt: skip
NO_COMMAND = ["> /tmp/x", "| include a > /tmp/x", "\nreload", "| include a\rreload", "; reload", "`id`", "$(id)",
              '" -e "reload', "| include a && b", "\x00", "| include a!"]  # fmt: skip


def test_only_filters_follow_a_pipe(unit: Unit) -> None:
    unit.simulator.forget_calls()
    refused = dict.fromkeys((f"show run {text}" for text in NO_COMMAND), "is not a valid imish command")
    refused |= {f"show run |{text}": "only include, exclude, begin, grep may follow |" for text in BEHIND}
    for command, says in refused.items():
        result = local_module.execute("bigip_imish_command", {**connection(unit), "commands": [command]})
        assert result["failed"] and says in result["msg"], command
    assert not any("imish" in str(call) for call in unit.calls()), "none reached the device"


@pytest.mark.parametrize("behind", ["include a", "exclude a", "begin a", "grep a", "inc a | exc b | beg c"])
def test_filters_follow_a_pipe_with_and_without_blanks(behind: str) -> None:
    command = f"show run|{behind}"
    assert Imish(cast(BigIp, None)).line(command) == f'imish -r 0 -e "{command}"'


def test_no_file_of_a_run_has_a_secret(unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preflight and f5_routing on a device with secrets of others, with the fabric's own password."""
    unit.configure("router bgp 64512\nneighbor 10.9.9.9 remote-as 65001\nneighbor 10.9.9.9 password Zq-theirs-qZ")
    own, device, execute = "Zq-own.canary:7-qZ", unit.simulator, local_module.execute
    bench = Bench(monkeypatch, tmp_path)
    hosts = networks.hosts("mesh")
    hosts["b1"] |= {"ansible_host": device.host, "bgp_address": "172.16.40.202"}
    for key in ("pod_pools", "vip_ranges", "advertised_vips"):
        bench.shared[key] = hosts["b1"].pop(key)
    bench.hosts = {"localhost": {}, **hosts}
    bench.shared |= {"bigip_user": device.user, "bigip_password": device.password, "bigip_port": device.port,
                     "bigip_ca_path": device.ca, "bgp_password": own, "advertised_vips": []}  # fmt: skip
    cluster = Cluster({name: host["node_ip"] for name, host in hosts.items() if "node_ip" in host})
    cluster.put("IPPool", networks.POOL["name"], {"cidr": networks.POOL["cidr"]})
    bench.answers = {
        "bigip_bgp_info": lambda arguments: execute("bigip_bgp_info", arguments),
        "calico_info": lambda arguments: cluster.observe(password=arguments["password"]),
    }
    results = [bench.run(fabric_preflight.ActionModule), *(_routing(bench, check) for check in (True, False))]
    assert [result.get("failed") for result in results] == [None, None, None], results
    assert f"password {own}" in unit.running()
    said = {"results": json.dumps(results, default=str), "display": bench.printed}
    said |= {str(path): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()}
    said |= {f"process {pid}": line for pid, line in _processes()}
    for name, words in said.items():
        assert not [one for one in (own, "Zq-theirs-qZ", device.password) if one in words], name
    assert len(said) > 5


def _routing(bench: Bench, check: bool) -> dict[str, Any]:
    """f5_routing as the play of the BIG-IPs runs it."""
    hostvars = {name: {**bench.shared, **own, "inventory_hostname": name} for name, own in bench.hosts.items()}
    groups = {"k8s_nodes": [name for name in hostvars if name[0] == "n"], "bigips": ["b1"]}
    options = {"bgp_password": bench.shared["bgp_password"]}
    task = SimpleNamespace(
        args=options, check_mode=check, diff=True, action="f5_routing", async_val=0, delegate_to=None
    )
    connection = SimpleNamespace(transport="local", _shell=SimpleNamespace(tmpdir="unused"))
    step = f5_routing.ActionModule(task, connection, None, None, None, None)
    return step.run(None, {**hostvars["b1"], "hostvars": hostvars, "groups": groups})


def _processes() -> Iterator[tuple[str, str]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.parent.name, path.read_text(encoding="utf-8", errors="replace")
