# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles, shells and providers."""

from __future__ import annotations

import pytest

BASH = "/mgmt/tm/util/bash"
RUN = {"command": "run", "utilCmdArgs": "-c 'echo hello'"}


def test_readers_read_and_do_not_write(as_user):
    auditor = as_user("auditor")
    auditor.ok("GET", "/mgmt/tm/ltm/virtual")
    assert auditor.refused("PATCH", "/mgmt/tm/ltm/pool/~Common~legacy_pool", {"slowRampTime": 1})[0] == 401
    assert auditor.refused("POST", "/mgmt/tm/sys/config", {"command": "save"})[0] == 401


def test_an_operator_switches_members(as_user):
    oper = as_user("oper")
    member = "/mgmt/tm/ltm/pool/~Common~legacy_pool/members/~Common~172.16.40.90:80"
    assert oper.ok("PATCH", member, {"session": "user-disabled"})["session"] == "user-disabled"
    assert oper.refused("DELETE", member)[0] == 401


def test_a_manager_makes_servers_but_no_network(as_user):
    manager = as_user("manager")
    manager.ok("POST", "/mgmt/tm/ltm/pool", {"name": "mine"})
    assert manager.refused("POST", "/mgmt/tm/net/vlan", {"name": "v"})[0] == 401


@pytest.mark.parametrize("name", ["oper", "manager", "auditor"])
def test_roles_without_a_shell_have_no_bash(as_user, name):
    assert as_user(name).refused("POST", BASH, RUN) == (400, '"bash" unexpected argument')


def test_bash_switched_off_for_everybody(rest):
    rest.ok("POST", BASH, RUN)
    rest.ok("PATCH", "/mgmt/tm/sys/db/systemauth.disablebash", {"value": "true"})
    assert rest.refused("POST", BASH, RUN) == (400, '"bash" unexpected argument')
    rest.ok("PATCH", "/mgmt/tm/sys/db/systemauth.disablebash", {"value": "false"})
    assert rest.ok("POST", BASH, RUN)["commandResult"] == "hello\n"


def test_basic_authentication_is_for_local_users(as_user, rest):
    remote = as_user("remote")
    assert remote("GET", "/mgmt/tm/sys")[0] == 401
    login = {"username": "remote", "password": "Remote-pass-1"}
    assert rest.refused("POST", "/mgmt/shared/authn/login", login | {"loginProviderName": "tmos"})[0] == 401
    token = rest.ok("POST", "/mgmt/shared/authn/login", login | {"loginProviderName": "ldap"})["token"]["token"]
    remote.session.auth = None
    remote.ok("GET", "/mgmt/tm/sys", headers={"X-F5-Auth-Token": token})


def test_a_wrong_password_is_answered_by_the_web_server(rest):
    rest.session.auth = ("admin", "wrong")
    status, page = rest("GET", "/mgmt/tm/sys")
    assert status == 401
    assert page.startswith("<!DOCTYPE HTML")
