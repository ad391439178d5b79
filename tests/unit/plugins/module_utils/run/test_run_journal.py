# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import journal


def opened(place, keep=10):
    return journal.open_run(place, keep)[0]


def test_a_verified_run_is_followed_by_a_fresh_one(tmp_path):
    first, said = journal.open_run(tmp_path / "place", 10)
    assert said == ""
    first.note("writing", "f5_routing on bigip1")
    first.note("verified")
    second, said = journal.open_run(tmp_path / "place", 10)
    assert second.number == first.number + 1 and said == ""


@pytest.mark.parametrize("last", ["writing", "rolling back"])
def test_an_interrupted_run_is_resumed(tmp_path, last):
    first = opened(tmp_path)
    first.save("bigip1", "before", {"a": 1})
    first.save("bigip1", "applied", {"a": 2})
    first.note("writing", "f5_routing on bigip1")
    first.note(last, "calico_bgp on localhost")
    again, said = journal.open_run(tmp_path, 10)
    assert again == first and "f5_routing on bigip1" in said and last in said
    assert again.load("bigip1", "before") == {"a": 1}
    assert again.load("bigip1", "applied") is None, "what the interrupted run applied is unknown"


def test_a_run_that_was_interrupted_before_its_first_write_is_not_resumed(tmp_path):
    first = opened(tmp_path)
    second, said = journal.open_run(tmp_path, 10)
    assert second != first and said == ""


def test_runs_are_ordered_by_counter_when_the_clock_is_set_back(tmp_path, monkeypatch):
    first = opened(tmp_path)
    monkeypatch.setattr(journal.time, "gmtime", lambda: time.struct_time((2001, 1, 1, 0, 0, 0, 0, 1, 0)))
    second = opened(tmp_path)
    second.note("writing", "f5_routing on bigip1")
    assert [run.name for run in journal.runs(tmp_path)] == [first.name, second.name]
    assert second.name < "1" and opened(tmp_path) == second, "the later run is the interrupted one"


def test_records_are_for_their_owner_only(tmp_path):
    run = opened(tmp_path / "place")
    run.save("bigip1", "before", {})
    modes = {(path.is_file(), oct(path.stat().st_mode & 0o777)) for path in tmp_path.rglob("*")}
    assert modes == {(True, "0o600"), (False, "0o700")}


def test_only_so_many_runs_are_kept(tmp_path):
    names = []
    for _number in range(6):
        run = opened(tmp_path, 3)
        run.note("verified")
        names.append(run.name)
    assert [run.name for run in journal.runs(tmp_path)] == names[-3:]


def test_the_latest_run_is_the_last_whose_changes_are_in_effect(tmp_path):
    changed = opened(tmp_path)
    changed.save("bigip1", "before", {"a": 1})
    changed.save("bigip1", "applied", {"a": 2})
    changed.note("writing", "f5_routing on bigip1")
    changed.note("verified")
    idle = opened(tmp_path)
    for moment in ("before", "applied"):
        idle.save("bigip1", moment, {"a": 2})
    idle.note("writing", "f5_routing on bigip1")
    idle.note("verified")
    assert journal.latest(tmp_path) == changed
    assert journal.latest(tmp_path, idle.name) == idle
    changed.note("rolled back")
    with pytest.raises(journal.NoRecord, match="no run whose changes are in effect"):
        journal.latest(tmp_path)
    with pytest.raises(journal.NoRecord, match="has no run other"):
        journal.latest(tmp_path, "other")


def test_a_torn_line_is_skipped_and_the_next_line_is_whole(tmp_path):
    run = opened(tmp_path)
    run.note("writing", "calico_bgp on localhost")
    with (run.folder / "journal.jsonl").open("a") as file:
        file.write('{"state": "veri')
    assert run.state == "writing"
    run.note("rolled back")
    assert [line["state"] for line in run.lines()] == ["started", "writing", "rolled back"]


def test_a_torn_snapshot_is_reported_with_its_path(tmp_path):
    run = opened(tmp_path)
    run.note("writing", "f5_routing on bigip1")
    run.save("bigip1", "before", {"a": 1})
    (run.folder / "bigip1.before.json").write_text('{"a": ')
    with pytest.raises(journal.NoRecord, match=r"bigip1\.before\.json cannot be read"):
        run.load("bigip1", "before")
    assert run.in_effect and journal.latest(tmp_path) == run


def test_an_unknown_state_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not a state of a run"):
        opened(tmp_path).note("perhaps")
