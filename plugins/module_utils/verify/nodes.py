# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sessions of the nodes, routes in their kernels, and BIRD itself (groups pools, peers, node_routes and bird)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import (
    causes,
    filters,
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
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED, NodeView

POOLS = "pools"
PEERS = "peers"
VIPS = "node_routes"
BIRD = "bird"


def mesh_sessions(seen: Observed) -> Iterator[Finding]:
    """Each node's sessions with all other nodes, if the mesh is on."""
    others = len(seen.fabric.nodes) - 1
    if not seen.fabric.meshed or not others:
        return
    by_address = {node.node_ip: node for node in seen.fabric.nodes}
    for node in seen.nodes():
        view = seen.node(node)
        expected = f"{others} of {others} {ESTABLISHED}"
        subject = f"mesh of {node.name}"
        if view.error or not view.mesh or not view.has_sessions:
            yield unread(POOLS, subject, expected, causes.of_sessions(seen, node))
            continue
        down = [by_address[row["peer_ip"]] for row in view.mesh["down"] if row["peer_ip"] in by_address]
        observed = f"{view.mesh['established']} of {view.mesh['expected']} {ESTABLISHED}"
        cause = _mesh_cause(seen, node, down)
        yield judged(POOLS, subject, expected, observed, observed == expected, *cause)


def _mesh_cause(seen: Observed, node: Node, down: Sequence[Node]) -> Cause:
    """BIRD not running on either end takes precedence; each pair of nodes has one cause."""
    stopped = [cause for one in (node, *down) if (cause := causes.of_bird(seen, one))]
    names = ", ".join(one.name for one in down[:5])
    cause = Cause(f"no mesh session with {names}", f"on {node.name}: calicoctl node status")
    if stopped:
        return cause.follows(*(stopped[:1] if causes.of_bird(seen, node) else stopped))
    if len(down) != 1:
        return cause
    pair = " and ".join(sorted((node.name, down[0].name)))
    return cause.follows(
        Cause(
            f"the mesh session of {pair} is down",
            f"on {node.name}: birdcl show protocols all; nc -vz {down[0].node_ip} 179",
        )
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
        error = causes.of_node(seen, node) or causes.of_calico(seen)
        if not error and not view.pod_routes and wanted:
            error = Cause(view.partial or "no routes were reported", f"on {node.name}: birdcl show route")
        if error:
            yield unread(POOLS, subject, "blocks of the other nodes", error)
        elif wanted:
            given = view.pod_routes or {}
            observed = f"{given['present']} of {given['expected']} blocks via their nodes"
            yield judged(POOLS, subject, expected, observed, observed == expected, *_pods_cause(seen, node, view))


def _pods_cause(seen: Observed, node: Node, view: NodeView) -> Cause:
    if view.waiting:
        return route_causes.waiting(node)
    missing = list((view.pod_routes or {}).get("missing") or ())
    cause = Cause(f"no such route to {', '.join(missing[:5])}", f"on {node.name}: ip route show proto bird")
    owners = {block: one for one in seen.fabric.nodes for block in seen.calico.blocks.get(one.name, ())}
    down = {row["peer_ip"] for row in (view.mesh or {}).get("down") or ()}
    silent = list({owners[block].name: owners[block] for block in missing if block in owners}.values())
    pools = [found for block in missing if (found := route_causes.of_pool(seen, block))]
    if pools:
        return cause.follows(*pools)
    if stopped := causes.of_bird(seen, node):
        return cause.follows(stopped)
    lost = [one for one in silent if one.node_ip in down or causes.of_bird(seen, one)]
    return cause.follows(*(_mesh_cause(seen, node, [one]) for one in lost))


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
            yield Finding(
                PEERS, subject, ESTABLISHED, "could not be read", False, *session_causes.of_session(seen, unit, node)
            )
            continue
        session = view.sessions.get(unit.bgp_address) or {}
        state = str(session.get("state") or "no such session")
        ok = state == ESTABLISHED
        observed = f"{state} since {session['since']}" if ok and session.get("since") else state
        if session.get("last_error") and not ok:
            observed = f"{state} ({session['last_error']})"
        cause = NO_CAUSE if ok else session_causes.of_session(seen, unit, node)
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
            if error := causes.of_node(seen, node):
                yield unread(VIPS, subject, expected, error)
                continue
            gateways = _gateways(view, f"{vip.address}/32")
            right = [gateway for gateway in gateways if gateway in seen.next_hops]
            observed = f"via {', '.join(gateways)} proto bird" if gateways else "no route"
            cause = NO_CAUSE if right else route_causes.of_node_vip(seen, node, vip)
            yield judged(VIPS, subject, expected, observed, bool(right), *cause)


def leaks(seen: Observed) -> Iterator[Finding]:
    """Routes that a node accepted from a BIG-IP outside the ranges that it may announce."""
    for unit, node in seen.pairs():
        if not seen.is_sampled(node):
            continue
        learned = sorted(seen.node(node).learned.get(unit.bgp_address, ()))
        outside = [prefix for prefix in learned if not seen.is_announced(prefix)]
        if outside:
            yield Finding(
                VIPS,
                f"{node.name}: routes from {unit.name}",
                "VIP ranges and announced ranges only",
                ", ".join(outside[:5]),
                False,
                *_leak_cause(seen, unit, node),
            )


def _leak_cause(seen: Observed, unit: BigIp, node: Node) -> Cause:
    names = seen.fabric.names
    cause = Cause(
        f"filter: neither the BIG-IP's route map {names.vips_map} nor Calico's filter {names.vips_filter} blocks them",
        f"imish: show ip bgp neighbors {node.node_ip} advertised-routes; calicoctl get bgpfilter -o yaml",
    )
    return cause.follows(*filters.changed_lists(seen, unit, names.vips_list, names.vips_map), *filters.lost(seen))


def bird(seen: Observed) -> Iterator[Finding]:
    """BIRD on each node: ready, restart completed, and its settings if a command on the node shows them."""
    for node in seen.nodes():
        view = seen.node(node)
        subject = f"BIRD on {node.name}"
        if error := causes.of_node(seen, node):
            yield unread(BIRD, subject, "Ready", error)
            continue
        observed = view.agent + (", waiting for graceful restart" if view.waiting else "")
        observed += f", partly read: {view.partial}" if view.partial else ""
        yield judged(BIRD, subject, "Ready", observed, observed == "Ready", *_bird_cause(seen, node, view))
        if view.bird:
            yield _bird_settings(seen, node, view.bird)


def _bird_cause(seen: Observed, node: Node, view: NodeView) -> Cause:
    if view.waiting:
        return route_causes.waiting(node)
    if stopped := causes.of_bird(seen, node):
        return stopped
    what = f"{node.name} could only be partly read" if view.partial else f"the state of BIRD on {node.name} is unknown"
    return Cause(what, f"on {node.name}: birdcl show status")


def _bird_settings(seen: Observed, node: Node, settings: Mapping[str, Any]) -> Finding:
    """The rendered bird.cfg, with the number of protocols: one per mesh peer and one per BIG-IP."""
    config = settings.get("config") or {}
    wanted: dict[str, Any] = {
        "mesh": len(seen.fabric.nodes) - 1 if seen.fabric.meshed else 0,
        # Peers with a selector are named after their node and are not global.
        "global": len(seen.fabric.bigips) if seen.fabric.topology.kind == "global" else 0,
        "add paths": "on",
        "graceful restart": "on",
    }
    held: dict[str, Any] = {
        "mesh": config.get("mesh") or 0,
        "global": config.get("global") or 0,
        "add paths": "on" if config.get("add_paths") else "off",
        "graceful restart": "on" if config.get("graceful_restart") else "off",
    }
    # There may be global peers other than the BIG-IPs.
    ok = held == {**wanted, "global": max(wanted["global"], held["global"])}
    return judged(
        BIRD,
        f"bird.cfg of {node.name}",
        _settings_text(wanted),
        _settings_text(held),
        ok,
        *_settings_cause(seen, node, wanted["mesh"] - held["mesh"]),
    )


def _settings_cause(seen: Observed, node: Node, lacking: int) -> Cause:
    cause = Cause(
        f"confd on {node.name} has not rendered the current datastore, or its check of the file failed",
        f"on {node.name}: /etc/calico/confd/config/bird.cfg; the log of confd",
    )
    removed = [found for one in seen.fabric.nodes if (found := causes.of_removed(seen, one))] if lacking > 0 else []
    return cause.follows(*removed)


def _gateways(view: NodeView, prefix: str) -> list[str]:
    return [str(route.get("gateway")) for route in view.kernel.get(prefix, ()) if route.get("gateway")]


def _settings_text(settings: Mapping[str, Any]) -> str:
    return (
        f"{settings['mesh']} mesh and {settings['global']} global protocols, add paths {settings['add paths']}, "
        f"graceful restart {settings['graceful restart']}"
    )
