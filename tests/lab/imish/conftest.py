# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the simulator and the helpers of these tests on the path; gives a route domain to talk to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[3] / "lab"), str(Path(__file__).parent)]

from imish_box import Box, Recorder  # noqa: E402


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def box(tmp_path: Path, recorder: Recorder) -> Iterator[Box]:
    found = Box(tmp_path, recorder)
    yield found
    found.imi.disable()


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[Callable[[], Box]]:
    """As many route domains as a test likes."""
    made: list[Box] = []

    def make() -> Box:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Box(folder, Recorder()))
        return made[-1]

    yield make
    for each in made:
        each.imi.disable()
