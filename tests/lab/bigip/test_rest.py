# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents, references, queries and refusals of /mgmt/tm, against what devices were recorded to say."""

from __future__ import annotations

import json
import re

import pytest
from rest_session import FIXTURES

POOL = "/mgmt/tm/ltm/pool"
VA = "/mgmt/tm/ltm/virtual-address"


def recorded_errors():
    return {record["case"]: record for record in map(json.loads, (FIXTURES / "rest-errors.jsonl").open())}


@pytest.mark.parametrize("recorded", [each for each in recorded_errors().values() if "request" in each],
                         ids=lambda recorded: recorded["case"])  # fmt: skip
def test_a_recorded_refusal_comes_for_its_request(rest, recorded):
    """Status and whole body; where the fixture has no request, the next test makes one."""
    asked = recorded["request"]
    found = rest(asked["method"], asked["path"], asked.get("json"), headers=asked.get("headers"))
    assert found == (recorded["status"], recorded["body"])


def test_version_is_in_every_self_link(rest):
    root = rest.ok("GET", "/mgmt/tm/sys/")
    assert root["kind"] == "tm:sys:syscollectionstate"
    assert root["selfLink"].endswith("/mgmt/tm/sys?ver=16.1.5.2")
    version = rest.ok("GET", "/mgmt/tm/sys/version")
    entries = version["entries"]["https://localhost/mgmt/tm/sys/version/0"]["nestedStats"]["entries"]
    assert entries["Version"]["description"] == "16.1.5.2"


@pytest.mark.parametrize(
    ("path", "body", "name", "absent"),
    [
        ("/mgmt/tm/net/self/~Common~net1", None, "rest-tm_net_self", set()),
        (f"{VA}/~Common~1.1.1.1", None, "rest-ltm_virtual_address_default", set()),
        ("/mgmt/tm/auth/partition/foo", None, "rest-tm_auth_partition", set()),
        # "infinite" since 14.1 (test_recorded_objects.py), 0 on the 13.1 of this document
        ("/mgmt/tm/net/route-domain/~Common~0", None, "rest-net_route_domain_1", {"throughputCapacity"}),
    ],
)
def test_objects_have_the_keys_of_recorded_ones(rest, sample, path, body, name, absent):
    """Every key that a device showed is here with the same type; links differ by version only."""
    rest.ok("POST", "/mgmt/tm/net/vlan", {"name": "net1"})
    rest.ok(
        "POST",
        "/mgmt/tm/net/self",
        {"name": "net1", "address": "10.10.10.10/24", "vlan": "net1", "allowService": ["tcp:80", "udp:53", "gre:0"]},
    )
    rest.ok("POST", VA, {"name": "1.1.1.1", "address": "1.1.1.1"})
    rest.ok("POST", "/mgmt/tm/auth/partition", {"name": "foo", "description": "my description"})
    shown, device = rest.ok("GET", path), sample(name)
    device = {name: value for name, value in device.items() if name not in absent}
    assert {k: type(v) for k, v in device.items()}.items() <= {k: type(v) for k, v in shown.items()}.items()
    assert shown["kind"] == device["kind"]

    def plain(link):
        return re.sub(r"\?ver=.*", "", link)

    assert plain(shown["selfLink"]) == plain(device["selfLink"])
    same = set(device) - {
        "generation",
        "selfLink",
        "address",
        "vlans",
        "trafficGroupReference",
        "vlanReference",
        "vlansReference",
    }
    assert {k: shown[k] for k in same} == {k: device[k] for k in same}


def test_recorded_refusals_are_given_in_the_same_words(rest, bigip, as_user):
    recorded = recorded_errors()

    def same(case, status, document, *variable):
        expected = recorded[case]
        assert status == expected["status"]
        keys = set(expected["body"]) - set(variable)
        assert {k: document[k] for k in keys} == {k: expected["body"][k] for k in keys}

    same("404 object missing", *rest("GET", f"{POOL}/~Common~my-pool"))
    rest.session.auth = None
    status, document = rest("GET", "/mgmt/tm/ltm/virtual")
    same("401 no credentials", status, document, "message", "referer", "restOperationId")
    words = recorded["401 no credentials"]["body"]["message"].partition(" Referrer")[0]
    assert document["message"].startswith(words)
    same("401 token expired or deleted", *rest("GET", POOL, headers={"X-F5-Auth-Token": "NO"}))
    oper = as_user("oper")
    same("user has no bash shell", *oper("POST", "/mgmt/tm/util/bash", {"command": "run", "utilCmdArgs": "-c id"}))
    status, document = oper("POST", POOL, {"name": "p"})
    assert status == recorded["401 role not allowed on this URI (RBAC)"]["status"]
    assert re.match(
        r"Authorization failed: user=https://localhost/mgmt/\S+ resource=/mgmt/tm/\S+ verb=POST uri:",
        document["message"],
    )
    bigip.fault("mcpd_lost", path="/tm/ltm/pool")
    admin = as_user("manager")
    same("500 mcpd lost (retry)", *admin("GET", POOL))
    bigip.fault("html503", path="/tm/ltm/pool")
    status, page = admin("GET", POOL)
    assert status == 503
    assert recorded["503 HTML page while httpd/REST restarts (retry)"]["text"] in page


def test_unknown_paths(rest):
    status, message = rest.refused("GET", "/mgmt/tm/ltm/nothing")
    assert (status, message) == (404, "Public URI path not registered: /tm/ltm/nothing")
    status, message = rest.refused("GET", "/mgmt/shared/nothing")
    assert status == 404
    assert message.startswith("URI path /mgmt/shared/nothing not registered.  Please verify")


def test_an_existing_object_is_not_made_twice(rest):
    assert rest.refused("POST", POOL, {"name": "legacy_pool"}) == (
        409,
        "01020066:3: The requested Pool (/Common/legacy_pool) already exists in partition Common.",
    )


def test_empty_collections_have_no_items(rest):
    found = rest.ok("GET", f"{POOL}?$filter=partition+eq+k8s&expandSubcollections=true")
    assert "items" not in found
    assert found["kind"] == "tm:ltm:pool:poolcollectionstate"


def test_filter_select_and_expansion(rest):
    rest.ok("POST", "/mgmt/tm/auth/partition", {"name": "k8s"})
    rest.ok("POST", POOL, {"name": "web", "partition": "k8s", "members": [{"name": "10.0.0.1:80"}]})
    [pool] = rest.ok("GET", f"{POOL}?$filter=partition+eq+k8s&expandSubcollections=true")["items"]
    [member] = pool["membersReference"]["items"]
    assert member["fullPath"] == "/k8s/10.0.0.1:80"
    assert member["kind"] == "tm:ltm:pool:members:membersstate"
    assert rest.ok("GET", f"{POOL}?$select=name")["items"] == [{"name": "legacy_pool"}, {"name": "web"}]
    plain = rest.ok("GET", f"{POOL}/~k8s~web")
    assert plain["membersReference"]["isSubcollection"] is True
    assert "items" not in plain["membersReference"]


def test_patch_keeps_and_put_resets(rest):
    path = f"{POOL}/~Common~legacy_pool"
    rest.ok("PATCH", path, {"loadBalancingMode": "least-connections-member"})
    patched = rest.ok("PATCH", path, {"slowRampTime": 20})
    assert patched["loadBalancingMode"] == "least-connections-member"
    put = rest.ok("PUT", path, {"slowRampTime": 30})
    assert put["loadBalancingMode"] == "round-robin"
    assert "monitor" not in put


def test_generation_grows_with_changes_only(rest):
    path = f"{POOL}/~Common~legacy_pool"
    first = rest.ok("GET", path)["generation"]
    assert rest.ok("PATCH", path, {"slowRampTime": 10})["generation"] == first
    assert rest.ok("PATCH", path, {"slowRampTime": 11})["generation"] > first


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", POOL, {"name": "p", "bogus": 1}, 400, '"bogus" unknown property'),
        ("POST", POOL, {"name": "p", "monitor": "/Common/none_such"}, 404, "01020036:3: The requested monitor"),
        ("POST", POOL, {"name": "p", "partition": "nowhere"}, 400, "The requested folder (/nowhere) was not found."),
        ("PATCH", f"{POOL}/~Common~legacy_pool", {}, 400, "one or more properties must be specified"),
        ("PATCH", f"{VA}/~Common~172.16.40.81", {"routeAdvertisement": "maybe"}, 400, "invalid property value"),
        ("PATCH", f"{VA}/~Common~172.16.40.81", {"address": "1.2.3.4"}, 400, "01070734:3: Configuration error:"),
        ("DELETE", f"{POOL}/~Common~legacy_pool", None, 400, "01070265:3: The Pool (/Common/legacy_pool) cannot be"),
        ("DELETE", "/mgmt/tm/ltm/monitor/http/~Common~http", None, 400, "01070342:3:"),
        ("DELETE", "/mgmt/tm/ltm/node/~Common~172.16.40.90", None, 400, "01070110:3: Node address"),
        ("DELETE", f"{VA}/~Common~172.16.40.81", None, 400, "01070344:3: Cannot delete"),
        ("DELETE", "/mgmt/tm/net/vlan/~Common~int_vlan", None, 400, "01070265:3:"),
        ("DELETE", "/mgmt/tm/net/route-domain/~Common~0", None, 400, "01070979:3:"),
        ("POST", "/mgmt/tm/ltm/virtual", {"name": "v", "destination": "172.16.40.81:80"}, 400, "01070333:3: Virtual"),
        ("POST", "/mgmt/tm/ltm/virtual", {"name": "v", "destination": "172.16.40.81"}, 400, "01070734:3:"),
        ("POST", "/mgmt/tm/net/self", {"name": "s", "address": "10.0.0.1", "vlan": "int_vlan"}, 400, "01070734:3:"),
        ("POST", "/mgmt/tm/net/route", {"name": "r", "network": "10.0.0.0/8", "gw": "9.9.9.9"}, 400, "01070330:3:"),
        (
            "POST",
            "/mgmt/tm/net/routing/bgp",
            {"name": "b"},
            400,
            "01071c3f:3: Cannot mix routing-protocol Legacy and TMOS mode for route-domain (/Common/0).",
        ),
        ("POST", "/mgmt/tm/sys/db", {"name": "x"}, 403, "Operation is not supported on component /sys/db."),
    ],
)
def test_refusals_name_what_is_wrong(rest, method, path, body, status, words):
    before = rest.bigip.device.store.generation
    found, message = rest.refused(method, path, body)
    assert (found, message[: len(words)]) == (status, words)
    assert rest.bigip.device.store.generation == before, "a refused call left something behind"


def test_a_partition_with_objects_is_not_deleted(rest):
    rest.ok("POST", "/mgmt/tm/auth/partition", {"name": "k8s"})
    rest.ok("POST", POOL, {"name": "web", "partition": "k8s"})
    status, message = rest.refused("DELETE", "/mgmt/tm/auth/partition/k8s")
    assert (status, message[:10]) == (400, "0107082a:3")
    rest.ok("DELETE", f"{POOL}/~k8s~web")
    assert rest.ok("DELETE", "/mgmt/tm/auth/partition/k8s") == ""
    assert rest("GET", "/mgmt/tm/sys/folder/~k8s")[0] == 404


def test_lockdown_comes_in_its_three_shapes(rest):
    path = "/mgmt/tm/net/self/~Common~int_self"
    assert "allowService" not in rest.ok("GET", path)
    assert rest.ok("PATCH", path, {"allowService": ["tcp:bgp", "udp:3784"]})["allowService"] == ["tcp:179", "udp:3784"]
    assert rest.ok("PATCH", path, {"allowService": "all"})["allowService"] == "all"
    assert rest.ok("PATCH", path, {"allowService": ["default", "tcp:179"]})["allowService"] == ["default", "tcp:179"]
    for nothing in ([], "none", ["none"], None):
        rest.ok("PATCH", path, {"allowService": "all"})
        assert "allowService" not in rest.ok("PATCH", path, {"allowService": nothing}), nothing


def test_routing_protocols_are_a_list_or_no_key(rest):
    path = "/mgmt/tm/net/route-domain/~Common~0"
    assert "routingProtocol" not in rest.ok("GET", path)
    assert rest.ok("PATCH", path, {"routingProtocol": ["BGP", "BFD"]})["routingProtocol"] == ["BFD", "BGP"]
    assert rest.refused("PATCH", path, {"routingProtocol": ["BGPX"]})[0] == 400
    assert "routingProtocol" not in rest.ok("PATCH", path, {"routingProtocol": ""})


def test_virtual_addresses_come_and_go_with_servers(rest):
    path = "/mgmt/tm/ltm/virtual"
    rest.ok("POST", path, {"name": "a", "destination": "10.1.1.1:http"})
    rest.ok("POST", path, {"name": "b", "destination": "/Common/10.1.1.1:443"})
    assert rest.ok("GET", f"{VA}/~Common~10.1.1.1")["autoDelete"] == "true"
    rest.ok("DELETE", f"{path}/~Common~a")
    rest.ok("GET", f"{VA}/~Common~10.1.1.1")
    rest.ok("DELETE", f"{path}/~Common~b")
    assert rest("GET", f"{VA}/~Common~10.1.1.1")[0] == 404


def test_route_domains_in_names(rest):
    """Names stay as they are given; `%0` is the same address; other domains are percent-encoded in links."""
    rest.ok("POST", "/mgmt/tm/net/route-domain", {"name": "10", "id": 10})
    rest.ok("POST", VA, {"name": "10.9.9.9%10", "address": "10.9.9.9%10"})
    shown = rest.ok("GET", f"{VA}/~Common~10.9.9.9%2510")
    assert shown["address"] == "10.9.9.9%10"
    assert "~Common~10.9.9.9%2510?" in shown["selfLink"]
    rest.ok("POST", f"{POOL}/~Common~legacy_pool/members", {"name": "10.0.0.7%0:80", "address": "10.0.0.7%0"})
    assert rest.ok("GET", f"{POOL}/~Common~legacy_pool/members/~Common~10.0.0.7%250:80")["name"] == "10.0.0.7%0:80"
    assert rest.ok("GET", f"{POOL}/~Common~legacy_pool/members/~Common~10.0.0.7:80")["name"] == "10.0.0.7%0:80"
    assert rest.refused("POST", f"{POOL}/~Common~legacy_pool/members", {"name": "10.0.0.7:80"})[0] == 409
    assert rest.refused("POST", "/mgmt/tm/ltm/node", {"name": "10.0.0.7", "address": "10.0.0.7"})[0] == 409
    assert rest.ok("GET", "/mgmt/tm/ltm/node/~Common~10.0.0.7")["fullPath"] == "/Common/10.0.0.7%0"
    assert rest.refused("POST", VA, {"name": "10.9.9.9%77"})[0] == 404


def test_members_say_what_a_person_set_and_what_a_monitor_found(rest, bigip):
    path = f"{POOL}/~Common~legacy_pool/members/~Common~172.16.40.90:80"

    def seen():
        member = rest.ok("GET", path)
        return member["session"], member["state"]

    assert seen() == ("monitor-enabled", "checking")
    where = {"pool": "/Common/legacy_pool", "member": "/Common/172.16.40.90:80"}
    bigip.inject("POST", "health", where | {"state": "up"})
    assert seen() == ("monitor-enabled", "up")
    rest.ok("PATCH", path, {"session": "user-disabled"})
    assert seen() == ("user-disabled", "up")
    rest.ok("PATCH", path, {"state": "user-down"})
    assert seen() == ("user-disabled", "user-down")
    rest.ok("PATCH", path, {"session": "user-enabled", "state": "user-up"})
    stats = rest.ok("GET", f"{POOL}/~Common~legacy_pool/members/stats")
    [entry] = stats["entries"].values()
    assert entry["nestedStats"]["entries"]["status.availabilityState"] == {"description": "available"}


def test_the_list_reads_of_the_controller_are_served(rest):
    rest.ok("POST", "/mgmt/tm/auth/partition", {"name": "k8s"})
    lists = [f"ltm/monitor/{word}" for word in ("http", "https", "tcp", "udp", "gateway-icmp")]
    lists += [
        "sys/application/service",
        "ltm/node",
        "ltm/virtual-address",
        "ltm/rule",
        "ltm/data-group/internal",
        "ltm/virtual",
        "ltm/pool",
        "ltm/policy",
        "net/arp",
        "net/route",
        "net/fdb/tunnel",
    ]
    for path in lists:
        found = rest.ok("GET", f"/mgmt/tm/{path}?$filter=partition+eq+k8s&expandSubcollections=true")
        assert found["kind"].endswith("collectionstate"), path


def test_overlay_records(rest):
    """What a controller keeps for flannel: a tunnel, FDB records, static ARP."""
    rest.ok(
        "POST",
        "/mgmt/tm/net/tunnels/tunnel",
        {"name": "fl-vxlan", "profile": "/Common/vxlan", "key": 1, "localAddress": "172.16.40.202"},
    )
    path = "/mgmt/tm/net/fdb/tunnel/~Common~fl-vxlan"
    rest.ok("PATCH", path, {"records": [{"name": "0a:0a:ac:10:28:c6", "endpoint": "172.16.40.198"}]})
    [record] = rest.ok("GET", f"{path}/records")["items"]
    assert record["endpoint"] == "172.16.40.198"
    rest.ok(
        "POST",
        "/mgmt/tm/net/arp",
        {"name": "k8s-10.244.1.7", "ipAddress": "10.244.1.7", "macAddress": "0a:0a:0a:f4:01:07"},
    )
    wrong = {"name": "x", "ipAddress": "10.0.0.1", "macAddress": "no"}
    assert rest.refused("POST", "/mgmt/tm/net/arp", wrong)[0] == 400


def test_high_availability_and_licence(rest):
    [failover] = rest.ok("GET", "/mgmt/tm/cm/failover-status")["entries"].values()
    assert failover["nestedStats"]["entries"]["status"]["description"] == "ACTIVE"
    sync = rest.ok("GET", "/mgmt/tm/cm/sync-status")["entries"]["https://localhost/mgmt/tm/cm/sync-status/0"]
    assert sync["nestedStats"]["entries"]["mode"]["description"] == "standalone"
    [device] = rest.ok("GET", "/mgmt/tm/cm/device")["items"]
    assert (device["failoverState"], device["selfDevice"]) == ("active", "true")
    assert "Routing Bundle" in json.dumps(rest.ok("GET", "/mgmt/tm/sys/license"))
    modules = rest.ok("GET", "/mgmt/tm/sys/provision")["items"]
    assert [module["name"] for module in modules if module["level"] != "none"] == ["ltm"]
