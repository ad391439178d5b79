# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TMM without a network: the plan, haproxy's configuration, filters, and the rules of route advertisement."""

from __future__ import annotations

import pytest
from bigip.config import factory
from bigip.testing import INITIAL
from bigip.tmm import filter as packet_filter
from bigip.tmm import haproxy, stats
from bigip.tmm.plan import Listener, Monitor, Plan, SelfIp, read
from bigip.tmm.status import Status


@pytest.fixture
def store():
    made = factory.fresh("bigip1", "16.1.5.2", "0.0.5", "127.0.0.1", {})
    for path, bodies in INITIAL.items():
        for body in bodies:
            made.create(made.kinds[path], body)
    return made


def change(store, path, name, **body):
    return store.modify(store.get(path, name), body)


POOL, MEMBER = "/Common/legacy_pool", "/Common/172.16.40.90:80"
KEY = (POOL, MEMBER)


# the plan


def test_hand_made_servers_are_listeners(store):
    plan = read(store)
    assert plan.listeners == (
        Listener("/Common/legacy_81_vs", "172.16.40.81", 80, True, POOL),
        Listener("/Common/legacy_99_vs", "172.16.99.99", 80, True, POOL),
    )
    assert plan.addresses == {"172.16.40.81/32", "172.16.99.99/32"}
    assert plan.unserved == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"destination": "10.0.0.1:53", "ipProtocol": "udp"}, "protocol udp"),
        ({"destination": "10.0.0.1:0"}, "it listens on any port"),
        ({"destination": "10.0.0.0:80", "mask": "255.255.255.0"}, "its address is a network"),
        ({"destination": "10.0.0.1:443", "profiles": ["tcp", "clientssl"]}, "TLS profiles"),
        ({"destination": "10.0.0.1%10:80"}, "it is not in route domain 0"),
    ],
)
def test_what_this_tmm_cannot_serve_is_named(store, body, reason):
    store.create(store.kinds["net/route-domain"], {"name": "10", "id": 10})
    store.create(store.kinds["ltm/virtual"], {"name": "v", **body})
    plan = read(store)
    assert plan.unserved == (("/Common/v", reason),)
    assert "/Common/v" not in {listener.name for listener in plan.listeners}


def test_a_disabled_server_does_not_listen_but_keeps_its_address(store):
    change(store, "ltm/virtual", "/Common/legacy_81_vs", disabled=True)
    plan = read(store)
    assert [item.name for item in plan.listeners] == ["/Common/legacy_99_vs"]
    assert "172.16.40.81/32" in plan.addresses
    change(store, "ltm/virtual-address", "/Common/172.16.99.99", enabled="no")
    plan = read(store)
    assert plan.listeners == ()
    assert plan.addresses == {"172.16.40.81/32"}


def test_default_lockdown_is_spelt_out(store):
    change(store, "net/self", "/Common/int_self", allowService=["default", "tcp:179"])
    [self_ip] = read(store).self_ips
    assert {"tcp:443", "udp:520", "tcp:179"} <= set(self_ip.services)
    assert "default" not in self_ip.services


# haproxy


def test_each_pool_is_watched_once_and_used_by_each_server(store):
    text = haproxy.render(read(store))
    assert text.count("backend monitor:Common:legacy_pool\n") == 1
    assert text.count(" track monitor:Common:legacy_pool/m:Common:172.16.40.90:80") == 2
    assert "bind 172.16.40.81:80 transparent" in text


@pytest.mark.parametrize(("interval", "timeout", "fall"), [(5, 16, 3), (15, 30, 2), (10, 5, 1), (1, 31, 31)])
def test_timeout_becomes_failures_in_a_row(interval, timeout, fall):
    assert Monitor("/Common/m", "http", interval, timeout).fall == fall


@pytest.mark.parametrize(
    ("monitor", "lines"),
    [
        (
            Monitor("m", "http", 5, 16, r"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "it's (ok|fine)"),
            [
                "tcp-check connect",
                "tcp-check send-binary " + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".hex(),
                "tcp-check expect rstring 'it'\\''s (ok|fine)'",
            ],
        ),
        (
            Monitor("m", "http", 5, 16, r"GET /\r\n"),
            ["tcp-check connect", "tcp-check send-binary " + b"GET /\r\n\r\n".hex(), "tcp-check expect rstring '.'"],
        ),
        (Monitor("m", "https", 5, 16, "", "ok"), ["tcp-check connect ssl", "tcp-check expect rstring 'ok'"]),
        (Monitor("m", "tcp", 5, 16), ["tcp-check connect"]),
        (Monitor("m", "tcp-half-open", 5, 16), ["tcp-check connect"]),
    ],
)
def test_monitors_send_and_expect_what_they_say(monitor, lines):
    assert haproxy.checks(monitor) == lines


@pytest.mark.parametrize(
    ("mode", "word"),
    [("round-robin", "roundrobin"), ("least-connections-member", "leastconn"), ("ratio-member", "roundrobin")],
)
def test_balance(store, mode, word):
    change(store, "ltm/pool", POOL, loadBalancingMode=mode)
    assert f"    balance {word}\n" in haproxy.render(read(store))


def test_members_that_a_person_switched_off(store):
    pool = store.get("ltm/pool", POOL)
    [member] = pool.members("members")
    store.modify(member, {"session": "user-disabled"})
    assert "172.16.40.90:80 weight 0 track" in haproxy.render(read(store))
    store.modify(member, {"state": "user-down"})
    watcher = haproxy.render(read(store)).partition("backend monitor:")[2].partition("frontend")[0]
    assert "rise 1 disabled" in watcher


def test_names_stay_apart_when_letters_are_lost():
    assert haproxy.identifier("vs", "/k8s/a b") != haproxy.identifier("vs", "/k8s/a%b")
    assert haproxy.identifier("vs", "/k8s/Shared/plain") == "vs:k8s:Shared:plain"


def test_policies_choose_pools_by_host_and_path(store):
    store.create(
        store.kinds["ltm/policy"],
        {
            "name": "pol",
            "rules": [
                {
                    "name": "r",
                    "conditions": [
                        {"name": "0", "httpHost": True, "host": True, "equals": True, "values": ["a.example"]},
                        {
                            "name": "1",
                            "httpUri": True,
                            "pathSegment": True,
                            "index": 1,
                            "equals": True,
                            "values": ["x"],
                        },
                    ],
                    "actions": [{"name": "0", "forward": True, "select": True, "pool": POOL}],
                }
            ],
        },
    )
    store.create(
        store.kinds["ltm/virtual"],
        {"name": "v", "destination": "10.0.0.1:80", "profiles": ["tcp", "http"], "policies": ["pol"]},
    )
    text = haproxy.render(read(store)).partition("frontend vs:Common:v\n")[2]
    assert "acl rule1_0 req.hdr(host) -i -m str 'a.example'" in text
    assert "acl rule1_1 path,field(2,/) -m str 'x'" in text
    assert "use_backend pool:Common:v:Common:legacy_pool if rule1_0 rule1_1" in text


TABLE = """# pxname,svname,scur,smax,stot,bin,bout,status,check_status
monitor:Common:legacy_pool,m:Common:172.16.40.90:80,0,0,0,0,0,{status},{check}
vs:Common:legacy_81_vs,FRONTEND,1,2,7,10,20,OPEN,
"""


@pytest.mark.parametrize(
    ("status", "check", "found"),
    [
        ("UP", "L7OK", {KEY: "up"}),
        ("UP 1/2", "* L4CON", {KEY: "up"}),
        ("DOWN", "L4TOUT", {KEY: "down"}),
        ("UP", "INI", {}),
        ("no check", "", {}),
    ],
)
def test_what_checks_found(store, status, check, found):
    members, frontends = haproxy.names(read(store))
    rows = stats.rows(TABLE.format(status=status, check=check))
    assert stats.health(rows, members) == found
    assert stats.counters(rows, frontends, {})["/Common/legacy_81_vs"]["totConns"] == 7


# filters


def test_lockdown_lets_in_what_it_names():
    plan = Plan(self_ips=(SelfIp("int_vlan", "172.16.40.202/24", ("tcp:179", "udp:3784", "ospf:0")),))
    rules = packet_filter.render(plan, 4, {}).splitlines()
    ours = [rule for rule in rules if "172.16.40.202" in rule]
    assert ours == [
        "-A bigip-self -d 172.16.40.202 -p icmp -j RETURN",
        "-A bigip-self -d 172.16.40.202 -p tcp --dport 179 -j RETURN",
        "-A bigip-self -d 172.16.40.202 -p udp --dport 3784 -j RETURN",
        "-A bigip-self -d 172.16.40.202 -p 89 -j RETURN",
        "-A bigip-self -d 172.16.40.202 -j DROP",
    ]
    assert "172.16.40.202" not in packet_filter.render(plan, 6, {})


def test_lockdown_all_and_none():
    everything = packet_filter.render(Plan(self_ips=(SelfIp("v", "10.0.0.1/24", ("all",)),)), 4, {})
    assert "-d 10.0.0.1 -j RETURN" in everything and "DROP" not in everything
    nothing = packet_filter.render(Plan(self_ips=(SelfIp("v", "10.0.0.1/24", ()),)), 4, {})
    assert "--dport" not in nothing and "-d 10.0.0.1 -j DROP" in nothing


def test_virtual_addresses_have_their_servers_ports_alone(store):
    rules = packet_filter.render(read(store), 4, {"172.16.40.81/32": False})
    assert "-d 172.16.40.81/32 -p icmp --icmp-type echo-request -j DROP" in rules
    assert "-d 172.16.99.99/32 -p icmp --icmp-type echo-request" not in rules
    assert "-d 172.16.40.81/32 -p tcp --dport 80 -j RETURN" in rules
    assert "-d 172.16.40.81/32 -j DROP" in rules


# route advertisement

UP, DOWN, CHECKING = {KEY: "up"}, {KEY: "down"}, {}


@pytest.mark.parametrize(
    ("mode", "health", "advertised"),
    [
        ("disabled", UP, False),
        ("disabled", DOWN, False),
        ("always", DOWN, True),
        ("always", CHECKING, True),
        ("enabled", UP, True),
        ("enabled", DOWN, False),
        ("enabled", CHECKING, False),
        ("selective", UP, True),
        ("selective", DOWN, False),
        ("selective", CHECKING, False),
        ("any", UP, True),
        ("any", DOWN, False),
        ("all", UP, True),
        ("all", DOWN, False),
    ],
)
def test_modes(store, mode, health, advertised):
    address = change(store, "ltm/virtual-address", "/Common/172.16.40.81", routeAdvertisement=mode)
    assert Status(store, health, {}).advertised(address) is advertised


@pytest.mark.parametrize(
    ("scope", "mode", "advertised"),
    [
        ("any", "selective", True),
        ("all", "selective", False),
        ("none", "selective", True),
        ("all", "any", True),
        ("any", "all", False),
    ],
)
def test_two_servers_one_down(store, scope, mode, advertised):
    store.create(store.kinds["ltm/pool"], {"name": "dead", "monitor": "http", "members": ["10.0.0.9:80"]})
    store.create(store.kinds["ltm/virtual"], {"name": "second", "destination": "172.16.40.81:81", "pool": "dead"})
    address = change(store, "ltm/virtual-address", "/Common/172.16.40.81", serverScope=scope, routeAdvertisement=mode)
    health = {KEY: "up", ("/Common/dead", "/Common/10.0.0.9:80"): "down"}
    assert Status(store, health, {}).advertised(address) is advertised


def test_switching_off_does_not_withdraw_forcing_offline_does(store):
    address = change(store, "ltm/virtual-address", "/Common/172.16.40.81", routeAdvertisement="selective")
    change(store, "ltm/virtual", "/Common/legacy_81_vs", disabled=True)
    [member] = store.get("ltm/pool", POOL).members("members")
    store.modify(member, {"session": "user-disabled"})
    assert Status(store, UP, {}).advertised(address)
    store.modify(member, {"state": "user-down"})
    assert not Status(store, UP, {}).advertised(address)


def test_a_disabled_address_is_withdrawn_unless_always(store):
    address = change(store, "ltm/virtual-address", "/Common/172.16.40.81", routeAdvertisement="selective", enabled="no")
    assert not Status(store, UP, {}).advertised(address)
    change(store, "ltm/virtual-address", "/Common/172.16.40.81", routeAdvertisement="always")
    assert Status(store, UP, {}).advertised(address)


def test_pools_without_a_monitor_count_as_available(store):
    store.create(store.kinds["ltm/pool"], {"name": "plain", "members": ["10.0.0.9:80"]})
    store.create(store.kinds["ltm/virtual"], {"name": "v", "destination": "10.0.0.1:80", "pool": "plain"})
    address = change(store, "ltm/virtual-address", "/Common/10.0.0.1", routeAdvertisement="selective")
    assert Status(store, {}, {}).advertised(address)
    assert Status(store, {}, {}).of(address).availability == "unknown"
