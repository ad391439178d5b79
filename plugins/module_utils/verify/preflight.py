# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requirements before the first write: every problem, and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.common.config_sync import STANDALONE
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import ODD_FORM, odd_form
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Fabric, Pool
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import modes, subnets
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.network_model import Model, detect, traces
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import BigIpView, Raw

# The first release with the values selective, always, any and all of routeAdvertisement.
OLDEST_TMOS = (13, 0)

# With more nodes than this, a full mesh and a session of every node with every BIG-IP do not scale.
MESH_LIMIT = 100

_VERSION = re.compile(r"([0-9]+)\.([0-9]+)")


def problems(fabric: Fabric, raw: Mapping[str, Any], planned: Iterable[str] = (), whole: bool = True) -> list[str]:
    """Every problem of both sides, each as ``HOST: TEXT``.

    :param planned: the problems of the plan for Calico, see ``calico.fabric_plan``
    :param whole: whether the fabric is all that the inventory should describe. If it is not, only what each side shows
        by itself is a problem

    ``raw`` has ``bigips`` and ``calico``, see ``Observed``, and ``nodes``, Node objects, if Calico could not be read.
    """
    seen = Observed(fabric, raw)
    found = list(_guarded("Calico: what was read", _unfit(seen, raw)))
    if not whole:
        for unit in fabric.bigips:
            device = (f"{unit.name}: {sentence}" for sentence in _device(seen.bigip(unit)))
            found += _guarded(f"{unit.name}: what was read", device)
        return [*found, *_unread(seen)]
    for unit in fabric.bigips:
        found += _guarded(f"{unit.name}: what was read", _bigip(unit, seen, fabric))
    found += _guarded("the BIG-IPs: what was read", _unlike_mode(seen))
    return [*found, *_guarded("Calico: what was read", _calico(seen, planned))]


def _unlike_mode(seen: Observed) -> Iterator[str]:
    """Differences between the BIG-IPs and bigip_mode of the inventory."""
    yield from (f"all: {one.cause}" for one in modes.findings(seen) if not one.ok)
    yield from _versions(seen)


def _guarded(what: str, sentences: Iterable[str]) -> Iterator[str]:
    """The sentences, and one more if they end in an error."""
    try:
        yield from sentences
    except ODD_FORM as error:
        yield odd_form(what, error)


def _unfit(seen: Observed, raw: Mapping[str, Any]) -> Iterator[str]:
    model = _model(seen, raw)
    if model and not model.fits:
        yield f"cluster: it runs {model.name}: {model.advice} (docs/models.md)"


def notes(fabric: Fabric, raw: Mapping[str, Any]) -> list[str]:
    """Notes that are not problems."""
    count = len(fabric.nodes)
    seen = Observed(fabric, raw)
    model = _model(seen, raw)
    sentences = [f"the cluster runs {model.name}; {model.advice}"] if model and model.fits else []
    sentences += [f"{unit.name} gets {len(fabric.sessions_of(unit))} BGP sessions" for unit in fabric.bigips]
    if count > MESH_LIMIT and fabric.topology.kind != "reflectors":
        sentences.append(f"{count} nodes are more than {MESH_LIMIT}: route reflectors (topology) need fewer sessions")
    for unit in fabric.bigips:
        sentences += _pair(fabric, unit, seen.bigip(unit).raw.get("preflight") or {})
    grouped = len(fabric.bigips) > 1 and fabric.mode is None
    if grouped and any(seen.bigip(unit).sync not in ("", STANDALONE) for unit in fabric.bigips):
        sentences.append(
            "the BIG-IPs are in a device group: set bigip_mode to active_standby or active_active, and traffic_groups "
            "to its floating self IPs, so that failover needs no new routes (docs/pairs.md)"
        )
    return sentences


def _versions(seen: Observed) -> Iterator[str]:
    """Units of one device group need the same version, otherwise config sync is refused."""
    if seen.fabric.synchronized:
        found = {unit.name: (seen.bigip(unit).raw.get("preflight") or {}).get("version") for unit in seen.fabric.bigips}
        if len({version for version in found.values() if version}) > 1:
            shown = ", ".join(f"{name} {version}" for name, version in found.items())
            yield f"all: the BIG-IPs run different versions ({shown}); config sync needs the same one"


def _pair(fabric: Fabric, unit: BigIp, preflight: Raw) -> Iterator[str]:
    """Notes about a unit of an HA pair. None is a problem: each unit has its own sessions."""
    state, sync = str(preflight.get("failover") or ""), str(preflight.get("sync") or "")
    if state and state.lower() != "active":
        yield f"{unit.name} is {state.lower()}: it runs BGP, but announces VIPs only once it is active"
    if fabric.mode is None and sync and sync.lower() not in ("in sync", "standalone"):
        yield (
            f"{unit.name} is not in sync with its pair ({sync}): a config sync from the other unit would overwrite "
            "what is written here; sync from the correct unit first"
        )


def _model(seen: Observed, raw: Mapping[str, Any]) -> Model | None:
    """The cluster's network model; None if its nodes could not be read."""
    nodes = seen.calico.nodes.values()
    if nodes:
        flannel = {str(node["flannel_backend"]) for node in nodes if node.get("flannel_backend")}
        calico = any(node.get("address") for node in nodes)
    else:
        flannel, calico = traces((raw.get("nodes") or {}).get("resources") or ())
    return detect(flannel, calico, seen.calico.specs("IPPool").values())


def _bigip(unit: BigIp, seen: Observed, fabric: Fabric) -> Iterator[str]:
    for sentence in (*_sentences(unit, seen.bigip(unit), fabric), *subnets.problems(seen, unit)):
        yield f"{unit.name}: {sentence}"


def _device(view: BigIpView) -> Iterator[str]:
    """Problems of a BIG-IP whatever the inventory wants of it."""
    if view.error:
        yield from view.raw.get("problems") or [f"cannot be read: {view.error}"]
        return
    preflight = view.raw.get("preflight") or {}
    yield from preflight.get("problems") or ()
    if preflight.get("licence") is False:
        yield "its licence has no routing module; BGP needs one (tmsh show sys license)"
    version = _VERSION.match(str(preflight.get("version") or ""))
    if version and (int(version[1]), int(version[2])) < OLDEST_TMOS:
        oldest = ".".join(map(str, OLDEST_TMOS))
        yield f"it runs TMOS {preflight['version']}; route advertisement as used here needs {oldest} or later"


def _sentences(unit: BigIp, view: BigIpView, fabric: Fabric) -> Iterator[str]:
    yield from _device(view)
    if view.error:
        return
    yield from _self_ip(unit, view)
    yield from _static_routes(view, fabric)
    if view.running_as not in (None, unit.as_number) and not view.raw.get("allow_as_change"):
        yield (
            f"it runs BGP with AS {view.running_as}, as_number is {unit.as_number}; changing the AS resets every "
            "session; set f5_routing_allow_as_change to allow it"
        )


def _self_ip(unit: BigIp, view: BigIpView) -> Iterator[str]:
    self_ip = view.self_ips.get(unit.bgp_address)
    if self_ip is None:
        there = ", ".join(f"{one.get('name')} {address}" for address, one in view.self_ips.items()) or "none"
        domain = unit.route_domain
        yield f"bgp_address {unit.bgp_address} is not a self IP in route domain {domain}; its self IPs are: {there}"
        return
    if self_ip.get("floating"):
        yield (
            f"bgp_address {unit.bgp_address} is a floating self IP; "
            "set bgp_address to a non-floating one, since sessions do not move on failover"
        )
    name = str(self_ip.get("name"))
    full = f"/{self_ip.get('partition', 'Common')}/{name}"
    if unit.self_ip_name and unit.self_ip_name not in (name, full):
        yield f"self_ip_name is {unit.self_ip_name}, but {unit.bgp_address} belongs to {full}"


def _static_routes(view: BigIpView, fabric: Fabric) -> Iterator[str]:
    """Routes that take precedence over BGP; a route to a network larger than a block is less specific and does not."""
    for route in view.static_routes:
        if route["network"].startswith("default") or ":" in route["network"]:
            continue
        prefix = IPv4Network(route["network"], strict=False)
        for pool in fabric.pools:
            if prefix.subnet_of(pool.network) and prefix.prefixlen >= pool.block_size:
                yield (
                    f"static route {route['name']} ({prefix} via {route['gateway']}) is inside pool {pool.name} and "
                    "takes precedence over BGP; remove --static-routing-mode from the controller that created it, or "
                    "delete it"
                )


def _unread(seen: Observed) -> list[str]:
    """Why Calico could not be read; the variables of its connection are problems of the inventory."""
    if not seen.calico.error or seen.calico.raw.get("problems"):
        return []
    return [f"Calico: cannot be read: {seen.calico.error}"]


def _calico(seen: Observed, planned: Iterable[str]) -> Iterator[str]:
    calico = seen.calico
    if calico.error:
        yield from _unread(seen)
        return
    yield from (f"Calico: {sentence}" for sentence in subnets.of_nodes(seen))
    yield from (f"Calico: {sentence}" for sentence in _prefixes(seen))
    names = {node.name for node in seen.fabric.nodes} | set(calico.nodes)
    for sentence in planned:
        host, colon, text = sentence.partition(": ")
        first, _space, rest = sentence.partition(" ")
        if colon and (host in names or host in ("all", "Calico")):
            yield f"{host}: {text}"
        else:
            yield f"{first}: {rest}" if first in names else f"Calico: {sentence}"
    pools, owners = calico.specs("IPPool"), calico.raw.get("pool_owners") or {}
    for pool in seen.fabric.pools:
        if pool.name in pools and owners.get(pool.name) == "operator":
            yield from (f"Calico: {sentence}" for sentence in _operator(pool, pools[pool.name]))


def _prefixes(seen: Observed) -> Iterator[str]:
    """A limit that existing blocks already exceed; see ``intent.capacity`` for future blocks."""
    limit = seen.fabric.maximum_prefix
    if not limit or not seen.fabric.manage_policy:
        return
    counts = {name: len(blocks) for name, blocks in seen.calico.blocks.items()}
    if seen.fabric.topology.kind == "reflectors":
        counts = {"a reflector, which announces those of all nodes,": sum(counts.values())}
    name, most = max(counts.items(), key=lambda item: item[1], default=("", 0))
    if most > limit:
        yield (
            f"{name} has {most} blocks, and bgp_maximum_prefix is {limit}: the BIG-IP closes the session at the limit; "
            f"set it to at least {2 * most}"
        )


def _operator(pool: Pool, spec: Raw) -> Iterator[str]:
    encapsulated = any(spec.get(mode, "Never") != "Never" for mode in ("ipipMode", "vxlanMode"))
    if encapsulated or bool(spec.get("natOutgoing")) != pool.nat_outgoing:
        yield (
            f"IPPool {pool.name} belongs to the Tigera operator, which reverts every change; change it in "
            "spec.calicoNetwork.ipPools of the Installation"
        )
