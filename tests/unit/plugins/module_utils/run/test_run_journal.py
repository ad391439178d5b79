# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.podroute.calico_f5.plugins.module_utils.run import journal


def modes(place):
    return {oct(path.stat().st_mode & 0o777) for path in place.rglob("*") if path.is_file()}


def test_a_run_that_was_proven_is_followed_by_a_fresh_one(tmp_path):
    first, said = journal.opened(tmp_path / "place", 10)
    assert said == ""
    first.note("writing", "f5_routing on bigip1")
    first.note("proven")
    second, said = journal.opened(tmp_path / "place", 10)
    assert second.name != first.name and said == ""


@pytest.mark.parametrize("last", ["writing", "going back"])
def test_a_run_that_was_cut_off_is_gone_on_with(tmp_path, last):
    first, _said = journal.opened(tmp_path, 10)
    first.keep("bigip1", "before", {"a": 1})
    first.keep("bigip1", "left", {"a": 2})
    first.note("writing", "f5_routing on bigip1")
    first.note(last, "calico_bgp on localhost")
    again, said = journal.opened(tmp_path, 10)
    assert again == first and "f5_routing on bigip1" in said and last in said
    assert again.kept("bigip1", "before") == {"a": 1}
    assert again.kept("bigip1", "left") is None, "what was left is not known any more"


def test_a_run_that_was_cut_off_before_it_wrote_is_no_business_of_the_next(tmp_path):
    first, _said = journal.opened(tmp_path, 10)
    second, said = journal.opened(tmp_path, 10)
    assert second != first and said == ""


def test_records_are_for_their_owner_only(tmp_path):
    run, _said = journal.opened(tmp_path / "place", 10)
    run.keep("bigip1", "before", {})
    assert modes(tmp_path) == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*") if path.is_dir()} == {"0o700"}


def test_only_so_many_runs_are_kept(tmp_path):
    for _number in range(6):
        journal.opened(tmp_path, 3)[0].note("proven")
    assert len(journal.runs(tmp_path)) == 3


def test_the_latest_is_the_last_that_changed_something_and_still_stands(tmp_path):
    changed, _said = journal.opened(tmp_path, 10)
    changed.keep("bigip1", "before", {"a": 1})
    changed.keep("bigip1", "left", {"a": 2})
    changed.note("writing", "f5_routing on bigip1")
    changed.note("proven")
    idle, _said = journal.opened(tmp_path, 10)
    for moment in ("before", "left"):
        idle.keep("bigip1", moment, {"a": 2})
    idle.note("writing", "f5_routing on bigip1")
    idle.note("proven")
    assert journal.latest(tmp_path) == changed
    assert journal.latest(tmp_path, idle.name) == idle
    changed.note("rolled back")
    with pytest.raises(journal.NoRecord, match="no run that wrote"):
        journal.latest(tmp_path)
    with pytest.raises(journal.NoRecord, match="has no run other"):
        journal.latest(tmp_path, "other")


def test_a_torn_line_is_left_out(tmp_path):
    run, _said = journal.opened(tmp_path, 10)
    run.note("writing", "calico_bgp on localhost")
    with (run.folder / "journal.jsonl").open("a") as file:
        file.write('{"state": "pro')
    assert run.state == "writing"


def test_an_unknown_state_is_refused(tmp_path):
    run, _said = journal.opened(tmp_path, 10)
    with pytest.raises(ValueError, match="no state of a run"):
        run.note("perhaps")
