# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller and the virtual servers that it configured (groups controller and virtual_servers)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import Finding, judged, unread
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Server
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import Raw, error_of

CONTROLLER = "controller"
SERVERS = "virtual_servers"

_AGAIN = "run site.yml with --tags bigip_ctlr"


def deployment(seen: Observed) -> Iterator[Finding]:
    """Each Deployment of the controller: one replica, ready, and its pod members are pods."""
    raw = (seen.controller or {}).get("deployments")
    error = error_of(raw, "the controller's Deployment", "resources")
    if error:
        yield unread(CONTROLLER, "Deployment", _READY, error, "the variable kubeconfig")
        return
    if not raw.get("resources"):
        yield Finding(
            CONTROLLER,
            "Deployment",
            _READY,
            "no Deployment",
            False,
            "k8s-bigip-ctlr is not installed, or it runs under another name or in another namespace",
            f"fabric_verify_controller_deployment and bigip_ctlr_namespace; {_AGAIN}",
        )
    for item in raw.get("resources") or ():
        name = f"{item['metadata']['namespace']}/{item['metadata']['name']}"
        observed = _deployment_text(item)
        pods = _pods_of(seen, item)
        yield judged(CONTROLLER, name, _READY, observed, observed == _READY, _pod_cause(pods), _logs(item))
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


def members(seen: Observed, expected: Sequence[Server]) -> Iterator[Finding]:
    """The pool of each virtual server has the ready pods of its Service as members, and nothing else."""
    for unit in seen.fabric.bigips:
        for server in expected:
            subject = f"{unit.name}: pool of {server.name}"
            pods = _endpoints(seen, server)
            error = seen.bigip(unit).error or error_of(
                (seen.controller or {}).get("endpoints"), "EndpointSlices", "resources"
            )
            if error:
                yield unread(CONTROLLER, subject, "the Service's ready pods", error, _AGAIN)
                continue
            held = _find(seen, unit, server)
            addresses = sorted(_address(member) for member in _members(held)) if held else []
            wanted = ", ".join(sorted(pods)) or "ready pods of the Service"
            observed = ", ".join(addresses) or "no members"
            cause = _members_cause(server, pods, addresses)
            hint = f"kubectl -n {server.namespace} get endpointslices -l kubernetes.io/service-name={server.service}"
            yield judged(CONTROLLER, subject, wanted, observed, bool(pods) and sorted(pods) == addresses, cause, hint)


def virtual_servers(seen: Observed, expected: Sequence[Server]) -> Iterator[Finding]:
    """Each virtual server exists, is enabled, and has an available member."""
    for unit in seen.fabric.bigips:
        view = seen.bigip(unit)
        for server in expected:
            subject = f"{unit.name}: {server.name}"
            wanted = f"{server.destination} in {server.partition}, available"
            if view.error:
                yield unread(SERVERS, subject, wanted, view.error, "the findings of group bigip_config")
                continue
            held = _find(seen, unit, server)
            observed = _server_text(held) if held else f"no virtual server {server.destination}"
            cause, hint = _server_cause(server, held)
            yield judged(SERVERS, subject, wanted, observed, observed == wanted, cause, hint)


_READY = "1 of 1 replicas ready"


def _deployment_text(item: Mapping[str, Any]) -> str:
    wanted = (item.get("spec") or {}).get("replicas", 1)
    ready = (item.get("status") or {}).get("readyReplicas") or 0
    return f"{ready} of {wanted} replicas ready"


def _argument(item: Mapping[str, Any], name: str) -> str:
    """The value of ``--name=value`` or ``--name value`` among the first container's arguments."""
    containers = item["spec"]["template"]["spec"]["containers"]
    words = [str(word) for word in containers[0].get("args") or ()]
    for position, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option.lstrip("-") == name:
            return value if equals else "".join(words[position + 1 : position + 2])
    return "nodeport"


def _pods_of(seen: Observed, item: Mapping[str, Any]) -> list[Raw]:
    wanted = ((item["spec"].get("selector") or {}).get("matchLabels") or {}).items()
    pods = ((seen.controller or {}).get("pods") or {}).get("resources") or ()
    return [pod for pod in pods if set(wanted) <= set((pod["metadata"].get("labels") or {}).items())]


def _pod_cause(pods: Sequence[Raw]) -> str:
    """Why the pod is not ready, as Kubernetes reports it."""
    for pod in pods:
        for container in (pod.get("status") or {}).get("containerStatuses") or ():
            waiting = (container.get("state") or {}).get("waiting") or {}
            if waiting.get("reason"):
                return f"{waiting['reason']}: {waiting.get('message') or 'see the log of the pod'}"
        for condition in (pod.get("status") or {}).get("conditions") or ():
            if condition.get("status") == "False" and condition.get("message"):
                return str(condition["message"])
    return "the pod is not ready: check its password, the BIG-IP's certificate and the partition"


def _logs(item: Mapping[str, Any]) -> str:
    return f"kubectl -n {item['metadata']['namespace']} logs deployment/{item['metadata']['name']}"


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
        # A Service with two families has slices of both; a pool has members of the virtual server's.
        if one.get("addressType", "IPv4") != ("IPv6" if ":" in server.address else "IPv4"):
            continue
        for endpoint in one.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                found.update(dict.fromkeys(endpoint.get("addresses") or ()))
    return found


def _find(seen: Observed, unit: BigIp, server: Server) -> Raw | None:
    """The virtual server with that destination, in the partition that it should be in if there are several."""
    found = [one for one in seen.bigip(unit).virtual_servers if _destination(one) == server.destination]
    found.sort(key=lambda one: one.get("partition") != server.partition)
    return found[0] if found else None


def _destination(held: Raw) -> str:
    return f"{held.get('destination')}:{held.get('port')}"


def _members(held: Raw) -> list[Raw]:
    return list(held.get("members") or ())


def _address(member: Raw) -> str:
    return str(member.get("address")).partition("%")[0]


def _members_cause(server: Server, pods: Mapping[str, None], addresses: Sequence[str]) -> str:
    if not pods:
        return f"Service {server.namespace}/{server.service} has no ready pods"
    if not addresses:
        return "the controller has not created the pool, or its login fails"
    return "stale members: the controller does not update the pool"


def _server_text(held: Raw) -> str:
    """``unchecked`` members have no monitor and count as available, as they do on the BIG-IP."""
    alive = any(member.get("state") in ("up", "unchecked") for member in _members(held))
    state = "disabled" if held.get("enabled") is False else "available" if alive else "not available"
    return f"{_destination(held)} in {held.get('partition')}, {state}"


def _server_cause(server: Server, held: Raw | None) -> tuple[str, str]:
    if held is None:
        return (
            "the controller has not created it: it is not running, or it rejected the resource",
            f"kubectl -n {server.namespace} get configmap,virtualserver; {_AGAIN}",
        )
    if held.get("partition") != server.partition:
        return (
            f"another virtual server in {held.get('partition')} has the address",
            f"tmsh list ltm virtual {held['name']}",
        )
    if held.get("enabled") is False:
        return "the virtual server was disabled manually", f"tmsh list ltm virtual {held['name']}"
    states = [f"{_address(member)} {member.get('state')}" for member in _members(held)]
    return (
        f"no pool member is available: {', '.join(states[:5]) or 'the pool is empty'}",
        f"tmsh show ltm pool {held.get('pool') or ''} members; the monitor's send and recv",
    )
