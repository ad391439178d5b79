# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Samples for the tests of the imish language."""

from __future__ import annotations

from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[4] / "fixtures" / "f5"
MARK = "# ---- verbatim below this line ----\n"


@pytest.fixture(scope="session")
def sample():
    """The verbatim part of a sample."""

    def read(name: str) -> str:
        return (FIXTURES / f"{name}.txt").read_text().split(MARK, 1)[1]

    return read


def pytest_generate_tests(metafunc):
    """A test that takes ``any_config`` runs on every configuration there is, one with ``any_sample`` on everything."""
    for name, pattern in (("any_config", "*config-*.txt"), ("any_sample", "*.txt")):
        if name in metafunc.fixturenames:
            files = sorted(FIXTURES.glob(pattern))
            texts = [file.read_text().split(MARK, 1)[1] for file in files]
            metafunc.parametrize(name, texts, ids=[file.stem for file in files])
