# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import apply
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError

OWNER = "podroute.calico_f5"


def peer(name="p", address="10.0.0.1", **spec):
    return {"kind": "BGPPeer", "metadata": {"name": name}, "spec": {"peerIP": address, "asNumber": 64512, **spec}}


def run(fake, *resources, check=False, retries=3, **options):
    request = apply.Request(resources=resources, owner=OWNER, **options)
    with fake.client(retries=retries) as client:
        return apply.run(client, request, check)


def results(outcome):
    return {item["name"]: item["result"] for item in outcome.objects}


def test_one_list_and_one_write(fake):
    outcome = run(fake, peer("a"), peer("b", "10.0.0.2"))
    assert results(outcome) == {"a": "created", "b": "created"} and outcome.changed
    assert fake.commands == ["get bgppeer", "apply", "get bgppeer"]
    assert [item["metadata"]["name"] for item in json.loads(fake.state["stdin"][1])] == ["a", "b"]


def test_nothing_to_do_is_one_list(fake):
    run(fake, peer("a"))
    fake.forget_calls()
    outcome = run(fake, peer("a"))
    assert results(outcome) == {"a": "unchanged"} and not outcome.changed
    assert fake.commands == ["get bgppeer"]
    assert outcome.before == outcome.after


def test_filters_that_an_existing_peer_keeps_are_known(fake):
    fake.put({"kind": "BGPFilter", "metadata": {"name": "theirs"}, "spec": {}}, peer("a", filters=["theirs"]))
    assert results(run(fake, peer("a", maxRestartTime="60s"))) == {"a": "updated"}
    assert fake.get("BGPPeer", "a")["spec"]["filters"] == ["theirs"]


def test_only_what_differs_is_written(fake):
    run(fake, *(peer(f"p{n}", f"10.0.0.{n}") for n in range(1, 9)))
    fake.forget_calls()
    changed = [peer(f"p{n}", f"10.0.0.{n}", **({"maxRestartTime": "60s"} if n == 5 else {})) for n in range(1, 9)]
    assert results(run(fake, *changed))["p5"] == "updated"
    (sent,) = json.loads(fake.state["stdin"][1])
    assert sent["metadata"]["name"] == "p5" and sent["spec"]["maxRestartTime"] == "1m0s"


def test_check_mode_writes_nothing_and_predicts(fake):
    fake.put(peer("a"))
    planned = run(fake, peer("a", asNumber=65001), peer("b", "10.0.0.2"), check=True)
    assert results(planned) == {"a": "planned", "b": "planned"} and planned.changed
    assert set(fake.commands) == {"get bgppeer"}
    done = run(fake, peer("a", asNumber=65001), peer("b", "10.0.0.2"))
    assert planned.before == done.before and planned.after == done.after and planned.resets == done.resets


def test_refused_before_any_write_with_every_reason(fake):
    with pytest.raises(apply.Refused) as caught:
        run(fake, peer("a", asNumber=0), peer("b", "x"), {"kind": "IPPool", "metadata": {"name": "p"}, "spec": {}})
    assert len(caught.value.problems) == 3
    assert all(command.startswith("get") for command in fake.commands)
    with pytest.raises(apply.Refused, match=r"resource 1: .*resource 2: "):
        run(fake, {"kind": "Nope"}, {"kind": "BGPPeer"})


def test_a_conflict_is_planned_anew(fake):
    """Another client changes another key between our read and our write: both changes are kept."""
    fake.put(peer("a"))
    fake.set(fail=[{"on": "apply", "rival": {"kind": "BGPPeer", "name": "a", "spec": {"node": "n1"}}}])
    outcome = run(fake, peer("a", asNumber=65001))
    assert results(outcome) == {"a": "updated"}
    assert fake.get("BGPPeer", "a")["spec"] == {"peerIP": "10.0.0.1", "asNumber": 65001, "node": "n1"}
    assert fake.commands == ["get bgppeer", "apply", "get bgppeer", "apply", "get bgppeer"]


def test_conflicts_without_end_are_given_up(fake):
    fake.put(peer("a"))
    fake.set(fail=[{"on": "apply", "times": 99, "stderr": "Hit error(s): [update conflict: BGPPeer(a)]"}])
    with pytest.raises(apply.Unfinished) as caught:
        run(fake, peer("a", asNumber=65001), retries=2)
    assert caught.value.error.code == "conflict"
    assert fake.commands.count("apply") == 3


@pytest.mark.parametrize("style", ["3.28", "3.31"])
def test_each_fate_after_a_partial_failure(fake, style):
    fake.set(
        style=style,
        fail=[
            {
                "on": "apply",
                "after": 2,
                "stdout": "Partial success: applied the first 2 out of 3 'BGPPeer' resources:\n",
                "stderr": "Hit error(s): [error with field PeerIP = 'x' (bad)]\n",
            }
        ],
    )
    with pytest.raises(apply.Unfinished) as caught:
        run(fake, peer("a"), peer("b", "10.0.0.2"), peer("c", "10.0.0.3"))
    assert results(caught.value.outcome) == {"a": "created", "b": "created", "c": "failed"}
    assert caught.value.outcome.changed and caught.value.error.code == "validation"
    assert fake.commands.count("apply") == 1, "a refused value is not tried again"
    assert [item["metadata"]["name"] for item in caught.value.outcome.after] == ["a", "b"]


def test_the_network_goes_away_in_the_middle(fake):
    refused = 'Hit error(s): [Put "https://x": dial tcp 10.0.0.1:6443: connect: connection refused]\n'
    fake.set(fail=[{"on": "apply", "after": 1, "stderr": refused}])
    outcome = run(fake, peer("a"), peer("b", "10.0.0.2"))
    assert results(outcome) == {"a": "created", "b": "created"}
    second = json.loads([text for text in fake.state["stdin"] if text][1])
    assert [item["metadata"]["name"] for item in second] == ["b"], "only what is still missing"


def test_success_that_did_not_happen_is_a_failure(fake):
    fake.set(server_drops={"BGPPeer": ["maxRestartTime"]})
    with pytest.raises(apply.Unfinished, match="these objects differ from what was written: BGPPeer a"):
        run(fake, peer("a", maxRestartTime="60s"), retries=0)


def test_a_default_of_a_newer_server_is_not_a_failure(fake):
    fake.set(server_adds={"BGPPeer": {"brandNew": "Default"}})
    assert results(run(fake, peer("a"), state="replaced")) == {"a": "created"}


def test_filters_nodes_and_peers_in_order(fake):
    fake.put({"kind": "Node", "metadata": {"name": "n1"}, "spec": {"bgp": {"ipv4Address": "10.0.0.9/24"}}})
    run(
        fake,
        peer("a", filters=["f"]),
        {"kind": "Node", "metadata": {"name": "n1"}, "spec": {"bgp": {"asNumber": 7}}},
        {"kind": "BGPFilter", "metadata": {"name": "f"}, "spec": {"importV4": [{"action": "Reject"}]}},
    )
    writes = [command for command in fake.commands if not command.startswith("get")]
    assert writes == ["apply", "patch node", "apply"]
    assert fake.get("Node", "n1")["spec"]["bgp"] == {"ipv4Address": "10.0.0.9/24", "asNumber": 7}


def test_pruning_has_a_limit(fake):
    run(fake, *(peer(f"p{n}", f"10.0.0.{n}") for n in range(1, 14)))
    with pytest.raises(apply.Refused, match="would prune 12 objects .* more than max_prune = 10"):
        run(fake, peer("p1"), state="overridden")
    assert len(fake.names("BGPPeer")) == 13
    run(fake, peer("p1"), state="overridden", max_prune=12)
    assert fake.names("BGPPeer") == ["p1"]


def test_a_pool_in_use_is_not_deleted(fake):
    pool = {"kind": "IPPool", "metadata": {"name": "p"}, "spec": {"cidr": "10.244.0.0/16"}}
    fake.put(pool)
    fake.set(ipam={"10.244.0.0/16": 3})
    with pytest.raises(apply.Refused, match="3 of its addresses are in use"):
        run(fake, pool, state="deleted")
    fake.set(ipam={"10.245.0.0/16": 0})
    with pytest.raises(apply.Refused, match="does not list this pool: it may be in use"):
        run(fake, pool, state="deleted")
    fake.set(ipam={"10.244.0.0/16": "some"})
    with pytest.raises(apply.Refused, match="calicoctl ipam show: this line cannot be parsed: '| IP Pool"):
        run(fake, pool, state="deleted")
    fake.set(ipam={"10.244.0.0/16": 0})
    assert results(run(fake, pool, state="deleted")) == {"p": "deleted"}


def test_deleting_twice_changes_once(fake):
    fake.put(peer("a"))
    assert run(fake, peer("a"), state="deleted").changed
    assert not run(fake, peer("a"), state="deleted").changed


def test_a_field_of_a_newer_release_is_refused(fake):
    fake.put({"kind": "ClusterInformation", "metadata": {"name": "default"}, "spec": {"calicoVersion": "v3.28.5"}})
    with pytest.raises(apply.Refused, match=r"known since Calico v3\.30; the cluster runs v3\.28"):
        run(fake, peer("a", nextHopMode="Keep"))
    fake.forget_calls()
    run(fake, peer("a"))
    assert "get clusterinformation" not in fake.commands, "asked only when it matters"


def test_reading_fails(fake):
    fake.set(fail=[{"on": "get", "stderr": "connection is unauthorized: Unauthorized", "times": 9}])
    with pytest.raises(CalicoError, match="unauthorised"):
        run(fake, peer("a"))
