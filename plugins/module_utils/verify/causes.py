# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Causes of failures on one side: a BIG-IP, the cluster, a node, a neighbor or a BGPPeer.

``session_causes`` and ``route_causes`` find the likely cause of a session and of a route that is down.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import bgp_backend
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Cause
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import BigIpView

BGP_PORT = "tcp:179"


def inside(prefix: str, network: IPv4Network) -> bool:
    """Whether ``prefix`` is the network or a part of it. False if it is not an IPv4 prefix."""
    try:
        return IPv4Network(prefix).subnet_of(network)
    except ValueError:
        return False


def of_bigip(view: BigIpView, unit: BigIp) -> Cause | None:
    """The cause why all sessions of a BIG-IP are down, or ``None``."""
    domain = unit.route_domain
    if view.error:
        lowered = view.error.lower()
        if "dynamic routing is not enabled" in lowered:
            return _disabled(domain)
        if "daemon is not running" in lowered:
            return _daemon(domain)
        return Cause(f"the BIG-IP could not be read: {view.error}", f"curl -k https://{unit.ansible_host}/mgmt/tm/sys/")
    if not view.enabled:
        return _disabled(domain)
    if view.running_as is None:
        return Cause("there is no 'router bgp' on the BIG-IP", "run site.yml with --tags f5_routing")
    if view.running_as != unit.as_number:
        return Cause(
            f"AS mismatch on the BIG-IP's side: it runs AS {view.running_as}, the inventory has {unit.as_number}",
            f"as_number of {unit.name} in the inventory; imish: show running-config bgp",
        )
    return None


def of_cluster(seen: Observed) -> Cause | None:
    """The cause why all sessions of the cluster are down, or ``None``."""
    found = bgp_backend.disabled(seen.calico.installation)
    return Cause(*found) if found else None


def of_calico(seen: Observed) -> Cause | None:
    """Why Calico's datastore could not be read; ``None`` if it was."""
    if not seen.calico.error:
        return None
    return Cause(seen.calico.error, "calicoctl get ippool; the variables kubeconfig and calicoctl_path")


def of_node(seen: Observed, node: Node) -> Cause | None:
    """Why nothing could be read from a node; ``None`` if something was."""
    view = seen.node(node)
    if not view.error:
        return None
    if removed := of_removed(seen, node):
        return removed
    if view.source_error:  # the report of all nodes: the datastore uses the same API
        hint = f"kubectl get caliconodestatus; kubectl -n {seen.calico.namespace} get pods -o wide"
        cause = Cause(f"the status of the nodes could not be read: {view.source_error}", hint)
        above = of_calico(seen)
        return cause.follows(above) if above else cause
    return Cause(
        f"BIRD on {node.name} could not be read ({view.error}): calico-node or BIRD may be down",
        f"kubectl -n {seen.calico.namespace} get pods -o wide --field-selector spec.nodeName={node.name}",
    )


def of_sessions(seen: Observed, node: Node) -> Cause:
    """Why a node reports no sessions at all."""
    text = seen.node(node).partial or "this report has no sessions"
    return of_node(seen, node) or of_bird(seen, node) or Cause(text, f"on {node.name}: birdcl show protocols")


def of_removed(seen: Observed, node: Node) -> Cause | None:
    """The cause if a node of the inventory is not in the cluster."""
    if seen.calico.error or not seen.calico.nodes or node.name in seen.calico.nodes:
        return None
    return Cause(
        f"node removed: {node.name} is in the inventory but not in the cluster",
        f"kubectl get node {node.name}; remove it from k8s_nodes, then run site.yml",
    )


def of_bird(seen: Observed, node: Node) -> Cause | None:
    """Why BIRD on a node is not running; ``None`` if it is running or not known to be down."""
    if removed := of_removed(seen, node):
        return removed
    if seen.node(node).agent != "NotReady" or seen.node(node).error:
        return None
    above = of_cluster(seen)
    return above or Cause(f"BIRD is not running on {node.name}", f"on {node.name}: birdcl show status")


def no_neighbor(node: Node) -> Cause:
    return Cause(
        f"no neighbor {node.node_ip} is configured on the BIG-IP",
        "run site.yml with --tags f5_routing; imish: show running-config bgp",
    )


def neighbor_as(node: Node, remote: object) -> Cause:
    return Cause(
        f"AS mismatch on the BIG-IP's side: neighbor {node.node_ip} has remote-as {remote}, "
        f"the inventory has {node.as_number}",
        f"as_number of {node.name} in the inventory; run site.yml with --tags f5_routing",
    )


def no_peer(unit: BigIp) -> Cause:
    return Cause(
        f"no BGPPeer in Calico has the peerIP {unit.bgp_address}",
        "run site.yml with --tags calico_bgp; calicoctl get bgppeer -o wide",
    )


def is_peer_of(unit: BigIp, spec: Mapping[str, Any]) -> bool:
    """Whether a BGPPeer has the address of the BIG-IP, with or without a port."""
    return str(spec.get("peerIP", "")).partition(":")[0] == unit.bgp_address


def rival(unit: BigIp, name: str) -> Cause:
    """The cause if another BGPPeer has the address of the BIG-IP: one of the two is disabled."""
    return Cause(
        f"two BGPPeers for {unit.bgp_address}: Calico uses the settings and filters of only one of them",
        f"calicoctl get bgppeer -o wide; calicoctl delete bgppeer {name}, or set bgp_peer_name of {unit.name}",
    )


def peer_as(unit: BigIp, name: str, spec: Mapping[str, Any]) -> Cause | None:
    """The cause if a BGPPeer for the BIG-IP has another AS number than the BIG-IP."""
    if spec.get("asNumber") is None or int(spec["asNumber"]) == unit.as_number:
        return None
    return Cause(
        f"AS mismatch on Calico's side: BGPPeer {name} has asNumber {spec['asNumber']}, "
        f"the BIG-IP is AS {unit.as_number}",
        f"calicoctl get bgppeer {name} -o yaml; run site.yml with --tags calico_bgp",
    )


def lockdown(unit: BigIp, name: str) -> Cause:
    return Cause(
        f"port lockdown: self IP {name} of {unit.name} does not allow {BGP_PORT}, so nodes cannot open a session",
        f"tmsh list net self {name} allow-service; run site.yml with --tags f5_routing",
    )


def allows_bgp(allowed: object) -> bool:
    """Whether a self IP's allow-service includes TCP port 179. The default list of TMOS does not."""
    if isinstance(allowed, str):
        allowed = [allowed]
    wanted = {"all", BGP_PORT, "tcp:bgp", "tcp:0", "tcp:any"}
    return isinstance(allowed, (list, tuple)) and any(str(entry) in wanted for entry in allowed)


def _disabled(domain: int) -> Cause:
    return Cause(
        f"BGP is not enabled in route domain {domain}",
        f"tmsh list net route-domain {domain} routing-protocol; run site.yml with --tags f5_routing",
    )


def _daemon(domain: int) -> Cause:
    return Cause(
        f"peer down: the routing daemon of route domain {domain} is not running", "tmsh show sys service tmrouted"
    )
