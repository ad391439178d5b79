# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of pings and HTTP requests (group reachability)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes, route_causes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Cause, Finding, judged, unread
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Server
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import error_of

REACHABILITY = "reachability"

_PROBES_HINT = "fabric_verify_probe_selector names pods with ping and wget, one on each node"


def targets(fabric: Fabric, expected: Sequence[Server]) -> tuple[list[str], list[str]]:
    """The addresses that must answer pings, and the URLs that must answer requests."""
    addresses = [vip.address for vip in fabric.vips] + [server.address for server in expected]
    return list(dict.fromkeys(addresses)), [server.url for server in expected if server.http]


def probes(seen: Observed, expected: Sequence[Server]) -> Iterator[Finding]:
    """Every probe that ran, and a failure for every VIP or URL without a probe from a pod."""
    vips, urls = targets(seen.fabric, expected)
    error = error_of(seen.probes, "reachability", "probes")
    # A drained node has no route to the VIPs.
    ran = [one for one in (seen.probes or {}).get("probes") or () if one.get("node") not in seen.drained_nodes]
    for kind, wanted in (("ping", vips), ("http", urls)):
        for target in wanted:
            if not any(one["kind"] == kind and one["target"] == target and one["origin"] == "pod" for one in ran):
                subject = f"pods - {target}"
                yield unread(
                    REACHABILITY, subject, _WANTED[kind], Cause(error or "not probed by any pod", _PROBES_HINT)
                )
    yield from (_probe(seen, one) for one in ran)


def pods(seen: Observed) -> Iterator[Finding]:
    """Pings from each BIG-IP to one pod on each node that has one."""
    wanted = [pod for pod in (seen.probes or {}).get("pods") or () if pod.get("ip")]
    for unit in seen.fabric.bigips:
        view = seen.bigip(unit)
        drained = {node.name for node in seen.fabric.nodes if seen.drains(unit).has(node.node_ip)}
        for pod in (one for one in wanted if one["node"] not in drained):
            subject = f"{unit.name} - pod on {pod['node']} {pod['ip']}"
            result = view.pings.get(pod["ip"])
            if view.error or result is None:
                down = causes.of_bigip(view, unit) if view.error else None
                yield unread(REACHABILITY, subject, "answers pings", down or Cause("no ping was sent", _PROBES_HINT))
                continue
            received = int(result.get("received") or 0)
            observed = "answers pings" if received else f"0 of {result.get('sent')} pings answered"
            cause = Cause(
                f"no route to the pod, or {pod['node']} or a policy drops the packets",
                f"imish: show ip route {pod['ip']}; tmsh run util ping -c 1 {pod['ip']}",
            )
            behind = None if received else route_causes.of_pod(seen, unit, str(pod["ip"]))
            cause = cause.follows(behind) if behind else cause
            yield judged(REACHABILITY, subject, "answers pings", observed, received > 0, *cause)


_WANTED = {"ping": "answers pings", "http": "answers HTTP with 200"}


def _probe(seen: Observed, probe: Mapping[str, Any]) -> Finding:
    kind = probe["kind"]
    subject = f"{probe['origin']} {probe['source']} - {probe['target']}"
    observed = _WANTED[kind] if probe["ok"] else _failed(probe)
    text = probe.get("error") or "the VIP has no route, no available virtual server, or no pool member"
    if kind == "ping" and not probe.get("error"):
        text = "no route to the VIP or back, or its icmp-echo is disabled"
    groups = "bigip_routes, node_routes and virtual_servers"
    cause = Cause(text, f"on the node: ip route get {_host(probe['target'])}; the findings of groups {groups}")
    if not probe["ok"] and not probe.get("error"):
        cause = cause.follows(*_behind(seen, probe))
    return judged(REACHABILITY, subject, _WANTED[kind], observed, bool(probe["ok"]), *cause)


def _behind(seen: Observed, probe: Mapping[str, Any]) -> Iterator[Cause]:
    """The cause in routes and virtual servers if a VIP does not answer."""
    address = _host(probe["target"])
    for vip in (one for one in seen.fabric.vips if one.address == address):
        for node in (one for one in seen.nodes() if one.name == probe["node"]):
            hops = [str(route.get("gateway")) for route in seen.node(node).kernel.get(f"{address}/32", ())]
            if not set(hops) & set(seen.next_hops):
                yield route_causes.of_node_vip(seen, node, vip)
    if probe["kind"] == "http":
        for server in (one for one in seen.servers if one.address == address):
            for unit in (one for one in seen.fabric.bigips if seen.bigip(one).active):
                if cause := route_causes.of_server(seen, unit, server):
                    yield cause


def _failed(probe: Mapping[str, Any]) -> str:
    if probe.get("error"):
        return "the probe could not run"
    if probe["kind"] == "ping":
        return f"{probe.get('received') or 0} of {probe.get('sent') or 0} pings answered"
    if probe.get("status"):
        return f"answers HTTP with {probe['status']}"
    return f"no reply: {probe.get('reply') or 'timeout'}"


def _host(target: str) -> str:
    return target.split("//")[-1].split("/")[0].split(":")[0]
