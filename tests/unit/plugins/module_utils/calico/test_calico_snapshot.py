# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply, observe, snapshot

OURS = {"app.kubernetes.io/managed-by": "podroute.calico_f5"}
POOL = {
    "kind": "IPPool",
    "metadata": {"name": "default-ipv4-ippool"},
    "spec": {"cidr": "10.244.0.0/16", "ipipMode": "Always", "natOutgoing": True, "blockSize": 26},
}
NODE = {
    "kind": "Node",
    "metadata": {"name": "n1", "labels": {"zone": "a"}},
    "spec": {"bgp": {"ipv4Address": "10.0.0.1/24", "asNumber": 64512}},
}
THEIRS = {"kind": "BGPPeer", "metadata": {"name": "hand"}, "spec": {"peerIP": "10.0.0.9", "asNumber": 64999}}
RUN = (
    {"kind": "BGPPeer", "metadata": {"name": "f5"}, "spec": {"peerIP": "10.0.0.202", "asNumber": 64512}},
    {**POOL, "spec": {"cidr": "10.244.0.0/16", "ipipMode": "Never", "natOutgoing": True}},
    {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"asNumber": 64512}},
    {
        "kind": "Node",
        "metadata": {"name": "n1", "labels": {"route-reflector": "true"}},
        "spec": {"bgp": {"asNumber": 65001, "routeReflectorClusterID": "244.0.0.1"}},
    },
)


def take(fake):
    with fake.client() as client:
        return snapshot.take(client)


def write(fake, *resources):
    with fake.client() as client:
        apply.run(client, apply.Request(resources=resources, owner="podroute.calico_f5"))


def restore(fake, before, applied=None, check=False, fabric=""):
    fake.forget_calls()
    with fake.client() as client:
        return snapshot.restore(client, snapshot.request(before, applied, fabric), check)


def prepared(fake):
    fake.put(POOL, NODE, THEIRS)
    before = take(fake)
    write(fake, *RUN)
    return before, take(fake)


def test_a_rollback_restores_the_state_before_the_run(fake):
    before, applied = prepared(fake)
    assert before != applied
    outcome, conflicts = restore(fake, before, applied)
    assert outcome.changed and conflicts == []
    assert take(fake) == before
    assert fake.get("Node", "n1")["metadata"]["labels"] == {"zone": "a"}
    assert fake.names("BGPPeer") == ["hand"] and fake.names("BGPConfiguration") == []
    outcome, _conflicts = restore(fake, before, applied)
    assert not outcome.changed and not {"apply", "delete", "patch node"} & set(fake.commands)


def test_the_keys_that_differ_are_reported_with_both_values(fake):
    fake.put({**RUN[0], "metadata": {"name": "f5", "labels": OURS}}, NODE)
    peer, node = copy.deepcopy(RUN[0]), copy.deepcopy(RUN[3])
    peer["spec"]["asNumber"] = 64600
    with fake.client() as client:
        found = apply.run(client, apply.Request(resources=(peer, node), owner="podroute.calico_f5"), True).objects
    assert [item["differences"] for item in found] == [
        [
            'labels.route-reflector is not set, expected "true"',
            "spec.bgp.asNumber is 64512, expected 65001",
            'spec.bgp.routeReflectorClusterID is not set, expected "244.0.0.1"',
        ],
        ["spec.asNumber is 64512, expected 64600"],
    ]


def test_a_key_with_calicos_default_that_was_not_there_goes_again(fake):
    """Without an AS number of the cluster, the next run may choose one."""
    configuration = {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"listenPort": 1790}}
    fake.put(configuration)
    before = take(fake)
    write(fake, {**configuration, "spec": {"asNumber": 64512, "logSeverityScreen": "Debug"}})
    assert fake.get("BGPConfiguration", "default")["spec"]["asNumber"] == 64512
    restore(fake, before, take(fake))
    assert fake.get("BGPConfiguration", "default")["spec"] == {"listenPort": 1790} and take(fake) == before


def test_an_interrupted_run_is_restored_without_a_second_snapshot(fake):
    before, _applied = prepared(fake)
    restore(fake, before)
    assert take(fake) == before


def test_the_rollback_of_an_interrupted_run_leaves_what_another_fabric_changed_since(fake):
    """It is not known what the run had written; what carries another fabric's mark was not it."""
    east = {**OURS, "app.kubernetes.io/part-of": "east"}
    old, new = (
        {"kind": "BGPPeer", "metadata": {"name": name, "labels": east}, "spec": {"peerIP": address, "asNumber": 64512}}
        for name, address in (("f5-old", "10.0.0.203"), ("f5-east", "10.0.0.204"))
    )
    fake.put({**copy.deepcopy(old), "metadata": {"name": "f5-gone", "labels": east}}, old)
    before, _applied = prepared(fake)
    with fake.client() as client:
        client.delete([{"apiVersion": "projectcalico.org/v3", "kind": "BGPPeer", "metadata": {"name": "f5-gone"}}])
    fake.put(new, {**old, "spec": {**old["spec"], "maxRestartTime": "60s"}})
    there = [fake.get("BGPPeer", name) for name in ("f5-east", "f5-old")]
    restore(fake, before, fabric="podroute")
    assert fake.names("BGPPeer") == ["f5-east", "f5-old", "hand"]
    assert [fake.get("BGPPeer", name) for name in ("f5-east", "f5-old")] == there


def test_an_observation_gives_the_same_snapshot(fake):
    prepared(fake)
    with fake.client() as client:
        read = observe.read(client, None)
    assert snapshot.observed(read) == take(fake)
    del read["nodes"]
    assert snapshot.observed(read) is None


def test_check_mode_writes_nothing(fake):
    before, applied = prepared(fake)
    outcome, _conflicts = restore(fake, before, applied, check=True)
    assert outcome.changed and take(fake) == applied
    assert not {"apply", "delete", "patch node"} & set(fake.commands)


def test_changes_of_others_stay_and_are_reported(fake):
    before, applied = prepared(fake)
    write(fake, {**POOL, "spec": {"cidr": "10.244.0.0/16", "natOutgoing": False}})
    fake.put({**copy.deepcopy(THEIRS), "metadata": {"name": "later"}, "spec": {"peerIP": "10.0.0.8", "asNumber": 1}})
    outcome, conflicts = restore(fake, before, applied)
    assert outcome.changed
    assert conflicts == ["BGPPeer later: it exists now", "IPPool default-ipv4-ippool: natOutgoing"]
    pool = fake.get("IPPool", "default-ipv4-ippool")["spec"]
    assert pool["ipipMode"] == "Always" and pool["natOutgoing"] is False
    assert fake.names("BGPPeer") == ["hand", "later"]


def test_a_peer_that_was_changed_since_stays_with_its_filter(fake):
    before = take(fake)
    rule = {"action": "Accept", "matchOperator": "In", "cidr": "172.16.99.0/24"}
    vips = {"kind": "BGPFilter", "metadata": {"name": "podroute-vips-only"}, "spec": {"importV4": [rule]}}
    peer = {**RUN[0], "spec": {**RUN[0]["spec"], "filters": ["podroute-vips-only"]}}
    write(fake, vips, peer, RUN[2])
    applied = take(fake)
    write(fake, {**peer, "spec": {**peer["spec"], "asNumber": 65123}})
    outcome, conflicts = restore(fake, before, applied)
    assert outcome.changed and fake.names("BGPConfiguration") == []
    assert conflicts == [
        "BGPPeer f5: created by the run, then changed (asNumber)",
        "BGPFilter podroute-vips-only: BGPPeer f5 uses it",
    ]
    assert fake.names("BGPPeer") == ["f5"] and fake.names("BGPFilter") == ["podroute-vips-only"]


def test_a_pruned_object_is_restored(fake):
    fake.put({**THEIRS, "metadata": {"name": "old", "labels": OURS}})
    before = take(fake)
    with fake.client() as client:
        apply.run(client, apply.Request(resources=(THEIRS,), state="deleted", owner="podroute.calico_f5"))
        client.delete([{"apiVersion": "projectcalico.org/v3", "kind": "BGPPeer", "metadata": {"name": "old"}}])
    restore(fake, before, take(fake))
    assert fake.get("BGPPeer", "old")["metadata"]["labels"] == OURS
