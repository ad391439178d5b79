# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network that the collection made is read back as the inventory that it was made from; one that people made by hand
as what they meant."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.podroute.calico_f5.plugins.module_utils.adopt.inventory import adopt
from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip.info import read_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import plan, topology, topology_steps
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.normalise import from_user
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.build import build
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_bigip import bgp_config
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import (
    calico_pools,
    calico_resources,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.build import build as model
from ansible_collections.podroute.calico_f5.plugins.module_utils.zebos.plan import render
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.adopt_file import render as file_text

EXAMPLES = Path(__file__).resolve().parents[5] / "inventories"


def made(fabric: Fabric, password: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the reading modules would say of a network that the collection made of this fabric."""
    units = {}
    for unit in fabric.bigips:
        lines = render(model(**bgp_config(fabric, unit.name, password)))
        info = {
            "config": read_config("\n".join(lines)),
            "self_ips": [
                {"name": "self", "address": unit.bgp_address, "route_domain": unit.route_domain, "floating": False},
                {"name": "other", "address": "192.0.2.1", "route_domain": unit.route_domain, "floating": False},
                *(
                    {"name": group.name, "address": group.floating_address, "route_domain": unit.route_domain}
                    | {"floating": True, "traffic_group": f"/Common/{group.name}"}
                    for group in fabric.traffic_groups
                ),
            ],
            "virtual_addresses": [
                {"address": vip.address, "partition": vip.partition, "route_domain": unit.route_domain}
                | {"route_advertisement": vip.route_advertisement}
                for vip in fabric.vips
            ]
            + [{"address": "192.0.2.9", "partition": "Common", "route_domain": 0, "route_advertisement": "disabled"}],
        }
        known = {"ansible_host": unit.ansible_host, "route_domain": unit.route_domain}
        units[unit.name] = {"known": known, "info": info}
    intent = fabric.as_dict()
    wanted = topology_steps.final_resources(intent, calico_resources(fabric), topology.topology_of(intent))
    names = [node.name for node in fabric.nodes]
    empty = plan.Cluster([{"kind": "Node", "metadata": {"name": name}, "spec": {"bgp": {}}} for name in names])
    desired = [from_user(item) for item in (*wanted, *calico_pools(fabric))]
    changes = plan.make(desired, empty, "merged", "podroute.calico_f5").changes
    resources: dict[str, list[dict[str, Any]]] = {}
    labels, bgp = {}, {}
    for change in changes:
        resources.setdefault(change.key.kind, []).append(change.after)
        if change.key.kind == "Node":
            labels[change.key.name] = change.after["metadata"].get("labels", {})
            bgp[change.key.name] = change.after["spec"].get("bgp", {})
    nodes = {
        node.name: {
            "address": node.node_ip,
            "prefix_length": 24,
            "as_number": node.as_number,
            "own_as_number": node.as_number != fabric.cluster_as,
            "route_reflector_cluster_id": bgp.get(node.name, {}).get("routeReflectorClusterID"),
            "labels": labels.get(node.name, {}),
        }
        for node in fabric.nodes
    }
    return units, {"resources": resources, "nodes": nodes, "mesh": fabric.meshed}


def of(name: str) -> Fabric:
    """The fabric of an inventory that the collection brings."""
    raw = yaml.safe_load((EXAMPLES / name).read_text())["all"]
    shared = raw.get("vars", {})
    if name.startswith("lab"):
        shared = yaml.safe_load((EXAMPLES / "lab/group_vars/all/network.yml").read_text())
    hosts: dict[str, dict[str, Any]] = {}

    def walk(group: dict[str, Any], values: dict[str, Any]) -> list[str]:
        values = {**values, **(group.get("vars") or {})}
        names = list(group.get("hosts") or {})
        for host in names:
            hosts[host] = {**shared, **values, **(group["hosts"][host] or {})}
        return names + [host for child in (group.get("children") or {}).values() for host in walk(child, values)]

    nodes, bigips = (walk(raw["children"][group], {}) for group in ("k8s_nodes", "bigips"))
    for values in hosts.values():
        if "bgp_password" in values:
            values["bgp_password"] = "canary"
    return build(hosts, nodes, bigips)


def divided(fabric: Fabric) -> Fabric:
    groups = [
        {"name": "traffic-group-1", "floating_address": "172.16.40.201", "ranges": []},
        {"name": "tg2", "floating_address": "172.16.40.204", "ranges": ["172.16.99.64/26"]},
    ]
    return Fabric.from_dict({**fabric.as_dict(), "mode": "active_active", "traffic_groups": groups[::-1]})


def reflected(fabric: Fabric) -> Fabric:
    spec = {**fabric.as_dict(), "topology": {"kind": "reflectors", "reflectors": ["k8s-master", "k8s-node1"]}}
    return Fabric.from_dict({**spec, "restart_time": 60, "maximum_prefix": 50, "peer_group": "pods"})


@pytest.mark.parametrize(
    "fabric",
    [
        of("lab/hosts.yml"),
        of("examples/ha-pair.yml"),
        divided(of("examples/ha-pair.yml")),
        of("examples/racks.yml"),
        reflected(of("examples/ha-pair.yml")),
    ],
    ids=["lab", "ha-pair", "active-active", "racks", "reflectors"],
)
def test_what_the_collection_made_is_read_back(fabric: Fabric) -> None:
    units, calico = made(fabric, "canary" if fabric.password_secret else None)
    found = adopt(units, calico)
    assert found.problems == []
    # Service ranges are known to the inventory only; nodes come by name.
    wanted = {**fabric.as_dict(), "service_cidrs": []}
    wanted["nodes"] = sorted(wanted["nodes"], key=lambda node: node["name"])
    assert {**found.intent, "service_cidrs": []} == wanted
    assert bool(found.secrets) == bool(fabric.password_secret)
    assert "canary" not in str(found)
    # And what was written says the same when it is read as an inventory.
    text = file_text(vars(found), {"drift": [], "unknown": []})
    assert yaml.safe_load(text) == found.inventory
    assert "A run changes nothing" in text


BY_HAND = """
router bgp 64512
 neighbor 172.16.40.198 remote-as 64512
 neighbor 172.16.40.199 remote-as 64512
 neighbor 172.16.40.1 remote-as 65001
 redistribute kernel
"""


def by_hand() -> tuple[dict[str, Any], dict[str, Any]]:
    """The reference network as people make it with imish and calicoctl."""
    units, calico = made(of("lab/hosts.yml"))
    units["bigip1"]["known"] = {"ansible_host": "172.16.20.202"}
    units["bigip1"]["info"]["config"] = read_config(BY_HAND)
    (peer,) = calico["resources"]["BGPPeer"]
    peer["spec"] = {"peerIP": "172.16.40.202", "asNumber": 64512}
    del calico["resources"]["BGPFilter"], calico["resources"]["BGPConfiguration"]
    return units, calico


def test_a_network_that_was_configured_manually() -> None:
    found = adopt(*by_hand())
    assert found.problems == []
    assert found.inventory["all"] == {
        "vars": {
            "pod_pools": [
                {"name": "default-ipv4-ippool", "cidr": "10.244.0.0/16", "block_size": 26, "nat_outgoing": True}
            ],
            "vip_ranges": ["172.16.40.81/32", "172.16.99.99/32"],
            "advertised_vips": [
                {"address": "172.16.40.81", "partition": "Common"},
                {"address": "172.16.99.99", "partition": "Common"},
            ],
            "bgp_manage_policy": False,
        },
        "children": {
            "k8s_nodes": {
                "hosts": {
                    "k8s-master": {"node_ip": "172.16.40.199", "as_number": "64512"},
                    "k8s-node1": {"node_ip": "172.16.40.198", "as_number": "64512"},
                }
            },
            "bigips": {
                "hosts": {
                    "bigip1": {
                        "ansible_host": "172.16.20.202",
                        "bgp_address": "172.16.40.202",
                        "as_number": "64512",
                        "bgp_peer_name": "bgppeer-global-f5-1",
                    }
                }
            },
        },
    }
    assert any("neighbor 172.16.40.1 is not a node of the cluster" in note for note in found.notes)
    assert any("nothing on either side limits" in note for note in found.notes)


def test_what_cannot_be_told_is_asked_for() -> None:
    units, calico = by_hand()
    units["bigip1"]["info"]["self_ips"] = [
        {"name": name, "address": f"172.16.40.{last}", "route_domain": 0, "floating": False}
        for name, last in (("a", 203), ("b", 204))
    ]
    units["bigip1"]["info"]["config"] = read_config("")
    found = adopt(units, calico)
    assert found.intent is None
    assert found.problems == [
        "bigip1: the self IP for BGP cannot be determined: set bgp_address; route domain 0 has 172.16.40.203 (a), "
        "172.16.40.204 (b)",
        "bigip1: it does not run BGP, and Calico has no peer for it, so its AS number is unknown: set as_number",
    ]
    units["bigip1"]["known"] |= {"bgp_address": "172.16.40.204", "as_number": "64512"}
    units["bigip1"]["info"]["virtual_addresses"] = []
    (problem,) = adopt(units, calico).problems
    assert problem == "neither side announces or accepts VIPs, so their ranges are unknown: set vip_ranges"
    units["bigip1"]["known"]["vip_ranges"] = ["172.16.99.0/24"]
    found = adopt(units, calico)
    assert found.inventory["all"]["vars"]["vip_ranges"] == ["172.16.99.0/24"]
    assert found.problems == []
    unit = found.inventory["all"]["children"]["bigips"]["hosts"]["bigip1"]
    assert (unit["bgp_address"], unit["as_number"]) == ("172.16.40.204", "64512")


def test_a_side_that_was_not_read_is_a_problem_and_no_empty_network() -> None:
    units, calico = by_hand()
    broken = copy.deepcopy(units)
    broken["bigip1"]["info"] = {"failed": True, "msg": "172.16.20.202:443: connection refused"}
    assert adopt(broken, {"failed": True, "msg": "no kubeconfig"}).problems == [
        "bigip1: 172.16.20.202:443: connection refused",
        "Calico: no kubeconfig",
    ]
    assert adopt({}, calico).problems == ["group bigips is empty: name at least one BIG-IP with its ansible_host"]
    assert adopt(units, {}).problems == ["Calico: was not read"]


def test_settings_that_the_inventory_cannot_express_are_reported() -> None:
    units, calico = by_hand()
    calico["resources"]["IPPool"] += [
        {"kind": "IPPool", "metadata": {"name": "six"}, "spec": {"cidr": "fd00::/48"}},
        {"kind": "IPPool", "metadata": {"name": "old"}, "spec": {"cidr": "10.9.0.0/16", "disabled": True}},
    ]
    calico["nodes"]["arm"] = {**calico["nodes"]["k8s-node1"], "address": None}
    calico["resources"]["BGPPeer"].append(
        {"kind": "BGPPeer", "metadata": {"name": "tor"}, "spec": {"peerIP": "172.16.40.1", "asNumber": 65001}}
    )
    found = adopt(units, calico)
    assert [pool["name"] for pool in found.inventory["all"]["vars"]["pod_pools"]] == ["default-ipv4-ippool"]
    assert "arm" not in found.inventory["all"]["children"]["k8s_nodes"]["hosts"]
    said = " ".join(found.notes)
    for part in (
        "pool six is an IPv6",
        "pool old is disabled",
        "node arm does not run BGP",
        "BGPPeer tor does not peer",
    ):
        assert part in said


def test_the_file_names_secrets_and_what_a_run_would_change() -> None:
    drift = {
        "drift": [{"side": "bigip1", "object": "router bgp 64512", "difference": "a run would send 'timers bgp 3 9'"}],
        "unknown": [{"side": "Calico", "reason": "no rights"}],
    }
    text = file_text({"inventory": {}, "secrets": ["bgp_password: the password"], "notes": []}, drift)
    assert "# - bigip1: router bgp 64512: a run would send 'timers bgp 3 9'" in text
    assert "# - bgp_password: the password" in text and "# - Calico: unknown: no rights" in text
    assert "A run changes nothing" not in text
