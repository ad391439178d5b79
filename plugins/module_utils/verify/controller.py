# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller and the virtual servers that it configured (groups controller and virtual_servers)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import causes, route_causes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import (
    NO_CAUSE,
    Cause,
    Finding,
    judged,
    unread,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.route_causes import READY, deployment_text
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Controller, Server, find, located
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import Raw, error_of

CONTROLLER = "controller"
SERVERS = "virtual_servers"

_AGAIN = "run site.yml with --tags bigip_ctlr"


def deployments(seen: Observed, controller: Controller) -> Iterator[Finding]:
    """Each Deployment of the controller: one replica, ready, with pods as pool members."""
    raw = (seen.controller or {}).get("deployments")
    error = error_of(raw, "the controller's Deployment", "resources")
    if error:
        yield unread(CONTROLLER, "Deployment", READY, Cause(error, "the variable kubeconfig"))
        return
    held = {item["metadata"]["name"]: item for item in (raw or {}).get("resources") or ()}
    for deployment, bigip in controller.deployments(seen).items():
        name = f"{controller.namespace}/{deployment}"
        if deployment not in held:
            cause = f"there is no controller for {bigip}: Deployment {name} does not exist or has another name"
            hint = f"fabric_verify_controller_deployment and bigip_ctlr_namespace; {_AGAIN}"
            yield Finding(CONTROLLER, name, READY, "no such Deployment", False, cause, hint)
            continue
        item = held[deployment]
        observed = deployment_text(item)
        reason = NO_CAUSE if observed == READY else route_causes.of_deployment(seen, item)
        yield judged(CONTROLLER, name, READY, observed, observed == READY, *reason)
        members = _argument(item, "pool-member-type")
        yield judged(
            CONTROLLER,
            f"{name} arguments",
            "--pool-member-type=cluster",
            f"--pool-member-type={members}",
            members == "cluster",
            "pool members would be node ports, not pods",
            _AGAIN,
        )


def members(seen: Observed, controller: Controller) -> Iterator[Finding]:
    """The pool of each virtual server has exactly the ready pods of its Service as members."""
    for unit in controller.units(seen):
        for server in _served(seen, unit):
            subject = f"{unit.name}: pool of {server.name}"
            pods = _endpoints(seen, server)
            error = error_of((seen.controller or {}).get("endpoints"), "EndpointSlices", "resources")
            if seen.bigip(unit).error or error:
                cause = causes.of_bigip(seen.bigip(unit), unit) if seen.bigip(unit).error else None
                yield unread(CONTROLLER, subject, "the Service's ready pods", cause or Cause(error, _AGAIN))
                continue
            held = find(seen, unit, server)
            addresses = sorted(_address(member) for member in _members(held)) if held else []
            wanted = ", ".join(sorted(pods)) or "ready pods of the Service"
            observed = ", ".join(addresses) or "no members"
            ok = bool(pods) and sorted(pods) == addresses
            cause = NO_CAUSE if ok else _members_cause(seen, unit, server, pods, addresses)
            yield judged(CONTROLLER, subject, wanted, observed, ok, *cause)


def virtual_servers(seen: Observed, controller: Controller) -> Iterator[Finding]:
    """Each virtual server exists in its route domain, is enabled, and has an available member.

    A drained BIG-IP has no routes to pods, so its members may be down.
    """
    for unit in controller.units(seen):
        view = seen.bigip(unit)
        for server in _served(seen, unit):
            subject = f"{unit.name}: {server.name}"
            drained = seen.is_drained(unit)
            wanted = f"{server.destination} in {server.partition}, {'enabled' if drained else 'available'}"
            if error := causes.of_bigip(view, unit) if view.error else None:
                yield unread(SERVERS, subject, wanted, error)
                continue
            held = find(seen, unit, server)
            observed = _server_text(server, held, drained) if held else _elsewhere(seen, unit, server)
            cause = route_causes.of_server(seen, unit, server) or NO_CAUSE
            yield judged(SERVERS, subject, wanted, observed, observed == wanted, *cause)


def _elsewhere(seen: Observed, unit: BigIp, server: Server) -> str:
    """The address in another route domain, if there is one."""
    same = [
        f"{one['destination']}%{seen.bigip(unit).domain_of(one)}:{one['port']}" for one in located(seen, unit, server)
    ]
    return f"no virtual server {server.destination}" + (f", but {', '.join(same)}" if same else "")


def _served(seen: Observed, unit: BigIp) -> list[Server]:
    """The virtual servers to verify on a BIG-IP: with config sync, those whose address this unit serves."""
    view = seen.bigip(unit)
    alone = seen.fabric.synchronized is False or view.sync.lower() in ("", "standalone")
    return [server for server in seen.servers if alone or view.error or view.serves(server.address)]


def _argument(item: Mapping[str, Any], name: str) -> str:
    """The value of ``--name=value`` or ``--name value`` among the first container's arguments."""
    containers = item["spec"]["template"]["spec"]["containers"]
    words = [str(word) for word in containers[0].get("args") or ()]
    for position, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option.lstrip("-") == name:
            return value if equals else "".join(words[position + 1 : position + 2])
    return "nodeport"


def _endpoints(seen: Observed, server: Server) -> dict[str, None]:
    """The ready pod addresses of a Service, from its EndpointSlices."""
    slices = ((seen.controller or {}).get("endpoints") or {}).get("resources") or ()
    found: dict[str, None] = {}
    for one in slices:
        labels = one["metadata"].get("labels") or {}
        if one["metadata"].get("namespace") != server.namespace:
            continue
        if labels.get("kubernetes.io/service-name") != server.service:
            continue
        # A dual-stack Service has slices of both families; a pool has members of the virtual server's family.
        if one.get("addressType", "IPv4") != ("IPv6" if ":" in server.address else "IPv4"):
            continue
        for endpoint in one.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                found.update(dict.fromkeys(endpoint.get("addresses") or ()))
    return found


def _members(held: Raw) -> list[Raw]:
    return list(held.get("members") or ())


def _address(member: Raw) -> str:
    return str(member.get("address")).partition("%")[0]


def _members_cause(
    seen: Observed, unit: BigIp, server: Server, pods: Mapping[str, None], addresses: Sequence[str]
) -> Cause:
    hint = f"kubectl -n {server.namespace} get endpointslices -l kubernetes.io/service-name={server.service}"
    if not pods:
        return Cause(f"Service {server.namespace}/{server.service} has no ready pods", hint)
    broken = route_causes.of_controller(seen)
    if addresses:
        cause = Cause(f"stale members: the controller does not update the pool of {server.name}", hint)
        return cause.follows(broken) if broken else cause
    cause = Cause("the controller has not created the pool, or its login fails", hint)
    missing = None if find(seen, unit, server) else route_causes.of_server(seen, unit, server)
    behind = broken or missing
    return cause.follows(behind) if behind else cause


def _server_text(server: Server, held: Raw, drained: bool) -> str:
    """``unchecked`` members have no monitor and count as available, as they do on the BIG-IP."""
    alive = any(member.get("state") in ("up", "unchecked") for member in _members(held))
    state = "enabled" if drained else "available" if alive else "not available"
    state = "disabled" if held.get("enabled") is False else state
    return f"{server.destination} in {held.get('partition')}, {state}"
