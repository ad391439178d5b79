# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The BIG-IPs' routing: configuration, sessions and route table (groups bigip_config, sessions and bigip_routes)."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node, Vip
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes, policy
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding, judged, unread
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED, BigIpView

CONFIGURED = "bigip_config"
SESSIONS = "sessions"
ROUTES = "bigip_routes"

_AGAIN = "run site.yml with --tags f5_routing"
_RHI = "tmsh list ltm virtual-address {address} route-advertisement; tmrouted polls every 10 s (tmrouted.queryperiod)"


def configuration(seen: Observed) -> Iterator[Finding]:
    """Each unit's ``router bgp``: AS, neighbors, redistribution, port lockdown, and the startup configuration."""
    for unit in seen.fabric.bigips:
        view = seen.bigip(unit)
        wanted = _configuration_wanted(seen, unit)
        down = causes.of_bigip(view, unit)
        if view.error or view.running_as is None:
            cause = down or causes.Cause("", "")
            observed = "could not be read" if view.error else "no router bgp"
            yield Finding(CONFIGURED, unit.name, wanted, observed, False, *cause)
            continue
        observed, cause, hint = _configuration_observed(seen, unit, view)
        if down:
            cause, hint = down
        yield judged(CONFIGURED, unit.name, wanted, observed, observed == wanted and not down, cause, hint)
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
        cause = causes.Cause("", "") if ok else causes.of_session(seen, unit, node)
        expected = f"{ESTABLISHED}, remote AS {node.as_number}"
        yield judged(SESSIONS, f"{unit.name} - {node.name}", expected, observed, ok, *cause)


def drained_sessions(seen: Observed) -> Iterator[Finding]:
    """Every session of a drained host: it must be shut down, as its description says."""
    for unit, node in seen.drained_pairs():
        shut = bool((seen.bigip(unit).configured.get(node.node_ip) or {}).get("shutdown"))
        drained = node.name if node.node_ip in seen.drains(unit).nodes else unit.name
        yield judged(
            SESSIONS,
            f"{unit.name} - {node.name}",
            "shut down (drained)",
            "shut down (drained)" if shut else "not shut down",
            shut,
            f"{drained} is recorded as drained, but the session is not shut down",
            f"run drain.yml or undrain.yml with -e drain={drained}",
        )


def pod_blocks(seen: Observed) -> Iterator[Finding]:
    """Each node's IPAM blocks, installed by way of that node; a reflector may have announced them."""
    for unit, node in seen.routed():
        view = seen.bigip(unit)
        subject = f"{unit.name}: pods of {node.name}"
        blocks = seen.calico.blocks.get(node.name, [])
        expected = f"{', '.join(blocks) or 'blocks'} via {node.node_ip}"
        error = seen.calico.error or view.error
        if error:
            yield unread(ROUTES, subject, expected, error, "the findings of group bigip_config")
        elif blocks:
            yield _blocks(seen, unit, node, blocks)


def nodes_without_blocks(seen: Observed) -> Iterator[Finding]:
    """Nodes that have pods and no IPAM block: Calico announces blocks, so there is no route to these pods."""
    if seen.calico.error:
        return
    for node in seen.fabric.nodes:
        pods = seen.pods.get(node.name, ())
        if pods and not seen.calico.blocks.get(node.name):
            shown = ", ".join(f"{name} {address}" for name, address in pods[:3])
            yield Finding(
                ROUTES,
                f"blocks of {node.name}",
                "a block for the pods of the node",
                f"no block; pods: {shown}",
                False,
                "no IPAM block: the pods got their addresses from another IPAM than Calico's (host-local), or the "
                "block's affinity was lost, so the node announces no route to them",
                f"calicoctl ipam show --show-blocks; on {node.name}: the CNI configuration in /etc/cni/net.d",
            )
    if seen.calico.raw.get("ipam") and not any(seen.calico.blocks.values()) and not seen.pods:
        yield Finding(
            ROUTES,
            "IPAM blocks",
            "a block on every node with pods",
            "no block in the cluster",
            False,
            "no IPAM block: there are no pods, or their addresses are from another IPAM than Calico's (host-local)",
            "calicoctl ipam show --show-blocks; kubectl get pods -A -o wide",
        )


def vip_routes(seen: Observed) -> Iterator[Finding]:
    """Each VIP as a kernel route. The standby unit of a pair has none."""
    for unit in seen.fabric.bigips:
        view = seen.bigip(unit)
        for vip in seen.fabric.vips:
            subject = f"{unit.name}: VIP {vip.address}"
            if view.error:
                yield unread(ROUTES, subject, "a kernel route", view.error, "the findings of group bigip_config")
            elif view.active:
                yield _vip(unit, view, vip)
    yield from _nobody_active(seen)


def _nobody_active(seen: Observed) -> Iterator[Finding]:
    """Racks, or the whole fabric, whose BIG-IPs all are standby or offline: nobody forwards for their nodes."""
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
                "no BIG-IP is active: a unit that is standby or offline announces no VIP",
                "tmsh show cm failover-status; tmsh run sys failover online",
            )


def strays(seen: Observed) -> Iterator[Finding]:
    """Routes that a node announced and that are not pod blocks."""
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
                        f"filter: the inbound prefix-list {seen.fabric.names.pods_list} is not in force",
                        f"imish: show ip bgp neighbors {route.get('via')} routes; {_AGAIN}",
                    )


def stale_blocks(seen: Observed) -> Iterator[Finding]:
    """Blocks with an affinity to a node that no longer exists: their addresses are lost to the pool."""
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


def _configuration_observed(seen: Observed, unit: BigIp, view: BigIpView) -> tuple[str, str, str]:
    nodes = seen.fabric.neighbors_of(unit)
    missing = [node.name for node in nodes if node.node_ip not in view.configured]
    wrong = [node.name for node in nodes if _remote_differs(view, node)]
    right = len(nodes) - len(missing) - len(wrong)
    route_map = view.redistributed.get("kernel", "")
    filtered = "kernel" in view.redistributed and policy.is_filtered(seen.fabric, unit, view)
    changed = policy.changed(seen.fabric, unit, view)
    redistribution = "VIPs redistributed from the kernel" if filtered else "VIPs not redistributed"
    if "kernel" in view.redistributed and not filtered:
        redistribution = f"every kernel route redistributed (route-map {route_map or 'none'})"
    observed = f"AS {view.running_as}, {right} of {len(nodes)} nodes as neighbors, {redistribution}"
    observed += f"; filters differ: {_some(changed)}" if changed else ""
    if missing:
        return observed, f"no neighbor for {_some(missing)}", _AGAIN
    if wrong:
        return observed, f"AS mismatch: neighbor with another remote-as for {_some(wrong)}", _AGAIN
    if not filtered:
        return observed, f"filter: redistribute kernel without route-map {seen.fabric.names.vips_map}", _AGAIN
    if changed:
        return observed, f"filter: {_some(changed)} is missing or was changed", _AGAIN
    return observed, "the running configuration differs", "imish: show running-config bgp"


def _remote_differs(view: BigIpView, node: Node) -> bool:
    remote = (view.configured.get(node.node_ip) or {}).get("remote_as")
    return node.node_ip in view.configured and (remote is None or int(remote) != node.as_number)


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
    """Established sessions do not imply it: those that the BIG-IP opens are not subject to port lockdown."""
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
        "port lockdown: nodes cannot open a session to the BIG-IP",
        f"tmsh list net self allow-service; {_AGAIN}",
    )


def _blocks(seen: Observed, unit: BigIp, node: Node, blocks: list[str]) -> Finding:
    view = seen.bigip(unit)
    learnt, elsewhere = [], []
    for block in blocks:
        hops = [str(route.get("via")) for route in view.routes.get(block, ()) if route.get("code") == "B"]
        if node.node_ip in hops:
            learnt.append(block)
        elif hops:
            elsewhere.append(f"{block} via {', '.join(hops)}")
    expected = f"{', '.join(blocks)} via {node.node_ip}"
    if len(learnt) == len(blocks):
        return judged(ROUTES, f"{unit.name}: pods of {node.name}", expected, expected, True)
    shown = [f"{', '.join(learnt)} via {node.node_ip}"] if learnt else []
    cause = _block_cause(seen, unit, node, elsewhere)
    observed = "; ".join(shown + elsewhere) or "no route"
    return Finding(ROUTES, f"{unit.name}: pods of {node.name}", expected, observed, False, *cause)


def _block_cause(seen: Observed, unit: BigIp, node: Node, elsewhere: list[str]) -> causes.Cause:
    neighbor = seen.bigip(unit).neighbors.get(node.node_ip) or {}
    if neighbor.get("state") != ESTABLISHED:
        session = causes.of_session(seen, unit, node)
        return causes.Cause(f"no session with {node.name}: {session.cause}", session.hint)
    if elsewhere:
        return causes.Cause(
            "another node announces the block: over eBGP without the own-routes-only filter, or a stale block",
            "calicoctl get bgpfilter; calicoctl ipam show --show-blocks",
        )
    if not neighbor.get("accepted_prefixes"):
        return causes.Cause(
            f"filter: nothing is accepted from {node.name}; the inbound list or a filter in Calico is too strict",
            f"imish: show ip prefix-list {seen.fabric.names.pods_list}; calicoctl get bgpfilter -o yaml",
        )
    return causes.Cause(
        f"filter, or a block that {node.name} does not announce (yet)",
        f"imish: show ip bgp neighbors {node.node_ip} routes; on {node.name}: birdcl show route",
    )


def _vip(unit: BigIp, view: BigIpView, vip: Vip) -> Finding:
    routes = [route for route in view.routes.get(f"{vip.address}/32", ()) if route.get("code") == "K"]
    observed = f"a kernel route, {routes[0].get('interface') or routes[0].get('via')}" if routes else "no kernel route"
    cause = causes.Cause("", "") if routes else _vip_cause(view, vip)
    return judged(ROUTES, f"{unit.name}: VIP {vip.address}", "a kernel route", observed, bool(routes), *cause)


def _vip_cause(view: BigIpView, vip: Vip) -> causes.Cause:
    hint = _RHI.format(address=vip.address)
    address = view.virtual_addresses.get(vip.address)
    if address is None:
        where = f"no virtual address {vip.address} on the BIG-IP: no virtual server uses it"
        return causes.Cause(where, "tmsh list ltm virtual destination; advertised_vips in the inventory")
    advertisement = str(address.get("route_advertisement") or "disabled")
    if advertisement == "disabled":
        return causes.Cause("VIP not advertised: its route advertisement is disabled", hint)
    if address.get("enabled") is False:
        return causes.Cause("VIP not advertised: the virtual address is disabled", hint)
    if advertisement != "always" and not _served(view, vip):
        return causes.Cause("VIP not advertised: no virtual server on it is available (its pool is down)", hint)
    return causes.Cause("VIP not advertised although it should be; tmrouted may not have polled yet", hint)


def _served(view: BigIpView, vip: Vip) -> bool:
    """Whether some virtual server on the address can be available: it has no pool, or a member that is not down."""
    for server in view.virtual_servers:
        if server.get("destination") != vip.address or server.get("enabled") is False:
            continue
        members = server.get("members") or ()
        if not server.get("pool") or any(member.get("state") in ("up", "unchecked") for member in members):
            return True
    return False


def _since(neighbor: object) -> str:
    uptime = neighbor.get("uptime") if isinstance(neighbor, dict) else None
    if not uptime:
        return ""
    return f", up {uptime}, {neighbor.get('accepted_prefixes', 0)} in, {neighbor.get('announced_prefixes', 0)} out"


def _allowed(allowed: object) -> str:
    if not allowed:
        return "none"
    return ", ".join(map(str, allowed)) if isinstance(allowed, (list, tuple)) else str(allowed)


def _some(names: list[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
