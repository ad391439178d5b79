# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin for pytest: tests written for the usual simulator run against others (test_personalities.py uses it).

Each test runs against one of the combinations of answers that hold every pair, the next test against the next one.
Tests in a path that is named with ``--thorough`` run against all of them; ``--thorough tests`` is everything
(8 minutes).
"""

from __future__ import annotations

import pytest
from bigip import testing
from bigip.personality import CHOICES, Personality, choose, pairs

# A device that rewrites policy lines (U6) is refused: it would hide what the other answers do.
SWITCHES = {name: values for name, values in CHOICES.items() if name != "policy_lines"}
COMBINATIONS = list(pairs(SWITCHES))


def described(combination: dict[str, str]) -> str:
    """The answers that are not the usual ones."""
    usual = Personality()
    return ",".join(f"{name}={value}" for name, value in combination.items() if value != getattr(usual, name))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="append", default=[])


@pytest.fixture(autouse=True, params=COMBINATIONS, ids=described)
def spread_personality(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulators of a test have this personality unless the test gives them one."""
    monkeypatch.setattr(testing, "usual_personality", choose(request.param))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    thorough = tuple(config.getoption("--thorough"))
    numbers: dict[object, int] = {}

    def runs(item: pytest.Item) -> bool:
        indices = dict(item.callspec.indices)
        combination = indices.pop("spread_personality")
        number = numbers.setdefault((item.location[0], item.originalname, *sorted(indices.items())), len(numbers))
        return combination == number % len(COMBINATIONS) or item.location[0].startswith(thorough)

    items[:] = [item for item in items if runs(item)]
