# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/performance.md is written by the benchmark: verdicts, reasons and figures, from its results alone."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP), str(TOP / "lab"), str(TOP / "tests/lab/imish")]

from benchmarks import performance, speakers  # noqa: E402

PARTS = [["start of ansible-playbook", 1.0], ["fabric_verify : Verify both sides", 0.5]]


def results(unchanged: float) -> list[dict]:
    """Two sizes; ``unchanged``: seconds of an unchanged run at 1,000 nodes."""

    def run(wall: float, server: float = 0.5) -> dict:
        return {"wall": wall, "cpu": 2.0, "memory": 90, "calls": 15, "requests": 30, "server": server}

    found = []
    for size, wall, loops in ((2, 2.0, 13.0), (10, 2.0, 33.0), (1000, unchanged, None)):
        runs = {"empty play": [run(1)], "unchanged": [run(wall, 8.5)], "unchanged, no verify": [run(1.5)],
                "expert's tasks": [run(9)], "verify, every node": [run(90)]}  # fmt: skip
        if loops:
            runs["loops"] = [run(loops)]
        found.append({"size": size, "runs": runs, "parts": PARTS, "load": [1.0, 2.0], "begin": 1795852800,
                      "minutes": 3, "processors": 2})  # fmt: skip
    return found


@pytest.fixture
def docs(tmp_path) -> Path:
    """A copy of the page that may be written."""
    (tmp_path / "img").mkdir()
    shutil.copy(TOP / "docs/performance.md", tmp_path)
    return tmp_path


def test_a_goal_that_is_not_met_has_a_reason_with_figures(docs):
    performance.write(results(7.0), docs)
    page = (docs / "performance.md").read_text()
    assert "| unchanged site, 1,000 against 10 nodes: at most 3 times | 3.5 | **not met** |" in page
    assert (
        "**Not met** — unchanged site, 1,000 against 10 nodes: at most 3 times: Verification takes 5.5 of 7.0 s" in page
    )
    assert ": 8.0 s CPU with etcd" in page


def test_the_next_record_replaces_the_whole_of_the_last(docs):
    performance.write(results(7.0), docs)
    performance.write(results(5.0), docs)
    page = (docs / "performance.md").read_text()
    assert "ot met" not in page and "| 2.5 | met |" in page and page.count("Taken on 2026-11-28") == 1
    assert "| start of ansible-playbook | 1.00 | 1.00 | 1.00 |" in page
    performance.write(results(5.0), docs)
    assert (docs / "performance.md").read_text() == page


def test_the_figures_of_the_speakers_have_a_place_of_their_own(docs):
    performance.write(results(5.0), docs)
    record = {"nodes": 200, "sessions": 200, "established": 9.5, "pod routes": 10, "VIP on every node": 1.25,
              "lost node withdrawn": 9, "hold time": 9}  # fmt: skip
    text = speakers.table([{**record, "reflectors": 0}, {**record, "reflectors": 2, "sessions": 2}])
    performance.put(docs / "performance.md", "speakers", text)
    page = (docs / "performance.md").read_text()
    assert "| sessions of the BIG-IP | 200 | 2 |" in page and "| 2.5 | met |" in page
