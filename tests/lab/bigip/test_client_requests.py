# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Behaviour that clients which were not written for the simulator rely on, and what F5's cccl driver sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from rest_session import FIXTURES, Rest

POOL = "/mgmt/tm/ltm/pool"
VIRTUAL = "/mgmt/tm/ltm/virtual"
NODE = "/mgmt/tm/ltm/node"
DB = "/mgmt/tm/sys/db/tmrouted.queryperiod"


def recorded() -> list[dict[str, Any]]:
    file = FIXTURES.parent / "clients" / "cccl-driver-requests.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_cccl_driver_converges(rest: Rest) -> None:
    """Its recorded requests in order: every one is accepted, and the pool holds what was sent last."""
    rest.ok("POST", "/mgmt/tm/auth/partition", {"name": "k8s"})
    for name in ("cccl_pool", "cccl_pool2"):  # the recording removes them at its end
        rest.ok("POST", POOL, {"name": name, "partition": "k8s"})
    rest.ok("POST", VIRTUAL, {"name": "vs80", "partition": "k8s", "destination": "/k8s/172.16.40.90:80"})
    requests_, answers = recorded(), []
    for each in requests_:
        path = each["path"] + (f"?{each['params']}" if each.get("params") else "")
        answers.append(rest.ok(each["method"], path, each.get("json")))
        if each["method"] in ("POST", "PUT") and each["path"].startswith(POOL):
            shown = rest.ok("GET", f"{POOL}?$filter=partition+eq+k8s&expandSubcollections=true")["items"]
            pool = next(item for item in shown if item["name"] == each["json"]["name"])
            sent = [item["name"] for item in each["json"]["membersReference"]["items"]]
            assert [member["name"] for member in pool["membersReference"]["items"]] == sent
            assert pool["metadata"] == each["json"]["metadata"]
        if each["method"] == "POST" and each["path"].startswith(VIRTUAL):
            shown = rest.ok("GET", f"{VIRTUAL}/~k8s~{each['json']['name']}?expandSubcollections=true")
            for name in ("destination", "source", "pool", "ipProtocol", "metadata", "sourceAddressTranslation"):
                assert shown[name] == each["json"][name], name
            profiles = {(p["name"], p["partition"], p["context"]) for p in shown["profilesReference"]["items"]}
            assert profiles == {(p["name"], p["partition"], p["context"]) for p in each["json"]["profiles"]}
    assert len(answers) == len(requests_)
    for path in (POOL, VIRTUAL, NODE, "/mgmt/tm/ltm/virtual-address", "/mgmt/tm/ltm/monitor/http"):
        assert "items" not in rest.ok("GET", f"{path}?$filter=partition+eq+k8s"), path


def test_collections_are_taken_by_reference(rest: Rest) -> None:
    profiles = {"items": [{"name": "tcp", "partition": "Common", "context": "all"}]}
    rest.ok("POST", VIRTUAL, {"name": "v", "destination": "10.0.0.1:80", "profilesReference": profiles})
    [profile] = rest.ok("GET", f"{VIRTUAL}/~Common~v/profiles")["items"]
    assert profile["name"] == "tcp"
    rules = {"items": [{"name": "r", "ordinal": 1, "conditionsReference": {"items": [{"name": "0", "host": True}]}}]}
    rest.ok("POST", "/mgmt/tm/ltm/policy", {"name": "p", "rulesReference": rules})
    [condition] = rest.ok("GET", "/mgmt/tm/ltm/policy/~Common~p/rules/r/conditions")["items"]
    assert condition["host"] is True
    # what a GET shows without its items is no order to empty the collection
    shown = rest.ok("GET", f"{VIRTUAL}/~Common~v")
    rest.ok("PATCH", f"{VIRTUAL}/~Common~v", {"profilesReference": shown["profilesReference"], "description": "x"})
    assert len(rest.ok("GET", f"{VIRTUAL}/~Common~v/profiles")["items"]) == 1


def test_pages_of_a_filtered_collection_come_to_an_end(rest: Rest) -> None:
    for number in range(5):
        rest.ok("POST", NODE, {"name": f"n{number}", "address": f"10.0.0.{number + 1}"})
    seen, page = [], 0
    while items := rest.ok("GET", f"{NODE}?$top=2&$skip={2 * page}&$filter=partition+eq+Common").get("items"):
        seen += [item["name"] for item in items]
        page += 1
        assert page < 10
    assert seen == ["172.16.40.90", *(f"n{number}" for number in range(5))]
    assert rest.refused("GET", f"{NODE}?$top=x")[0] == 400


def test_statistics_carry_what_f5_modules_read(rest: Rest) -> None:
    [pool] = rest.ok("GET", f"{POOL}/~Common~legacy_pool/stats")["entries"].values()
    entries = pool["nestedStats"]["entries"]
    assert pool["nestedStats"]["selfLink"].startswith("https://localhost/mgmt/tm/ltm/pool/~Common~legacy_pool/stats")
    assert entries["connqAll.depth"] == {"value": 0} and entries["curSessions"] == {"value": 0}
    [node] = rest.ok("GET", f"{NODE}/~Common~172.16.40.90/stats")["entries"].values()
    assert node["nestedStats"]["entries"]["monitorStatus"] == {"description": "unchecked"}
    hardware = rest.ok("GET", "/mgmt/tm/sys/hardware")
    assert "BIG-IP Virtual Edition" in json.dumps(hardware)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tmsh load sys config merge file /nonexistent", "Can't open file /nonexistent."),
        ("tmsh load sys config file /config/none.scf", "Can't open file /config/none.scf."),
        ("tmsh load sys config frobnicate", '"frobnicate" unexpected argument'),
    ],
)
def test_a_load_that_cannot_work_is_refused(rest: Rest, line: str, words: str) -> None:
    assert words in (rest.bash(line) or "")
    assert rest("GET", f"{POOL}/~Common~legacy_pool")[0] == 200


def test_a_load_by_rest(rest: Rest) -> None:
    missing = {"command": "load", "options": [{"merge": True}, {"file": "/var/config/rest/downloads/none"}]}
    assert rest.refused("POST", "/mgmt/tm/sys/config", missing)[0] == 400
    rest.ok("POST", "/mgmt/tm/sys/config", {"command": "load", "options": [{"default": True}]})
    assert rest("GET", f"{POOL}/~Common~legacy_pool")[0] == 404


def test_an_empty_transaction_is_refused(rest: Rest) -> None:
    number = rest.ok("POST", "/mgmt/tm/transaction", {})["transId"]
    status, message = rest.refused("PATCH", f"/mgmt/tm/transaction/{number}", {"state": "VALIDATING"})
    assert (status, message) == (400, "there is no command to commit in the transaction")


def test_database_values_are_strings_within_their_range(rest: Rest) -> None:
    assert rest.ok("PATCH", DB, {"value": 20})["value"] == "20"
    assert rest.refused("PATCH", DB, {"value": "600"})[0] == 400
    assert rest.refused("PATCH", "/mgmt/tm/sys/db/systemauth.disablebash", {"value": "maybe"})[0] == 400
    assert rest.ok("GET", DB)["value"] == "20"


def test_virtual_servers_as_f5_modules_send_them(rest: Rest) -> None:
    for number, word in ((6, "tcp"), ("17", "udp")):
        body = {"name": word, "destination": "10.0.0.6:80", "ipProtocol": number}
        assert rest.ok("POST", VIRTUAL, body)["ipProtocol"] == word
    assert rest.ok("POST", VIRTUAL, {"name": "bare"})["destination"] == "/Common/0.0.0.0:0"
    assert (
        rest.ok(
            "POST", "/mgmt/tm/ltm/virtual-address", {"name": "named", "partition": "Common", "address": "10.0.0.9"}
        )["address"]
        == "10.0.0.9"
    )
    for kind in ("diameter", "sip", "dhcpv4", "dhcpv6", "ftp", "dns"):
        rest.ok("GET", f"/mgmt/tm/ltm/profile/{kind}/")


def test_one_source_has_two_spellings(rest: Rest) -> None:
    rest.ok("POST", VIRTUAL, {"name": "a", "destination": "10.0.0.1:80", "source": "0.0.0.0%0/0"})
    status, message = rest.refused("POST", VIRTUAL, {"name": "b", "destination": "10.0.0.1%0:80"})
    assert (status, message[:11]) == (400, "01070333:3:")
    rest.ok("POST", VIRTUAL, {"name": "c", "destination": "10.0.0.1:80", "source": "10.0.0.0/8"})


def test_users_are_made_and_log_in(rest: Rest) -> None:
    made = rest.ok(
        "POST",
        "/mgmt/tm/auth/user",
        {
            "name": "eve",
            "password": "Eve-canary-1",
            "shell": "bash",
            "partitionAccess": [{"name": "all-partitions", "role": "admin"}],
        },
    )
    assert "Eve-canary-1" not in json.dumps(made)
    eve = Rest(rest.bigip, "eve", "Eve-canary-1")
    eve.ok("GET", POOL)
    rest.ok("DELETE", "/mgmt/tm/auth/user/eve")
    assert eve("GET", POOL)[0] == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (POOL, {"name": {"a": 1}}),
        (POOL, {"name": "p", "members": 5}),
        (POOL, {"name": "p", "members": [5]}),
        (POOL, {"name": "p", "loadBalancingMode": ["round-robin", {}]}),
        (VIRTUAL, {"name": "v", "destination": ["a"]}),
        (VIRTUAL, {"name": "v", "destination": "10.0.0.1:80", "sourceAddressTranslation": "automap"}),
        (POOL, {"name": "p", "members": [{"name": "10.0.0.1:99999"}]}),
        ("/mgmt/tm/net/vlan", {"name": "v", "interfaces": [{"name": "1.1", "tagged": True, "untagged": True}]}),
    ],
)
def test_wrong_values_are_refused_and_leave_nothing(rest: Rest, path: str, body: Any) -> None:
    before = rest.bigip.device.store.generation
    assert rest.refused("POST", path, body)[0] == 400
    assert rest.bigip.device.store.generation == before


def test_patched_values_of_a_wrong_type(rest: Rest) -> None:
    path = "/mgmt/tm/net/route-domain/~Common~0"
    assert rest.refused("PATCH", path, {"routingProtocol": [{"a": 1}]})[0] == 400
    assert "routingProtocol" not in rest.ok("GET", path)


@pytest.mark.parametrize(
    "path",
    [
        "net/interface",
        "net/trunk",
        "net/tunnels/gre",
        "sys/ntp",
        "sys/dns",
        "sys/hardware",
        "sys/ucs",
        "sys/ready",
        "sys/available",
        "sys/ha-group",
        "sys/clock",
        "sys/file/data-group",
    ],
)
def test_paths_that_clients_read(rest: Rest, path: str) -> None:
    rest.ok("GET", f"/mgmt/tm/{path}")


def test_a_save_as_a_task(rest: Rest) -> None:
    task = rest.ok("POST", "/mgmt/tm/task/sys/config", {"command": "save"})["_taskId"]
    answer = rest.session.put(f"{rest.bigip.url}/mgmt/tm/task/sys/config/{task}", json={"_taskState": "VALIDATING"})
    assert answer.status_code == requests.codes.accepted
    assert rest.ok("GET", f"/mgmt/tm/task/sys/config/{task}")["_taskState"] == "COMPLETED"
    assert rest.bigip.device.settings.path("/config/bigip.json").exists()


def test_the_settings_of_as3(rest: Rest) -> None:
    assert rest.ok("GET", "/mgmt/shared/appsvcs/settings")["perAppDeploymentAllowed"] is False


def test_bash_has_a_status_and_the_usual_programs(rest: Rest) -> None:
    assert rest.bash("false; echo $?") == "1\n"
    assert rest.bash("true; echo $?") == "0\n"
    assert "/config" in (rest.bash("df") or "")
    assert rest.bash("curl -s http://192.0.2.1/; echo $?") == "curl: (7) couldn't connect to host\n7\n"


def test_tmrouted_runs_while_a_route_domain_has_bgp(rest: Rest) -> None:
    assert "down" in (rest.bash("tmsh show sys service tmrouted") or "")
    rest.ok("PATCH", "/mgmt/tm/net/route-domain/~Common~0", {"routingProtocol": ["BGP"]})
    assert "tmrouted     run" in (rest.bash("tmsh show /sys service tmrouted") or "")
