# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.run import rollback


class Sides:
    """Sides that write down what is asked of them; ``answers`` by side and whether it is a dry run."""

    def __init__(self, **answers):
        self.answers, self.log = answers, []

    def functions(self):
        return {side: lambda dry, side=side: self._restore(side, dry) for side in self.answers}

    def _restore(self, side, dry):
        self.log.append(f"{'plan' if dry else 'restore'} {side}")
        planned, done = self.answers[side]
        return planned if dry else done

    def roll_back(self, **more):
        return rollback.roll_back(self.functions(), lambda text: self.log.append(f"warn {text}"), **more)


CHANGED = {"changed": True}
SAME = {"changed": False}
LOST = {"failed": True, "msg": "no answer"}


def test_all_sides_are_planned_before_one_is_changed():
    sides = Sides(calico=(CHANGED, CHANGED), bigip1=(CHANGED, CHANGED))
    found = sides.roll_back()
    assert sides.log == ["plan calico", "plan bigip1", "restore calico", "restore bigip1"]
    assert not found.failed and found.lines() == ["Calico: rolled back", "bigip1: rolled back"]


def test_a_side_that_cannot_be_rolled_back_is_reported_before_the_other_is_changed():
    sides = Sides(calico=(LOST, LOST), bigip1=(CHANGED, CHANGED))
    found = sides.roll_back()
    warning = "warn Calico: cannot be rolled back: no answer; rolling back bigip1 anyway"
    assert sides.log == ["plan calico", "plan bigip1", warning, "restore bigip1"]
    assert found.failed == ["calico"] and found.changed
    assert "Rollback is incomplete" in rollback.message(["calico_bgp on localhost: failed"], found)


def test_a_side_that_is_as_before_is_not_touched():
    sides = Sides(calico=(SAME, CHANGED), bigip1=(CHANGED, LOST))
    found = sides.roll_back()
    assert sides.log == ["plan calico", "plan bigip1", "restore bigip1"]
    assert found.lines() == ["Calico: already in the state before the run", "bigip1: cannot be rolled back: no answer"]


def test_a_dry_run_only_plans():
    sides = Sides(calico=(CHANGED, CHANGED), bigip1=(CHANGED, CHANGED))
    found = sides.roll_back(dry_run=True)
    assert found.changed and found.lines()[1] == "bigip1: would be rolled back"
    assert sides.log == ["plan calico", "plan bigip1"]


def test_conflicts_and_what_was_not_restored_are_listed():
    done = {**CHANGED, "conflicts": ["neighbor 10.0.0.9"], "not_restored": ["the password of neighbor 10.0.0.8"]}
    lines = Sides(bigip1=(done, done)).roll_back().lines()
    assert lines == [
        "bigip1: rolled back",
        "bigip1: changed by others since the run, left unchanged: neighbor 10.0.0.9",
        "bigip1: not restored: the password of neighbor 10.0.0.8",
    ]
    message = rollback.message(["f5_routing on bigip1: no session"], Sides(bigip1=(done, done)).roll_back())
    assert message.startswith(
        "f5_routing on bigip1: no session\nBoth sides were rolled back, with exceptions:\n- bigip1: rolled back\n"
    )


def test_a_record_that_cannot_be_read_does_not_stop_the_others():
    functions = {"calico": rollback.unreadable("calico.before.json: torn"), "bigip1": lambda _dry: CHANGED}
    found = rollback.roll_back(functions, lambda _text: None)
    assert found.failed == ["calico"] and found.lines()[1] == "bigip1: rolled back"


def test_a_replaced_password_is_reported_as_not_restored():
    def restore(dry):
        return CHANGED

    sides = {
        "calico": rollback.without_passwords(restore, []),
        "bigip1": rollback.without_passwords(restore, [f"172.16.40.{number}" for number in range(1, 8)]),
        "bigip2": rollback.without_passwords(lambda dry: LOST, ["calico-k8s"]),
    }
    found = rollback.roll_back(sides, lambda _text: None)
    assert found.failed == ["bigip2"]
    assert found.lines() == [
        "Calico: rolled back",
        "bigip1: rolled back",
        "bigip1: not restored: the password of 172.16.40.1, 172.16.40.2, 172.16.40.3 and 4 more: the run replaced "
        "or removed it, and records contain no passwords; to get the former one back, run site.yml with the former "
        "bgp_password",
        "bigip2: cannot be rolled back: no answer",
    ]
