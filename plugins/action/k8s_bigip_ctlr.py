# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the role bigip_ctlr: preflight, apply, verify."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import (
    bigip_state,
    leftovers,
    logs,
    manifests,
    rollout,
)
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import plan as planning
from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.settings import CONFIGMAP, Unit
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.controller import SETTLED, Controller, preflight
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Refused, Step, StepFailed

CHANGES = "changes-cis"  # file name in the working folder
POLL = 2.0  # seconds between two readings
NOTHING = {"changed": False, "objects": [], "operations": [], "diff": [], "verify": False, "existed": []}


class ActionModule(Step):
    WRITES = "bigip_ctlr"
    SPEC = {
        "argument_spec": {
            "step": {"type": "str", "choices": ["preflight", "apply", "verify"], "default": "apply"},
            "existed": {"type": "list", "elements": "list", "default": []},
        }
    }
    sleep = staticmethod(time.sleep)

    def writes(self, options: dict[str, Any]) -> bool:
        """Preflight only reads."""
        return options["step"] != "preflight"

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """Do one step; nothing without a controller in the inventory."""
        if options["step"] == "preflight":
            seen, problems = preflight(self)
            if problems:
                raise Refused(problems)
            return {"wanted": seen is not None}
        controller = Controller(self)
        if not controller.wanted:
            return {**NOTHING, "wanted": False}
        verify = options["step"] == "verify"
        result = self._verify(controller, options["existed"]) if verify else self._apply(controller)
        return {**NOTHING, "wanted": True, **result}

    # ---- apply -------------------------------------------------------------------------------------

    def _apply(self, controller: Controller) -> dict[str, Any]:
        early = controller.problems(None)
        if early:
            raise Refused(early)
        before = controller.observed()
        seen = before or controller.observe()
        problems = controller.problems(seen)
        if problems:
            raise Refused(problems)
        if controller.absent:
            return self._written(controller, self._remove(controller, seen))
        plan = self._plan(controller, seen)
        if not plan.empty and before:
            seen = controller.observe()
            plan = self._plan(controller, seen)
        if plan.empty:
            return {"verify": not self._task.check_mode and (not plan.ready or bool(plan.advertised))}
        existed = [list(place) for place in leftovers.places(seen["owned"], controller.settings)]
        written = self._written(controller, self._install(controller, plan, seen))
        verify = not self._task.check_mode and (written["changed"] or not plan.ready)
        return {"verify": verify, "existed": existed, **written}

    def _plan(self, controller: Controller, seen: Mapping[str, Any]) -> planning.Plan:
        return planning.plan(controller.settings, seen, seen["bigips"], controller.definitions)

    def _written(self, controller: Controller, results: list[dict[str, Any]]) -> dict[str, Any]:
        """The combined result of all writes. Observations from before are outdated."""
        joined = {key: [item for result in results for item in result.get(key) or ()]
                  for key in ("objects", "operations", "diff")}  # fmt: skip
        changed = any(result["changed"] for result in results)
        if changed and not self._task.check_mode:
            controller.forget()
            if self.folder:
                entries = [{"title": item["before_header"], "before": item["before"], "after": item["after"]}
                           for item in joined["diff"]]  # fmt: skip
                self.folder.save(CHANGES, entries)
        return {"changed": changed, **joined}

    def _install(self, controller: Controller, plan: planning.Plan, seen: Mapping[str, Any]) -> list[dict[str, Any]]:
        settings = controller.settings
        results = [controller.objects(plan.definitions)]
        if plan.emptied:
            # The controller of the earlier mode is removed first: it would restore what is removed.
            gone = [item for item in seen["owned"] if item["kind"] == "Deployment"]
            results.append(self._delete(controller, gone))
            results += self._empty(controller, plan.emptied)
        for bigip, partitions in plan.partitions.items():
            for name, domain in partitions.items():
                options = {"route_domain": domain} if domain else {}
                results.append(self._partition(controller, bigip, name, **options))
        objects = plan.objects
        if plan.secret:
            definition = manifests.secret(settings, controller.username, controller.password or "")
            results.append(controller.objects([definition]))
            if not self._task.check_mode:
                fresh = controller.observe()
                objects = self._plan(controller, fresh).objects
        # In check mode, the kinds that a run would have defined by now are taken from their definitions.
        foreseen = plan.definitions if self._task.check_mode else []
        applied = controller.objects([*foreseen, *objects])
        results.append(_without(applied, len(foreseen)))
        restarted = any(one["changed"] and one["object"].startswith("Deployment ") for one in applied["objects"])
        if plan.stale and restarted and not self._task.check_mode:
            self._wait_for_earlier_pods(controller)
        results.append(self._delete(controller, plan.stale))
        results.append(controller.objects(plan.unlabelled))
        return results

    def _remove(self, controller: Controller, seen: Mapping[str, Any]) -> list[dict[str, Any]]:
        first, rest, then = planning.removal(controller.settings, seen)
        results = [self._delete(controller, first, int(controller.timeout)), self._delete(controller, rest)]
        results.append(controller.objects(then.unlabelled))
        # Without any trace of a controller, the partition may not be the controller's, and it is not if the Deployment
        # is of others.
        others = any(name.startswith("Deployment ") for name in seen["others"])
        ours = first or rest or (controller.described and not others)
        return [*results, *(self._empty(controller, then.emptied) if ours else [])]

    def _delete(self, controller: Controller, items: Iterable[Mapping[str, Any]], wait: int = 0) -> dict[str, Any]:
        named = [{"apiVersion": item["apiVersion"], "kind": item["kind"], "metadata": {
            key: item["metadata"][key] for key in ("name", "namespace") if item["metadata"].get(key)}}
            for item in items]  # fmt: skip
        wait = wait or (int(controller.timeout) if any(item["kind"] == "Deployment" for item in named) else 0)
        return controller.objects(named, state="absent", wait_timeout=wait)

    def _empty(self, controller: Controller, partitions: Iterable[str]) -> list[dict[str, Any]]:
        return [
            self._partition(controller, unit.bigip, name, state="absent", purge=True)
            for unit in controller.settings.controllers
            for name in partitions
        ]

    def _partition(self, controller: Controller, bigip: str, name: str, **options: Any) -> dict[str, Any]:
        result = controller.bigip("bigip_partition", bigip, name=name, **options)
        header = f"{bigip}: partition {name}"
        diff = result.get("diff")
        diffs = [{"before_header": header, "after_header": header, **diff}] if diff else []
        return {**result, "diff": diffs}

    def _wait_for_earlier_pods(self, controller: Controller) -> None:
        """An earlier controller that still runs would remove virtual servers that the new one has taken over."""
        deadline = time.monotonic() + controller.timeout
        while True:
            seen = controller.observe()
            wanted = self._plan(controller, seen).wanted
            names = planning.earlier_pods(seen["pods"], wanted)
            if not names:
                return
            if time.monotonic() >= deadline:
                raise StepFailed(f"Pod {', '.join(names)} of the earlier controller still exists after "
                                 f"{controller.timeout:g} seconds", changed=True)  # fmt: skip
            self.sleep(POLL)

    # ---- verify ------------------------------------------------------------------------------------

    def _verify(self, controller: Controller, existed: list[list[Any]]) -> dict[str, Any]:
        if controller.absent or self._task.check_mode:
            return {}
        deadline, began = time.monotonic() + controller.timeout, time.monotonic()
        while True:
            seen = controller.observe()
            causes, done = self._look(controller, seen, existed, time.monotonic() - began)
            if done or time.monotonic() >= deadline:
                break
            self.sleep(POLL)
        if causes:
            raise StepFailed("\n".join(["The controller does not work:", *(f"- {cause}" for cause in causes)]),
                             causes=causes)  # fmt: skip
        results = [self._announce(controller, unit.bigip) for unit in controller.settings.controllers]
        return {"changed": any(result["changed"] for result in results),
                "operations": [item for result in results for item in result.get("operations") or ()]}  # fmt: skip

    def _look(
        self, controller: Controller, seen: Mapping[str, Any], existed: list[list[Any]], waited: float
    ) -> tuple[list[str], bool]:
        """The causes why a controller does not work, and whether waiting is pointless."""
        settings = controller.settings
        wanted = planning.wanted_objects(settings, seen["secret"]["mark"])
        causes, done = [], True
        for unit, state in zip(settings.controllers, planning.rollouts(settings, seen["pods"], wanted), strict=True):
            found, finished = self._look_at(controller, unit, state, seen, existed, waited)
            causes += found
            done = done and finished
            if found and finished:
                return causes, True
        return causes, done

    def _look_at(
        self,
        controller: Controller,
        unit: Unit,
        state: Mapping[str, Any],
        seen: Mapping[str, Any],
        existed: list[list[Any]],
        waited: float,
    ) -> tuple[list[str], bool]:
        settings = controller.settings
        text = self._log(controller, state)
        complaints = logs.findings(text, _facts(controller, unit))
        causes = [state["message"]] if state["message"] else []
        if state["state"] != rollout.READY:
            hopeless = state["state"] == rollout.HOPELESS
            return causes + [_sentence(one) for one in complaints], hopeless
        if any(one["cause"] != "declaration" for one in complaints):
            final = any(not one["may_pass"] and one["cause"] != "declaration" for one in complaints)
            return causes + [_sentence(one) for one in complaints], final
        lacking: list[str] = []
        if unit.bigip and (settings.virtual_servers or existed):
            held = controller.bigip("bigip_bgp_info", unit.bigip,
                                    gather_subset=["virtual_servers", "virtual_addresses"])  # fmt: skip
            lacking = bigip_state.missing(settings, seen["services"], seen["slices"], held["virtual_servers"], existed,
                                          held["virtual_addresses"])  # fmt: skip
        if lacking:
            # A log reports a rejected declaration, but not that the next one was accepted, which only the BIG-IP shows.
            return [*(_sentence(one) for one in complaints), *lacking], False
        if state["started"]:
            waited = max(waited, time.time() - state["started"])
        return [], logs.connected(text) or waited >= SETTLED

    def _log(self, controller: Controller, state: Mapping[str, Any]) -> str:
        if not state["pod"]:
            return ""
        previous = state["state"] == rollout.HOPELESS and state["restarts"] > 0
        query = {"namespace": controller.settings.namespace, "pod": state["pod"], "previous": previous}
        return controller.kubernetes("k8s_objects_info", logs=[query])["logs"][0]

    def _announce(self, controller: Controller, bigip: str) -> dict[str, Any]:
        """Set route advertisement, which the cccl agent does not manage. With AS3 it must already be as declared."""
        addresses = bigip_state.announced(controller.settings)
        if not addresses or not bigip:
            return {"changed": False}
        declared = controller.settings.mode != CONFIGMAP
        result = controller.bigip("bigip_virtual_address", bigip, True if declared else None,
                                  virtual_addresses=addresses)  # fmt: skip
        if declared and result["changed"]:
            wrong = ", ".join(str(item["path"]) for item in result["operations"])
            raise StepFailed(f"The controller does not work:\n- {bigip}: {wrong} does not have the route advertisement "
                             "of the declaration")  # fmt: skip
        return result


def _without(result: dict[str, Any], count: int) -> dict[str, Any]:
    """A result without its first objects, which are already reported."""
    names = {one["object"] for one in result["objects"][:count]}
    diff = [entry for entry in result["diff"] if entry["before_header"] not in names]
    return {"changed": bool(diff), "objects": result["objects"][count:], "diff": diff}


def _sentence(complaint: Mapping[str, Any]) -> str:
    return f"{complaint['message']} (log: {complaint['line']})"


def _facts(controller: Controller, unit: Unit) -> dict[str, str]:
    settings = controller.settings
    return {
        "secret": f"{settings.namespace}/{settings.secret}",
        "partition": settings.partition,
        "url": unit.url,
        "account": f"{settings.namespace}/{settings.service_account}",
        "version": settings.version,
        "image": settings.image,
    }
