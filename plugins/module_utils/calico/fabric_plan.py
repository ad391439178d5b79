# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the inventory and one observation of the cluster to the steps of a run, or the reasons against it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t
from functools import cached_property

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import (
    apply,
    cluster_facts,
    expectations,
    foreign,
    listen_port,
    named_peers,
    observe,
    password,
    topology,
    topology_steps,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.ownership import OWNER, is_managed
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import ODD_FORM, odd_form
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.sample import sample
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.desired_calico import (
    calico_pools,
    calico_resources,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric

Resource = dict[str, t.Any]

UNFINISHED_RESTART = (
    "an earlier run changed listenPort or bindMode and did not restart every node since, so sessions are down: set "
    "calico_bgp_rolling_restart: true to finish it"
)


@dataclasses.dataclass(frozen=True)
class Options:
    """Options of the user beside the fabric: the role's variables of these names, without its prefix."""

    min_reflectors: int = 2
    prune: bool = True
    allow_as_change: bool = False
    routed_underlay: bool = False
    listen_port: int = 0
    bind_mode: str = ""
    rolling_restart: bool = False

    @property
    def listen(self) -> dict[str, t.Any]:
        """Keys of the BGPConfiguration; those that are not to be changed are left out."""
        given = {"listenPort": self.listen_port, "bindMode": self.bind_mode}
        return {key: value for key, value in given.items() if value}

    @property
    def pruned_kinds(self) -> tuple[str, ...]:
        return ("BGPPeer", "BGPFilter") if self.prune else ()


class Plan:
    """What to do. If there are ``problems``, nothing may be written and the other fields are undefined.

    :ivar problems: one sentence each
    :ivar outcome: objects before and after, and what would happen to each
    :ivar pools: the IPPools, which are written last
    :ivar resources: everything else in the final state
    :ivar fabrics: the fabric's name, and those that its objects had before they were marked with it
    """

    def __init__(self, fabric: Fabric, seen: t.Mapping[str, t.Any], options: Options) -> None:
        self._fabric, self._seen, self._options = fabric, seen, options
        self._intent = fabric.as_dict()
        self.fabrics: tuple[str, ...] = (fabric.names.fabric,)
        self.pools = calico_pools(fabric)
        self.resources: list[Resource] = []
        self.outcome = apply.Outcome([], [], [], [])
        try:
            self._make()
        except ODD_FORM as error:
            self.problems = [odd_form("Calico: what was read", error)]

    def _make(self) -> None:
        fabric, seen, options = self._fabric, self._seen, self._options
        self.fabrics = foreign.fabrics(fabric, seen)
        try:
            self._topology = topology.topology_of(self._intent, options.min_reflectors)
        except ValueError as error:
            self.problems = str(error).splitlines()
            return
        self._configurations = seen["resources"]["BGPConfiguration"]
        wanted = named_peers.without_our_password(fabric, calico_resources(fabric), seen)
        self._base = listen_port.kept(wanted, self._configurations)
        final = topology_steps.final_resources(self._intent, self._base, self._topology)
        self.resources = listen_port.asked(final, options.listen)
        self.problems = self._blockers()
        try:
            self.outcome = self._predicted()
        except apply.Refused as refused:
            # A second peer for a BIG-IP is already reported, with the options that the inventory has.
            known = [
                f"{item['kind']} {_name(item)} names the same peer"
                for item in foreign.second_peers(fabric, self.fabrics, seen)
            ]
            self.problems += [line for line in refused.problems if not any(each in line for each in known)]

    def _blockers(self) -> list[str]:
        seen, options = self._seen, self._options
        found = foreign.problems(self._fabric, self.fabrics, self._topology, self.resources, seen)
        found += cluster_facts.mismatches(self._intent["nodes"], seen, options.allow_as_change)
        if not (options.routed_underlay or self._fabric.routed):
            bigips = [unit.bgp_address for unit in self._fabric.bigips]
            found += cluster_facts.unreachable_nodes(seen["nodes"], bigips)
        if self.restart_pending and not options.rolling_restart:
            found.append(UNFINISHED_RESTART)
        return found + password.problems(seen.get("password") or ())

    def _predicted(self) -> apply.Outcome:
        options = self._options
        nodes = self._seen["nodes"]
        retired = topology_steps.retired_reflectors(self._topology, nodes)
        resources = topology_steps.joined(self.resources, retired, self.pools)
        request = apply.Request(
            # A node that is missing in the cluster is reported separately.
            tuple(each for each in resources if each["kind"] != "Node" or _name(each) in nodes),
            owner=OWNER,
            prune=options.pruned_kinds,
            vip_ranges=self._fabric.vip_ranges,
            allow=frozenset(("mesh_off", *(("listen_change",) if options.rolling_restart else ()))),
            replace_owned=True,
            fabrics=self.fabrics,
        )
        return apply.run(t.cast("apply.Calicoctl", observe.Recorded(self._seen)), request, check_mode=True)

    @property
    def objects(self) -> list[dict[str, t.Any]]:
        """The planned action for each object that differs."""
        return [item for item in self.outcome.objects if item["result"] != "unchanged"]

    @property
    def password(self) -> list[t.Mapping[str, str]]:
        """The objects of the password that differ."""
        return [item for item in self._seen.get("password") or () if item["action"] != "none"]

    @property
    def has_work(self) -> bool:
        return bool(self.objects or self.password or self.restart_due or self.restart_pending)

    @property
    def diff(self) -> dict[str, str]:
        """The objects that differ, before and after, as text."""
        changed = {(item["kind"], item["name"]) for item in self.objects}
        sides = (self.outcome.before, self.outcome.after)
        before, after = ([each for each in side if (each["kind"], _name(each)) in changed] for side in sides)
        return {"before": apply.diff_text(before), "after": apply.diff_text(after)}

    @property
    def notes(self) -> list[str]:
        """Which existing objects that this collection did not create are changed, because the inventory names them."""
        there = {(item["kind"], _name(item)): item for item in self.outcome.before}
        taken = [
            f"{item['kind']} {item['name']}"
            for item in self.objects
            if (old := there.get((item["kind"], item["name"]))) and not is_managed(old) and item["kind"] != "Node"
        ]
        return [f"Calico: the inventory names what exists and is changed: {', '.join(taken)}"] if taken else []

    @property
    def advice(self) -> list[str]:
        """Recommendations about the size of the topology."""
        return topology.advice(self._intent, self._topology)

    @property
    def restart_due(self) -> bool:
        """Whether listenPort or bindMode are to change."""
        return listen_port.restart_is_due(self._configurations, self._options.listen)

    @property
    def restart_pending(self) -> bool:
        """Whether an earlier run changed them and did not restart every node."""
        return listen_port.restart_is_pending(self._seen["resources"]["BGPConfiguration"])

    @property
    def blocks(self) -> t.Mapping[str, t.Sequence[str]]:
        """Node -> the networks of its pods."""
        return self._seen["ipam"]["by_node"]

    @property
    def sessions(self) -> topology.Wanted:
        """The sessions in the final state."""
        return topology.Sessions(self._intent, self._topology).final()

    @cached_property
    def restart_peers(self) -> dict[str, list[str]]:
        """The sessions of each node in the final state, by address, in the order of a rolling restart."""
        return expectations.restart_peers(self._intent, self._options.min_reflectors)

    @property
    def stages(self) -> list[dict[str, t.Any]]:
        """The stages before the pools. They delete only what is the fabric's."""
        seen = self._seen
        found = topology_steps.described(
            topology_steps.stages(self._intent, self._base, self._topology, seen["nodes"], seen["mesh"])
        )
        ours = {(item["kind"], _name(item)) for item in foreign.owned(self.fabrics, seen)}
        return [
            stage | {"gone": [item for item in stage["gone"] if (item["kind"], _name(item)) in ours]} for stage in found
        ]

    def asked(self, most: int) -> list[str]:
        """The nodes to read while waiting: of more than ``most`` a sample that includes all route reflectors; 0: all.

        A reflector's own report has its sessions with every other node.
        """
        names = [node["name"] for node in self._intent["nodes"]]
        reflectors = {name for name, node in self._seen["nodes"].items() if node.get("route_reflector_cluster_id")}
        kept = {*sample(names, most or len(names)), *reflectors, *self._topology.reflectors}
        return [name for name in names if name in kept]

    @property
    def may_know_vips(self) -> bool:
        """Whether nodes may have routes to VIPs now: only with a BGPPeer."""
        return bool(self._seen["resources"]["BGPPeer"])

    def known_vips(self, states: t.Mapping[str, t.Any]) -> list[str]:
        """The VIP routes that nodes have now. ``states`` is ``nodes`` of calico_bgp_status."""
        return expectations.known_vips(self._intent, states)

    def held_back(self, states: t.Mapping[str, t.Any]) -> list[str]:
        """Foreign sessions that are down, for which a restarted BIRD would delay its routes."""
        return listen_port.held_back(states, self.restart_peers)


def _name(resource: Resource) -> str:
    return str(resource["metadata"]["name"])


def make(fabric: Fabric, observation: t.Mapping[str, t.Any], options: Options | None = None) -> Plan:
    """The plan for the fabric.

    :param observation: what ``observe.read`` returned, with nodes, IPAM and installation
    """
    return Plan(fabric, observation, options or Options())
