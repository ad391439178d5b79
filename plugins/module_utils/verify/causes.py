# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The likely cause of a BGP session that is down, from the configuration and the last errors of both ends.

Rules are tried in order: configuration (a missing neighbor, a wrong AS) before reported errors (a notification), and
those before what can only be inferred from the lack of a reply (lockdown, password, no route).
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import NamedTuple

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED, BigIpView, NodeView


class Cause(NamedTuple):
    """The likely cause, and the next command or variable to look at."""

    cause: str
    hint: str


BGP_PORT = "tcp:179"


def inside(prefix: str, network: IPv4Network) -> bool:
    """Whether ``prefix`` is the network or a part of it. False if it is not an IPv4 prefix."""
    try:
        return IPv4Network(prefix).subnet_of(network)
    except ValueError:
        return False


def of_session(seen: Observed, unit: BigIp, node: Node) -> Cause:
    """The likely cause of the session between ``unit`` and ``node`` not being Established."""
    pair = _Pair(seen, unit, node)
    for rule in _RULES:
        cause = rule(pair)
        if cause:
            return cause
    return Cause(
        "the configurations of both ends match and neither reports an error",
        f"on the BIG-IP: show ip bgp neighbors {node.node_ip}; on the node: birdcl show protocols all",
    )


def of_bigip(view: BigIpView, unit: BigIp) -> Cause | None:
    """What keeps all sessions of a BIG-IP down; ``None`` if nothing does."""
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


class _Pair:
    """Both ends of one session."""

    def __init__(self, seen: Observed, unit: BigIp, node: Node) -> None:
        self.seen = seen
        self.unit = unit
        self.node = node
        self.bigip: BigIpView = seen.bigip(unit)
        self.calico = seen.calico
        self.view: NodeView = seen.node(node)
        self.neighbor = self.bigip.configured.get(node.node_ip)
        self.reported = self.bigip.neighbors.get(node.node_ip) or {}
        self.session = self.view.sessions.get(unit.bgp_address)
        self.peers = {
            name: spec
            for name, spec in seen.calico.specs("BGPPeer").items()
            if str(spec.get("peerIP", "")).partition(":")[0] == unit.bgp_address
        }

    @property
    def errors(self) -> str:
        """The last errors of both ends, in lower case."""
        heard = (self.reported.get("last_reset_reason"), self.reported.get("notification"))
        said = (self.session or {}).get("last_error")
        return " ".join(str(word) for word in (*heard, said) if word).lower()

    @property
    def bird_error(self) -> str:
        return str((self.session or {}).get("last_error") or "")

    @property
    def node_without_reply(self) -> bool:
        """The node sends TCP SYN and gets no reply."""
        return bool(self.session) and self.session.get("state") in ("Connect", "Active") and not self.bird_error

    @property
    def bigip_without_reply(self) -> bool:
        return str(self.reported.get("state", "")) in ("Connect", "Active")


def _bigip_down(pair: _Pair) -> Cause | None:
    return of_bigip(pair.bigip, pair.unit)


def _no_such_node(pair: _Pair) -> Cause | None:
    name = pair.node.name
    if pair.calico.error or not pair.calico.nodes or name in pair.calico.nodes:
        return None
    return Cause(
        f"node removed: {name} is in the inventory but not in the cluster",
        f"kubectl get node {name}; remove it from k8s_nodes, then run site.yml",
    )


def _no_neighbor(pair: _Pair) -> Cause | None:
    if pair.bigip.error or pair.neighbor:
        return None
    return Cause(
        f"no neighbor {pair.node.node_ip} is configured on the BIG-IP",
        "run site.yml with --tags f5_routing; imish: show running-config bgp",
    )


def _neighbor_as(pair: _Pair) -> Cause | None:
    remote = (pair.neighbor or {}).get("remote_as")
    if remote is None or int(remote) == pair.node.as_number:
        return None
    return Cause(
        f"AS mismatch on the BIG-IP's side: neighbor {pair.node.node_ip} has remote-as {remote}, "
        f"the inventory has {pair.node.as_number}",
        f"as_number of {pair.node.name} in the inventory; run site.yml with --tags f5_routing",
    )


def _shut(pair: _Pair) -> Cause | None:
    if (pair.neighbor or {}).get("shutdown"):
        return Cause(
            f"neighbor {pair.node.node_ip} is shut down on the BIG-IP",
            f"imish: no neighbor {pair.node.node_ip} shutdown",
        )
    return None


def _no_peer(pair: _Pair) -> Cause | None:
    if pair.calico.error or pair.peers:
        return None
    return Cause(
        f"no BGPPeer in Calico has the peerIP {pair.unit.bgp_address}",
        "run site.yml with --tags calico_bgp; calicoctl get bgppeer -o wide",
    )


def _peer_as(pair: _Pair) -> Cause | None:
    for name, spec in pair.peers.items():
        if spec.get("asNumber") is not None and int(spec["asNumber"]) != pair.unit.as_number:
            return Cause(
                f"AS mismatch on Calico's side: BGPPeer {name} has asNumber {spec['asNumber']}, "
                f"the BIG-IP is AS {pair.unit.as_number}",
                f"calicoctl get bgppeer {name} -o yaml; run site.yml with --tags calico_bgp",
            )
    return None


def _node_as(pair: _Pair) -> Cause | None:
    actual = node_as(pair.seen, pair.node)
    if actual is None or actual == pair.node.as_number:
        return None
    return Cause(
        f"AS mismatch on the node's side: Calico runs {pair.node.name} with AS {actual}, "
        f"the inventory has {pair.node.as_number}",
        f"as_number of {pair.node.name} in the inventory; calicoctl get node {pair.node.name} -o yaml",
    )


def node_as(seen: Observed, node: Node) -> int | None:
    """The AS that Calico runs a node with; ``None`` when that was not read."""
    number = (seen.calico.nodes.get(node.name) or {}).get("as_number")
    return int(number) if number is not None else None


def _node_unread(pair: _Pair) -> Cause | None:
    if not pair.view.error or not pair.seen.is_sampled(pair.node):
        return None
    return Cause(
        f"BIRD on {pair.node.name} could not be read ({pair.view.error}): calico-node or BIRD may be down",
        f"kubectl -n kube-system get pods -o wide --field-selector spec.nodeName={pair.node.name}",
    )


def _bird_down(pair: _Pair) -> Cause | None:
    if pair.view.agent == "NotReady":
        return Cause(f"BIRD is not running on {pair.node.name}", f"on {pair.node.name}: birdcl show status")
    return None


def _bad_as(pair: _Pair) -> Cause | None:
    if "bad peer as" not in pair.errors:
        return None
    complains = "received" not in pair.bird_error.lower() and "bad peer as" in pair.bird_error.lower()
    side = f"{'the node' if complains else 'the BIG-IP'} receives another AS than it expects"
    return Cause(
        f"AS mismatch: {side} ('Bad peer AS')",
        f"imish: show ip bgp neighbors {pair.node.node_ip}; calicoctl get bgppeer -o wide",
    )


def _prefix_limit(pair: _Pair) -> Cause | None:
    if "prefix" in pair.errors and ("maximum" in pair.errors or "limit" in pair.errors):
        return Cause(
            f"{pair.node.name} announced more prefixes than bgp_maximum_prefix ({pair.seen.fabric.maximum_prefix})",
            f"imish: clear ip bgp {pair.node.node_ip} once the number is right",
        )
    return None


def _lockdown(pair: _Pair) -> Cause | None:
    self_ip = pair.bigip.self_ips.get(pair.unit.bgp_address)
    if pair.bigip.error or self_ip is None or allows_bgp(self_ip.get("allow_service")):
        return None
    name = self_ip.get("name", pair.unit.bgp_address)
    return Cause(
        f"port lockdown: self IP {name} does not allow {BGP_PORT}",
        f"tmsh list net self {name} allow-service; run site.yml with --tags f5_routing",
    )


def allows_bgp(allowed: object) -> bool:
    """Whether a self IP's allow-service includes TCP port 179. The default list of TMOS does not."""
    if isinstance(allowed, str):
        allowed = [allowed]
    wanted = {"all", BGP_PORT, "tcp:bgp", "tcp:0", "tcp:any"}
    return isinstance(allowed, (list, tuple)) and any(str(entry) in wanted for entry in allowed)


def _password(pair: _Pair) -> Cause | None:
    if pair.neighbor is None or not pair.peers:
        return None
    there = bool(pair.neighbor.get("password"))
    here = any(spec.get("password") for spec in pair.peers.values())
    hint = "bgp_password; run site.yml for both sides; kubectl -n kube-system logs of calico-node"
    if there != here:
        side = "the BIG-IP" if there else "Calico"
        return Cause(f"password: only {side} has one", hint)
    if there and (pair.node_without_reply or pair.bigip_without_reply) and "refused" not in pair.errors:
        return Cause("password: both sides have one, but no session is established; the passwords may differ", hint)
    return None


def _refused(pair: _Pair) -> Cause | None:
    if "refused" not in pair.bird_error.lower():
        return None
    return Cause(
        "peer down: the BIG-IP refuses TCP port 179; its routing daemon (bgpd) is not running or not listening on it",
        "tmsh show sys service tmrouted; imish: show ip bgp summary",
    )


def _no_route(pair: _Pair) -> Cause | None:
    if "no route" in pair.bird_error.lower() or "unreachable" in pair.bird_error.lower():
        return Cause(
            f"no route: {pair.node.name} cannot reach {pair.unit.bgp_address} ({pair.bird_error})",
            f"on {pair.node.name}: ip route get {pair.unit.bgp_address}",
        )
    ping = pair.bigip.pings.get(pair.node.node_ip)
    if ping and not ping.get("received"):
        return Cause(
            f"peer down: the BIG-IP cannot ping {pair.node.name} at {pair.node.node_ip}",
            f"tmsh run util ping -c 1 {pair.node.node_ip}; the VLAN and the node's interface",
        )
    return None


def _not_configured_on_node(pair: _Pair) -> Cause | None:
    if pair.view.error or pair.session or not pair.view.has_sessions:
        return None
    return Cause(
        f"{pair.node.name} has no session with {pair.unit.bgp_address}: the peer is not in its BIRD configuration",
        f"on {pair.node.name}: calicoctl node status; the log of confd",
    )


def _one_sided(pair: _Pair) -> Cause | None:
    """One end reports Established, the other does not: the hold time has to expire."""
    states = (str(pair.reported.get("state", "")), str((pair.session or {}).get("state", "")))
    if ESTABLISHED in states:
        return Cause(
            "only one end reports Established: the other is down or restarting and the hold time has not expired",
            f"wait for the hold time, then: imish: show ip bgp neighbors {pair.node.node_ip}",
        )
    return None


def _last_error(pair: _Pair) -> Cause | None:
    words = pair.bird_error or pair.reported.get("notification") or pair.reported.get("last_reset_reason")
    if words:
        return Cause(f"last error reported: {words}", f"imish: show ip bgp neighbors {pair.node.node_ip}")
    if pair.node_without_reply or pair.bigip_without_reply:
        return Cause(
            "peer down: both ends send TCP SYN and get no reply; check firewalls, the VLAN and the peers' addresses",
            f"on {pair.node.name}: nc -vz {pair.unit.bgp_address} 179",
        )
    return None


def _disabled(domain: int) -> Cause:
    return Cause(
        f"BGP is not enabled in route domain {domain}",
        f"tmsh list net route-domain {domain} routing-protocol; run site.yml with --tags f5_routing",
    )


def _daemon(domain: int) -> Cause:
    return Cause(
        f"peer down: the routing daemon of route domain {domain} is not running", "tmsh show sys service tmrouted"
    )


_RULES: tuple[Callable[[_Pair], Cause | None], ...] = (
    _bigip_down,
    _no_such_node,
    _no_neighbor,
    _neighbor_as,
    _shut,
    _no_peer,
    _peer_as,
    _node_as,
    _node_unread,
    _bird_down,
    _bad_as,
    _prefix_limit,
    _lockdown,
    _password,
    _refused,
    _no_route,
    _not_configured_on_node,
    _one_sided,
    _last_error,
)
