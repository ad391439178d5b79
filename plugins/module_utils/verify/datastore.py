# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calico's datastore: pools, mesh and peers (groups pools and peers)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Pool
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes, route_causes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Cause, Finding, judged, unread
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed

POOLS = "pools"
PEERS = "peers"

# The nodeSelector of the BGPPeers that the role calico_bgp writes.
REFLECTOR_SELECTOR = "route-reflector == 'true'"
RACK_SELECTOR = "rack == '{}'"

_AGAIN = "run site.yml with --tags calico_bgp"


def pools(seen: Observed) -> Iterator[Finding]:
    """Each pool as in the inventory, and no other pool that assigns addresses."""
    existing = seen.calico.specs("IPPool")
    for pool in seen.fabric.pools:
        wanted = _pool_text(_wanted(pool))
        if error := causes.of_calico(seen):
            yield unread(POOLS, pool.name, wanted, error)
            continue
        spec = existing.get(pool.name)
        observed = _pool_text(_effective(spec)) if spec is not None else "no such pool"
        yield judged(POOLS, pool.name, wanted, observed, observed == wanted, *_pool_cause(pool, spec))
    known = {pool.name for pool in seen.fabric.pools}
    for name, spec in existing.items():
        if name not in known and serves_pods(spec) and ":" not in str(spec.get("cidr")):
            yield Finding(
                POOLS,
                name,
                "no pool other than those of the inventory",
                _pool_text(_effective(spec)),
                False,
                f"pods may get addresses of IPPool {name}, whose routes the BIG-IP does not accept",
                f'add it to pod_pools, or calicoctl patch ippool {name} -p \'{{"spec": {{"disabled": true}}}}\'',
            )


def serves_pods(spec: Mapping[str, Any]) -> bool:
    """Whether pods can get addresses of a pool. Some pools are for tunnels or Services of type LoadBalancer only, or
    only exempt a network from NAT."""
    uses = spec.get("allowedUses") or ("Workload", "Tunnel")
    return not spec.get("disabled") and "Workload" in uses and spec.get("nodeSelector") != "!all()"


def backend(seen: Observed) -> Iterator[Finding]:
    """BGP that is disabled in the whole cluster, by Calico's backend or by the operator."""
    if cause := causes.of_cluster(seen):
        yield Finding(POOLS, "BGP of the cluster", "enabled", "disabled", False, *cause)


def mesh(seen: Observed) -> Iterator[Finding]:
    """The cluster-wide BGP settings: mesh and AS number, with Calico's defaults if unset."""
    wanted = _configuration_text(seen.fabric.meshed, seen.fabric.cluster_as)
    if error := causes.of_calico(seen):
        yield unread(POOLS, "BGPConfiguration", wanted, error)
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
    """One BGPPeer for each BIG-IP, for the right nodes."""
    existing = seen.calico.specs("BGPPeer")
    for unit in seen.fabric.bigips:
        wanted = f"peerIP {unit.bgp_address}, asNumber {unit.as_number}, {_scope(seen, unit)}"
        subject = f"BGPPeer {unit.peer_name}"
        if error := causes.of_calico(seen):
            yield unread(PEERS, subject, wanted, error)
            continue
        spec = existing.get(unit.peer_name)
        observed = _peer_text(spec) if spec is not None else "no such BGPPeer"
        yield judged(PEERS, subject, wanted, observed, observed == wanted, *_peer_cause(seen, unit, spec))


def rivals(seen: Observed) -> Iterator[Finding]:
    """Other BGPPeers with the address of a BIG-IP. Calico makes one session of them, with the settings of one."""
    for unit in seen.fabric.bigips:
        for name, spec in seen.calico.specs("BGPPeer").items():
            if name == unit.peer_name or not causes.is_peer_of(unit, spec):
                continue
            filters_ = ", ".join(spec.get("filters") or ()) or "without filters"
            yield Finding(
                PEERS,
                f"BGPPeer {name}",
                f"no other BGPPeer than {unit.peer_name} with peerIP {unit.bgp_address}",
                f"{_peer_text(spec)}, {filters_}",
                False,
                *causes.rival(unit, name),
            )


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
        "disableBGPExport": False,
    }


def _effective(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A pool's spec with Calico's defaults for unset fields."""
    return {
        "cidr": spec.get("cidr"),
        "ipipMode": spec.get("ipipMode") or "Never",
        "vxlanMode": spec.get("vxlanMode") or "Never",
        "natOutgoing": bool(spec.get("natOutgoing")),
        "blockSize": int(spec.get("blockSize") or 26),
        "disabled": bool(spec.get("disabled")),
        "disableBGPExport": bool(spec.get("disableBGPExport")),
    }


def _pool_text(spec: Mapping[str, Any]) -> str:
    nat = "true" if spec["natOutgoing"] else "false"
    state = "".join(f", {word}" for word in ("disabled", "disableBGPExport") if spec[word])
    return (
        f"{spec['cidr']}, ipipMode {spec['ipipMode']}, vxlanMode {spec['vxlanMode']}, natOutgoing {nat}, "
        f"blockSize {spec['blockSize']}{state}"
    )


def _pool_cause(pool: Pool, spec: Mapping[str, Any] | None) -> Cause:
    if spec is None:
        return Cause(f"there is no IPPool {pool.name}", f"calicoctl get ippool; {_AGAIN}")
    held = _effective(spec)
    if held["ipipMode"] != "Never" or held["vxlanMode"] != "Never":
        return route_causes.encapsulated_pool(pool.name)
    if held["disableBGPExport"]:
        return route_causes.unexported_pool(pool.name)
    if held["cidr"] != pool.cidr or held["blockSize"] != pool.block_size:
        return Cause(
            f"cidr and blockSize of IPPool {pool.name} cannot be changed in place", "pod_pools, or a migration"
        )
    return Cause(f"IPPool {pool.name} was changed", f"calicoctl get ippool {pool.name} -o yaml; {_AGAIN}")


def _configuration_text(mesh_on: Any, as_number: int) -> str:
    return f"node-to-node mesh {'on' if mesh_on else 'off'}, asNumber {as_number}"


def _peer_text(spec: Mapping[str, Any]) -> str:
    scope = "global"
    if spec.get("node") or spec.get("nodeSelector"):
        scope = f"for {spec.get('node') or spec.get('nodeSelector')}"
    return f"peerIP {spec.get('peerIP')}, asNumber {spec.get('asNumber')}, {scope}"


def _peer_cause(seen: Observed, unit: BigIp, spec: Mapping[str, Any] | None) -> Cause:
    if spec is None:
        cause = Cause(f"there is no BGPPeer {unit.peer_name}", f"calicoctl get bgppeer -o wide; {_AGAIN}")
        specs = seen.calico.specs("BGPPeer").values()
        return cause if any(causes.is_peer_of(unit, one) for one in specs) else cause.follows(causes.no_peer(unit))
    if found := causes.peer_as(unit, unit.peer_name, spec):
        return found
    hint = f"calicoctl get bgppeer {unit.peer_name} -o yaml; {_AGAIN}"
    return Cause(f"BGPPeer {unit.peer_name} was changed", hint)
