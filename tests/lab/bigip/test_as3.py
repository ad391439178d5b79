# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AS3: what the controller declares becomes objects; errors and partial failures as it reads them."""

from __future__ import annotations

import copy

import pytest

DECLARE = "/mgmt/shared/appsvcs/declare"
SHARED = {
    "class": "Application", "template": "shared",
    "crd_172_16_40_82_80": {
        "class": "Service_HTTP", "layer4": "tcp", "source": "0.0.0.0/0", "translateServerAddress": True,
        "translateServerPort": True, "virtualAddresses": [{"use": "crd_service_address_172_16_40_82"}],
        "virtualPort": 80, "snat": "auto", "pool": {"use": "/k8s/Shared/pool1"}},
    "crd_service_address_172_16_40_82": {
        "class": "Service_Address", "virtualAddress": "172.16.40.82", "arpEnabled": True, "spanningEnabled": False,
        "icmpEcho": "enable", "routeAdvertisement": "all"},
    "pool1": {
        "class": "Pool", "loadBalancingMode": "least-connections-member", "minimumMonitors": 1,
        "monitors": [{"use": "/k8s/Shared/mon1"}],
        "members": [
            {"addressDiscovery": "static", "serverAddresses": ["10.244.0.5", "10.244.0.6"], "servicePort": 80}]},
    "mon1": {"class": "Monitor", "monitorType": "http", "interval": 5, "timeout": 16, "send": "GET / HTTP/1.1\r\n\r\n",
             "receive": "none", "adaptive": False, "dscp": 0, "targetAddress": "", "timeUntilUp": 0},
}  # fmt: skip


@pytest.fixture
def declaration():
    return {
        "class": "AS3",
        "declaration": {
            "class": "ADC",
            "schemaVersion": "3.52.0",
            "id": "urn:uuid:1",
            "label": "CIS Declaration",
            "controls": {"class": "Controls", "userAgent": "CIS/v2.20.1"},
            "k8s": {"class": "Tenant", "defaultRouteDomain": 0, "label": "k8s", "Shared": copy.deepcopy(SHARED)},
        },
    }


def test_info(rest):
    info = rest.ok("GET", "/mgmt/shared/appsvcs/info")
    assert info == {"version": "3.52.0", "release": "5", "schemaCurrent": "3.52.0", "schemaMinimum": "3.0.0"}


def test_a_declaration_becomes_objects(rest, declaration):
    done = rest.ok("POST", f"{DECLARE}/", declaration)
    assert [(r["code"], r["tenant"], r["message"]) for r in done["results"]] == [(200, "k8s", "success")]
    assert "k8s" in done["declaration"]
    virtual = rest.ok("GET", "/mgmt/tm/ltm/virtual/~k8s~Shared~crd_172_16_40_82_80?expandSubcollections=true")
    assert virtual["subPath"] == "Shared"
    assert virtual["pool"] == "/k8s/Shared/pool1"
    assert virtual["sourceAddressTranslation"] == {"type": "automap"}
    assert {p["fullPath"] for p in virtual["profilesReference"]["items"]} == {
        "/Common/http",
        "/Common/f5-tcp-progressive",
    }
    address = rest.ok("GET", "/mgmt/tm/ltm/virtual-address/~k8s~Shared~crd_service_address_172_16_40_82")
    assert (address["address"], address["routeAdvertisement"]) == ("172.16.40.82", "all")
    pool = rest.ok("GET", "/mgmt/tm/ltm/pool/~k8s~Shared~pool1?expandSubcollections=true")
    assert pool["monitor"] == "min 1 of { /k8s/Shared/mon1 }"
    assert [m["fullPath"] for m in pool["membersReference"]["items"]] == ["/k8s/10.244.0.5:80", "/k8s/10.244.0.6:80"]
    assert "recv" not in rest.ok("GET", "/mgmt/tm/ltm/monitor/http/~k8s~Shared~mon1")


def test_a_repeated_declaration_changes_nothing_and_a_scaled_service_only_members(rest, declaration):
    rest.ok("POST", DECLARE, declaration)
    before = rest.ok("GET", "/mgmt/tm/ltm/virtual/~k8s~Shared~crd_172_16_40_82_80")["generation"]
    assert rest.ok("POST", DECLARE, declaration)["results"][0]["message"] == "no change"
    members = declaration["declaration"]["k8s"]["Shared"]["pool1"]["members"]
    members[0]["serverAddresses"] = ["10.244.0.6", "10.244.0.7"]
    assert rest.ok("POST", f"{DECLARE}/k8s", declaration)["results"][0]["message"] == "success"
    pool = rest.ok("GET", "/mgmt/tm/ltm/pool/~k8s~Shared~pool1/members")
    assert [m["address"] for m in pool["items"]] == ["10.244.0.6", "10.244.0.7"]
    assert [n["name"] for n in rest.ok("GET", "/mgmt/tm/ltm/node?$filter=partition+eq+k8s")["items"]] == [
        "10.244.0.6",
        "10.244.0.7",
    ]
    assert rest.ok("GET", "/mgmt/tm/ltm/virtual/~k8s~Shared~crd_172_16_40_82_80")["generation"] == before


def test_a_tenant_takes_over_the_nodes_of_cccl_which_spells_addresses_with_a_route_domain(rest, declaration):
    rest.ok("POST", "/mgmt/tm/auth/partition", {"name": "k8s"})
    member = {"name": "/k8s/10.244.0.5%0:80", "partition": "k8s"}
    rest.ok("POST", "/mgmt/tm/ltm/pool", {"name": "cccl", "partition": "k8s", "members": [member]})
    assert rest.ok("POST", DECLARE, declaration)["results"][0]["message"] == "success"
    pools = rest.ok("GET", "/mgmt/tm/ltm/pool?expandSubcollections=true")["items"]
    assert [pool["fullPath"] for pool in pools if pool["partition"] == "k8s"] == ["/k8s/Shared/pool1"]
    members = rest.ok("GET", "/mgmt/tm/ltm/pool/~k8s~Shared~pool1/members")["items"]
    assert sorted(m["address"].partition("%")[0] for m in members) == ["10.244.0.5", "10.244.0.6"]
    nodes = rest.ok("GET", "/mgmt/tm/ltm/node?$filter=partition+eq+k8s")["items"]
    assert sorted(node["name"].partition("%")[0] for node in nodes) == ["10.244.0.5", "10.244.0.6"]
    assert rest.ok("POST", DECLARE, declaration)["results"][0]["message"] == "no change"


def test_a_declaration_resets_what_a_patch_did(rest, declaration):
    """Why route advertisement of AS3's addresses belongs into the declaration."""
    rest.ok("POST", DECLARE, declaration)
    path = "/mgmt/tm/ltm/virtual-address/~k8s~Shared~crd_service_address_172_16_40_82"
    rest.ok("PATCH", path, {"routeAdvertisement": "selective"})
    assert rest.ok("POST", DECLARE, declaration)["results"][0]["message"] == "success"
    assert rest.ok("GET", path)["routeAdvertisement"] == "all"


def test_an_invalid_declaration_names_every_error_and_changes_nothing(rest, declaration):
    shared = declaration["declaration"]["k8s"]["Shared"]
    shared["pool1"]["members"][0]["servicePort"] = "80"
    shared["crd_172_16_40_82_80"]["bogus"] = 1
    shared["mon1"]["interval"] = 0
    shared["x"] = {"class": "No_Such_Class"}
    del shared["crd_service_address_172_16_40_82"]["virtualAddress"]
    status, answer = rest("POST", DECLARE, declaration)
    assert (status, answer["code"], answer["message"]) == (422, 422, "declaration is invalid")
    assert sorted(answer["errors"]) == [
        "/k8s/Shared/crd_172_16_40_82_80: should NOT have additional properties (bogus)",
        "/k8s/Shared/crd_service_address_172_16_40_82: should have required property 'virtualAddress'",
        "/k8s/Shared/mon1/interval: should be >= 1",
        "/k8s/Shared/pool1/members/0/servicePort: should be integer",
        "/k8s/Shared/x/class: should be equal to one of the allowed values",
    ]
    assert rest("GET", "/mgmt/tm/auth/partition/k8s")[0] == 404


def test_tenants_stand_or_fall_alone(rest, declaration):
    taken = {"class": "Service_TCP", "virtualAddresses": ["172.16.40.81"], "virtualPort": 81}
    declaration["declaration"]["other"] = {"class": "Tenant", "A": {"class": "Application", "v": taken}}
    status, answer = rest("POST", DECLARE, declaration)
    assert status == 207
    results = {r["tenant"]: r for r in answer["results"]}
    assert (results["k8s"]["code"], results["other"]["code"]) == (200, 422)
    assert results["other"]["response"].startswith("0107176c:3: Invalid Virtual Address")
    assert rest("GET", "/mgmt/tm/auth/partition/other")[0] == 404, "half a tenant stayed"
    status, answer = rest("POST", f"{DECLARE}/other", declaration)
    assert (status, answer["results"][0]["message"]) == (422, "declaration failed")


def test_one_tenant_of_a_declaration(rest, declaration):
    declaration["declaration"]["two"] = {"class": "Tenant", "A": {"class": "Application"}}
    rest.ok("POST", f"{DECLARE}/two", declaration)
    assert rest("GET", "/mgmt/tm/auth/partition/k8s")[0] == 404
    rest.ok("GET", "/mgmt/tm/auth/partition/two")
    assert list(k for k in rest.ok("GET", f"{DECLARE}/two") if k in ("k8s", "two")) == ["two"]
    assert rest("GET", f"{DECLARE}/k8s")[0] == 404


def test_deletion_of_a_tenant_takes_it_and_only_it(rest, declaration):
    rest.ok("POST", DECLARE, declaration)
    others = rest.ok("GET", "/mgmt/tm/ltm/virtual?$filter=partition+eq+Common")
    assert rest.ok("DELETE", f"{DECLARE}/k8s")["results"][0]["code"] == 200
    assert rest("GET", "/mgmt/tm/auth/partition/k8s")[0] == 404
    assert rest.ok("GET", "/mgmt/tm/ltm/virtual?$filter=partition+eq+Common") == others
    assert rest("GET", DECLARE)[0] == 204


def test_an_empty_tenant_is_deleted_an_empty_application_is_not(rest, declaration):
    rest.ok("POST", DECLARE, declaration)
    declaration["declaration"]["k8s"]["Shared"] = {"class": "Application", "template": "shared"}
    rest.ok("POST", DECLARE, declaration)
    assert "items" not in rest.ok("GET", "/mgmt/tm/ltm/pool?$filter=partition+eq+k8s")
    rest.ok("GET", "/mgmt/tm/auth/partition/k8s")
    declaration["declaration"]["k8s"] = {"class": "Tenant"}
    assert "k8s" not in rest.ok("POST", DECLARE, declaration)["declaration"]
    assert rest("GET", "/mgmt/tm/auth/partition/k8s")[0] == 404


def test_a_busy_device_refuses_and_the_task_of_that_request_says_so(rest, bigip, declaration):
    bigip.inject("POST", "as3", {"async": True, "seconds": 1})
    tasks = [rest("POST", DECLARE, declaration)[1]["id"] for _time in range(2)]
    bigip.inject("POST", "as3", {"async": False, "seconds": 0})
    status, answer = rest("POST", DECLARE, declaration)
    assert status == answer["code"] == 503
    assert "Configuration operation in progress on device localhost" in answer["message"]
    done, refused = sorted((rest.declared(each)["results"][0] for each in tasks), key=lambda each: each["code"])
    assert (done["code"], done["message"], done["tenant"]) == (200, "success", "k8s")
    assert (refused["code"], refused["tenant"]) == (503, ["k8s"])
    assert [task["id"] for task in rest.ok("GET", "/mgmt/shared/appsvcs/task")["items"]][1:] == tasks[::-1]


def test_updates_of_all_tenants_and_history(rest, declaration):
    adc = declaration["declaration"]
    rest.ok("POST", DECLARE, declaration)
    other = {"class": "ADC", "schemaVersion": "3.52.0", "id": "2", "updateMode": "complete",
             "two": {"class": "Tenant", "A": {"class": "Application"}}}  # fmt: skip
    results = rest.ok("POST", DECLARE, other)["results"]
    assert [(each["tenant"], each["message"]) for each in results] == [("two", "success"), ("k8s", "success")]
    assert rest("GET", "/mgmt/tm/auth/partition/k8s")[0] == 404
    assert rest.ok("GET", f"{DECLARE}?age=0")["id"] == "2"
    assert rest.ok("GET", f"{DECLARE}?age=1")["k8s"] == adc["k8s"]
    assert rest("GET", f"{DECLARE}?age=2")[0] == 204
    assert rest.ok("POST", DECLARE, {"class": "AS3", "action": "retrieve"})["id"] == "2"


def test_a_tenant_s_own_dry_run_is_a_warning(rest, declaration):
    """AS3's integration test dryRun.js has this warning."""
    declaration["declaration"]["k8s"]["controls"] = {"class": "Controls", "dryRun": True}
    [result] = rest.ok("POST", DECLARE, declaration)["results"]
    assert (result["message"], result["dryRun"]) == ("success", True)
    assert result["warnings"] == [{"tenant": "k8s", "message": "dryRun true found in Tenant controls"}]
    assert rest("GET", "/mgmt/tm/auth/partition/k8s")[0] == 404


def test_shared_nodes_of_others_stay(rest, declaration):
    rest.ok("POST", "/mgmt/tm/ltm/node", {"name": "10.244.0.5", "description": "mine"})
    declaration["declaration"]["k8s"]["Shared"]["pool1"]["members"][0]["shareNodes"] = True
    rest.ok("POST", DECLARE, declaration)
    assert rest.ok("GET", "/mgmt/tm/ltm/node/~Common~10.244.0.6")["metadata"] == [{"name": "as3"}]
    rest.ok("DELETE", f"{DECLARE}/k8s")
    assert rest.ok("GET", "/mgmt/tm/ltm/node/~Common~10.244.0.5")["description"] == "mine"
    assert rest("GET", "/mgmt/tm/ltm/node/~Common~10.244.0.6")[0] == 404


def test_declaring_is_for_administrators(as_user, declaration):
    assert as_user("manager").refused("POST", DECLARE, declaration)[0] == 401
