# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What survives a restart: what was saved, and nothing else."""

from __future__ import annotations

import json
import stat

import pytest
from bigip import settings
from bigip.testing import simulator
from rest_session import Rest

DOMAIN = "/mgmt/tm/net/route-domain/~Common~0"


def test_only_what_was_saved_is_there_again(tmp_path):
    with simulator(root=tmp_path) as bigip:
        rest = Rest(bigip, bigip.user, bigip.password)
        rest.ok("PATCH", DOMAIN, {"routingProtocol": ["BGP"]})
        rest.ok("POST", "/mgmt/tm/ltm/pool", {"name": "saved", "members": [{"name": "10.0.0.1:80"}]})
        rest.bash('imish -r 0 -e "configure terminal" -e "router bgp 64512" -e "end" -e "write"')
        rest.ok("POST", "/mgmt/tm/sys/config", {"command": "save"})
        rest.ok("POST", "/mgmt/tm/ltm/pool", {"name": "unsaved"})
        rest.bash('imish -r 0 -e "configure terminal" -e "router bgp 64512" -e "neighbor 10.0.0.9 remote-as 5"')
        token = rest.ok("POST", "/mgmt/shared/authn/login", {"username": "admin", "password": bigip.password})["token"]
    with simulator(root=tmp_path) as bigip:
        rest = Rest(bigip, bigip.user, bigip.password)
        [member] = rest.ok("GET", "/mgmt/tm/ltm/pool/~Common~saved/members")["items"]
        assert member["name"] == "10.0.0.1:80"
        assert rest("GET", "/mgmt/tm/ltm/pool/~Common~unsaved")[0] == 404
        assert rest.ok("GET", DOMAIN)["routingProtocol"] == ["BGP"]
        running = rest.bash('imish -r 0 -e "show running-config"')
        assert "router bgp 64512" in running and "10.0.0.9" not in running
        rest.session.auth = None
        assert rest("GET", DOMAIN, headers={"X-F5-Auth-Token": token["token"]})[0] == 401


def test_without_a_save_the_initial_objects_come_back(tmp_path):
    with simulator(root=tmp_path) as bigip:
        Rest(bigip, bigip.user, bigip.password).ok("PATCH", DOMAIN, {"routingProtocol": ["BGP"]})
    with simulator(root=tmp_path) as bigip:
        rest = Rest(bigip, bigip.user, bigip.password)
        assert "routingProtocol" not in rest.ok("GET", DOMAIN)
        rest.ok("GET", "/mgmt/tm/ltm/virtual/~Common~legacy_81_vs")


def test_what_is_on_disk_is_for_its_owner_alone(tmp_path):
    with simulator(root=tmp_path) as bigip:
        rest = Rest(bigip, bigip.user, bigip.password)
        rest.ok("PATCH", DOMAIN, {"routingProtocol": ["BGP"]})
        rest.bash("imish -r 0 -e write")
        rest.ok("POST", "/mgmt/tm/sys/config", {"command": "save"})
    for name in ("config/bigip.json", "config/zebos/rd0/ZebOS.conf"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_settings_are_read_strictly(tmp_path):
    file = tmp_path / "bigip.json"
    secret = tmp_path / "password"
    secret.write_text("pw\n")
    given = {
        "listen": {"address": "127.0.0.1", "port": 8443},
        "users": {"admin": {"password_file": str(secret)}, "oper": {"role": "operator", "password": "x"}},
        "fault_injection": True,
        "db": {"tmrouted.queryperiod": "2"},
    }
    file.write_text(json.dumps(given))
    read = settings.read(file)
    assert (read.port, read.users[0].password, read.users[0].shell, read.users[1].shell) == (8443, "pw", "bash", "tmsh")
    assert "pw" not in repr(read.users)
    for wrong in ({"colour": "red"}, {"users": {}}, {"users": {"a": {}}}, {"listen": {"prot": 1}}):
        file.write_text(json.dumps(given | wrong))
        with pytest.raises(settings.SettingsError):
            settings.read(file)
