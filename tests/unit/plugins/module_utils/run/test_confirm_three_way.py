# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.podroute.calico_f5.plugins.module_utils.run import three_way


def test_what_the_run_changed_goes_back_and_what_others_changed_stays():
    before = {"ours": 1, "theirs": 1, "gone": 1, "same": 1, "undone": 1}
    left = {"ours": 2, "theirs": 1, "same": 1, "new": 2, "undone": 2}
    now = {"ours": 2, "theirs": 3, "same": 1, "new": 2, "undone": 1, "stranger": 3}
    way = three_way.keys(before, left, now)
    assert sorted(way.back) == ["gone", "new", "ours"]
    assert sorted(way.theirs) == ["stranger", "theirs"]


def test_without_a_record_everything_that_differs_is_the_runs():
    way = three_way.keys({"a": 1}, None, {"a": 2, "b": 2})
    assert (way.back, way.theirs) == (["a", "b"], [])


def test_members_of_a_set():
    assert three_way.members(["a"], ["a", "ours"], ["a", "ours", "theirs"]) == ({"a", "theirs"}, {"theirs"})
    assert three_way.members(["a", "taken"], ["a"], ["a"]) == ({"a", "taken"}, set())
    assert three_way.members(["a"], None, ["a", "b"]) == ({"a"}, set())
