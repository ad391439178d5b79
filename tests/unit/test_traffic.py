# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the lab's streams count, on which the figures of docs/failures.md and docs/traffic.md rest."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "molecule/shared"))

import traffic


def output(answered: list[int], sent: int) -> str:
    lines = [f"[{1000 + number * 0.02:.6f}] 64 bytes from 10.0.0.1: icmp_seq={number} ttl=63 time=0.1 ms"
             for number in answered]  # fmt: skip
    return "\n".join(["PING 10.0.0.1", *lines, "", f"{sent} packets transmitted, {len(answered)} received"])


def test_the_longest_silence_and_when_it_began() -> None:
    found = traffic.figures(output([3, 4, 6, 7, 58, 59, 60], 60))
    assert found == traffic.Figures(58, 51, 1.0, 1000.14, 0)


def test_a_silence_at_the_end_counts() -> None:
    found = traffic.figures(output([1, 2, 3], 105))
    assert found is not None and (found.lost, found.silence, found.end) == (100, 2.0, 2.0)


def test_the_last_probes_had_no_time_for_an_answer() -> None:
    assert traffic.figures(output([1, 2, 3], 5)) == traffic.Figures(3, 0, 0, 1000.02, 0)


def test_without_an_answer_there_are_no_figures() -> None:
    assert traffic.figures(output([], 7)) is None and traffic.figures("") is None
