# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The writes of a run for the controller, from an observation. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import bigip_state, leftovers, manifests, rollout
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import CONFIGMAP, Settings
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.virtuals import virtual_objects
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes import FIELD_MANAGER
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.kubernetes_changes import identity, in_effect

Object = Mapping[str, Any]

# Kinds of which objects may become stale when the variables change.
PRUNED = ("VirtualServer", "TransportServer", "ConfigMap", "Deployment", "RoleBinding")


@dataclass(frozen=True)
class Plan:
    """The writes, in the order of the fields; empty if there are none.

    :ivar definitions: custom resource definitions to apply
    :ivar emptied: partitions of an earlier mode, to remove with their content after the controller has stopped
    :ivar partitions: inventory name of a BIG-IP -> partitions to create there, each with its default route domain
    :ivar secret: whether to apply the Secret
    :ivar objects: all other objects to apply
    :ivar stale: objects to remove, and Services to remove labels from (``unlabelled``)
    :ivar advertised: the BIG-IPs on which the route advertisement of a VIP is to be set
    :ivar ready: whether the pods of the wanted Deployments are ready
    :ivar wanted: every object except the Secret, whether it is to be applied or not
    """

    definitions: list[dict[str, Any]] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    partitions: dict[str, dict[str, int]] = field(default_factory=dict)
    secret: bool = False
    objects: list[dict[str, Any]] = field(default_factory=list)
    stale: list[dict[str, Any]] = field(default_factory=list)
    unlabelled: list[dict[str, Any]] = field(default_factory=list)
    advertised: list[str] = field(default_factory=list)
    ready: bool = True
    wanted: list[dict[str, Any]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether the cluster and the partitions are in the wanted state."""
        return not (self.definitions or self.emptied or any(self.partitions.values()) or self.secret or self.objects
                    or self.stale or self.unlabelled)  # fmt: skip


def wanted_objects(settings: Settings, mark: str | None) -> list[dict[str, Any]]:
    """All objects except the Secret and the custom resource definitions.

    :param mark: of the credentials; None if not known yet
    """
    return [*manifests.installation(settings, mark or manifests.UNKNOWN), *virtual_objects(settings)]


def plan(
    settings: Settings,
    seen: Mapping[str, Any],
    bigips: Mapping[str, Mapping[str, Any]],
    definitions: Iterable[Object] = (),
) -> Plan:
    """The plan for an installation.

    :param seen: the observation of the cluster
    :param bigips: inventory name -> ``partitions`` and ``virtual_addresses`` as `bigip_bgp_info` returns them
    :param definitions: custom resource definitions that the cluster must have
    """
    secret = seen["secret"]
    # A changed password gives the pod another mark, which is known only once the Secret is written.
    wanted = wanted_objects(settings, secret["mark"] if secret["same"] else None)
    stored = _stored(seen)
    existing = [item for item in seen["owned"] if item["kind"] in PRUNED]
    ours = leftovers.all_partitions(existing, settings)
    emptied = leftovers.left_partitions(existing, settings)
    return Plan(
        definitions=_differing(definitions, {identity(item): item for item in seen["definitions"]}),
        emptied=emptied,
        partitions={
            unit.bigip: _partitions(settings, bigips.get(unit.bigip) or {}, emptied) for unit in settings.controllers
        },
        secret=not secret["current"],
        objects=_differing(wanted, stored),
        stale=leftovers.stale(existing, wanted),
        unlabelled=leftovers.unlabelled(seen["labelled"], wanted, ours),
        advertised=[
            unit.bigip
            for unit in settings.controllers
            if not bigip_state.is_announced(settings, (bigips.get(unit.bigip) or {}).get("virtual_addresses") or ())
        ],
        ready=all(one["state"] == rollout.READY for one in rollouts(settings, seen["pods"], wanted)),
        wanted=wanted,
    )


def removal(settings: Settings, seen: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Plan]:
    """Deployments to remove first, all other objects to remove, and the rest as a plan: ``unlabelled``, ``emptied``."""
    owned = seen["owned"]
    first = leftovers.stale([item for item in owned if item["kind"] == "Deployment"], [])
    rest = leftovers.stale([*(item for item in owned if item["kind"] != "Deployment"), *seen["secrets"]], [])
    partitions = leftovers.all_partitions(owned, settings)
    return first, rest, Plan(unlabelled=leftovers.unlabelled(seen["labelled"], [], partitions), emptied=partitions)


def rollouts(settings: Settings, pods: Sequence[Object], wanted: Iterable[Object]) -> list[dict[str, Any]]:
    """The state of each controller's rollout, in the order of ``settings.controllers``; see `rollout.rollout`."""
    deployments = {item["metadata"]["name"]: item for item in wanted if item["kind"] == "Deployment"}
    return [
        rollout.rollout(pods_of(unit.deployment, pods), manifests.template_mark(deployments[unit.deployment]))
        for unit in settings.controllers
    ]


def pods_of(deployment: str, pods: Iterable[Object]) -> list[Object]:
    """The pods of one controller."""
    return [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("app") == deployment]


def earlier_pods(pods: Iterable[Object], wanted: Iterable[Object]) -> list[str]:
    """Names of pods of an earlier Deployment that still exist."""
    marks = {manifests.template_mark(item) for item in wanted if item["kind"] == "Deployment"}
    return [pod["metadata"]["name"] for pod in pods if rollout.mark_of(pod) not in marks]


def _stored(seen: Mapping[str, Any]) -> dict[str, Object]:
    """The wanted objects that exist, by identity: those with the role's labels, and Services with AS3 labels."""
    return {identity(item): item for item in (*seen["services"], *seen["owned"])}


def _differing(wanted: Iterable[Object], stored: Mapping[str, Object]) -> list[dict[str, Any]]:
    return [dict(item) for item in wanted if not in_effect(item, stored.get(identity(item)), FIELD_MANAGER)]


def _partitions(settings: Settings, bigip: Mapping[str, Any], emptied: Iterable[str]) -> dict[str, int]:
    """Partitions to create, or whose default route domain to change. AS3 creates the partitions of its tenants itself.

    Route domain 0 is only the default: an existing partition keeps its route domain.
    """
    held = {item["name"]: item.get("route_domain") or 0 for item in bigip.get("partitions") or ()
            if item["name"] not in emptied}  # fmt: skip
    domains = settings.domains()
    names = [settings.partition] if settings.mode != CONFIGMAP else list(domains)
    return {name: domains[name] for name in names if name not in held or held[name] != (domains[name] or held[name])}
