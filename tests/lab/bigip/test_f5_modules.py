# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of the collection f5networks.f5_modules, unmodified: each run twice, the second changes nothing.

They run inside this process (a process of Ansible for each would take minutes); one playbook runs at the end, so that
Ansible itself has been in front of the simulator too.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = "ansible_collections.f5networks.f5_modules.plugins.modules"


class Ended(Exception):
    """A module's exit_json or fail_json."""


@pytest.fixture
def module(bigip, monkeypatch, tmp_path):
    """Run one module: ``module("bigip_partition", name="k8s")`` → its result."""
    from ansible.module_utils import basic
    from ansible.module_utils.testing import patch_module_args

    monkeypatch.setenv("SSL_CERT_FILE", bigip.ca)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    provider = {
        "server": bigip.host,
        "server_port": bigip.port,
        "user": bigip.user,
        "password": bigip.password,
        "validate_certs": True,
        "no_f5_teem": True,
    }

    def end(self, **result):
        raise Ended(result)

    monkeypatch.setattr(basic.AnsibleModule, "exit_json", end)
    monkeypatch.setattr(
        basic.AnsibleModule, "fail_json", lambda self, msg, **result: end(self, failed=True, msg=msg, **result)
    )

    def run(name, /, _check=False, **options):
        found = importlib.import_module(f"{PACKAGE}.{name}")
        arguments = options | {
            "provider": provider,
            "_ansible_check_mode": _check,
            "_ansible_diff": True,
            "_ansible_remote_tmp": str(tmp_path),
            "_ansible_keep_remote_files": False,
        }
        with patch_module_args(arguments), pytest.raises(Ended) as ended:
            found.main()
        [result] = ended.value.args
        assert not result.get("failed"), result
        return result

    # A module's session deletes its token when it is collected. That must not happen in a thread of the simulator,
    # which would then wait for itself, and must happen while there is a simulator.
    gc.disable()
    yield run
    gc.collect()
    gc.enable()


TWICE = [
    ("bigip_partition", {"name": "k8s", "description": "for the cluster"}, "/mgmt/tm/auth/partition/k8s"),
    ("bigip_routedomain", {"name": "0", "routing_protocol": ["BGP", "BFD"]}, "/mgmt/tm/net/route-domain/~Common~0"),
    ("bigip_routedomain", {"name": "ten", "id": 10}, "/mgmt/tm/net/route-domain/~Common~ten"),
    ("bigip_selfip", {"name": "int_self", "allow_service": ["tcp:179", "udp:3784"],
                      "traffic_group": "traffic-group-local-only"}, "/mgmt/tm/net/self/~Common~int_self"),
    ("bigip_selfip", {"name": "two", "address": "172.16.41.1", "netmask": "255.255.255.0", "vlan": "int_vlan",
                      "allow_service": ["all"], "traffic_group": "traffic-group-local-only", "route_domain": 0},
     "/mgmt/tm/net/self/~Common~two"),
    ("bigip_selfip", {"name": "dflt", "address": "172.16.42.1", "netmask": "255.255.255.0", "vlan": "int_vlan",
                      "allow_service": ["default"], "traffic_group": "traffic-group-local-only", "route_domain": 0},
     "/mgmt/tm/net/self/~Common~dflt"),
    ("bigip_virtual_address", {"address": "172.16.40.81", "route_advertisement": "selective",
                               "icmp_echo": "selective", "traffic_group": "traffic-group-1"},
     "/mgmt/tm/ltm/virtual-address/~Common~172.16.40.81"),
    ("bigip_virtual_address", {"address": "10.7.7.7", "route_advertisement": "always",
                               "availability_calculation": "when_all_available", "traffic_group": "traffic-group-1"},
     "/mgmt/tm/ltm/virtual-address/~Common~10.7.7.7"),
    ("bigip_vlan", {"name": "ext", "tag": 200}, "/mgmt/tm/net/vlan/~Common~ext"),
    ("bigip_node", {"name": "n5", "host": "10.0.0.5"}, "/mgmt/tm/ltm/node/~Common~n5"),
    ("bigip_pool", {"name": "p2", "lb_method": "least-connections-member"}, "/mgmt/tm/ltm/pool/~Common~p2"),
    ("bigip_pool_member", {"pool": "legacy_pool", "host": "10.0.0.7", "port": 80},
     "/mgmt/tm/ltm/pool/~Common~legacy_pool/members/~Common~10.0.0.7:80"),
    ("bigip_monitor_http", {"name": "m1", "interval": 10, "timeout": 31}, "/mgmt/tm/ltm/monitor/http/~Common~m1"),
    ("bigip_static_route", {"name": "r1", "destination": "10.9.0.0", "netmask": "255.255.0.0",
                            "gateway_address": "172.16.40.9"}, "/mgmt/tm/net/route/~Common~r1"),
    ("bigip_virtual_server", {"name": "web", "destination": "10.8.8.8", "port": "80", "pool": "legacy_pool",
                              "profiles": ["tcp", "http"], "snat": "automap"}, "/mgmt/tm/ltm/virtual/~Common~web"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "path"), TWICE, ids=[f"{n}-{o.get('name', o.get('address'))}" for n, o, _p in TWICE]
)
def test_check_change_and_rest(module, rest, bigip, name, options, path):
    before = rest("GET", path)
    assert module(name, _check=True, **options)["changed"] is True
    assert rest("GET", path) == before, "check mode wrote"
    assert module(name, **options)["changed"] is True
    assert rest("GET", path) != before
    bigip.forget_calls()
    assert module(name, **options)["changed"] is False
    assert bigip.writes() == []


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("bigip_partition", {"name": "k8s"}),
        ("bigip_routedomain", {"name": "ten", "id": 10}),
        ("bigip_virtual_address", {"address": "10.7.7.7", "traffic_group": "traffic-group-1"}),
    ],
)
def test_absence(module, name, options):
    module(name, **options)
    assert module(name, state="absent", **options)["changed"] is True
    assert module(name, state="absent", **options)["changed"] is False


SUBSETS = [
    "devices",
    "system-info",
    "license",
    "provision-info",
    "vlans",
    "self-ips",
    "route-domains",
    "partitions",
    "virtual-servers",
    "virtual-addresses",
    "ltm-pools",
    "nodes",
    "sync-status",
    "traffic-groups",
    "interfaces",
]


def test_device_information(module, bigip):
    bigip.forget_calls()
    facts = module("bigip_device_info", gather_subset=SUBSETS)
    assert {"legacy_81_vs", "legacy_99_vs"} == {server["name"] for server in facts["virtual_servers"]}
    assert [pool["name"] for pool in facts["ltm_pools"]] == ["legacy_pool"]
    assert [address["name"] for address in facts["self_ips"]] == ["int_self"]
    assert set(bigip.writes()) == {"POST /mgmt/tm/util/bash"}, "it reads /VERSION and the uptime there"


# What bigip_device_info asks for that the simulator does not have: the paths answer 404 as an unknown path does.
REFUSED = {
    "external-monitors": "/tm/ltm/monitor/external",
    "iapplx-packages": "/mgmt/shared/iapp/package-management-tasks",
    "management-routes": "/tm/sys/management-route",
    "monitors": "/tm/ltm/monitor/external",
    "remote-syslog": "/tm/sys/syslog",
    "software-hotfixes": "/tm/sys/software/hotfix",
    "software-images": "/tm/sys/software/image",
    "software-volumes": "/tm/sys/software/volume",
}
# The module reads `items` of the empty page after the last, which a device leaves out: KeyError in the module itself.
BROKEN = ("http-monitors", "https-monitors")


def test_every_other_subset_of_device_information_is_read_twice(module):
    info = importlib.import_module(f"{PACKAGE}.bigip_device_info")
    choices = info.ArgumentSpec().argument_spec["gather_subset"]["choices"]
    subsets = [name for name in choices if name != "all" and not name.startswith("!")]
    assert set(REFUSED) | set(BROKEN) <= set(subsets)
    given = [name for name in subsets if name not in REFUSED and name not in BROKEN]
    assert len(given) > 60
    for _time in range(2):
        assert module("bigip_device_info", gather_subset=given).get("changed", False) is False
    for name, path in REFUSED.items():
        with pytest.raises(AssertionError, match=f"404.*{path}"):
            module("bigip_device_info", gather_subset=[name])
    readme = (Path(__file__).parents[3] / "lab" / "bigip" / "README.md").read_text()
    assert [name for name in (*REFUSED, *BROKEN) if f"`{name}`" not in readme] == []


def test_lockdown_taken_away(module, rest):
    path = "/mgmt/tm/net/self/~Common~int_self"
    common = {"name": "int_self", "traffic_group": "traffic-group-local-only"}
    module("bigip_selfip", allow_service=["tcp:179"], **common)
    assert module("bigip_selfip", allow_service=["none"], **common)["changed"] is True
    assert "allowService" not in rest.ok("GET", path)
    assert module("bigip_selfip", allow_service=["none"], **common)["changed"] is False


BGP = {
    "lines": ["bgp router-id 172.16.40.202", "redistribute kernel", "neighbor 172.16.40.199 remote-as 64512"],
    "parents": ["router bgp 64512"],
}


def test_imish_configuration(module, rest, bigip):
    module("bigip_routedomain", name="0", routing_protocol=["BGP"])
    assert module("bigip_imish_config", save_when="changed", **BGP)["changed"] is True
    assert module("bigip_imish_config", save_when="changed", **BGP)["changed"] is False
    assert "neighbor 172.16.40.199 remote-as 64512" in rest.bash('imish -r 0 -e "show running-config"')
    assert "redistribute kernel" in bigip.device.routing.startup_file(0).read_text()
    assert not list(bigip.device.settings.path("/var/config/rest/downloads").glob("tmp*/*")), "an upload stayed"


def test_commands(module):
    shown = module(
        "bigip_command",
        commands=["show sys version", "list ltm virtual legacy_81_vs", "list net self int_self allow-service"],
    )
    version, virtual, lockdown = shown["stdout"]
    assert "Version     16.1.5.2" in version
    assert "pool legacy_pool" in virtual
    assert "allow-service none" in lockdown
    assert shown["changed"] is False
    changed = module("bigip_command", commands=["modify net self int_self allow-service add { tcp:179 }"], warn=False)
    assert changed["changed"] is True
    [after] = module("bigip_command", commands=["list net self int_self allow-service"])["stdout"]
    assert "tcp:bgp" in after


def test_modules_leave_no_token(module, bigip):
    module("bigip_partition", name="k8s")
    gc.collect()
    assert bigip.inject("GET", "tokens")["admin"] == 0


PLAY = """
- hosts: localhost
  gather_facts: false
  connection: local
  tasks:
    - f5networks.f5_modules.bigip_routedomain: {provider: "{{ bigip }}", name: "0", routing_protocol: [BGP]}
    - f5networks.f5_modules.bigip_imish_config:
        provider: "{{ bigip }}"
        lines: [neighbor 172.16.40.199 remote-as 64512]
        parents: router bgp 64512
        save_when: changed
    - f5networks.f5_modules.bigip_command: {provider: "{{ bigip }}", commands: [show sys version]}
      register: shown
    - ansible.builtin.assert: {that: "'16.1.5.2' in shown.stdout[0]"}
"""


def test_a_playbook(bigip, tmp_path):
    (tmp_path / "play.yml").write_text(PLAY)
    (tmp_path / "vars.json").write_text(
        json.dumps(
            {
                "ansible_python_interpreter": sys.executable,
                "bigip": {
                    "server": bigip.host,
                    "server_port": bigip.port,
                    "user": bigip.user,
                    "password": bigip.password,
                    "validate_certs": True,
                    "no_f5_teem": True,
                },
            }
        )
    )
    environment = {
        **os.environ,
        "SSL_CERT_FILE": bigip.ca,
        "ANSIBLE_LOCAL_TEMP": str(tmp_path),
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", "-e", "@vars.json", "play.yml"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "changed=2 " in done.stdout
    assert bigip.password not in done.stdout + done.stderr + str(bigip.calls())
