# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import copy

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import plan, session_resets
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import (
    Key,
    effective,
    from_cluster,
    from_user,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import LABEL
from hypothesis import given
from hypothesis import strategies as st

OWNER = "podroute.calico_f5"


def peer(name="p", labels=None, **spec):
    meta = {"name": name, **({"labels": labels} if labels else {})}
    return {"apiVersion": "projectcalico.org/v3", "kind": "BGPPeer", "metadata": meta, "spec": spec}


def pool(name="default-ipv4-ippool", **spec):
    return {"kind": "IPPool", "metadata": {"name": name}, "spec": {"cidr": "10.244.0.0/16", **spec}}


def make(desired, have, state="merged", **options):
    cluster = plan.Cluster(have)
    return plan.make([from_user(item) for item in desired], cluster, state, options.pop("owner", OWNER), **options)


SERVER_NOISE = {
    "uid": "50ad11fa",
    "resourceVersion": "288",
    "creationTimestamp": "2026-11-22T23:38:39Z",
    "generation": 3,
    "managedFields": [{}],
    "ownerReferences": [{}],
    "finalizers": ["x"],
    "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
}


def noisy(resource):
    result = copy.deepcopy(resource)
    result["metadata"].update(SERVER_NOISE)
    result["apiVersion"] = "projectcalico.org/v3"
    return result


@pytest.mark.parametrize(
    ("want", "have"),
    [
        (peer(asNumber="1.10", peerIP="10.0.0.1"), peer(asNumber=65546, peerIP="10.0.0.1")),
        (peer(asNumber="65001", maxRestartTime="60s"), peer(asNumber=65001, maxRestartTime="1m0s")),
        (peer(asNumber=1, maxRestartTime="120s"), peer(asNumber=1)),
        (peer(asNumber=1, sourceAddress="UseNodeIP", keepOriginalNextHop=False), peer(asNumber=1)),
        (
            pool(blockSize=26, ipipMode="Never", natOutgoing=False),
            pool(
                blockSize=26,
                ipipMode="Never",
                vxlanMode="Never",
                nodeSelector="all()",
                allowedUses=["Workload", "Tunnel"],
                assignmentMode="Automatic",
            ),
        ),
        (pool(allowedUses=["Tunnel", "Workload"]), pool(allowedUses=["Workload", "Tunnel"])),
        (
            {"kind": "IPPool", "metadata": {"name": "six"}, "spec": {"cidr": "FD00:0::/64"}},
            {"kind": "IPPool", "metadata": {"name": "six"}, "spec": {"cidr": "fd00::/64", "blockSize": 122}},
        ),
        (
            {
                "kind": "BGPConfiguration",
                "metadata": {"name": "default"},
                "spec": {"nodeToNodeMeshEnabled": True, "asNumber": "64512", "nodeMeshMaxRestartTime": "120s"},
            },
            {
                "kind": "BGPConfiguration",
                "metadata": {"name": "default"},
                "spec": {"serviceLoadBalancerAggregation": "Enabled", "logSeverityScreen": "Info", "listenPort": 0},
            },
        ),
    ],
)
@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_what_means_the_same_is_not_a_change(want, have, state):
    assert make([want], [noisy(have)], state).changes == ()


def test_the_server_noise_is_in_no_form():
    clean = from_cluster(noisy(peer(asNumber=1)))
    assert clean["metadata"] == {"name": "p"}


def test_a_missing_object_is_created_with_our_label():
    (change,) = make([peer(asNumber="64512", peerIP="10.0.0.1")], []).changes
    assert change.action == "create"
    assert change.payload["metadata"]["labels"] == {LABEL: OWNER}
    assert change.payload["spec"] == {"asNumber": 64512, "peerIP": "10.0.0.1"}


@pytest.mark.parametrize("kind", ["BGPConfiguration", "FelixConfiguration", "KubeControllersConfiguration"])
def test_what_every_cluster_has_is_not_ours(kind):
    (change,) = make([{"kind": kind, "metadata": {"name": "default"}, "spec": {"x": 1}}], []).changes
    assert "labels" not in change.payload["metadata"]


def test_merged_keeps_what_was_not_named():
    have = noisy(peer(labels={"team": "net"}, asNumber=1, peerIP="10.0.0.1", filters=["f"]))
    (change,) = make([peer(asNumber=2)], [have]).changes
    assert change.action == "update"
    assert change.payload["spec"] == {"asNumber": 2, "peerIP": "10.0.0.1", "filters": ["f"]}
    assert change.payload["metadata"]["labels"] == {"team": "net"}, "changed, but not claimed"
    assert change.payload["metadata"]["resourceVersion"] == "288"


def test_replaced_drops_what_was_not_named_but_no_labels():
    have = noisy(peer(labels={"team": "net"}, asNumber=1, peerIP="10.0.0.1", filters=["f"]))
    (change,) = make([peer(asNumber=1, peerIP="10.0.0.1")], [have], "replaced").changes
    assert change.payload["spec"] == {"asNumber": 1, "peerIP": "10.0.0.1"}
    assert change.payload["metadata"]["labels"] == {"team": "net"}


def test_a_null_removes_a_key():
    (change,) = make([peer(filters=None)], [noisy(peer(asNumber=1, filters=["f"]))]).changes
    assert change.payload["spec"] == {"asNumber": 1}
    assert make([peer(filters=None)], [noisy(peer(asNumber=1))]).changes == ()


def test_a_given_owner_label_claims_nothing():
    want = peer(labels={LABEL: OWNER}, asNumber=1)
    assert make([want], [noisy(peer(asNumber=1))]).changes == ()


def test_replace_owned_is_exact_with_ours_and_gentle_with_others():
    ours = noisy(peer("ours", {LABEL: OWNER}, asNumber=1, filters=["f"]))
    theirs = noisy(peer("theirs", None, asNumber=1, filters=["f"]))
    made = make([peer("ours", asNumber=1), peer("theirs", asNumber=1)], [ours, theirs], replace_owned=True)
    assert [(change.key.name, change.payload["spec"]) for change in made.changes] == [("ours", {"asNumber": 1})]


def test_only_ours_are_pruned():
    have = [
        noisy(peer("ours", {LABEL: OWNER}, asNumber=1)),
        noisy(peer("kept", {LABEL: OWNER}, asNumber=1)),
        noisy(peer("theirs", {LABEL: "somebody"}, asNumber=1)),
        noisy(peer("nobodys", None, asNumber=1)),
    ]
    for state, options in (("overridden", {}), ("merged", {"prune": ["BGPPeer"]}), ("pruned", {"prune": ["BGPPeer"]})):
        made = make([peer("kept", asNumber=1)], have, state, **options)
        assert [(change.action, change.key.name) for change in made.changes] == [("delete", "ours")], state
    assert make([peer("kept", asNumber=1)], have, "overridden", owner="").changes == ()


def test_pruned_writes_nothing():
    assert make([peer("new", asNumber=1)], [], "pruned", prune=["BGPPeer"]).changes == ()


def test_deleted():
    made = make([peer("a"), peer("b")], [noisy(peer("a", asNumber=1))], "deleted")
    assert [(change.action, change.key.name) for change in made.changes] == [("delete", "a")]
    assert made.unchanged == (Key("BGPPeer", "b"),)


def test_order_of_writing_and_deleting():
    desired = [
        peer(filters=["f"], asNumber=1),
        {"kind": "BGPConfiguration", "metadata": {"name": "default"}, "spec": {"asNumber": 1}},
        {"kind": "BGPFilter", "metadata": {"name": "f"}, "spec": {"importV4": []}},
    ]
    assert [c.key.kind for c in make(desired, []).changes] == ["BGPFilter", "BGPConfiguration", "BGPPeer"]
    there = [noisy({"spec": {}, **item}) for item in desired]
    assert [c.key.kind for c in make(desired, there, "deleted").changes] == ["BGPPeer", "BGPConfiguration", "BGPFilter"]


def node(**bgp):
    return {"kind": "Node", "metadata": {"name": "n1"}, "spec": {"bgp": bgp}}


KUBE_NODE = {
    "apiVersion": "projectcalico.org/v3",
    "kind": "Node",
    "metadata": {
        "name": "n1",
        "labels": {"rack": "r1"},
        "annotations": {"projectcalico.org/kube-labels": "{}"},
        "resourceVersion": "5437",
    },
    "spec": {
        "addresses": [{"address": "10.0.0.1"}],
        "orchRefs": [{"nodeName": "n1"}],
        "bgp": {"asNumber": 65101, "ipv4Address": "10.77.0.1/24", "ipv4IPIPTunnelAddr": "10.1.1.1"},
    },
    "status": {},
}


@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_a_node_is_only_patched_by_the_keys_that_differ(state):
    (change,) = make([node(asNumber="65102", ipv4Address="10.77.0.1/24")], [KUBE_NODE], state).changes
    assert change.action == "patch"
    assert change.payload == {"spec": {"bgp": {"asNumber": 65102}}}
    assert make([node(asNumber=65101)], [KUBE_NODE], state).changes == ()


def test_labels_of_a_node():
    want = {"kind": "Node", "metadata": {"name": "n1", "labels": {"rack": "r1", "rr": "true"}}}
    (change,) = make([want], [KUBE_NODE]).changes
    assert change.payload == {"metadata": {"labels": {"rr": "true"}}}
    gone = {"kind": "Node", "metadata": {"name": "n1", "labels": {"rack": None}}}
    (change,) = make([gone], [KUBE_NODE]).changes
    assert change.payload == {"metadata": {"labels": {"rack": None}}}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("text", "a mapping"),
        ({"kind": "Nope"}, "use one of"),
        ({"kind": "BGPPeer"}, r"without metadata\.name"),
        ({"kind": "BGPPeer", "metadata": {"name": ""}}, r"without metadata\.name"),
        ({"kind": "BGPPeer", "metadata": {"name": "a", "namespace": "b"}}, "is not namespaced"),
        ({"kind": "BGPPeer", "metadata": {"name": "a"}, "spec": []}, "spec is a mapping"),
        ({"kind": "BGPPeer", "metadata": {"name": "a"}, "sepc": {}}, "unknown keys sepc"),
        ({"kind": "BGPPeer", "apiVersion": "crd.projectcalico.org/v1", "metadata": {"name": "a"}}, "only one"),
    ],
)
def test_what_is_not_a_resource(raw, why):
    with pytest.raises(ValueError, match=why):
        from_user(raw)


def test_a_namespaced_kind_lives_in_default():
    assert from_user({"kind": "NetworkSet", "metadata": {"name": "a"}})["metadata"]["namespace"] == "default"


def test_resets_are_named():
    have = [noisy(peer(asNumber=1, peerIP="10.0.0.1")), KUBE_NODE]
    config = {"kind": "BGPConfiguration", "metadata": {"name": "default"}}
    told = session_resets.resets(
        make([peer(asNumber=2), node(asNumber=7), {**config, "spec": {"nodeToNodeMeshEnabled": False}}], have)
    )
    assert told == [
        "Node n1: changing asNumber resets every BGP session of this node",
        "BGPConfiguration default: switching the mesh off ends every mesh session between nodes",
        "BGPPeer p: changing asNumber resets the sessions of all nodes with 10.0.0.1",
    ]
    assert (
        session_resets.resets(
            make([peer(filters=["f"]), {**config, "spec": {"serviceExternalIPs": [{"cidr": "10.9.0.0/24"}]}}], have)
        )
        == []
    )


scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 5), st.text("ab", max_size=2))
specs = st.dictionaries(
    st.sampled_from(["peerIP", "node", "nodeSelector", "filters", "x", "y"]),
    st.one_of(scalars, st.lists(scalars, max_size=2), st.dictionaries(st.sampled_from("ab"), scalars, max_size=2)),
    max_size=5,
)


@given(specs, st.none() | specs, st.sampled_from(["merged", "replaced", "overridden"]))
def test_a_plan_that_was_carried_out_leaves_nothing_to_plan(want, have, state):
    """plan(apply(plan)) is empty, whatever the two sides are."""
    there = [] if have is None else [noisy(peer(**have))]
    made = make([peer(**want)], there, state)
    after = [change.payload for change in made.changes] or there
    assert make([peer(**want)], after, state).changes == ()


@given(specs, specs)
def test_merged_loses_no_key_of_others(want, have):
    made = make([peer(**want)], [noisy(peer(**have))])
    for change in made.changes:
        kept = set(effective(from_cluster(peer(**have)))["spec"]) - set(want)
        assert kept <= set(effective(from_cluster(change.payload))["spec"])
