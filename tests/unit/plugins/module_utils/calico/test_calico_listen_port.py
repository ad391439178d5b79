# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import listen_port

WANTED = [
    {"kind": "BGPFilter", "metadata": {"name": "default"}, "spec": {}},
    {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"asNumber": 64512}},
]


def there(**spec):
    return {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": spec}


def test_unset_values_of_the_cluster_stay():
    kept = listen_port.kept(WANTED, [there(listenPort=1790, bindMode="NodeIP", asNumber=1)])
    assert kept[0] == WANTED[0]
    assert kept[1]["spec"] == {"asNumber": 64512, "listenPort": 1790, "bindMode": "NodeIP"}
    assert WANTED[1]["spec"] == {"asNumber": 64512}, "the input is not changed"
    assert listen_port.kept(WANTED, []) == WANTED
    assert listen_port.kept(WANTED, [there(listenPort=None)]) == WANTED


def test_what_is_asked_is_in_the_default_configuration_only():
    others = {"kind": "BGPConfiguration", "metadata": {"name": "node.n1"}, "spec": {}}
    asked = listen_port.asked([*WANTED, others], {"listenPort": 1790})
    assert [item["spec"] for item in asked] == [{}, {"asNumber": 64512, "listenPort": 1790}, {}]


@pytest.mark.parametrize(
    ("configurations", "wanted", "due"),
    [
        ([], {}, False),
        ([], {"listenPort": 179, "bindMode": "None"}, False),
        ([], {"listenPort": 1790}, True),
        ([there(listenPort=1790)], {"listenPort": 1790}, False),
        ([there(listenPort=1790)], {}, False),
        ([there(listenPort=0)], {"listenPort": 179}, False),
        ([there(listenPort=1790)], {"bindMode": "NodeIP"}, True),
        ([there(bindMode="NodeIP")], {"bindMode": "None"}, True),
    ],
)
def test_a_restart_is_due_where_bird_is_to_listen_elsewhere(configurations, wanted, due):
    assert listen_port.restart_is_due(configurations, wanted) is due


def test_a_restart_is_pending_while_its_mark_is_there():
    marked = there()
    assert not listen_port.restart_is_pending([marked])
    marked["metadata"]["annotations"] = {listen_port.RESTART_MARK: "needed"}
    assert listen_port.restart_is_pending([marked])


def test_a_down_peer_of_others_delays_a_restarted_bird():
    sessions = [("172.16.40.202", "Established"), ("172.16.40.198", "Active"), ("172.16.40.90", "Idle"),
                ("172.16.40.91", "Established")]  # fmt: skip
    states = {"k8s-master": {"sessions": [{"peer_ip": ip, "state": state} for ip, state in sessions]}}
    peers = {"k8s-master": ["172.16.40.198", "172.16.40.202"]}
    assert listen_port.held_back(states, peers) == [
        "k8s-master: the session with 172.16.40.90, which is not in this inventory, is down"
    ]
