# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import plan, validate
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import from_user
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.problems import Context, final_state
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import LABEL
from hypothesis import given
from hypothesis import strategies as st


def resource(kind, name="x", labels=None, **spec):
    meta = {"name": name, **({"labels": labels} if labels else {})}
    return {"apiVersion": "projectcalico.org/v3", "kind": kind, "metadata": meta, "spec": spec}


def lint(*desired, have=(), state="merged", version=(3, 28), vips=(), allow=(), prune=()):
    cluster = plan.Cluster(have)
    wanted = [from_user(item) for item in desired]
    made = plan.make(wanted, cluster, state, "me", prune)
    context = Context(made, cluster, final_state(made, cluster), version, tuple(vips), frozenset(allow))
    values = [] if state == "deleted" else validate.values_of(wanted, version)
    return [str(problem) for problem in values + validate.result(context)]


PEER = {"peerIP": "10.0.0.1", "asNumber": 64512}
F = resource("BGPFilter", "f", importV4=[])


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({}, "has no peer"),
        ({"peerIP": "10.0.0.999", "asNumber": 1}, "write an address"),
        ({"peerIP": "10.0.0.1:99999", "asNumber": 1}, "write an address"),
        ({"peerIP": "10.0.0.1"}, "set the peer's AS number"),
        ({"peerIP": "10.0.0.1", "asNumber": 2**32}, "is not a valid AS number: use 1-4294967295"),
        ({"peerIP": "10.0.0.1", "asNumber": 1.1}, "is not a valid AS number"),
        ({"peerIP": "10.0.0.1", "peerSelector": "all()"}, "peerIP is set too"),
        ({"peerSelector": "all()", "asNumber": 1}, "the nodes' own AS numbers are used"),
        ({**PEER, "node": "a", "nodeSelector": "all()"}, "node = a is set"),
        ({**PEER, "nodeSelector": "rack == 'r1"}, "unclosed"),
        ({**PEER, "nodeSelector": True}, "a selector in quotes"),
        ({**PEER, "filters": ["nope"]}, "this BGPFilter does not exist (BGPFilters: none)"),
        ({**PEER, "filters": "f"}, "a list of names"),
        ({**PEER, "sourceAddress": "Node"}, "use one of UseNodeIP, None"),
        ({**PEER, "maxRestartTime": "120"}, "write it with a unit"),
        ({**PEER, "ttlSecurity": 0}, "from 1 to 255"),
        ({**PEER, "reachableBy": "fd00::1"}, "not of the same address family"),
        ({**PEER, "reachableBy": "gw"}, "address of a gateway"),
        ({"peerSelector": "all()", "reachableBy": "10.0.0.2"}, "needs peerIP"),
        ({**PEER, "password": "secret"}, "secretKeyRef"),
        ({**PEER, "nextHopMode": "Keep"}, "known since Calico v3.30; the cluster runs v3.28"),
    ],
)
def test_peers_that_calicoctl_lets_through(spec, says):
    problems = lint(resource("BGPPeer", **spec))
    assert any(says in problem for problem in problems), problems
    assert not any("secret" in problem.replace("secretKeyRef", "").replace("Secret", "") for problem in problems)


@pytest.mark.parametrize("address", ["10.0.0.1", "10.0.0.1:1179", "fd00::1", "[fd00::1]:1179"])
def test_peer_addresses(address):
    assert lint(resource("BGPPeer", peerIP=address, asNumber=1)) == []


def test_two_peers_for_one_address():
    other = resource("BGPPeer", "other", **PEER)
    assert "BGPPeer other names the same peer" in lint(resource("BGPPeer", **PEER), have=[other])[0]
    assert "BGPPeer other" in lint(resource("BGPPeer", node="a", **PEER), have=[other])[0]
    assert "BGPPeer other" in lint(resource("BGPPeer", nodeSelector="all()", **PEER), have=[other])[0]
    assert lint(resource("BGPPeer", peerIP="10.0.0.1:1179", asNumber=1), have=[other]) == []
    racks = [resource("BGPPeer", f"r{n}", nodeSelector=f"rack == 'r{n}'", **PEER) for n in (1, 2)]
    assert lint(*racks) == []
    assert (
        lint(
            resource("BGPPeer", "third", peerIP="10.0.0.3", asNumber=1),
            have=[other, {**other, "metadata": {"name": "twin"}}],
        )
        == []
    ), "what others have twice is not our write"


def test_a_filter_may_come_in_the_same_run():
    assert lint(resource("BGPPeer", **PEER, filters=["f"]), F) == []
    assert lint(resource("BGPPeer", **PEER, filters=["f"]), have=[F]) == []


def test_a_filter_in_use_does_not_go():
    user = resource("BGPPeer", "user", **PEER, filters=["f"])
    assert (
        "is used by BGPPeer user; without it those sessions would be unfiltered"
        in lint(F, have=[F, user], state="deleted")[0]
    )
    assert lint(F, user, have=[F, user], state="deleted") == []


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"cidr": "10.0.0.0/8", "matchOperator": "In"}, "use Accept or Reject"),
        ({"action": "Allow"}, "use one of Accept, Reject"),
        ({"action": "Accept", "cidr": "10.0.0.0/8"}, "go together"),
        ({"action": "Accept", "matchOperator": "In"}, "go together"),
        ({"action": "Accept", "cidr": "fd00::/8", "matchOperator": "In"}, "is IPv6"),
        ({"action": "Accept", "cidr": "10.0.0.1/8", "matchOperator": "In"}, "the network is 10.0.0.0/8"),
        ({"action": "Accept", "interface": "a" * 16}, "at most 15"),
        ({"action": "Accept", "prefixLength": {"min": 1}}, "needs cidr"),
        ({"action": "Accept", "prefixLength": {"min": 1}}, "known since Calico v3.29"),
        ("Accept", "a rule is a mapping"),
    ],
)
def test_filters(rule, says):
    assert any(says in problem for problem in lint(resource("BGPFilter", exportV4=[rule])))


@pytest.mark.parametrize(
    ("name", "spec", "says"),
    [
        ("default", {"listenPort": 0}, "reads 0 as unset"),
        ("default", {"listenPort": 70000}, "from 1 to 65535"),
        ("default", {"listenPort": 1790}, "allow: [listen_change]"),
        ("default", {"bindMode": "NodeIP"}, "allow: [listen_change]"),
        ("default", {"nodeToNodeMeshEnabled": False}, "allow: [mesh_off]"),
        ("default", {"communities": [{"name": "c", "value": "x"}]}, "64512:100"),
        ("default", {"prefixAdvertisements": [{"cidr": "10.0.0.0/8", "communities": ["c"]}]}, "neither a community"),
        ("default", {"ignoredInterfaces": ["*"]}, "not * alone"),
        ("default", {"logSeverityScreen": "info"}, "use one of"),
        ("default", {"serviceLoadBalancerAggregation": "Disabled"}, "since Calico v3.31"),
        (
            "default",
            {"nodeMeshPassword": {}, "nodeMeshMaxRestartTime": "1m", "nodeToNodeMeshEnabled": False},
            "only with",
        ),
        ("node.a", {"asNumber": 1}, "only the BGPConfiguration named default"),
        ("other", {"logSeverityScreen": "Info"}, "use default, or node.<name>"),
    ],
)
def test_configurations(name, spec, says):
    problems = lint(resource("BGPConfiguration", name, **spec))
    assert any(says in problem for problem in problems), problems


def test_dangerous_changes_can_be_asked_for():
    spec = {"nodeToNodeMeshEnabled": False, "listenPort": 1790}
    assert lint(resource("BGPConfiguration", "default", **spec), allow=["mesh_off", "listen_change"]) == []
    have = resource("BGPConfiguration", "default", **spec)
    assert lint(resource("BGPConfiguration", "default", **spec), have=[have]) == [], "it is so already"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({}, "set the pool's network"),
        ({"cidr": "10.244.1.0/16"}, "the network is 10.244.0.0/16"),
        ({"cidr": "169.254.0.0/24"}, "link-local"),
        ({"cidr": "10.1.0.0/16", "ipipMode": "Always", "vxlanMode": "Always"}, "only one encapsulation"),
        ({"cidr": "10.1.0.0/16", "ipipMode": False}, "YAML reads a bare Off"),
        ({"cidr": "10.1.0.0/16", "blockSize": 33}, "from 20 to 32"),
        ({"cidr": "10.1.0.0/27", "blockSize": 26}, "larger than the pool"),
        ({"cidr": "fd00::/64", "ipipMode": "Always"}, "IPv4 only"),
        ({"cidr": "10.1.0.0/16", "natOutgoing": "yes"}, "true or false"),
        ({"cidr": "10.1.0.0/16", "assignmentMode": "Manual"}, "since Calico v3.30"),
    ],
)
def test_pools(spec, says):
    problems = lint(resource("IPPool", **spec))
    assert any(says in problem for problem in problems), problems


def test_overlapping_pools():
    have = resource("IPPool", "a", cidr="10.244.0.0/16")
    assert "overlaps IPPool a 10.244.0.0/16" in lint(resource("IPPool", "b", cidr="10.244.128.0/17"), have=[have])[0]
    assert lint(resource("IPPool", "b", cidr="10.245.0.0/16"), have=[have]) == []


@pytest.mark.parametrize(("field", "value"), [("cidr", "10.245.0.0/16"), ("blockSize", 28)])
def test_immutable_fields_come_with_the_migration(field, value):
    have = resource("IPPool", "p", cidr="10.244.0.0/16", blockSize=26)
    (problem,) = lint(resource("IPPool", "p", **{field: value}), have=[have])
    for step in ("1. add a new pool", "2. set disabled: true on p", "3. restart", "4. check", "5. delete p"):
        assert step in problem


def test_pools_of_the_operator_are_left_alone():
    have = resource("IPPool", "p", {LABEL: "tigera-operator"}, cidr="10.244.0.0/16", vxlanMode="Always")
    assert "Installation" in lint(resource("IPPool", "p", vxlanMode="Never"), have=[have])[0]
    assert "Installation" in lint(resource("IPPool", "p"), have=[have], state="deleted")[0]
    assert lint(resource("IPPool", "p", vxlanMode="Always"), have=[have]) == []


def test_vip_ranges():
    services = resource("BGPConfiguration", "default", serviceLoadBalancerIPs=[{"cidr": "172.16.99.0/24"}])
    pool = resource("IPPool", "p", cidr="10.244.0.0/16")
    assert "never program them" in lint(services, vips=["172.16.99.99/32"])[0]
    assert "never program them" in lint(pool, have=[services], vips=["172.16.0.0/16"])[0]
    assert "overlaps the VIP range" in lint(pool, vips=["10.244.9.0/24"])[0]
    assert "is not a network" in lint(pool, vips=["nonsense"])[0]
    assert lint(pool, have=[services], vips=["172.16.40.80/31"]) == []


def test_nodes():
    node = resource("Node", "n1", bgp={"ipv4Address": "10.0.0.1/24"})
    assert lint(resource("Node", "n1", bgp={"asNumber": 1}), have=[node]) == []
    assert (
        "is not a node of this cluster (nodes: n1)" in lint(resource("Node", "n2", bgp={"asNumber": 1}), have=[node])[0]
    )
    assert "never deleted" in lint(resource("Node", "n1"), have=[node], state="deleted")[0]
    assert "calico-node writes this" in lint(resource("Node", "n1", addresses=[]), have=[node])[0]
    assert "not managed" in lint(resource("Node", "n1", bgp={"ipv4IPIPTunnelAddr": "1.1.1.1"}), have=[node])[0]


def test_names_twice_and_new_kinds():
    assert "listed twice" in lint(resource("BGPPeer", **PEER), resource("BGPPeer", **PEER))[0]
    assert "lower-case" in lint(resource("BGPPeer", "Bad_Name", **PEER))[0]
    assert "this kind exists since Calico v3.29" in lint(resource("Tier", "t"))[0]
    assert lint(resource("Tier", "t"), version=None) == [], "unknown release: the datastore decides"


def test_everything_at_once():
    problems = lint(
        resource("BGPPeer", "a", peerIP="x", asNumber=0), resource("IPPool", "p", cidr="10.0.0.1/8", ipipMode="Off")
    )
    assert {problem.split(":")[0] for problem in problems} == {"BGPPeer a", "IPPool p"}
    assert len(problems) == 4


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 70000)
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.sampled_from(["10.0.0.0/8", "10.0.0.1", "fd00::/64", "Always", "all()"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cidr", "name", "value", "action", "asNumber", "communities", "secretKeyRef"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
fields = st.sampled_from(
    [
        "peerIP",
        "peerSelector",
        "node",
        "nodeSelector",
        "asNumber",
        "filters",
        "password",
        "reachableBy",
        "ttlSecurity",
        "maxRestartTime",
        "cidr",
        "blockSize",
        "ipipMode",
        "allowedUses",
        "communities",
        "prefixAdvertisements",
        "listenPort",
        "serviceLoadBalancerIPs",
        "ignoredInterfaces",
        "exportV4",
        "importV6",
        "bgp",
        "nodeToNodeMeshEnabled",
        "natOutgoing",
    ]
)
kinds = st.sampled_from(["BGPPeer", "BGPFilter", "BGPConfiguration", "IPPool", "Node", "IPReservation"])


@given(kinds, st.dictionaries(fields, anything, max_size=6), st.none() | st.dictionaries(fields, anything, max_size=6))
def test_no_input_makes_it_fall_over(kind, want, have):
    there = [resource(kind, "default", **have)] if have is not None else []
    for problem in lint(resource(kind, "default", **want), have=there, vips=["172.16.0.0/16"]):
        assert problem
