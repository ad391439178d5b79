# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove nodes, BIG-IPs or the whole fabric from BGP: the cluster first, so that nodes stop using a BIG-IP's routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.decommission import cluster, unit
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import lock
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection, calico_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import (
    Refused,
    Step,
    StepFailed,
    diffs_of,
    host_names,
)

PLAN = "decommission"  # file name in the working folder


class ActionModule(Step):
    SPEC: ClassVar[dict[str, Any]] = {
        "argument_spec": {
            "state": {"type": "str", "choices": ["planned", "removed"], "required": True},
            "hosts": {"type": "raw", "default": []},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The plan, or the result of the removal."""
        self.site = SiteRun(self)
        self.diffs: list[Any] = []
        self.changed = False
        result = self._planned(options["hosts"]) if options["state"] == "planned" else self._removed()
        if self.diffs and self._task.diff:
            result["diff"] = self.diffs
        return result | ({"warnings": self.site.warnings} if self.site.warnings else {})

    # ---- plan --------------------------------------------------------------------------------------

    def _planned(self, hosts: Any) -> dict[str, Any]:
        """Read both sides and plan. :raises Refused: with everything that must be done first"""
        self.site.begin()
        try:
            fabric = self.fabric
            problems, found = [], {}
            for bigip in fabric.bigips:
                wanted = {"gather_subset": ["config", "failover"], "route_domain": bigip.route_domain}
                found[bigip.name] = self._bigip(bigip.name, "bigip_bgp_info", wanted)
                if found[bigip.name].get("failed"):
                    problems.append(f"{bigip.name} cannot be read: {found[bigip.name].get('msg')}")
            states = {name: (info.get("failover") or {}).get("state") for name, info in found.items()}
            calico = self.call("calico_info", calico_connection(self) | {"kinds": ["BGPPeer", "BGPFilter"]})
            planned = cluster.plan(fabric, host_names(hosts), calico, self._pods(problems), states)
            if problems + planned.problems:
                raise Refused([*problems, *planned.problems])
            if not self.check_mode:
                self.site.take_lease()
        except (Refused, lock.Held):
            self.site.leave()
            raise
        configs = {name: info["config"] for name, info in found.items()}
        self.site.folder.save(PLAN, {"plan": vars(planned), "configs": configs})
        return {key: value for key, value in vars(planned).items() if key != "problems"}

    def _pods(self, problems: list[str]) -> list[dict[str, Any]]:
        answer = self.call("k8s_objects_info", self._kubernetes() | {"queries": [{"kind": "Pod"}]})
        if answer.get("failed"):
            problems.append(f"the pods cannot be read: {answer.get('msg')}")
            return []
        return list(answer["results"][0]["resources"])

    # ---- remove ------------------------------------------------------------------------------------

    def _removed(self) -> dict[str, Any]:
        """Remove what was planned. :raises StepFailed: a removal failed; run it again after fixing the cause"""
        if self.folder is None or not self.folder.has(PLAN):
            raise StepFailed("Nothing was changed: this run has no plan. Run the whole playbook: decommission.yml")
        saved = self.folder.load(PLAN)
        planned = cluster.Plan(**saved["plan"])
        notes = list(planned.notes)
        try:
            self._from_cluster(planned)
            for bigip in self.fabric.bigips:
                if bigip.name in planned.units or planned.nodes:
                    notes += self._from_bigip(bigip, planned, saved["configs"][bigip.name])
        finally:
            self.site.leave()
        if planned.everything:
            self.site.delete_lease()
        for note in notes:
            self.display.display(f"Note: {note}")
        return {"changed": self.changed, "notes": notes}

    def _from_cluster(self, planned: cluster.Plan) -> None:
        if planned.resources:
            options = calico_connection(self) | {"resources": planned.resources, "state": "deleted"}
            self._done("Calico", self.call("calico_resources", options))
        secret = self.fabric.password_secret
        if planned.everything and secret and not planned.keeps_secret:
            options = self._kubernetes() | {"state": "absent", "name": secret.name}
            self._done("the Secret of the BGP password", self.call("calico_bgp_password", options))

    def _from_bigip(self, bigip: Any, planned: cluster.Plan, config: Mapping[str, Any]) -> list[str]:
        """Withdraw its VIPs and remove its BGP configuration; the notes on what stays."""
        names = self.fabric.names
        removal = (
            unit.of_fabric(config, self.fabric)
            if bigip.name in planned.units
            else unit.of_nodes(config, names, planned.nodes)
        )
        domain = {"route_domain": bigip.route_domain}
        # On a pair they belong to the other unit too, so they stay until everything is removed.
        vips = []
        for vip in self.fabric.as_dict()["vips"] if planned.everything else ():
            if unit.announced(config, removal, vip["address"]):
                removal.notes.append(f"{vip['address']} is announced by other configuration too: it remains advertised")
            else:
                vips.append({**vip, "route_advertisement": "disabled"})
        if vips:
            self._write(bigip.name, "bigip_virtual_address", domain | {"virtual_addresses": vips})
        if removal.shared:
            self._write(bigip.name, "bigip_bgp", domain | {"state": "replaced", "route_maps": removal.shared})
        if removal.config or removal.prefix_lists or removal.route_maps:
            parts = {key: getattr(removal, key) or None for key in ("config", "prefix_lists", "route_maps")}
            self._write(bigip.name, "bigip_bgp", domain | parts | {"state": "deleted"})
        if removal.whole:
            named = {"name": bigip.self_ip_name} if bigip.self_ip_name else {"address": bigip.bgp_address}
            closed = {"allow_service": ["tcp:179"], "state": "absent"}
            self._write(bigip.name, "bigip_self_ip", domain | named | closed)
            stopped = {"id": bigip.route_domain, "routing_protocol": ["BGP"], "state": "absent"}
            self._write(bigip.name, "bigip_route_domain", stopped)
        return [f"{bigip.name}: {note}" for note in removal.notes]

    # ---- modules -----------------------------------------------------------------------------------

    def _bigip(self, host: str, module: str, options: dict[str, Any]) -> dict[str, Any]:
        return self.call(module, bigip_connection(self, host) | options, here=True)

    def _write(self, host: str, module: str, options: dict[str, Any]) -> None:
        self._done(host, self._bigip(host, module, options))

    def _done(self, side: str, answer: Mapping[str, Any]) -> None:
        """Add a module's result. :raises StepFailed: it failed"""
        self.changed = self.changed or bool(answer.get("changed"))
        self.diffs += diffs_of(answer)
        if answer.get("failed"):
            raise StepFailed(f"{side}: {answer.get('msg')}. Fix the cause and run it again", changed=self.changed)

    def _kubernetes(self) -> dict[str, Any]:
        return {"kubeconfig": self.variable("kubeconfig"), "context": self.variable("kube_context")}
