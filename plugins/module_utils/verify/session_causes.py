# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The likely cause of a BGP session that is down, from the configuration and the last errors of both ends.

Faults that affect everything come first: a BIG-IP that cannot be read, BGP that is disabled in the cluster. Then every
difference between the configurations (a missing neighbor, a wrong AS), each of which must be corrected. Only if there
is none, the cause is inferred from reported errors (a notification), and then from missing replies.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Optional

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.notes import SHORT_HOLD_TIME
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Cause
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED, BigIpView, NodeView


def of_session(seen: Observed, unit: BigIp, node: Node) -> Cause:
    """The likely cause why the session between ``unit`` and ``node`` is not Established."""
    pair = _Pair(seen, unit, node)
    if cause := _first(pair, _ABOVE):
        return cause
    differences = [cause for rule in _DIFFERENCES if (cause := rule(pair))]
    if differences:
        return differences[0] if len(differences) == 1 else differences[0].follows(*differences)
    return _first(pair, _SIGNS) or Cause(
        "the configurations of both ends match and neither reports an error",
        f"on the BIG-IP: show ip bgp neighbors {node.node_ip}; on the node: birdcl show protocols all",
    )


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
            name: spec for name, spec in seen.calico.specs("BGPPeer").items() if causes.is_peer_of(unit, spec)
        }

        self.ping = self.bigip.pings.get(node.node_ip)

    @property
    def secret(self) -> str | None:
        """Namespace and name of the Secret with the password of a BGPPeer; ``None`` without a password."""
        for spec in self.peers.values():
            if spec.get("password"):
                return f"{self.calico.namespace}/{(spec['password'].get('secretKeyRef') or {}).get('name')}"
        return None

    @property
    def secret_hint(self) -> str:
        """The command that shows the Secret, in the namespace of calico-node."""
        namespace, _slash, name = (self.secret or f"{self.calico.namespace}/").partition("/")
        read = f"get secret {name}" if name else "get secrets"
        return f"kubectl -n {namespace} {read}; kubectl -n {namespace} logs -l k8s-app=calico-node"

    @property
    def established(self) -> bool:
        """Whether one of the ends reports Established."""
        return ESTABLISHED in (str(self.reported.get("state", "")), str((self.session or {}).get("state", "")))

    @property
    def errors(self) -> str:
        """The last errors of both ends, in lower case."""
        heard = (self.reported.get("last_reset_reason"), self.reported.get("notification"))
        last = (self.session or {}).get("last_error")
        return " ".join(str(word) for word in (*heard, last) if word).lower()

    @property
    def bird_error(self) -> str:
        return str((self.session or {}).get("last_error") or "")

    @property
    def node_without_reply(self) -> bool:
        """The node sends TCP SYN and gets no reply."""
        return (self.session or {}).get("state") in ("Connect", "Active") and not self.bird_error

    @property
    def bigip_without_reply(self) -> bool:
        return str(self.reported.get("state", "")) in ("Connect", "Active")


def _bigip_down(pair: _Pair) -> Cause | None:
    return causes.of_bigip(pair.bigip, pair.unit)


def _cluster_down(pair: _Pair) -> Cause | None:
    return causes.of_cluster(pair.seen)


def _no_such_node(pair: _Pair) -> Cause | None:
    return causes.of_removed(pair.seen, pair.node)


def _no_neighbor(pair: _Pair) -> Cause | None:
    return None if pair.bigip.error or pair.neighbor else causes.no_neighbor(pair.node)


def _neighbor_as(pair: _Pair) -> Cause | None:
    remote = (pair.neighbor or {}).get("remote_as")
    return None if remote is None or int(remote) == pair.node.as_number else causes.neighbor_as(pair.node, remote)


def _shut(pair: _Pair) -> Cause | None:
    if (pair.neighbor or {}).get("shutdown"):
        return Cause(
            f"neighbor {pair.node.node_ip} is shut down on the BIG-IP",
            f"imish: no neighbor {pair.node.node_ip} shutdown",
        )
    return None


def _no_peer(pair: _Pair) -> Cause | None:
    return None if pair.calico.error or pair.peers else causes.no_peer(pair.unit)


def _peer_as(pair: _Pair) -> Cause | None:
    found = (causes.peer_as(pair.unit, name, spec) for name, spec in pair.peers.items())
    return next(filter(None, found), None)


def _rival(pair: _Pair) -> Cause | None:
    others = [name for name in pair.peers if name != pair.unit.peer_name]
    return causes.rival(pair.unit, others[0]) if others and pair.unit.peer_name in pair.peers else None


def _node_as(pair: _Pair) -> Cause | None:
    actual = node_as(pair.seen, pair.node)
    if actual is None or actual == pair.node.as_number:
        return None
    return Cause(
        f"AS mismatch on the node's side: {pair.node.name} has AS {actual} in Calico, the "
        f"inventory has {pair.node.as_number}",
        f"as_number of {pair.node.name} in the inventory; calicoctl get node {pair.node.name} -o yaml",
    )


def node_as(seen: Observed, node: Node) -> int | None:
    """The AS number of a node in Calico; ``None`` if not read."""
    number = (seen.calico.nodes.get(node.name) or {}).get("as_number")
    return int(number) if number is not None else None


def _node_address(pair: _Pair) -> Cause | None:
    """Calico detected the address of another interface than the inventory has."""
    address = (pair.calico.nodes.get(pair.node.name) or {}).get("address")
    if not address or address == pair.node.node_ip:
        return None
    return Cause(
        f"wrong interface: calico-node on {pair.node.name} uses {address}, node_ip is {pair.node.node_ip}",
        f"IP_AUTODETECTION_METHOD of calico-node (nodeAddressAutodetectionV4 of the Installation), or node_ip of "
        f"{pair.node.name} in the inventory",
    )


def _multihop(pair: _Pair) -> Cause | None:
    """An eBGP neighbor in another subnet needs ebgp-multihop; Calico's side has it for every peer."""
    subnet = pair.seen.subnet_of(pair.unit)
    if subnet is None or pair.node.as_number == pair.unit.as_number or pair.neighbor is None:
        return None
    if IPv4Address(pair.node.node_ip) in subnet or pair.neighbor.get("ebgp_multihop"):
        return None
    return Cause(
        f"multihop: eBGP neighbors outside the BIG-IP's subnet {subnet} have no ebgp-multihop",
        "bgp_multihop in the inventory; run site.yml with --tags f5_routing",
    )


def _ttl_security(pair: _Pair) -> Cause | None:
    """With ttlSecurity, BIRD drops packets of more distant neighbors and has no multihop."""
    for name, spec in pair.peers.items():
        if spec.get("ttlSecurity"):
            return Cause(
                f"multihop: BGPPeer {name} has ttlSecurity {spec['ttlSecurity']}, so nodes accept only packets "
                "that a BIG-IP sends with TTL 255 over at most that many hops",
                f'calicoctl patch bgppeer {name} -p \'{{"spec": {{"ttlSecurity": null}}}}\'',
            )
    return None


def _password(pair: _Pair) -> Cause | None:
    """One side has no password, or calico-node does not find its Secret and runs without one."""
    if pair.neighbor is None or not pair.peers:
        return None
    there, here = bool(pair.neighbor.get("password")), pair.secret is not None
    if there != here:
        hint = f"bgp_password; run site.yml for both sides; {pair.secret_hint}"
        return Cause(f"password: only {'the BIG-IP' if there else 'Calico'} has one", hint)
    for item in pair.calico.raw.get("password") or () if here else ():
        if item.get("action") == "create":
            what = f"{item['kind']} {item['namespace']}/{item['name']}"
            return Cause(
                f"password: {what} does not exist, so calico-node, which runs in {item['namespace']}, has no password",
                f"{pair.secret_hint}; run site.yml with --tags calico_bgp",
            )
    return None


def _node_unread(pair: _Pair) -> Cause | None:
    return causes.of_node(pair.seen, pair.node) if pair.seen.is_sampled(pair.node) else None


def _bird_down(pair: _Pair) -> Cause | None:
    return causes.of_bird(pair.seen, pair.node)


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
            f"imish: clear ip bgp {pair.node.node_ip} once the number is correct",
        )
    return None


def _hold_time_refused(pair: _Pair) -> Cause | None:
    if "unacceptable hold time" not in pair.errors:
        return None
    return Cause(
        "timers: one end rejects the hold time of the other (valid: 0, or at least 3 seconds)",
        f"bgp_timers in the inventory; imish: show running-config bgp, and show ip bgp neighbors {pair.node.node_ip}",
    )


def _lockdown(pair: _Pair) -> Cause | None:
    self_ip = pair.bigip.self_ips.get(pair.unit.bgp_address)
    if pair.bigip.error or self_ip is None or causes.allows_bgp(self_ip.get("allow_service")):
        return None
    return causes.lockdown(pair.unit, self_ip.get("name", pair.unit.bgp_address))


def _passwords_differ(pair: _Pair) -> Cause | None:
    if not (pair.neighbor or {}).get("password") or pair.secret is None or "refused" in pair.errors:
        return None
    if not (pair.node_without_reply or pair.bigip_without_reply):
        return None
    return Cause(
        "password: both sides have one, but no session is established; the passwords may differ, or calico-node may "
        f"not read its Secret {pair.secret}",
        f"bgp_password; run site.yml for both sides; {pair.secret_hint}",
    )


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
    if pair.ping and not pair.ping.get("received"):
        return Cause(
            f"peer down: the BIG-IP cannot ping {pair.node.name} at {pair.node.node_ip}",
            f"tmsh run util ping -c 1 {pair.node.node_ip}; the VLAN and the node's interface",
        )
    return None


def _hold_timer(pair: _Pair) -> Cause | None:
    """Small packets pass, but keepalives or updates are lost repeatedly."""
    if "hold timer expired" not in pair.errors or not pair.ping or not pair.ping.get("received"):
        return None
    if pair.established and (pair.reported.get("connections_dropped") or 0) < 2:
        return None
    own = pair.bigip.configured.get(pair.node.node_ip) or {}  # beside neighbors of others, the group has the timers
    timers, wanted = own.get("timers") or pair.bigip.config.get("timers"), pair.seen.fabric.timers
    if wanted and timers and int(timers["holdtime"]) != wanted.holdtime:
        return Cause(
            f"timers: the BIG-IP has hold time {timers['holdtime']}, the inventory has {wanted.holdtime}",
            "run site.yml with --tags f5_routing; imish: show running-config bgp",
        )
    hold_time = pair.reported.get("hold_time") or pair.reported.get("configured_hold_time")
    if hold_time and int(hold_time) < SHORT_HOLD_TIME:
        return Cause(
            f"timers: the hold time of {hold_time} s expires repeatedly: it is too short for a busy CPU",
            "bgp_timers in the inventory: a longer hold time",
        )
    return Cause(
        "MTU: the session opens but its hold timer expires although pings are answered: large packets are lost",
        f"on {pair.node.name}: ping -M do -s 1472 {pair.unit.bgp_address}; tmsh list net vlan mtu; ip link",
    )


def _not_configured_on_node(pair: _Pair) -> Cause | None:
    if pair.view.error or pair.session or not pair.view.has_sessions:
        return None
    return Cause(
        f"{pair.node.name} has no session with {pair.unit.bgp_address}: the peer is not in its BIRD configuration",
        f"on {pair.node.name}: calicoctl node status; the log of confd",
    )


def _one_sided(pair: _Pair) -> Cause | None:
    """One end reports Established, the other does not: the hold time has to expire."""
    if pair.established:
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


_Rules = tuple[Callable[[_Pair], Optional[Cause]], ...]

_ABOVE: _Rules = (_bigip_down, _cluster_down, _no_such_node)
_DIFFERENCES: _Rules = (
    _no_neighbor,
    _neighbor_as,
    _shut,
    _no_peer,
    _peer_as,
    _rival,
    _node_as,
    _node_address,
    _multihop,
    _ttl_security,
    _password,
)
_SIGNS: _Rules = (
    _node_unread,
    _bird_down,
    _bad_as,
    _prefix_limit,
    _hold_time_refused,
    _lockdown,
    _passwords_differ,
    _refused,
    _no_route,
    _hold_timer,
    _not_configured_on_node,
    _one_sided,
    _last_error,
)


def _first(pair: _Pair, rules: _Rules) -> Cause | None:
    return next((cause for rule in rules if (cause := rule(pair))), None)
