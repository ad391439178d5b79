# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first step of a run: create its folder, read both sides once, and fail with all problems of all stages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import fabric_plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.problem import (
    InventoryError,
    Problem,
    grouped,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import notes as intent
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import folder, guard
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import modes, preflight
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.observed import Observed
from ansible_collections.podroute.calico_f5.plugins.plugin_utils import controller, routing_plan
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.calico_observation import OBSERVED, observe_calico
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.inventory_check import inventory_problems
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.reading import (
    NODE,
    Reader,
    part,
    query,
    results,
    unusable,
)
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import FABRIC, Refused, Step, StepFailed

SUBSETS = ["device", "route_domain", "self_ips", "static_routes", "config", "failover", "preflight",
           "partitions", "virtual_addresses", "observation"]  # fmt: skip

ORDER = "fabric_bigip_order"  # a fact of the control host: the order in which site.yml configures BIG-IPs
OVERLAP = "overlaps the VIP range"  # a problem of the inventory that Calico's plan finds as well
CONTROLLER = "bigip_ctlr"  # the tag of its role

_CONVERT = {bool: boolean, int: int, str: str}


class ActionModule(Step):
    """See the documentation of the module fabric_preflight."""

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The notes. :raises Refused: with all problems"""
        if not self.folder:
            self.folder = self._begin()
        self.folder.save(guard.PREFLIGHT, {"passed": False})
        problems, fabric, whole = inventory_problems(self.variables["hostvars"], self.variables["groups"])
        if fabric is None:
            raise Refused(grouped(problems))
        self._beforehand: list[str] = []
        self.fabric = fabric  # for all that reads here, although it may have problems
        self._overlap = any(one.variable in ("pod_pools", "vip_ranges") for one in problems)
        if not problems:
            self.folder.save(FABRIC, fabric.as_dict())
        found: list[Problem | str] = [*problems]
        observed: dict[str, Any] = {}
        for stage in (self._read, self._both_sides, self._controller):
            try:
                found += stage(fabric, observed, whole)
            except Exception:  # it reads variables, of which some are wrong
                if not problems:
                    raise
        if found:
            raise Refused(grouped(found))
        self.folder.save(guard.PREFLIGHT, {"passed": True})
        notes = [*intent.notes(fabric), *preflight.notes(fabric, observed), *self._beforehand]
        for note in notes:
            self.display.display(f"Note: {note}")
        seen = Observed(fabric, observed)
        order = modes.order(seen.bigip(unit) for unit in fabric.bigips)
        return {"notes": notes, "ansible_facts": {ORDER: order}}

    def _both_sides(self, fabric: Fabric, observed: dict[str, Any], whole: bool) -> list[str]:
        """Problems of both sides, and of what would be written on them."""
        if not whole:
            return preflight.problems(fabric, observed, whole=False)
        for name, result in observed["bigips"].items():
            result["allow_as_change"] = self._read_as(bool, "f5_routing_allow_as_change", name)
        observed["routed_underlay"] = self._read_as(bool, "calico_bgp_routed_underlay")
        sides = preflight.problems(fabric, observed, self._planned(fabric, observed["calico"]))
        return [*sides, *self._routing(fabric, observed, sides)]

    def _read_as(self, kind: type, name: str, host: str | None = None) -> Any:
        """The variable of a role in its type; None if it is not set, or if it is wrong, which is a problem already."""
        try:
            value = self.variable(name, None, host)
            return None if value is None else _CONVERT[kind](value)
        except (AnsibleError, TypeError, ValueError):
            return None

    def _is_part(self, role: str) -> bool:
        """Whether a role is part of this run, by its tag."""
        chosen, left = (set(self.variable(name, ())) for name in ("ansible_run_tags", "ansible_skip_tags"))
        return role not in left and not (chosen and not chosen & {"all", role})

    def _routing(self, fabric: Fabric, observed: dict[str, Any], sides: Iterable[str]) -> Iterator[str]:
        """Why f5_routing could not configure a BIG-IP that has no other problem, if it is part of this run."""
        if not self._is_part("f5_routing"):
            return
        for name, result in observed["bigips"].items():
            if not any(line.startswith(f"{name}: ") for line in sides):
                problems, notes = routing_plan.preview(self, fabric, name, result)
                self._beforehand += [f"{name}: {line}" for line in notes]
                yield from (f"{name}: {line}" for line in problems)

    def _controller(self, _fabric: Fabric, _observed: dict[str, Any], whole: bool) -> list[str]:
        """Why k8s-bigip-ctlr would not work, if it is part of this run."""
        if not whole or not self._is_part(CONTROLLER):
            return []
        return controller.preflight(self, str(self.variable("fabric_control_host", "localhost")))[1]

    def _begin(self) -> folder.Folder:
        """The working folder of a run that is not one of site.yml."""
        try:
            return folder.begin(self.runs, self.process)
        except OSError as error:
            raise StepFailed(
                f"fabric_run_dir is {self.runs}, which cannot be written ({error.strerror}); "
                "set it to a folder that the user who runs Ansible can write"
            ) from None

    def _read(self, fabric: Fabric, observed: dict[str, Any], _whole: bool) -> list[str]:
        """Read both sides into ``observed``, and save them in the folder for the steps that follow."""
        working = self.folder or self._begin()
        with Reader(self) as reader:
            units = {
                unit.name: reader.bigip(
                    unit, gather_subset=SUBSETS, bgp_password=self.variable("bgp_password", None, unit.name)
                )
                for unit in fabric.bigips
            }
            try:
                calico = observe_calico(self)
                if calico.get("failed"):  # perhaps there is another network than Calico's, which the nodes show
                    observed["nodes"] = part(reader.objects(query(NODE, metadata_only=True)).result(), 0)
            except InventoryError as error:
                calico = unusable(error)
            observed["calico"] = calico
            observed["bigips"] = results(units)
        for name, result in observed["bigips"].items():
            working.save(f"observed-bigip-{name}", result)
        working.save(OBSERVED, observed["calico"])
        return []

    def _planned(self, fabric: Fabric, calico: dict[str, Any]) -> list[str]:
        """The problems of the plan that the role calico_bgp would make."""
        if calico.get("failed"):
            return []
        options = {}
        for field in dataclasses.fields(fabric_plan.Options):
            value = self._read_as(type(field.default), f"calico_bgp_{field.name}")
            if value is not None:
                options[field.name] = value
        plan = fabric_plan.make(fabric, calico, fabric_plan.Options(**options))
        self._beforehand += [] if plan.problems else plan.notes
        return [line for line in plan.problems if not (self._overlap and "spec.cidr" in line and OVERLAP in line)]
