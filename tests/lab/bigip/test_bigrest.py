# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BIGREST, a Python client of iControl REST, as it comes from the registry: it knows paths, and nothing of kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bigip.testing import Simulator
from bigrest.bigip import BIGIP
from bigrest.common.exceptions import RESTAPIError

POOL = "/mgmt/tm/ltm/pool"


@pytest.fixture(params=[False, True], ids=["basic", "token"])
def client(request: Any, bigip: Simulator, monkeypatch: pytest.MonkeyPatch) -> BIGIP:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    place = f"{bigip.host}:{bigip.port}"
    return BIGIP(place, bigip.user, bigip.password, request_token=request.param, session_verify=bigip.ca)


def generation(client: BIGIP, path: str) -> int:
    return client.load(path).properties["generation"]


def test_a_pool_from_creation_to_deletion(client: BIGIP) -> None:
    made = client.create(POOL, {"name": "web", "partition": "Common", "members": [{"name": "192.0.2.7:80"}]})
    path = f"{POOL}/~Common~web"
    assert made.properties["fullPath"] == "/Common/web" and client.exist(path)
    change = {"loadBalancingMode": "least-connections-member", "description": "x"}
    client.modify(path, change)
    first = generation(client, path)
    client.modify(path, change)
    assert generation(client, path) == first, "the second time is no change"
    whole = client.load(path)
    client.save(whole)
    assert generation(client, path) == first, "what was read and is written again is no change"
    whole.properties["description"] = "y"
    assert client.save(whole).properties["description"] == "y"
    assert [member.properties["name"] for member in client.load(f"{path}/members")] == ["192.0.2.7:80"]
    assert client.show(path).properties["activeMemberCnt"] == {"value": 0}
    assert len(client.show(POOL)) == 2
    client.delete(path)
    assert not client.exist(path)
    with pytest.raises(RESTAPIError, match="01020036:3: The requested Pool"):
        client.load(path)


def test_a_virtual_server_that_is_saved_stays_enabled_and_loses_its_profiles(client: BIGIP) -> None:
    """A PUT resets what it does not give (K13225405), and a GET shows no profiles; BIGREST turns `enabled` twice."""
    path = "/mgmt/tm/ltm/virtual/~Common~legacy_81_vs"
    client.save(client.load(path))
    after = client.load(path).properties
    assert after["enabled"] is True and after["pool"] == "/Common/legacy_pool"
    assert [profile.properties["name"] for profile in client.load(f"{path}/profiles")] == ["fastL4"]
    client.modify(path, {"profiles": ["/Common/tcp", "/Common/http"]})
    assert {profile.properties["name"] for profile in client.load(f"{path}/profiles")} == {"http", "tcp"}


def test_commands(client: BIGIP) -> None:
    bash = {"command": "run", "utilCmdArgs": "-c 'tmsh -q show sys version | grep Version'"}
    assert "16.1.5.2" in client.command("/mgmt/tm/util/bash", bash)
    assert client.command("/mgmt/tm/util/bash", {"command": "run", "utilCmdArgs": "-c true"}) == ""


def test_a_transaction_is_applied_as_a_whole(client: BIGIP) -> None:
    with client:
        client.create(POOL, {"name": "one"})
        client.create(POOL, {"name": "two"})
    assert client.exist(f"{POOL}/~Common~one") and client.exist(f"{POOL}/~Common~two")
    with pytest.raises(RESTAPIError, match="transaction failed"), client:
        client.create(POOL, {"name": "three"})
        client.create(POOL, {"name": "two"})
    assert not client.exist(f"{POOL}/~Common~three")


def test_a_task_and_an_upload(client: BIGIP, bigip: Simulator, tmp_path: Path) -> None:
    task = client.task_start("/mgmt/tm/task/sys/config", {"command": "save"})
    client.task_wait(task, interval=1)
    assert client.task_completed(task) and client.task_result(task) == ""
    assert bigip.device.settings.path("/config/bigip.json").exists()
    (tmp_path / "lines.txt").write_text("router bgp 64512\n")
    client.upload("/mgmt/shared/file-transfer/uploads/", str(tmp_path / "lines.txt"))
    there = bigip.device.settings.path("/var/config/rest/downloads/lines.txt")
    assert there.read_text() == "router bgp 64512\n"


def test_what_is_not_there_is_the_device_s_404(client: BIGIP) -> None:
    for path in (f"{POOL}/example", "/mgmt/tm/ltm/frobnicate"):
        with pytest.raises(RESTAPIError, match='"code": 404'):
            client.load(path)
