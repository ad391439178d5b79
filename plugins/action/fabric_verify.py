# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verify a fabric from both sides: read until every check passes or the timeout expires, print and save the report."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis import settings as cis
from ansible_collections.podroute.calico_f5.plugins.module_utils.common.sample import sample
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent import worst_case
from ansible_collections.podroute.calico_f5.plugins.module_utils.intent.fabric import Fabric
from ansible_collections.podroute.calico_f5.plugins.module_utils.probe.targets import one_per_node
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import checks, reach, report, table, tree
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify import observed as observation
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.changes import changes
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.finding import GROUPS, Finding
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.passed_over import passed_over
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.servers import Controller, servers
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.views import ESTABLISHED
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.page import as_html
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.reading import (
    DEPLOYMENT,
    POD,
    SLICES,
    Reader,
    part,
    query,
    results,
)
from ansible_collections.podroute.calico_f5.plugins.plugin_utils.step import Step, StepFailed

Observed = dict[str, Any]

CHECK_MODE = "Check mode: nothing was changed, so failed checks are not errors. These checks fail now:"
CALICO = "observed-calico"  # file name of the datastore's observation in the working folder
MAX_CAUSES = 20  # at most so many in the message of a failure; the table has all

SUBSETS = ["route_domain", "self_ips", "config", "neighbors", "routes", "virtual_addresses", "virtual_servers",
           "failover"]  # fmt: skip
# The reads that each group depends on.
NEEDS = {
    "pools": {"calico", "status"},
    "peers": {"calico", "status", "bigips"},
    "bigip_config": {"bigips"},
    "sessions": {"bigips"},
    "bigip_routes": {"bigips", "calico"},
    "node_routes": {"status", "bigips"},
    "reachability": {"probes", "bigips"},
    "controller": {"controller", "bigips"},
    "virtual_servers": {"bigips"},
    "bird": {"status"},
}
OPTIONAL = ("controller", "virtual_servers", "node_routes")


class ActionModule(Step):
    """See the documentation of the module fabric_verify."""

    SPEC = {
        "argument_spec": {
            "groups": {"type": "list", "elements": "str", "choices": list(GROUPS)},
            "virtual_servers": {"type": "list", "elements": "dict", "default": []},
            "partition": {"type": "str"},
            "mode": {"type": "str", "choices": ["configmap", "as3", "crd"], "default": "configmap"},
            "controller_namespace": {"type": "str", "default": "kube-system"},
            "controller_deployment": {"type": "str"},
            "node_command": {"type": "list", "elements": "str", "default": []},
            "exec": {"type": "bool", "default": False},
            "node_sample": {"type": "int", "default": 200},
            "probe_namespace": {"type": "str", "default": "default"},
            "probe_selector": {"type": "str", "default": "app=busybox"},
            "probe_sample": {"type": "int", "default": 10},
            "timeout": {"type": "float", "default": 120},
            "delay": {"type": "float", "default": 5},
            "max_details": {"type": "int", "default": table.MAX_DETAILS},
            **{name: {"type": "path"} for name in (*report.FORMATS, "html")},
        }
    }

    def step(self, options: dict[str, Any]) -> dict[str, Any]:
        """The verdict. :raises StepFailed: a check failed, or a group has none"""
        self.options = options
        for name, least in (("node_sample", 0), ("probe_sample", 1)):
            if options[name] < least:
                raise StepFailed(f"{name} is {options[name]}; expected at least {least}")
        began = _now()
        self.controller = self._has_controller()
        if not self.controller:
            options["virtual_servers"] = []
        names = cis.default_names(self.fabric.names.fabric)
        self.described = Controller(
            options["partition"] or names["partition"], options["mode"], options["controller_namespace"],
            options["controller_deployment"] or names["deployment"], self._only_bigip(),
        )  # fmt: skip
        self.servers = servers(options["virtual_servers"], self.described)
        groups, omitted = self._groups(self.fabric)
        observed, findings = self._verify(self.fabric, groups)
        times = {"started": began, "finished": _now()}
        return self._report(observed, [one.as_dict() for one in findings], times, omitted)

    def _has_controller(self) -> bool:
        """Whether the role bigip_ctlr runs a controller with these variables."""
        own = {name: self.variable(name) for name in (f"bigip_ctlr_{name}" for name in cis.NAMES)}
        return cis.expected(own | {"virtual_servers": self.options["virtual_servers"]})

    def _has_route_domains(self, fabric: Fabric) -> bool:
        return any(unit.route_domain for unit in fabric.bigips) or any(server.domain for server in self.servers)

    def _only_bigip(self) -> str:
        """The BIG-IP that the controller is limited to; empty for all."""
        if only := self.variable("bigip_ctlr_bigip"):
            return str(only)
        limited = self.variable("bigip_ctlr_bigip_url") or self.variable("bigip_ctlr_bigip_address")
        return self.fabric.bigips[0].name if limited else ""

    def _groups(self, fabric: Fabric) -> tuple[list[str], list[str]]:
        """The groups to check, and those that are left out because the inventory does not use them."""
        if self.options["groups"]:
            return self.options["groups"], []
        has = {
            "controller": self.controller,
            "virtual_servers": bool(self.servers),
            "node_routes": bool(fabric.vips) or any(server.vip for server in self.servers),
        }
        omitted = [group for group in OPTIONAL if not has[group]]
        return [group for group in GROUPS if group not in omitted], omitted

    # ---- reading -----------------------------------------------------------------------------------

    def _verify(self, fabric: Fabric, groups: list[str]) -> tuple[Observed, list[Finding]]:
        """Read and evaluate until all checks pass or the deadline is reached; later passes read only what failed."""
        deadline = time.monotonic() + self.options["timeout"]
        nodes = [node.name for node in sample(fabric.nodes, self.options["node_sample"] or len(fabric.nodes))]
        observed: Observed = {"sample": nodes}
        wanted, behind = set().union(*(NEEDS[group] for group in groups)), nodes
        with Reader(self) as reader:
            self._read_calico(reader, observed, fresh=False)
            while True:
                self._read(reader, fabric, observed, wanted, behind)
                findings = checks.findings(fabric, observed, self.options["virtual_servers"], groups, self.described)
                failed = [one for one in findings if not one.ok]
                if not failed or self._task.check_mode or time.monotonic() + self.options["delay"] > deadline:
                    return observed, findings
                wanted = set().union(*(NEEDS[one.group] for one in failed))
                behind = _nodes_of(failed, nodes)
                time.sleep(self.options["delay"])
                if "calico" in wanted:
                    self._read_calico(reader, observed, fresh=True)

    def _read_calico(self, reader: Reader, observed: Observed, fresh: bool) -> None:
        """The datastore: the observation of this run, unless the run has written since."""
        if not fresh and self._calico_unchanged():
            observed["calico"] = self.folder.load(CALICO)
            return
        observed["calico"] = reader.calico().result()

    def _calico_unchanged(self) -> bool:
        """Whether this run read the datastore, and its role calico_bgp reported that it changed nothing."""
        steps = list(self.folder.path.glob("step-calico_bgp-*.json")) if self.folder else []
        if not steps or not self.folder.has(CALICO) or self.folder.load(CALICO).get("failed"):
            return False
        return not any(self.folder.load(step.stem)["changed"] for step in steps)

    def _read(self, reader: Reader, fabric: Fabric, observed: Observed, wanted: set[str], behind: list[str]) -> None:
        """Read everything wanted in parallel. ``behind``: the nodes to read."""
        if wanted & {"controller", "probes"}:
            observed.update(self._cluster(reader))
        pods = observed.get("pods", [])
        futures = {}
        if "bigips" in wanted:
            # A node that does not reply explains a session that is down.
            nodes = {pod["node"] for pod in pods}
            nodes |= {node.name for node in sample(fabric.nodes, self.options["probe_sample"])}
            pings = [pod["ip"] for pod in pods] + [node.node_ip for node in fabric.nodes if node.name in nodes]
            # The default route domains of partitions matter only if there are route domains other than 0.
            subsets = [*SUBSETS, *(["partitions"] if self._has_route_domains(fabric) else [])]
            for unit in fabric.bigips:
                futures[f"bigip {unit.name}"] = reader.bigip(unit, gather_subset=subsets, ping=pings, ping_count=1)
        if "probes" in wanted:
            futures["probes"] = reader.module("fabric_probe", self._probes(reader, fabric, pods))
        if "status" in wanted:
            futures["status"] = reader.module("calico_bgp_status", self._status(reader, fabric, observed, behind))
        read = results(futures)
        units = {name.partition(" ")[2]: result for name, result in read.items() if name.startswith("bigip ")}
        observed.setdefault("bigips", {}).update(units)
        if "probes" in read:
            observed["probes"] = {**read["probes"], "pods": pods} if "probes" in read["probes"] else read["probes"]
        if "status" in read:
            status, before = read["status"], (observed.get("status") or {}).get("nodes") or {}
            observed["status"] = {**status, "nodes": {**before, **status["nodes"]}} if "nodes" in status else status

    def _cluster(self, reader: Reader) -> Observed:
        """The controller, the Services' endpoints and the pods to probe from, in one session."""
        namespace, names = self.described.namespace, self.described.possible(self.fabric) if self.controller else []
        queries = [query(POD, self.options["probe_namespace"], label_selectors=[self.options["probe_selector"]])]
        namespaces = sorted({server.namespace for server in self.servers})
        if self.controller:
            queries += [
                *(query(DEPLOYMENT, namespace, name=name) for name in names),
                query(POD, namespace, label_selectors=[f"app.kubernetes.io/instance in ({','.join(names)})"]),
                *(query(SLICES, each) for each in namespaces),
            ]
        answer = reader.objects(*queries).result()
        found = part(answer, 0).get("resources") or []
        pods = sample(one_per_node(found), self.options["probe_sample"])
        count = len(names)
        slices = _listed(answer, range(count + 2, len(queries)))
        return {
            "pods": [{"name": pod.name, "namespace": pod.namespace, "node": pod.node, "ip": pod.ip} for pod in pods],
            "controller": {
                "deployments": answer if answer.get("failed") else {"resources": _listed(answer, range(1, count + 1))},
                "pods": part(answer, count + 1) if self.controller else {"resources": []},
                "endpoints": answer if answer.get("failed") else {"resources": slices},
            },
        }

    def _probes(self, reader: Reader, fabric: Fabric, pods: list[dict[str, str]]) -> dict[str, Any]:
        vips, urls = reach.targets(fabric, self.servers)
        return {
            **reader.cluster(),
            "vips": vips,
            "urls": urls,
            "pods": pods,
            "nodes": [node.name for node in fabric.nodes],
            "node_command": self.options["node_command"],
            "sample": self.options["probe_sample"],
            "count": 1,
        }

    def _status(self, reader: Reader, fabric: Fabric, observed: Observed, nodes: list[str]) -> dict[str, Any]:
        blocks = ((observed.get("calico") or {}).get("ipam") or {}).get("by_node") or {}
        return {
            **reader.cluster(),
            "nodes": nodes,
            "node_command": self.options["node_command"],
            "exec": self.options["exec"],
            "expect": {
                "nodes": {node.name: node.node_ip for node in fabric.nodes},
                "blocks": blocks,
                "mesh": fabric.meshed,
            },
        }

    # ---- the report --------------------------------------------------------------------------------

    def _report(
        self, observed: Observed, findings: list[dict[str, Any]], times: dict[str, str], omitted: list[str]
    ) -> dict[str, Any]:
        options, total = self.options, len(self.fabric.nodes)
        sampled = {"nodes": len(observed["sample"]), "of": total} if len(observed["sample"]) < total else None
        made = self._changes()
        worst = [vars(one) for one in worst_case.silences(self.fabric, self._hold_time(observed))]
        summary = report.as_data(findings, times, made, sampled, worst)
        result = {
            "passed": summary["passed"],
            "verdict": summary["verdict"],
            "checks": summary["checks"],
            "failed_checks": summary["failed"],
        }
        if self._task.check_mode:
            bad = [one for one in findings if not one["ok"]]
            lines = [CHECK_MODE, *(f"  {one['group']:<15}  {one['subject']}: {one['observed']}" for one in bad)]
            self.display.display("\n".join([*lines, f"{len(bad)} of {len(findings)} checks fail now."]))
            return result
        if self.folder:
            self.folder.save("verify", summary)
        for name, render in report.FORMATS.items():
            if options[name]:
                _write(Path(options[name]).expanduser(), render(summary))
        if options["html"]:
            page = as_html(
                findings, self._drawing(), _blocks(observed), times, made, self._roles(observed), sampled, worst
            )
            _write(Path(options["html"]).expanduser(), page)
        lines = table.lines(findings, options["max_details"])
        notes = [f"Nodes read: {sampled['nodes']} of {total} (fabric_verify_node_sample)."] if sampled else []
        notes += [f"Not checked, because the inventory has none: {', '.join(omitted)}."] if omitted else []
        notes += [worst_case.sentence(self.fabric, self._hold_time(observed))]
        notes += [f"Not checked: {sentence}." for sentence in self._passed_over(observed)]
        notes += [f"Drained: {', '.join(drained)}." for drained in [self._drained(observed)] if drained]
        self.display.display("\n".join([*lines[:-1], *notes, lines[-1]]))
        if not summary["passed"]:
            raise StepFailed(_reasons(summary), **result)
        return result

    def _passed_over(self, observed: Observed) -> list[str]:
        return list(passed_over(observation.Observed(self.fabric, observed, self.servers)))

    def _hold_time(self, observed: Observed) -> int:
        """The longest hold time of an established session, in seconds; 0 if none is reported."""
        seen = observation.Observed(self.fabric, observed)
        found = (seen.bigip(unit).neighbors.get(node.node_ip) or {} for unit, node in seen.pairs())
        return max((int(one.get("hold_time") or 0) for one in found if one.get("state") == ESTABLISHED), default=0)

    def _drained(self, observed: Observed) -> list[str]:
        """The hosts recorded as drained on the BIG-IPs."""
        seen = observation.Observed(self.fabric, observed)
        units = [unit.name for unit in self.fabric.bigips if seen.drains(unit).unit]
        nodes = {address for unit in self.fabric.bigips for address in seen.drains(unit).nodes}
        return [*units, *(node.name for node in self.fabric.nodes if node.node_ip in nodes)]

    def _roles(self, observed: Observed) -> dict[str, str]:
        """The failover state of each BIG-IP, and whether it is drained."""
        drained, units = self._drained(observed), observed.get("bigips") or {}
        states = {name: str((unit.get("failover") or {}).get("state") or "") for name, unit in units.items()}
        return {name: ", ".join(filter(None, (state, "drained" if name in drained else "")))
                for name, state in states.items()}  # fmt: skip

    def _drawing(self) -> dict[str, Any]:
        """The fabric with the virtual servers' addresses as VIPs."""
        fabric = self.fabric.as_dict()
        return {**fabric, "vips": [*fabric["vips"], *({"address": server.address} for server in self.servers)]}

    def _changes(self) -> list[dict[str, str]]:
        """Changes of earlier steps of this run, from their files in the working folder."""
        if not self.folder:
            return []
        names = sorted(path.stem for path in self.folder.path.glob("changes-*.json"))
        return changes({name.removeprefix("changes-"): self.folder.load(name) for name in names})


def _listed(answer: Mapping[str, Any], numbers: Iterable[int]) -> list[Any]:
    """The objects that several queries found."""
    if answer.get("failed"):
        return []
    return [item for number in numbers for item in part(answer, number).get("resources") or ()]


def _nodes_of(failed: Iterable[Finding], nodes: list[str]) -> list[str]:
    """The nodes whose status failed checks depend on; all of them if no check names one."""
    words = {
        word.rstrip(":") for one in failed if "status" in NEEDS[one.group] for word in one.subject.split()
    }  # fmt: skip
    return [name for name in nodes if name in words] or nodes


def _blocks(observed: Observed) -> Mapping[str, Any]:
    return ((observed.get("calico") or {}).get("ipam") or {}).get("by_node") or {}


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _reasons(summary: dict[str, Any]) -> str:
    """The verdict, and each distinct cause with its subjects."""
    causes = summary["causes"]
    subjects = [list(dict.fromkeys(one["subject"] for one in entry["findings"])) for entry in causes]
    pairs = list(zip(subjects, causes, strict=True))[:MAX_CAUSES]
    lines = [f"- {tree.some(names)}: {entry['cause']}" for names, entry in pairs]
    more = [f"- and {len(causes) - MAX_CAUSES} more causes, in the table above"] if len(causes) > MAX_CAUSES else []
    return "\n".join([summary["verdict"], *lines, *more])


def _write(path: Path, text: str) -> None:
    """Write the file atomically, readable for its owner only, because it describes the network."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except OSError as error:
        raise StepFailed(f"{path}: the report cannot be written: {error.strerror}") from None
