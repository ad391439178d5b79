# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of the nodes, routes in their kernels, and BIRD itself (groups pools, peers, node_routes and bird)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node, Vip
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding, judged, unread
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED, NodeView

POOLS = "pools"
PEERS = "peers"
VIPS = "node_routes"
BIRD = "bird"

_NO_SESSIONS = "this report has no sessions"
_UNREAD_HINT = "kubectl get caliconodestatus; kubectl -n kube-system get pods -o wide"


def mesh_sessions(seen: Observed) -> Iterator[Finding]:
    """Each node's sessions with all the others, where the mesh is on."""
    others = len(seen.fabric.nodes) - 1
    if not seen.fabric.meshed or not others:
        return
    names = {node.node_ip: node.name for node in seen.fabric.nodes}
    for node in seen.nodes():
        view = seen.node(node)
        expected = f"{others} of {others} {ESTABLISHED}"
        subject = f"mesh of {node.name}"
        if view.error or not view.mesh or not view.has_sessions:
            yield unread(POOLS, subject, expected, view.error or view.partial or _NO_SESSIONS, _UNREAD_HINT)
            continue
        down = [names.get(row["peer_ip"], row["peer_ip"]) for row in view.mesh["down"]]
        observed = f"{view.mesh['established']} of {view.mesh['expected']} {ESTABLISHED}"
        yield judged(
            POOLS,
            subject,
            expected,
            observed,
            observed == expected,
            f"no mesh session with {', '.join(down[:5])}",
            f"on {node.name}: calicoctl node status",
        )


def pod_routes(seen: Observed) -> Iterator[Finding]:
    """Each node's plain routes to the other nodes' blocks, through the nodes' own addresses."""
    if len(seen.fabric.nodes) < 2:
        return
    blocks = {node.name: len(seen.calico.blocks.get(node.name, ())) for node in seen.fabric.nodes}
    total = sum(blocks.values())
    for node in seen.nodes():
        view = seen.node(node)
        wanted = total - blocks[node.name]
        subject = f"pod routes of {node.name}"
        expected = f"{wanted} of {wanted} blocks via their nodes"
        error = view.error or seen.calico.error
        if not error and view.pod_routes is None and wanted:
            error = view.partial or "no routes were reported"
        if error:
            yield unread(POOLS, subject, "blocks of the other nodes", error, _UNREAD_HINT)
        elif wanted:
            observed = f"{view.pod_routes['present']} of {view.pod_routes['expected']} blocks via their nodes"
            cause = f"no such route to {', '.join(view.pod_routes['missing'][:5])}"
            if view.waiting:
                cause = _waiting_cause(node)
            hint = f"on {node.name}: ip route show proto bird"
            yield judged(POOLS, subject, expected, observed, observed == expected, cause, hint)


def peer_sessions(seen: Observed) -> Iterator[Finding]:
    """Each session as the node reports it."""
    for unit, node in seen.pairs():
        if not seen.is_sampled(node):
            continue
        view = seen.node(node)
        subject = f"{node.name} - {unit.name}"
        if not view.error and not view.has_sessions:
            neighbor = seen.bigip(unit).neighbors.get(node.node_ip) or {}
            if neighbor.get("state") == ESTABLISHED:
                yield judged(PEERS, subject, ESTABLISHED, f"{ESTABLISHED}, reported by {unit.name}", True)
                continue
        if view.error:
            yield Finding(PEERS, subject, ESTABLISHED, "could not be read", False, *causes.of_session(seen, unit, node))
            continue
        session = view.sessions.get(unit.bgp_address) or {}
        state = str(session.get("state") or "no such session")
        ok = state == ESTABLISHED
        observed = f"{state} since {session['since']}" if ok and session.get("since") else state
        if session.get("last_error") and not ok:
            observed = f"{state} ({session['last_error']})"
        cause = causes.Cause("", "") if ok else causes.of_session(seen, unit, node)
        yield judged(PEERS, subject, ESTABLISHED, observed, ok, *cause)


def vips(seen: Observed) -> Iterator[Finding]:
    """Each VIP in each node's kernel, by BGP and through a BIG-IP."""
    hops = ", ".join(seen.next_hops)
    for node in seen.nodes():
        if node.name in seen.drained_nodes:
            continue
        view = seen.node(node)
        for vip in seen.fabric.vips:
            subject = f"{node.name}: {vip.address}"
            expected = f"via {hops} proto bird"
            if view.error:
                yield unread(VIPS, subject, expected, view.error, _UNREAD_HINT)
                continue
            gateways = _gateways(view, f"{vip.address}/32")
            right = [gateway for gateway in gateways if gateway in seen.next_hops]
            observed = f"via {', '.join(gateways)} proto bird" if gateways else "no route"
            cause = causes.Cause("", "") if right else _vip_cause(seen, node, view, vip)
            yield judged(VIPS, subject, expected, observed, bool(right), *cause)


def leaks(seen: Observed) -> Iterator[Finding]:
    """Routes that a node accepted from a BIG-IP and that are outside the ranges that it may announce."""
    ranges = [IPv4Network(cidr) for cidr in (*seen.fabric.vip_ranges, *seen.fabric.announced_ranges)]
    for unit, node in seen.pairs():
        if not seen.is_sampled(node):
            continue
        learnt = sorted(seen.node(node).learnt.get(unit.bgp_address, ()))
        outside = [prefix for prefix in learnt if not any(causes.inside(prefix, one) for one in ranges)]
        if outside:
            yield Finding(
                VIPS,
                f"{node.name}: routes from {unit.name}",
                "VIP ranges and announced ranges only",
                ", ".join(outside[:5]),
                False,
                f"filter: neither the BIG-IP's route-map {seen.fabric.names.vips_map} nor Calico's filter "
                f"{seen.fabric.names.vips_filter} holds them back",
                f"imish: show ip bgp neighbors {node.node_ip} advertised-routes; calicoctl get bgpfilter -o yaml",
            )


def bird(seen: Observed) -> Iterator[Finding]:
    """BIRD on each node: ready, past its restart, and, where a command on the node shows them, its settings."""
    for node in seen.nodes():
        view = seen.node(node)
        subject = f"BIRD on {node.name}"
        if view.error:
            yield unread(BIRD, subject, "Ready", view.error, _UNREAD_HINT)
            continue
        observed = view.agent + (", waiting for graceful restart" if view.waiting else "")
        observed += f", read in part: {view.partial}" if view.partial else ""
        cause = _waiting_cause(node) if view.waiting else "BIRD is not running"
        if view.partial and view.agent == "Ready" and not view.waiting:
            cause = f"{node.name} could be read only in part"
        yield judged(
            BIRD, subject, "Ready", observed, observed == "Ready", cause, f"on {node.name}: birdcl show status"
        )
        if view.bird:
            yield _bird_settings(seen, node, view.bird)


def _bird_settings(seen: Observed, node: Node, settings: Mapping[str, Any]) -> Finding:
    """The rendered bird.cfg, with the number of protocols: one per mesh peer and one per BIG-IP."""
    config = settings.get("config") or {}
    wanted = {
        "mesh": len(seen.fabric.nodes) - 1 if seen.fabric.meshed else 0,
        # Peers with a selector are named after their node and are not global.
        "global": len(seen.fabric.bigips) if seen.fabric.topology.kind == "global" else 0,
        "add paths": "on",
        "graceful restart": "on",
    }
    held = {
        "mesh": config.get("mesh") or 0,
        "global": config.get("global") or 0,
        "add paths": "on" if config.get("add_paths") else "off",
        "graceful restart": "on" if config.get("graceful_restart") else "off",
    }
    # Other global peers than the BIG-IPs may exist.
    ok = held == {**wanted, "global": max(wanted["global"], held["global"])}
    return judged(
        BIRD,
        f"bird.cfg of {node.name}",
        _settings_text(wanted),
        _settings_text(held),
        ok,
        "confd has not rendered the current datastore, or its check of the file failed",
        f"on {node.name}: /etc/calico/confd/config/bird.cfg; the log of confd",
    )


def _gateways(view: NodeView, prefix: str) -> list[str]:
    return [str(route.get("gateway")) for route in view.kernel.get(prefix, ()) if route.get("gateway")]


def _vip_cause(seen: Observed, node: Node, view: NodeView, vip: Vip) -> causes.Cause:
    up = [unit for unit in seen.fabric.bigips if _up(view, unit)]
    if not up:
        first = causes.of_session(seen, seen.fabric.bigips[0], node)
        return causes.Cause(f"no session with a BIG-IP: {first.cause}", first.hint)
    if view.waiting:
        return causes.Cause(_waiting_cause(node), f"on {node.name}: birdcl show protocols; show status")
    prefix = f"{vip.address}/32"
    if not any(_announces(seen, unit, prefix) for unit in up):
        return causes.Cause(
            f"VIP not advertised: no BIG-IP has {prefix} as a kernel route", "the findings of group bigip_routes"
        )
    service = _service_range(seen, vip)
    if service:
        return causes.Cause(
            f"VIP inside the service range {service}: Calico does not install learned routes in it in the kernel",
            "calicoctl get bgpconfiguration default -o yaml; move the VIP or the range",
        )
    if any(prefix in view.learnt.get(unit.bgp_address, ()) for unit in up):
        return causes.Cause(
            "BIRD has the route but not the kernel", f"on {node.name}: birdcl show route for {vip.address} all"
        )
    return causes.Cause(
        f"filter: {prefix} is announced and does not arrive; the BIG-IP's list {seen.fabric.names.vips_list} or "
        f"Calico's filter {seen.fabric.names.vips_filter} is too strict",
        f"imish: show ip bgp neighbors {node.node_ip} advertised-routes; calicoctl get bgpfilter -o yaml",
    )


def _service_range(seen: Observed, vip: Vip) -> str | None:
    """The service range of BGPConfiguration that a VIP lies in."""
    spec = seen.calico.specs("BGPConfiguration").get("default") or {}
    for field in ("serviceClusterIPs", "serviceExternalIPs", "serviceLoadBalancerIPs"):
        for entry in spec.get(field) or ():
            cidr = str(entry.get("cidr"))
            if ":" not in cidr and causes.inside(f"{vip.address}/32", IPv4Network(cidr, strict=False)):
                return f"{cidr} ({field})"
    return None


def _up(view: NodeView, unit: BigIp) -> bool:
    return (view.sessions.get(unit.bgp_address) or {}).get("state") == ESTABLISHED


def _announces(seen: Observed, unit: BigIp, prefix: str) -> bool:
    view = seen.bigip(unit)
    return bool(view.error) or any(route.get("code") == "K" for route in view.routes.get(prefix, ()))


def _waiting_cause(node: Node) -> str:
    return (
        f"graceful restart: BIRD on {node.name} restarted and holds routes back until every configured peer is "
        "Established, up to 240 seconds"
    )


def _settings_text(settings: Mapping[str, Any]) -> str:
    return (
        f"{settings['mesh']} mesh and {settings['global']} global protocols, add paths {settings['add paths']}, "
        f"graceful restart {settings['graceful restart']}"
    )
