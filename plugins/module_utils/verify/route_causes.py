# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The likely cause of a route that is missing, or that has the wrong next hop, on a BIG-IP or a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node, Vip
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes, filters, session_causes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import NO_CAUSE, Cause
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Server, find, located
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED, BigIpView, NodeView

_RHI = "tmsh list ltm virtual-address {address} route-advertisement; tmrouted polls every 10 s (tmrouted.queryperiod)"


# ---- pods on the BIG-IP ----------------------------------------------------------------------------


def of_block(seen: Observed, unit: BigIp, node: Node, blocks: list[str]) -> Cause:
    """Why a BIG-IP has no route to blocks of a node through that node.

    :param blocks: those without such a route
    """
    view = seen.bigip(unit)
    neighbor = view.neighbors.get(node.node_ip) or {}
    if neighbor.get("state") != ESTABLISHED and node in seen.fabric.sessions_of(unit):
        session = session_causes.of_session(seen, unit, node)
        return Cause(f"no session with {node.name}: {session.cause}", session.hint).follows(session)
    silent = [cause for block in blocks if (cause := unexported(seen, block))]
    if silent:
        return silent[0].follows(*silent)
    held = [(block, route) for block in blocks for route in view.routes.get(block, ())]
    if not held:
        return _not_installed(seen, unit, node, neighbor)
    block, route = held[0]
    if route.get("code") != "B":
        return Cause(
            f"{block} is in the route table of the BIG-IP from another protocol (code {route.get('code')}), which "
            "takes precedence over BGP",
            "tmsh list net route; --static-routing-mode of k8s-bigip-ctlr",
        )
    return _wrong_hop(seen, block, str(route.get("via")))


def wrong_interface(view: BigIpView, node: Node, route: Mapping[str, Any]) -> Cause | None:
    """The cause if a route uses another interface than that of the node's subnet."""
    interface, address = route.get("interface"), IPv4Address(node.node_ip)
    connected = [(subnet.prefixlen, name) for subnet, name in view.connected if address in subnet]
    if not connected or not interface or any(name == interface for _length, name in connected):
        return None
    return Cause(
        f"wrong interface: the route to {node.name} uses {interface}, but its subnet is connected to "
        f"{max(connected)[1]}",
        f"imish: show ip route {node.node_ip}; tmsh list net self; tmsh list net route",
    )


def unexported(seen: Observed, block: str) -> Cause | None:
    """The cause if the pool of a block is not exported by BGP."""
    for name, spec in _pools_of(seen, block):
        if spec.get("disableBGPExport"):
            return unexported_pool(name)
    return None


def _pools_of(seen: Observed, prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and spec of the IPv4 pools that hold a block or pod."""
    for name, spec in seen.calico.specs("IPPool").items():
        cidr = str(spec["cidr"])
        if ":" not in cidr and causes.inside(prefix, IPv4Network(cidr, strict=False)):
            yield name, spec


def unexported_pool(name: str) -> Cause:
    return Cause(
        f"IPPool {name} has disableBGPExport: nodes do not announce its blocks",
        f'calicoctl patch ippool {name} -p \'{{"spec": {{"disableBGPExport": false}}}}\'',
    )


def _wrong_hop(seen: Observed, block: str, hop: str) -> Cause:
    other = next((node.name for node in seen.fabric.nodes if node.node_ip == hop), None)
    if other is None:
        return Cause(
            f"wrong next hop: {block} is via {hop}, which is not the address of a node: a router or reflector in "
            "between sets itself as the next hop",
            f"imish: show ip bgp {block}; keepOriginalNextHop of the BGPPeer, next-hop-self on the router",
        )
    if other in seen.fabric.topology.reflectors:
        return Cause(
            f"wrong next hop: reflector {other} announces the blocks of other nodes with itself as the next hop; the "
            "BGPPeer of an eBGP neighbor needs keepOriginalNextHop",
            "calicoctl get bgppeer -o yaml; run site.yml with --tags calico_bgp",
        )
    return Cause(
        f"another node announces the block ({other}): over eBGP without the own-routes-only filter, or a stale block",
        "calicoctl get bgpfilter; calicoctl ipam show --show-blocks",
    ).follows(*filters.lost(seen))


def _not_installed(seen: Observed, unit: BigIp, node: Node, neighbor: Any) -> Cause:
    names = seen.fabric.names
    accepted = int(neighbor.get("accepted_prefixes") or 0)
    changed = filters.changed_lists(seen, unit, names.pods_list)
    if not accepted:
        return Cause(
            f"filter: nothing is accepted from {node.name}; the inbound list or a filter in Calico is too strict",
            f"imish: show ip prefix-list {names.pods_list}; calicoctl get bgpfilter -o yaml",
        ).follows(*changed)
    subnet = seen.subnet_of(unit)
    if subnet is not None and IPv4Address(node.node_ip) not in subnet:
        return Cause(
            f"recursive next hop: {node.node_ip} of {node.name} is not in the BIG-IP's subnet {subnet}, and the BIG-IP "
            "has no usable route to it",
            f"imish: show ip route {node.node_ip}; show ip bgp neighbors {node.node_ip} routes",
        )
    return Cause(
        f"filter, or a block that {node.name} does not announce (yet)",
        f"imish: show ip bgp neighbors {node.node_ip} routes; on {node.name}: birdcl show route",
    ).follows(*changed)


# ---- VIPs on the BIG-IP ----------------------------------------------------------------------------


def of_vip(seen: Observed, unit: BigIp, vip: Vip) -> Cause:
    """Why a BIG-IP has no kernel route for a VIP."""
    view = seen.bigip(unit)
    if not view.enabled:  # then there is no route table of the routing module either
        return causes.of_bigip(view, unit) or NO_CAUSE
    hint = _RHI.format(address=vip.address)
    address = view.virtual_addresses.get(vip.address)
    if address is None:
        where = f"no virtual address {vip.address} on the BIG-IP: no virtual server uses it"
        cause = Cause(where, "tmsh list ltm virtual destination; advertised_vips in the inventory")
        return cause.follows(*_servers_of(seen, unit, vip.address))
    advertisement = str(address.get("route_advertisement") or "disabled")
    if advertisement == "disabled":
        return Cause(f"VIP not advertised: its route advertisement is disabled ({vip.address})", hint)
    if address.get("enabled") is False:
        return Cause(f"VIP not advertised: the virtual address is disabled ({vip.address})", hint)
    if advertisement != "always" and not _served(seen, unit, vip):
        cause = Cause(
            f"VIP not advertised: no virtual server on it is available (the pool of {vip.address} is down)", hint
        )
        return cause.follows(*_servers_of(seen, unit, vip.address))
    return Cause(f"VIP not advertised although it should be ({vip.address}); tmrouted may not have polled yet", hint)


def _servers_of(seen: Observed, unit: BigIp, address: str) -> list[Cause]:
    """Why the virtual servers of the inventory on an address are not available."""
    return [
        cause
        for server in seen.servers
        if server.address == address and (cause := of_server(seen, unit, server)) is not None
    ]


def _served(seen: Observed, unit: BigIp, vip: Vip) -> bool:
    """Whether a virtual server on the address can be available: it has no pool, or a member that is not down."""
    for server in seen.bigip(unit).servers_on(vip.address):
        if server.get("enabled") is False:
            continue
        members = server.get("members") or ()
        if not server.get("pool") or any(member.get("state") in ("up", "unchecked") for member in members):
            return True
    return False


def of_server(seen: Observed, unit: BigIp, server: Server) -> Cause | None:
    """Why a virtual server of the inventory is not available; ``None`` if it is."""
    held, view = find(seen, unit, server), seen.bigip(unit)
    if held is None:
        elsewhere = [view.domain_of(one) for one in located(seen, unit, server)]
        if elsewhere:
            return Cause(
                f"virtual server {server.name} is in route domain {elsewhere[0]}, expected "
                f"{unit.route_domain if server.domain is None else server.domain}",
                f"route_domain of {unit.name} in the inventory; tmsh list auth partition default-route-domain",
            )
        broken = of_controller(seen)
        cause = Cause(
            f"the controller has not created virtual server {server.name}: it is not running, or it rejected the "
            "resource",
            f"kubectl -n {server.namespace} get configmap,virtualserver; run site.yml with --tags bigip_ctlr",
        )
        return cause.follows(*([broken] if broken else ()))
    if held.get("partition") != server.partition:
        return Cause(
            f"another virtual server in {held.get('partition')} has the address {server.destination}",
            f"tmsh list ltm virtual {held['name']}",
        )
    if held.get("enabled") is False:
        return Cause(f"virtual server {held['name']} was disabled manually", f"tmsh list ltm virtual {held['name']}")
    members = list(held.get("members") or ())
    if any(member.get("state") in ("up", "unchecked") for member in members):
        return None
    states = [f"{str(member.get('address')).partition('%')[0]} {member.get('state')}" for member in members]
    cause = Cause(
        f"no pool member is available: {', '.join(states[:5]) or f'the pool of {server.name} is empty'}",
        f"tmsh show ltm pool {held.get('pool') or ''} members; the monitor's send and recv",
    )
    if members:
        found = _unreachable_members(seen, unit, members)
        return cause.follows(*found, *([cause] if len(found) < len(members) else []))
    broken = of_controller(seen)
    return cause.follows(*([broken] if broken else ()))


def _unreachable_members(seen: Observed, unit: BigIp, members: list[Any]) -> list[Cause]:
    """Why a BIG-IP has no route to the members of a pool."""
    found = [of_pod(seen, unit, str(member.get("address")).partition("%")[0]) for member in members]
    return [cause for cause in found if cause]


def of_pod(seen: Observed, unit: BigIp, address: str) -> Cause | None:
    """Why a BIG-IP cannot reach a pod, from its routes and the pools; ``None`` if these are as wanted."""
    if ":" in address or seen.calico.error:
        return None
    if encapsulated := of_pool(seen, f"{address}/32", exported=False):
        return encapsulated
    for node in seen.fabric.neighbors_of(unit):
        for block in seen.calico.blocks.get(node.name, ()):
            hops = [str(route.get("via")) for route in seen.bigip(unit).routes.get(block, ())]
            if causes.inside(f"{address}/32", IPv4Network(block)) and node.node_ip not in hops:
                return of_block(seen, unit, node, [block])
    return None


def of_pool(seen: Observed, prefix: str, exported: bool = True) -> Cause | None:
    """Why the pool of a block or pod prevents plain routes to it.

    :param exported: whether the routes depend on the export by BGP
    """
    for name, spec in _pools_of(seen, prefix):
        if any((spec.get(mode) or "Never") != "Never" for mode in ("ipipMode", "vxlanMode")):
            return encapsulated_pool(name)
        if exported and spec.get("disableBGPExport"):
            return unexported_pool(name)
    return None


def encapsulated_pool(name: str) -> Cause:
    return Cause(
        f"IPPool {name} is encapsulated: the BIG-IP cannot reach pods by plain routes",
        "run site.yml with --tags calico_bgp",
    )


def of_controller(seen: Observed) -> Cause | None:
    """Why the controller does not work; ``None`` if each of its Deployments is ready, or none was read."""
    for item in ((seen.controller or {}).get("deployments") or {}).get("resources") or ():
        if deployment_text(item) != READY:
            return of_deployment(seen, item)
    return None


READY = "1 of 1 replicas ready"


def deployment_text(item: Any) -> str:
    """The replicas of a Deployment: ``1 of 1 replicas ready``."""
    wanted = (item.get("spec") or {}).get("replicas", 1)
    ready = (item.get("status") or {}).get("readyReplicas") or 0
    return f"{ready} of {wanted} replicas ready"


def of_deployment(seen: Observed, item: Any) -> Cause:
    """Why a Deployment of the controller is not ready, from the status of its pods."""
    metadata = item["metadata"]
    hint = f"kubectl -n {metadata['namespace']} logs deployment/{metadata['name']}"
    wanted = ((item["spec"].get("selector") or {}).get("matchLabels") or {}).items()
    pods = ((seen.controller or {}).get("pods") or {}).get("resources") or ()
    for pod in (pod for pod in pods if set(wanted) <= set((pod["metadata"].get("labels") or {}).items())):
        for container in (pod.get("status") or {}).get("containerStatuses") or ():
            waiting = (container.get("state") or {}).get("waiting") or {}
            if waiting.get("reason"):
                return Cause(f"{waiting['reason']}: {waiting.get('message') or 'see the log of the pod'}", hint)
        for condition in (pod.get("status") or {}).get("conditions") or ():
            if condition.get("status") == "False" and condition.get("message"):
                return Cause(str(condition["message"]), hint)
    text = "the controller's pod is not ready: check its password, the BIG-IP's certificate and the partition"
    return Cause(text, hint)


# ---- VIPs on the nodes -----------------------------------------------------------------------------


def of_node_vip(seen: Observed, node: Node, vip: Vip) -> Cause:
    """Why a VIP is not in a node's kernel with a BIG-IP as its next hop."""
    view = seen.node(node)
    prefix = f"{vip.address}/32"
    gateways = [str(route.get("gateway")) for route in view.kernel.get(prefix, ()) if route.get("gateway")]
    if gateways:
        return Cause(
            f"wrong next hop: {node.name} has VIPs via {', '.join(gateways)}, which is not the address of a BIG-IP: a "
            "route map sets the next hop, or a router in between announces the VIPs",
            f"on {node.name}: birdcl show route for {vip.address} all; imish: show route-map",
        )
    # Until its hold time ends, a node reports a session as Established that the BIG-IP has lost.
    up = [unit for unit in seen.fabric.bigips if is_up(view, unit) and not _has_lost(seen, unit, node)]
    units = [unit for unit in seen.fabric.bigips if node in seen.fabric.sessions_of(unit)]
    if not up and units:
        sessions = [session_causes.of_session(seen, unit, node) for unit in units]
        return Cause(f"no session with a BIG-IP: {sessions[0].cause}", sessions[0].hint).follows(*sessions)
    if view.waiting:
        return waiting(node)
    announcing = up or list(seen.fabric.bigips)
    if not any(_announces(seen, unit, prefix) for unit in announcing):
        behind = [of_vip(seen, unit, vip) for unit in announcing if seen.bigip(unit).active]
        return Cause(
            f"VIP not advertised: no BIG-IP has {prefix} as a kernel route", "the findings of group bigip_routes"
        ).follows(*behind)
    service = service_range(seen, vip)
    if service:
        return Cause(
            f"VIP inside the service range {service}: Calico does not install learned routes in it in the kernel",
            "calicoctl get bgpconfiguration default -o yaml; move the VIP or the range",
        )
    if any(prefix in view.learned.get(unit.bgp_address, ()) for unit in up):
        return _not_in_kernel(seen, node, view, vip)
    names = seen.fabric.names
    return Cause(
        f"filter: {prefix} is announced but not received; the BIG-IP's list {names.vips_list} or "
        f"Calico's filter {names.vips_filter} is too strict",
        f"imish: show ip bgp neighbors {node.node_ip} advertised-routes; calicoctl get bgpfilter -o yaml",
    ).follows(
        *filters.lost(seen),
        *(cause for unit in up for cause in filters.changed_lists(seen, unit, names.vips_list, names.vips_map)),
    )


def _not_in_kernel(seen: Observed, node: Node, view: NodeView, vip: Vip) -> Cause:
    prefix = f"{vip.address}/32"
    length = (seen.calico.nodes.get(node.name) or {}).get("prefix_length")
    hops = sorted({str(route["gateway"]) for route in view.routes_to(prefix) if route.get("gateway")})
    if length is not None and hops:
        subnet = IPv4Network(f"{node.node_ip}/{length}", strict=False)
        outside = [hop for hop in hops if IPv4Address(hop) not in subnet]
        if outside:
            return Cause(
                f"recursive next hop: VIPs are announced via {', '.join(outside)}, outside the subnet {subnet} of "
                f"{node.name}, which has no route to it",
                f"on {node.name}: ip route get {outside[0]}; birdcl show route for {vip.address} all",
            )
    return Cause(
        "BIRD has the route, but the kernel does not", f"on {node.name}: birdcl show route for {vip.address} all"
    )


def waiting(node: Node) -> Cause:
    """The cause of everything that is missing on a node while BIRD waits after a restart."""
    return Cause(
        f"graceful restart: BIRD on {node.name} restarted and does not install routes until every configured peer is "
        "Established, up to 240 seconds",
        f"on {node.name}: birdcl show protocols; show status",
    )


def service_range(seen: Observed, vip: Vip) -> str | None:
    """The service range of BGPConfiguration that contains a VIP."""
    spec = seen.calico.specs("BGPConfiguration").get("default") or {}
    for field in ("serviceClusterIPs", "serviceExternalIPs", "serviceLoadBalancerIPs"):
        for entry in spec.get(field) or ():
            cidr = str(entry.get("cidr"))
            if ":" not in cidr and causes.inside(f"{vip.address}/32", IPv4Network(cidr, strict=False)):
                return f"{cidr} ({field})"
    return None


def is_up(view: NodeView, unit: BigIp) -> bool:
    """Whether a node reports its session with a BIG-IP as Established."""
    return (view.sessions.get(unit.bgp_address) or {}).get("state") == ESTABLISHED


def _has_lost(seen: Observed, unit: BigIp, node: Node) -> bool:
    """Whether a BIG-IP reports its session with a node, and not as Established."""
    reported = seen.bigip(unit).neighbors.get(node.node_ip)
    return reported is not None and reported.get("state") != ESTABLISHED


def _announces(seen: Observed, unit: BigIp, prefix: str) -> bool:
    view = seen.bigip(unit)
    return bool(view.error) or any(route.get("code") == "K" for route in view.routes.get(prefix, ()))
