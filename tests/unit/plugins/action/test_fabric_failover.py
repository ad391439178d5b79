# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failover: refused, done and waited for, or not taken by the other unit."""

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.action import fabric_failover

BLOCKS = {"k8s-master": ["10.244.235.192/26"], "k8s-node1": ["10.244.36.64/26"]}
NODES = {"k8s-master": "172.16.40.199", "k8s-node1": "172.16.40.198"}
VIP = "172.16.40.81/32"


class Pair:
    """Two BIG-IPs of which one is active, and the commands that they got."""

    def __init__(self, bench) -> None:
        self.active, self.commands, self.stuck, self.sync = "bigip1", [], False, "In Sync"
        bench.hosts["bigip2"] = {"ansible_host": "172.16.20.203", "bgp_address": "172.16.40.203", "as_number": "64512"}
        for host in bench.hosts.values():
            host["bigip_mode"] = "active_standby"
        bench.answers |= {
            "bigip_bgp_info": self.read,
            "calico_info": {"resources": {}, "ipam": {"by_node": BLOCKS}},
            "fabric_lease": {"spec": None, "resource_version": ""},
        }

    def read(self, arguments):
        name = "bigip1" if arguments["server"].endswith("202") else "bigip2"
        state = "active" if name == self.active else "standby"
        routes = [{"prefix": BLOCKS[node][0], "code": "B", "via": ip} for node, ip in NODES.items()]
        return {
            "config": {"config": {"as_number": "64512"}},
            "neighbors": [{"address": ip, "state": "Established"} for ip in NODES.values()],
            "routes": routes + ([{"prefix": VIP, "code": "K"}] if name == self.active else []),
            "failover": {"state": state.upper(), "sync": self.sync, "traffic_groups": {"traffic-group-1": state}},
        }

    def session(self, endpoint):
        pair = self

        class Session:
            def __enter__(self):
                return self

            def __exit__(self, *_exc):
                return None

            def post(self, path, body):
                pair.commands.append((endpoint.server, path, body))
                if not pair.stuck:
                    pair.active = "bigip2" if pair.active == "bigip1" else "bigip1"

        return Session()


@pytest.fixture
def pair(bench, monkeypatch):
    found = Pair(bench)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setattr(fabric_failover, "BigIp", found.session)
    return found


def go(bench, **more):
    return bench.run(fabric_failover.ActionModule, timeout=0.05, delay=0.01, **more)


def test_the_active_unit_becomes_standby_once(bench, pair):
    done = go(bench)
    assert (done["changed"], done["standby"], done["active"]) == (True, "bigip1", "bigip2"), done
    assert pair.commands == [("172.16.20.202", "/mgmt/tm/sys/failover", {"command": "run", "standby": True})]
    again = go(bench, unit="bigip1")
    assert not again["changed"] and len(pair.commands) == 1


def test_check_mode_changes_nothing(bench, pair):
    assert go(bench, check_mode=True)["changed"] and pair.commands == []


def test_nothing_is_changed_where_something_must_be_done_first(bench, pair):
    pair.sync = "Changes Pending"
    refused = go(bench)
    assert refused["failed"] and "config sync is not complete" in refused["msg"] and pair.commands == []


def test_a_unit_that_does_not_take_over_is_named(bench, pair):
    pair.stuck = True
    failed = go(bench)
    assert failed["failed"] and failed["changed"]
    assert f"bigip2 does not announce {VIP}" in failed["msg"] and "run sys failover standby on bigip2" in failed["msg"]
