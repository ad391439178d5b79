# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calico 3.29 to 3.32: the fields and texts of these releases, as their sources have them (tests/fixtures/calico)."""

from __future__ import annotations

import json

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import kube, schema
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.errors import CalicoError
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import effective, from_user
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.parsers import bird, bird_config, kernel
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.show.table import table
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.conftest import FIXTURES
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.calico.test_calico_validate import (
    lint,
    resource,
)

NEW = yaml.safe_load((FIXTURES / "fields_v3.32.yaml").read_text(encoding="utf-8"))
NORMAL = NEW["local_preference_of"] - NEW["route_priority"]["normal"]  # LOCAL_PREF of a pod block in iBGP
RULE = {"action": "Accept", "matchOperator": "In", "cidr": "10.0.0.0/8"}


def filter_with(**more):
    return resource("BGPFilter", "f", importV4=[{**RULE, **more}])


def peer_with(**more):
    return resource("BGPPeer", "p", peerIP="10.0.0.1", asNumber=64512, **more)


# ---- fields ------------------------------------------------------------------------------------------


def test_every_field_of_a_rule_has_its_release():
    known = schema.SINCE["BGPFilter"]
    older = {"cidr", "action", "matchOperator"}
    assert {f"importV4[].{field}" for field in set(NEW["BGPFilter"]["rule"]) - older} == {
        path for path in known if path.startswith("importV4[]")
    }
    assert set(schema.enums("BGPFilter")["importV4[].peerType"]) == set(NEW["BGPFilter"]["peerType"])


@pytest.mark.parametrize(
    ("item", "since"),
    [
        (filter_with(prefixLength={"min": 16, "max": 24}), (3, 29)),
        (peer_with(nextHopMode="Keep"), (3, 30)),
        (peer_with(reversePeering="Manual"), (3, 30)),
        (resource("BGPConfiguration", "default", localWorkloadPeeringIPV4="10.0.0.1"), (3, 30)),
        (resource("IPPool", "p", cidr="10.0.0.0/16", assignmentMode="Manual"), (3, 30)),
        (peer_with(localASNumber=65001), (3, 31)),
        (resource("BGPConfiguration", "default", serviceLoadBalancerAggregation="Disabled"), (3, 31)),
        (resource("IPPool", "p", cidr="10.0.0.0/16", namespaceSelector="all()"), (3, 31)),
        (peer_with(keepaliveTime="20s"), (3, 32)),
        (filter_with(peerType="iBGP"), (3, 32)),
        (filter_with(communities={"values": ["65000:100"]}), (3, 32)),
        (filter_with(asPathPrefix=[65001, "1.10"]), (3, 32)),
        (filter_with(priority=512), (3, 32)),
        (filter_with(operations=[{"addCommunity": {"value": "65000:100"}}, {"setPriority": {"value": 512}}]), (3, 32)),
        (filter_with(operations=[{"prependASPath": {"prefix": [65001, 65002]}}]), (3, 32)),
        (resource("BGPConfiguration", "default", ipv4NormalRoutePriority=2048), (3, 32)),
    ],
)
def test_a_field_is_taken_from_its_release_on(item, since):
    assert lint(item, version=since) == []
    assert any(f"known since Calico v3.{since[1]}" in line for line in lint(item, version=(3, since[1] - 1)))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"operations": []}, "a list of 1 to 10 operations"),
        ({"operations": [{"setPriority": {"value": 1}}] * 11}, "a list of 1 to 10 operations"),
        ({"action": "Reject", "operations": [{"setPriority": {"value": 1}}]}, "only with action Accept"),
        ({"operations": [{"setPriority": {"value": 1}, "addCommunity": {"value": "1:1"}}]}, "one of addCommunity"),
        ({"operations": [{"setMetric": {"value": 1}}]}, "one of addCommunity"),
        ({"operations": ["x"]}, "one of addCommunity"),
        ({"operations": [{"setPriority": {"value": 2**31}}]}, "a number from 1 to 2147483646"),
        ({"operations": [{"setPriority": {}}]}, "a number from 1 to 2147483646"),
        ({"operations": [{"addCommunity": {"value": "x"}}]}, "a community like 64512:100"),
        ({"operations": [{"prependASPath": {"prefix": []}}]}, "a list of 1 to 10 AS numbers"),
        ({"operations": [{"prependASPath": {"prefix": ["x"]}}]}, "is not a valid AS number"),
        ({"communities": {"values": ["1:1", "2:2"]}}, "values with one community"),
        ({"communities": []}, "values with one community"),
        ({"priority": 0}, "a number from 1 to 2147483646"),
        ({"peerType": "ebgp"}, "use one of eBGP, iBGP"),
    ],
)
def test_what_a_rule_of_v3_32_does_not_take(more, says):
    lines = lint(filter_with(**more), version=(3, 32))
    assert any(says in line for line in lines), lines


def test_the_default_priority_is_not_a_difference():
    plain, said = (from_user(resource("BGPConfiguration", "default", **spec))
                   for spec in ({}, {"ipv4NormalRoutePriority": 1024, "logSeverityScreen": "Info",
                                     "serviceLoadBalancerAggregation": "Enabled"}))  # fmt: skip
    assert effective(plain) == effective(said)


def test_as_numbers_and_durations_have_one_form():
    item = from_user(filter_with(asPathPrefix=["1.10"], operations=[{"prependASPath": {"prefix": ["65001"]}}]))
    rule = item["spec"]["importV4"][0]
    assert (rule["asPathPrefix"], rule["operations"][0]["prependASPath"]["prefix"]) == ([65546], [65001])
    assert from_user(peer_with(keepaliveTime="90s"))["spec"]["keepaliveTime"] == "1m30s"


# ---- texts -------------------------------------------------------------------------------------------


def test_the_configuration_of_bird_has_filters_in_the_peers(sample):
    found = bird_config.parse(sample("rendered_bird.cfg_v3.32.txt"))
    assert (found["mesh"], found["global"], found["node"]) == (["10.192.0.3"], ["10.192.0.202"], [])
    assert (found["add_paths"], found["graceful_restart"], found["local_as"]) == (True, True, 64512)


def test_kernel_routes_have_a_metric():
    rows = [{"dst": "10.244.36.64/26", "gateway": "172.16.40.198", "dev": "eth0", "protocol": "bird", "metric": 1024}]
    (route,) = kernel.routes(json.dumps(rows))
    assert (route["dst"], route["gateway"], route["protocol"]) == ("10.244.36.64/26", "172.16.40.198", "bird")


def test_routes_of_bird_have_a_local_preference(sample):
    text = sample("birdc_show_route_all.txt")
    assert "BGP.local_pref: 100" in text
    assert bird.routes(text.replace("BGP.local_pref: 100", f"BGP.local_pref: {NORMAL}")) == bird.routes(text)


@pytest.mark.parametrize("width", [11, 7])  # of TMOS, and of its earlier releases
@pytest.mark.parametrize("metric", ["", "0"])
def test_a_big_ip_shows_the_local_preference_of_pod_blocks(width, metric):
    """2147482623 is wider than the column of earlier releases, and touches the metric."""

    def row(*words):
        return f"{words[0]:>10}{words[1]:>{width}}{words[2]:>{width}} "

    head = "   Network          Next Hop        "
    lines = [
        "BGP table version is 4, local router ID is 172.16.40.202",
        f"{head}{row('Metric', 'LocPrf', 'Weight')}Path",
        f"*>i10.244.36.64/26  172.16.40.198   {row(metric, str(NORMAL), '0')}i",
        f"*> 172.16.99.99/32  0.0.0.0         {row('', '', '32768')}?",
        f"*  10.9.0.0/16      172.16.40.1     {row('0', '', '0')}65010 65011 i",
    ]
    pods, vip, other = table("\n".join(lines))["paths"]
    assert (pods["metric"], pods["local_preference"], pods["weight"], pods["as_path"]) == (
        int(metric) if metric else None, NORMAL, 0, [])  # fmt: skip
    assert (vip["local_preference"], vip["weight"], vip["origin"]) == (None, 32768, "incomplete")
    assert (other["metric"], other["weight"], other["as_path"]) == (0, 0, ["65010", "65011"])


# ---- native resources --------------------------------------------------------------------------------


class Server(kube.Kubernetes):
    """An API server that has one of Calico's two API groups."""

    def __init__(self, group):
        self.group, self.asked = group, []

    def request(self, what, method, path, query=None, body=None, **_more):
        self.asked.append((method, path, (body or {}).get("apiVersion")))
        if self.group not in path:
            raise CalicoError("not_found", "404", what)
        return {"items": [{"spec": {"node": "n1", "cidr": "10.244.0.0/26", "state": "confirmed"}}]}


def test_native_resources_are_read_where_there_are_no_others():
    server = Server("/projectcalico.org/v3")
    assert server.custom("blockaffinities")[0]["spec"]["node"] == "n1"
    server.create_custom("caliconodestatuses", {"apiVersion": "crd.projectcalico.org/v1"})
    server.delete_custom("caliconodestatuses", "x")
    assert server.asked == [
        ("GET", "/apis/crd.projectcalico.org/v1/blockaffinities", None),
        ("GET", "/apis/projectcalico.org/v3/blockaffinities", None),
        ("POST", "/apis/projectcalico.org/v3/caliconodestatuses", "projectcalico.org/v3"),
        ("DELETE", "/apis/projectcalico.org/v3/caliconodestatuses/x", None),
    ]


def test_the_crds_come_first():
    server = Server("/crd.projectcalico.org/v1")
    server.custom("blockaffinities")
    assert len(server.asked) == 1


def test_a_cluster_without_calico_is_named():
    with pytest.raises(CalicoError) as caught:
        Server("/nowhere").custom("blockaffinities")
    assert caught.value.code == "not_installed"
