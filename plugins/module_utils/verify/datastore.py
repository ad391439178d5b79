# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calico's datastore: pools, mesh and peers (groups pools and peers)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import desired_calico
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Pool
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding, judged, unread
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed

POOLS = "pools"
PEERS = "peers"

# What the role calico_bgp writes as nodeSelector of the BGPPeers.
REFLECTOR_SELECTOR = "route-reflector == 'true'"
RACK_SELECTOR = "rack == '{}'"

_MATCHES = ("matchOperator", "cidr", "prefixLength", "source", "interface")  # of a rule of a BGPFilter
_AGAIN = "run site.yml with --tags calico_bgp"
_UNREAD_HINT = "calicoctl get ippool; the variables kubeconfig and calicoctl_path"


def pools(seen: Observed) -> Iterator[Finding]:
    """Each pool as the inventory wants it, and no other pool that hands out addresses."""
    existing = seen.calico.specs("IPPool")
    for pool in seen.fabric.pools:
        wanted = _pool_text(_wanted(pool))
        if seen.calico.error:
            yield unread(POOLS, pool.name, wanted, seen.calico.error, _UNREAD_HINT)
            continue
        spec = existing.get(pool.name)
        observed = _pool_text(_effective(spec)) if spec is not None else "no such pool"
        cause, hint = _pool_cause(pool, spec)
        yield judged(POOLS, pool.name, wanted, observed, observed == wanted, cause, hint)
    known = {pool.name for pool in seen.fabric.pools}
    for name, spec in existing.items():
        if name not in known and not spec.get("disabled") and ":" not in str(spec.get("cidr")):
            yield Finding(
                POOLS,
                name,
                "no pool beside those of the inventory",
                _pool_text(_effective(spec)),
                False,
                "pods may get addresses that the BIG-IP does not let in",
                f'add it to pod_pools, or calicoctl patch ippool {name} -p \'{{"spec": {{"disabled": true}}}}\'',
            )


def mesh(seen: Observed) -> Iterator[Finding]:
    """The cluster-wide BGP settings: mesh and AS number, with Calico's defaults where nothing is said."""
    wanted = _configuration_text(seen.fabric.meshed, seen.fabric.cluster_as)
    if seen.calico.error:
        yield unread(POOLS, "BGPConfiguration", wanted, seen.calico.error, _UNREAD_HINT)
        return
    spec = seen.calico.specs("BGPConfiguration").get("default") or {}
    observed = _configuration_text(spec.get("nodeToNodeMeshEnabled", True), int(spec.get("asNumber") or 64512))
    yield judged(
        POOLS,
        "BGPConfiguration",
        wanted,
        observed,
        observed == wanted,
        "BGPConfiguration default was changed",
        "calicoctl get bgpconfiguration default -o yaml; run site.yml with --tags calico_bgp",
    )


def peers(seen: Observed) -> Iterator[Finding]:
    """One BGPPeer for each BIG-IP, with the nodes that it is for."""
    existing = seen.calico.specs("BGPPeer")
    for unit in seen.fabric.bigips:
        wanted = f"peerIP {unit.bgp_address}, asNumber {unit.as_number}, {_scope(seen, unit)}"
        subject = f"BGPPeer {unit.peer_name}"
        if seen.calico.error:
            yield unread(PEERS, subject, wanted, seen.calico.error, _UNREAD_HINT)
            continue
        spec = existing.get(unit.peer_name)
        observed = _peer_text(spec) if spec is not None else "no such BGPPeer"
        cause, hint = _peer_cause(unit, spec)
        yield judged(PEERS, subject, wanted, observed, observed == wanted, cause, hint)


def filters(seen: Observed) -> Iterator[Finding]:
    """The filters that keep other routes out: each BGPFilter as wanted, and named by each BIG-IP's BGPPeer."""
    if seen.calico.error:
        return  # the BGPPeers could not be read: that is reported already
    wanted = desired_calico.calico_resources(seen.fabric)
    existing = {kind: seen.calico.specs(kind) for kind in ("BGPPeer", "BGPFilter")}
    for item in wanted:
        kind, name, spec = item["kind"], item["metadata"]["name"], item["spec"]
        held = existing.get(kind, {}).get(name)
        if kind == "BGPFilter":
            expected, observed = _rules(spec), _rules(held) if held is not None else "no such BGPFilter"
            cause = "the BGPFilter does not exist" if held is None else "the rules of the BGPFilter were changed"
            hint = f"calicoctl get bgpfilter {name} -o yaml; {_AGAIN}"
            yield judged(PEERS, f"BGPFilter {name}", expected, observed, observed == expected, cause, hint)
        elif kind == "BGPPeer" and held is not None and spec.get("filters"):
            missing = [one for one in spec["filters"] if one not in (held.get("filters") or ())]
            yield judged(
                PEERS,
                f"filters of BGPPeer {name}",
                ", ".join(spec["filters"]),
                ", ".join(held.get("filters") or ()) or "no filters",
                not missing,
                f"the BGPPeer does not name BGPFilter {', '.join(missing)}: nodes accept or announce other routes",
                f"calicoctl get bgppeer {name} -o yaml; {_AGAIN}",
            )


def rivals(seen: Observed) -> Iterator[Finding]:
    """Other BGPPeers with the address of a BIG-IP. Calico makes one session of them, with the settings of either."""
    for unit in seen.fabric.bigips:
        for name, spec in seen.calico.specs("BGPPeer").items():
            if name == unit.peer_name or str(spec.get("peerIP", "")).partition(":")[0] != unit.bgp_address:
                continue
            filters_ = ", ".join(spec.get("filters") or ()) or "without filters"
            yield Finding(
                PEERS,
                f"BGPPeer {name}",
                f"no other BGPPeer than {unit.peer_name} with peerIP {unit.bgp_address}",
                f"{_peer_text(spec)}, {filters_}",
                False,
                f"two BGPPeers for {unit.bgp_address}: Calico uses the settings and filters of only one of them",
                f"calicoctl get bgppeer -o wide; calicoctl delete bgppeer {name}, or set bgp_peer_name of {unit.name}",
            )


def _rules(spec: Mapping[str, Any]) -> str:
    """The IPv4 rules of a BGPFilter as text: direction, action and what it matches."""
    found = []
    for field, direction in (("importV4", "import"), ("exportV4", "export")):
        for rule in spec.get(field) or ():
            match = " ".join(str(rule[key]) for key in _MATCHES if rule.get(key))
            found.append(f"{direction} {rule.get('action')} {match or 'all'}")
    return ", ".join(found) or "no rules"


def _scope(seen: Observed, unit: BigIp) -> str:
    topology = seen.fabric.topology.kind
    if topology == "reflectors":
        return f"for {REFLECTOR_SELECTOR}"
    return f"for {RACK_SELECTOR.format(unit.rack)}" if topology == "racks" else "global"


def _wanted(pool: Pool) -> dict[str, Any]:
    return {
        "cidr": pool.cidr,
        "ipipMode": "Never",
        "vxlanMode": "Never",
        "natOutgoing": pool.nat_outgoing,
        "blockSize": pool.block_size,
        "disabled": False,
    }


def _effective(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A pool's spec with the defaults that Calico has for what is unset."""
    return {
        "cidr": spec.get("cidr"),
        "ipipMode": spec.get("ipipMode") or "Never",
        "vxlanMode": spec.get("vxlanMode") or "Never",
        "natOutgoing": bool(spec.get("natOutgoing")),
        "blockSize": int(spec.get("blockSize") or 26),
        "disabled": bool(spec.get("disabled")),
    }


def _pool_text(spec: Mapping[str, Any]) -> str:
    nat = "true" if spec["natOutgoing"] else "false"
    state = ", disabled" if spec["disabled"] else ""
    return (
        f"{spec['cidr']}, ipipMode {spec['ipipMode']}, vxlanMode {spec['vxlanMode']}, natOutgoing {nat}, "
        f"blockSize {spec['blockSize']}{state}"
    )


def _pool_cause(pool: Pool, spec: Mapping[str, Any] | None) -> tuple[str, str]:
    again = "run site.yml with --tags calico_bgp"
    if spec is None:
        return f"there is no IPPool {pool.name}", f"calicoctl get ippool; {again}"
    held = _effective(spec)
    if held["ipipMode"] != "Never" or held["vxlanMode"] != "Never":
        return "the pool is encapsulated: the BIG-IP cannot reach pods by plain routes", again
    if held["cidr"] != pool.cidr or held["blockSize"] != pool.block_size:
        return (
            "cidr and blockSize of a pool cannot be changed in place",
            "pod_pools, or a migration",
        )
    return "the pool was changed", f"calicoctl get ippool {pool.name} -o yaml; {again}"


def _configuration_text(mesh_on: Any, as_number: int) -> str:
    return f"node-to-node mesh {'on' if mesh_on else 'off'}, asNumber {as_number}"


def _peer_text(spec: Mapping[str, Any]) -> str:
    scope = "global"
    if spec.get("node") or spec.get("nodeSelector"):
        scope = f"for {spec.get('node') or spec.get('nodeSelector')}"
    return f"peerIP {spec.get('peerIP')}, asNumber {spec.get('asNumber')}, {scope}"


def _peer_cause(unit: BigIp, spec: Mapping[str, Any] | None) -> tuple[str, str]:
    again = "run site.yml with --tags calico_bgp"
    if spec is None:
        return f"there is no BGPPeer {unit.peer_name}", f"calicoctl get bgppeer -o wide; {again}"
    if str(spec.get("asNumber")) != str(unit.as_number):
        return f"AS mismatch on Calico's side: asNumber is {spec.get('asNumber')}", again
    return "the BGPPeer was changed", f"calicoctl get bgppeer {unit.peer_name} -o yaml; {again}"
