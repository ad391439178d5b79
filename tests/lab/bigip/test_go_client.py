# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests in the form of Go's clients (go-bigip, and terraform's provider on it).

They give names with the partition in front instead of `partition`, send whole objects with PUT, and leave out whatever
is empty.
"""

from __future__ import annotations

from rest_session import Rest

LTM = "/mgmt/tm/ltm"


def test_a_pool_its_node_and_its_members(rest: Rest) -> None:
    rest.ok("POST", f"{LTM}/node", {"name": "/Common/n1", "address": "11.1.1.101"})
    rest.ok("POST", f"{LTM}/pool", {"name": "/Common/terraform-pool", "loadBalancingMode": "round-robin"})
    pool = f"{LTM}/pool/~Common~terraform-pool"
    shown = rest.ok("GET", pool)
    assert (shown["name"], shown["partition"], shown["fullPath"]) == (
        "terraform-pool",
        "Common",
        "/Common/terraform-pool",
    )
    rest.ok("PUT", pool, {"name": "/Common/terraform-pool", "allowNat": "yes", "allowSnat": "yes"})
    rest.ok("POST", f"{pool}/members", {"name": "/Common/n1:80"})
    rest.ok("POST", f"{pool}/members", {"name": "11.1.1.102:80"})
    names = {member["name"] for member in rest.ok("GET", f"{pool}/members")["items"]}
    assert names == {"11.1.1.102:80", "n1:80"}
    down = {"session": "user-disabled", "state": "user-down"}
    rest.ok("PATCH", f"{pool}/members/~Common~n1:80", down)
    member = rest.ok("GET", f"{pool}/members/~Common~n1:80")
    assert (member["session"], member["state"]) == ("user-disabled", "user-down")
    rest.ok("DELETE", f"{pool}/members/~Common~n1:80")
    rest.ok("DELETE", pool)
    rest.ok("DELETE", f"{LTM}/node/~Common~n1")
    assert rest("GET", pool)[0] == 404


def test_a_virtual_server_is_sent_whole_and_again(rest: Rest) -> None:
    body = {
        "name": "/Common/terraform_vs_http",
        "destination": "/Common/100.1.1.100:80",
        "mask": "255.255.255.255",
        "pool": "/Common/legacy_pool",
        "source": "0.0.0.0/0",
        "sourceAddressTranslation": {"type": "automap"},
        "ipProtocol": "tcp",
        "profiles": [{"name": "/Common/tcp", "context": "all"}, {"name": "/Common/http", "context": "all"}],
    }
    path = f"{LTM}/virtual/~Common~terraform_vs_http"
    rest.ok("POST", f"{LTM}/virtual", body)
    first = rest.ok("GET", path)
    rest.ok("PUT", path, body)
    second = rest.ok("GET", path)
    assert {k: v for k, v in first.items() if k != "generation"} == {
        k: v for k, v in second.items() if k != "generation"
    }
    assert len(rest.ok("GET", f"{path}/profiles")["items"]) == 2
    status, message = rest.refused("POST", f"{LTM}/virtual", body)
    assert (status, message[:11]) == (409, "01020066:3:")


def test_network_objects(rest: Rest) -> None:
    rest.ok("POST", "/mgmt/tm/net/vlan", {"name": "/Common/internal", "tag": 101})
    rest.ok(
        "POST",
        "/mgmt/tm/net/self",
        {"name": "/Common/internalselfIP", "address": "11.1.1.1/24", "vlan": "/Common/internal"},
    )
    rest.ok("POST", "/mgmt/tm/net/route", {"name": "external", "network": "10.10.10.0/24", "gw": "11.1.1.2"})
    shown = rest.ok("GET", "/mgmt/tm/net/self/~Common~internalselfIP")
    assert (shown["address"], shown["vlan"]) == ("11.1.1.1/24", "/Common/internal")
    for path in ("route/~Common~external", "self/~Common~internalselfIP", "vlan/~Common~internal"):
        rest.ok("DELETE", f"/mgmt/tm/net/{path}")
