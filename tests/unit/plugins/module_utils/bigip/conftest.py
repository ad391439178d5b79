# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated BIG-IP for each test, and what a run did to it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import routing
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.connection import BigIp, Endpoint
from ansible_collections.podroute.calico_f5.plugins.modules import bigip_routing

ROOT = Path(__file__).parents[5]
FIXTURES = ROOT / "tests" / "fixtures" / "bigip"
sys.path.insert(0, str(ROOT / "lab"))

from bigip.auth.users import User  # noqa: E402
from bigip.testing import simulator  # noqa: E402

USERS = [
    User("oper", "Oper-pass-1", "operator", "tmsh"),
    User("manager", "Manager-pass-1", "manager", "tmsh"),
    User("remote", "Remote-pass-1", "admin", "bash", provider="ldap"),
]
PASSWORDS = {user.name: user.password for user in USERS}
SESSION = [
    "POST /mgmt/shared/authn/login",
    "DELETE /mgmt/shared/authz/tokens/…",
]


class Unit:
    """One BIG-IP under test."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.slept = []

    def session(self, user=None, password=None, **more):
        settings = {
            "server": self.simulator.host,
            "port": self.simulator.port,
            "ca_path": self.simulator.ca,
            "user": user or self.simulator.user,
            "password": password or PASSWORDS.get(user) or self.simulator.password,
            **more,
        }
        return BigIp(Endpoint(**settings), sleep=self.slept.append)

    def imish(self, *commands):
        """Type into imish behind the back of everything that is tested."""
        argv = [word for command in commands for word in ("-e", command)]
        return self.simulator.device.routing.imish.command(["imish", "-r", "0", *argv])

    def configure(self, text):
        """A configuration that was made manually and saved."""
        self.enable("BGP")
        said = self.imish("configure terminal", *text.strip().splitlines(), "end", "write")
        assert "%" not in said, said

    def enable(self, *protocols):
        with self.session() as bigip:
            bigip.patch("/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": list(protocols)})
        while "not running" in self.imish("show ip bgp summary"):
            pass  # a device may answer late
        self.simulator.forget_calls()

    def running(self):
        return self.printed("show running-config")

    def startup(self):
        return self.printed("show startup-config")

    def printed(self, command):
        """An output, without the blanks that some devices may print at the ends of lines."""
        return re.sub(r"[ \t]+$", "", self.imish(command), flags=re.MULTILINE)

    def calls(self):
        """What was called, in order; imish by its command, uploads without their random name."""
        listed = []
        for call in self.simulator.calls():
            said = (call.get("request") or {}) if isinstance(call.get("request"), dict) else {}
            words = str(said.get("utilCmdArgs", ""))
            line = f"{call['method']} {call['path']}"
            if "imish" in words and " -f " in words:
                line = "imish -f"
            elif commands := re.findall(r'-e "([^"]+)"', words):
                line = f"imish {', '.join(commands)}"
            elif call["path"] == "/mgmt/tm/util/bash":
                line = "bash"
            elif call["path"].startswith("/mgmt/shared/file-transfer"):
                line = "upload"
            elif call["path"] == "/mgmt/tm/util/unix-rm":
                line = "remove"
            listed.append(line)
        return listed

    def tokens(self):
        return self.simulator.inject("GET", "tokens")

    def files(self):
        """What lies in the upload folder."""
        folder = self.simulator.device.settings.path("/var/config/rest/downloads")
        return [file.name for file in folder.rglob("*") if file.is_file()]

    def routing(self, options, check=False, **session):
        """One run of the composite: its result. ``options`` as in a playbook."""
        validated = ArgumentSpecValidator(bigip_routing.argument_spec()).validate(
            {"server": "x", "user": "x", "password": "x", **options}
        )
        assert not validated.error_messages, validated.error_messages
        self.simulator.forget_calls()
        with self.session(**session) as bigip:
            wanted = bigip_routing.desired(validated.validated_parameters)
            planned = routing.plan(routing.read(bigip, wanted, tidy=not check), wanted)
            outcome = routing.Outcome(planned) if check else routing.write(bigip, planned, sleep=self.slept.append)
            return outcome.result()


@pytest.fixture
def unit():
    with simulator(users=USERS) as device:
        yield Unit(device)


@pytest.fixture
def fabric():
    """The options of the module's own example: two nodes, pod pools in, VIPs out."""
    task = yaml.safe_load(bigip_routing.EXAMPLES)[0]["podroute.calico_f5.bigip_routing"]
    connection = ("server", "user", "password", "ca_path")
    return {key: value for key, value in task.items() if key not in connection} | {"partitions": [{"name": "k8s"}]}
