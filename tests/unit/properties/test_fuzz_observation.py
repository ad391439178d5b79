# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One value changed at random in what was read of a network in which all is well.

Preflight and verification never end in a traceback, and never pass where the table says that the value matters.
"""

from __future__ import annotations

import random
from functools import cache
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import fabric_plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks, preflight
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.intent import fabrics
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.verify import observations
from ansible_collections.podroute.calico_f5.tests.unit.properties import networks
from ansible_collections.podroute.calico_f5.tests.unit.properties.mutation import (
    MISSING,
    Mutation,
    Row,
    each,
    mutate,
    places,
    row_of,
)

CASES = 2500
REFERENCE = "reference"  # with the controller and its virtual servers
OF_CONTROLLER = ("controller", "virtual_servers")


@cache
def network(kind: str) -> tuple[Fabric, dict[str, Any]]:
    if kind == REFERENCE:
        return fabrics.fabric(), observations.summarised(observations.observed())
    return networks.fabric_of(networks.hosts(kind)), networks.observation(kind)


def found_by(kind: str, raw: Any) -> set[str]:
    """What reports a problem: groups of checks, ``preflight``, and ``plan`` of the role calico_bgp."""
    fabric = network(kind)[0]
    if kind == REFERENCE:
        return {one.group for one in checks.findings(fabric, raw, observations.VIRTUAL_SERVERS) if not one.ok}
    groups = [group for group in GROUPS if group not in OF_CONTROLLER]
    found = {one.group for one in checks.findings(fabric, raw, groups=groups) if not one.ok}
    plan = fabric_plan.make(fabric, raw.get("calico"))
    found |= {"plan"} if plan.problems or plan.objects else set()
    return found | ({"preflight"} if preflight.problems(fabric, raw, plan.problems) else set())


# ---- what matters ------------------------------------------------------------------------------------

ALLOWS_BGP = ["all", "tcp:179", "tcp:bgp", "tcp:0", "tcp:any"]
OUTSIDE = ("0.0.0.0/0", "10.0.0.0/8")  # of the ranges that a BIG-IP may announce


def truthy(mutation: Mutation) -> bool:
    return bool(mutation.new)


def text(mutation: Mutation) -> bool:
    return bool(mutation.new) and isinstance(mutation.new, str)


def label(mutation: Mutation) -> bool:
    """The Kubernetes API has labels of text only."""
    return isinstance(mutation.new, str) or mutation.new is MISSING


def number(mutation: Mutation) -> bool:
    return isinstance(mutation.new, int) and bool(mutation.new)


def empty(mutation: Mutation) -> bool:
    return not mutation.new


def to_pod(mutation: Mutation) -> bool:
    return mutation.path[3] in [pod["ip"] for pod in mutation.before["probes"]["pods"]]


def is_bgp(mutation: Mutation) -> bool:
    return mutation.parent.get("code") in ("B", "K")


def network_of(value: Any) -> str:
    try:
        return str(IPv4Network(str(value), strict=False))
    except ValueError:
        return ""


def of_node(mutation: Mutation) -> bool:
    return bool(mutation.parent["code"] == "B")


def route(mutation: Mutation) -> bool:
    return mutation.old.get("code") in ("B", "K")


def of_bigip(mutation: Mutation) -> bool:
    """A session or a route of a node with a BIG-IP."""
    row = mutation.old if isinstance(mutation.old, dict) else mutation.parent
    addresses = {unit["self_ips"][0]["address"] for unit in mutation.before["bigips"].values()}
    return bool({row.get("peer_ip"), row.get("gateway")} & addresses)


def vip_route(mutation: Mutation) -> bool:
    row = mutation.old if isinstance(mutation.old, dict) else mutation.parent
    return row["gateway"] is not None


def elsewhere(mutation: Mutation) -> bool:
    """A VIP through what is not a BIG-IP."""
    bigips = [unit["self_ips"][0]["address"] for unit in mutation.before["bigips"].values()]
    return vip_route(mutation) and mutation.new not in bigips


def meshed(mutation: Mutation) -> bool:
    return mutation.before["calico"].get("mesh", True) is True


def defaults(mutation: Mutation) -> bool:
    """Whether mesh and AS of the cluster are others; where no BGPConfiguration says so, Calico has defaults."""

    def effective(raw: Any) -> Any:
        items = raw["calico"]["resources"]["BGPConfiguration"]
        default = [item for item in items if item["metadata"]["name"] == "default"]
        spec = (default[0].get("spec") if default else None) or {}
        return bool(spec.get("nodeToNodeMeshEnabled", True)), str(spec.get("asNumber") or 64512)

    try:
        return effective(mutation.before) != effective(mutation.after)
    except (AttributeError, LookupError, TypeError):
        return True


def internal(mutation: Mutation) -> bool:
    """External neighbors have an outbound filter beside the map of the redistribution."""
    return "'out'" not in str(mutation.before["bigips"])


def of_fabric(mutation: Mutation) -> bool:
    """Not an object of the reflectors' own, which only the plan compares."""
    items = mutation.before["calico"]["resources"][mutation.path[2]]
    name = items[mutation.path[3]]["metadata"]["name"] if len(mutation.path) > 3 else ""
    return not name.startswith("podroute-reflect")


def managed(mutation: Mutation) -> bool:
    return "peer_group" in str(mutation.before["bigips"])


def one_of(*values: Any) -> Any:
    return lambda mutation: any(mutation.new is one or mutation.new == one for one in values)


def without_bgp(mutation: Mutation) -> bool:
    """allow-service of a self IP, or one entry of it, that does not let BGP in."""
    listed = mutation.new if isinstance(mutation.new, list) else [mutation.new]
    return not any(one in ALLOWS_BGP for one in listed)


def with_controller(mutation: Mutation) -> bool:
    return "controller" in mutation.before


def other_state(mutation: Mutation) -> bool:
    """The active unit is not active, or the standby one is; without a state a unit counts as active."""
    return bool(mutation.new) and "ACTIVE" in (mutation.old, mutation.new)


def present(mutation: Mutation) -> bool:
    """Not left out: then the module did not read it, or there is a default."""
    return mutation.new is not MISSING and mutation.new is not None


def leak(mutation: Mutation) -> bool:
    bigips = [unit["self_ips"][0]["address"] for unit in mutation.before["bigips"].values()]
    return mutation.parent["peer_ip"] in bigips and mutation.new in OUTSIDE


PLAN = ("plan",)
BOTH = ("plan", "peers")
TABLE = [
    # The BIG-IPs.
    Row("bigips", ("bigip_config", "sessions", "bigip_routes")),
    Row("bigips/*", ("bigip_config", "sessions", "bigip_routes")),
    Row("bigips/*/route_domain"),
    Row("bigips/*/route_domain/id", ("bigip_config", "preflight"), truthy),
    Row("bigips/*/route_domain/routing_protocol/**"),
    Row("bigips/*/self_ips", ("bigip_config", "preflight")),
    Row("bigips/*/self_ips/*", ("bigip_config", "preflight")),
    Row("bigips/*/self_ips/*/address", ("bigip_config", "preflight")),
    Row("bigips/*/self_ips/*/route_domain", ("bigip_config", "preflight")),
    Row("bigips/*/self_ips/*/floating", ("preflight",), truthy),
    Row("bigips/*/self_ips/*/allow_service", ("bigip_config",), without_bgp),
    Row("bigips/*/self_ips/*/allow_service/1", ("bigip_config",), without_bgp),
    Row("bigips/*/self_ips/**"),
    Row("bigips/*/static_routes/**"),
    Row("bigips/*/config", ("bigip_config",)),
    Row("bigips/*/config/config", ("bigip_config",)),
    Row("bigips/*/config/config/as_number", ("bigip_config", "preflight"), truthy),
    Row("bigips/*/config/config/as_number", ("bigip_config",)),
    Row("bigips/*/config/config/neighbors", ("bigip_config",)),
    Row("bigips/*/config/config/neighbors/*", ("bigip_config",)),
    Row("bigips/*/config/config/neighbors/*/address", ("bigip_config",)),
    Row("bigips/*/config/config/neighbors/*/remote_as", ("bigip_config",)),
    Row("bigips/*/config/config/neighbors/*/peer_group", ("bigip_config",)),
    Row("bigips/*/config/config/peer_groups", ("bigip_config",)),
    Row("bigips/*/config/config/peer_groups/*", ("bigip_config",)),
    Row("bigips/*/config/config/peer_groups/*/name", ("bigip_config",)),
    Row("bigips/*/config/config/peer_groups/*/prefix_list/**", ("bigip_config",)),
    Row("bigips/*/config/config/redistribute/*/route_map", ("bigip_config",), internal),
    Row("bigips/*/config/config/redistribute/**", ("bigip_config",)),
    Row("bigips/*/config/config/**"),
    Row("bigips/*/config/prefix_lists/*/afi"),
    Row("bigips/*/config/prefix_lists/*/entries/*/seq"),
    Row("bigips/*/config/prefix_lists/**", ("bigip_config",), managed),
    Row("bigips/*/config/route_maps/*/entries/*/seq"),
    Row("bigips/*/config/route_maps/**", ("bigip_config",), managed),
    Row("bigips/*/config/enabled", ("bigip_config",), empty),
    Row("bigips/*/config/saved", ("bigip_config",)),
    Row("bigips/*/config/**"),
    Row("bigips/*/neighbors", ("sessions",)),
    Row("bigips/*/neighbors/*", ("sessions",)),
    Row("bigips/*/neighbors/*/address", ("sessions",)),
    Row("bigips/*/neighbors/*/remote_as", ("sessions",)),
    Row("bigips/*/neighbors/*/state", ("sessions",), more=("Active", "Idle", "established", "Connect")),
    Row("bigips/*/neighbors/**"),
    Row("bigips/*/routes", ("bigip_routes",)),
    Row("bigips/*/routes/*", ("bigip_routes",), route),
    Row("bigips/*/routes/*/code", ("bigip_routes",), is_bgp, more=("K", "B", "S", "C")),
    Row("bigips/*/routes/*/prefix", ("bigip_routes",), lambda m: is_bgp(m) and network_of(m.new) != m.old),
    Row("bigips/*/routes/*/via", ("bigip_routes",), of_node, more=("172.16.40.2", "172.16.40.1")),
    Row("bigips/*/routes/*/interface"),
    Row("bigips/*/virtual_addresses/**"),
    Row("bigips/*/failover/state", ("bigip_routes",), other_state, more=("STANDBY", "ACTIVE", "FORCED OFFLINE")),
    Row("bigips/*/failover/**"),
    Row("bigips/*/preflight/problems", ("preflight",), truthy),
    Row("bigips/*/preflight/licence", ("preflight",), lambda m: m.new is False),
    Row("bigips/*/preflight/version", ("preflight",), one_of("12.1.2", "11.6.0"), more=("12.1.2", "11.6.0")),
    Row("bigips/*/preflight/**"),
    Row("bigips/*/ping", ("reachability",)),
    Row("bigips/*/ping/*", ("reachability",), to_pod),
    Row("bigips/*/ping/*/received", ("reachability",), empty, more=(0,)),
    Row("bigips/*/ping/*/sent"),
    # Of the reference: the controller's virtual server comes first, those of the VIPs after it.
    Row("bigips/*/virtual_servers", ("controller", "virtual_servers"), with_controller),
    Row("bigips/*/virtual_servers/0", ("controller", "virtual_servers"), with_controller),
    Row("bigips/*/virtual_servers/0/destination", ("controller", "virtual_servers"), with_controller),
    Row("bigips/*/virtual_servers/0/port", ("controller", "virtual_servers"), with_controller),
    Row("bigips/*/virtual_servers/0/partition", ("virtual_servers",), with_controller),
    Row("bigips/*/virtual_servers/0/enabled", ("virtual_servers",), lambda m: with_controller(m) and m.new is False),
    Row("bigips/*/virtual_servers/0/members", ("controller",)),
    Row("bigips/*/virtual_servers/0/members/*", ("controller",)),
    Row("bigips/*/virtual_servers/0/members/*/address", ("controller",)),
    Row("bigips/*/virtual_servers/**"),
    # Calico's datastore.
    Row("calico", ("pools", "peers", "bigip_routes")),
    Row("calico/versions/**"),
    Row("calico/resources", ("pools", "peers")),
    Row("calico/resources/*/*/apiVersion"),
    Row("calico/resources/BGPConfiguration/*/spec/*", ("pools",), defaults),
    Row("calico/resources/BGPConfiguration/**", ("plan", "pools"), defaults),
    Row("calico/resources/BGPFilter/*/metadata/labels/**", PLAN, label),
    Row("calico/resources/BGPFilter", PLAN),
    Row("calico/resources/BGPFilter/**", BOTH, of_fabric),
    Row("calico/resources/BGPFilter/**", PLAN),
    Row("calico/resources/BGPPeer/*/metadata/labels/**"),
    Row("calico/resources/BGPPeer/*/spec/maxRestartTime", PLAN),
    Row("calico/resources/BGPPeer/*/spec/password/**", PLAN),
    Row("calico/resources/BGPPeer/*/spec/peerSelector", PLAN),
    Row("calico/resources/BGPPeer", PLAN),
    Row("calico/resources/BGPPeer/**", BOTH, of_fabric),
    Row("calico/resources/BGPPeer/**", PLAN),
    Row("calico/resources/IPPool/*/spec/ipipMode", ("plan", "pools"), text, more=("Always", "CrossSubnet")),
    Row("calico/resources/IPPool/*/spec/vxlanMode", ("plan", "pools"), text, more=("Always", "CrossSubnet")),
    Row("calico/resources/IPPool/*/spec/blockSize", ("plan", "pools"), number),
    Row("calico/resources/IPPool/*/spec/nodeSelector"),
    Row("calico/resources/IPPool/*/spec/natOutgoing", ("plan", "pools"), empty),
    Row("calico/resources/IPPool/*/spec/allowedUses/**"),
    Row("calico/resources/IPPool/*/metadata/labels/**"),
    Row("calico/resources/IPPool/**", ("plan", "pools")),
    Row("calico/nodes", PLAN),
    Row("calico/nodes/*", PLAN),
    Row("calico/nodes/*/address", PLAN),
    Row("calico/nodes/*/as_number", PLAN, lambda m: m.before["calico"].get("cluster_as_number")),
    Row("calico/nodes/*/route_reflector_cluster_id", PLAN, more=("244.0.0.9",)),
    Row("calico/nodes/*/labels/route-reflector", PLAN),
    Row("calico/nodes/*/labels/rack", PLAN),
    Row("calico/nodes/*/**"),
    Row("calico/cluster_as_number"),
    Row("calico/mesh"),
    Row("calico/pool_owners/**"),
    Row("calico/ipam", ("bigip_routes",)),
    Row("calico/ipam/by_node/*/*", ("bigip_routes",), lambda m: network_of(m.new) != m.old),
    Row("calico/ipam/by_node/**", ("bigip_routes",)),
    Row("calico/ipam/**"),
    Row("calico/installation/backend", PLAN, one_of("vxlan", "none"), more=("vxlan", "none", "bird")),
    Row("calico/installation/operator_bgp", PLAN, one_of("Disabled"), more=("Disabled", "Enabled")),
    Row("calico/installation/**"),
    # The nodes.
    Row("status", ("pools", "peers", "node_routes", "bird")),
    Row("status/nodes", ("pools", "peers", "node_routes", "bird")),
    Row("status/nodes/*", ("pools", "bird")),
    Row("status/nodes/*/agent", ("bird",)),
    Row("status/nodes/*/agent/state", ("bird",), more=("NotReady",)),
    Row("status/nodes/*/agent/router_id"),
    Row("status/nodes/*/sessions", ("peers",), meshed),
    Row("status/nodes/*/sessions/*", ("peers",), of_bigip),
    Row("status/nodes/*/sessions/*/peer_ip", ("peers",), of_bigip),
    Row("status/nodes/*/sessions/*/state", ("peers",), of_bigip, more=("Active", "Idle", "Passive")),
    Row("status/nodes/*/sessions/**"),
    Row("status/nodes/*/routes/*/destination", ("node_routes",), leak, more=OUTSIDE),
    Row("status/nodes/*/routes/**"),
    Row("status/nodes/*/kernel_routes", ("node_routes",), present),
    Row("status/nodes/*/kernel_routes/*", ("node_routes",), vip_route),
    Row("status/nodes/*/kernel_routes/*/dst", ("node_routes",), vip_route),
    Row("status/nodes/*/kernel_routes/*/gateway", ("node_routes",), elsewhere),
    Row("status/nodes/*/kernel_routes/*/protocol", ("node_routes",), lambda m: vip_route(m) and present(m)),
    Row("status/nodes/*/kernel_routes/**"),
    Row("status/nodes/*/bird"),
    Row("status/nodes/*/bird/config", ("bird",)),
    Row("status/nodes/*/bird/config/mesh", ("bird",)),
    Row("status/nodes/*/bird/config/global"),
    Row("status/nodes/*/bird/config/add_paths", ("bird",), empty),
    Row("status/nodes/*/bird/config/graceful_restart", ("bird",), empty),
    Row("status/nodes/*/bird/**"),
    Row("status/nodes/*/graceful_restart_wait", ("bird",)),
    Row("status/nodes/*/error", ("bird",)),
    Row("status/nodes/*/session_count"),
    Row("status/nodes/*/route_count"),
    Row("status/nodes/*/mesh/down"),
    Row("status/nodes/*/mesh/**", ("pools",), meshed),
    Row("status/nodes/*/pod_routes/missing"),
    Row("status/nodes/*/pod_routes/**", ("pools",)),
    # Pings and requests.
    Row("probes", ("reachability",)),
    Row("probes/probes", ("reachability",), empty),
    Row("probes/probes/*/ok", ("reachability",), empty),
    Row("probes/**"),
    # The controller.
    Row("controller", ("controller",)),
    Row("controller/deployments", ("controller",)),
    Row("controller/deployments/resources", ("controller",)),
    Row("controller/deployments/resources/*", ("controller",)),
    Row("controller/deployments/resources/*/spec/template/spec/containers/*/args/2", ("controller",)),
    Row("controller/deployments/resources/*/status/**", ("controller",)),
    Row("controller/deployments/**"),
    Row("controller/endpoints", ("controller",)),
    Row("controller/endpoints/resources", ("controller",)),
    Row("controller/endpoints/resources/*", ("controller",)),
    Row("controller/endpoints/resources/*/metadata/namespace", ("controller",)),
    Row("controller/endpoints/resources/*/metadata/labels/**", ("controller",)),
    Row("controller/endpoints/**"),
    Row("controller/pods/**"),
]  # fmt: skip


def test_all_is_well_before_the_change() -> None:
    for kind in (*networks.KINDS, REFERENCE):
        assert found_by(kind, network(kind)[1]) == set(), kind


def test_a_random_change_is_never_a_traceback_and_never_passes_where_it_matters() -> None:
    spots = {kind: list(places(network(kind)[1])) for kind in (*networks.KINDS, REFERENCE)}

    def case(dice: random.Random) -> bool:
        kind = dice.choice(list(spots))
        path = dice.choice(spots[kind])
        row = row_of(TABLE, path)
        mutation = mutate(network(kind)[1], path, dice, list(row.more))
        words = f"{kind}: {mutation.place} {mutation.old!r:.80} -> {mutation.new!r:.80}"
        try:
            found = found_by(kind, mutation.after)
        except Exception as problem:
            raise AssertionError(f"{words}: {type(problem).__name__}: {problem}") from problem
        wanted = set(row.found_by) if mutation.differs and row.matters(mutation) else set()
        if kind == REFERENCE:
            wanted -= {"plan", "preflight"}
        assert wanted <= found, f"{words}: expected a finding of {wanted - found}; found {found}"
        return bool(wanted)

    matter = each(CASES, case)
    assert sum(matter) > len(matter) / 4 or len(matter) == 1
