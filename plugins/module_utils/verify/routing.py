# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The BIG-IPs' routing: configuration, sessions and route table (groups bigip_config, sessions and bigip_routes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.drained import SHUT_DOWN
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node, Vip
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import (
    causes,
    filters,
    policy,
    route_causes,
    session_causes,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import (
    NO_CAUSE,
    Cause,
    Finding,
    judged,
    unread,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.tree import some
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED, BigIpView

CONFIGURED = "bigip_config"
SESSIONS = "sessions"
ROUTES = "bigip_routes"

_AGAIN = "run site.yml with --tags f5_routing"


def configuration(seen: Observed) -> Iterator[Finding]:
    """Each unit's ``router bgp``: AS, neighbors, redistribution, port lockdown, and the startup configuration."""
    for unit in seen.fabric.bigips:
        view = seen.bigip(unit)
        wanted = _configuration_wanted(seen, unit)
        down = causes.of_bigip(view, unit)
        if view.error or view.running_as is None:
            cause = down or NO_CAUSE
            observed = "could not be read" if view.error else "no router bgp"
            yield Finding(CONFIGURED, unit.name, wanted, observed, False, *cause)
            continue
        observed, cause = _configuration_observed(seen, unit, view)
        yield judged(CONFIGURED, unit.name, wanted, observed, observed == wanted and not down, *(down or cause))
        yield _saved(unit, view)
        yield _lockdown(unit, view)


def sessions(seen: Observed) -> Iterator[Finding]:
    """Every session as the BIG-IP reports it."""
    for unit, node in seen.pairs():
        view = seen.bigip(unit)
        neighbor = view.neighbors.get(node.node_ip) or {}
        state = str(neighbor.get("state") or ("no such neighbor" if not view.error else "could not be read"))
        remote = neighbor.get("remote_as")
        ok = state == ESTABLISHED and remote == node.as_number
        observed = f"{state}, remote AS {remote}{_since(neighbor)}" if neighbor else state
        cause = NO_CAUSE if ok else session_causes.of_session(seen, unit, node)
        expected = f"{ESTABLISHED}, remote AS {node.as_number}"
        yield judged(SESSIONS, f"{unit.name} - {node.name}", expected, observed, ok, *cause)


def drained_sessions(seen: Observed) -> Iterator[Finding]:
    """Every session of a drained host: it must be shut down, as recorded in its description."""
    for unit, node in seen.drained_pairs():
        shut = bool((seen.bigip(unit).configured.get(node.node_ip) or {}).get("shutdown"))
        drained = node.name if node.node_ip in seen.drains(unit).nodes else unit.name
        yield judged(
            SESSIONS,
            f"{unit.name} - {node.name}",
            SHUT_DOWN,
            SHUT_DOWN if shut else "not shut down",
            shut,
            f"{drained} is recorded as drained, but the session is not shut down",
            f"run drain.yml or undrain.yml with -e drain={drained}",
        )


def pod_blocks(seen: Observed) -> Iterator[Finding]:
    """Each node's IPAM blocks, via that node; a reflector may have announced them."""
    for unit, node in seen.routed():
        view = seen.bigip(unit)
        subject = f"{unit.name}: pods of {node.name}"
        blocks = seen.calico.blocks.get(node.name, [])
        expected = f"{', '.join(blocks) or 'blocks'} via {node.node_ip}"
        error = causes.of_calico(seen) or (causes.of_bigip(view, unit) if view.error else None)
        if error:
            yield unread(ROUTES, subject, expected, error)
        elif blocks:
            yield _blocks(seen, unit, node, blocks)


def nodes_without_blocks(seen: Observed) -> Iterator[Finding]:
    """Pods whose addresses are not in an IPAM block: Calico announces blocks, so there is no route to these pods."""
    if seen.calico.error:
        return
    held = [IPv4Network(block) for blocks in seen.calico.blocks.values() for block in blocks]
    blocks = {length: {one for one in held if one.prefixlen == length} for length in {one.prefixlen for one in held}}
    for node in seen.fabric.nodes:
        # An address may be borrowed from the block of another node.
        pods = [pod for pod in seen.pods.get(node.name, ()) if not _covered(pod[1], blocks)]
        if pods:
            shown = ", ".join(f"{name} {address}" for name, address in pods[:3])
            yield Finding(
                ROUTES,
                f"blocks of {node.name}",
                "a block for every pod of the node",
                f"no block for {shown}" + (f" and {len(pods) - 3} more pods" if len(pods) > 3 else ""),
                False,
                f"no IPAM block for pods of {node.name}: their addresses are from an IPAM other than Calico's "
                "(host-local), or the block's affinity was lost, so the node does not announce a route to them",
                f"calicoctl ipam show --show-blocks; on {node.name}: the CNI configuration in /etc/cni/net.d",
            )
    if seen.calico.raw.get("ipam") and not any(seen.calico.blocks.values()) and not seen.pods:
        yield Finding(
            ROUTES,
            "IPAM blocks",
            "a block on every node with pods",
            "no block in the cluster",
            False,
            "no IPAM block: there are no pods, or their addresses are from an IPAM other than Calico's (host-local)",
            "calicoctl ipam show --show-blocks; kubectl get pods -A -o wide",
        )


def _covered(address: str, blocks: Mapping[int, set[IPv4Network]]) -> bool:
    return any(IPv4Network(f"{address}/{length}", strict=False) in held for length, held in blocks.items())


def vip_routes(seen: Observed) -> Iterator[Finding]:
    """Each VIP as a kernel route. A unit that is standby for its traffic group has none, a drained one needs none."""
    for unit in seen.fabric.bigips:
        view = seen.bigip(unit)
        for vip in seen.fabric.vips:
            subject = f"{unit.name}: VIP {vip.address}"
            if error := causes.of_bigip(view, unit) if view.error else None:
                yield unread(ROUTES, subject, "a kernel route", error)
            elif view.serves(vip.address) and not seen.is_drained(unit):
                yield _vip(seen, unit, vip)
    yield from _nobody_active(seen)


def _nobody_active(seen: Observed) -> Iterator[Finding]:
    """Racks, or the whole fabric, without an active BIG-IP: no unit forwards traffic for their nodes."""
    for rack in dict.fromkeys(unit.rack for unit in seen.fabric.bigips):
        views = [seen.bigip(unit) for unit in seen.fabric.bigips if unit.rack == rack]
        if seen.fabric.vips and not any(view.error or view.active for view in views):
            states = ", ".join(f"{view.name} {(view.raw.get('failover') or {}).get('state')}" for view in views)
            yield Finding(
                ROUTES,
                f"active unit of {', '.join(view.name for view in views)}",
                "one active BIG-IP",
                states,
                False,
                "no BIG-IP is active: a unit that is standby or offline does not announce VIPs",
                "tmsh show cm failover-status; tmsh run sys failover online",
            )


def strays(seen: Observed) -> Iterator[Finding]:
    """Routes announced by a node that are not pod blocks."""
    pools = [pool.network for pool in seen.fabric.pools]
    addresses = {node.node_ip: node.name for node in seen.fabric.nodes}
    for unit in seen.fabric.bigips:
        for prefix, routes in seen.bigip(unit).routes.items():
            for route in routes:
                node = addresses.get(str(route.get("via")))
                if route.get("code") != "B" or node is None or ":" in prefix:
                    continue
                if not any(causes.inside(prefix, pool) for pool in pools):
                    yield Finding(
                        ROUTES,
                        f"{unit.name}: routes from {node}",
                        "pod blocks only",
                        prefix,
                        False,
                        *Cause(
                            f"filter: the inbound prefix list {seen.fabric.names.pods_list} is not in effect",
                            f"imish: show ip bgp neighbors {route.get('via')} routes; {_AGAIN}",
                        ).follows(*filters.changed_lists(seen, unit, seen.fabric.names.pods_list)),
                    )


def stale_blocks(seen: Observed) -> Iterator[Finding]:
    """Blocks with an affinity to a node that no longer exists: the pool cannot use their addresses."""
    known = {node.name for node in seen.fabric.nodes} | set(seen.calico.nodes)
    for name, blocks in seen.calico.blocks.items():
        if blocks and name not in known:
            yield Finding(
                ROUTES,
                f"blocks of {name}",
                "no block without a node",
                ", ".join(blocks[:5]),
                False,
                f"stale block: its affinity is {name}, which is neither in the inventory nor in the cluster",
                "calicoctl ipam check --show-problem-ips; then calicoctl ipam release --from-report",
            )


def _configuration_wanted(seen: Observed, unit: BigIp) -> str:
    count = len(seen.fabric.neighbors_of(unit))
    return f"AS {unit.as_number}, {count} of {count} nodes as neighbors, VIPs redistributed from the kernel"


def _configuration_observed(seen: Observed, unit: BigIp, view: BigIpView) -> tuple[str, Cause]:
    nodes = seen.fabric.neighbors_of(unit)
    missing = [node for node in nodes if node.node_ip not in view.configured]
    wrong = [node for node in nodes if view.remote_differs(node)]
    right = len(nodes) - len(missing) - len(wrong)
    route_map = view.redistributed.get("kernel", "")
    filtered = "kernel" in view.redistributed and policy.is_filtered(seen.fabric, unit, view)
    changed = policy.changed(seen.fabric, unit, view)
    redistribution = "VIPs redistributed from the kernel" if filtered else "VIPs not redistributed"
    if "kernel" in view.redistributed and not filtered:
        redistribution = f"every kernel route redistributed (route-map {route_map or 'none'})"
    observed = f"AS {view.running_as}, {right} of {len(nodes)} nodes as neighbors, {redistribution}"
    observed += f"; filters differ: {some(changed, 5)}" if changed else ""
    found = []
    if missing:
        cause = Cause(f"no neighbor for {_some(missing)}", _AGAIN)
        found.append(cause.follows(*(causes.of_removed(seen, node) or causes.no_neighbor(node) for node in missing)))
    if wrong:
        remotes = [causes.neighbor_as(node, view.configured[node.node_ip]["remote_as"]) for node in wrong]
        cause = Cause(f"AS mismatch: neighbor with another remote-as for {_some(wrong)}", _AGAIN)
        found.append(cause.follows(*remotes))
    if not filtered:
        found.append(Cause(f"filter: redistribute kernel without route-map {seen.fabric.names.vips_map}", _AGAIN))
    if filters.changed(seen, unit):
        cause = Cause(f"filter: {some(changed, 5)} is missing or was changed", _AGAIN)
        found.append(cause.follows(*filters.changed(seen, unit)))
    if not found:
        return observed, Cause("the running configuration differs", "imish: show running-config bgp")
    return observed, found[0].follows(*found) if len(found) > 1 else found[0]


def _saved(unit: BigIp, view: BigIpView) -> Finding:
    observed = {True: "saved", False: "not saved", None: "could not be read"}[view.saved]
    return judged(
        CONFIGURED,
        f"{unit.name}: startup configuration",
        "saved",
        observed,
        bool(view.saved),
        "the running configuration would be lost at a restart",
        f"imish: write; {_AGAIN}",
    )


def _lockdown(unit: BigIp, view: BigIpView) -> Finding:
    """Established sessions are no proof: those opened by the BIG-IP are not subject to port lockdown."""
    subject = f"{unit.name}: port lockdown of {unit.bgp_address}"
    self_ip = view.self_ips.get(unit.bgp_address)
    if self_ip is None:
        return Finding(
            CONFIGURED,
            subject,
            f"{causes.BGP_PORT} allowed",
            "no such self IP",
            False,
            f"no self IP of {unit.name} has the address {unit.bgp_address}",
            "tmsh list net self; bgp_address in the inventory",
        )
    allowed = self_ip.get("allow_service")
    observed = f"{causes.BGP_PORT} allowed" if causes.allows_bgp(allowed) else f"allow-service {_allowed(allowed)}"
    return judged(
        CONFIGURED,
        subject,
        f"{causes.BGP_PORT} allowed",
        observed,
        causes.allows_bgp(allowed),
        *causes.lockdown(unit, str(self_ip.get("name"))),
    )


def _blocks(seen: Observed, unit: BigIp, node: Node, blocks: list[str]) -> Finding:
    view = seen.bigip(unit)
    subject = f"{unit.name}: pods of {node.name}"
    learned: list[str] = []
    lacking: list[str] = []
    elsewhere = []
    for block in blocks:
        routes = view.routes.get(block, ())
        own = [route for route in routes if route.get("code") == "B" and str(route.get("via")) == node.node_ip]
        strange = next(filter(None, (route_causes.wrong_interface(view, node, route) for route in own)), None)
        if strange:
            hops = f"{block} via {node.node_ip}, {own[0]['interface']}"
            return Finding(ROUTES, subject, f"{block} via {node.node_ip}", hops, False, *strange)
        (learned if own else lacking).append(block)
        if routes and not own:
            elsewhere.append(f"{block} {', '.join(_hop(route) for route in routes)}")
    expected = f"{', '.join(blocks)} via {node.node_ip}"
    if not lacking:
        return judged(ROUTES, subject, expected, expected, True)
    shown = [f"{', '.join(learned)} via {node.node_ip}"] if learned else []
    observed = "; ".join(shown + elsewhere) or "no route"
    cause = route_causes.of_block(seen, unit, node, lacking)
    return Finding(ROUTES, subject, expected, observed, False, *cause)


def _hop(route: Mapping[str, Any]) -> str:
    """``via 172.16.40.199``, with the code of a route that is not from BGP."""
    text = f"via {route['via']}" if route.get("via") else str(route.get("interface") or "without a next hop")
    return text if route.get("code") == "B" else f"{text} (code {route.get('code')})"


def _vip(seen: Observed, unit: BigIp, vip: Vip) -> Finding:
    table = seen.bigip(unit).routes
    routes = [route for route in table.get(f"{vip.address}/32", ()) if route.get("code") == "K"]
    observed = f"a kernel route, {routes[0].get('interface') or routes[0].get('via')}" if routes else "no kernel route"
    cause = NO_CAUSE if routes else route_causes.of_vip(seen, unit, vip)
    return judged(ROUTES, f"{unit.name}: VIP {vip.address}", "a kernel route", observed, bool(routes), *cause)


def _since(neighbor: object) -> str:
    if not isinstance(neighbor, dict) or not (uptime := neighbor.get("uptime")):
        return ""
    return f", up {uptime}, {neighbor.get('accepted_prefixes', 0)} in, {neighbor.get('announced_prefixes', 0)} out"


def _allowed(allowed: object) -> str:
    if not allowed:
        return "none"
    return ", ".join(map(str, allowed)) if isinstance(allowed, (list, tuple)) else str(allowed)


def _some(nodes: Sequence[Node]) -> str:
    return some([node.name for node in nodes], 5)
