# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change of one drained host in a run of site.yml: a node on every BIG-IP and in Calico, or a BIG-IP in Calico."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import foreign, one_peer
from ansible_collections.podroute.calico_f5.plugins.module_utils.drain import turn
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import BigIp, Node
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.calico_observation import (
    TURN_MANAGER,
    TURN_SECRET,
    observe_calico,
    observed_calico,
    password_options,
)
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import bigip_connection, calico_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.reading import Reader
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import SiteRun, record_change
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step, StepFailed

SUBSETS = ["route_domain", "config"]
ROLE = "calico_bgp"


class ActionModule(Step):
    SPEC: ClassVar[dict[str, Any]] = {
        "argument_spec": {
            "state": {"type": "str", "choices": ["planned", "evicted", "changed", "released"], "required": True},
            "host": {"type": "str", "default": ""},
            "timeout": {"type": "int", "default": 300},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """One step of a turn. Without a host, the nodes that need one. :raises StepFailed: a module failed"""
        self.as_control_host()
        self.site, self.changed = SiteRun(self), False
        nodes = {node.name: node for node in self.fabric.nodes}
        host, state = options["host"], options["state"]
        steps: Mapping[str, Callable[[], dict[str, Any]]] = {
            "planned": lambda: self._resets(self.fabric.bigip(host)) if host else self._nodes(),
            "evicted": lambda: self._pods(host, "drained", options["timeout"]),
            "changed": lambda: self._node(nodes[host]) if host in nodes else self._peer(self.fabric.bigip(host)),
            "released": lambda: self._pods(host, "active", options["timeout"]),
        }
        if state == "planned":
            return steps[state]()
        with self.site.held(True):
            found = steps[state]()
        return {"changed": self.changed, **found, **({"warnings": self.site.warnings} if self.site.warnings else {})}

    # ---- what is due -------------------------------------------------------------------------------

    def _nodes(self) -> dict[str, Any]:
        """The nodes whose sessions this run resets."""
        if not all(self.site.includes(role) for role in ("f5_routing", ROLE)):
            return {"nodes": []}
        with Reader(self) as reader:
            return {"nodes": turn.nodes(reader.observed(SUBSETS), observed_calico(self)["nodes"])}

    def _resets(self, unit: BigIp) -> dict[str, Any]:
        """The fields of a BIG-IP's BGPPeer that reset its sessions."""
        return {"resets": one_peer.resets(self.fabric, unit, observed_calico(self)) if self._calico_too else []}

    @property
    def _calico_too(self) -> bool:
        return self.site.includes(ROLE)

    # ---- a node ------------------------------------------------------------------------------------

    def _pods(self, node: str, state: str, timeout: int) -> dict[str, Any]:
        connection = calico_connection(self)
        given = {key: connection.get(key) for key in ("kubeconfig", "context")}
        answer = self._written("k8s_node_drain", {**given, "name": node, "state": state, "wait_timeout": timeout})
        return {"pods": answer.get("pods") or []}

    def _node(self, node: Node) -> dict[str, Any]:
        """Its neighbor on every BIG-IP, whose session is shut down, then its AS number in Calico."""
        with Reader(self) as reader:
            seen = reader.observed(SUBSETS)
        for unit in self.fabric.bigips:
            password = self.variable("bgp_password", host=unit.name)
            options = turn.neighbor(self.fabric, unit, seen.bigip(unit).raw.get("config") or {}, node, password)
            if options:
                connection = bigip_connection(self, unit.name)
                self._written("bigip_bgp", {**connection, "route_domain": unit.route_domain, **options}, here=True)
                record_change(self, "f5_routing", unit.name)
        self._resources([turn.resource(node)])
        return {}

    # ---- a BIG-IP ----------------------------------------------------------------------------------

    def _peer(self, unit: BigIp) -> dict[str, Any]:
        """Its BGPPeer, with the password that the BIG-IP has now."""
        if self._calico_too:
            seen = observed_calico(self)
            self._resources(one_peer.change(self.fabric, unit, seen, self._password(seen)))
        return {}

    def _password(self, seen: Mapping[str, Any]) -> tuple[str, str] | None:
        """The Secret's name and key with the new password; None if that is where it will be at the end.

        While another BIG-IP still has the old one, the new one has a key of its own.
        """
        options = password_options(self)
        secret = next((item for item in seen.get("password") or () if item["kind"] == "Secret"), None)
        if options["state"] != "present" or secret is None or secret["action"] == "none":
            return None
        if secret["action"] == "create":
            self._written("calico_bgp_password", {**calico_connection(self), **options})
            return None
        key = f"{options['key']}-next"
        metadata = {"name": secret["name"], "namespace": secret["namespace"]}
        value = base64.b64encode(str(options["password"]).encode()).decode()
        definition = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {key: value}}
        connection = calico_connection(self)
        given = {name: connection.get(name) for name in ("kubeconfig", "context")}
        self._written("k8s_objects", {**given, "definitions": [definition], "field_manager": TURN_MANAGER})
        if self.folder:
            self.folder.save(TURN_SECRET, metadata)
        return secret["name"], key

    # ---- writing -----------------------------------------------------------------------------------

    def _resources(self, resources: list[dict[str, Any]]) -> None:
        fabrics = list(foreign.fabrics(self.fabric, observed_calico(self)))
        given = {"resources": resources, "fabrics": fabrics}
        if resources and self._written("calico_resources", {**calico_connection(self), **given}).get("changed"):
            record_change(self, ROLE, self.site.control_host)
            observe_calico(self)

    def _written(self, module: str, arguments: Mapping[str, Any], here: bool = False) -> dict[str, Any]:
        """The result of a module. :raises StepFailed: it failed"""
        answer = self.call(module, arguments, here=here)
        self.changed = self.changed or bool(answer.get("changed"))
        if answer.get("failed"):
            raise StepFailed(f"{module}: {answer.get('msg')}", changed=self.changed)
        return answer
