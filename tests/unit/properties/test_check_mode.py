# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run with --check reports is what the run then does: the roles that change something, and every line of --diff.

On random networks of others, with both roles or by tag one of them, also where an earlier run has done a part.
"""

from __future__ import annotations

import random
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.bigip import bgp
from ansible_collections.podroute.calico_f5.plugins.module_utils.verify.changes import unified
from ansible_collections.podroute.calico_f5.tests.unit.plugins.module_utils.zebos import (
    test_foreign_configuration as zebos,
)
from ansible_collections.podroute.calico_f5.tests.unit.properties import test_foreign_on_both_sides as both
from ansible_collections.podroute.calico_f5.tests.unit.properties.cluster import Cluster
from ansible_collections.podroute.calico_f5.tests.unit.properties.mutation import each
from ansible_collections.podroute.calico_f5.tests.unit.properties.networks import Device

CASES = 200
F5_ROUTING, CALICO_BGP = "f5_routing", "calico_bgp"
Report = dict[str, Any]


class Run:
    """The roles of some tags on one network, each in check mode or in earnest."""

    def __init__(self, site: both.Site, tags: list[str]) -> None:
        self.site, self.tags = site, tags

    def state(self) -> tuple[Any, str]:
        return self.site.cluster.dump(), self.site.device.running()

    def check(self) -> Report:
        """Each role's ``changed`` and diff; what a role refuses is its report."""
        report: Report = {}
        for tag in self.tags:
            try:
                report[tag] = self._check_bigip() if tag == F5_ROUTING else self._check_calico()
            except both.Refused as refused:
                report[tag] = {"refused": [str(line) for line in refused.args[0]]}
        return report

    def run(self) -> Report:
        """The same of the run. Preflight plans all roles first, so a refusal of one is one of all."""
        planned = self.check()
        if any("refused" in one for one in planned.values()):
            return planned
        return {tag: self._run_bigip() if tag == F5_ROUTING else self._run_calico() for tag in self.tags}

    def _check_bigip(self) -> Report:
        change = self.site.change()
        changed = bool(change.plan.commands)
        return {"changed": changed, "diff": _lines(bgp.diff(change.before, change.target)) if changed else []}

    def _run_bigip(self) -> Report:
        before = self.site.device.running()
        change = self.site.change()
        bgp.apply(self.site.device, change)
        changed = self.site.device.running() != before
        return {"changed": changed, "diff": _lines(bgp.diff(change.before, change.after))}

    def _check_calico(self) -> Report:
        plan = self.site.plan()
        objects = {f"{item['kind']} {item['name']}" for item in (*plan.objects, *plan.password)}
        return {"changed": plan.has_work, "diff": _lines(plan.diff), "objects": objects}

    def _run_calico(self) -> Report:
        before = self.site.cluster.dump()
        plan = self.site.plan()
        if plan.has_work:
            self.site.write(plan)
        after = self.site.cluster.dump()
        objects = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        return {"changed": before != after, "diff": _lines(self.site.written.diff), "objects": objects}


def _lines(diff: dict[str, str]) -> list[str]:
    return unified(diff["before"], diff["after"]).splitlines()


def case(dice: random.Random) -> str:
    """``refused``, ``changed`` or ``unchanged``: what check mode said."""
    fabric, cluster = both.inventory(dice), Cluster(both.NODES)
    both.foreign_cluster(dice, cluster)
    tags = dice.choice([[F5_ROUTING, CALICO_BGP], [F5_ROUTING, CALICO_BGP], [F5_ROUTING], [CALICO_BGP]])
    with TemporaryDirectory() as folder:
        device = Device(folder)
        try:
            for lines in zebos.foreign(dice):
                device.type(line.replace("65000", "64512") for line in lines)
            if dice.random() < 0.3:  # an earlier run by another tag
                Run(both.Site(fabric, cluster, device), [dice.choice([F5_ROUTING, CALICO_BGP])]).run()
            run = Run(both.Site(fabric, cluster, device), tags)
            before = run.state()
            predicted = run.check()
            assert run.state() == before, "check mode wrote"
            done = run.run()
            assert done == predicted, f"{tags}: {_differences(predicted, done)}"
            if any("refused" in report for report in done.values()):
                assert run.state() == before, "a refused run wrote"
                return "refused"
            again = run.check()
            assert not any(report["changed"] for report in again.values()), f"check mode after the run: {again}"
            return "changed" if any(report["changed"] for report in done.values()) else "unchanged"
        finally:
            device.close()


def _differences(predicted: Report, done: Report) -> str:
    parts = []
    for tag, report in predicted.items():
        for key, value in report.items():
            if done[tag].get(key) != value:
                parts.append(f"{tag} {key}: check mode has {value}, the run has {done[tag].get(key)}")
    return "; ".join(parts)


def test_check_mode_predicts_the_run() -> None:
    said = each(CASES, case)
    assert len(said) == 1 or {"refused", "changed", "unchanged"} == set(said), said
    assert len(said) == 1 or said.count("changed") > len(said) / 3
