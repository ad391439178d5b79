# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.common import three_way


def test_changes_of_the_run_are_restored_and_changes_of_others_are_conflicts():
    before = {"run": 1, "others": 1, "deleted": 1, "same": 1, "undone": 1}
    applied = {"run": 2, "others": 1, "same": 1, "created": 2, "undone": 2}
    now = {"run": 2, "others": 3, "same": 1, "created": 2, "undone": 1, "foreign": 3}
    found = three_way.keys(before, applied, now)
    assert sorted(found.restore) == ["created", "deleted", "run"]
    assert sorted(found.conflicts) == ["foreign", "others"]


def test_without_a_second_snapshot_every_difference_counts_as_the_runs():
    found = three_way.keys({"a": 1}, None, {"a": 2, "b": 2})
    assert (found.restore, found.conflicts) == (["a", "b"], [])


def test_members_of_a_set():
    assert three_way.members(["a"], ["a", "run"], ["a", "run", "other"]) == ({"a", "other"}, {"other"})
    assert three_way.members(["a", "removed"], ["a"], ["a"]) == ({"a", "removed"}, set())
    assert three_way.members(["a"], None, ["a", "b"]) == ({"a"}, set())
