# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make Calico peer with the BIG-IPs and switch encapsulation off: plan, and only if something differs, write."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.calico import fabric_plan
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.listen_port import RESTART_MARK
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.topology import Wanted
from ansible_collections.podroute.calico_f5.plugins.module_utils.calico.written import Written
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.calico_observation import (
    OBSERVED,
    TURN_SECRET,
    forget_turns,
    observe_calico,
    observed_calico,
    password_options,
)
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.connections import calico_connection
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.site_run import CALICO, record_passwords
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, Step, StepFailed

CHANGES = "changes-calico"  # file name in the working folder
PLANNED = [field.name for field in dataclasses.fields(fabric_plan.Options)]


class ActionModule(Step):
    WRITES = "calico_bgp"

    SPEC = {
        "argument_spec": {
            "intent": {"type": "dict"},
            "min_reflectors": {"type": "int", "default": 2},
            "prune": {"type": "bool", "default": True},
            "allow_as_change": {"type": "bool", "default": False},
            "routed_underlay": {"type": "bool", "default": False},
            "listen_port": {"type": "int", "default": 0},
            "bind_mode": {"type": "str", "choices": ["", "None", "NodeIP"], "default": ""},
            "rolling_restart": {"type": "bool", "default": False},
            "restart_batch_size": {"type": "int", "default": 1},
            "restart_script": {"type": "str", "default": ""},
            "restart_ignore_down_peers": {"type": "bool", "default": False},
            "exec": {"type": "bool", "default": False},
            "wait_timeout": {"type": "int", "default": 300},
            "node_sample": {"type": "int", "default": 50},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        self.options = options
        if options["intent"]:
            self.fabric = Fabric.from_dict(options["intent"])
        fresh = not (self.folder and self.folder.has(OBSERVED))
        plan = self._plan(observed_calico(self))
        if plan.has_work and not fresh and not self._task.check_mode:
            plan = self._plan(self._observed_now())
        result = {
            "changed": plan.has_work,
            "objects": plan.objects,
            "password": [dict(item) for item in plan.password],
            "advice": plan.advice,
            "diff": _headed(plan.diff),
        }
        if plan.has_work:
            for sentence in plan.advice:
                self.display.display(f"Note: {sentence}")
            result["warnings"] = self._resets(plan)
            if not self._task.check_mode:
                self._write(plan, result)
        return result

    def _resets(self, plan: fabric_plan.Plan) -> list[str]:
        """The sessions that are reset. A password that every BIG-IP got in its turn only moves to its own key."""
        turned = bool(self.folder and self.folder.has(TURN_SECRET))
        return [line for line in plan.outcome.resets if not (turned and ": changing password resets " in line)]

    def _plan(self, observation: Mapping[str, Any]) -> fabric_plan.Plan:
        options = fabric_plan.Options(**{name: self.options[name] for name in PLANNED})
        plan = fabric_plan.make(self.fabric, observation, options)
        if plan.problems:
            raise Refused(plan.problems, "Calico was not changed")
        return plan

    def _observed_now(self) -> dict[str, Any]:
        return self._succeeded(observe_calico(self), "Calico cannot be read")

    # ---- writing -----------------------------------------------------------------------------------

    def _write(self, plan: fabric_plan.Plan, result: dict[str, Any]) -> None:
        """Carry out the plan in an order in which every node keeps a path to every other node and to the BIG-IPs."""
        self.wrote: dict[str, Any] = {"changed": False}
        self.settled = False  # whether the expected state was reached after the last write
        self.written = Written()
        self.fabrics, self.blocks = plan.fabrics, plan.blocks
        self.vips: list[str] = []
        self.asked = plan.asked(self.options["node_sample"])
        if len(self.asked) < len(self.fabric.nodes):
            self.display.display(
                f"Note: {len(self.asked)} of {len(self.fabric.nodes)} nodes are read after each step "
                "(calico_bgp_node_sample); verification uses its own sample."
            )
        password = password_options(self)
        wanted = password["state"] == "present"
        replaced = [
            item for item in plan.password if item["kind"] == "Secret" and item["action"] in ("update", "delete")
        ]
        record_passwords(self, CALICO, [f"Secret {item['namespace']}/{item['name']}" for item in replaced])
        if plan.password and wanted:
            self._module("calico_bgp_password", password, "The password cannot be stored")
        if plan.restart_pending:
            # Until every node has restarted, sessions are missing that the stages would wait for.
            self._listen(plan, {})
        if plan.may_know_vips or plan.restart_due:
            states = self._states([node.name for node in self.fabric.nodes] if plan.restart_due else self.asked)
            self.vips = plan.known_vips(states)
            self._check_restart(plan, states)
        for stage in plan.stages:
            self._stage(stage)
        self._resources("Encapsulation cannot be switched off", plan.pools, vip_ranges=list(self.fabric.vip_ranges))
        if self.options["prune"]:
            kinds = list(fabric_plan.Options().pruned_kinds)
            self._resources("Unused peers and filters cannot be removed", plan.resources, state="pruned", prune=kinds)
        if plan.restart_due:
            self._listen(plan, fabric_plan.Options(**{name: self.options[name] for name in PLANNED}).listen)
        if plan.password and not wanted:
            self._module("calico_bgp_password", password, "The password cannot be removed")
        self._succeeded(forget_turns(self), "The Secret still has a second key")
        if self._shell or not self.settled:
            self._wait(plan.sessions, "kernel" if self._shell else "best", "after the last change")
        if self.folder:
            self.folder.save(CHANGES, [{"title": "Calico", **self.written.diff}])
            self._observed_now()
        result["changed"] = bool(self.wrote["changed"])
        result["diff"] = _headed(self.written.diff)  # what was done, not what was planned

    def _check_restart(self, plan: fabric_plan.Plan, states: Mapping[str, Any]) -> None:
        if not plan.restart_due or self.options["restart_ignore_down_peers"]:
            return
        problems = plan.held_back(states)
        if problems:
            problems.append(
                "a restarted BIRD announces nothing until all its sessions are established, or for 240 s, and its "
                "peers keep its routes for 120 s only: remove these peers, establish their sessions, or set "
                "calico_bgp_restart_ignore_down_peers: true"
            )
            raise Refused(problems, "Calico was not changed")

    def _stage(self, stage: Mapping[str, Any]) -> None:
        name = stage["name"]
        if stage["required"]:
            self._wait(stage["required"], "replaced", f"before the step '{name}'")
        failed = f"The step '{name}' failed"
        self._resources(failed, stage["resources"], allow=stage["allow"], replace_owned=True)
        if stage["gone"]:
            self._resources(failed, stage["gone"], state="deleted")
        if stage["wait"]:
            self._wait(stage["wait"], "best", f"after the step '{name}'")

    def _listen(self, plan: fabric_plan.Plan, listen: Mapping[str, Any]) -> None:
        """Set listenPort and bindMode, and restart BIRD, which reads them only at its start.

        The mark is removed last, so that the next run completes an interrupted restart.
        """
        failed = "listenPort and bindMode cannot be set"
        self._resources(failed, [_configuration("needed", listen)], allow=["listen_change"])
        script = self.options["restart_script"]
        self._module(
            "calico_node_restart",
            {
                "peers": plan.restart_peers,
                "batch_size": self.options["restart_batch_size"],
                "script": script or None,
                "node_command": self._node_command if script else [],
                "step_timeout": self.options["wait_timeout"],
            },
            "calico-node cannot be restarted",
        )
        self._resources(failed, [_configuration(None)])

    # ---- modules -----------------------------------------------------------------------------------

    @property
    def _node_command(self) -> list[str]:
        return list(self.variable("node_command", []))

    @property
    def _shell(self) -> bool:
        return bool(self.options["exec"] or self._node_command)

    def _states(self, names: list[str]) -> dict[str, Any]:
        given = {"nodes": names, "expect": self._network(Wanted({}), "best")}
        return dict(self._module("calico_bgp_status", given, "The BGP state of the nodes cannot be read")["nodes"])

    def _wait(self, sessions: Wanted, routes: str, when: str) -> None:
        """Wait until the sessions are established, every node has routes to all pods of the others, and the VIP routes
        remain.

        :param routes: which routes to pods count, see the module calico_bgp_status
        """
        wanted = {
            "peers": {name: list(sessions.peers[name]) for name in self.asked if name in sessions.peers},
            "routes": {name: self.vips for name in self.asked},
            "timeout": self.options["wait_timeout"],
        }
        # The module accepts only one of the two. The inventory's command needs no pod on the node.
        command = self._node_command
        shell = {"node_command": command} if command else {"exec": self.options["exec"]}
        given = {"nodes": self.asked, "expect": self._network(sessions, routes), "wait_for": wanted, **shell}
        self._module("calico_bgp_status", given, f"Sessions or routes are missing {when}")
        self.settled = True

    def _network(self, sessions: Wanted, routes: str) -> dict[str, Any]:
        """The state that calico_bgp_status expects of every node."""
        nodes = {node.name: node.node_ip for node in self.fabric.nodes}
        return {
            "nodes": nodes,
            "blocks": {name: list(held) for name, held in self.blocks.items()},
            "mesh": bool(sessions.mesh),
            "outside_mesh": [name for name in nodes if name not in sessions.mesh] if sessions.mesh else [],
            "routes": routes,
        }

    def _resources(self, failed: str, resources: list[dict[str, Any]], **arguments: Any) -> None:
        given = {"resources": resources, "fabrics": list(self.fabrics), **arguments}
        self.written.add(self._module("calico_resources", given, failed))

    def _module(self, name: str, arguments: Mapping[str, Any], failed: str) -> dict[str, Any]:
        answer = self.call(name, {**calico_connection(self), **arguments})
        if answer.get("changed"):
            self.wrote["changed"], self.settled = True, False
        return self._succeeded(answer, failed)

    def _succeeded(self, answer: dict[str, Any], failed: str) -> dict[str, Any]:
        if answer.get("failed"):
            changed = bool(getattr(self, "wrote", {}).get("changed"))
            raise StepFailed(f"{failed}: {answer.get('msg')}", changed=changed)
        return answer


def _headed(diff: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"before_header": "", "after_header": "", **diff}] if any(diff.values()) else []


def _configuration(mark: str | None, spec: Mapping[str, Any] | None = None) -> dict[str, Any]:
    metadata = {"name": "default", "annotations": {RESTART_MARK: mark}}
    return {"kind": "BGPConfiguration", "metadata": metadata, "spec": dict(spec or {})}
